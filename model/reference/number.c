// SPDX-License-Identifier: Apache-2.0
#include "number.h"

int64_t sac_reference_round_even(int64_t x, unsigned n) {
  if (n == 0) return x;
  int64_t kept = x >> n, dropped = x - kept * ((int64_t)1 << n), half = (int64_t)1 << (n - 1);
  if (dropped > half || (dropped == half && (kept & 1))) kept += 1;
  return kept;
}

int64_t sac_reference_round_up(int64_t x, unsigned n) {
  return n == 0 ? x : (x + ((int64_t)1 << (n - 1))) >> n;
}

int64_t sac_reference_saturate(int64_t x, unsigned bits) {
  int64_t high = ((int64_t)1 << (bits - 1)) - 1, low = -high - 1;
  return x > high ? high : x < low ? low : x;
}

int64_t sac_reference_table_evaluate(const sac_reference_table_t *table, int32_t x) {
  int64_t position = (int64_t)x - table->offset;
  if (table->low_end == 0 && position < 0) position = 0;
  int64_t index = position >> table->shift;
  int64_t fraction = position & (((int64_t)1 << table->shift) - 1);
  if (table->high_end == 1) {
    index &= 255;
  } else if (index > 255) {
    if (table->high_end == 0) return table->base[255] + table->delta[255];
    index = 255;
    fraction = position - ((int64_t)255 << table->shift);
  } else if (index < 0) {
    index &= 255;
  }
  return table->base[index] + sac_reference_round_up(table->delta[index] * fraction, table->shift);
}

uint64_t sac_reference_sqrt(unsigned __int128 x) {
  uint64_t root = 0;
  for (int bit = 62; bit >= 0; bit--) {
    uint64_t trial = root | (uint64_t)1 << bit;
    if ((unsigned __int128)trial * trial <= x) root = trial;
  }
  return root;
}
