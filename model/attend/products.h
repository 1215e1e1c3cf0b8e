// SPDX-License-Identifier: Apache-2.0
// The products of ATTEND on the array (rtl/dot/sac_array.sv, operations of KindAttend), organised for speed: 32-bit
// sums of each half of an operand, which cannot overflow within 256 terms.
#ifndef SACCADE_MODEL_ATTEND_PRODUCTS_H
#define SACCADE_MODEL_ATTEND_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

// Keys, or elements of a row, whose sums fit 32 bits: 256 * 255 * 2^15 < 2^31.
enum { SAC_ATTEND_TERMS = 256 };

// QK of a row: scores[j] = sum over d of q * key j, 40 bits, wrapping; keys as unpacked (kv.h), `low` NULL for one
// beat.
void sac_attend_scores(const int16_t *q, uint32_t d, const int16_t *high, const int16_t *low, uint32_t keys,
                       int64_t *scores);
// PV of a row: sums[e] = sum over keys of p * v; at most SAC_ATTEND_TERMS keys, p 16 bits, signed or not.
void sac_attend_sums(const int32_t *p, bool p_signed, uint32_t keys, const int16_t *high, const int16_t *low,
                     uint32_t d, int64_t *sums);

#endif
