// SPDX-License-Identifier: Apache-2.0
// Packing of a scene (contract: pack.h).
#include "pack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../driver/tables.h"
#include "occupancy.h"
#include "pack_factors.h"
#include "pack_influence.h"
#include "pack_network.h"
#include "pack_samples.h"
#include "quantise.h"

enum { SAMPLES = 8192 };

sac_pack_options_t sac_pack_defaults(void) {
  return (sac_pack_options_t){.prune = 0.06, .bits = 6, .encoding = SAC_ENCODING_HYBRID,
                              .occupancy = 1e-2};
}

// Everything on the way from field to image.
typedef struct {
  sac_factors_t density, appearance;
  sac_occupancy_t rough, final;
  sac_samples_t samples;
  sac_visibility_t visibility;
  sac_image_t *image;
} pack_t;

static void pack_free(pack_t *pack) {
  sac_factors_free(&pack->density);
  sac_factors_free(&pack->appearance);
  sac_occupancy_free(&pack->rough);
  sac_occupancy_free(&pack->final);
  sac_samples_free(&pack->samples);
  sac_visibility_free(&pack->visibility);
}

static bool check(const sac_field_t *field, const sac_pack_options_t *options,
                  sac_error_t *error) {
  const int bits = options->bits;
  if (!((bits >= 4 && bits <= 8) || bits == 16)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "bits of a plane value: expected 4 to 8 or 16, found %d", bits);
  }
  if (!(options->prune >= 0.0 && options->prune < 100.0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "pruning threshold: expected 0 to 100, found %g",
                         options->prune);
  }
  if (!(options->occupancy >= 0.0 && options->occupancy < 1.0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "occupancy threshold: expected an alpha from 0 to 1, found %g",
                         options->occupancy);
  }
  for (int a = 0; a < 3; a++) {
    if (field->grid[a] < 2 || field->grid[a] > 512) {
      return sac_error_set(error, SAC_ERR_CAPACITY,
                           "gridSize axis %d: expected 2 to 512 vertices, found %d", a,
                           field->grid[a]);
    }
  }
  if (field->samples < 1 || field->samples > 4095) {
    return sac_error_set(error, SAC_ERR_CAPACITY,
                         "nSamples: expected 1 to 4095 samples a ray, found %d", field->samples);
  }
  return true;
}

// s of an alpha, and the f that gives it in the real function.
static double alpha_s(double alpha) { return -log2(1.0 - alpha); }

static double density_of_s(const sac_image_t *image, double s) {
  const double y = s * log(2.0) / image->distance;
  return (y > 30.0 ? y : log(expm1(y))) - image->density_bias;
}

static void float_layer(const void *self, int z, float *out) {
  sac_factors_layer(&((const pack_t *)self)->density, z, out);
}

static void integer_layer(const void *self, int z, float *out) {
  const pack_t *pack = self;
  sac_factors_layer_quantised(&pack->density, z, pack->image->density_shift, out);
}

// Cells that can become active, with some room for quantisation.
static bool find_rough(pack_t *pack, const sac_field_t *field, sac_error_t *error) {
  const double s = 0.7 * alpha_s(pack->image->occupancy);
  const float limit = s > 0.0 ? (float)density_of_s(pack->image, s) : -INFINITY;
  if (!sac_occupancy_find(&pack->rough, field->grid, float_layer, pack, limit, NULL, error)) {
    return false;
  }
  sac_occupancy_mask(&pack->rough, field);
  if (pack->rough.cells > 0) return true;
  return sac_error_set(error, SAC_ERR_FORMAT, "the scene has no cell with an alpha above %g",
                       pack->image->occupancy);
}

static double largest_density(const pack_t *pack, float *layer) {
  const int *grid = pack->image->grid;
  const size_t layer_size = (size_t)grid[0] * (size_t)grid[1];
  double largest = 0.0;
  for (int z = 0; z < grid[2]; z++) {
    float_layer(pack, z, layer);
    const uint8_t *vertex = pack->rough.vertex + layer_size * (size_t)z;
    for (size_t i = 0; i < layer_size; i++) {
      if (vertex[i]) largest = fmax(largest, fabs((double)layer[i]));
    }
  }
  return largest;
}

// Largest line value over its unit, once the planes' steps are folded in.
static double largest_line(const sac_factors_t *factors, const double *step, const double *unit) {
  double largest = 0.0;
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    for (int i = 0; i < factors->grid[w] * factors->components; i++) {
      const int k = p * factors->components + i % factors->components;
      largest = fmax(largest, fabs((double)factors->line[p][i]) * step[k] / unit[k]);
    }
  }
  return largest;
}

static bool quantise_density(pack_t *pack, sac_error_t *error) {
  sac_image_t *image = pack->image;
  double step[SAC_PLANES * SAC_DENSITY_COMPONENTS], unit[SAC_PLANES * SAC_DENSITY_COMPONENTS];
  float *layer = malloc((size_t)image->grid[0] * (size_t)image->grid[1] * sizeof *layer);
  if (layer == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to pack");
  const double largest = largest_density(pack, layer);
  free(layer);
  sac_factors_quantise_planes(&pack->density, image->value_bits, step);
  for (int k = 0; k < SAC_PLANES * SAC_DENSITY_COMPONENTS; k++) unit[k] = 1.0;
  // One power of two is the unit of all lines, so that a shift of the sum gives f its own unit.
  const double line = largest_line(&pack->density, step, unit);
  int line_fraction = line > 0.0 ? (int)floor(log2(32767.0 / line)) : 15;
  if (line_fraction > 40) line_fraction = 40;
  image->fraction = largest > 0.0 ? (int)floor(log2(32767.0 / largest)) : 9;
  if (image->fraction > 12) image->fraction = 12;
  if (image->fraction < 0) image->fraction = 0;
  if (image->fraction > line_fraction) image->fraction = line_fraction;
  image->density_shift = line_fraction - image->fraction;
  for (int k = 0; k < SAC_PLANES * SAC_DENSITY_COMPONENTS; k++) {
    unit[k] = ldexp(1.0, -line_fraction);
  }
  sac_factors_quantise_lines(&pack->density, step, unit);
  return true;
}

// Cells that are active in integers. Activity is monotone in f: the largest f that is not active
// is the limit.
static bool find_final(pack_t *pack, sac_error_t *error) {
  const sac_image_t *image = pack->image;
  sac_function_table_t table;
  sac_table_softplus(&table, image->distance, image->density_bias, image->fraction);
  const double threshold = alpha_s(image->occupancy) * 1048576.0;
  int limit = -32769;
  while (limit < 32767 && sac_table_evaluate(&table, limit + 1) <= threshold) limit++;
  return sac_occupancy_find(&pack->final, image->grid, integer_layer, pack, (float)limit,
                            &pack->rough, error);
}

static bool quantise_appearance(pack_t *pack, const sac_field_t *field, sac_error_t *error) {
  sac_image_t *image = pack->image;
  double step[SAC_PRODUCTS], unit[SAC_PRODUCTS];
  sac_factors_quantise_planes(&pack->appearance, image->value_bits, step);
  sac_network_product_units(field, unit);
  const double line = largest_line(&pack->appearance, step, unit);
  const double common = line > 0.0 ? line / 32767.0 : 1.0;
  for (int k = 0; k < SAC_PRODUCTS; k++) unit[k] *= common;
  sac_factors_quantise_lines(&pack->appearance, step, unit);
  image->product_shift = image->value_bits - 1;  // |value * line| then fits 16 bits
  for (int k = 0; k < SAC_PRODUCTS; k++) unit[k] = ldexp(unit[k], image->product_shift);
  return sac_network_quantise(image, field, &pack->appearance, &pack->final, &pack->samples, unit,
                              error);
}

static void copy_cells(pack_t *pack) {
  for (size_t i = 0; i < sac_image_cell_bytes(pack->image) * 8; i++) {
    const sac_occupancy_t *o = &pack->final;
    const size_t cells =
        (size_t)(o->grid[0] - 1) * (size_t)(o->grid[1] - 1) * (size_t)(o->grid[2] - 1);
    if (i < cells && o->cell[i]) {
      pack->image->cells[i >> 3] = (uint8_t)(pack->image->cells[i >> 3] | 1u << (i & 7));
    }
  }
}

static void copy_lines(const sac_factors_t *factors, int16_t *out) {
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    memcpy(out + (size_t)sac_plane_row_base(factors->grid, p) * (size_t)factors->components,
           factors->row[p],
           (size_t)factors->grid[w] * (size_t)factors->components * sizeof(int16_t));
  }
}

// Encodes the planes of one kind behind what is there; the caller has made room for the worst.
static void encode_planes(const sac_factors_t *factors, sac_image_t *image) {
  const int components = factors->components;
  for (int p = 0; p < SAC_PLANES; p++) {
    int au, av, aw;
    sac_plane_axes(p, &au, &av, &aw);
    const int nu = factors->grid[au], nv = factors->grid[av];
    for (int v0 = 0; v0 < nv; v0 += SAC_BLOCK_SIDE) {
      for (int u0 = 0; u0 < nu; u0 += SAC_BLOCK_SIDE) {
        for (int c0 = 0; c0 < components; c0 += SAC_BLOCK_COMPONENTS) {
          int16_t value[SAC_BLOCK_ENTRIES] = {0};
          for (int v = v0; v < v0 + SAC_BLOCK_SIDE && v < nv; v++) {
            for (int u = u0; u < u0 + SAC_BLOCK_SIDE && u < nu; u++) {
              memcpy(value + sac_block_entry(u, v, 0),
                     factors->value[p] + sac_factors_texel(factors, p, u, v) + c0,
                     SAC_BLOCK_COMPONENTS * sizeof(int16_t));
            }
          }
          const sac_block_mode_t mode =
              sac_block_choose(image->encoding, sac_block_count(value), image->value_bits);
          image->directory[image->blocks++] = (uint32_t)image->block_bytes | (uint32_t)mode;
          image->block_bytes += sac_block_encode(value, mode, image->value_bits,
                                                 image->block_data + image->block_bytes);
        }
      }
    }
  }
}

static bool fill_image(pack_t *pack, sac_error_t *error) {
  sac_image_t *image = pack->image;
  const size_t blocks = sac_image_block_count(image->grid);
  const size_t rows = (size_t)sac_image_line_rows(image);
  image->directory = calloc(blocks + 1, sizeof *image->directory);
  image->block_data = malloc(blocks * SAC_BLOCK_BYTES_MAX);
  image->density_line = calloc(rows * SAC_DENSITY_COMPONENTS, sizeof(int16_t));
  image->appearance_line = calloc(rows * SAC_APPEARANCE_COMPONENTS, sizeof(int16_t));
  image->cells = calloc(1, sac_image_cell_bytes(image));
  if (!image->directory || !image->block_data || !image->density_line ||
      !image->appearance_line || !image->cells) {
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory for the packed scene");
  }
  copy_lines(&pack->density, image->density_line);
  copy_lines(&pack->appearance, image->appearance_line);
  copy_cells(pack);
  encode_planes(&pack->density, image);
  image->appearance_block = image->blocks;
  encode_planes(&pack->appearance, image);
  image->directory[image->blocks] = (uint32_t)image->block_bytes;
  uint8_t *trimmed = realloc(image->block_data, image->block_bytes + 4);
  if (trimmed != NULL) image->block_data = trimmed;
  return true;
}

static bool pack_all(pack_t *pack, const sac_field_t *field, sac_error_t *error) {
  double sensitivity[SAC_FEATURES];
  if (!sac_factors_load(&pack->density, field, false, error) ||
      !sac_factors_load(&pack->appearance, field, true, error) ||
      !find_rough(pack, field, error) ||
      !sac_samples_pick(&pack->samples, &pack->rough, SAMPLES, error)) {
    return false;
  }
  sac_samples_sensitivity(field, &pack->appearance, &pack->samples, sensitivity);
  if (!sac_visibility_trace(&pack->visibility, pack->image, &pack->density, &pack->rough, error)) {
    return false;
  }
  const sac_influence_t influence = {field->basis, sensitivity, &pack->visibility};
  sac_influence_weigh(&influence, &pack->density, &pack->appearance, &pack->rough);
  sac_influence_prune(&pack->density, &pack->appearance, pack->image->prune);
  if (!quantise_density(pack, error) || !find_final(pack, error)) return false;
  sac_influence_drop_unread(&pack->density, &pack->final);
  sac_influence_drop_unread(&pack->appearance, &pack->final);
  return quantise_appearance(pack, field, error) && fill_image(pack, error);
}

bool sac_image_pack(const sac_field_t *field, const sac_pack_options_t *options,
                    sac_image_t *image, sac_error_t *error) {
  memset(image, 0, sizeof *image);
  if (!check(field, options, error)) return false;
  memcpy(image->grid, field->grid, sizeof image->grid);
  memcpy(image->aabb, field->aabb, sizeof image->aabb);
  image->step = field->step;
  image->near = field->near;
  image->far = field->far;
  image->samples = field->samples;
  image->distance = field->distance_scale * field->step;
  image->density_bias = field->density_shift;
  image->white = field->white_background;
  image->value_bits = options->bits;
  image->encoding = options->encoding;
  image->prune = options->prune;
  image->occupancy = options->occupancy;
  pack_t pack = {.image = image};
  const bool done = pack_all(&pack, field, error);
  pack_free(&pack);
  if (!done) sac_image_free(image);
  return done;
}
