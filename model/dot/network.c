// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdlib.h>
#include <string.h>

enum {
  kBlock = 32,      // outputs of one pass
  kTogether = 3,    // inputs of one pass: its accumulators stay in registers
  kMaxInputs = 152  // inputs of a layer, rounded up to keep pairs whole
};

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

// Sums of a block of kBlock outputs for kTogether inputs: pairs are [step][padded][2], x rows are `stride` apart.
typedef void (*sums_t)(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride,
                       int32_t out[kTogether][kBlock]);

static void sums_portable(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride,
                          int32_t out[kTogether][kBlock]) {
  for (int i = 0; i < kTogether; i++) {
    memset(out[i], 0, sizeof out[i]);
    for (int step = 0; step < steps; step++) {
      const int16_t *w = pairs + (size_t)step * padded * 2;
      const int32_t x0 = x[i * stride + 2 * step], x1 = x[i * stride + 2 * step + 1];
      for (int n = 0; n < kBlock; n++) out[i][n] += w[2 * n] * x0 + w[2 * n + 1] * x1;
    }
  }
}

#if defined(__x86_64__)
// The pairwise multiply-add of AVX2 is exactly one step; twelve accumulators stay in registers.
__attribute__((target("avx2")))
static void sums_avx2(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride,
                      int32_t out[kTogether][kBlock]) {
  enum { kVectors = kBlock / 8 };
  __m256i acc[kTogether][kVectors];
  for (int i = 0; i < kTogether; i++) for (int v = 0; v < kVectors; v++) acc[i][v] = _mm256_setzero_si256();
  for (int step = 0; step < steps; step++) {
    const __m256i *w = (const __m256i *)(pairs + (size_t)step * padded * 2);
    __m256i both[kTogether];
    for (int i = 0; i < kTogether; i++) {
      int32_t two;
      memcpy(&two, x + i * stride + 2 * step, sizeof two);
      both[i] = _mm256_set1_epi32(two);
    }
    for (int v = 0; v < kVectors; v++) {
      const __m256i weights = _mm256_load_si256(w + v);
      for (int i = 0; i < kTogether; i++) acc[i][v] = _mm256_add_epi32(acc[i][v], _mm256_madd_epi16(weights, both[i]));
    }
  }
  for (int i = 0; i < kTogether; i++) for (int v = 0; v < kVectors; v++) _mm256_storeu_si256((__m256i *)(out[i] + 8 * v), acc[i][v]);
}

static sums_t best_sums(void) { return __builtin_cpu_supports("avx2") ? sums_avx2 : sums_portable; }
#else
static sums_t best_sums(void) { return sums_portable; }
#endif

void sac_layer_run(const sac_layer_t *layer, const int16_t *x, size_t x_stride, int16_t *y, size_t y_stride, size_t count) {
  const sums_t sums = best_sums();
  const int steps = (layer->inputs + 1) / 2;
  int32_t out[kTogether][kBlock];
  int16_t last[kTogether * kMaxInputs];
  for (size_t i = 0; i < count; i += kTogether) {
    const size_t here = count - i < kTogether ? count - i : kTogether;
    const int16_t *rows = x + i * x_stride;
    size_t stride = x_stride;
    if (here < kTogether) {  // the tail: rows of zeros make up the number
      memset(last, 0, sizeof last);
      for (size_t r = 0; r < here; r++) memcpy(last + r * kMaxInputs, rows + r * x_stride, (size_t)layer->inputs * sizeof *x);
      rows = last;
      stride = kMaxInputs;
    }
    for (int first = 0; first < layer->outputs; first += kBlock) {
      const int outputs = layer->outputs - first < kBlock ? layer->outputs - first : kBlock;
      sums(layer->pairs + (size_t)first * 2, layer->padded, steps, rows, stride, out);
      for (size_t r = 0; r < here; r++) {
        for (int n = 0; n < outputs; n++) {
          y[(i + r) * y_stride + (size_t)(first + n)] = sac_requantise(out[r][n], layer->quant[first + n], layer->relu);
        }
      }
    }
  }
}
