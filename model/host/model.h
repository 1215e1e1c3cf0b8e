// SPDX-License-Identifier: Apache-2.0
// State of the modelled machine, shared by the rooms of the model.
#ifndef SACCADE_MODEL_STATE_H
#define SACCADE_MODEL_STATE_H

#include "../ray/scene.h"
#include "../saccade_model.h"

enum { SAC_WINDOWS = 4 };

typedef struct {
  uint32_t base, limit, access;  // access: bit 0 read, bit 1 write
} sac_window_t;

// Where spans go; `now`: cycles of the commands before, the origin of a command's own times.
typedef struct {
  sac_span_sink_t sink;
  void *context;
  uint64_t now;
} sac_trace_t;

static inline void sac_trace_span(const sac_trace_t *trace, const char *unit, const char *work, uint64_t begin,
                                  uint64_t end, uint64_t number) {
  if (!trace->sink || end <= begin) return;
  trace->sink(trace->context, &(sac_span_t){unit, work, trace->now + begin, trace->now + end, number});
}

struct sac_model {
  sac_machine_config_t config;
  uint32_t memory_rate;             // bytes a cycle, reads and writes together
  sac_trace_t trace;
  uint8_t *memory;
  size_t memory_bytes;
  sac_hw_error_t fault;  // what accesses to fault_first..fault_last end with
  uint32_t fault_first, fault_last;
  // host room
  uint32_t control, ring_base, ring_size, ring_tail, ring_head, completion_base, irq_status, timeout;
  uint32_t memory_base[2];
  bool overrun;
  uint32_t error_code, error_index, error_address;
  sac_window_t windows[SAC_WINDOWS];
  uint64_t counters[SAC_COUNTERS];
  // tables
  sac_tables_t tables;
};

// What ended a command: code and device address (or word index) of the failure.
typedef struct {
  sac_hw_error_t code;
  uint32_t address;
} sac_outcome_t;

static inline sac_outcome_t sac_outcome(sac_hw_error_t code, uint32_t address) {
  return (sac_outcome_t){code, address};
}

// memory/windows.c: checks an access burst by burst as the hardware does and counts it; `write` selects permission.
sac_outcome_t sac_model_access(sac_model_t *model, uint32_t address, uint32_t bytes, bool write);
// Commands; each returns the outcome and adds the cycles it took.
sac_outcome_t sac_model_copy(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_table(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_matmul(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_render(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_attend(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_merge(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_recode(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
sac_outcome_t sac_model_select(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles);
// host/ring.c: runs the command at the head of the ring; false if there is none or the queue is stopped.
bool sac_ring_step(sac_model_t *model);
// RING_TAIL has been written: an overrun is judged here, later the head may have caught up and hide it.
void sac_ring_doorbell(sac_model_t *model);
// host/registers.c
uint32_t sac_registers_read(sac_model_t *model, uint32_t offset);
void sac_registers_write(sac_model_t *model, uint32_t offset, uint32_t value);

#endif
