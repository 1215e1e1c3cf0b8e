// SPDX-License-Identifier: Apache-2.0
// Chunks of linear attention (contract: linear_chunk.h; why: linear.h).
#include "linear_chunk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Nats by which decays may stretch the operands of a chunk.
static const double kStretch = 1.0;
// A 16-bit product or result that its bound fills, with room for rounding.
static const double kFull = 32600.0;
enum { kShiftMax = 47, kTileParts = 256 };

static size_t group_of(const sac_problem_t *p) { return p->q_heads / p->k_heads; }

static double decay_of(const sac_problem_t *p, size_t row, size_t c) {
  if (!p->gated) return 0.0;
  const size_t width = p->decay.shape[3];
  return p->decay.data[row * width + (width > 1 ? c : 0)];
}

// S takes in a token: decay, delta rule, update. `value` [d_v]: what was written.
static void take(const sac_problem_t *p, size_t row, double *state, double *value) {
  const double *k = p->k.data + row * p->d_k, *v = p->v.data + row * p->d_v;
  for (size_t c = 0; c < p->d_k; c++) {
    const double factor = exp(decay_of(p, row, c));
    for (size_t e = 0; e < p->d_v; e++) state[c * p->d_v + e] *= factor;
  }
  for (size_t e = 0; e < p->d_v; e++) {
    double old = 0.0;
    for (size_t c = 0; p->delta && c < p->d_k; c++) old += k[c] * state[c * p->d_v + e];
    value[e] = p->delta ? p->beta.data[row] * (v[e] - old) : v[e];
  }
  for (size_t c = 0; c < p->d_k; c++) {
    for (size_t e = 0; e < p->d_v; e++) state[c * p->d_v + e] += k[c] * value[e];
  }
}

// Tokens from `first` on whose summed decays stay within kStretch.
static size_t tokens_of(const sac_problem_t *p, size_t row, size_t first, double *sum) {
  size_t tokens = 1;
  memset(sum, 0, p->d_k * sizeof *sum);
  for (; tokens < kChunkTokens && first + tokens < p->queries; tokens++) {
    double most = 0.0;
    for (size_t c = 0; c < p->d_k; c++) most = fmax(most, fabs(sum[c] += decay_of(p, row + tokens, c)));
    if (most > kStretch) break;
  }
  return tokens;
}

size_t sac_chunk_count(const sac_problem_t *p) {
  double *sum = calloc(p->d_k + 1, sizeof *sum);
  size_t chunks = 0;
  for (size_t n = 0; sum && n < p->batches * p->k_heads; n++) {
    for (size_t first = 0; first < p->queries; chunks++) first += tokens_of(p, n * p->queries + first, first, sum);
  }
  const bool good = sum != NULL;
  free(sum);
  return good ? chunks : 0;
}

// Keys and values of the state as the chunk's first token has decayed it.
static void put_state(const sac_problem_t *p, size_t row, const double *state, sac_chunk_t *x) {
  double longest = 0.0;
  for (size_t i = 0; i < x->tokens * p->d_k; i++) longest = fmax(longest, fabs(p->k.data[row * p->d_k + i]));
  const double length = longest > 0.0 ? longest : 1.0;  // as large as other keys: units suit both
  for (size_t c = 0; c < x->states; c++) {
    x->k[c * p->d_k + c] = length;
    const double factor = exp(decay_of(p, row, c)) / length;
    for (size_t e = 0; e < p->d_v; e++) x->v[c * p->d_v + e] = state[c * p->d_v + e] * factor;
  }
}

bool sac_chunk_make(const sac_problem_t *p, size_t batch, size_t head, size_t first, double *state, sac_chunk_t *x,
                    sac_error_t *error) {
  const size_t group = group_of(p), row = (batch * p->k_heads + head) * p->queries + first;
  double *sum = calloc(p->d_k + 1, sizeof *sum);
  if (!sum) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  *x = (sac_chunk_t){.batch = batch, .head = head, .first = first, .tokens = tokens_of(p, row, first, sum)};
  for (size_t i = 0; i < p->d_k * p->d_v && !x->states; i++) x->states = state[i] != 0.0 ? p->d_k : 0;
  x->keys = x->states + x->tokens;
  x->q = calloc(x->tokens * group * p->d_k + 1, sizeof *x->q);
  x->k = calloc(x->keys * p->d_k + 1, sizeof *x->k);
  x->v = calloc(x->keys * p->d_v + 1, sizeof *x->v);
  const bool good = x->q && x->k && x->v;
  memset(sum, 0, p->d_k * sizeof *sum);
  if (good) put_state(p, row, state, x);
  for (size_t t = 0; good && t < x->tokens; t++) {
    const size_t key = x->states + t;
    for (size_t c = 0; c < p->d_k; c++) {
      if (t > 0) sum[c] += decay_of(p, row + t, c);
      x->k[key * p->d_k + c] = p->k.data[(row + t) * p->d_k + c] * exp(-sum[c]);
      for (size_t g = 0; g < group; g++) {
        const size_t q_row = (batch * p->q_heads + head * group + g) * p->queries + first + t;
        x->q[(t * group + g) * p->d_k + c] = p->q.data[q_row * p->d_k + c] * exp(sum[c]);
      }
    }
    take(p, row + t, state, x->v + key * p->d_v);
  }
  free(sum);
  if (good) return true;
  sac_chunk_free(x);
  return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
}

static double largest_of(const double *x, size_t count) {
  double largest = 0.0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(x[i]));
  return largest;
}

static double norm_of(const double *x, size_t count) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += x[i] * x[i];
  return sqrt(sum);
}

static double above_zero(double x) { return x > 0.0 ? x : 1.0; }

bool sac_chunk_units(const sac_problem_t *p, const sac_solve_formats_t *formats, sac_chunk_t *x, sac_error_t *error) {
  const size_t rows = x->tokens * group_of(p);
  double q_norm = 0.0, k_norm = 0.0, y_most = 0.0;
  for (size_t i = 0; i < rows; i++) q_norm = fmax(q_norm, norm_of(x->q + i * p->d_k, p->d_k));
  for (size_t j = 0; j < x->keys; j++) {
    const double norm = norm_of(x->k + j * p->d_k, p->d_k);
    k_norm = fmax(k_norm, norm);
    y_most += q_norm * norm * largest_of(x->v + j * p->d_v, p->d_v);
  }
  x->k_unit = above_zero(largest_of(x->k, x->keys * p->d_k)) / sac_format_value_max(formats->k) * (1.0 + 1e-14);
  x->v_unit = above_zero(largest_of(x->v, x->keys * p->d_v)) / sac_format_value_max(formats->v) * (1.0 + 1e-14);
  x->q_unit = above_zero(largest_of(x->q, rows * p->d_k)) / INT16_MAX * (1.0 + 1e-14);
  // No product of two rows is longer than theirs (Cauchy and Schwarz): p fills its 16 bits, then y.
  x->p_unit = above_zero(q_norm * k_norm) / kFull;
  sac_factor_t factor;
  if (!sac_factor_above(x->q_unit * x->k_unit / x->p_unit, &factor) || factor.multiplier == 0) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED,
                         "%s: batch %zu, head %zu, token %zu: numbers beyond what multipliers can say", p->path,
                         x->batch, x->head, x->first);
  }
  x->q_unit = sac_factor_value(factor) * x->p_unit / x->k_unit;
  x->logit = (sac_attention_logit_t){.scale = factor.multiplier, .scale_shift = factor.shift};
  x->y_unit = x->p_unit * x->v_unit;
  while (x->logit.output_shift < kShiftMax && y_most / x->y_unit > kFull) {
    x->logit.output_shift++;
    x->y_unit *= 2.0;
  }
  return true;
}

// Error of the product of q_t and key j.
static double product_error(const sac_problem_t *p, const sac_solve_formats_t *formats, const sac_chunk_t *x,
                            const double *q, size_t j) {
  const double *k = x->k + j * p->d_k;
  double error = 0.0;
  for (size_t first = 0; first < p->d_k; first += SAC_ELEMENT_GROUP) {
    const size_t count = p->d_k - first < SAC_ELEMENT_GROUP ? p->d_k - first : SAC_ELEMENT_GROUP;
    const double k_error = x->k_unit * sac_format_error(formats->k, largest_of(k + first, count) / x->k_unit);
    for (size_t c = first; c < first + count; c++)
      error += fabs(q[c]) * k_error + (fabs(k[c]) + k_error) * 0.5 * x->q_unit;
  }
  return error * (1.0 + 1e-9) + 0.5 * x->p_unit;
}

void sac_chunk_bound(const sac_problem_t *p, const sac_solve_formats_t *formats, const sac_chunk_t *x, uint32_t tile,
                     size_t t, size_t g, double *out) {
  const double *q = x->q + (t * group_of(p) + g) * p->d_k;
  const size_t keys = x->states + t + 1;
  // Each tile leaves 8 bits of the sum; then the output is rounded.
  const double tiles = (double)((keys + tile - 1) / tile),
               rounding = tiles * 0.5 * kTileParts * x->p_unit * x->v_unit + 0.5 * x->y_unit;
  for (size_t e = 0; e < p->d_v; e++) out[e] = rounding;
  for (size_t j = 0; j < keys; j++) {
    const double *v = x->v + j * p->d_v, *k = x->k + j * p->d_k, p_error = product_error(p, formats, x, q, j);
    double product = 0.0;
    for (size_t c = 0; c < p->d_k; c++) product += q[c] * k[c];
    for (size_t first = 0; first < p->d_v; first += SAC_ELEMENT_GROUP) {
      const size_t count = p->d_v - first < SAC_ELEMENT_GROUP ? p->d_v - first : SAC_ELEMENT_GROUP;
      const double v_error = x->v_unit * sac_format_error(formats->v, largest_of(v + first, count) / x->v_unit);
      for (size_t e = first; e < first + count; e++)
        out[e] += p_error * fabs(v[e]) + (fabs(product) + p_error) * v_error;
    }
  }
}

void sac_chunk_free(sac_chunk_t *x) {
  free(x->q);
  free(x->k);
  free(x->v);
  *x = (sac_chunk_t){0};
}
