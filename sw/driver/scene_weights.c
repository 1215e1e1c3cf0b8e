// SPDX-License-Identifier: Apache-2.0
// The colour network for the array (contract: scene_weights.h).
#include "scene_weights.h"

static uint32_t groups(int outputs, int lanes) { return (uint32_t)((outputs + lanes - 1) / lanes); }

sac_weight_map_t sac_weight_map(int lanes) {
  const uint32_t features = groups(SAC_FEATURES, lanes), hidden = groups(SAC_HIDDEN, lanes);
  const uint32_t words[4] = {features * SAC_PRODUCTS, hidden * SAC_NETWORK_INPUTS,
                             hidden * SAC_HIDDEN, SAC_CHANNELS * hidden};
  const uint32_t quants[4] = {features * (uint32_t)lanes, hidden * (uint32_t)lanes,
                              hidden * (uint32_t)lanes, SAC_CHANNELS};
  sac_weight_map_t map = {.lanes = lanes};
  for (int i = 0; i < 4; i++) {
    map.weight_base[i] = map.words;
    map.quant_base[i] = map.quants;
    map.words += words[i];
    map.quants += quants[i];
  }
  map.operand_words = 2 * (groups(SAC_NETWORK_INPUTS, lanes) + groups(SAC_PRODUCTS, lanes));
  return map;
}

// Accumulate: word k of a group holds the weights of input k for `lanes` outputs.
static void write_accumulate(const int8_t *weight, int outputs, int inputs, int lanes,
                             uint8_t *out) {
  for (int o = 0; o < outputs; o++) {
    for (int k = 0; k < inputs; k++) {
      const size_t word = (size_t)(o / lanes) * (size_t)inputs + (size_t)k;
      out[word * (size_t)lanes + (size_t)(o % lanes)] =
          (uint8_t)weight[(size_t)o * (size_t)inputs + (size_t)k];
    }
  }
}

// Reduce: the words of an output hold its weights, `lanes` inputs each.
static void write_reduce(const int8_t *weight, int outputs, int inputs, int lanes, uint8_t *out) {
  const size_t row = (size_t)groups(inputs, lanes) * (size_t)lanes;
  for (int o = 0; o < outputs; o++) {
    for (int k = 0; k < inputs; k++) {
      out[(size_t)o * row + (size_t)k] = (uint8_t)weight[o * inputs + k];
    }
  }
}

static void write_quants(const sac_quant_t *quant, int count, uint8_t *out) {
  for (int i = 0; i < count; i++, out += 8) {
    const uint32_t bias = (uint32_t)quant[i].bias;
    for (int b = 0; b < 4; b++) out[b] = (uint8_t)(bias >> (8 * b));
    out[4] = (uint8_t)(quant[i].multiplier & 0xff);
    out[5] = (uint8_t)(quant[i].multiplier >> 8);
    out[6] = quant[i].shift;
  }
}

void sac_weights_write(const sac_image_t *image, const sac_weight_map_t *map, uint8_t *weights,
                       uint8_t *quants) {
  const int lanes = map->lanes;
  const size_t bytes = (size_t)lanes;
  write_accumulate(image->basis[0], SAC_FEATURES, SAC_PRODUCTS, lanes,
                   weights + map->weight_base[0] * bytes);
  write_accumulate(image->layer1[0], SAC_HIDDEN, SAC_NETWORK_INPUTS, lanes,
                   weights + map->weight_base[1] * bytes);
  write_accumulate(image->layer2[0], SAC_HIDDEN, SAC_HIDDEN, lanes,
                   weights + map->weight_base[2] * bytes);
  write_reduce(image->layer3[0], SAC_CHANNELS, SAC_HIDDEN, lanes,
               weights + map->weight_base[3] * bytes);
  write_quants(image->basis_quant, SAC_FEATURES, quants + 8 * map->quant_base[0]);
  write_quants(image->layer1_quant, SAC_HIDDEN, quants + 8 * map->quant_base[1]);
  write_quants(image->layer2_quant, SAC_HIDDEN, quants + 8 * map->quant_base[2]);
  write_quants(image->layer3_quant, SAC_CHANNELS, quants + 8 * map->quant_base[3]);
}
