// SPDX-License-Identifier: Apache-2.0
// What the colour network of a scene will see: vertices and view directions drawn from it, the
// published float network on them, and the order of the network's inputs.
#ifndef SACCADE_PACK_SAMPLES_H
#define SACCADE_PACK_SAMPLES_H

#include "field.h"
#include "image.h"
#include "occupancy.h"
#include "pack_factors.h"

enum { SAC_INPUT_GROUPS = SAC_NETWORK_INPUTS / 5 };  // 27 features, 3 directions: 5 inputs each

// Vertices and view directions that stand for what the network will see; fixed by the scene.
typedef struct {
  int count;
  int (*at)[3];          // vertices
  double (*view)[3];     // unit world directions
} sac_samples_t;

// At most `count` corners of active cells, evenly spread, each with a direction.
bool sac_samples_pick(sac_samples_t *samples, const sac_occupancy_t *occupancy, int count,
                      sac_error_t *error);
void sac_samples_free(sac_samples_t *samples);

// Root mean square over the samples of d(colour)/d(feature), for each of the 27 features.
void sac_samples_sensitivity(const sac_field_t *field, const sac_factors_t *appearance,
                             const sac_samples_t *samples, double sensitivity[SAC_FEATURES]);

// The 27 features at a vertex, in radians.
void sac_samples_features(const sac_field_t *field, const sac_factors_t *appearance,
                          const int at[3], double out[SAC_FEATURES]);

// Published column of input `ours` of the machine (docs/architecture.md, section 4).
int sac_samples_column(int ours);

#endif
