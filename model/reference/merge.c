// SPDX-License-Identifier: Apache-2.0
// MERGE of the scalar reference: docs/attention.md, section 6, read aloud, one value of one row after the other.
#include <string.h>

#include "reference.h"

typedef struct {
  sac_reference_t *reference;
  const uint32_t *d;
  bool good;  // no address has left memory
} merge_t;

static uint8_t *memory_at(merge_t *m, uint64_t address, uint64_t bytes) {
  static uint8_t nothing[8];
  if (address + bytes <= m->reference->memory_bytes) return m->reference->memory + address;
  m->good = false;
  return nothing;
}

static uint32_t field(const merge_t *m, uint32_t which) { return sac_field_get(m->d, which); }

static int64_t word_at(merge_t *m, uint32_t address) {
  int32_t word;
  memcpy(&word, memory_at(m, address, 4), 4);
  return word;
}

static int64_t value_at(merge_t *m, uint32_t address) {
  int16_t value;
  memcpy(&value, memory_at(m, address, 2), 2);
  return value;
}

static uint32_t lse_of(const merge_t *m, uint32_t state, uint32_t row) {
  return field(m, SAC_MERGE_LSE_ADDRESS) + state * field(m, SAC_MERGE_LSE_STATE_STRIDE) + 4 * row;
}

// The logarithm of a state's weight; false if it is empty.
static bool logarithm(merge_t *m, uint32_t state, uint32_t row, int64_t *z) {
  const int64_t x = word_at(m, lse_of(m, state, row));
  const uint32_t record = field(m, SAC_MERGE_AFFINE_ADDRESS) + 8 * state;
  const int64_t scaled = sac_reference_round_even(word_at(m, record) * x, 16);
  *z = sac_reference_saturate(scaled + word_at(m, record + 4), 32);
  return x != INT32_MIN;
}

static void merge_row(merge_t *m, uint32_t row) {
  const uint32_t states = field(m, SAC_MERGE_STATES), d = field(m, SAC_MERGE_D);
  int64_t z, maximum = INT64_MIN, l = 0, w[64] = {0}, r = 0, lse = INT32_MIN;
  unsigned e = 0;
  for (uint32_t i = 0; i < states; i++) {
    if (logarithm(m, i, row, &z) && z > maximum) maximum = z;
  }
  for (uint32_t i = 0; i < states; i++) {
    if (!logarithm(m, i, row, &z) || (maximum - z) / 65536 >= 32) continue;
    const int64_t t = maximum - z;
    w[i] = sac_reference_round_up(
        sac_reference_table_evaluate(&m->reference->tables[SAC_TARGET_POWER], (int32_t)(t % 65536)),
        (unsigned)(t / 65536));
    l += w[i];
  }
  if (l > 0) {
    while (l >> (e + 1)) e++;
    const int64_t n = l * ((int64_t)1 << (23 - e));
    const int64_t log =
        sac_reference_table_evaluate(&m->reference->tables[SAC_TARGET_LOG2], (int32_t)((n - (1 << 23)) / 128));
    r = ((int64_t)1 << 40) / n;
    lse = sac_reference_saturate(maximum + ((int64_t)e - 16) * 65536 + log, 32);
  }
  int16_t out[2048];
  for (uint32_t k = 0; k < d; k++) {
    int64_t sum = 0;
    for (uint32_t i = 0; i < states; i++) {
      const uint32_t y = field(m, SAC_MERGE_Y_ADDRESS) + i * field(m, SAC_MERGE_Y_STATE_STRIDE) +
                         row * field(m, SAC_MERGE_Y_STRIDE);
      sum += w[i] * value_at(m, y + 2 * k);
    }
    out[k] = (int16_t)sac_reference_saturate(sac_reference_round_even(sum * r, e + 17), 16);
  }
  const uint32_t target = field(m, SAC_MERGE_OUTPUT_ADDRESS) + row * field(m, SAC_MERGE_OUTPUT_STRIDE);
  for (uint32_t k = 0; k < d; k++) memcpy(memory_at(m, target + 2 * k, 2), &out[k], 2);
  const int32_t word = (int32_t)lse;
  if (field(m, SAC_MERGE_LSE))
    memcpy(memory_at(m, field(m, SAC_MERGE_OUTPUT_LSE_ADDRESS) + 4 * row, 4), &word, 4);
  m->reference->counters[SAC_COUNTER_MERGE_ROWS]++;
  m->reference->counters[SAC_COUNTER_MERGE_STATES] += states;
}

bool sac_reference_merge(sac_reference_t *reference, const uint32_t *d) {
  merge_t m = {reference, d, true};
  for (uint32_t row = 0; row < field(&m, SAC_MERGE_ROWS) && m.good; row++) merge_row(&m, row);
  return m.good;
}
