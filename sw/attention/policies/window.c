// SPDX-License-Identifier: Apache-2.0
// Windows with sinks, for all heads or some (contract: saccade/policies.h). A block of queries visits the sinks,
// without a band since all of them lie before it, and the union of its windows, which the band cuts. Queries among the
// sinks come in a piece of their own, plainly causal. From: Xiao et al., StreamingLLM, ICLR 2024; DuoAttention, ICLR
// 2025.
#include "draft.h"

#include <stdlib.h>

static void list(sac_draft_t *d, uint32_t tokens, int32_t position, uint32_t sinks, uint32_t recent) {
  for (uint32_t block = 0; block < sac_draft_blocks(d, tokens); block++) {
    uint32_t first, last;
    sac_draft_block(d, tokens, block, &first, &last);
    const int64_t begin = (int64_t)position + first - recent + 1, end = (int64_t)position + last + 1;
    if (sinks > 0) sac_draft_tile(d, block, 0, sinks < end ? sinks : end, false, false);
    sac_draft_tile(d, block, begin > sinks ? begin : sinks, end, true, false);
  }
  sac_draft_end_list(d);
  sac_draft_band(d, recent >= SAC_POLICY_ALL ? -SAC_BAND_OPEN : 1 - (int32_t)recent, 0);
}

static void piece(sac_draft_t *d, uint32_t sequence, uint32_t tokens, int32_t position, const bool *full,
                  uint32_t sinks, uint32_t recent) {
  if (tokens == 0) return;
  sac_draft_sequence(d, sequence, tokens, position);
  const bool early = position + (int64_t)tokens < sinks;  // every query sees all keys before it
  for (uint32_t g = 0; g < d->groups; g++) {
    const bool all = early || (full && full[g]);
    list(d, tokens, position, all ? 0 : sinks, all ? SAC_POLICY_ALL : recent);
  }
}

sac_attention_plan_t *sac_policy_heads(sac_device_t *device, const sac_attention_setup_t *base, const bool *full,
                                       uint32_t sinks, uint32_t recent, sac_error_t *error) {
  if (recent == 0) {
    sac_error_set(error, SAC_ERR_ARGUMENT, "window: 0 recent keys, expected 1 or more");
    return NULL;
  }
  if (recent >= SAC_POLICY_ALL) sinks = 0;
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  for (uint32_t s = 0; s < base->sequences; s++) {
    const uint32_t tokens = sac_draft_tokens(base, s);
    const int32_t position = sac_draft_position(base, s);
    const int64_t before = (int64_t)sinks - 1 - position;  // queries that do not see all sinks
    const uint32_t early = before <= 0 ? 0 : before < tokens ? (uint32_t)before : tokens;
    piece(&draft, s, early, position, full, sinks, recent);
    piece(&draft, s, tokens - early, position + (int32_t)early, full, sinks, recent);
  }
  return sac_draft_plan(&draft, error);
}

sac_attention_plan_t *sac_policy_window(sac_device_t *device, const sac_attention_setup_t *base, uint32_t sinks,
                                        uint32_t recent, sac_error_t *error) {
  return sac_policy_heads(device, base, NULL, sinks, recent, error);
}
