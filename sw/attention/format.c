// SPDX-License-Identifier: Apache-2.0
// Element formats of K and V (contract: format.h; bits: docs/attention.md, section 1).
#include "format.h"

#include <math.h>
#include <string.h>

enum { kMantissaMax = 255, kExponentMax = 31, kShiftMax = 47, kFactorMax = 65535 };

static uint32_t bits(sac_attention_format_t format) { return 16u >> format.element; }

int32_t sac_format_element_max(sac_attention_format_t format) { return (1 << (bits(format) - 1)) - 1; }

int32_t sac_format_value_max(sac_attention_format_t format) {
  const int64_t most = sac_format_element_max(format) * (int64_t)(format.scaled ? kMantissaMax : 1);
  return most > INT16_MAX ? INT16_MAX : (int32_t)most;
}

// The least mantissa / 2^exponent that is not below `step`, with eight significant bits where there is room.
static uint32_t scale_of(double step, uint32_t *exponent) {
  *exponent = kExponentMax;
  while (*exponent > 0 && ceil(ldexp(step, (int)*exponent)) > kMantissaMax) (*exponent)--;
  const double mantissa = ceil(ldexp(step, (int)*exponent));
  return mantissa > kMantissaMax ? kMantissaMax : (uint32_t)mantissa;
}

static int32_t clamp(double x, int32_t most) { return x > most ? most : x < -most ? -most : (int32_t)nearbyint(x); }

static void put_element(sac_attention_format_t format, uint32_t e, int32_t value, uint8_t *row) {
  const uint32_t b = bits(format), at = e * b, mask = (1u << b) - 1;
  const uint32_t placed = ((uint32_t)value & mask) << (at % 8);
  row[at / 8] |= (uint8_t)placed;
  if (b == 16) row[at / 8 + 1] |= (uint8_t)(placed >> 8);
}

static int32_t get_element(sac_attention_format_t format, uint32_t e, const uint8_t *row) {
  const uint32_t b = bits(format), at = e * b;
  const uint32_t found =
      (b == 16 ? row[at / 8] | (uint32_t)row[at / 8 + 1] << 8 : (uint32_t)row[at / 8] >> (at % 8)) & ((1u << b) - 1);
  const uint32_t sign = 1u << (b - 1);
  return (int32_t)((found ^ sign) - sign);
}

void sac_format_pack(sac_attention_format_t format, uint32_t d, const double *x, double unit, uint8_t *row) {
  const uint32_t padded = sac_pad16(d);
  const int32_t most = sac_format_element_max(format);
  uint8_t *scales = row + padded * bits(format) / 8;
  memset(row, 0, sac_attention_row_bytes(format, padded));
  for (uint32_t first = 0; first < d; first += SAC_ELEMENT_GROUP) {
    const uint32_t end = first + SAC_ELEMENT_GROUP < d ? first + SAC_ELEMENT_GROUP : d;
    double step = 1.0;
    if (format.scaled) {
      double largest = 0.0;
      uint32_t exponent;
      for (uint32_t e = first; e < end; e++) largest = fmax(largest, fabs(x[e]) / unit);
      const uint32_t mantissa = scale_of(largest / most, &exponent);
      uint8_t *scale = scales + 2 * (first / SAC_ELEMENT_GROUP);
      scale[0] = (uint8_t)mantissa;
      scale[1] = (uint8_t)exponent;
      step = ldexp(mantissa, -(int)exponent);
    }
    for (uint32_t e = first; e < end && step > 0.0; e++) put_element(format, e, clamp(x[e] / unit / step, most), row);
  }
}

// value / 2^shift, half to even.
static int64_t round_even(int64_t value, uint32_t shift) {
  if (shift == 0) return value;
  const int64_t one = INT64_C(1) << shift, whole = value >> shift, rest = value - whole * one, half = one / 2;
  return whole + (rest > half || (rest == half && (whole & 1)));
}

void sac_format_unpack(sac_attention_format_t format, uint32_t d, const uint8_t *row, int32_t *value) {
  const uint8_t *scales = row + sac_pad16(d) * bits(format) / 8;
  for (uint32_t e = 0; e < d; e++) {
    const uint8_t *scale = scales + 2 * (e / SAC_ELEMENT_GROUP);
    int64_t v = get_element(format, e, row);
    if (format.scaled) v = round_even(v * scale[0], scale[1] & kExponentMax);
    value[e] = (int32_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
  }
}

double sac_format_error(sac_attention_format_t format, double largest) {
  if (!format.scaled) return 0.5;
  // Half a step, whose scale is rounded up by 1/127 of itself or the least scale, and the rounding of the product.
  const double step = largest / sac_format_element_max(format) * (1.0 + 1.0 / 127.0) + ldexp(1.0, -kExponentMax);
  return step / 2.0 + 0.5;
}

// The shift that leaves 16 bits of `value`.
static uint8_t shift_of(double value) {
  int exponent;
  frexp(value, &exponent);  // value < 2^exponent
  const int shift = 16 - exponent;
  return (uint8_t)(shift > kShiftMax ? kShiftMax : shift < 0 ? 0 : shift);
}

static bool factor(double value, double (*whole)(double), sac_factor_t *out) {
  uint8_t shift = shift_of(value);
  double multiplier = whole(ldexp(value, shift));
  if (multiplier > kFactorMax && shift > 0) multiplier = whole(ldexp(value, --shift));
  if (!(multiplier <= kFactorMax)) return false;
  *out = (sac_factor_t){(uint16_t)multiplier, shift};
  return true;
}

bool sac_factor_nearest(double value, sac_factor_t *out) { return factor(value, nearbyint, out); }

bool sac_factor_above(double value, sac_factor_t *out) { return factor(value, ceil, out); }

double sac_factor_value(sac_factor_t f) { return ldexp(f.multiplier, -(int)f.shift); }
