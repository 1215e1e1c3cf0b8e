// SPDX-License-Identifier: Apache-2.0
// RECODE of the scalar reference: docs/attention.md, section 8, read aloud. The scale of a group is found by trying
// all of them, from the smallest on.
#include <string.h>

#include "reference.h"

typedef struct {
  uint8_t *row;
  unsigned bits, elements;
  bool scaled;
} row_t;

static uint32_t row_bytes(unsigned bits, unsigned elements, bool scaled) {
  return (elements * bits / 8 + (scaled ? 2 * ((elements + 31) / 32) : 0) + 3) / 4 * 4;
}

static bool row_at(const sac_reference_t *reference, uint32_t address, row_t *row) {
  const uint32_t bytes = row_bytes(row->bits, row->elements, row->scaled);
  row->row = reference->memory + address;
  return (uint64_t)address + bytes <= reference->memory_bytes;
}

static int64_t value_of(const row_t *row, unsigned e) {
  int64_t x = 0;
  for (unsigned b = 0; b < row->bits; b++) {
    const unsigned bit = e * row->bits + b;
    if (row->row[bit / 8] >> bit % 8 & 1) x += b == row->bits - 1 ? -((int64_t)1 << b) : (int64_t)1 << b;
  }
  if (!row->scaled) return x;
  const uint8_t *scale = row->row + row->elements * row->bits / 8 + 2 * (e / 32);
  return sac_reference_saturate(sac_reference_round_even(x * scale[0], scale[1] & 31u), 16);
}

static void put_element(const row_t *row, unsigned e, int64_t element) {
  for (unsigned b = 0; b < row->bits; b++) {
    const unsigned bit = e * row->bits + b;
    if (element >> b & 1) row->row[bit / 8] |= (uint8_t)(1 << bit % 8);
  }
}

static int64_t limit(int64_t x, int64_t most) { return x > most ? most : x < -most ? -most : x; }

static void pack_group(const row_t *row, unsigned first, const int64_t *v) {
  const unsigned count = row->elements - first < 32 ? row->elements - first : 32;
  const int64_t q = ((int64_t)1 << (row->bits - 1)) - 1;
  int64_t most = 0, mantissa = 255;
  int exponent = 0;
  for (unsigned n = 0; n < count; n++) {
    if (v[n] > most) most = v[n];
    if (-v[n] > most) most = -v[n];
  }
  bool found = false;
  for (int x = 22; x >= 0 && !found; x--) {
    for (int64_t m = 128; m <= 255 && !found; m++) {
      if (q * m < most * ((int64_t)1 << x)) continue;
      mantissa = m;
      exponent = x;
      found = true;
    }
  }
  if (most == 0) mantissa = 128, exponent = 0;
  for (unsigned n = 0; n < count; n++) {
    const int64_t product = v[n] * ((1 << 24) / mantissa);
    put_element(row, first + n, limit(sac_reference_round_even(product, (unsigned)(24 - exponent)), q));
  }
  uint8_t *scale = row->row + row->elements * row->bits / 8 + 2 * (first / 32);
  scale[0] = (uint8_t)mantissa;
  scale[1] = (uint8_t)exponent;
}

bool sac_reference_recode(sac_reference_t *reference, const uint32_t *d) {
  row_t from = {NULL, 16u >> sac_field_get(d, SAC_RECODE_SOURCE_FORMAT), sac_field_get(d, SAC_RECODE_D),
                sac_field_get(d, SAC_RECODE_SOURCE_SCALED)};
  row_t to = {NULL, 16u >> sac_field_get(d, SAC_RECODE_DESTINATION_FORMAT), sac_field_get(d, SAC_RECODE_D),
              sac_field_get(d, SAC_RECODE_DESTINATION_SCALED)};
  int64_t v[2048];
  for (uint32_t r = 0; r < sac_field_get(d, SAC_RECODE_ROWS); r++) {
    const uint32_t source =
        sac_field_get(d, SAC_RECODE_SOURCE_ADDRESS) + r * sac_field_get(d, SAC_RECODE_SOURCE_STRIDE);
    const uint32_t target =
        sac_field_get(d, SAC_RECODE_DESTINATION_ADDRESS) + r * sac_field_get(d, SAC_RECODE_DESTINATION_STRIDE);
    if (!row_at(reference, source, &from) || !row_at(reference, target, &to)) return false;
    for (unsigned e = 0; e < from.elements; e++)
      v[e] = sac_reference_saturate(
          sac_reference_round_even(value_of(&from, e), sac_field_get(d, SAC_RECODE_SHIFT)), 16);
    memset(to.row, 0, row_bytes(to.bits, to.elements, to.scaled));
    for (unsigned e = 0; e < to.elements; e++) {
      if (!to.scaled) put_element(&to, e, sac_reference_saturate(v[e], to.bits));
      else if (e % 32 == 0) pack_group(&to, e, v + e);
    }
    reference->counters[SAC_COUNTER_RECODE_ROWS]++;
  }
  return true;
}
