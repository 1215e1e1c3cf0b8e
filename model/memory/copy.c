// SPDX-License-Identifier: Apache-2.0
// COPY (rtl/memory/sac_copy.sv): rows with strides, gather or scatter by an index list.
#include <string.h>

#include "../host/model.h"

enum {
  kChunk = 16,       // row numbers read at a time
  kChunkCycles = 12  // from a list request to the first row, without memory latency
};

sac_outcome_t sac_model_copy(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  const uint32_t bytes = sac_field_get(d, SAC_COPY_ROW_BYTES), rows = sac_field_get(d, SAC_COPY_ROWS);
  const bool gather = sac_field_get(d, SAC_COPY_GATHER), scatter = sac_field_get(d, SAC_COPY_SCATTER);
  if (gather && scatter) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  if (bytes == 0 || bytes > 32768) return sac_outcome(SAC_HW_ERR_RANGE, 3);
  if (rows == 0) return sac_outcome(SAC_HW_ERR_RANGE, 4);
  uint32_t numbers[kChunk];
  uint64_t passed = 0;  // bytes on the bus, which reads and writes share
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t from = row, to = row;
    if (gather || scatter) {
      if (row % kChunk == 0) {
        const uint32_t list = sac_field_get(d, SAC_COPY_INDEX_ADDRESS) + 4 * row;
        const uint32_t list_bytes = 4 * (rows - row < kChunk ? rows - row : kChunk);
        const sac_outcome_t access = sac_model_access(model, list, list_bytes, false);
        if (access.code) return access;
        memcpy(numbers, model->memory + list, list_bytes);
      }
      *(gather ? &from : &to) = numbers[row % kChunk];
    }
    const uint32_t source = sac_field_get(d, SAC_COPY_SOURCE_ADDRESS) + from * sac_field_get(d, SAC_COPY_SOURCE_STRIDE);
    const uint32_t target = sac_field_get(d, SAC_COPY_DESTINATION_ADDRESS) + to * sac_field_get(d, SAC_COPY_DESTINATION_STRIDE);
    sac_outcome_t access = sac_model_access(model, source, bytes, false);
    if (!access.code) access = sac_model_access(model, target, bytes, true);
    if (access.code) return access;
    memmove(model->memory + target, model->memory + source, bytes);
    passed += 2 * (uint64_t)bytes;
  }
  // Rows stream: one latency in, one out. A chunk of the index list waits for its own.
  const uint64_t latency = model->config.memory_latency_cycles, chunks = gather || scatter ? (rows + kChunk - 1) / kChunk : 0;
  const uint64_t busy = 2 * latency - 1 + passed / model->config.memory_bytes_per_cycle + chunks * (latency + kChunkCycles);
  model->counters[SAC_COUNTER_MEMORY_COPY_BUSY_CYCLES] += busy;
  *cycles += busy;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
