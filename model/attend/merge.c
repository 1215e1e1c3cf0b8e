// SPDX-License-Identifier: Apache-2.0
// MERGE (rtl/attend/sac_attend_merge.sv): attention states of the same rows become one (docs/attention.md, section 6).
#include <string.h>

#include "attend.h"

enum { kStatesMax = 63, kWeightGone = 32, kHeadDimMax = 1024 };
enum { kStart = 30, kWeights = 17, kGap = 4, kOutput = 15, kBurst = 4 };  // cycles of the RTL

typedef struct {
  sac_model_t *model;
  const uint32_t *d;
  uint32_t states, rows, elements;
  bool lse;
  int32_t a[kStatesMax], b[kStatesMax];
} merge_t;

// What the log-sum-exps of a row say of its states.
typedef struct {
  bool none;
  int64_t maximum, sum, weights[kStatesMax];
} weights_t;

static uint32_t lse_place(const merge_t *m, uint32_t state, uint32_t row) {
  return sac_field_get(m->d, SAC_MERGE_LSE_ADDRESS) + state * sac_field_get(m->d, SAC_MERGE_LSE_STATE_STRIDE) + 4 * row;
}

static uint32_t y_place(const merge_t *m, uint32_t state, uint32_t row) {
  return sac_field_get(m->d, SAC_MERGE_Y_ADDRESS) + state * sac_field_get(m->d, SAC_MERGE_Y_STATE_STRIDE) +
         row * sac_field_get(m->d, SAC_MERGE_Y_STRIDE);
}

static uint32_t output_place(const merge_t *m, uint32_t row) {
  return sac_field_get(m->d, SAC_MERGE_OUTPUT_ADDRESS) + row * sac_field_get(m->d, SAC_MERGE_OUTPUT_STRIDE);
}

static uint32_t output_lse_place(const merge_t *m, uint32_t row) {
  return sac_field_get(m->d, SAC_MERGE_OUTPUT_LSE_ADDRESS) + 4 * row;
}

static sac_outcome_t request_lse(const merge_t *m, uint32_t row) {
  sac_outcome_t access = sac_outcome(SAC_HW_ERR_NONE, 0);
  for (uint32_t i = 0; i < m->states && !access.code; i++)
    access = sac_model_access(m->model, lse_place(m, i, row), 4, false);
  return access;
}

// All requests, log-sum-exps a row ahead.
static sac_outcome_t request_all(const merge_t *m) {
  sac_outcome_t access = request_lse(m, 0);
  for (uint32_t row = 0; row < m->rows && !access.code; row++) {
    if (row + 1 < m->rows) access = request_lse(m, row + 1);
    for (uint32_t i = 0; i < m->states && !access.code; i++)
      access = sac_model_access(m->model, y_place(m, i, row), 2 * m->elements, false);
    if (!access.code) access = sac_model_access(m->model, output_place(m, row), 2 * m->elements, true);
    if (!access.code && m->lse) access = sac_model_access(m->model, output_lse_place(m, row), 4, true);
  }
  return access;
}

static void weigh(const merge_t *m, uint32_t row, weights_t *out) {
  int64_t z[kStatesMax];
  bool empty[kStatesMax];
  *out = (weights_t){.none = true, .maximum = INT32_MIN};
  for (uint32_t i = 0; i < m->states; i++) {
    int32_t x;
    memcpy(&x, m->model->memory + lse_place(m, i, row), 4);
    empty[i] = x == INT32_MIN;
    z[i] = sac_clamp(sac_round_even((int64_t)m->a[i] * x, 16) + m->b[i], INT32_MIN, INT32_MAX);
    if (empty[i]) continue;
    out->none = false;
    if (z[i] > out->maximum) out->maximum = z[i];
  }
  const sac_lookup_t *power = &m->model->tables.lookup[SAC_TARGET_POWER];
  for (uint32_t i = 0; i < m->states; i++) {
    const int64_t t = out->maximum - z[i], whole = t >> 16;
    if (!empty[i] && whole < kWeightGone)
      out->weights[i] = sac_round_up(sac_lookup(power, (int32_t)(t & 65535)), (unsigned)whole);
    out->sum += out->weights[i];
  }
}

static void merge_row(const merge_t *m, uint32_t row) {
  weights_t w;
  weigh(m, row, &w);
  int64_t sums[kHeadDimMax] = {0}, factor = 0;
  int32_t lse = INT32_MIN;
  unsigned shift = 0;
  for (uint32_t i = 0; i < m->states; i++) {
    int16_t y[kHeadDimMax];
    memcpy(y, m->model->memory + y_place(m, i, row), 2 * m->elements);
    for (uint32_t e = 0; e < m->elements; e++) sums[e] += w.weights[i] * y[e];
  }
  if (!w.none && w.sum > 0) {
    const int exponent = 63 - __builtin_clzll((unsigned long long)w.sum);
    const int64_t n = w.sum << (23 - exponent);
    factor = ((int64_t)1 << 40) / n;
    shift = (unsigned)exponent + 17;
    const int64_t log = sac_lookup(&m->model->tables.lookup[SAC_TARGET_LOG2], (int32_t)((n - (1 << 23)) >> 7));
    lse = (int32_t)sac_clamp(w.maximum + (exponent - 16) * 65536 + log, INT32_MIN, INT32_MAX);
  }
  int16_t out[kHeadDimMax];
  for (uint32_t e = 0; e < m->elements; e++) out[e] = sac_saturate16(sac_round_even(sums[e] * factor, shift));
  memcpy(m->model->memory + output_place(m, row), out, 2 * m->elements);
  if (m->lse) memcpy(m->model->memory + output_lse_place(m, row), &lse, 4);
}

// Rows stream: the slowest of requests, which come one burst after the other with so many under way, weights, output
// and the bus. A state that has few beats waits for its own sums.
static uint64_t busy_cycles(const merge_t *m) {
  const sac_machine_config_t *config = &m->model->config;
  const uint64_t latency = config->memory_latency_cycles, bytes = 2 * m->elements;
  const uint64_t burst_bytes = config->capacities[SAC_CAPACITY_BURST_BYTES];
  const uint64_t burst = (latency + kBurst) / config->capacities[SAC_CAPACITY_READ_BURSTS];
  const uint64_t beats = 8 * bytes / config->capacities[SAC_CAPACITY_AXI_DATA_WIDTH];
  const uint64_t bursts = (bytes + burst_bytes - 1) / burst_bytes * burst;
  uint64_t state = beats < kGap ? kGap : beats;
  if (bursts > state) state = bursts;
  const uint64_t times[] = {m->states * ((burst > 1 ? burst : 1) + state), 2 * m->states + kWeights, beats + kOutput,
                            (m->states * (4 + bytes) + bytes + (m->lse ? 4 : 0)) / config->memory_bytes_per_cycle};
  uint64_t row = 0;
  for (int i = 0; i < 4; i++) row = times[i] > row ? times[i] : row;
  return kStart + 4 * (latency + m->states) + m->rows * row + times[2];  // the last row leaves alone
}

sac_outcome_t sac_model_merge(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  merge_t m = {.model = model, .d = d, .lse = sac_field_get(d, SAC_MERGE_LSE)};
  m.states = sac_field_get(d, SAC_MERGE_STATES);
  m.rows = sac_field_get(d, SAC_MERGE_ROWS);
  m.elements = sac_field_get(d, SAC_MERGE_D);
  if (m.states == 0) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  if (m.rows == 0) return sac_outcome(SAC_HW_ERR_RANGE, 10);
  if (m.elements == 0 || m.elements % 16 != 0 || m.elements > model->config.capacities[SAC_CAPACITY_HEAD_DIM])
    return sac_outcome(SAC_HW_ERR_RANGE, 11);
  const uint32_t affine = sac_field_get(d, SAC_MERGE_AFFINE_ADDRESS);
  sac_outcome_t outcome = sac_model_access(model, affine, 4 * SAC_AFFINE_WORDS * m.states, false);
  for (uint32_t i = 0; i < m.states && !outcome.code; i++) {
    uint32_t record[SAC_AFFINE_WORDS];
    memcpy(record, model->memory + affine + i * sizeof record, sizeof record);
    m.a[i] = sac_field_get_signed(record, SAC_AFFINE_A);
    m.b[i] = sac_field_get_signed(record, SAC_AFFINE_B);
  }
  if (!outcome.code) outcome = request_all(&m);
  if (outcome.code) return outcome;
  for (uint32_t row = 0; row < m.rows; row++) merge_row(&m, row);
  model->counters[SAC_COUNTER_MERGE_ROWS] += m.rows;
  model->counters[SAC_COUNTER_MERGE_STATES] += (uint64_t)m.rows * m.states;
  const uint64_t busy = busy_cycles(&m);
  model->counters[SAC_COUNTER_MERGE_BUSY_CYCLES] += busy;
  *cycles += busy;
  return outcome;
}
