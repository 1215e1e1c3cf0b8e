// SPDX-License-Identifier: Apache-2.0
// The scene as the golden renderer reads it: factors channel-last, so that one sample's components
// lie together, padded with zeros to 16 and 48; and the mask with what a lookup needs to be quick.
// Positions are world coordinates; everything is computed in float64 from the scene's floats.
#ifndef SACCADE_GOLDEN_VOLUME_H
#define SACCADE_GOLDEN_VOLUME_H

#include "sw/scene/field.h"

enum { GOLDEN_DENSITY = SAC_FIELD_DENSITY_MAX, GOLDEN_APPEARANCE = SAC_FIELD_APPEARANCE_MAX };

typedef struct {
  const sac_field_t *field;
  float *density_plane[3], *appearance_plane[3];  // [v][u][component]
  float *density_line[3], *appearance_line[3];    // [w][component]
  double scale[3];                                // vertices - 1 over the box's side
  double mask_scale[3];
  uint8_t *reach;  // of each mask cell: one of its eight vertices is set
} sac_volume_t;

bool sac_volume_make(sac_volume_t *volume, const sac_field_t *field, sac_error_t *error);
void sac_volume_free(sac_volume_t *volume);

// True where the trilinear mask value at a position is above zero (or the scene has no mask).
// Beyond the mask's own box its vertices count as zero, as in grid_sample with zero padding.
bool sac_volume_kept(const sac_volume_t *volume, const double at[3]);

// Sum over planes and components of plane * line at a position in the box.
double sac_volume_density(const sac_volume_t *volume, const double at[3]);

// The 144 products plane * line, 48 a plane.
void sac_volume_products(const sac_volume_t *volume, const double at[3],
                         double out[SAC_FIELD_BASIS_COLUMNS]);

#endif
