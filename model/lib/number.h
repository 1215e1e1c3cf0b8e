// SPDX-License-Identifier: Apache-2.0
// Rounding and saturation of the number table (docs/architecture.md), inline for the model's inner loops.
#ifndef SACCADE_MODEL_NUMBER_H
#define SACCADE_MODEL_NUMBER_H

#include <stdint.h>

// x / 2^n, ties to even. Adding half - 1 and the bit that decides the tie is branch-free.
static inline int64_t sac_round_even(int64_t x, unsigned n) {
  return n == 0 ? x : (x + (((int64_t)1 << (n - 1)) - 1) + (x >> n & 1)) >> n;
}

// x / 2^n, ties up.
static inline int64_t sac_round_up(int64_t x, unsigned n) { return n == 0 ? x : (x + ((int64_t)1 << (n - 1))) >> n; }

static inline int16_t sac_saturate16(int64_t x) { return (int16_t)(x > 32767 ? 32767 : x < -32768 ? -32768 : x); }

static inline int64_t sac_clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

static inline int64_t sac_magnitude(int64_t x) { return x < 0 ? -x : x; }

// floor(sqrt(x)), x < 2^62: the floating-point root is off by one at most.
uint64_t sac_square_root(uint64_t x);

#endif
