// SPDX-License-Identifier: Apache-2.0
// Burst splitting and the window check (rtl/memory/sac_read_stream.sv, sac_write_stream.sv, sac_windows.sv).
#include "../host/model.h"

static bool allowed(const sac_model_t *model, uint64_t first, uint64_t beyond, bool write) {
  for (int i = 0; i < SAC_WINDOWS; i++) {
    const sac_window_t *window = &model->windows[i];
    if (first >= window->base && beyond <= window->limit && window->access >> (write ? 1 : 0) & 1) return true;
  }
  return false;
}

sac_outcome_t sac_model_access(sac_model_t *model, uint32_t address, uint32_t bytes, bool write) {
  const uint64_t burst = model->config.capacities[SAC_CAPACITY_BURST_BYTES];
  const uint64_t end = (uint64_t)address + bytes;
  model->counters[write ? SAC_COUNTER_MEMORY_WRITE_BYTES : SAC_COUNTER_MEMORY_READ_BYTES] += bytes;
  for (uint64_t at = address; at < end;) {
    // Bursts end at multiples of the burst length, which divides 4 KiB.
    const uint64_t boundary = (at / burst + 1) * burst, beyond = boundary < end ? boundary : end;
    if (!allowed(model, at, beyond, write)) return sac_outcome(SAC_HW_ERR_WINDOW, (uint32_t)at);
    if (beyond > model->memory_bytes) return sac_outcome(SAC_HW_ERR_DECERR, (uint32_t)at);
    if (model->fault && at <= model->fault_last && beyond > model->fault_first) return sac_outcome(model->fault, (uint32_t)at);
    model->counters[write ? SAC_COUNTER_MEMORY_WRITE_BURSTS : SAC_COUNTER_MEMORY_READ_BURSTS]++;
    at = beyond;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
