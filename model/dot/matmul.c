// SPDX-License-Identifier: Apache-2.0
// MATMUL (rtl/dot/sac_matmul.sv): rows of X against weights in the on-chip table.
#include <stdlib.h>
#include <string.h>

#include "../host/model.h"

// Sum of one output; weights [group of lanes][k].
static int64_t dot(const sac_model_t *model, const int16_t *x, uint32_t k, uint32_t base, uint32_t output) {
  const uint32_t lanes = model->config.capacities[SAC_CAPACITY_LANES];
  const int8_t *w = model->tables.weights + ((size_t)base + (size_t)(output / lanes) * k) * lanes + output % lanes;
  int64_t sum = 0;
  for (uint32_t i = 0; i < k; i++) sum += (int32_t)x[i] * w[(size_t)i * lanes];
  return sum;
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
  const uint32_t x_bytes = (2 * k + 3) & ~3u, y_bytes = (2 * n + 3) & ~3u;
  int16_t *x = malloc(x_bytes), *y = calloc(1, y_bytes);
  sac_outcome_t outcome = sac_outcome(x && y ? SAC_HW_ERR_NONE : SAC_HW_ERR_RANGE, 0);
  for (uint32_t row = 0; row < m && !outcome.code; row++) {
    const uint32_t from = sac_field_get(d, SAC_MATMUL_X_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_X_STRIDE);
    const uint32_t to = sac_field_get(d, SAC_MATMUL_Y_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_Y_STRIDE);
    outcome = sac_model_access(model, from, x_bytes, false);
    if (!outcome.code) outcome = sac_model_access(model, to, y_bytes, true);
    if (outcome.code) break;
    memcpy(x, model->memory + from, x_bytes);
    for (uint32_t o = 0; o < n; o++) {
      y[o] = sac_requantise(dot(model, x, k, weights, o), model->tables.quant[quant + o], sac_field_get(d, SAC_MATMUL_RELU));
      if (sac_field_get(d, SAC_MATMUL_THROUGH_TABLE)) y[o] = sac_saturate16(sac_lookup(&model->tables.lookup[SAC_TARGET_GENERAL], y[o]));
    }
    memcpy(model->memory + to, y, y_bytes);
  }
  free(x);
  free(y);
  if (outcome.code) return outcome;
  const uint64_t batches = (m + rows - 1) / rows;
  model->counters[SAC_COUNTER_DOT_MATMUL_BEATS] += batches * groups * k;
  *cycles += batches * groups * k + 2 * model->config.memory_latency_cycles + lanes;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
