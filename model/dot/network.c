// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <stdlib.h>
#include <string.h>

enum { kBlock = 32 };  // outputs of one pass: accumulators of four inputs stay in registers

static bool open_layer(sac_layer_t *layer, int inputs, int outputs, const sac_quant_t *quant, bool relu) {
  layer->inputs = inputs;
  layer->outputs = outputs;
  layer->padded = (outputs + kBlock - 1) / kBlock * kBlock;
  layer->quant = quant;
  layer->relu = relu;
  const size_t bytes = (size_t)(inputs + 1) / 2 * layer->padded * 2 * sizeof(int16_t);
  layer->pairs = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (layer->pairs) memset(layer->pairs, 0, bytes);
  return layer->pairs != NULL;
}

static int16_t *pair_at(sac_layer_t *layer, int n, int k) {
  return &layer->pairs[((size_t)(k / 2) * layer->padded + n) * 2 + k % 2];
}

bool sac_layer_open(sac_layer_t *layer, const int8_t *weights, unsigned lanes, unsigned base, int inputs, int outputs,
                    const sac_quant_t *quant, bool relu) {
  if (!open_layer(layer, inputs, outputs, quant, relu)) return false;
  for (int n = 0; n < outputs; n++) {
    const size_t group = base + (size_t)(n / (int)lanes) * inputs;
    for (int k = 0; k < inputs; k++) *pair_at(layer, n, k) = weights[(group + k) * lanes + n % lanes];
  }
  return true;
}

bool sac_layer_open_reduce(sac_layer_t *layer, const int8_t *weights, unsigned lanes, unsigned base, int inputs,
                           int outputs, const sac_quant_t *quant) {
  if (!open_layer(layer, inputs, outputs, quant, false)) return false;
  const unsigned chunks = (inputs + lanes - 1) / lanes;
  for (int n = 0; n < outputs; n++) {
    for (int k = 0; k < inputs; k++) {
      *pair_at(layer, n, k) = weights[((size_t)base + n * chunks + k / lanes) * lanes + k % lanes];
    }
  }
  return true;
}

void sac_layer_close(sac_layer_t *layer) {
  free(layer->pairs);
  layer->pairs = NULL;
}

// Sums of one block of outputs for one input; written so that the compiler uses the pairwise multiply-add.
__attribute__((target_clones("avx2", "default"), optimize("O3")))
static void sums(const int16_t *restrict pairs, int padded, int steps, const int16_t *restrict x, int32_t *restrict out) {
  int32_t acc[kBlock] = {0};
  for (int step = 0; step < steps; step++) {
    const int16_t *w = pairs + (size_t)step * padded * 2;
    const int32_t x0 = x[2 * step], x1 = x[2 * step + 1];
    for (int n = 0; n < kBlock; n++) acc[n] += w[2 * n] * x0 + w[2 * n + 1] * x1;
  }
  memcpy(out, acc, sizeof acc);
}

void sac_layer_run(const sac_layer_t *layer, const int16_t *x, size_t x_stride, int16_t *y, size_t y_stride, size_t count) {
  const int steps = (layer->inputs + 1) / 2;
  int32_t out[kBlock];
  for (int first = 0; first < layer->outputs; first += kBlock) {
    const int here = layer->outputs - first < kBlock ? layer->outputs - first : kBlock;
    for (size_t i = 0; i < count; i++) {
      sums(layer->pairs + (size_t)first * 2, layer->padded, steps, x + i * x_stride, out);
      for (int n = 0; n < here; n++) y[i * y_stride + first + n] = sac_requantise(out[n], layer->quant[first + n], layer->relu);
    }
  }
}
