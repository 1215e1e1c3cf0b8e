// SPDX-License-Identifier: Apache-2.0
// Layers of a Llama (contract: llama.h): RMSNorm, attention with rotated pairs of channels, SwiGLU.
#include "llama.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kEpsilon = 1e-5;

// y [rows][out] = x [rows][in] * w^T.
static void multiply(size_t rows, size_t in, size_t out, const double *x, const double *w, double *y) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t o = 0; o < out; o++) {
      double sum = 0.0;
      for (size_t i = 0; i < in; i++) sum += x[row * in + i] * w[o * in + i];
      y[row * out + o] = sum;
    }
  }
}

static void normalise(size_t rows, size_t dim, const double *x, const double *weight, double *y) {
  for (size_t row = 0; row < rows; row++) {
    double sum = 0.0;
    for (size_t i = 0; i < dim; i++) sum += x[row * dim + i] * x[row * dim + i];
    const double factor = 1.0 / sqrt(sum / (double)dim + kEpsilon);
    for (size_t i = 0; i < dim; i++) y[row * dim + i] = x[row * dim + i] * factor * weight[i];
  }
}

static void add(size_t count, const double *x, double *to) {
  for (size_t i = 0; i < count; i++) to[i] += x[i];
}

// Pairs of neighbouring channels of every head turn with the place of the token.
static void rotate(const sac_llama_t *l, const sac_llama_step_t *step, uint32_t heads, double *x) {
  for (uint32_t row = 0; row < step->sequences * step->tokens; row++) {
    const double place = step->first + row % step->tokens;
    for (uint32_t i = 0; i < l->head_dim; i += 2) {
      const double angle = place * pow(l->rope_theta, -(double)i / l->head_dim), c = cos(angle), s = sin(angle);
      for (uint32_t h = 0; h < heads; h++) {
        double *pair = x + ((size_t)row * heads + h) * l->head_dim + i;
        const double a = pair[0], b = pair[1];
        pair[0] = a * c - b * s;
        pair[1] = a * s + b * c;
      }
    }
  }
}

// Room for the rows of one step.
typedef struct {
  double *x, *norm, *q, *k, *v, *y, *out, *gate, *up;
} rows_t;

static bool attend(const sac_llama_t *l, const sac_llama_attention_t *attention, const sac_llama_step_t *step,
                   rows_t *r, sac_error_t *error) {
  const size_t rows = (size_t)step->sequences * step->tokens, n = step->layer, dim = l->dim;
  const size_t q_dim = (size_t)l->heads * l->head_dim, kv_dim = (size_t)l->kv_heads * l->head_dim;
  normalise(rows, dim, r->x, l->rms_att + n * dim, r->norm);
  multiply(rows, dim, q_dim, r->norm, l->wq + n * q_dim * dim, r->q);
  multiply(rows, dim, kv_dim, r->norm, l->wk + n * kv_dim * dim, r->k);
  multiply(rows, dim, kv_dim, r->norm, l->wv + n * kv_dim * dim, r->v);
  rotate(l, step, l->heads, r->q);
  rotate(l, step, l->kv_heads, r->k);
  if (!attention->attend(attention->self, step, r->q, r->k, r->v, r->y, error)) return false;
  multiply(rows, q_dim, dim, r->y, l->wo + n * dim * q_dim, r->out);
  add(rows * dim, r->out, r->x);
  return true;
}

static void feed_forward(const sac_llama_t *l, size_t rows, size_t n, rows_t *r) {
  const size_t dim = l->dim, hidden = l->hidden;
  normalise(rows, dim, r->x, l->rms_ffn + n * dim, r->norm);
  multiply(rows, dim, hidden, r->norm, l->w1 + n * hidden * dim, r->gate);
  multiply(rows, dim, hidden, r->norm, l->w3 + n * hidden * dim, r->up);
  for (size_t i = 0; i < rows * hidden; i++) r->gate[i] *= r->up[i] / (1.0 + exp(-r->gate[i]));
  multiply(rows, hidden, dim, r->gate, l->w2 + n * dim * hidden, r->out);
  add(rows * dim, r->out, r->x);
}

bool sac_llama_forward(const sac_llama_t *l, const sac_llama_attention_t *attention, uint32_t sequences,
                       uint32_t first, uint32_t tokens, const int32_t *token, double *logits, sac_error_t *error) {
  const size_t rows = (size_t)sequences * tokens, q_dim = (size_t)l->heads * l->head_dim;
  const size_t kv_dim = (size_t)l->kv_heads * l->head_dim;
  if (tokens > l->max_tokens || first > l->max_tokens - tokens)
    return sac_error_set(error, SAC_ERR_CAPACITY, "llama: tokens to number %llu, the model has %u",
                         (unsigned long long)first + tokens, l->max_tokens);
  double *room = malloc((rows * (3 * l->dim + 2 * q_dim + 2 * kv_dim + 2 * l->hidden) + 1) * sizeof *room);
  if (!room) return sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for %zu rows", rows);
  rows_t r = {.x = room};
  r.norm = r.x + rows * l->dim;
  r.out = r.norm + rows * l->dim;
  r.q = r.out + rows * l->dim;
  r.y = r.q + rows * q_dim;
  r.k = r.y + rows * q_dim;
  r.v = r.k + rows * kv_dim;
  r.gate = r.v + rows * kv_dim;
  r.up = r.gate + rows * l->hidden;
  bool good = true;
  for (size_t row = 0; good && row < rows; row++) {
    if (token[row] < 0 || (uint32_t)token[row] >= l->vocab)
      good = sac_error_set(error, SAC_ERR_ARGUMENT, "llama: token %d, expected 0 to %u", token[row], l->vocab - 1);
    else memcpy(r.x + row * l->dim, l->tok_emb + (size_t)token[row] * l->dim, l->dim * sizeof *r.x);
  }
  for (uint32_t n = 0; good && n < l->layers; n++) {
    const sac_llama_step_t step = {n, sequences, first, tokens};
    good = attend(l, attention, &step, &r, error);
    if (good) feed_forward(l, rows, n, &r);
  }
  if (good) {
    normalise(rows, l->dim, r.x, l->rms_final, r.norm);
    multiply(rows, l->dim, l->vocab, r.norm, l->tok_emb, logits);
  }
  free(room);
  return good;
}
