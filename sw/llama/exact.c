// SPDX-License-Identifier: Apache-2.0
// Float64 attention with caches [layer][sequence][token][kv_head][channel] (contract: exact.h).
#include "exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sac_llama_exact {
  const sac_llama_t *llama;
  uint32_t sequences;
  double *k, *v, *q_most, *weight;
};

sac_llama_exact_t *sac_llama_exact(const sac_llama_t *l, uint32_t sequences, sac_error_t *error) {
  const size_t channels = (size_t)l->layers * l->kv_heads * l->head_dim, count = channels * sequences * l->max_tokens;
  sac_llama_exact_t *e = calloc(1, sizeof *e);
  double *room = calloc(2 * count + channels + l->max_tokens + 1, sizeof *room);
  if (!e || !room) {
    free(e);
    free(room);
    sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for %u sequences", sequences);
    return NULL;
  }
  *e = (sac_llama_exact_t){l, sequences, room, room + count, room + 2 * count, room + 2 * count + channels};
  return e;
}

void sac_llama_exact_free(sac_llama_exact_t *e) {
  if (e) free(e->k);
  free(e);
}

static size_t place(const sac_llama_exact_t *e, uint32_t layer, uint32_t sequence, uint32_t token) {
  const sac_llama_t *l = e->llama;
  return (((size_t)layer * e->sequences + sequence) * l->max_tokens + token) * l->kv_heads * l->head_dim;
}

// One query on the first `keys` keys; k and v: of its key head, `stride` apart.
static void attend_row(const sac_llama_exact_t *e, const double *q, const double *k, const double *v, size_t stride,
                       uint32_t keys, double *y) {
  const uint32_t d = e->llama->head_dim;
  double top = -INFINITY, sum = 0.0;
  for (uint32_t j = 0; j < keys; j++) {
    double s = 0.0;
    for (uint32_t c = 0; c < d; c++) s += q[c] * k[j * stride + c];
    e->weight[j] = s / sqrt(d);
    top = fmax(top, e->weight[j]);
  }
  memset(y, 0, d * sizeof *y);
  for (uint32_t j = 0; j < keys; j++) {
    const double w = exp(e->weight[j] - top);
    sum += w;
    for (uint32_t c = 0; c < d; c++) y[c] += w * v[j * stride + c];
  }
  for (uint32_t c = 0; c < d; c++) y[c] /= sum;
}

static bool attend(void *self, const sac_llama_step_t *step, const double *q, const double *k, const double *v,
                   double *y, sac_error_t *error) {
  sac_llama_exact_t *e = self;
  const sac_llama_t *l = e->llama;
  const size_t stride = (size_t)l->kv_heads * l->head_dim, share = l->heads / l->kv_heads;
  if (step->sequences > e->sequences)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "llama: %u sequences, expected at most %u", step->sequences,
                         e->sequences);
  for (uint32_t row = 0; row < step->sequences * step->tokens; row++) {
    const uint32_t s = row / step->tokens, token = step->first + row % step->tokens;
    const size_t begin = place(e, step->layer, s, 0), at = begin + token * stride;
    memcpy(e->k + at, k + row * stride, stride * sizeof *k);
    memcpy(e->v + at, v + row * stride, stride * sizeof *v);
    for (uint32_t h = 0; h < l->heads; h++) {
      const size_t head = h / share * l->head_dim, offset = ((size_t)row * l->heads + h) * l->head_dim;
      double *most = e->q_most + step->layer * stride + head;
      for (uint32_t c = 0; c < l->head_dim; c++) most[c] = fmax(most[c], fabs(q[offset + c]));
      attend_row(e, q + offset, e->k + begin + head, e->v + begin + head, stride, token + 1, y + offset);
    }
  }
  return true;
}

sac_llama_attention_t sac_llama_exact_attention(sac_llama_exact_t *exact) {
  return (sac_llama_attention_t){exact, attend};
}

bool sac_llama_ranges(const sac_llama_exact_t *e, uint32_t tokens, bool centred, sac_llama_ranges_t *r,
                      sac_error_t *error) {
  const sac_llama_t *l = e->llama;
  const size_t stride = (size_t)l->kv_heads * l->head_dim, channels = l->layers * stride;
  double *room = calloc(4 * channels + 1, sizeof *room);
  *r = (sac_llama_ranges_t){room, room + channels, room + 2 * channels, room + 3 * channels};
  if (!room) return sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for ranges");
  memcpy(r->q, e->q_most, channels * sizeof *r->q);
  for (size_t n = 0; n < channels; n++) {
    const uint32_t layer = (uint32_t)(n / stride), rows = e->sequences * tokens;
    double sum = 0.0;
    for (uint32_t i = 0; centred && i < rows; i++) sum += e->k[place(e, layer, i / tokens, i % tokens) + n % stride];
    r->mean[n] = sum / rows;
    for (uint32_t i = 0; i < rows; i++) {
      const size_t at = place(e, layer, i / tokens, i % tokens) + n % stride;
      r->k[n] = fmax(r->k[n], fabs(e->k[at] - r->mean[n]));
      r->v[n] = fmax(r->v[n], fabs(e->v[at]));
    }
  }
  return true;
}

void sac_llama_ranges_free(sac_llama_ranges_t *ranges) {
  free(ranges->mean);
  *ranges = (sac_llama_ranges_t){0};
}
