// SPDX-License-Identifier: Apache-2.0
// Channel-pruned keys (contract: saccade/policies.h). From: Xu et al., ThinK, ICLR 2025, and its published code.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "merge.h"
#include "sw/attention/format.h"

static double squares(uint32_t d, size_t rows, const int16_t *x, uint32_t channel) {
  int64_t sum = 0;
  for (size_t i = 0; i < rows; i++) sum += (int64_t)x[i * d + channel] * x[i * d + channel];
  return (double)sum;
}

uint32_t sac_policy_weakest_channels(uint32_t d, size_t q_rows, const int16_t *q, size_t k_rows, const int16_t *k,
                                     double share, bool *kept) {
  const uint32_t dropped = (uint32_t)floor(d * share);
  for (uint32_t c = 0; c < d; c++) kept[c] = true;
  for (uint32_t n = 0; n < dropped && n < d; n++) {
    double least = INFINITY;
    uint32_t weakest = 0;
    for (uint32_t c = 0; c < d; c++) {
      if (!kept[c]) continue;
      const double score = squares(d, q_rows, q, c) * squares(d, k_rows, k, c);
      if (score <= least) {
        least = score;
        weakest = c;
      }
    }
    kept[weakest] = false;
  }
  return d - (dropped < d ? dropped : d);
}

void sac_policy_gather_channels(uint32_t d, const bool *kept, size_t rows, const int16_t *in, int16_t *out) {
  uint32_t count = 0;
  for (uint32_t c = 0; c < d; c++) count += kept[c];
  const uint32_t padded = sac_pad16(count);
  for (size_t i = 0; i < rows; i++) {
    int16_t *row = out + i * padded;
    memset(row, 0, padded * sizeof *row);
    for (uint32_t c = 0; c < d; c++) {
      if (kept[c]) *row++ = in[i * d + c];
    }
  }
}

sac_policy_t *sac_policy_channels(sac_device_t *device, const sac_attention_setup_t *pruned,
                                  const sac_attention_setup_t *recent, sac_error_t *error) {
  if (!sac_draft_check_heads(recent, "channels", error)) return NULL;
  sac_draft_t draft[2];
  sac_draft_open(&draft[0], device, pruned);
  draft[0].setup.head = NULL;  // sinks are the recent keys'
  sac_draft_all(&draft[0]);
  sac_draft_open(&draft[1], device, recent);
  sac_draft_all(&draft[1]);
  draft[1].setup.band = true;
  draft[1].setup.band_high = 0;
  return sac_policy_merge_drafts(2, draft, NULL, error);
}
