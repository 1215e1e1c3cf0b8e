// SPDX-License-Identifier: Apache-2.0
// The numbers of a visit of a block, once its requests have been checked: tile by tile, step by step.
#ifndef SACCADE_MODEL_ATTEND_BLOCK_H
#define SACCADE_MODEL_ATTEND_BLOCK_H

#include "tiles.h"

// Computes and writes a visit; the number of masked scores. UINT64_MAX if memory runs out.
uint64_t sac_attend_block(const sac_attend_job_t *job, const sac_attend_plan_t *plan, const sac_attend_visit_t *visit);

#endif
