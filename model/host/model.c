// SPDX-License-Identifier: Apache-2.0
// Life of a model and its HAL.
#include "model.h"

#include <stdlib.h>
#include <string.h>

static void destroy(sac_model_t *model) {
  free(model->memory);
  free(model->tables.weights);
  free(model->tables.quant);
  free(model->tables.density_lines);
  free(model->tables.appearance_lines);
  free(model);
}

sac_model_t *sac_model_create(const sac_machine_config_t *config, size_t memory_bytes) {
  sac_model_t *model = calloc(1, sizeof *model);
  if (!model) return NULL;
  const uint32_t *capacity = config->capacities;
  model->config = *config;
  model->memory_rate = config->memory_bytes_per_cycle;
  // The port moves no more one way, whatever the memory could.
  const uint32_t port = capacity[SAC_CAPACITY_AXI_DATA_WIDTH] / 8;
  if (model->config.memory_bytes_per_cycle > port) model->config.memory_bytes_per_cycle = port;
  model->memory_bytes = memory_bytes;
  model->memory = calloc(1, memory_bytes);
  model->timeout = SAC_REG_TIMEOUT_RESET;
  model->tables.weights = calloc(capacity[SAC_CAPACITY_WEIGHT_WORDS], capacity[SAC_CAPACITY_LANES]);
  model->tables.quant = calloc(capacity[SAC_CAPACITY_QUANT_ENTRIES], sizeof *model->tables.quant);
  model->tables.density_lines = calloc(capacity[SAC_CAPACITY_LINE_ROWS], sizeof *model->tables.density_lines);
  model->tables.appearance_lines = calloc(capacity[SAC_CAPACITY_LINE_ROWS], sizeof *model->tables.appearance_lines);
  if (!model->memory || !model->tables.weights || !model->tables.quant || !model->tables.density_lines || !model->tables.appearance_lines) {
    destroy(model);
    return NULL;
  }
  return model;
}

void sac_model_fault(sac_model_t *model, sac_hw_error_t code, uint32_t first, uint32_t last) {
  model->fault = code;
  model->fault_first = first;
  model->fault_last = last;
}

void sac_model_trace(sac_model_t *model, sac_span_sink_t sink, void *context) {
  model->trace.sink = sink;
  model->trace.context = context;
}

static uint32_t hal_read32(void *self, uint32_t offset) { return sac_registers_read(self, offset); }
static void hal_write32(void *self, uint32_t offset, uint32_t value) { sac_registers_write(self, offset, value); }
static bool hal_advance(void *self) { return sac_ring_step(self); }
static void hal_close(void *self) { destroy(self); }

static bool in_memory(const sac_model_t *model, uint32_t address, size_t bytes) {
  return address <= model->memory_bytes && bytes <= model->memory_bytes - address;
}

static bool hal_memory_write(void *self, uint32_t address, const void *data, size_t bytes) {
  sac_model_t *model = self;
  if (!in_memory(model, address, bytes)) return false;
  memcpy(model->memory + address, data, bytes);
  return true;
}

static bool hal_memory_read(void *self, uint32_t address, void *data, size_t bytes) {
  const sac_model_t *model = self;
  if (!in_memory(model, address, bytes)) return false;
  memcpy(data, model->memory + address, bytes);
  return true;
}

sac_hal_t sac_model_hal(sac_model_t *model) {
  return (sac_hal_t){.name = "model", .self = model, .read32 = hal_read32, .write32 = hal_write32,
                     .memory_write = hal_memory_write, .memory_read = hal_memory_read,
                     .memory_bytes = model->memory_bytes, .advance = hal_advance, .close = hal_close};
}
