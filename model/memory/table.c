// SPDX-License-Identifier: Apache-2.0
// TABLE (rtl/memory/sac_table.sv): loads on-chip tables.
#include <string.h>

#include "../host/model.h"

typedef struct { uint32_t entry_bytes, entries; } target_t;

static target_t target_of(const sac_model_t *model, uint32_t target) {
  const uint32_t *capacity = model->config.capacities;
  switch (target) {
    case SAC_TARGET_SOFTPLUS: case SAC_TARGET_EXP2: case SAC_TARGET_SINE: case SAC_TARGET_SIGMOID: case SAC_TARGET_GENERAL:
    case SAC_TARGET_TANH: case SAC_TARGET_POWER: case SAC_TARGET_LOG2:
      return (target_t){8, 256};
    case SAC_TARGET_WEIGHT: return (target_t){capacity[SAC_CAPACITY_LANES], capacity[SAC_CAPACITY_WEIGHT_WORDS]};
    case SAC_TARGET_QUANT: return (target_t){8, capacity[SAC_CAPACITY_QUANT_ENTRIES]};
    case SAC_TARGET_DENSITY_LINE: return (target_t){32, capacity[SAC_CAPACITY_LINE_ROWS]};
    case SAC_TARGET_APPEARANCE_LINE: return (target_t){96, capacity[SAC_CAPACITY_LINE_ROWS]};
    default: return (target_t){0, 0};
  }
}

// The low bits of a word, signed; the hardware keeps no others.
static int32_t low_bits(const uint8_t *source, unsigned bits) {
  uint32_t word;
  memcpy(&word, source, 4);
  return (int32_t)(word << (32 - bits)) >> (32 - bits);
}

static void store(sac_model_t *model, uint32_t target, uint32_t entry, const uint8_t *source, uint32_t bytes) {
  sac_tables_t *tables = &model->tables;
  switch (target) {
    case SAC_TARGET_WEIGHT: memcpy(tables->weights + (size_t)entry * bytes, source, bytes); break;
    case SAC_TARGET_QUANT:
      memcpy(&tables->quant[entry].bias, source, 4);
      memcpy(&tables->quant[entry].multiplier, source + 4, 2);
      tables->quant[entry].shift = source[6] & 63;
      break;
    case SAC_TARGET_DENSITY_LINE: memcpy(tables->density_lines[entry], source, bytes); break;
    case SAC_TARGET_APPEARANCE_LINE: memcpy(tables->appearance_lines[entry], source, bytes); break;
    default:
      tables->lookup[target].base[entry] = low_bits(source, 26);
      tables->lookup[target].delta[entry] = low_bits(source + 4, 20);
  }
}

sac_outcome_t sac_model_table(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  const uint32_t target = sac_field_get(d, SAC_TABLE_TARGET), first = sac_field_get(d, SAC_TABLE_FIRST);
  const uint32_t count = sac_field_get(d, SAC_TABLE_COUNT), address = sac_field_get(d, SAC_TABLE_SOURCE_ADDRESS);
  const target_t known = target_of(model, target);
  if (known.entries == 0) return sac_outcome(SAC_HW_ERR_RANGE, 2);
  if (count == 0 || first + count > known.entries) return sac_outcome(SAC_HW_ERR_RANGE, 3);
  if (target <= SAC_TARGET_LOG2 &&
      (sac_field_get(d, SAC_TABLE_SHIFT) > 12 || sac_field_get(d, SAC_TABLE_LOW_END) > SAC_END_WRAP ||
       sac_field_get(d, SAC_TABLE_HIGH_END) > SAC_END_EXTRAPOLATE)) return sac_outcome(SAC_HW_ERR_RANGE, 4);
  const sac_outcome_t access = sac_model_access(model, address, count * known.entry_bytes, false);
  if (access.code) return access;
  for (uint32_t n = 0; n < count; n++) {
    store(model, target, first + n, model->memory + address + (size_t)n * known.entry_bytes, known.entry_bytes);
  }
  if (target <= SAC_TARGET_LOG2) {
    sac_lookup_t *lookup = &model->tables.lookup[target];
    lookup->offset = sac_field_get_signed(d, SAC_TABLE_OFFSET);
    lookup->shift = sac_field_get(d, SAC_TABLE_SHIFT);
    lookup->low_end = sac_field_get(d, SAC_TABLE_LOW_END);
    lookup->high_end = sac_field_get(d, SAC_TABLE_HIGH_END);
  }
  *cycles += model->config.memory_latency_cycles + (uint64_t)count * known.entry_bytes / 4;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
