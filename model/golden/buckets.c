// SPDX-License-Identifier: Apache-2.0
// Attention within buckets and a sample of the rest (contract: buckets.h).
#include "buckets.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "masks.h"

unsigned sac_golden_bucket(const sac_golden_buckets_t *buckets, size_t d, const double *x) {
  unsigned code = 0;
  for (size_t p = 0; p < buckets->projections; p++) {
    double sum = 0.0;
    for (size_t c = 0; c < d; c++) sum += x[c] * buckets->projection[c * buckets->projections + p];
    code |= (unsigned)(sum > 0.0) << p;
  }
  return code ^ code >> 1;
}

// order[n] = the row that comes n-th, sorted by bucket, stable.
static void sort_rows(const sac_golden_buckets_t *buckets, size_t rows, size_t d, const double *x, size_t *order) {
  size_t n = 0;
  for (unsigned bucket = 0; bucket < 1u << buckets->projections; bucket++) {
    for (size_t i = 0; i < rows; i++) {
      if (sac_golden_bucket(buckets, d, x + i * d) == bucket) order[n++] = i;
    }
  }
}

// Attention of one query to some keys, given by their rows; returns the log-sum-exp.
static double attend(const sac_golden_head_t *head, size_t query, size_t count, const size_t *row, double *work,
                     double *out) {
  for (size_t n = 0; n < count; n++) {
    work[n] = head->scale *
              sac_golden_dot(head->d_k, head->q + query * head->d_k, head->k + row[n] * head->d_k);
  }
  const double lse = sac_golden_softmax(count, work, -INFINITY, work);
  for (size_t e = 0; e < head->d_v; e++) out[e] = 0.0;
  for (size_t n = 0; n < count; n++) {
    for (size_t e = 0; e < head->d_v; e++) out[e] += work[n] * head->v[row[n] * head->d_v + e];
  }
  return lse;
}

// Room for one call: sorted rows, drawn places, rows of the samples outside a block, logits, two partial outputs.
typedef struct {
  size_t *query, *key, *place, *row;
  double *logit, *near, *far;
} room_t;

static void free_room(room_t *room) {
  free(room->query);
  free(room->logit);
}

static bool make_room(room_t *room, const sac_golden_buckets_t *b, const sac_golden_head_t *head) {
  room->query = malloc((head->queries + head->keys + 2 * b->samples + 1) * sizeof *room->query);
  room->logit = malloc((b->block + b->samples + 2 * head->d_v + 1) * sizeof *room->logit);
  if (room->query == NULL || room->logit == NULL) {
    free_room(room);
    return false;
  }
  room->key = room->query + head->queries;
  room->place = room->key + head->keys;
  room->row = room->place + b->samples;
  room->near = room->logit + b->block + b->samples;
  room->far = room->near + head->d_v;
  return true;
}

static bool whole(const sac_golden_buckets_t *b, const sac_golden_head_t *head, double *out, double *lse) {
  if (head->queries < b->exact_below || head->keys == 0) {
    sac_golden_head(head, out, lse);
    return true;
  }
  room_t room;
  if (!make_room(&room, b, head)) return false;
  const size_t blocks = (head->keys + b->block - 1) / b->block, side = (head->queries + blocks - 1) / blocks;
  sort_rows(b, head->queries, head->d_k, head->q, room.query);
  sort_rows(b, head->keys, head->d_k, head->k, room.key);
  const bool sampled = b->samples > 0 && head->queries > side && head->keys > b->block;
  if (sampled) b->draw(b->context, head->keys, b->samples, room.place);
  for (size_t n = 0; n < head->queries; n++) {
    const size_t query = room.query[n], block = n / side, first = block * b->block;
    const size_t left = head->keys - first, count = left < b->block ? left : b->block;
    size_t others = 0;
    for (size_t s = 0; sampled && s < b->samples; s++) {
      if (room.place[s] / b->block != block) room.row[others++] = room.key[room.place[s]];
    }
    const double sums[2] = {attend(head, query, count, room.key + first, room.logit, room.near),
                            attend(head, query, others, room.row, room.logit, room.far)};
    const double shift[2] = {0.0, log((double)head->keys / (double)b->samples)};
    const double *const parts[2] = {room.near, room.far};
    lse[query] = sac_golden_merge(2, head->d_v, sums, NULL, shift, parts, out + query * head->d_v);
  }
  free_room(&room);
  return true;
}

static bool lower_half(const sac_golden_buckets_t *b, const sac_golden_head_t *head, double *out, double *lse) {
  const size_t half = head->keys / 2, rest = head->queries - half;
  double *far = malloc((rest * (head->d_v + 1) + head->d_v + 1) * sizeof *far);
  if (far == NULL) return false;
  double *sum = far + rest * head->d_v, *merged = sum + rest;
  sac_golden_head_t quarter = *head;
  quarter.queries = rest;
  quarter.keys = half;
  quarter.q += half * head->d_k;
  const bool good = whole(b, &quarter, far, sum);
  for (size_t i = 0; good && i < rest; i++) {
    double *y = out + (half + i) * head->d_v;
    const double sums[2] = {lse[half + i], sum[i]};
    const double *const parts[2] = {y, far + i * head->d_v};
    lse[half + i] = sac_golden_merge(2, head->d_v, sums, NULL, NULL, parts, merged);
    for (size_t e = 0; e < head->d_v; e++) y[e] = merged[e];
  }
  free(far);
  return good;
}

static bool causal_half(const sac_golden_buckets_t *b, const sac_golden_head_t *head, double *out, double *lse) {
  if (head->keys <= b->exact_below || head->keys < 2) {
    const sac_golden_window_t all = {.recent = SIZE_MAX};
    sac_golden_head_t exact = *head;
    exact.logit = sac_golden_window;
    exact.context = &all;
    sac_golden_head(&exact, out, lse);
    return true;
  }
  const size_t half = head->keys / 2;
  sac_golden_head_t upper = *head, lower = *head;
  upper.queries = upper.keys = half;
  lower.queries = lower.keys = head->keys - half;
  lower.q += half * head->d_k;
  lower.k += half * head->d_k;
  lower.v += half * head->d_v;
  return causal_half(b, &upper, out, lse) && causal_half(b, &lower, out + half * head->d_v, lse + half) &&
         lower_half(b, head, out, lse);
}

bool sac_golden_bucketed(const sac_golden_buckets_t *buckets, const sac_golden_head_t *head, bool causal, double *out,
                         double *lse) {
  sac_golden_head_t plain = *head;
  plain.logit = NULL;
  plain.sink = -INFINITY;
  return causal ? causal_half(buckets, &plain, out, lse) : whole(buckets, &plain, out, lse);
}
