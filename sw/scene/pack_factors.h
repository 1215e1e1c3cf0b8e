// SPDX-License-Identifier: Apache-2.0
// Planes and lines of one kind (density or appearance) as pack works on them: channel-last floats,
// padded to 16 or 48 components, beside the integers that they become.
#ifndef SACCADE_PACK_FACTORS_H
#define SACCADE_PACK_FACTORS_H

#include "field.h"
#include "image.h"

typedef struct {
  int grid[3];
  int components;     // 16 or 48
  float *plane[3];    // [v][u][component]
  float *line[3];     // [w][component]
  float *weight[3];   // influence of a plane value on the picture, squared, per unit of it squared
  int16_t *value[3];  // quantised plane values
  int16_t *row[3];    // quantised lines, scale of the plane folded in
} sac_factors_t;

// Copies the field's density (16 components) or appearance (48).
bool sac_factors_load(sac_factors_t *factors, const sac_field_t *field, bool appearance,
                      sac_error_t *error);
void sac_factors_free(sac_factors_t *factors);

static inline size_t sac_factors_texel(const sac_factors_t *factors, int plane, int u, int v) {
  int au, av, aw;
  sac_plane_axes(plane, &au, &av, &aw);
  (void)aw;
  return ((size_t)v * (size_t)factors->grid[au] + (size_t)u) * (size_t)factors->components;
}

// Density of the vertices of layer z, before any shift: floats, and the quantised sum.
void sac_factors_layer(const sac_factors_t *factors, int z, float *out);
void sac_factors_layer_quantised(const sac_factors_t *factors, int z, int shift, float *out);

// The 144 appearance products at a vertex: floats, and the quantised ones.
void sac_factors_products(const sac_factors_t *factors, const int at[3], double out[SAC_PRODUCTS]);
void sac_factors_products_quantised(const sac_factors_t *factors, const int at[3], int shift,
                                    int32_t out[SAC_PRODUCTS]);

// Picks a step for every (plane, component), quantises the planes with it and folds it into the
// lines: row = line * step / unit[plane * components + component]. Every unit must be set.
void sac_factors_quantise_planes(sac_factors_t *factors, int bits, double *step);
void sac_factors_quantise_lines(sac_factors_t *factors, const double *step, const double *unit);

#endif
