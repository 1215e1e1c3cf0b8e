// SPDX-License-Identifier: Apache-2.0
// Parallel contexts (contract: saccade/policies.h). The contexts of a sequence are one run of pages; a list leaves out
// what a context's last page has beyond it. From: Yang et al., APE, ICLR 2025, and its published code.
#include <math.h>

#include "merge.h"
#include "sw/attention/format.h"

static bool check(const sac_attention_setup_t *b, const sac_policy_contexts_t *c, sac_error_t *error) {
  if (!sac_draft_check_heads(b, "contexts", error)) return false;
  for (uint32_t n = 0; n < b->sequences * sac_attention_groups(b->q_heads, b->k_heads, b->v_heads); n++) {
    if (b->logit[n].softcap)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "contexts: logit %u has a softcap, expected none", n);
  }
  if (!(c->temperature > 0.0 && fabs(c->scaling * c->temperature) < 32768.0)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "contexts: temperature %g, scaling %g are out of range",
                         c->temperature, c->scaling);
  }
  return true;
}

static uint32_t pages_of(const sac_attention_setup_t *b, uint32_t length) {
  return (uint32_t)(((uint64_t)length + (1u << b->page_log2) - 1) >> b->page_log2);
}

// Keys of the contexts begin..end of a sequence whose queries are there, and the list of each of its groups.
static void draft_contexts(sac_draft_t *d, const sac_policy_contexts_t *c, uint32_t sequence, const uint32_t *pages,
                           uint32_t count) {
  const sac_attention_setup_t *b = d->base;
  const uint32_t tokens = sac_draft_tokens(b, sequence);
  sac_draft_queries(d, sequence, tokens, 0);
  sac_draft_keys(d, count << b->page_log2, pages, count);
  for (uint32_t g = 0; g < d->groups; g++) {
    for (uint32_t block = 0; block < sac_draft_blocks(d, tokens); block++) {
      uint32_t first = 0;
      if (count == 0) sac_draft_tile(d, block, 0, 0, false, false);
      for (uint32_t n = c->context_begin[sequence]; count && n < c->context_begin[sequence + 1]; n++) {
        sac_draft_tile(d, block, first, (int64_t)first + c->length[n], false, false);
        first += pages_of(b, c->length[n]) << b->page_log2;
      }
    }
    sac_draft_end_list(d);
  }
}

// Logits at a temperature.
static bool heat(sac_draft_t *d, double temperature, sac_error_t *error) {
  sac_attention_logit_t *logit = d->logit.data;
  for (size_t n = 0; n < d->logit.count; n++) {
    sac_factor_t factor;
    if (logit[n].scale == 0) continue;
    if (!sac_factor_nearest(ldexp(logit[n].scale, -logit[n].scale_shift) / temperature, &factor))
      return sac_error_set(error, SAC_ERR_ARGUMENT, "contexts: no multiplier at temperature %g", temperature);
    logit[n].scale = factor.multiplier;
    logit[n].scale_shift = factor.shift;
  }
  return true;
}

sac_policy_t *sac_policy_parallel_contexts(sac_device_t *device, const sac_attention_setup_t *base,
                                           const sac_policy_contexts_t *contexts, sac_error_t *error) {
  if (!check(base, contexts, error)) return NULL;
  sac_draft_t draft[2];
  sac_draft_open(&draft[0], device, base);
  draft[0].setup.head = NULL;  // sinks are the base's
  for (uint32_t s = 0, page = 0; s < base->sequences; s++) {
    uint32_t count = 0;
    for (uint32_t n = contexts->context_begin[s]; n < contexts->context_begin[s + 1]; n++)
      count += pages_of(base, contexts->length[n]);
    draft_contexts(&draft[0], contexts, s, contexts->pages + page, count);
    page += count;
  }
  sac_draft_open(&draft[1], device, base);
  sac_draft_all(&draft[1]);
  draft[1].setup.band = true;
  draft[1].setup.band_high = 0;
  const int32_t a = (int32_t)lround(contexts->scaling * contexts->temperature * 65536.0);
  const sac_policy_weight_t weight[2] = {{a, 0}, {1 << 16, 0}};
  if (heat(&draft[0], contexts->temperature, error)) return sac_policy_merge_drafts(2, draft, weight, error);
  sac_draft_close(&draft[0]);
  sac_draft_close(&draft[1]);
  return NULL;
}
