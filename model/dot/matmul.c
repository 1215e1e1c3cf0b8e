// SPDX-License-Identifier: Apache-2.0
// MATMUL (rtl/dot/sac_matmul.sv): rows of X against weights in the on-chip table.
#include <stdlib.h>
#include <string.h>

#include "../host/model.h"
#include "timing.h"

// Sum of one output; weights [group of lanes][k].
static int64_t dot(const sac_model_t *model, const int16_t *x, uint32_t k, uint32_t base, uint32_t output) {
  const uint32_t lanes = model->config.capacities[SAC_CAPACITY_LANES];
  const int8_t *w = model->tables.weights + ((size_t)base + (size_t)(output / lanes) * k) * lanes + output % lanes;
  int64_t sum = 0;
  for (uint32_t i = 0; i < k; i++) sum += (int32_t)x[i] * w[(size_t)i * lanes];
  return sum;
}

// Rows of X in one half of the x RAM, k + 1 values apart (rows of odd k have one in memory that does not count).
static sac_outcome_t read_batch(sac_model_t *model, const uint32_t *d, uint32_t first, uint32_t count, int16_t *x) {
  const uint32_t k = sac_field_get(d, SAC_MATMUL_K), bytes = (2 * k + 3) & ~3u;
  for (uint32_t row = first; row < first + count; row++, x += k + 1) {
    const uint32_t from = sac_field_get(d, SAC_MATMUL_X_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_X_STRIDE);
    const sac_outcome_t outcome = sac_model_access(model, from, bytes, false);
    if (outcome.code) return outcome;
    memcpy(x, model->memory + from, bytes);
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

// The outputs of a row; zero beyond them.
static void compute_row(const sac_model_t *model, const uint32_t *d, const int16_t *x, int16_t *y) {
  const uint32_t lanes = model->config.capacities[SAC_CAPACITY_LANES];
  const uint32_t k = sac_field_get(d, SAC_MATMUL_K), n = sac_field_get(d, SAC_MATMUL_N);
  const uint32_t weights = sac_field_get(d, SAC_MATMUL_WEIGHT_BASE), quant = sac_field_get(d, SAC_MATMUL_QUANT_BASE);
  for (uint32_t o = 0; o < n; o++) {
    y[o] = sac_requantise(dot(model, x, k, weights, o), model->tables.quant[quant + o], sac_field_get(d, SAC_MATMUL_RELU));
    if (sac_field_get(d, SAC_MATMUL_THROUGH_TABLE)) y[o] = sac_saturate16(sac_lookup(&model->tables.lookup[SAC_TARGET_GENERAL], y[o]));
  }
  for (uint32_t o = n; o % lanes; o++) y[o] = 0;
}

// One request for each group of outputs and row, group by group as they leave the array.
static sac_outcome_t write_batch(sac_model_t *model, const uint32_t *d, uint32_t first, uint32_t count, const int16_t *y, size_t stride) {
  const uint32_t lanes = model->config.capacities[SAC_CAPACITY_LANES], n = sac_field_get(d, SAC_MATMUL_N);
  for (uint32_t o = 0; o < n; o += lanes) for (uint32_t row = 0; row < count; row++) {
    const uint32_t bytes = (2 * (n - o < lanes ? n - o : lanes) + 3) & ~3u;
    const uint32_t to = sac_field_get(d, SAC_MATMUL_Y_ADDRESS) + (first + row) * sac_field_get(d, SAC_MATMUL_Y_STRIDE) + 2 * o;
    const sac_outcome_t outcome = sac_model_access(model, to, bytes, true);
    if (outcome.code) return outcome;
    memcpy(model->memory + to, y + row * stride + o, bytes);
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

sac_outcome_t sac_model_matmul(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  const uint32_t *capacity = model->config.capacities;
  const uint32_t m = sac_field_get(d, SAC_MATMUL_M), k = sac_field_get(d, SAC_MATMUL_K), n = sac_field_get(d, SAC_MATMUL_N);
  const uint32_t weights = sac_field_get(d, SAC_MATMUL_WEIGHT_BASE), quant = sac_field_get(d, SAC_MATMUL_QUANT_BASE);
  const uint32_t lanes = capacity[SAC_CAPACITY_LANES], rows = capacity[SAC_CAPACITY_ROWS], groups = (n + lanes - 1) / lanes;
  if (m == 0) return sac_outcome(SAC_HW_ERR_RANGE, 5);
  if (k == 0 || k > capacity[SAC_CAPACITY_MATMUL_K] || n == 0) return sac_outcome(SAC_HW_ERR_RANGE, 6);
  if ((uint64_t)weights + (uint64_t)groups * k > capacity[SAC_CAPACITY_WEIGHT_WORDS] ||
      quant + n > capacity[SAC_CAPACITY_QUANT_ENTRIES]) return sac_outcome(SAC_HW_ERR_RANGE, 7);
  sac_outcome_t outcome = sac_outcome(SAC_HW_ERR_NONE, 0);
  int16_t *x = malloc(sizeof *x * rows * (k + 1)), *y = malloc(sizeof *y * rows * groups * lanes);
  for (uint32_t first = 0; first < m && !outcome.code; first += rows) {
    const uint32_t count = m - first < rows ? m - first : rows;
    outcome = x && y ? read_batch(model, d, first, count, x) : sac_outcome(SAC_HW_ERR_RANGE, 0);
    if (outcome.code) break;
    for (uint32_t row = 0; row < count; row++) compute_row(model, d, x + (size_t)row * (k + 1), y + (size_t)row * groups * lanes);
    outcome = write_batch(model, d, first, count, y, (size_t)groups * lanes);
  }
  free(x);
  free(y);
  if (outcome.code) return outcome;
  const uint64_t batches = (m + rows - 1) / rows;
  model->counters[SAC_COUNTER_DOT_MATMUL_BEATS] += batches * groups * k;
  uint64_t busy;
  if (!sac_matmul_cycles(&model->config, d, &busy)) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  *cycles += busy;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
