// SPDX-License-Identifier: Apache-2.0
// Shared prefixes (contract: saccade/policies.h). For a level, the queries of all sequences of a prefix are those of
// one sequence. From: Juravsky et al., Hydragen, 2024.
#include <stdlib.h>

#include "merge.h"

static bool check(const sac_attention_setup_t *b, uint32_t levels, const sac_policy_level_t *level,
                  sac_error_t *error) {
  for (uint32_t h = 0; b->head && h < b->q_heads; h++) {
    if (b->head[h].slope)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "shared prefix: head %u has a slope, expected none", h);
  }
  for (uint32_t n = 0; n < levels; n++) {
    const sac_policy_level_t *l = &level[n];
    bool good = l->sequence_begin[0] == 0 && l->sequence_begin[l->prefixes] == b->sequences;
    for (uint32_t p = 0; good && p < l->prefixes; p++) good = l->sequence_begin[p] <= l->sequence_begin[p + 1];
    if (!good) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "shared prefix: level %u does not divide %u sequences", n,
                           b->sequences);
    }
  }
  return true;
}

static void draft_level(sac_draft_t *d, sac_device_t *device, const sac_attention_setup_t *b,
                        const sac_policy_level_t *l) {
  sac_draft_open(d, device, b);
  d->setup.head = NULL;  // sinks are the base's
  for (uint32_t p = 0; p < l->prefixes; p++) {
    const uint32_t first = l->sequence_begin[p], end = l->sequence_begin[p + 1];
    if (first == end) continue;
    sac_draft_queries(d, first, b->q_begin[end] - b->q_begin[first], 0);
    sac_draft_keys(d, l->length[p], l->pages + l->page_begin[p], l->page_begin[p + 1] - l->page_begin[p]);
  }
}

sac_policy_t *sac_policy_shared_prefix(sac_device_t *device, const sac_attention_setup_t *base, uint32_t levels,
                                       const sac_policy_level_t *level, sac_error_t *error) {
  if (!check(base, levels, level, error)) return NULL;
  sac_draft_t *draft = calloc((size_t)levels + 1, sizeof *draft);
  if (!draft) {
    sac_error_set(error, SAC_ERR_MEMORY, "shared prefix: no memory");
    return NULL;
  }
  for (uint32_t n = 0; n < levels; n++) draft_level(&draft[n], device, base, &level[n]);
  sac_draft_open(&draft[levels], device, base);
  sac_draft_all(&draft[levels]);
  draft[levels].setup.band = true;
  draft[levels].setup.band_high = 0;
  sac_policy_t *policy = sac_policy_merge_drafts(levels + 1, draft, NULL, error);
  free(draft);
  return policy;
}
