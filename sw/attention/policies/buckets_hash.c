// SPDX-License-Identifier: Apache-2.0
// Buckets of queries and keys (contract: buckets.h). The bucket is the number of the signs' pattern in a Gray code, so
// that buckets next to each other differ by one sign.
#include <stdlib.h>

#include "buckets.h"

// A plan of one key head whose logits are the sums themselves: their signs are exact.
static sac_attention_plan_t *plan_sums(sac_bucketed_t *b, bool of_queries, sac_error_t *error) {
  const uint32_t zero = 0, projections = b->buckets->projections;
  sac_draft_t d;
  sac_draft_open(&d, b->device, b->base);
  if (of_queries) {
    d.setup.k_format = (sac_attention_format_t){SAC_ELEMENT_INT16, false};
    d.setup.k_cache.token_stride = 2 * b->base->d_k;
    d.setup.page_log2 = 3;
    sac_draft_queries(&d, 0, b->queries, 0);
    sac_draft_keys(&d, projections, &zero, 1);
  } else {
    sac_draft_sequence(&d, 0, projections, 0);
  }
  if (!d.failed) *(sac_attention_logit_t *)d.logit.data = (sac_attention_logit_t){.scale = 1};
  return sac_draft_plan(&d, error);
}

// sums[row * row_stride + p * sign_stride]
static void pack(const int32_t *sums, size_t rows, size_t row_stride, uint32_t projections, size_t sign_stride,
                 int32_t *bucket) {
  for (size_t i = 0; i < rows; i++) {
    uint32_t code = 0;
    for (uint32_t p = 0; p < projections; p++)
      code |= (uint32_t)(sums[i * row_stride + p * sign_stride] > 0) << p;
    bucket[i] = (int32_t)(code ^ code >> 1);
  }
}

static bool hash(sac_bucketed_t *b, bool of_queries, uint32_t projection, uint32_t sums, int32_t *host,
                 uint32_t bucket, sac_error_t *error) {
  const uint32_t projections = b->buckets->projections, rows = of_queries ? b->queries : b->keys;
  const uint32_t stride = 4 * (of_queries ? projections : rows);
  sac_attention_tensors_t t = *b->tensors;
  if (of_queries) t.k = projection;
  else t.q = (sac_attention_rows_t){projection, 2 * b->base->d_k, 0};
  t.y = (sac_attention_rows_t){sums, stride, 0};
  t.y_group_stride = 0;
  t.lse = 0;
  t.scores = 1;
  sac_attention_plan_t *plan = plan_sums(b, of_queries, error);
  bool good = plan && sac_attention_run(plan, &t, error) && sac_queue_wait(b->device, error) &&
              sac_device_read(b->device, sums, host, 4 * (size_t)projections * rows, error);
  sac_attention_plan_free(plan);
  if (!good) return false;
  int32_t *codes = host + (size_t)projections * rows;
  pack(host, rows, of_queries ? projections : 1, projections, of_queries ? 1 : rows, codes);
  return sac_device_write(b->device, bucket, codes, 4 * (size_t)rows, error);
}

bool sac_buckets_hash(sac_bucketed_t *b, sac_error_t *error) {
  const uint32_t projections = b->buckets->projections;
  const size_t rows = b->queries > b->keys ? b->queries : b->keys, bytes = 2 * (size_t)b->base->d_k * projections;
  uint32_t projection, sums;
  int32_t *host = malloc(4 * rows * (projections + 1) + 1);
  if (!host) return sac_error_set(error, SAC_ERR_MEMORY, "buckets: no memory");
  const bool good = sac_device_alloc(b->device, bytes + 1, &projection, error) &&
                    sac_device_alloc(b->device, 4 * rows * projections + 1, &sums, error) &&
                    sac_device_alloc(b->device, 4 * (size_t)b->queries + 1, &b->q_bucket, error) &&
                    sac_device_alloc(b->device, 4 * (size_t)b->keys + 1, &b->k_bucket, error) &&
                    sac_device_write(b->device, projection, b->buckets->projection, bytes, error) &&
                    hash(b, true, projection, sums, host, b->q_bucket, error) &&
                    hash(b, false, projection, sums, host, b->k_bucket, error);
  free(host);
  return good;
}
