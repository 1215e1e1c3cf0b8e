// SPDX-License-Identifier: Apache-2.0
// COPY (rtl/memory/sac_copy.sv): rows with strides, gather or scatter by an index list.
#include <string.h>

#include "../host/model.h"
#include "../lib/cycles.h"

enum {
  kChunk = 16,     // row numbers read at a time
  kStart = 2,      // to the first request
  kPath = 9,       // a request to its first beat, without memory latency
  kNumbers = 3,    // a chunk of the list to the first row's request
  kListed = 2,     // from row to row with a list
  kAnswer = 4,     // a write burst's beats to its answer, without memory latency
  kTail = 12,      // of the paths, what a stream of beats hides at its end
  kLastBurst = 3   // the same where nothing is left but the last burst
};

// Rows pass one after the other: the read of one is asked for when the row before the last has passed, since requests
// for read and write go together and a write is taken when the one before has its data.
typedef struct {
  uint64_t latency, rate, beat_bytes, burst_bytes, write_bursts;
  uint64_t request;   // the next may be made
  uint64_t read;      // the last beat read, if writes took nothing from the memory
  uint64_t passed;    // the last row has passed
} copy_timing_t;

static uint64_t beats(const copy_timing_t *t, uint64_t bytes) { return sac_divide_up(bytes, t->beat_bytes); }

static void time_list(copy_timing_t *t, uint32_t bytes) {
  t->passed = sac_later(t->passed, t->request + t->latency + kPath) + sac_later(beats(t, bytes), bytes / t->rate);
  t->read = t->passed;
  t->request = t->passed + kNumbers;
}

static void time_row(copy_timing_t *t, uint32_t bytes, bool listed) {
  const uint64_t begin = t->request + t->latency + kPath;
  t->request = sac_later(t->request, t->passed) + 1 + (listed ? kListed : 0);
  t->read = sac_later(t->read, begin) + sac_later(beats(t, bytes), bytes / t->rate);
  // Each burst written keeps one of the places for bursts until it is answered.
  const uint64_t bursts = sac_divide_up(bytes, t->burst_bytes);
  const uint64_t answers = (bursts * (t->latency + kAnswer) + beats(t, bytes)) / t->write_bursts;
  t->passed = sac_later(begin + sac_later(beats(t, bytes), bytes / t->rate),
                    t->passed + sac_later(answers, sac_later(beats(t, bytes), 2 * (uint64_t)bytes / t->rate)));
}

static uint64_t time_end(const copy_timing_t *t, uint32_t bytes) {
  const uint64_t last = bytes < t->burst_bytes ? bytes : t->burst_bytes;
  return t->latency + sac_later(t->passed - kTail, t->read + sac_later(beats(t, last), last / t->rate) - kLastBurst);
}

sac_outcome_t sac_model_copy(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  const uint32_t bytes = sac_field_get(d, SAC_COPY_ROW_BYTES), rows = sac_field_get(d, SAC_COPY_ROWS);
  const bool gather = sac_field_get(d, SAC_COPY_GATHER), scatter = sac_field_get(d, SAC_COPY_SCATTER);
  if (gather && scatter) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  if (bytes == 0 || bytes > 32768) return sac_outcome(SAC_HW_ERR_RANGE, 3);
  if (rows == 0) return sac_outcome(SAC_HW_ERR_RANGE, 4);
  uint32_t numbers[kChunk];
  copy_timing_t timing = {.latency = model->config.memory_latency_cycles, .rate = model->memory_rate, .request = kStart,
                          .beat_bytes = model->config.capacities[SAC_CAPACITY_AXI_DATA_WIDTH] / 8,
                          .burst_bytes = model->config.capacities[SAC_CAPACITY_BURST_BYTES],
                          .write_bursts = model->config.capacities[SAC_CAPACITY_WRITE_BURSTS]};
  timing.passed = timing.request + timing.latency + kPath;
  for (uint32_t row = 0; row < rows; row++) {
    uint32_t from = row, to = row;
    if (gather || scatter) {
      if (row % kChunk == 0) {
        const uint32_t list = sac_field_get(d, SAC_COPY_INDEX_ADDRESS) + 4 * row;
        const uint32_t list_bytes = 4 * (rows - row < kChunk ? rows - row : kChunk);
        const sac_outcome_t access = sac_model_access(model, list, list_bytes, false);
        if (access.code) return access;
        memcpy(numbers, model->memory + list, list_bytes);
        time_list(&timing, list_bytes);
      }
      *(gather ? &from : &to) = numbers[row % kChunk];
    }
    const uint32_t source = sac_field_get(d, SAC_COPY_SOURCE_ADDRESS) + from * sac_field_get(d, SAC_COPY_SOURCE_STRIDE);
    const uint32_t target = sac_field_get(d, SAC_COPY_DESTINATION_ADDRESS) + to * sac_field_get(d, SAC_COPY_DESTINATION_STRIDE);
    sac_outcome_t access = sac_model_access(model, source, bytes, false);
    if (!access.code) access = sac_model_access(model, target, bytes, true);
    if (access.code) return access;
    memmove(model->memory + target, model->memory + source, bytes);
    time_row(&timing, bytes, gather || scatter);
  }
  const uint64_t busy = time_end(&timing, bytes);
  model->counters[SAC_COUNTER_MEMORY_COPY_BUSY_CYCLES] += busy;
  *cycles += busy;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
