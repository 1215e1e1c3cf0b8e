// SPDX-License-Identifier: Apache-2.0
// Work of a frame in numbers that both pipelines share, derived from counters by the formulas below. Multiplications are
// those outside the colour network; values are embedding numbers (plane, line or vertex), whatever their bits.
#ifndef SACCADE_TOOLS_WORK_H
#define SACCADE_TOOLS_WORK_H

#include <jansson.h>

#include "model/saccade_model.h"

typedef struct {
  uint64_t rays_hit;
  uint64_t mask_lookups;       // of positions in an occupancy mask in memory
  uint64_t samples_generated;  // positions tested
  uint64_t samples_interpolated;
  uint64_t evaluations;        // of the colour network
  uint64_t values_decoded;     // embedding values fetched and decoded
  uint64_t values_read;        // embedding and vertex values read as operands
  uint64_t multiplications;
  uint64_t dram_bytes;
} sac_work_counts_t;

sac_work_counts_t sac_work_rtnerf(const uint32_t counters[SAC_COUNTERS]);
// `value_bytes` of a stored plane value; no reuse between samples, as the published pipeline gathers them.
sac_work_counts_t sac_work_uniform(const sac_uniform_work_t *work, double value_bytes);

void sac_work_report(json_t *stats, const sac_work_counts_t *work);

#endif
