// SPDX-License-Identifier: Apache-2.0
// Work of a frame in quantities that both pipelines share (scripts/spec/work.yaml, docs/spec.md), derived from counters.
#ifndef SACCADE_TOOLS_WORK_H
#define SACCADE_TOOLS_WORK_H

#include <jansson.h>

#include "model/saccade_model.h"

enum { SAC_WORK_QUANTITIES_MAX = 16 };

typedef struct {
  uint64_t value[SAC_WORK_QUANTITIES_MAX];  // in the order of work.yaml
} sac_work_counts_t;

sac_work_counts_t sac_work_rtnerf(const uint32_t counters[SAC_COUNTERS]);
// `value_bits` of a stored plane value.
sac_work_counts_t sac_work_uniform(const sac_uniform_work_t *work, int value_bits);

// Prints the quantities, in all and a hit ray, and adds them to the stats as `work`.
void sac_work_report(json_t *stats, const sac_work_counts_t *work);

#endif
