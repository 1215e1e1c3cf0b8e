// SPDX-License-Identifier: Apache-2.0
// How much the density and the colour of each place of a scene show from outside: pack spends bits
// where eyes look.
#ifndef SACCADE_PACK_VISIBILITY_H
#define SACCADE_PACK_VISIBILITY_H

#include "occupancy.h"
#include "pack_factors.h"

// Per cell, x fastest: sums over rays and samples. What a sample interpolates comes from all
// corners of its cell, however clear some of them are by themselves: hence cells, not vertices.
typedef struct {
  int grid[3];
  float *colour;   // square of the sample's weight
  float *density;  // square of transmittance times d(alpha) / d(f)
} sac_visibility_t;

// Sends parallel rays through the float density from directions all around. The image gives box,
// step and softplus. Deterministic.
bool sac_visibility_trace(sac_visibility_t *visibility, const sac_image_t *image,
                          const sac_factors_t *density, const sac_occupancy_t *occupancy,
                          sac_error_t *error);
void sac_visibility_free(sac_visibility_t *visibility);

// At a vertex: the sum of the cells around it.
void sac_visibility_at(const sac_visibility_t *visibility, const int at[3], double *colour,
                       double *density);

#endif
