// SPDX-License-Identifier: Apache-2.0
// RECODE (rtl/attend/sac_recode.sv): rows of one element format to another (docs/attention.md, section 8).
#include <stdlib.h>
#include <string.h>

#include "attend.h"
#include "kv.h"

enum { kScaleElements = 32, kExponentMax = 22, kMantissaMin = 128, kMantissaMax = 255, kReciprocalBits = 24 };
enum { kSlotsMax = 16, kStart = 12, kDrain = 28, kRow = 1 };  // cycles of the RTL

typedef struct {
  uint32_t address, stride, bits;
  bool scaled;
  uint32_t bytes;  // of a row
} side_t;

static side_t side(const uint32_t *d, uint32_t elements, uint32_t address, uint32_t stride, uint32_t format,
                   bool scaled) {
  const uint32_t bits = 16 >> format, scales = scaled ? (elements + kScaleElements - 1) / kScaleElements : 0;
  return (side_t){sac_field_get(d, address), sac_field_get(d, stride), bits, scaled,
                  (elements * bits / 8 + 2 * scales + 3) & ~3u};
}

// The smallest scale that keeps the largest value within `most`, and the elements that it makes of the values.
static void scale_elements(int16_t *values, uint32_t count, int64_t most, uint8_t *scale) {
  int64_t largest = 0;
  for (uint32_t n = 0; n < count; n++) {
    const int64_t magnitude = sac_magnitude(values[n]);
    if (magnitude > largest) largest = magnitude;
  }
  // A larger exponent is a smaller scale, whatever the mantissas.
  int64_t mantissa = kMantissaMin, exponent = largest ? kExponentMax : 0;
  for (; largest; exponent--) {
    mantissa = ((largest << exponent) + most - 1) / most;
    if (mantissa < kMantissaMin) mantissa = kMantissaMin;
    if (mantissa <= kMantissaMax || exponent == 0) break;
  }
  if (mantissa > kMantissaMax) mantissa = kMantissaMax;
  const int64_t reciprocal = ((int64_t)1 << kReciprocalBits) / mantissa;
  for (uint32_t n = 0; n < count; n++) {
    const int64_t e = sac_round_even(values[n] * reciprocal, (unsigned)(kReciprocalBits - exponent));
    values[n] = (int16_t)sac_clamp(e, -most, most);
  }
  scale[0] = (uint8_t)mantissa;
  scale[1] = (uint8_t)exponent;
}

// Values to a row of the destination, which is cleared before.
static void pack_row(int16_t *values, uint32_t elements, unsigned shift, const side_t *to, uint8_t *row) {
  const int64_t most = ((int64_t)1 << (to->bits - 1)) - 1;
  for (uint32_t e = 0; e < elements; e++) values[e] = sac_saturate16(sac_round_even(values[e], shift));
  uint8_t *scale = row + elements * to->bits / 8;
  for (uint32_t e = 0; e < elements && to->scaled; e += kScaleElements, scale += 2)
    scale_elements(values + e, elements - e < kScaleElements ? elements - e : kScaleElements, most, scale);
  for (uint32_t e = 0; e < elements; e++) {
    const uint32_t element = (uint32_t)sac_clamp(values[e], -most - 1, most) & ((1u << to->bits) - 1);
    const uint32_t at = e * to->bits;
    row[at / 8] |= (uint8_t)(element << at % 8);
    if (to->bits == 16) row[at / 8 + 1] = (uint8_t)(element >> 8);
  }
}

// Rows stream: the slowest of memory, the words that the unpacker writes, and the slots that pack.
static uint64_t row_cycles(const sac_model_t *model, uint32_t elements, const side_t *from, const side_t *to) {
  const uint32_t lanes = model->config.capacities[SAC_CAPACITY_LANES];
  const uint32_t width = model->config.capacities[SAC_CAPACITY_AXI_DATA_WIDTH];
  uint32_t slots = width / 16 < kSlotsMax ? width / 16 : kSlotsMax;
  if (lanes < slots) slots = lanes;
  const uint64_t packed = elements / slots + (to->scaled ? (elements + 63) / 64 : 0) + kRow;
  const uint64_t words = (uint64_t)(elements + lanes - 1) / lanes * (from->scaled || from->bits == 16 ? 2 : 1);
  const uint32_t bytes = model->config.memory_bytes_per_cycle;
  const uint64_t passed = (from->bytes + to->bytes + bytes - 1) / bytes;
  uint64_t most = packed > words ? packed : words;
  return passed > most ? passed : most;
}

static sac_outcome_t check(const sac_model_t *model, const uint32_t *d) {
  const uint32_t elements = sac_field_get(d, SAC_RECODE_D);
  if (sac_field_get(d, SAC_RECODE_ROWS) == 0) return sac_outcome(SAC_HW_ERR_RANGE, 5);
  if (elements == 0 || elements % 16 != 0 || elements > model->config.capacities[SAC_CAPACITY_HEAD_DIM])
    return sac_outcome(SAC_HW_ERR_RANGE, 6);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

sac_outcome_t sac_model_recode(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  sac_outcome_t outcome = check(model, d);
  if (outcome.code) return outcome;
  const uint32_t elements = sac_field_get(d, SAC_RECODE_D), rows = sac_field_get(d, SAC_RECODE_ROWS);
  const side_t from =
      side(d, elements, SAC_RECODE_SOURCE_ADDRESS, SAC_RECODE_SOURCE_STRIDE,
           sac_field_get(d, SAC_RECODE_SOURCE_FORMAT), sac_field_get(d, SAC_RECODE_SOURCE_SCALED));
  const side_t to =
      side(d, elements, SAC_RECODE_DESTINATION_ADDRESS, SAC_RECODE_DESTINATION_STRIDE,
           sac_field_get(d, SAC_RECODE_DESTINATION_FORMAT), sac_field_get(d, SAC_RECODE_DESTINATION_SCALED));
  int16_t *values = malloc(elements * sizeof *values);
  if (!values) return sac_outcome(SAC_HW_ERR_RANGE, 6);
  for (uint32_t r = 0; r < rows && !outcome.code; r++) {
    const uint32_t source = from.address + r * from.stride, target = to.address + r * to.stride;
    outcome = sac_model_access(model, source, from.bytes, false);
    if (!outcome.code) outcome = sac_model_access(model, target, to.bytes, true);
    if (outcome.code) break;
    sac_attend_expand(model->memory + source, from.bits, elements, from.scaled, values);
    memset(model->memory + target, 0, to.bytes);
    pack_row(values, elements, sac_field_get(d, SAC_RECODE_SHIFT), &to, model->memory + target);
    model->counters[SAC_COUNTER_RECODE_ROWS]++;
  }
  free(values);
  const uint64_t busy =
      2ull * model->config.memory_latency_cycles + kStart + kDrain + rows * row_cycles(model, elements, &from, &to);
  model->counters[SAC_COUNTER_RECODE_BUSY_CYCLES] += busy;
  *cycles += busy;
  return outcome;
}
