// SPDX-License-Identifier: Apache-2.0
// A sample of the rows of a softmax problem, computed on the host to see how wide its outputs are (contract:
// softmax.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

enum { kRows = 32 };  // of each head, the first and the last among them

static double logit_of(const sac_softmax_t *s, size_t b, size_t h, size_t i, size_t j) {
  const sac_problem_t *p = s->problem;
  const sac_chain_t *c = &s->chain;
  const double *q = p->q.data + ((b * p->q_heads + h) * p->queries + i) * p->d_k;
  const double *k = p->k.data + ((b * p->k_heads + h * p->k_heads / p->q_heads) * p->keys + j) * p->d_k;
  const double distance = (double)j - ((double)i + (double)p->offset[b]), mask = sac_problem_mask(p, b, h, i, j);
  if (mask == -INFINITY || !sac_problem_visible(p, b, i, j) || (c->causal && distance > 0.0)) return -INFINITY;
  double x = 0.0;
  for (size_t e = 0; e < p->d_k; e++) x += q[e] * k[e];
  x *= c->scale;
  if (c->cap_in > 0.0) x = c->cap_out * tanh(x / c->cap_in);
  return x + c->add + mask + distance * (c->slope + (p->slope.data ? p->slope.data[h] : 0.0));
}

// Row i; `weight` [keys] and `y` [d_v] are room.
static void add_row(const sac_softmax_t *s, size_t b, size_t h, size_t i, double *weight, double *y, double *largest) {
  const sac_problem_t *p = s->problem;
  const double *v = s->v + (b * p->v_heads + h * p->v_heads / p->q_heads) * p->keys * p->d_v;
  double top = p->sink.data ? p->sink.data[h] : -INFINITY;
  for (size_t j = 0; j < p->keys; j++) top = fmax(top, weight[j] = logit_of(s, b, h, i, j));
  if (top == -INFINITY) return;
  double sum = p->sink.data ? exp(p->sink.data[h] - top) : 0.0;
  memset(y, 0, p->d_v * sizeof *y);
  for (size_t j = 0; j < p->keys; j++) {
    const double w = exp(weight[j] - top);
    sum += w;
    for (size_t e = 0; w > 0.0 && e < p->d_v; e++) y[e] += w * v[j * p->d_v + e];
  }
  for (size_t e = 0; e < p->d_v; e++) largest[e] = fmax(largest[e], fabs(y[e]) / sum);
}

bool sac_softmax_sample(const sac_softmax_t *s, double *largest, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  double *room = malloc((p->keys + p->d_v + 1) * sizeof *room);
  if (!room) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  const size_t rows = p->queries < kRows ? p->queries : kRows;
  for (size_t n = 0; n < p->batches * p->q_heads * rows; n++) {
    const size_t b = n / rows / p->q_heads, h = n / rows % p->q_heads,
                 i = rows > 1 ? n % rows * (p->queries - 1) / (rows - 1) : 0;
    add_row(s, b, h, i, room, room + p->keys, largest + (b * p->v_heads + h * p->v_heads / p->q_heads) * p->d_v);
  }
  free(room);
  return true;
}
