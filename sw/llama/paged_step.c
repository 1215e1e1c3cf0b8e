// SPDX-License-Identifier: Apache-2.0
// A step of the paged attention of a Llama: rows into the caches, a plan, a run (contract: paged.h). Sequences grow
// together, so page n of sequence s is number n * sequences + s: pages are handed out as they are needed.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../attention/format.h"
#include "paged_private.h"

#define LOG2E 1.44269504088896340736
enum { kLogitOne = 4096 };
static const sac_attention_format_t kInt16 = {SAC_ELEMENT_INT16, false};

// What a step needs on the host.
typedef struct {
  uint8_t *rows;  // [rows][heads] of q, then of y
  uint32_t *q_begin, *page_begin, *length, *pages;
  int32_t *position;
  sac_attention_logit_t *logit;
  double *x;      // a row
} room_t;

static sac_attention_cache_t cache_of(const sac_llama_paged_t *p, uint32_t bytes) {
  const uint32_t head = bytes << p->setup.page_log2;
  return (sac_attention_cache_t){head * p->llama->kv_heads, head, bytes};
}

// A row of K or V of token `token` of sequence `s`: value e is (x - mean) / factor.
static bool append(sac_llama_paged_t *p, const sac_llama_step_t *step, bool is_k, uint32_t row, uint32_t head,
                   const double *x, double *conditioned, sac_error_t *error) {
  const sac_llama_t *l = p->llama;
  const uint32_t token = step->first + row % step->tokens, s = row / step->tokens;
  const size_t n = (size_t)step->layer * l->kv_heads + head;
  const sac_attention_format_t format = is_k ? p->setup.k : p->setup.v;
  const double unit = is_k ? p->k_unit[n] : p->v_unit[n], *factor = is_k ? p->k_factor : p->v_factor;
  const sac_attention_cache_t cache = cache_of(p, is_k ? p->k_bytes : p->v_bytes);
  const uint32_t page = (token >> p->setup.page_log2) * p->setup.sequences + s;
  const uint32_t in_page = token & ((1u << p->setup.page_log2) - 1);
  for (uint32_t c = 0; c < l->head_dim; c++) {
    conditioned[c] = (x[c] - (is_k ? p->mean[n * l->head_dim + c] : 0.0)) / factor[n * l->head_dim + c];
    p->clipped += fabs(conditioned[c]) > unit * sac_format_value_max(format);
  }
  uint8_t *packed = (uint8_t *)(conditioned + l->head_dim);
  sac_format_pack(format, l->head_dim, conditioned, unit, packed);
  const uint32_t address = (is_k ? p->k : p->v) + step->layer * (uint32_t)sac_llama_cache_bytes(p, cache.token_stride) +
                           page * cache.page_stride + head * cache.head_stride + in_page * cache.token_stride;
  return sac_device_write(p->device, address, packed, cache.token_stride, error);
}

// Queries of a sequence and key head: the unit at which the factor from score to logit is a number of 16 bits exactly.
static bool put_queries(sac_llama_paged_t *p, const sac_llama_step_t *step, uint32_t s, uint32_t head, const double *q,
                        room_t *r, sac_error_t *error) {
  const sac_llama_t *l = p->llama;
  const uint32_t share = l->heads / l->kv_heads, d = l->head_dim;
  const size_t n = (size_t)step->layer * l->kv_heads + head, begin = (size_t)s * step->tokens * l->heads + head * share;
  const double *factor = p->k_factor + n * d, ratio = p->k_unit[n] / sqrt(d) * LOG2E * kLogitOne;
  double largest = 1e-30;
  for (uint32_t i = 0; i < step->tokens * share; i++) {
    const double *x = q + (begin + i / share * l->heads + i % share) * d;
    for (uint32_t c = 0; c < d; c++) largest = fmax(largest, fabs(x[c] * factor[c]));
  }
  sac_factor_t multiplier;
  if (!sac_factor_above(largest / INT16_MAX * ratio, &multiplier))
    return sac_error_set(error, SAC_ERR_CAPACITY, "llama: layer %u, key head %u: queries of %g are too large",
                         step->layer, head, largest);
  sac_attention_logit_t *logit = &r->logit[s * l->kv_heads + head];
  logit->scale = multiplier.multiplier;
  logit->scale_shift = multiplier.shift;
  logit->output_shift = p->output_shift;
  for (uint32_t i = 0; i < step->tokens * share; i++) {
    const size_t row = begin + i / share * l->heads + i % share;
    for (uint32_t c = 0; c < d; c++) r->x[c] = q[row * d + c] * factor[c];
    sac_format_pack(kInt16, d, r->x, sac_factor_value(multiplier) / ratio, r->rows + row * 2 * p->d);
  }
  return true;
}

static bool put_all(sac_llama_paged_t *p, const sac_llama_step_t *step, const double *q, const double *k,
                    const double *v, room_t *r, sac_error_t *error) {
  const sac_llama_t *l = p->llama;
  bool good = true;
  for (uint32_t n = 0; good && n < step->sequences * step->tokens * l->kv_heads; n++) {
    const uint32_t row = n / l->kv_heads, head = n % l->kv_heads;
    good = append(p, step, true, row, head, k + n * l->head_dim, r->x, error) &&
           append(p, step, false, row, head, v + n * l->head_dim, r->x, error);
  }
  for (uint32_t n = 0; good && n < step->sequences * l->kv_heads; n++)
    good = put_queries(p, step, n / l->kv_heads, n % l->kv_heads, q, r, error);
  const size_t bytes = (size_t)step->sequences * step->tokens * l->heads * 2 * p->d;
  return good && sac_device_write(p->device, p->q, r->rows, bytes, error);
}

static sac_attention_plan_t *plan(sac_llama_paged_t *p, const sac_llama_step_t *step, room_t *r, sac_error_t *error) {
  const sac_llama_t *l = p->llama;
  const uint32_t keys = step->first + step->tokens, pages = (keys + (1u << p->setup.page_log2) - 1)
                                                            >> p->setup.page_log2;
  for (uint32_t s = 0; s <= step->sequences; s++) {
    r->q_begin[s] = s * step->tokens;
    r->page_begin[s] = s * pages;
    r->length[s] = keys;
    r->position[s] = (int32_t)step->first;
  }
  for (uint32_t i = 0; i < pages * step->sequences; i++)
    r->pages[i] = i % pages * p->setup.sequences + i / pages;
  const sac_attention_setup_t setup = {.sequences = step->sequences,
                                       .q_heads = l->heads,
                                       .k_heads = l->kv_heads,
                                       .v_heads = l->kv_heads,
                                       .d_k = p->d,
                                       .d_v = p->d,
                                       .k_format = p->setup.k,
                                       .v_format = p->setup.v,
                                       .q_begin = r->q_begin,
                                       .length = r->length,
                                       .page_log2 = p->setup.page_log2,
                                       .page_begin = r->page_begin,
                                       .pages = r->pages,
                                       .k_cache = cache_of(p, p->k_bytes),
                                       .v_cache = cache_of(p, p->v_bytes),
                                       .logit = r->logit,
                                       .score_function = SAC_ATTENTION_SOFTMAX,
                                       .first_position = r->position,
                                       .band = true,
                                       .band_low = -SAC_BAND_OPEN,
                                       .band_high = 0};
  return sac_attention_plan(p->device, &setup, error);
}

static bool run(sac_llama_paged_t *p, const sac_llama_step_t *step, room_t *r, double *y, sac_error_t *error) {
  const sac_llama_t *l = p->llama;
  const uint32_t head_stride = 2 * p->d, token_stride = l->heads * head_stride;
  const sac_attention_tensors_t tensors = {
      .q = {p->q, token_stride, head_stride},
      .y = {p->y, token_stride, head_stride},
      .k = p->k + step->layer * (uint32_t)sac_llama_cache_bytes(p, p->k_bytes),
      .v = p->v + step->layer * (uint32_t)sac_llama_cache_bytes(p, p->v_bytes)};
  sac_attention_plan_t *made = plan(p, step, r, error);
  const size_t rows = (size_t)step->sequences * step->tokens * l->heads;
  const bool good = made && sac_attention_run(made, &tensors, error) && sac_queue_wait(p->device, error) &&
                    sac_device_read(p->device, p->y, r->rows, rows * head_stride, error);
  sac_attention_plan_free(made);
  for (size_t i = 0; good && i < rows * l->head_dim; i++) {
    const size_t row = i / l->head_dim, c = i % l->head_dim;
    const size_t n = (size_t)step->layer * l->kv_heads + row % l->heads * l->kv_heads / l->heads;
    int16_t value;
    memcpy(&value, r->rows + row * head_stride + 2 * c, sizeof value);
    y[i] = ldexp(value, -p->output_shift) * p->v_unit[n] * p->v_factor[n * l->head_dim + c];
  }
  return good;
}

bool sac_llama_paged_attend(void *self, const sac_llama_step_t *step, const double *q, const double *k, const double *v,
                            double *y, sac_error_t *error) {
  sac_llama_paged_t *p = self;
  const sac_llama_t *l = p->llama;
  const size_t rows = (size_t)step->sequences * step->tokens * l->heads, count = step->sequences + 1;
  if (step->sequences > p->setup.sequences)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "llama: %u sequences, expected at most %u", step->sequences,
                         p->setup.sequences);
  room_t r = {.rows = malloc(rows * 2 * p->d + 1),
              .q_begin = malloc((3 * count + (size_t)p->pages * step->sequences) * sizeof *r.q_begin),
              .position = malloc(count * sizeof *r.position),
              .logit = calloc(count * l->kv_heads, sizeof *r.logit),
              .x = malloc(l->head_dim * sizeof *r.x + p->k_bytes + p->v_bytes)};
  bool good = r.rows && r.q_begin && r.position && r.logit && r.x;
  if (good) {
    r.page_begin = r.q_begin + count;
    r.length = r.page_begin + count;
    r.pages = r.length + count;
    good = put_all(p, step, q, k, v, &r, error) && run(p, step, &r, y, error);
  } else {
    sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for %zu rows", rows);
  }
  free(r.rows);
  free(r.q_begin);
  free(r.position);
  free(r.logit);
  free(r.x);
  return good;
}
