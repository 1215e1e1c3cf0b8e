// SPDX-License-Identifier: Apache-2.0
// A part of bucketed attention: some queries against some keys (contract: buckets.h). Queries are gathered by COPY in
// the order that SELECT found and their results scattered back; keys stay where they are, their order is in the page
// tables.
#include <math.h>
#include <stdlib.h>

#include "buckets.h"

bool sac_buckets_exact(sac_bucketed_t *b, uint32_t q, uint32_t queries, uint32_t k, uint32_t keys, bool causal,
                       uint32_t state, sac_error_t *error) {
  const uint32_t row = 2 * b->base->d_v, at = state * b->queries + q;
  sac_draft_t d;
  sac_draft_open(&d, b->device, b->base);
  sac_draft_sequence(&d, 0, queries, (int32_t)q);
  for (uint32_t block = 0; block < sac_draft_blocks(&d, queries); block++)
    sac_draft_tile(&d, block, k, (int64_t)k + keys, causal, false);
  sac_draft_end_list(&d);
  sac_draft_band(&d, -SAC_BAND_OPEN, 0);
  sac_attention_tensors_t t = *b->tensors;
  t.q.address += q * t.q.token_stride;
  t.y = (sac_attention_rows_t){b->y + at * row, row, 0};
  t.y_group_stride = t.scores = 0;
  t.lse = b->lse + 4 * at;
  sac_attention_plan_t *plan = sac_draft_plan(&d, error);
  const bool good = plan && sac_attention_run(plan, &t, error);
  sac_attention_plan_free(plan);
  return good;
}

static int by_value(const void *left, const void *right) {
  const size_t a = *(const size_t *)left, b = *(const size_t *)right;
  return (a > b) - (a < b);
}

// Blocks of queries, each with its block of the sorted keys, whose page numbers are pages[].
static void draft_near(sac_draft_t *d, uint32_t queries, uint32_t side, uint32_t keys, uint32_t block,
                       const uint32_t *pages) {
  sac_rows_open(d);
  for (uint32_t q = 0, first = 0; q < queries; q += side, first += block) {
    const uint32_t count = keys - first < block ? keys - first : block;
    sac_draft_queries(d, 0, queries - q < side ? queries - q : side, 0);
    sac_draft_keys(d, count, pages + first, count);
  }
}

// The same blocks of queries, each with the samples (rising places) outside its block of keys.
static void draft_far(sac_draft_t *d, uint32_t queries, uint32_t side, uint32_t block, uint32_t samples,
                      const size_t *place, const uint32_t *pages) {
  sac_rows_open(d);
  uint32_t low = 0, high = 0;
  for (uint32_t q = 0, first = 0; q < queries; q += side, first += block) {
    const uint32_t tokens = queries - q < side ? queries - q : side;
    while (low < samples && place[low] < first) low++;
    while (high < samples && place[high] < (size_t)first + block) high++;
    sac_draft_queries(d, 0, tokens, 0);
    sac_draft_keys(d, samples, pages, samples);
    for (uint32_t n = 0; n < sac_draft_blocks(d, tokens); n++) {
      sac_draft_tile(d, n, 0, low, false, false);
      sac_draft_tile(d, n, high, samples, false, false);
    }
    sac_draft_end_list(d);
  }
}

// Host arrays of a part: order of the keys and their page numbers, places and page numbers of the samples.
typedef struct {
  uint32_t *pages, *sample;
  size_t *place;
} host_t;

static sac_policy_t *make(sac_bucketed_t *b, const host_t *h, uint32_t queries, uint32_t k, uint32_t keys,
                          sac_error_t *error) {
  const sac_policy_buckets_t *s = b->buckets;
  const uint32_t blocks = (keys + s->block - 1) / s->block, side = (queries + blocks - 1) / blocks;
  const bool sampled = s->samples > 0 && queries > side && keys > s->block;
  for (uint32_t n = 0; n < keys; n++) h->pages[n] = sac_rows_page(b->base, 0, k + h->pages[n]);
  sac_draft_t draft[2];
  sac_draft_open(&draft[0], b->device, b->base);
  draft_near(&draft[0], queries, side, keys, s->block, h->pages);
  if (!sampled) return sac_policy_merge_drafts(1, draft, NULL, error);
  s->draw(s->context, keys, s->samples, h->place);
  qsort(h->place, s->samples, sizeof *h->place, by_value);
  for (uint32_t n = 0; n < s->samples; n++) h->sample[n] = h->pages[h->place[n]];
  sac_draft_open(&draft[1], b->device, b->base);
  draft_far(&draft[1], queries, side, s->block, s->samples, h->place, h->sample);
  const int32_t gain = (int32_t)lround(log2((double)keys / s->samples) * 65536.0);
  const sac_policy_weight_t weight[2] = {{1 << 16, 0}, {1 << 16, gain}};
  return sac_policy_merge_drafts(2, draft, weight, error);
}

static bool attend(sac_bucketed_t *b, sac_policy_t *policy, uint32_t q, uint32_t queries, uint32_t state,
                   sac_error_t *error) {
  const sac_attention_tensors_t *t = b->tensors;
  const uint32_t q_row = 2 * b->base->d_k, row = 2 * b->base->d_v, at = state * b->queries + q;
  const sac_attention_tensors_t part = {.q = {b->sorted_q, q_row, 0}, .k = t->k, .v = t->v}, input[2] = {part, part};
  const sac_attention_rows_t y = {b->sorted_y, row, 0};
  return sac_rows_copy(b->device, true, b->order, t->q.address + q * t->q.token_stride, t->q.token_stride, b->sorted_q,
                       q_row, q_row, queries, error) &&
         sac_policy_run(policy, input, &y, b->sorted_lse, error) &&
         sac_rows_copy(b->device, false, b->order, b->sorted_y, row, b->y + at * row, row, row, queries, error) &&
         sac_rows_copy(b->device, false, b->order, b->sorted_lse, 4, b->lse + 4 * at, 4, 4, queries, error);
}

bool sac_buckets_sorted(sac_bucketed_t *b, uint32_t q, uint32_t queries, uint32_t k, uint32_t keys, uint32_t state,
                        sac_error_t *error) {
  const uint32_t samples = b->buckets->samples;
  uint32_t order;
  host_t h = {malloc(4 * (size_t)keys + 1), malloc(4 * (size_t)samples + 1), malloc(samples * sizeof(size_t) + 1)};
  bool good = (h.pages && h.sample && h.place) || sac_error_set(error, SAC_ERR_MEMORY, "buckets: no memory");
  good = good && sac_device_alloc(b->device, 4 * (size_t)keys, &order, error) &&
         sac_rows_select(b->device, b->q_bucket + 4 * q, 0, 1, queries, 0, b->order, error) &&
         sac_rows_select(b->device, b->k_bucket + 4 * k, 0, 1, keys, 0, order, error) &&
         sac_queue_wait(b->device, error) && sac_device_read(b->device, order, h.pages, 4 * (size_t)keys, error);
  sac_policy_t *policy = good ? make(b, &h, queries, k, keys, error) : NULL;
  good = policy && attend(b, policy, q, queries, state, error);
  sac_policy_free(policy);
  free(h.pages);
  free(h.sample);
  free(h.place);
  return good;
}
