// SPDX-License-Identifier: Apache-2.0
// COPY, TABLE, MATMUL and the entry of the scalar reference.
#include <stdlib.h>
#include <string.h>

#include "reference.h"

sac_reference_t *sac_reference_create(uint8_t *memory, size_t memory_bytes, unsigned lanes, unsigned tile) {
  sac_reference_t *reference = calloc(1, sizeof *reference);
  reference->memory = memory;
  reference->memory_bytes = memory_bytes;
  reference->lanes = lanes;
  reference->tile = tile;
  reference->weights = calloc(65536, lanes);
  return reference;
}

void sac_reference_destroy(sac_reference_t *reference) {
  if (reference) free(reference->weights);
  free(reference);
}

static uint8_t *at(const sac_reference_t *reference, uint64_t address, uint64_t bytes) {
  return address + bytes <= reference->memory_bytes ? reference->memory + address : NULL;
}

static bool copy(sac_reference_t *reference, const uint32_t *d) {
  const uint32_t bytes = sac_field_get(d, SAC_COPY_ROW_BYTES), rows = sac_field_get(d, SAC_COPY_ROWS);
  for (uint32_t row = 0; row < rows; row++) {
    uint64_t from = row, to = row;
    if (sac_field_get(d, SAC_COPY_GATHER) || sac_field_get(d, SAC_COPY_SCATTER)) {
      uint32_t index;
      const uint8_t *entry = at(reference, sac_field_get(d, SAC_COPY_INDEX_ADDRESS) + 4ull * row, 4);
      if (!entry) return false;
      memcpy(&index, entry, 4);
      if (sac_field_get(d, SAC_COPY_GATHER)) from = index;
      else to = index;
    }
    uint8_t *source = at(reference, (uint32_t)(sac_field_get(d, SAC_COPY_SOURCE_ADDRESS) + from * sac_field_get(d, SAC_COPY_SOURCE_STRIDE)), bytes);
    uint8_t *target = at(reference, (uint32_t)(sac_field_get(d, SAC_COPY_DESTINATION_ADDRESS) + to * sac_field_get(d, SAC_COPY_DESTINATION_STRIDE)), bytes);
    if (!source || !target) return false;
    memmove(target, source, bytes);
  }
  return true;
}

// A word of a function table, of which only the low `bits` count.
static int32_t signed_bits(const uint8_t *source, unsigned bits) {
  uint32_t word;
  memcpy(&word, source, 4);
  const int64_t value = word & ((1u << bits) - 1);
  return (int32_t)(value >> (bits - 1) ? value - ((int64_t)1 << bits) : value);
}

static bool table(sac_reference_t *reference, const uint32_t *d) {
  const uint32_t target = sac_field_get(d, SAC_TABLE_TARGET), first = sac_field_get(d, SAC_TABLE_FIRST);
  const uint32_t count = sac_field_get(d, SAC_TABLE_COUNT);
  const uint32_t entry_bytes = target == SAC_TARGET_WEIGHT ? reference->lanes : target == SAC_TARGET_DENSITY_LINE ? 32
                             : target == SAC_TARGET_APPEARANCE_LINE ? 96 : 8;
  const uint8_t *source = at(reference, sac_field_get(d, SAC_TABLE_SOURCE_ADDRESS), (uint64_t)count * entry_bytes);
  if (!source) return false;
  for (uint32_t n = 0; n < count; n++, source += entry_bytes) {
    const uint32_t entry = first + n;
    if (target <= SAC_TARGET_LOG2) {
      if (entry > 255) return false;
      reference->tables[target].base[entry] = signed_bits(source, 26);
      reference->tables[target].delta[entry] = signed_bits(source + 4, 20);
    } else if (target == SAC_TARGET_WEIGHT) {
      memcpy(reference->weights + (size_t)entry * reference->lanes, source, reference->lanes);
    } else if (target == SAC_TARGET_QUANT && entry < 4096) {
      memcpy(&reference->quant[entry].bias, source, 4);
      memcpy(&reference->quant[entry].multiplier, source + 4, 2);
      reference->quant[entry].shift = source[6];
    } else if (target == SAC_TARGET_DENSITY_LINE && entry < 2048) {
      memcpy(reference->density_lines[entry], source, 32);
    } else if (target == SAC_TARGET_APPEARANCE_LINE && entry < 2048) {
      memcpy(reference->appearance_lines[entry], source, 96);
    } else {
      return false;
    }
  }
  if (target <= SAC_TARGET_LOG2) {
    sac_reference_table_t *t = &reference->tables[target];
    t->offset = sac_field_get_signed(d, SAC_TABLE_OFFSET);
    t->shift = sac_field_get(d, SAC_TABLE_SHIFT);
    t->low_end = sac_field_get(d, SAC_TABLE_LOW_END);
    t->high_end = sac_field_get(d, SAC_TABLE_HIGH_END);
  }
  return true;
}

static bool matmul(sac_reference_t *reference, const uint32_t *d) {
  const uint32_t m = sac_field_get(d, SAC_MATMUL_M), k = sac_field_get(d, SAC_MATMUL_K), n = sac_field_get(d, SAC_MATMUL_N);
  const unsigned lanes = reference->lanes;
  for (uint32_t row = 0; row < m; row++) {
    const uint8_t *x = at(reference, (uint32_t)(sac_field_get(d, SAC_MATMUL_X_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_X_STRIDE)), 2ull * k);
    uint8_t *y = at(reference, (uint32_t)(sac_field_get(d, SAC_MATMUL_Y_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_Y_STRIDE)), (2ull * n + 3) & ~3ull);
    if (!x || !y) return false;
    int16_t *out = calloc(n + 1, sizeof *out);
    for (uint32_t o = 0; o < n; o++) {
      int64_t sum = 0;
      for (uint32_t i = 0; i < k; i++) {
        int16_t value;
        memcpy(&value, x + 2 * i, 2);
        sum += value * (int64_t)reference->weights[((size_t)sac_field_get(d, SAC_MATMUL_WEIGHT_BASE) + o / lanes * k + i) * lanes + o % lanes];
      }
      out[o] = sac_reference_requantise(reference, sum, sac_field_get(d, SAC_MATMUL_QUANT_BASE) + o, sac_field_get(d, SAC_MATMUL_RELU));
      if (sac_field_get(d, SAC_MATMUL_THROUGH_TABLE)) {
        out[o] = (int16_t)sac_reference_saturate(sac_reference_table_evaluate(&reference->tables[SAC_TARGET_GENERAL], out[o]), 16);
      }
    }
    memcpy(y, out, (2ull * n + 3) & ~3ull);
    free(out);
  }
  return true;
}

bool sac_reference_execute(sac_reference_t *reference, const uint32_t *descriptor) {
  switch (sac_field_get(descriptor, SAC_COMMON_OPCODE)) {
    case SAC_OPCODE_NOP:
    case SAC_OPCODE_FENCE: return true;
    case SAC_OPCODE_COPY: return copy(reference, descriptor);
    case SAC_OPCODE_TABLE: return table(reference, descriptor);
    case SAC_OPCODE_MATMUL: return matmul(reference, descriptor);
    case SAC_OPCODE_RENDER: return sac_reference_render(reference, descriptor);
    case SAC_OPCODE_ATTEND: return sac_reference_attend(reference, descriptor);
    case SAC_OPCODE_MERGE: return sac_reference_merge(reference, descriptor);
    case SAC_OPCODE_RECODE: return sac_reference_recode(reference, descriptor);
    case SAC_OPCODE_SELECT: return sac_reference_select(reference, descriptor);
    default: return false;
  }
}
