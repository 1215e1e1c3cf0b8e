// SPDX-License-Identifier: Apache-2.0
// Conditioning of Q, K and V (contract: softmax.h). With K and Q both of 16 bits, errors of both count: channel c of
// either gets the range sqrt(largest q * largest k), the best of all splits. Of fewer bits, K alone decides: each of
// its channels fills its range.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

// What rows beyond the sample may have more than those in it.
static const double kMargin = 2.0;
enum { kShiftMost = 4 };

static double largest_of(const double *x, size_t rows, size_t d, size_t c) {
  double largest = 0.0;
  for (size_t row = 0; row < rows; row++) largest = fmax(largest, fabs(x[row * d + c]));
  return largest;
}

static void scale_channel(double *x, size_t rows, size_t d, size_t c, double factor) {
  for (size_t row = 0; row < rows; row++) x[row * d + c] *= factor;
}

// The most fraction bits that leave half of the channels of a head as wide as they are; `y` [d_v] their largest
// outputs.
static uint8_t shift_of(const double *most, const double *y, size_t d) {
  uint8_t shift = 0;
  for (size_t wide = d; shift < kShiftMost; shift++) {
    wide = 0;
    for (size_t e = 0; e < d; e++) wide += most[e] >= ldexp(y[e], shift + 1);
    if (2 * wide <= d) break;
  }
  return shift;
}

// Channels divided by their largest value. A guess of the range of Y gives Y more fraction bits; a channel of V whose
// outputs come nearer to its own range than that is divided by more.
static bool condition_v(sac_softmax_t *s, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  const size_t channels = p->batches * p->v_heads * p->d_v;
  double *sample = calloc(channels + 1, sizeof *sample);
  bool good = sample || sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  for (size_t n = 0; n < channels; n++) {
    s->v_scale[n] = largest_of(s->v + n / p->d_v * p->keys * p->d_v, p->keys, p->d_v, n % p->d_v);
  }
  good = good && (!s->guess || sac_softmax_sample(s, sample, error));
  for (size_t head = 0; good && s->guess && head < p->batches * p->v_heads; head++) {
    double *scale = s->v_scale + head * p->d_v, *y = sample + head * p->d_v;
    if (!s->guess[head]) continue;
    for (size_t e = 0; e < p->d_v; e++) y[e] = fmin(kMargin * y[e], scale[e]);  // no mean is above all values
    s->y_shift[head] = shift_of(scale, y, p->d_v);
    for (size_t e = 0; e < p->d_v; e++) scale[e] = fmax(scale[e], ldexp(y[e], s->y_shift[head]));
  }
  for (size_t n = 0; good && n < channels; n++) {
    const double factor = s->v_scale[n] > 0.0 ? 1.0 / s->v_scale[n] : 0.0;
    scale_channel(s->v + n / p->d_v * p->keys * p->d_v, p->keys, p->d_v, n % p->d_v, factor);
  }
  free(sample);
  return good;
}

bool sac_softmax_asks_logits(const sac_problem_t *p) {
  for (size_t i = 0; i < p->expected.count; i++) {
    if (strcmp(p->expected.output[i].name, "qk_matmul_output") == 0) return true;
  }
  return false;
}

// Only where nothing but differences of a row's logits counts.
static bool may_centre(const sac_softmax_t *s) {
  const sac_problem_t *p = s->problem;
  return !sac_softmax_asks_logits(p) && !(s->chain.cap_in > 0.0) && !p->sink.data &&
         p->probability_modifier.kind <= SAC_MODIFIER_MUL && p->probability_modifier.kind != SAC_MODIFIER_ADD;
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
    for (size_t h = 0; unseen[n] && h < p->k_heads; h++)
      memset(s->k + ((b * p->k_heads + h) * p->keys + j) * p->d_k, 0, p->d_k * sizeof *s->k);
    for (size_t h = 0; unseen[n] && h < p->v_heads; h++)
      memset(s->v + ((b * p->v_heads + h) * p->keys + j) * p->d_v, 0, p->d_v * sizeof *s->v);
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
  s->k_scale[head * p->d_k + c] = some ? k_most / range : 0.0;
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
  s->y_shift = calloc(p->batches * p->v_heads + 1, sizeof *s->y_shift);
  s->k_scale = calloc(p->batches * p->k_heads * p->d_k + 1, sizeof *s->k_scale);
  if (!s->q || !s->k || !s->v || !s->v_scale || !s->k_scale || !s->y_shift || (centred && !s->k_mean))
    return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  bool *unseen = calloc(p->batches * p->keys + 1, sizeof *unseen);
  if (!unseen) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  if (!sac_softmax_asks_logits(p)) clear_unseen(s, unseen);  // logits are asked for before the mask, too
  const bool good = condition_v(s, error);
  for (size_t n = 0; good && n < p->batches * p->k_heads * p->d_k; n++) {
    if (centred) centre(s, n / p->d_k, n % p->d_k, unseen + n / p->d_k / p->k_heads * p->keys);
    condition_k(s, n / p->d_k, n % p->d_k);
  }
  free(unseen);
  return good;
}
