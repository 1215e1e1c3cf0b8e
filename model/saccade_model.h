// SPDX-License-Identifier: Apache-2.0
// The C model of the machine behind the driver's HAL: bit-exact in memory, cycle-approximate in time. It has the same
// registers, ring, windows, errors and counters as the RTL; room by room it mirrors rtl/.
#ifndef SACCADE_MODEL_H
#define SACCADE_MODEL_H

#include "saccade/hal.h"
#include "saccade/regs.h"

// A design point: capacities in the order of sac_capacity_t, and what only the model and the test bench's memory need.
typedef struct {
  char name[32];
  uint32_t hash;                         // CONFIG_HASH of the build parameters
  uint32_t capacities[SAC_CAPACITIES];
  uint32_t memory_latency_cycles;        // from address to first data beat
  uint32_t memory_bytes_per_cycle;       // peak, shared by reads and writes
  uint32_t clock_mhz;
} sac_machine_config_t;

typedef struct sac_model sac_model_t;

// NULL if memory runs out. Device memory is zero at first.
sac_model_t *sac_model_create(const sac_machine_config_t *config, size_t memory_bytes);
// The HAL of a model; its close() destroys the model.
sac_hal_t sac_model_hal(sac_model_t *model);
// A memory that fails: a burst that touches first <= device address <= last ends its command with `code` (SLVERR, DECERR
// or TIMEOUT; NONE: the memory is whole again).
void sac_model_fault(sac_model_t *model, sac_hw_error_t code, uint32_t first, uint32_t last);

// What a unit did from cycle `begin` to `end` since the model was made; `number` counts such work of a command.
// Units carry the names of their counters; "host" tells of commands. As the timing model sees it, in no order.
typedef struct {
  const char *unit, *work;
  uint64_t begin, end, number;
} sac_span_t;
typedef void (*sac_span_sink_t)(void *context, const sac_span_t *span);
// Spans of commands, and of what units do in a RENDER, go to `sink` from now on (NULL: nowhere, as at first).
void sac_model_trace(sac_model_t *model, sac_span_sink_t sink, void *context);

// The baseline pipeline that RT-NeRF replaces, work counted as published (ray/uniform.h). Executes a RENDER descriptor
// on the model's memory and tables, apart from the queue: no hardware does this. `threshold` (of 65536): the least
// weight that is coloured. False: the machine would refuse the command.
typedef struct {
  uint64_t rays, hits;
  uint64_t mask_lookups;   // samples in the box
  uint64_t interpolated;   // of them in active cells
  uint64_t evaluations;    // of them coloured
} sac_uniform_work_t;
bool sac_model_uniform(sac_model_t *model, const uint32_t descriptor[SAC_COMMAND_WORDS], int32_t threshold,
                       sac_uniform_work_t *work);

#endif
