// SPDX-License-Identifier: Apache-2.0
// SELECT (rtl/attend/sac_select.sv): top k of rows, or their order by the low byte (docs/attention.md, section 7).
#include <stdlib.h>
#include <string.h>

#include "../host/model.h"

enum { kBins = 256, kGroup = 16, kMaxCount = 1 << 20, kReadValues = 256, kWriteWords = 64 };
// Cycles of the RTL: before the first value and after the last one; a pass beside its values; a look at the counts
// beside its bins; a place of sort, and its answer beside the memory's latency.
enum { kStart = 12, kEnd = 10, kPassCycles = 2, kScanCycles = 3, kPlaceCycles = 2, kAnswerCycles = 5 };

typedef struct {
  sac_model_t *model;
  bool sort, values;
  uint32_t source, count;          // of the row
  uint32_t index, value, k;
  uint32_t *chosen, *chosen_values;
  uint64_t cycles;
} row_t;

static uint32_t value_at(const row_t *row, uint32_t place) {
  uint32_t value;
  memcpy(&value, row->model->memory + row->source + 4 * place, sizeof value);
  return value;
}

// Order of signed numbers in unsigned ones.
static uint32_t key_at(const row_t *row, uint32_t place) { return value_at(row, place) ^ 0x80000000u; }

// A look at the counts down to `least`: a cycle a bin, and one for a group of bins without a value.
static uint32_t scan_cycles(const uint32_t *counts, uint32_t least) {
  uint32_t cycles = kScanCycles;
  for (uint32_t group = kBins / kGroup; group-- > least / kGroup;) {
    bool met = false;
    for (uint32_t bin = group * kGroup; bin < (group + 1) * kGroup; bin++) met = met || counts[bin];
    cycles += met ? kGroup : 1;
  }
  return cycles - least % kGroup;
}

// `written`: words that go to memory meanwhile.
static sac_outcome_t read_pass(row_t *row, uint64_t written) {
  sac_outcome_t outcome = sac_outcome(SAC_HW_ERR_NONE, 0);
  for (uint32_t at = 0; at < row->count && !outcome.code; at += kReadValues) {
    const uint32_t values = row->count - at < kReadValues ? row->count - at : kReadValues;
    outcome = sac_model_access(row->model, row->source + 4 * at, 4 * values, false);
  }
  const uint64_t passed = 4 * (row->count + written) / row->model->config.memory_bytes_per_cycle;
  row->cycles += kPassCycles + (passed > row->count ? passed : row->count);
  return outcome;
}

static sac_outcome_t write_words(row_t *row, uint32_t address, const uint32_t *words, uint32_t count) {
  const sac_outcome_t outcome = sac_model_access(row->model, address, 4 * count, true);
  if (!outcome.code) memcpy(row->model->memory + address, words, 4 * (size_t)count);
  return outcome;
}

// Four passes find the k-th largest, byte by byte; `need` of those equal to it are among the chosen.
static sac_outcome_t find_least(row_t *row, uint32_t *least, uint32_t *need) {
  *least = 0;
  *need = row->k;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const sac_outcome_t outcome = read_pass(row, 0);
    if (outcome.code) return outcome;
    uint32_t counts[kBins] = {0};
    for (uint32_t i = 0; i < row->count; i++) {
      const uint64_t key = key_at(row, i);
      if (key >> (shift + 8) == (uint64_t)*least >> (shift + 8)) counts[key >> shift & 255]++;
    }
    uint32_t bin = kBins - 1;
    for (; counts[bin] < *need; bin--) *need -= counts[bin];
    *least |= bin << shift;
    row->cycles += scan_cycles(counts, bin);
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t top(row_t *row) {
  uint32_t least, need, found = 0;
  sac_outcome_t outcome = find_least(row, &least, &need);
  if (!outcome.code) outcome = read_pass(row, row->k * (row->values ? 2ull : 1ull));
  if (outcome.code) return outcome;
  for (uint32_t i = 0; i < row->count; i++) {
    const uint32_t key = key_at(row, i);
    if (key < least || (key == least && need == 0)) continue;
    if (key == least) need--;
    row->chosen[found] = i;
    row->chosen_values[found++] = value_at(row, i);
  }
  for (uint32_t at = 0; at < row->k && !outcome.code; at += kWriteWords) {
    const uint32_t words = row->k - at < kWriteWords ? row->k - at : kWriteWords;
    outcome = write_words(row, row->index + 4 * at, row->chosen + at, words);
    if (!outcome.code && row->values) outcome = write_words(row, row->value + 4 * at, row->chosen_values + at, words);
  }
  return outcome;
}

// A counting pass gives each bucket its first position, a placing pass the values theirs.
static sac_outcome_t sort(row_t *row) {
  sac_outcome_t outcome = read_pass(row, 0);
  if (outcome.code) return outcome;
  uint32_t counts[kBins] = {0}, positions[kBins] = {0};
  for (uint32_t i = 0; i < row->count; i++) counts[value_at(row, i) & 255]++;
  for (uint32_t bin = 1; bin < kBins; bin++) positions[bin] = positions[bin - 1] + counts[bin - 1];
  row->cycles += scan_cycles(counts, 0);
  const uint64_t before = row->cycles;
  outcome = read_pass(row, row->count);
  if (outcome.code) return outcome;
  for (uint32_t i = 0; i < row->count; i++) row->chosen[i] = value_at(row, i) & 255;
  for (uint32_t i = 0; i < row->count && !outcome.code; i++)
    outcome = write_words(row, row->index + 4 * positions[row->chosen[i]]++, &i, 1);
  // A write is a burst of its own: as many are under way as the machine may have.
  const sac_machine_config_t *config = &row->model->config;
  const uint64_t written = (uint64_t)row->count * (config->memory_latency_cycles + kAnswerCycles) /
                           config->capacities[SAC_CAPACITY_WRITE_BURSTS];
  if (row->cycles - before < written) row->cycles = before + written;
  if (row->cycles - before < kPlaceCycles * (uint64_t)row->count) row->cycles = before + kPlaceCycles * row->count;
  return outcome;
}

static sac_outcome_t check(const uint32_t *d) {
  const uint32_t count = sac_field_get(d, SAC_SELECT_COUNT), k = sac_field_get(d, SAC_SELECT_K);
  if (sac_field_get(d, SAC_SELECT_ROWS) == 0) return sac_outcome(SAC_HW_ERR_RANGE, 7);
  if (count == 0 || count > kMaxCount) return sac_outcome(SAC_HW_ERR_RANGE, 8);
  if (!sac_field_get(d, SAC_SELECT_SORT) && (k == 0 || k > count)) return sac_outcome(SAC_HW_ERR_RANGE, 9);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

sac_outcome_t sac_model_select(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  sac_outcome_t outcome = check(d);
  if (outcome.code) return outcome;
  row_t row = {.model = model, .sort = sac_field_get(d, SAC_SELECT_SORT), .values = sac_field_get(d, SAC_SELECT_VALUES),
               .source = sac_field_get(d, SAC_SELECT_SOURCE_ADDRESS), .count = sac_field_get(d, SAC_SELECT_COUNT),
               .index = sac_field_get(d, SAC_SELECT_INDEX_ADDRESS), .value = sac_field_get(d, SAC_SELECT_VALUE_ADDRESS),
               .k = sac_field_get(d, SAC_SELECT_K)};
  row.chosen = malloc(2 * sizeof *row.chosen * row.count);
  if (!row.chosen) return sac_outcome(SAC_HW_ERR_RANGE, 8);
  row.chosen_values = row.chosen + row.count;
  row.cycles = kStart + kEnd + 2ull * model->config.memory_latency_cycles;
  for (uint32_t left = sac_field_get(d, SAC_SELECT_ROWS); left > 0 && !outcome.code; left--) {
    outcome = row.sort ? sort(&row) : top(&row);
    if (!outcome.code) model->counters[SAC_COUNTER_SELECT_VALUES] += row.count;
    row.source += sac_field_get(d, SAC_SELECT_SOURCE_STRIDE);
    row.index += sac_field_get(d, SAC_SELECT_INDEX_STRIDE);
    row.value += sac_field_get(d, SAC_SELECT_VALUE_STRIDE);
  }
  free(row.chosen);
  model->counters[SAC_COUNTER_SELECT_BUSY_CYCLES] += row.cycles;
  *cycles += row.cycles;
  return outcome;
}
