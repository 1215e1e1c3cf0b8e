// SPDX-License-Identifier: Apache-2.0
// Policies of several states, for those that draft them.
#ifndef SACCADE_POLICIES_MERGE_H
#define SACCADE_POLICIES_MERGE_H

#include "draft.h"

// sac_policy_merge of drafts, which are finished and closed.
sac_policy_t *sac_policy_merge_drafts(uint32_t states, sac_draft_t *draft, const sac_policy_weight_t *weight,
                                      sac_error_t *error);

#endif
