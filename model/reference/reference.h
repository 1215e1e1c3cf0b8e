// SPDX-License-Identifier: Apache-2.0
// The scalar reference: executes the machine's commands on a plain byte array, one number after the other, without
// time, windows or queues. It freezes the number table (docs/architecture.md) and is the third witness beside the
// model and the RTL. Renders in cube order, as the machine does, or in ray order; both must give the same bytes.
#ifndef SACCADE_REFERENCE_H
#define SACCADE_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"
#include "saccade/regs.h"

typedef enum { SAC_REFERENCE_CUBE_ORDER, SAC_REFERENCE_RAY_ORDER } sac_reference_order_t;

typedef struct {
  // Set by the caller:
  uint8_t *memory;     // device memory from address 0
  size_t memory_bytes;
  unsigned lanes;      // layout of the weight table
  unsigned tile;       // tile side in pixels
  sac_reference_order_t order;
  unsigned rows, query_blocks, kv_tile;  // steps of ATTEND
  // On-chip tables, filled by TABLE:
  sac_reference_table_t tables[8];         // by SAC_TARGET_SOFTPLUS .. SAC_TARGET_LOG2
  int8_t *weights;                         // words of `lanes`, 65536 words
  struct { int32_t bias; uint16_t multiplier; uint8_t shift; } quant[4096];
  int16_t density_lines[2048][16];
  int16_t appearance_lines[2048][48];
  // Work counted as the counters of the same names (only those that depend on data alone and concern rays, cubes,
  // samples, entries and attention; 0 elsewhere).
  uint64_t counters[SAC_COUNTERS];
} sac_reference_t;

// Allocates the tables; `memory` stays the caller's.
sac_reference_t *sac_reference_create(uint8_t *memory, size_t memory_bytes, unsigned lanes, unsigned tile);
void sac_reference_destroy(sac_reference_t *reference);

// Executes one descriptor (16 words); false if the reference does not know the command or an address leaves memory.
bool sac_reference_execute(sac_reference_t *reference, const uint32_t *descriptor);

// Parts, one file each; used by unit tests as expected values.
bool sac_reference_render(sac_reference_t *reference, const uint32_t *descriptor);
bool sac_reference_attend(sac_reference_t *reference, const uint32_t *descriptor);
bool sac_reference_merge(sac_reference_t *reference, const uint32_t *descriptor);
bool sac_reference_recode(sac_reference_t *reference, const uint32_t *descriptor);
bool sac_reference_select(sac_reference_t *reference, const uint32_t *descriptor);
int16_t sac_reference_requantise(const sac_reference_t *reference, int64_t sum, unsigned quant, bool relu);

#endif
