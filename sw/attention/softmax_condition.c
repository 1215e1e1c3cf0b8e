// SPDX-License-Identifier: Apache-2.0
// Conditioning of Q, K and V (contract: softmax.h). With K and Q both of 16 bits, errors of both count: channel c of
// either gets the range sqrt(largest q * largest k), the best of all splits. Of fewer bits, K alone decides: each of its
// channels fills its range.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

static double largest_of(const double *x, size_t rows, size_t d, size_t c) {
  double largest = 0.0;
  for (size_t row = 0; row < rows; row++) largest = fmax(largest, fabs(x[row * d + c]));
  return largest;
}

static void scale_channel(double *x, size_t rows, size_t d, size_t c, double factor) {
  for (size_t row = 0; row < rows; row++) x[row * d + c] *= factor;
}

static void condition_v(sac_softmax_t *s) {
  const sac_problem_t *p = s->problem;
  for (size_t n = 0; n < p->batches * p->v_heads * p->d_v; n++) {
    double *v = s->v + n / p->d_v * p->keys * p->d_v;
    const double largest = largest_of(v, p->keys, p->d_v, n % p->d_v);
    s->v_scale[n] = largest;
    scale_channel(v, p->keys, p->d_v, n % p->d_v, largest > 0.0 ? 1.0 / largest : 0.0);
  }
}

static bool asks_logits(const sac_problem_t *p) {
  for (size_t i = 0; i < p->expected.count; i++) {
    if (strcmp(p->expected.output[i].name, "qk_matmul_output") == 0) return true;
  }
  return false;
}

// Only where nothing but differences of a row's logits counts.
static bool may_centre(const sac_softmax_t *s) {
  const sac_problem_t *p = s->problem;
  return !asks_logits(p) && !(s->chain.cap_in > 0.0) && !p->sink.data && p->probability_modifier.kind <= SAC_MODIFIER_MUL &&
         p->probability_modifier.kind != SAC_MODIFIER_ADD;
}

// Whether some query of the batch may see the key, as far as lengths and mask say.
static bool seen(const sac_problem_t *p, size_t b, size_t j) {
  if (j >= p->length[b]) return false;
  if (p->mask_kind == SAC_MASK_NONE) return true;
  for (size_t n = 0; n < p->mask.shape[1] * p->mask.shape[2]; n++) {
    if (sac_problem_mask(p, b, n / p->mask.shape[2], n % p->mask.shape[2], j) > -INFINITY) return true;
  }
  return false;
}

// Keys that nobody sees become zeros, so that they widen no range.
static void clear_unseen(sac_softmax_t *s, bool *unseen) {
  const sac_problem_t *p = s->problem;
  for (size_t n = 0; n < p->batches * p->keys; n++) {
    const size_t b = n / p->keys, j = n % p->keys;
    unseen[n] = !seen(p, b, j);
    for (size_t h = 0; unseen[n] && h < p->k_heads; h++) memset(s->k + ((b * p->k_heads + h) * p->keys + j) * p->d_k, 0, p->d_k * sizeof *s->k);
    for (size_t h = 0; unseen[n] && h < p->v_heads; h++) memset(s->v + ((b * p->v_heads + h) * p->keys + j) * p->d_v, 0, p->d_v * sizeof *s->v);
  }
}

static void centre(sac_softmax_t *s, size_t head, size_t c, const bool *unseen) {
  const sac_problem_t *p = s->problem;
  double *k = s->k + head * p->keys * p->d_k, sum = 0.0, count = 0.0;
  for (size_t j = 0; j < p->keys; j++) {
    sum += k[j * p->d_k + c];
    count += !unseen[j];
  }
  const double mean = count > 0.0 ? sum / count : 0.0;
  s->k_mean[head * p->d_k + c] = mean;
  for (size_t j = 0; j < p->keys; j++) k[j * p->d_k + c] -= unseen[j] ? 0.0 : mean;
}

static void condition_k(sac_softmax_t *s, size_t head, size_t c) {
  const sac_problem_t *p = s->problem;
  const size_t share = p->q_heads / p->k_heads, rows = share * p->queries;
  double *k = s->k + head * p->keys * p->d_k, *q = s->q + head * share * p->queries * p->d_k;
  const double k_most = largest_of(k, p->keys, p->d_k, c), q_most = largest_of(q, rows, p->d_k, c);
  const double range = s->formats.k.element == SAC_ELEMENT_INT16 ? sqrt(k_most * q_most) : 1.0;
  const bool some = k_most > 0.0 && q_most > 0.0 && range > 0.0;  // else the channel adds nothing
  scale_channel(k, p->keys, p->d_k, c, some ? range / k_most : 0.0);
  scale_channel(q, rows, p->d_k, c, some ? k_most / range : 0.0);
}

static double *copy_of(const sac_array_t *array) {
  double *copy = malloc((array->count + 1) * sizeof *copy);
  if (copy) memcpy(copy, array->data, array->count * sizeof *copy);
  return copy;
}

bool sac_softmax_condition(sac_softmax_t *s, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  const bool centred = may_centre(s);
  s->q = copy_of(&p->q);
  s->k = copy_of(&p->k);
  s->v = copy_of(&p->v);
  s->v_scale = calloc(p->batches * p->v_heads * p->d_v + 1, sizeof *s->v_scale);
  if (centred) s->k_mean = calloc(p->batches * p->k_heads * p->d_k + 1, sizeof *s->k_mean);
  if (!s->q || !s->k || !s->v || !s->v_scale || (centred && !s->k_mean)) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  bool *unseen = calloc(p->batches * p->keys + 1, sizeof *unseen);
  if (!unseen) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  if (!asks_logits(p)) clear_unseen(s, unseen);  // logits are asked for before the mask, too
  condition_v(s);
  for (size_t n = 0; n < p->batches * p->k_heads * p->d_k; n++) {
    if (centred) centre(s, n / p->d_k, n % p->d_k, unseen + n / p->d_k / p->k_heads * p->keys);
    condition_k(s, n / p->d_k, n % p->d_k);
  }
  free(unseen);
  return true;
}
