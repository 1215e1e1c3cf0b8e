// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <string.h>

// l = n * 2^(e - 23) about, n of 24 bits with its top bit set.
typedef struct {
  int e;
  int64_t n;
} norm_t;

static norm_t normalise(int64_t sum) {
  const int e = 63 - __builtin_clzll((unsigned long long)sum);
  return (norm_t){e, e > 23 ? sum >> (e - 23) : sum << (23 - e)};
}

uint32_t sac_attend_y_place(const sac_attend_job_t *job, sac_attend_row_t row) {
  return sac_attend_place(row, sac_field_get(job->d, SAC_ATTEND_Y_ADDRESS),
                          sac_field_get(job->d, SAC_ATTEND_Y_POSITION_STRIDE),
                          sac_field_get(job->d, SAC_ATTEND_Y_HEAD_STRIDE));
}

uint32_t sac_attend_lse_place(const sac_attend_job_t *job, uint64_t row) {
  return sac_field_get(job->d, SAC_ATTEND_LSE_ADDRESS) + 4 * (uint32_t)row;
}

static int32_t log_sum_exp(const sac_attend_job_t *job, const sac_attend_state_t *state) {
  if (state->sum <= 0) return INT32_MIN;
  const norm_t norm = normalise(state->sum);
  const int64_t whole = (int64_t)state->maximum + norm.e - 16;
  return (int32_t)(whole * 65536 + sac_lookup(job->log2, (int32_t)((norm.n - (1 << 23)) >> 7)));
}

void sac_attend_write_row(const sac_attend_job_t *job, uint64_t row, const sac_attend_state_t *state,
                          const int64_t *o) {
  uint8_t *y = job->memory + sac_attend_y_place(job, sac_attend_row(job, row));
  int64_t factor = 0;
  unsigned shift = 0;
  if (job->score_function == SAC_SCORE_LINEAR) {
    factor = 256;
    shift = job->output_shift;
  } else if (state->sum > 0) {
    const norm_t norm = normalise(state->sum);
    const int right = norm.e + 9 - (int)job->output_shift;
    factor = ((int64_t)1 << 40) / norm.n;
    shift = right > 0 ? (unsigned)right : 0;
  }
  for (uint32_t e = 0; e < job->v.elements; e++) {
    const int16_t value = sac_saturate16(sac_round_even(o[e] * factor, shift));
    memcpy(y + 2 * e, &value, 2);
  }
  if (!job->lse) return;
  const int32_t lse = log_sum_exp(job, state);
  memcpy(job->memory + sac_attend_lse_place(job, row), &lse, 4);
}

void sac_attend_write_scores(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key, uint32_t count,
                             const int32_t *logits) {
  memcpy(job->memory + (uint32_t)(sac_attend_y_place(job, row) + 4 * key), logits, count * sizeof *logits);
}
