// SPDX-License-Identifier: Apache-2.0
// Drain of the array (rtl/dot/sac_requantise.sv): bias, multiplier and shift per output, half to even, saturate.
#ifndef SACCADE_MODEL_REQUANTISE_H
#define SACCADE_MODEL_REQUANTISE_H

#include <stdbool.h>

#include "../lib/number.h"

typedef struct {
  int32_t bias;
  uint16_t multiplier;
  uint8_t shift;
} sac_quant_t;

static inline int16_t sac_requantise(int64_t sum, sac_quant_t quant, bool relu) {
  const int16_t y = sac_saturate16(sac_round_even((sum + quant.bias) * quant.multiplier, quant.shift));
  return relu && y < 0 ? 0 : y;
}

#endif
