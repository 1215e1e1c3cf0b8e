// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <stdlib.h>
#include <string.h>

enum {
  kBlock = 32,      // outputs of one pass
  kTogether = 8,    // inputs of one pass
  kPart = 2,        // of them with the registers of AVX2
  kMaxInputs = 152  // inputs of a layer, rounded up to keep pairs whole
};

// A requantiser's numbers as 64-bit vectors: y = ((sum + bias) * multiplier + round + (odd & bit shift of it)) >> shift.
enum { kBias, kMultiplier, kShift, kRound, kOdd, kDrainFields };

static void fill_drain(sac_layer_t *layer) {
  int64_t *const drain = layer->drain;
  const int padded = layer->padded;
  for (int n = 0; n < layer->outputs; n++) {
    const sac_quant_t *quant = &layer->quant[n];
    drain[kBias * padded + n] = quant->bias;
    drain[kMultiplier * padded + n] = quant->multiplier;
    drain[kShift * padded + n] = quant->shift;
    drain[kRound * padded + n] = quant->shift ? ((int64_t)1 << (quant->shift - 1)) - 1 : 0;
    drain[kOdd * padded + n] = quant->shift != 0;
  }
}

static bool open_layer(sac_layer_t *layer, int inputs, int outputs, const sac_quant_t *quant, bool relu) {
  layer->inputs = inputs;
  layer->outputs = outputs;
  layer->padded = (outputs + kBlock - 1) / kBlock * kBlock;
  layer->quant = quant;
  layer->relu = relu;
  const size_t bytes = (size_t)(inputs + 1) / 2 * layer->padded * 2 * sizeof(int16_t);
  const size_t drain = (size_t)kDrainFields * layer->padded * sizeof *layer->drain;
  layer->pairs = aligned_alloc(64, (bytes + 63) / 64 * 64);
  layer->drain = aligned_alloc(64, drain);
  if (!layer->pairs || !layer->drain) {
    sac_layer_close(layer);
    return false;
  }
  memset(layer->pairs, 0, bytes);
  memset(layer->drain, 0, drain);
  fill_drain(layer);
  return true;
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
  free(layer->drain);
  layer->pairs = NULL;
  layer->drain = NULL;
}

// Sums of a block of kBlock outputs, the first `outputs` of them wanted, for kTogether inputs: pairs are [step][padded][2], x rows are `stride` apart.
typedef void (*sums_t)(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int outputs,
                       int32_t out[kTogether][kBlock]);
// One row of sums through the requantisers of outputs first .. first + kBlock - 1 (padded ones give anything).
typedef void (*drain_t)(const sac_layer_t *layer, int first, const int32_t sums[kBlock], int16_t y[kBlock]);

static void drain_portable(const sac_layer_t *layer, int first, const int32_t sums[kBlock], int16_t y[kBlock]) {
  const int outputs = layer->outputs - first < kBlock ? layer->outputs - first : kBlock;
  for (int n = 0; n < outputs; n++) y[n] = sac_requantise(sums[n], layer->quant[first + n], layer->relu);
}

static void sums_portable(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int outputs,
                          int32_t out[kTogether][kBlock]) {
  (void)outputs;
  for (int i = 0; i < kTogether; i++) {
    memset(out[i], 0, sizeof out[i]);
    for (int step = 0; step < steps; step++) {
      const int16_t *w = pairs + (size_t)step * padded * 2;
      const int32_t x0 = x[i * stride + 2 * step], x1 = x[i * stride + 2 * step + 1];
      for (int n = 0; n < kBlock; n++) out[i][n] += w[2 * n] * x0 + w[2 * n + 1] * x1;
    }
  }
}

typedef struct {
  sums_t sums;
  drain_t drain;
} kernels_t;

static const kernels_t kPortable = {sums_portable, drain_portable};

#if defined(__x86_64__)
// The pairwise multiply-add of AVX2 is exactly one step; accumulators stay in registers (loops are unrolled for that).
__attribute__((target("avx2")))
static void part_avx2(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int32_t (*out)[kBlock]) {
  enum { kVectors = kBlock / 8 };
  __m256i acc[kPart][kVectors];
#pragma GCC unroll 2
  for (int i = 0; i < kPart; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) acc[i][v] = _mm256_setzero_si256();
  }
  for (int step = 0; step < steps; step++) {
    const __m256i *w = (const __m256i *)(pairs + (size_t)step * padded * 2);
#pragma GCC unroll 2
    for (int i = 0; i < kPart; i++) {
      int32_t two;
      memcpy(&two, x + i * stride + 2 * step, sizeof two);
      const __m256i both = _mm256_set1_epi32(two);
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; v++) {
        acc[i][v] = _mm256_add_epi32(acc[i][v], _mm256_madd_epi16(_mm256_load_si256(w + v), both));
      }
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < kPart; i++) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) _mm256_storeu_si256((__m256i *)(out[i] + 8 * v), acc[i][v]);
  }
}

static void sums_avx2(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int outputs,
                      int32_t out[kTogether][kBlock]) {
  (void)outputs;
  for (int i = 0; i < kTogether; i += kPart) part_avx2(pairs, padded, steps, x + i * stride, stride, out + i);
}

// AVX-512 with VNNI does a step in one instruction. A block with 16 outputs or fewer is half as much work.
__attribute__((target("avx512f,avx512bw,avx512vnni"), always_inline))
static inline void vectors_vnni(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int vectors,
                                int32_t out[kTogether][kBlock]) {
  __m512i acc[kTogether][2];
#pragma GCC unroll 8
  for (int i = 0; i < kTogether; i++) acc[i][0] = acc[i][1] = _mm512_setzero_si512();
  for (int step = 0; step < steps; step++) {
    const int16_t *w = pairs + (size_t)step * padded * 2;
    const __m512i low = _mm512_load_si512(w), high = _mm512_load_si512(w + 32);
#pragma GCC unroll 8
    for (int i = 0; i < kTogether; i++) {
      int32_t two;
      memcpy(&two, x + i * stride + 2 * step, sizeof two);
      const __m512i both = _mm512_set1_epi32(two);
      acc[i][0] = _mm512_dpwssd_epi32(acc[i][0], low, both);
      if (vectors == 2) acc[i][1] = _mm512_dpwssd_epi32(acc[i][1], high, both);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < kTogether; i++) {
    _mm512_storeu_si512(out[i], acc[i][0]);
    _mm512_storeu_si512(out[i] + 16, acc[i][1]);
  }
}

__attribute__((target("avx512f,avx512bw,avx512vnni")))
static void sums_vnni(const int16_t *pairs, int padded, int steps, const int16_t *x, size_t stride, int outputs,
                      int32_t out[kTogether][kBlock]) {
  if (outputs > 16) vectors_vnni(pairs, padded, steps, x, stride, 2, out);
  else vectors_vnni(pairs, padded, steps, x, stride, 1, out);
}

__attribute__((target("avx512f,avx512dq,avx512vl")))
static void drain_avx512(const sac_layer_t *layer, int first, const int32_t sums[kBlock], int16_t y[kBlock]) {
  for (int n = 0; n < kBlock && first + n < layer->outputs; n += 8) {
    const int64_t *const field = layer->drain + first + n;
    const size_t next = (size_t)layer->padded;
    const __m512i sum = _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(sums + n)));
    const __m512i shift = _mm512_load_si512(field + kShift * next);
    const __m512i wide = _mm512_mullo_epi64(_mm512_add_epi64(sum, _mm512_load_si512(field + kBias * next)),
                                            _mm512_load_si512(field + kMultiplier * next));
    const __m512i odd = _mm512_and_si512(_mm512_srav_epi64(wide, shift), _mm512_load_si512(field + kOdd * next));
    const __m512i rounded = _mm512_add_epi64(_mm512_add_epi64(wide, _mm512_load_si512(field + kRound * next)), odd);
    const __m128i result = _mm512_cvtsepi64_epi16(_mm512_srav_epi64(rounded, shift));
    _mm_storeu_si128((__m128i *)(y + n), layer->relu ? _mm_max_epi16(result, _mm_setzero_si128()) : result);
  }
}

static const kernels_t *kernels(void) {
  static const kernels_t kWide = {sums_vnni, drain_avx512}, kHalf = {sums_avx2, drain_portable};
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) return &kWide;
  return __builtin_cpu_supports("avx2") ? &kHalf : &kPortable;
}
#else
static const kernels_t *kernels(void) { return &kPortable; }
#endif

// One pass: kTogether inputs (the rest zeros) through a block of outputs.
static void run_pass(const sac_layer_t *layer, const int16_t *x, size_t stride, int first, size_t rows, int16_t *y, size_t y_stride) {
  const int outputs = layer->outputs - first;
  int32_t sums[kTogether][kBlock];
  kernels()->sums(layer->pairs + (size_t)first * 2, layer->padded, (layer->inputs + 1) / 2, x, stride, outputs, sums);
  for (size_t r = 0; r < rows; r++) {
    int16_t *const to = y + r * y_stride + first, part[kBlock];
    kernels()->drain(layer, first, sums[r], outputs < kBlock ? part : to);
    if (outputs < kBlock) memcpy(to, part, (size_t)outputs * sizeof *to);
  }
}

void sac_layer_run(const sac_layer_t *layer, const int16_t *x, size_t x_stride, int16_t *y, size_t y_stride, size_t count) {
  const size_t whole = count - count % kTogether, rest = count - whole;
  int16_t last[kTogether * kMaxInputs];
  memset(last, 0, sizeof last);
  for (size_t r = 0; r < rest; r++) memcpy(last + r * kMaxInputs, x + (whole + r) * x_stride, (size_t)layer->inputs * sizeof *x);
  // Block by block, so that its weights stay close while the inputs pass.
  for (int first = 0; first < layer->outputs; first += kBlock) {
    for (size_t i = 0; i < whole; i += kTogether) run_pass(layer, x + i * x_stride, x_stride, first, kTogether, y + i * y_stride, y_stride);
    if (rest) run_pass(layer, last, kMaxInputs, first, rest, y + whole * y_stride, y_stride);
  }
}
