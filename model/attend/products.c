// SPDX-License-Identifier: Apache-2.0
#include "products.h"

#include <string.h>

// The inner loops are written for the vectoriser, which is sure to run only at this level.
#pragma GCC optimize("O3")

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum {
  kTogether = 4,  // keys of a pass of PV
  kWraps = 512    // elements from which on a score may need more than 40 bits
};

ALWAYS_INLINE int32_t dot(const int16_t *a, const int16_t *b, uint32_t count) {
  int32_t sum = 0;
  for (uint32_t e = 0; e < count; e++) sum += (int32_t)a[e] * b[e];
  return sum;
}

ALWAYS_INLINE void scores_body(const int16_t *q, uint32_t d, const int16_t *high, const int16_t *low, uint32_t keys,
                               int64_t *scores) {
  for (uint32_t j = 0; j < keys; j++) scores[j] = 0;
  for (uint32_t first = 0; first < d; first += SAC_ATTEND_TERMS) {
    const uint32_t count = d - first < SAC_ATTEND_TERMS ? d - first : SAC_ATTEND_TERMS;
    for (uint32_t j = 0; j < keys; j++) {
      const int64_t upper = dot(q + first, high + (uint64_t)j * d + first, count);
      scores[j] += low ? upper * 256 + dot(q + first, low + (uint64_t)j * d + first, count) : upper;
    }
  }
  for (uint32_t j = 0; j < keys && d >= kWraps; j++) scores[j] = (int64_t)((uint64_t)scores[j] << 24) >> 24;
}

// acc[e] += p * plane, modulo 2^32.
ALWAYS_INLINE void accumulate(const int32_t *p, uint32_t keys, const int16_t *plane, uint32_t d, uint32_t *acc) {
  memset(acc, 0, d * sizeof *acc);
  uint32_t j = 0;
  for (; j + kTogether <= keys; j += kTogether) {
    const int16_t *v = plane + (uint64_t)j * d;
    const uint32_t p0 = (uint32_t)p[j], p1 = (uint32_t)p[j + 1], p2 = (uint32_t)p[j + 2], p3 = (uint32_t)p[j + 3];
    if (!(p0 | p1 | p2 | p3)) continue;
    for (uint32_t e = 0; e < d; e++) {
      acc[e] +=
          p0 * (uint32_t)v[e] + p1 * (uint32_t)v[d + e] + p2 * (uint32_t)v[2 * d + e] + p3 * (uint32_t)v[3 * d + e];
    }
  }
  for (; j < keys; j++) {
    for (uint32_t e = 0; e < d; e++) acc[e] += (uint32_t)p[j] * (uint32_t)plane[(uint64_t)j * d + e];
  }
}

ALWAYS_INLINE void sums_body(const int32_t *p, bool p_signed, uint32_t keys, const int16_t *high, const int16_t *low,
                             uint32_t d, int64_t *sums) {
  uint32_t acc[1024];  // head_dim at most
  accumulate(p, keys, high, d, acc);
  if (!low) {
    for (uint32_t e = 0; e < d; e++) sums[e] = (int32_t)acc[e];
    return;
  }
  for (uint32_t e = 0; e < d; e++) sums[e] = (int64_t)(int32_t)acc[e] * 256;
  accumulate(p, keys, low, d, acc);
  // An unsigned p with an unsigned low byte fills all 32 bits.
  for (uint32_t e = 0; e < d; e++) sums[e] += p_signed ? (int32_t)acc[e] : (int64_t)acc[e];
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void scores_avx2(const int16_t *q, uint32_t d, const int16_t *high,
                                                        const int16_t *low, uint32_t keys, int64_t *scores) {
  scores_body(q, d, high, low, keys, scores);
}
__attribute__((target("avx2"))) static void sums_avx2(const int32_t *p, bool p_signed, uint32_t keys,
                                                      const int16_t *high, const int16_t *low, uint32_t d,
                                                      int64_t *sums) {
  sums_body(p, p_signed, keys, high, low, d, sums);
}
#define HAS_AVX2 __builtin_cpu_supports("avx2")
#else
#define scores_avx2 scores_body
#define sums_avx2 sums_body
#define HAS_AVX2 0
#endif

void sac_attend_scores(const int16_t *q, uint32_t d, const int16_t *high, const int16_t *low, uint32_t keys,
                       int64_t *scores) {
  if (HAS_AVX2) scores_avx2(q, d, high, low, keys, scores);
  else scores_body(q, d, high, low, keys, scores);
}

void sac_attend_sums(const int32_t *p, bool p_signed, uint32_t keys, const int16_t *high, const int16_t *low,
                     uint32_t d, int64_t *sums) {
  if (HAS_AVX2) sums_avx2(p, p_signed, keys, high, low, d, sums);
  else sums_body(p, p_signed, keys, high, low, d, sums);
}
