// SPDX-License-Identifier: Apache-2.0
// Block-sparse attention (contract: saccade/policies.h). Every block of queries is a sequence of its own, so that its
// rows begin a block of the machine whatever `side` is; blocks of keys that follow each other are one range.
#include "draft.h"

static void list(sac_draft_t *d, uint32_t tokens, int32_t position, uint32_t side, uint32_t key_blocks,
                 const uint8_t *on, bool causal) {
  const int64_t seen = causal ? (int64_t)position + tokens : SAC_POLICY_ALL;
  for (uint32_t block = 0; block < sac_draft_blocks(d, tokens); block++) {
    bool any = false;
    for (uint32_t c = 0, end; c < key_blocks; c = end) {
      for (end = c; end < key_blocks && on[end]; end++) continue;
      int64_t stop = (int64_t)end * side;
      if (stop > seen) stop = seen;
      if (end > c && stop > (int64_t)c * side) {
        sac_draft_tile(d, block, (int64_t)c * side, stop, causal, false);
        any = true;
      }
      if (end == c) end++;
    }
    if (!any) sac_draft_tile(d, block, 0, 0, causal, false);
  }
  sac_draft_end_list(d);
}

sac_attention_plan_t *sac_policy_blocks(sac_device_t *device, const sac_attention_setup_t *base, uint32_t side,
                                        uint32_t key_blocks, const uint8_t *on, bool causal, sac_error_t *error) {
  if (side == 0 || (uint64_t)side * key_blocks > 1 << 20) {
    sac_error_set(error, SAC_ERR_ARGUMENT, "blocks: %u key blocks of %u, expected 1 to %d keys", key_blocks, side,
                  1 << 20);
    return NULL;
  }
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  draft.setup.band = causal;
  draft.setup.band_high = causal ? 0 : SAC_BAND_OPEN;
  for (uint32_t s = 0; s < base->sequences; s++) {
    const uint32_t all = sac_draft_tokens(base, s);
    for (uint32_t first = 0; first < all; first += side) {
      const uint32_t tokens = all - first < side ? all - first : side;
      const int32_t position = sac_draft_position(base, s) + (int32_t)first;
      sac_draft_sequence(&draft, s, tokens, position);
      for (uint32_t g = 0; g < draft.groups; g++)
        list(&draft, tokens, position, side, key_blocks, on + (size_t)(first / side) * key_blocks, causal);
    }
  }
  return sac_draft_plan(&draft, error);
}
