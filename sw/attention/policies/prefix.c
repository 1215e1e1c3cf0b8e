// SPDX-License-Identifier: Apache-2.0
// Shared prefixes (contract: saccade/policies.h). For a level, the queries of all sequences of a prefix are those of
// one sequence. From: Juravsky et al., Hydragen, 2024.
#include <stdlib.h>

#include "merge.h"

// One ATTEND serves the sequences of a prefix.
static bool check_multipliers(const sac_attention_setup_t *b, uint32_t first, uint32_t end, sac_error_t *error) {
  const uint32_t groups = sac_attention_groups(b->q_heads, b->k_heads, b->v_heads);
  for (uint32_t n = first * groups; n < end * groups; n++) {
    const sac_attention_logit_t *own = &b->logit[n], *one = &b->logit[first * groups + n % groups];
    if (own->scale != one->scale || own->scale_shift != one->scale_shift || own->output_shift != one->output_shift ||
        own->softcap != one->softcap || own->softcap_scale != one->softcap_scale ||
        own->softcap_out != one->softcap_out || own->softcap_shift != one->softcap_shift ||
        own->softcap_out_shift != one->softcap_out_shift) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "shared prefix: logit %u is not that of sequence %u", n, first);
    }
  }
  return true;
}

static bool check(const sac_attention_setup_t *b, uint32_t levels, const sac_policy_level_t *level,
                  sac_error_t *error) {
  if (!sac_draft_check_heads(b, "shared prefix", error)) return false;
  for (uint32_t n = 0; n < levels; n++) {
    const sac_policy_level_t *l = &level[n];
    bool good = l->sequence_begin[0] == 0 && l->sequence_begin[l->prefixes] == b->sequences;
    for (uint32_t p = 0; good && p < l->prefixes; p++) good = l->sequence_begin[p] <= l->sequence_begin[p + 1];
    if (!good) {
      return sac_error_set(error, SAC_ERR_ARGUMENT, "shared prefix: level %u does not divide %u sequences", n,
                           b->sequences);
    }
    for (uint32_t p = 0; p < l->prefixes; p++) {
      if (!check_multipliers(b, l->sequence_begin[p], l->sequence_begin[p + 1], error)) return false;
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
