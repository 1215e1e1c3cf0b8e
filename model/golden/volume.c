// SPDX-License-Identifier: Apache-2.0
// Interpolation of planes, lines and mask (contract: volume.h).
#include "volume.h"

#include <math.h>
#include <stdlib.h>

// Two neighbouring grid values on each axis: the lower index and the weight of the upper.
typedef struct {
  int index[3];
  double fraction[3];
} place_t;

static float *channels_last(const float *from, int components, size_t texels, size_t padded) {
  float *out = calloc(texels * padded, sizeof *out);
  if (out == NULL) return NULL;
  for (int c = 0; c < components; c++) {
    for (size_t i = 0; i < texels; i++) out[i * padded + (size_t)c] = *from++;
  }
  return out;
}

static bool make_reach(sac_volume_t *volume) {
  const int *n = volume->field->mask_grid;
  const size_t row = (size_t)n[0], layer = row * (size_t)n[1];
  volume->reach = malloc(layer * (size_t)n[2]);
  if (volume->reach == NULL) return false;
  uint8_t *out = volume->reach;
  for (int z = 0; z < n[2] - 1; z++) {
    for (int y = 0; y < n[1] - 1; y++) {
      const uint8_t *m = volume->field->mask + (size_t)z * layer + (size_t)y * row;
      for (int x = 0; x < n[0] - 1; x++, m++) {
        *out++ = m[0] | m[1] | m[row] | m[row + 1] | m[layer] | m[layer + 1] | m[layer + row] |
                 m[layer + row + 1];
      }
    }
  }
  return true;
}

bool sac_volume_make(sac_volume_t *volume, const sac_field_t *field, sac_error_t *error) {
  *volume = (sac_volume_t){.field = field};
  bool good = true;
  for (int p = 0; p < 3; p++) {
    int u, v, w;
    sac_field_axes(p, &u, &v, &w);
    const size_t texels = (size_t)field->grid[u] * (size_t)field->grid[v];
    const size_t rows = (size_t)field->grid[w];
    const int density = field->density_components[p];
    const int appearance = field->appearance_components[p];
    volume->density_plane[p] =
        channels_last(field->density_plane[p], density, texels, GOLDEN_DENSITY);
    volume->density_line[p] = channels_last(field->density_line[p], density, rows, GOLDEN_DENSITY);
    volume->appearance_plane[p] =
        channels_last(field->appearance_plane[p], appearance, texels, GOLDEN_APPEARANCE);
    volume->appearance_line[p] =
        channels_last(field->appearance_line[p], appearance, rows, GOLDEN_APPEARANCE);
    good = good && volume->density_plane[p] != NULL && volume->density_line[p] != NULL &&
           volume->appearance_plane[p] != NULL && volume->appearance_line[p] != NULL;
    volume->scale[p] = (field->grid[p] - 1) / (field->aabb[1][p] - field->aabb[0][p]);
    if (field->mask != NULL) {
      volume->mask_scale[p] =
          (field->mask_grid[p] - 1) / (field->mask_aabb[1][p] - field->mask_aabb[0][p]);
    }
  }
  if (good && field->mask != NULL) good = make_reach(volume);
  if (good) return true;
  sac_volume_free(volume);
  return sac_error_set(error, SAC_ERR_MEMORY, "golden renderer: no memory for the scene");
}

void sac_volume_free(sac_volume_t *volume) {
  for (int p = 0; p < 3; p++) {
    free(volume->density_plane[p]);
    free(volume->density_line[p]);
    free(volume->appearance_plane[p]);
    free(volume->appearance_line[p]);
  }
  free(volume->reach);
  *volume = (sac_volume_t){0};
}

// A lookup on the border of a cell or beyond the box, where single vertices decide.
static bool kept_at_border(const sac_field_t *field, const place_t *place) {
  for (int corner = 0; corner < 8; corner++) {
    size_t vertex = 0;
    bool counts = true;
    for (int a = 2; a >= 0; a--) {
      const int upper = corner >> a & 1, i = place->index[a] + upper;
      counts = counts && i >= 0 && i < field->mask_grid[a] && (!upper || place->fraction[a] > 0.0);
      vertex = vertex * (size_t)field->mask_grid[a] + (size_t)(counts ? i : 0);
    }
    if (counts && field->mask[vertex]) return true;
  }
  return false;
}

bool sac_volume_kept(const sac_volume_t *volume, const double at[3]) {
  const sac_field_t *field = volume->field;
  if (field->mask == NULL) return true;
  place_t place;
  bool inside = true;
  for (int a = 0; a < 3; a++) {
    const double x = (at[a] - field->mask_aabb[0][a]) * volume->mask_scale[a];
    const double cell = floor(x);
    if (!(cell >= -1.0 && cell < field->mask_grid[a])) return false;
    place.index[a] = (int)cell;
    place.fraction[a] = x - cell;
    inside = inside && place.fraction[a] > 0.0 && cell >= 0.0 && cell < field->mask_grid[a] - 1;
  }
  if (!inside) return kept_at_border(field, &place);
  const size_t row = (size_t)field->mask_grid[0] - 1, rows = (size_t)field->mask_grid[1] - 1;
  return volume->reach[((size_t)place.index[2] * rows + (size_t)place.index[1]) * row +
                       (size_t)place.index[0]];
}

static void locate(const sac_volume_t *volume, const double at[3], place_t *place) {
  for (int a = 0; a < 3; a++) {
    const double x = (at[a] - volume->field->aabb[0][a]) * volume->scale[a];
    int cell = (int)x;
    if (cell > volume->field->grid[a] - 2) cell = volume->field->grid[a] - 2;
    place->index[a] = cell;
    place->fraction[a] = x - cell;
  }
}

// Bilinear plane values times linear line values of plane p, `components` of them (a constant after
// inlining, which lets the compiler use vectors).
static inline __attribute__((always_inline)) void products(
    const sac_volume_t *volume, const place_t *place, int p, const float *plane_data,
    const float *line_data, int components, double *restrict out) {
  int u, v, w;
  sac_field_axes(p, &u, &v, &w);
  const size_t stride = (size_t)components;
  const size_t next_row = (size_t)volume->field->grid[u] * stride;
  const float *restrict p00 =
      plane_data + (size_t)place->index[v] * next_row + (size_t)place->index[u] * stride;
  const float *restrict p01 = p00 + stride;
  const float *restrict p10 = p00 + next_row;
  const float *restrict p11 = p10 + stride;
  const float *restrict l0 = line_data + (size_t)place->index[w] * stride;
  const float *restrict l1 = l0 + stride;
  const double fu = place->fraction[u], fv = place->fraction[v], fw = place->fraction[w];
  const double w00 = (1 - fu) * (1 - fv), w01 = fu * (1 - fv), w10 = (1 - fu) * fv, w11 = fu * fv;
  for (int c = 0; c < components; c++) {
    const double plane = w00 * (double)p00[c] + w01 * (double)p01[c] + w10 * (double)p10[c] +
                         w11 * (double)p11[c];
    out[c] = plane * ((1 - fw) * (double)l0[c] + fw * (double)l1[c]);
  }
}

__attribute__((target_clones("avx2", "default"))) double sac_volume_density(
    const sac_volume_t *volume, const double at[3]) {
  place_t place;
  double product[GOLDEN_DENSITY], sum[4] = {0};
  locate(volume, at, &place);
  for (int p = 0; p < 3; p++) {
    products(volume, &place, p, volume->density_plane[p], volume->density_line[p], GOLDEN_DENSITY,
             product);
    for (int c = 0; c < GOLDEN_DENSITY; c += 4) {
      for (int i = 0; i < 4; i++) sum[i] += product[c + i];
    }
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

__attribute__((target_clones("avx2", "default"))) void sac_volume_products(
    const sac_volume_t *volume, const double at[3], double out[SAC_FIELD_BASIS_COLUMNS]) {
  place_t place;
  locate(volume, at, &place);
  for (int p = 0; p < 3; p++) {
    products(volume, &place, p, volume->appearance_plane[p], volume->appearance_line[p],
             GOLDEN_APPEARANCE, out + p * GOLDEN_APPEARANCE);
  }
}
