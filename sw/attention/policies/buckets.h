// SPDX-License-Identifier: Apache-2.0
// What the parts of bucketed attention share.
#ifndef SACCADE_POLICIES_BUCKETS_H
#define SACCADE_POLICIES_BUCKETS_H

#include "merge.h"
#include "rows.h"

// One call. Rows of results are kept twice, [2][queries]: what a row has so far, and the state that comes to it.
typedef struct {
  sac_device_t *device;
  const sac_attention_setup_t *base;
  const sac_policy_buckets_t *buckets;
  const sac_attention_tensors_t *tensors;
  uint32_t queries, keys;
  uint32_t q_bucket, k_bucket;  // s32 of every query and key
  uint32_t y, lse;
  uint32_t order, sorted_q, sorted_y, sorted_lse;  // of the queries of a part
  uint32_t weights;                                // AFFINE of two equal states
} sac_bucketed_t;

// Hashes all queries and keys: ATTEND with the projections as keys, or as queries; the host packs the signs.
bool sac_buckets_hash(sac_bucketed_t *b, sac_error_t *error);

// Queries q .. q + queries - 1 against keys k .. k + keys - 1, into state 0 or 1 of their rows: exactly, or by buckets.
bool sac_buckets_exact(sac_bucketed_t *b, uint32_t q, uint32_t queries, uint32_t k, uint32_t keys, bool causal,
                       uint32_t state, sac_error_t *error);
bool sac_buckets_sorted(sac_bucketed_t *b, uint32_t q, uint32_t queries, uint32_t k, uint32_t keys, uint32_t state,
                        sac_error_t *error);

#endif
