// SPDX-License-Identifier: Apache-2.0
// Working copies of planes and lines (contract: pack_factors.h).
#include "pack_factors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantise.h"

void sac_factors_free(sac_factors_t *factors) {
  for (int p = 0; p < SAC_PLANES; p++) {
    free(factors->plane[p]);
    free(factors->line[p]);
    free(factors->weight[p]);
    free(factors->value[p]);
    free(factors->row[p]);
  }
  memset(factors, 0, sizeof *factors);
}

bool sac_factors_load(sac_factors_t *factors, const sac_field_t *field, bool appearance,
                      sac_error_t *error) {
  memset(factors, 0, sizeof *factors);
  memcpy(factors->grid, field->grid, sizeof factors->grid);
  factors->components = appearance ? SAC_APPEARANCE_COMPONENTS : SAC_DENSITY_COMPONENTS;
  const size_t width = (size_t)factors->components;
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const size_t texels = (size_t)field->grid[u] * (size_t)field->grid[v];
    const size_t rows = (size_t)field->grid[w];
    const float *plane = appearance ? field->appearance_plane[p] : field->density_plane[p];
    const float *line = appearance ? field->appearance_line[p] : field->density_line[p];
    const size_t components = (size_t)(appearance ? field->appearance_components[p]
                                                  : field->density_components[p]);
    factors->plane[p] = calloc(texels * width, sizeof(float));
    factors->weight[p] = calloc(texels * width, sizeof(float));
    factors->value[p] = calloc(texels * width, sizeof(int16_t));
    factors->line[p] = calloc(rows * width, sizeof(float));
    factors->row[p] = calloc(rows * width, sizeof(int16_t));
    if (!factors->plane[p] || !factors->weight[p] || !factors->value[p] || !factors->line[p] ||
        !factors->row[p]) {
      sac_factors_free(factors);
      return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory for the planes of the scene");
    }
    for (size_t c = 0; c < components; c++) {
      for (size_t i = 0; i < texels; i++) factors->plane[p][i * width + c] = plane[c * texels + i];
      for (size_t i = 0; i < rows; i++) factors->line[p][i * width + c] = line[c * rows + i];
    }
  }
  return true;
}

// Adds the products of plane p along row y of layer z (plane 0, 1, 2: XY, XZ, YZ).
#define SUM_LAYER(TYPE, SUM, PLANE, LINE, STORE)                                              \
  const int gx = factors->grid[0], gy = factors->grid[1];                                     \
  enum { C = SAC_DENSITY_COMPONENTS };                                                        \
  for (int y = 0; y < gy; y++) {                                                              \
    const TYPE *xy = factors->PLANE[0] + (size_t)y * (size_t)gx * C;                          \
    const TYPE *xz = factors->PLANE[1] + (size_t)z * (size_t)gx * C;                          \
    const TYPE *yz = factors->PLANE[2] + ((size_t)z * (size_t)gy + (size_t)y) * C;            \
    const TYPE *lz = factors->LINE[0] + (size_t)z * C;                                        \
    const TYPE *ly = factors->LINE[1] + (size_t)y * C;                                        \
    for (int x = 0; x < gx; x++) {                                                            \
      const TYPE *lx = factors->LINE[2] + (size_t)x * C;                                      \
      SUM sum = 0;                                                                            \
      for (int c = 0; c < C; c++) {                                                           \
        sum += (SUM)xy[x * C + c] * lz[c] + (SUM)xz[x * C + c] * ly[c] + (SUM)yz[c] * lx[c];  \
      }                                                                                       \
      out[(size_t)y * (size_t)gx + (size_t)x] = STORE;                                        \
    }                                                                                         \
  }

void sac_factors_layer(const sac_factors_t *factors, int z, float *out) {
  SUM_LAYER(float, float, plane, line, sum)
}

void sac_factors_layer_quantised(const sac_factors_t *factors, int z, int shift, float *out) {
  SUM_LAYER(int16_t, int64_t, value, row,
            (float)sac_quantise_saturate(sac_quantise_round_even(sum, shift), 16))
}

void sac_factors_products(const sac_factors_t *factors, const int at[3], double out[SAC_PRODUCTS]) {
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const float *plane = factors->plane[p] + sac_factors_texel(factors, p, at[u], at[v]);
    const float *line = factors->line[p] + (size_t)at[w] * SAC_APPEARANCE_COMPONENTS;
    for (int c = 0; c < SAC_APPEARANCE_COMPONENTS; c++) {
      out[SAC_APPEARANCE_COMPONENTS * p + c] = (double)plane[c] * (double)line[c];
    }
  }
}

void sac_factors_products_quantised(const sac_factors_t *factors, const int at[3], int shift,
                                    int32_t out[SAC_PRODUCTS]) {
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const int16_t *plane = factors->value[p] + sac_factors_texel(factors, p, at[u], at[v]);
    const int16_t *line = factors->row[p] + (size_t)at[w] * SAC_APPEARANCE_COMPONENTS;
    for (int c = 0; c < SAC_APPEARANCE_COMPONENTS; c++) {
      const int64_t product = (int64_t)plane[c] * line[c];
      out[SAC_APPEARANCE_COMPONENTS * p + c] =
          (int32_t)sac_quantise_saturate(sac_quantise_round_even(product, shift), 16);
    }
  }
}

void sac_factors_quantise_planes(sac_factors_t *factors, int bits, double *step) {
  const size_t components = (size_t)factors->components;
  const double limit = (double)((1 << (bits - 1)) - 1);
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const size_t texels = (size_t)factors->grid[u] * (size_t)factors->grid[v];
    for (size_t c = 0; c < components; c++) {
      const double s = sac_quantise_step(factors->plane[p] + c, factors->weight[p] + c, texels,
                                         components, bits);
      step[(size_t)p * components + c] = s;
      for (size_t i = c; i < texels * components; i += components) {
        const double q = s > 0.0 ? nearbyint(factors->plane[p][i] / s) : 0.0;
        factors->value[p][i] = (int16_t)fmin(fmax(q, -limit), limit);
      }
    }
  }
}

void sac_factors_quantise_lines(sac_factors_t *factors, const double *step, const double *unit) {
  const size_t components = (size_t)factors->components;
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const size_t entries = (size_t)factors->grid[w] * components;
    for (size_t i = 0; i < entries; i++) {
      const size_t k = (size_t)p * components + i % components;
      const double q = nearbyint(factors->line[p][i] * step[k] / unit[k]);
      factors->row[p][i] = (int16_t)fmin(fmax(q, -32767.0), 32767.0);
    }
  }
}
