// SPDX-License-Identifier: Apache-2.0
// Arithmetic and sizes that the files of a RENDER's cycles share.
#ifndef SACCADE_MODEL_TIMING_UNIT_H
#define SACCADE_MODEL_TIMING_UNIT_H

#include "../saccade_model.h"

enum { SAC_TIMING_PRODUCTS = 144 };  // of an appearance vertex, plane times line: beats of a basis operation

static inline uint64_t sac_later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t sac_divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

#endif
