// SPDX-License-Identifier: Apache-2.0
// One function table (rtl/dot/sac_lookup.sv): 256 entries of base and delta, linear in between, three kinds of ends.
#ifndef SACCADE_MODEL_LOOKUP_H
#define SACCADE_MODEL_LOOKUP_H

#include <stdint.h>

enum { SAC_END_SATURATE = 0, SAC_END_WRAP = 1, SAC_END_EXTRAPOLATE = 2 };

typedef struct {
  int32_t base[256], delta[256];
  int32_t offset;
  uint32_t shift, low_end, high_end;
} sac_lookup_t;

// Values of bounded tables fit 32 bits; an extrapolated end of any table needs 38.
static inline int64_t sac_lookup(const sac_lookup_t *table, int32_t x) {
  int64_t position = (int64_t)x - table->offset;
  if (position < 0 && table->low_end == SAC_END_SATURATE) position = 0;
  int64_t i = position >> table->shift;
  if (i > 255 && table->high_end != SAC_END_WRAP) {
    if (table->high_end == SAC_END_SATURATE) return table->base[255] + table->delta[255];
    i = 255;
  }
  const int64_t fraction = table->high_end == SAC_END_EXTRAPOLATE && i == 255
                               ? position - ((int64_t)255 << table->shift)
                               : position & ((1 << table->shift) - 1);
  const int64_t half = table->shift ? (int64_t)1 << (table->shift - 1) : 0;
  return table->base[i & 255] + ((table->delta[i & 255] * fraction + half) >> table->shift);
}

#endif
