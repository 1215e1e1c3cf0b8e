// SPDX-License-Identifier: Apache-2.0
// What ATTEND leaves in memory (rtl/attend/sac_attend_output.sv): Y, log-sum-exp, scores.
#ifndef SACCADE_MODEL_ATTEND_OUTPUT_H
#define SACCADE_MODEL_ATTEND_OUTPUT_H

#include "softmax.h"

// Writes a row of Y and, on request, its log-sum-exp; O as it is after the last step.
void sac_attend_write_row(const sac_attend_job_t *job, uint64_t row, const sac_attend_state_t *state, const int64_t *o);
// Writes the logits of a row of a step.
void sac_attend_write_scores(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key, uint32_t count,
                             const int32_t *logits);

uint32_t sac_attend_y_place(const sac_attend_job_t *job, sac_attend_row_t row);
uint32_t sac_attend_lse_place(const sac_attend_job_t *job, uint64_t row);

#endif
