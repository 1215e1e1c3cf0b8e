// SPDX-License-Identifier: Apache-2.0
// Dense prefill and paged decode (contract: saccade/policies.h).
#include "draft.h"

sac_attention_plan_t *sac_policy_prefill(sac_device_t *device, const sac_attention_setup_t *base, bool causal,
                                         sac_error_t *error) {
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  sac_draft_all(&draft);
  draft.setup.band = causal;
  if (causal) draft.setup.band_high = 0;
  return sac_draft_plan(&draft, error);
}

sac_attention_plan_t *sac_policy_decode(sac_device_t *device, const sac_attention_setup_t *base, sac_error_t *error) {
  for (uint32_t s = 0; s < base->sequences; s++) {
    if (sac_draft_tokens(base, s) <= 1) continue;
    sac_error_set(error, SAC_ERR_ARGUMENT, "decode: sequence %u has %u queries, expected 1 or none", s,
                  sac_draft_tokens(base, s));
    return NULL;
  }
  return sac_policy_prefill(device, base, false, error);
}
