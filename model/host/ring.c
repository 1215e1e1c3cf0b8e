// SPDX-License-Identifier: Apache-2.0
// Command ring (rtl/host/sac_ring.sv): fetch, checks that need only the descriptor, dispatch, completion, error stop.
#include <string.h>

#include "model.h"

enum { kDispatchCycles = 8 };  // fetch of a descriptor that is already there and its decode

// The first set bit group among reserved (RESERVED) or alignment (ALIGNMENT) bits, by word.
static sac_outcome_t check_bits(const uint32_t *descriptor, const sac_command_info_t *info) {
  for (uint32_t w = 0; w < SAC_COMMAND_WORDS; w++) {
    if (descriptor[w] & info->reserved[w]) return sac_outcome(SAC_HW_ERR_RESERVED, w);
  }
  for (uint32_t w = 0; w < SAC_COMMAND_WORDS; w++) {
    if (descriptor[w] & info->align[w]) return sac_outcome(SAC_HW_ERR_ALIGNMENT, w);
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t run(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles) {
  const unsigned opcode = sac_field_get(descriptor, SAC_COMMON_OPCODE);
  const sac_command_info_t *info = sac_command_info(opcode);
  if (!info) return sac_outcome(SAC_HW_ERR_OPCODE, 0);
  const sac_outcome_t bits = check_bits(descriptor, info);
  if (bits.code) return bits;
  switch (opcode) {
    case SAC_OPCODE_COPY: return sac_model_copy(model, descriptor, cycles);
    case SAC_OPCODE_TABLE: return sac_model_table(model, descriptor, cycles);
    case SAC_OPCODE_MATMUL: return sac_model_matmul(model, descriptor, cycles);
    case SAC_OPCODE_RENDER: return sac_model_render(model, descriptor, cycles);
    case SAC_OPCODE_ATTEND: return sac_model_attend(model, descriptor, cycles);
    case SAC_OPCODE_MERGE: return sac_model_merge(model, descriptor, cycles);
    case SAC_OPCODE_RECODE: return sac_model_recode(model, descriptor, cycles);
    case SAC_OPCODE_SELECT: return sac_model_select(model, descriptor, cycles);
    default: return sac_outcome(SAC_HW_ERR_NONE, 0);
  }
}

static void stop(sac_model_t *model, sac_outcome_t outcome) {
  model->error_code = outcome.code;
  model->error_index = model->ring_head;
  model->error_address = outcome.address;
  model->irq_status |= SAC_IRQ_STATUS_ERROR_MASK;
}

// An error found in the descriptor is recorded; after a fault of the memory nothing more is issued.
static bool is_memory_fault(sac_hw_error_t code) {
  return code == SAC_HW_ERR_WINDOW || code == SAC_HW_ERR_SLVERR || code == SAC_HW_ERR_DECERR || code == SAC_HW_ERR_TIMEOUT;
}

// Writes the completion record; the outcome of the command and of this write.
static sac_outcome_t complete(sac_model_t *model, const uint32_t *descriptor, sac_outcome_t outcome, uint64_t cycles, uint32_t slot) {
  if (is_memory_fault(outcome.code)) return outcome;
  uint32_t record[SAC_COMPLETION_WORDS] = {0};
  const uint32_t address = model->completion_base + slot * (uint32_t)sizeof record;
  sac_field_put(record, SAC_COMPLETION_TAG, sac_field_get(descriptor, SAC_COMMON_TAG));
  sac_field_put(record, SAC_COMPLETION_ERROR, outcome.code);
  sac_field_put(record, SAC_COMPLETION_VALID, 1);
  sac_field_put(record, SAC_COMPLETION_CYCLES, (uint32_t)cycles);
  sac_field_put(record, SAC_COMPLETION_INDEX, model->ring_head);
  sac_field_put(record, SAC_COMPLETION_ADDRESS, outcome.address);
  const sac_outcome_t access = sac_model_access(model, address, sizeof record, true);
  if (access.code) return access;
  memcpy(model->memory + address, record, sizeof record);
  return outcome;
}

static bool size_bad(const sac_model_t *model) { return model->ring_size < 1 || model->ring_size > 12; }

void sac_ring_doorbell(sac_model_t *model) {
  if (!size_bad(model) && model->ring_tail - model->ring_head > 1u << model->ring_size) model->overrun = true;
}

bool sac_ring_step(sac_model_t *model) {
  if (!(model->control & SAC_CONTROL_ENABLE_MASK) || model->error_code || model->ring_head == model->ring_tail) return false;
  if (model->overrun || size_bad(model)) {
    stop(model, sac_outcome(model->overrun ? SAC_HW_ERR_OVERRUN : SAC_HW_ERR_RANGE, 0));
    return true;
  }
  const uint32_t slot = model->ring_head & ((1u << model->ring_size) - 1);
  const uint32_t address = model->ring_base + slot * SAC_COMMAND_BYTES;
  uint32_t descriptor[SAC_COMMAND_WORDS];
  const sac_outcome_t fetched = sac_model_access(model, address, SAC_COMMAND_BYTES, false);
  if (fetched.code) {
    stop(model, fetched);
    return true;
  }
  memcpy(descriptor, model->memory + address, sizeof descriptor);
  uint64_t cycles = kDispatchCycles;
  sac_outcome_t outcome = run(model, descriptor, &cycles);
  model->counters[SAC_COUNTER_HOST_CYCLES] += cycles;
  const sac_command_info_t *info = sac_command_info(sac_field_get(descriptor, SAC_COMMON_OPCODE));
  if (info) sac_trace_span(&model->trace, "host", info->name, 0, cycles, model->ring_head);
  model->trace.now += cycles;
  outcome = complete(model, descriptor, outcome, cycles, slot);
  if (outcome.code) {
    stop(model, outcome);
    return true;
  }
  model->counters[SAC_COUNTER_HOST_COMMANDS]++;
  model->ring_head++;
  if (sac_field_get(descriptor, SAC_COMMON_OPCODE) == SAC_OPCODE_FENCE && sac_field_get(descriptor, SAC_FENCE_INTERRUPT)) {
    model->irq_status |= SAC_IRQ_STATUS_FENCE_MASK;
  }
  return true;
}
