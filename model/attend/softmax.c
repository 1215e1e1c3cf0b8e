// SPDX-License-Identifier: Apache-2.0
#include "softmax.h"

#include <string.h>

// As in products.c: most loops here are vectorised only at this level.
#pragma GCC optimize("O3")

enum { kLogitMax = (1 << 23) - 1, kOne = 4096, kProbabilityMax = 65535, kAllGone = 63 };

static inline int64_t clamp24(int64_t x) { return sac_clamp(x, -kLogitMax - 1, kLogitMax); }

sac_attend_state_t sac_attend_first_state(const sac_attend_job_t *job, uint32_t head) {
  const sac_attend_head_t *h = &job->heads[head];
  if (job->score_function == SAC_SCORE_LINEAR) return (sac_attend_state_t){false, 0, 0};
  if (job->score_function == SAC_SCORE_POLYNOMIAL) return (sac_attend_state_t){false, 0, h->sink_sum};
  return (sac_attend_state_t){h->sink_sum == 0, h->sink_sum ? h->sink_max : 0, h->sink_sum};
}

static int32_t softcap(const sac_attend_job_t *job, int32_t logit) {
  const int32_t u = sac_saturate16(sac_round_even((int64_t)logit * job->softcap_scale, job->softcap_shift));
  const int32_t magnitude = u < 0 ? -u : u;
  const int64_t h = job->tanh[magnitude > 32767 ? 32767 : magnitude];
  const int64_t capped = sac_round_even(h * job->softcap_out, job->softcap_out_shift);
  return (int32_t)clamp24(u < 0 ? -capped : capped);
}

static void scale(const sac_attend_job_t *job, uint32_t count, const int64_t *scores, int32_t *logits) {
  for (uint32_t j = 0; j < count; j++)
    logits[j] = (int32_t)clamp24(sac_round_even(scores[j] * job->scale, job->scale_shift));
  if (!job->softcap || job->scores == SAC_LOGIT_SCALED) return;
  for (uint32_t j = 0; j < count; j++) logits[j] = softcap(job, logits[j]);
}

static void mask_band(const sac_attend_job_t *job, int32_t index, uint32_t key, uint32_t count, uint8_t *masked) {
  for (uint32_t j = 0; j < count; j++) {
    const int32_t distance = (int32_t)(key + j - (uint32_t)index);
    masked[j] |= distance < job->band_low || distance > job->band_high;
  }
}

// The bias of each key as it is in memory; bits become 0 or the word that masks.
static void load_bias(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key, uint32_t count, int32_t *bias) {
  const uint32_t first = key % 32, words = job->bias_words ? count : (first + count + 31) / 32;
  const uint8_t *source = sac_attend_at(job, sac_attend_bias_place(job, row, key), 4 * words);
  if (!source) memset(bias, 0, count * sizeof *bias);
  else if (job->bias_words) memcpy(bias, source, count * sizeof *bias);
  else for (uint32_t j = 0; j < count; j++) bias[j] = source[(first + j) / 8] >> (first + j) % 8 & 1 ? 0 : INT32_MIN;
}

uint32_t sac_attend_logits(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key, uint32_t count, bool band,
                           bool bias, const int64_t *scores, int32_t *logits, uint8_t *masked) {
  int32_t added[SAC_ATTEND_TILE_MAX] = {0};
  memset(masked, 0, count);
  if (band) mask_band(job, row.index, key, count, masked);
  if (bias) {
    load_bias(job, row, key, count, added);
    for (uint32_t j = 0; j < count; j++) masked[j] |= added[j] == INT32_MIN;
  }
  scale(job, count, scores, logits);
  const int64_t slope = job->heads[row.head].slope;
  if ((slope || bias) && (job->scores == 0 || job->scores == SAC_LOGIT_WHOLE)) {
    for (uint32_t j = 0; j < count; j++) {
      const int32_t distance = (int32_t)(key + j - (uint32_t)row.index);
      const int64_t sloped = clamp24(sac_round_even(slope * distance, 12));
      logits[j] = (int32_t)clamp24(logits[j] + sloped + added[j]);
    }
  }
  if (job->scores == SAC_LOGIT_WHOLE) {
    for (uint32_t j = 0; j < count; j++) logits[j] = masked[j] ? INT32_MIN : logits[j];
  }
  uint32_t number = 0;
  for (uint32_t j = 0; j < count; j++) number += masked[j];
  return number;
}

static unsigned softmax(const sac_attend_job_t *job, sac_attend_state_t *state, const int32_t *z, const uint8_t *masked,
                        uint32_t count, int32_t *p) {
  int32_t highest = INT32_MIN;
  for (uint32_t j = 0; j < count; j++) highest = !masked[j] && z[j] > highest ? z[j] : highest;
  if (highest == INT32_MIN) {
    memset(p, 0, count * sizeof *p);
    return 0;
  }
  const int32_t ceiling = (highest + kOne - 1) >> 12;  // rounds up, arithmetic shift
  const int32_t maximum = state->none || ceiling > state->maximum ? ceiling : state->maximum;
  const int32_t moved = state->none ? 0 : maximum - state->maximum;
  int64_t sum = 0;
  for (uint32_t j = 0; j < count; j++) {
    const int32_t t = maximum * kOne - z[j], whole = t >> 12;
    const int32_t power = job->power[t & (kOne - 1)];
    const int32_t shift = whole > 31 ? 31 : whole < 0 ? 0 : whole, half = shift ? 1 << (shift - 1) : 0;
    const int32_t value = (power + half) >> shift;
    p[j] = masked[j] || whole > 31 ? 0 : value > kProbabilityMax ? kProbabilityMax : value < 0 ? 0 : value;
    sum += p[j];
  }
  const unsigned dm = moved > kAllGone ? kAllGone : (unsigned)moved;
  *state = (sac_attend_state_t){false, maximum, (dm == kAllGone ? 0 : sac_round_up(state->sum, dm)) + sum};
  return dm;
}

unsigned sac_attend_probabilities(const sac_attend_job_t *job, sac_attend_state_t *state, const int32_t *z,
                                  const uint8_t *masked, uint32_t count, int32_t *p) {
  if (job->score_function == SAC_SCORE_SOFTMAX) return softmax(job, state, z, masked, count, p);
  for (uint32_t j = 0; j < count; j++) {
    int64_t value = sac_saturate16(z[j]);
    if (job->score_function == SAC_SCORE_POLYNOMIAL)
      value = sac_clamp(kOne + z[j] + sac_round_even((int64_t)z[j] * z[j], 13), 0, kProbabilityMax);
    p[j] = masked[j] ? 0 : (int32_t)value;
    if (job->score_function == SAC_SCORE_POLYNOMIAL) state->sum += p[j];
  }
  return 0;
}
