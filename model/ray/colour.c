// SPDX-License-Identifier: Apache-2.0
// Colour of the entries (rtl/ray/sac_colour.sv, sac_batch.sv, sac_encode.sv, sac_blend.sv): interpolated features, encoding, network,
// blend in entry order.
#include "colour.h"

#include <stdlib.h>
#include <string.h>

enum { kInputs = 150, kHidden = 128, kBatch = 48, kView = 5 * SAC_FEATURES };

bool sac_network_open(sac_network_t *network, const sac_tables_t *tables, unsigned lanes) {
  const unsigned g27 = (SAC_FEATURES + lanes - 1) / lanes, g128 = (kHidden + lanes - 1) / lanes;
  const unsigned base1 = g27 * 144, base2 = base1 + g128 * kInputs, base3 = base2 + g128 * kHidden;
  const sac_quant_t *quant1 = tables->quant + g27 * lanes, *quant2 = quant1 + g128 * lanes, *quant3 = quant2 + g128 * lanes;
  memset(network, 0, sizeof *network);
  return sac_layer_open(&network->layer[0], tables->weights, lanes, base1, kInputs, kHidden, quant1, true) &&
         sac_layer_open(&network->layer[1], tables->weights, lanes, base2, kHidden, kHidden, quant2, true) &&
         sac_layer_open_reduce(&network->layer[2], tables->weights, lanes, base3, kHidden, 3, quant3);
}

void sac_network_close(sac_network_t *network) {
  for (int i = 0; i < 3; i++) sac_layer_close(&network->layer[i]);
}

__attribute__((target_clones("avx2", "default"), optimize("O3")))
static void lerp_features(const int16_t *restrict a, const int16_t *restrict b, int f, int16_t *restrict out) {
  for (int g = 0; g < SAC_FEATURE_STRIDE; g++) out[g] = (int16_t)((a[g] * (256 - f) + b[g] * f + 128) >> 8);
}

static void features_at(const sac_scene_t *scene, const sac_entry_t *entry, int16_t *out) {
  const size_t dy = (size_t)scene->vertices[0], dz = dy * (size_t)scene->vertices[1];
  int16_t x[4][SAC_FEATURE_STRIDE], y[2][SAC_FEATURE_STRIDE];
  for (int i = 0; i < 4; i++) {
    const int32_t *slot = &scene->slot[entry->vertex + (i & 1) * dy + (size_t)(i >> 1) * dz];
    lerp_features(scene->features + (size_t)slot[0] * SAC_FEATURE_STRIDE, scene->features + (size_t)slot[1] * SAC_FEATURE_STRIDE,
                  entry->fraction[0], x[i]);
  }
  for (int i = 0; i < 2; i++) lerp_features(x[2 * i], x[2 * i + 1], entry->fraction[1], y[i]);
  lerp_features(y[0], y[1], entry->fraction[2], out);
}

static void encode(const int16_t *sine, int16_t value, unsigned phase_exponent, int16_t *x) {
  const uint16_t phase = (uint16_t)((uint16_t)value << phase_exponent), twice = (uint16_t)(2 * phase);
  x[0] = value;
  x[1] = sine[phase];
  x[2] = sine[twice];
  x[3] = sine[(uint16_t)(phase + 16384)];
  x[4] = sine[(uint16_t)(twice + 16384)];
}

bool sac_tile_colour(sac_tile_t *tile, const sac_network_t *network) {
  const sac_render_t *render = tile->render;
  const unsigned phase_exponent = sac_field_get(render->scene.record, SAC_SCENE_PHASE_EXPONENT);
  int16_t *x = malloc(sizeof(int16_t) * kBatch * (kInputs + 2 * kHidden));
  if (!x) return false;
  int16_t *h1 = x + kBatch * kInputs, *h2 = h1 + kBatch * kHidden, out[kBatch][3];
  for (size_t first = 0; first < tile->entry_count; first += kBatch) {
    const size_t count = tile->entry_count - first < kBatch ? tile->entry_count - first : kBatch;
    for (size_t i = 0; i < count; i++) {
      const sac_entry_t *entry = &tile->entries[first + i];
      int16_t features[SAC_FEATURE_STRIDE], *row = x + i * kInputs;
      features_at(&render->scene, entry, features);
      for (int g = 0; g < SAC_FEATURES; g++) encode(render->sine, features[g], phase_exponent, row + 5 * g);
      for (int a = 0; a < 3; a++) encode(render->sine, tile->pixels[entry->pixel].ray.view[a], 0, row + kView + 5 * a);
    }
    sac_layer_run(&network->layer[0], x, kInputs, h1, kHidden, count);
    sac_layer_run(&network->layer[1], h1, kHidden, h2, kHidden, count);
    sac_layer_run(&network->layer[2], h2, kHidden, out[0], 3, count);
    for (size_t i = 0; i < count; i++) {
      const sac_entry_t *entry = &tile->entries[first + i];
      sac_pixel_t *pixel = &tile->pixels[entry->pixel];
      for (int ch = 0; ch < 3; ch++) {
        const int32_t value = (int32_t)sac_lookup(&render->tables->lookup[SAC_TARGET_SIGMOID], out[i][ch]);
        pixel->last[ch] = (uint16_t)sac_clamp(value, 0, 65535);
        pixel->sum[ch] += (uint64_t)entry->weight * pixel->last[ch];
      }
      pixel->coloured = true;
    }
  }
  free(x);
  return true;
}

void sac_pixel_finish(const sac_pixel_t *pixel, uint32_t background, uint8_t rgba[4], uint32_t *depth) {
  const uint64_t opaque = (uint64_t)(65536 - pixel->clear);
  const uint64_t behind = (uint64_t)pixel->clear + (pixel->coloured ? 0u : (uint64_t)pixel->carried);
  for (int ch = 0; ch < 3; ch++) {
    const uint64_t rest = pixel->coloured ? (uint64_t)pixel->carried * pixel->last[ch] : 0;
    const uint64_t total = pixel->sum[ch] + rest + behind * (background >> (8 * ch) & 0xff) * 257;
    const uint64_t rounded = (total * 255 + ((uint64_t)1 << 31)) >> 32;
    rgba[ch] = (uint8_t)(rounded > 255 ? 255 : rounded);
  }
  rgba[3] = (uint8_t)((opaque * 255 + (1 << 15)) >> 16);
  *depth = !pixel->ray.hit ? 0 : (uint32_t)((pixel->ray.k_in * (int64_t)opaque + (pixel->depth << 12)) >> 16);
}
