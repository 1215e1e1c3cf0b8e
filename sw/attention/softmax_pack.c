// SPDX-License-Identifier: Apache-2.0
// Tensors of a softmax problem as bytes, and its plan (contract: softmax.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

#define LOG2E 1.44269504088896340736
enum { kLogitOne = 4096, kLogitMax = (1 << 23) - 1, kPageLog2 = 20 };

static const sac_attention_format_t kInt16 = {SAC_ELEMENT_INT16, false};

size_t sac_softmax_q_bytes(const sac_softmax_t *s) {
  return s->problem->batches * s->problem->queries * s->problem->q_heads * 2 * s->d_k;
}

size_t sac_softmax_k_bytes(const sac_softmax_t *s) {
  return s->problem->batches * s->problem->k_heads * s->problem->keys * s->k_bytes;
}

size_t sac_softmax_v_bytes(const sac_softmax_t *s) {
  return s->problem->batches * s->problem->v_heads * s->problem->keys * s->v_bytes;
}

size_t sac_softmax_bias_bytes(const sac_softmax_t *s) {
  return s->bias == SAC_BIAS_NONE ? 0 : s->bias_shape[0] * s->bias_shape[1] * s->bias_shape[2] * s->bias_bytes;
}

void sac_softmax_pack_q(const sac_softmax_t *s, uint8_t *out) {
  const sac_problem_t *p = s->problem;
  for (size_t row = 0; row < p->batches * p->queries * p->q_heads; row++) {
    const size_t h = row % p->q_heads, i = row / p->q_heads % p->queries, b = row / p->q_heads / p->queries;
    // The multiplier of a score has no sign: a negative scale is Q's.
    const double unit = copysign(s->q_unit[b * s->groups + h / s->group], s->chain.scale);
    sac_format_pack(kInt16, (uint32_t)p->d_k, s->q + ((b * p->q_heads + h) * p->queries + i) * p->d_k, unit,
                    out + row * 2 * s->d_k);
  }
}

void sac_softmax_pack_k(const sac_softmax_t *s, uint8_t *out) {
  const sac_problem_t *p = s->problem;
  for (size_t row = 0; row < p->batches * p->k_heads * p->keys; row++) {
    sac_format_pack(s->formats.k, (uint32_t)p->d_k, s->k + row * p->d_k, s->k_unit[row / p->keys],
                    out + row * s->k_bytes);
  }
}

void sac_softmax_pack_v(const sac_softmax_t *s, uint8_t *out) {
  const sac_problem_t *p = s->problem;
  for (size_t row = 0; row < p->batches * p->v_heads * p->keys; row++) {
    sac_format_pack(s->formats.v, (uint32_t)p->d_v, s->v + row * p->d_v, s->v_unit[row / p->keys],
                    out + row * s->v_bytes);
  }
}

static int32_t bias_word(double bias) {
  if (bias == -INFINITY) return INT32_MIN;
  const double steps = nearbyint(bias * LOG2E * kLogitOne);
  return steps > kLogitMax ? kLogitMax : steps < -kLogitMax ? -kLogitMax : (int32_t)steps;
}

void sac_softmax_pack_bias(const sac_softmax_t *s, uint8_t *out) {
  const size_t *shape = s->bias_shape;
  memset(out, 0, sac_softmax_bias_bytes(s));
  for (size_t row = 0; row < shape[0] * shape[1] * shape[2]; row++) {
    const size_t i = row % shape[2], h = row / shape[2] % shape[1], b = row / shape[2] / shape[1];
    uint8_t *at = out + row * s->bias_bytes;
    for (size_t j = 0; j < s->bias_keys; j++) {
      const double mask = sac_problem_mask(s->problem, b, h, i, j);
      if (s->bias == SAC_BIAS_WORDS) {
        const int32_t word = bias_word(mask + s->chain.add - sac_softmax_bias_offset(s, b, h, i));
        memcpy(at + 4 * j, &word, 4);
      } else if (mask == 0.0) {
        at[j / 8] |= (uint8_t)(1u << (j % 8));
      }
    }
  }
}

// One page a sequence holds all of its keys.
typedef struct {
  uint32_t *q_begin, *page_begin, *pages, *length;
} sequences_t;

static bool make_sequences(const sac_softmax_t *s, bool whole, sequences_t *q) {
  const size_t count = s->problem->batches + 1;
  q->q_begin = calloc(4 * count, sizeof *q->q_begin);
  if (!q->q_begin) return false;
  q->page_begin = q->q_begin + count;
  q->pages = q->page_begin + count;
  q->length = q->pages + count;
  for (size_t b = 0; b < count; b++) {
    q->q_begin[b] = (uint32_t)(b * s->problem->queries);
    q->page_begin[b] = q->pages[b] = (uint32_t)b;
    q->length[b] = b == s->problem->batches ? 0 : whole ? (uint32_t)s->problem->keys : s->length[b];
  }
  return true;
}

static int32_t window(int64_t side, int32_t open) { return side < 0 || side > SAC_BAND_OPEN ? open : (int32_t)side; }

sac_attention_plan_t *sac_softmax_plan(sac_device_t *device, const sac_softmax_t *s, bool whole, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  sequences_t q;
  if (!make_sequences(s, whole, &q)) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
    return NULL;
  }
  const int32_t right = window(p->right_window, SAC_BAND_OPEN), high = s->chain.causal && right > 0 ? 0 : right;
  const int32_t low = -window(p->left_window, SAC_BAND_OPEN);
  const uint32_t keys = (uint32_t)p->keys, row = s->bias_bytes;
  const size_t *shape = s->bias_shape;
  const sac_attention_setup_t setup = {
      .sequences = (uint32_t)p->batches,
      .q_heads = (uint32_t)p->q_heads,
      .k_heads = (uint32_t)p->k_heads,
      .v_heads = (uint32_t)p->v_heads,
      .d_k = s->d_k,
      .d_v = s->d_v,
      .k_format = s->formats.k,
      .v_format = s->formats.v,
      .q_begin = q.q_begin,
      .length = q.length,
      .page_log2 = kPageLog2,
      .page_begin = q.page_begin,
      .pages = q.pages,
      .k_cache = {s->k_bytes * keys * (uint32_t)p->k_heads, s->k_bytes * keys, s->k_bytes},
      .v_cache = {s->v_bytes * keys * (uint32_t)p->v_heads, s->v_bytes * keys, s->v_bytes},
      .logit = s->logit,
      .head = s->head,
      .score_function = SAC_ATTENTION_SOFTMAX,
      .first_position = s->position,
      .band = !whole && (low != -SAC_BAND_OPEN || high != SAC_BAND_OPEN),
      .band_low = low,
      .band_high = high,
      .bias = whole ? SAC_BIAS_NONE : s->bias,
      .bias_position_stride = shape[2] > 1 ? row : 0,
      .bias_head_stride = shape[1] > 1 ? row * (uint32_t)shape[2] : 0,
      .bias_sequence_stride = shape[0] > 1 ? row * (uint32_t)(shape[1] * shape[2]) : 0};
  sac_attention_plan_t *plan = sac_attention_plan(device, &setup, error);
  if (!plan) sac_error_in(error, p->path);
  free(q.q_begin);
  return plan;
}
