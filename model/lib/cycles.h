// SPDX-License-Identifier: Apache-2.0
// Arithmetic of cycles that the timing of every room uses.
#ifndef SACCADE_MODEL_CYCLES_H
#define SACCADE_MODEL_CYCLES_H

#include <stdint.h>

static inline uint64_t sac_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t sac_divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

#endif
