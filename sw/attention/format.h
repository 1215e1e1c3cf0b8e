// SPDX-License-Identifier: Apache-2.0
// From real numbers to the machine's: rows of Q, K and V in their element formats, multipliers with a shift. A row's
// values are whole multiples of a unit, a real number that the caller keeps; the machine sees only the multiples.
#ifndef SACCADE_ATTENTION_FORMAT_H
#define SACCADE_ATTENTION_FORMAT_H

#include "saccade/attention.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_ELEMENT_GROUP = 32 };  // elements that share a scale

// Largest magnitude of an element (symmetric), and of a value that the array sees.
int32_t sac_format_element_max(sac_attention_format_t format);
int32_t sac_format_value_max(sac_attention_format_t format);

// Writes a row of d values x[e] / unit, padded with zeros to a multiple of 16 elements; |x| <= value_max * unit.
void sac_format_pack(sac_attention_format_t format, uint32_t d, const double *x, double unit, uint8_t *row);

// The values that the array sees in a packed row.
void sac_format_unpack(sac_attention_format_t format, uint32_t d, const uint8_t *row, int32_t *value);

// How far from x the values of a group of elements can lie, in units, by the format alone; `largest` is the group's
// largest |x| in units.
double sac_format_error(sac_attention_format_t format, double largest);

// A positive factor as multiplier / 2^shift.
typedef struct {
  uint16_t multiplier;
  uint8_t shift;  // at most 47
} sac_factor_t;

// The factor of 16 bits next to `value` (within 2^-16 of it where the shift allows), or the least one that is not
// below; false if it is too large.
bool sac_factor_nearest(double value, sac_factor_t *factor);
bool sac_factor_above(double value, sac_factor_t *factor);
double sac_factor_value(sac_factor_t factor);

static inline uint32_t sac_pad16(size_t d) { return ((uint32_t)d + 15) & ~15u; }

#ifdef __cplusplus
}
#endif

#endif
