// SPDX-License-Identifier: Apache-2.0
// Register file (rtl/host/sac_registers.sv; map: scripts/spec/registers.yaml).
#include <string.h>

#include "model.h"

static bool stopped(const sac_model_t *model) { return model->error_code != SAC_HW_ERR_NONE; }

static uint32_t *plain_register(sac_model_t *model, uint32_t offset) {
  switch (offset) {
    case SAC_REG_RING_BASE: return &model->ring_base;
    case SAC_REG_RING_SIZE: return &model->ring_size;
    case SAC_REG_RING_TAIL: return &model->ring_tail;
    case SAC_REG_COMPLETION_BASE: return &model->completion_base;
    case SAC_REG_TIMEOUT: return &model->timeout;
    case SAC_REG_MEMORY_BASE_LOW: return &model->memory_base[0];
    case SAC_REG_MEMORY_BASE_HIGH: return &model->memory_base[1];
    default: break;
  }
  if (offset < SAC_REG_WINDOW_BASE || offset >= SAC_REG_WINDOW_BASE + SAC_WINDOWS * SAC_REG_WINDOW_BASE_STRIDE) return NULL;
  sac_window_t *window = &model->windows[(offset - SAC_REG_WINDOW_BASE) / SAC_REG_WINDOW_BASE_STRIDE];
  switch (offset % SAC_REG_WINDOW_BASE_STRIDE) {
    case 0: return &window->base;
    case 4: return &window->limit;
    case 8: return &window->access;
    default: return NULL;
  }
}

// Bits of a plain register that hold what is written.
static uint32_t plain_mask(uint32_t offset) {
  switch (offset) {
    case SAC_REG_RING_BASE: return ~(uint32_t)(SAC_COMMAND_BYTES - 1);
    case SAC_REG_RING_SIZE: return 15;
    case SAC_REG_COMPLETION_BASE: return ~(uint32_t)(4 * SAC_COMPLETION_WORDS - 1);
    case SAC_REG_MEMORY_BASE_LOW: return ~(uint32_t)4095;
    default: break;
  }
  return offset >= SAC_REG_WINDOW_BASE && offset % SAC_REG_WINDOW_BASE_STRIDE == SAC_REG_WINDOW_ACCESS % SAC_REG_WINDOW_BASE_STRIDE ? 3 : UINT32_MAX;
}

uint32_t sac_registers_read(sac_model_t *model, uint32_t offset) {
  const uint32_t *plain = plain_register(model, offset);
  if (plain) return *plain;
  if (offset % 4) return 0;
  if (offset >= SAC_REG_COUNTERS && offset < SAC_REG_COUNTERS + 4 * SAC_COUNTERS) {
    return (uint32_t)model->counters[(offset - SAC_REG_COUNTERS) / 4];
  }
  if (offset >= SAC_REG_CAPACITIES && offset < SAC_REG_CAPACITIES + 4 * SAC_CAPACITIES) {
    return model->config.capacities[(offset - SAC_REG_CAPACITIES) / 4];
  }
  switch (offset) {
    case SAC_REG_ID: return SAC_REG_ID_RESET;
    case SAC_REG_VERSION: return SAC_REG_VERSION_RESET;
    case SAC_REG_CONTROL: return model->control;
    case SAC_REG_STATUS:
      return (stopped(model) ? SAC_STATUS_STOPPED_MASK : 0) | (model->ring_head != model->ring_tail ? SAC_STATUS_BUSY_MASK : 0);
    case SAC_REG_RING_HEAD: return model->ring_head;
    case SAC_REG_IRQ_STATUS: return model->irq_status;
    case SAC_REG_ERROR_CODE: return model->error_code;
    case SAC_REG_ERROR_INDEX: return model->error_index;
    case SAC_REG_ERROR_ADDRESS: return model->error_address;
    case SAC_REG_CONFIG_HASH: return model->config.hash;
    default: return 0;
  }
}

// Everything but windows and MEMORY_BASE; on-chip tables keep undefined contents in hardware, zeros here.
static void soft_reset(sac_model_t *model) {
  model->ring_base = model->ring_size = model->ring_tail = model->ring_head = model->completion_base = 0;
  model->irq_status = model->control = 0;
  model->overrun = false;
  model->error_code = model->error_index = model->error_address = 0;
  model->timeout = SAC_REG_TIMEOUT_RESET;
  memset(model->counters, 0, sizeof model->counters);
}

void sac_registers_write(sac_model_t *model, uint32_t offset, uint32_t value) {
  uint32_t *plain = plain_register(model, offset);
  if (plain) {
    *plain = value & plain_mask(offset);
    if (offset == SAC_REG_RING_TAIL) sac_ring_doorbell(model);
  } else if (offset == SAC_REG_IRQ_STATUS) {
    model->irq_status &= ~value;
  } else if (offset == SAC_REG_CONTROL) {
    if (value & SAC_CONTROL_SOFT_RESET_MASK) soft_reset(model);
    else model->control = value & (SAC_CONTROL_ENABLE_MASK | SAC_CONTROL_INTERRUPT_ENABLE_MASK);
  }
}
