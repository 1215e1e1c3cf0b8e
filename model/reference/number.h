// SPDX-License-Identifier: Apache-2.0
// Rounding, saturation and function tables of the number table (docs/architecture.md), written plainly.
#ifndef SACCADE_REFERENCE_NUMBER_H
#define SACCADE_REFERENCE_NUMBER_H

#include <stdint.h>

typedef struct {
  int32_t base[256];   // s26
  int32_t delta[256];  // s20
  int32_t offset;      // s16
  uint32_t shift;      // 0..12
  uint32_t low_end, high_end;  // 0 saturate, 1 wrap, 2 extrapolate (high end only)
} sac_reference_table_t;

// x / 2^n rounded to nearest, ties to even.
int64_t sac_reference_round_even(int64_t x, unsigned n);
// x / 2^n rounded to nearest, ties up.
int64_t sac_reference_round_up(int64_t x, unsigned n);
// Clamps to the signed range of `bits`.
int64_t sac_reference_saturate(int64_t x, unsigned bits);
// Linear interpolation between table entries, ends as the table says.
int64_t sac_reference_table_evaluate(const sac_reference_table_t *table, int32_t x);
// floor(sqrt(x))
uint64_t sac_reference_sqrt(unsigned __int128 x);

#endif
