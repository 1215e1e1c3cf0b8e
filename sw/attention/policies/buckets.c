// SPDX-License-Identifier: Apache-2.0
// Bucketed block attention with a sampled residual (contract: saccade/policies.h). Causal: the two halves of a sequence
// by themselves, then the lower half's queries against the upper half's keys, which all of them see, merged.
// From: Han et al., HyperAttention, ICLR 2024, and its published code.
#include "buckets.h"

static bool check(const sac_attention_setup_t *base, const sac_policy_buckets_t *s, bool causal, sac_error_t *error) {
  if (!sac_rows_check(base, "buckets", error)) return false;
  if (base->sequences != 1 || base->q_heads != 1 || base->q_begin[0] != 0)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "buckets: %u sequences, %u heads, queries from %u, expected 1, 1, 0",
                         base->sequences, base->q_heads, base->q_begin[0]);
  if (base->head && base->head[0].sink_sum)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "buckets: the head has a sink, expected none");
  if (s->projections == 0 || s->projections > 8 || s->block == 0)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "buckets: %u projections, blocks of %u, expected 1 to 8, 1 or more",
                         s->projections, s->block);
  if (causal && base->q_begin[1] != base->length[0])
    return sac_error_set(error, SAC_ERR_ARGUMENT, "buckets: %u queries of %u keys, expected as many", base->q_begin[1],
                         base->length[0]);
  return true;
}

static bool whole(sac_bucketed_t *b, uint32_t q, uint32_t queries, uint32_t k, uint32_t keys, uint32_t state,
                  sac_error_t *error) {
  return queries < b->buckets->exact_keys || keys == 0 ? sac_buckets_exact(b, q, queries, k, keys, false, state, error)
                                                       : sac_buckets_sorted(b, q, queries, k, keys, state, error);
}

// Rows first .. of both states into state 0.
static bool merge(sac_bucketed_t *b, uint32_t first, uint32_t rows, sac_error_t *error) {
  const uint32_t row = 2 * b->base->d_v;
  uint32_t w[SAC_COMMAND_WORDS] = {0};
  sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_MERGE);
  sac_field_put(w, SAC_MERGE_LSE, 1);
  sac_field_put(w, SAC_MERGE_STATES, 2);
  sac_field_put(w, SAC_MERGE_AFFINE_ADDRESS, b->weights);
  sac_field_put(w, SAC_MERGE_LSE_ADDRESS, b->lse + 4 * first);
  sac_field_put(w, SAC_MERGE_LSE_STATE_STRIDE, 4 * b->queries);
  sac_field_put(w, SAC_MERGE_Y_ADDRESS, b->y + first * row);
  sac_field_put(w, SAC_MERGE_Y_STATE_STRIDE, b->queries * row);
  sac_field_put(w, SAC_MERGE_Y_STRIDE, row);
  sac_field_put(w, SAC_MERGE_OUTPUT_ADDRESS, b->y + first * row);
  sac_field_put(w, SAC_MERGE_OUTPUT_STRIDE, row);
  sac_field_put(w, SAC_MERGE_OUTPUT_LSE_ADDRESS, b->lse + 4 * first);
  sac_field_put(w, SAC_MERGE_ROWS, rows);
  sac_field_put(w, SAC_MERGE_D, b->base->d_v);
  return sac_queue_submit(b->device, w, 0, error);
}

static bool causal_part(sac_bucketed_t *b, uint32_t first, uint32_t keys, sac_error_t *error) {
  if (keys <= b->buckets->exact_keys || keys < 2) return sac_buckets_exact(b, first, keys, first, keys, true, 0, error);
  const uint32_t half = keys / 2, rest = keys - half;
  return causal_part(b, first, half, error) && causal_part(b, first + half, rest, error) &&
         whole(b, first + half, rest, first, half, 1, error) && merge(b, first + half, rest, error);
}

static bool reserve(sac_bucketed_t *b, sac_error_t *error) {
  const size_t q = b->queries, q_row = 2 * b->base->d_k, row = 2 * b->base->d_v;
  uint32_t weights[2 * SAC_AFFINE_WORDS] = {0};
  for (int n = 0; n < 2; n++) sac_field_put_signed(&weights[n * SAC_AFFINE_WORDS], SAC_AFFINE_A, 1 << 16);
  return sac_device_alloc(b->device, 2 * q * row + 1, &b->y, error) &&
         sac_device_alloc(b->device, 2 * q * 4 + 1, &b->lse, error) &&
         sac_device_alloc(b->device, q * 4 + 1, &b->order, error) &&
         sac_device_alloc(b->device, q * q_row + 1, &b->sorted_q, error) &&
         sac_device_alloc(b->device, q * row + 1, &b->sorted_y, error) &&
         sac_device_alloc(b->device, q * 4 + 1, &b->sorted_lse, error) &&
         sac_device_alloc(b->device, sizeof weights, &b->weights, error) &&
         sac_device_write(b->device, b->weights, weights, sizeof weights, error);
}

bool sac_policy_bucketed(sac_device_t *device, const sac_attention_setup_t *base, const sac_policy_buckets_t *buckets,
                         bool causal, const sac_attention_tensors_t *tensors, sac_error_t *error) {
  if (!check(base, buckets, causal, error)) return false;
  sac_bucketed_t b = {.device = device, .base = base, .buckets = buckets, .tensors = tensors,
                      .queries = base->q_begin[1], .keys = base->length[0]};
  if (b.queries == 0) return true;
  if (!reserve(&b, error) || !sac_buckets_hash(&b, error)) return false;
  const uint32_t row = 2 * base->d_v;
  return (causal ? causal_part(&b, 0, b.keys, error) : whole(&b, 0, b.queries, 0, b.keys, 0, error)) &&
         sac_rows_copy(device, false, 0, b.y, row, tensors->y.address, tensors->y.token_stride, row, b.queries,
                       error) &&
         (tensors->lse == 0 ||
          sac_rows_copy(device, false, 0, b.lse, 4, tensors->lse, 4, 4, b.queries, error)) &&
         sac_queue_wait(device, error);
}
