// SPDX-License-Identifier: Apache-2.0
// Taylor linear attention in its parallel form (contract: saccade/policies.h). From: Arora et al., Based, 2024.
#include "draft.h"

sac_attention_plan_t *sac_policy_taylor(sac_device_t *device, const sac_attention_setup_t *base, uint32_t recent,
                                        sac_error_t *error) {
  if (recent == 0) {
    sac_error_set(error, SAC_ERR_ARGUMENT, "taylor: 0 recent keys, expected 1 or more");
    return NULL;
  }
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  sac_draft_all(&draft);
  draft.setup.score_function = SAC_ATTENTION_POLYNOMIAL;
  draft.setup.band = true;
  draft.setup.band_low = recent >= SAC_POLICY_ALL ? -SAC_BAND_OPEN : 1 - (int32_t)recent;
  draft.setup.band_high = 0;
  return sac_draft_plan(&draft, error);
}
