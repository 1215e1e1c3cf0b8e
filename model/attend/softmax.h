// SPDX-License-Identifier: Apache-2.0
// Logits and probabilities (rtl/attend/sac_softmax.sv; docs/attention.md, section 3).
#ifndef SACCADE_MODEL_ATTEND_SOFTMAX_H
#define SACCADE_MODEL_ATTEND_SOFTMAX_H

#include "attend.h"

enum { SAC_ATTEND_TILE_MAX = 256 };  // keys of a tile

// State of a row.
typedef struct {
  bool none;         // no key yet: maximum does not count
  int32_t maximum;
  int64_t sum;
} sac_attend_state_t;

sac_attend_state_t sac_attend_first_state(const sac_attend_job_t *job, uint32_t head);

// Logits of a row of a step: what job->scores asks for, else Z. `masked` is set for each key; the number of masked
// ones.
uint32_t sac_attend_logits(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key, uint32_t count, bool band,
                           bool bias, const int64_t *scores, int32_t *logits, uint8_t *masked);
// Probabilities of a row of a step, and its new state; the result is dm, by which O moves (63: all gone).
unsigned sac_attend_probabilities(const sac_attend_job_t *job, sac_attend_state_t *state, const int32_t *z,
                                  const uint8_t *masked, uint32_t count, int32_t *p);

#endif
