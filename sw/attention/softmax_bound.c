// SPDX-License-Identifier: Apache-2.0
// How far the outputs of a softmax problem can lie from the exact ones, by the number formats (contract: softmax.h).
//
// Row i, exact weights a_j (a sink among them, with value 0) and output y. Each step of docs/attention.md, section 3
// adds: E_j     to a logit: half a unit of q and k against the other's magnitudes, rounding of L, the table and
// rounding of the
//         softcap, rounding of slope and bias, what clamping takes;
// h       to a weight: a probability is within kProbability of 1 / 65536 of the running maximum, which is at most 2
// above
//         the largest logit with its error;
// l       to the sum, o to the outputs: half a unit a tile for rescaling and for leaving 8 bits.
// So the machine's y' = (sum (a_j e^(d_j) + h_j)(v_j + dv_j) + o) / (sum (a_j e^(d_j) + h_j) + l), |d_j| <= E_j, and
//   |y' - y| <= (sum (a_j (e^E_j - 1) + h) |v_j - y| + l |y| + sum (a_j e^E_j + h) |dv_j| + o) / D,
//   D >= 1 - sum a_j (1 - e^-E_j) - n h - l.
// y' is also a mean of the v_j + dv_j (and of 0, with a sink) but for o and l, which bounds it where D comes near 0.
// Then the reciprocal (2^-16 of y') and half a unit of the output.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

#define LN2 0.69314718055994530942
#define LOG2E 1.44269504088896340736

// Errors of the function tables and of what follows them, in units of their results (16 fraction bits).
static const double kProbability = 1.7;   // pieces 0.06, nodes 0.5, rise 0.5, shift 0.5, and 65535 for 65536
static const double kTanh = 7.5;          // pieces 6.3 (second derivative 0.77, pieces of 1/32), nodes 0.5, rise 0.5
static const double kLog2 = 3.5;          // pieces 0.2, nodes 0.5, rise 0.5, the fraction cut to 16 bits 1.45
static const double kFactor = 1.0 / 65536.0;
static const double kLogitStep = LN2 / 4096.0, kLogitMost = 2047.999 * LN2;

typedef struct {
  const sac_softmax_t *s;
  const sac_problem_t *p;
  uint32_t tile;
  size_t k_groups, v_groups;        // of 32 elements in a row
  double *k_error, *v_error;        // [B][heads][keys][groups]
  double *score, *score_error;      // of a row: [keys] S before the softcap
  double *capped, *capped_error;
  double *logit, *logit_error;      // -infinity: masked
  double *weight;
} bound_t;

static size_t groups_of(size_t d) { return (d + SAC_ELEMENT_GROUP - 1) / SAC_ELEMENT_GROUP; }

static void value_errors(const double *x, size_t rows, size_t d, size_t rows_a_head, const double *unit,
                         sac_attention_format_t format, double *out) {
  for (size_t row = 0; row < rows; row++) {
    for (size_t first = 0; first < d; first += SAC_ELEMENT_GROUP, out++) {
      double largest = 0.0;
      for (size_t e = first; e < d && e < first + SAC_ELEMENT_GROUP; e++) largest = fmax(largest, fabs(x[row * d + e]));
      *out = unit[row / rows_a_head] * sac_format_error(format, largest / unit[row / rows_a_head]);
    }
  }
}

// Error of a result that the machine clamps: it is as near as before, or at the end of the range beside `value`.
static double clamped(double value, double error) { return fmax(error, fabs(value) - kLogitMost); }

// S and its error for key j.
static void bound_score(const bound_t *x, size_t b, size_t h, const double *q, size_t j) {
  const sac_problem_t *p = x->p;
  const size_t row = (b * p->k_heads + h * p->k_heads / p->q_heads) * p->keys + j;
  const double *k = x->s->k + row * p->d_k, q_error = 0.5 * x->s->q_unit[b * x->s->groups + h / x->s->group];
  double sum = 0.0, error = 0.0;
  for (size_t e = 0; e < p->d_k; e++) {
    const double k_error = x->k_error[row * x->k_groups + e / SAC_ELEMENT_GROUP];
    sum += q[e] * k[e];
    error += fabs(q[e]) * k_error + (fabs(k[e]) + k_error) * q_error;
  }
  x->score[j] = x->s->chain.scale * sum;
  x->score_error[j] = clamped(x->score[j], fabs(x->s->chain.scale) * error * (1.0 + 1e-9) + 0.5 * kLogitStep);
}

static void bound_cap(const bound_t *x, size_t j) {
  const sac_chain_t *c = &x->s->chain;
  const double s = x->score[j], e = x->score_error[j];
  x->capped[j] = s;
  x->capped_error[j] = e;
  if (!(c->cap_in > 0.0)) return;
  const double t = s / c->cap_in, dt = e / c->cap_in + fabs(t) * kFactor + 0.5 / 4096.0, h = tanh(t);
  const double dh = fmax(tanh(t + dt) - h, h - tanh(t - dt)) + kTanh / 65536.0;
  x->capped[j] = c->cap_out * h;
  x->capped_error[j] = clamped(x->capped[j], c->cap_out * dh + c->cap_out * kFactor + 0.5 * kLogitStep);
}

static void bound_logit(const bound_t *x, size_t b, size_t h, size_t i, size_t j) {
  const sac_problem_t *p = x->p;
  const double slope = (p->slope.data ? p->slope.data[h] : 0.0) + x->s->chain.slope;
  const double mask = sac_problem_mask(p, b, h, i, j),
               bias = mask + x->s->chain.add - sac_softmax_bias_offset(x->s, b, h, i);
  const double distance = (double)j - ((double)i + (double)p->offset[b]);
  const bool on = sac_problem_visible(p, b, i, j) && mask != -INFINITY && (!x->s->chain.causal || distance <= 0.0);
  double error = x->capped_error[j];
  if (slope != 0.0) error += clamped(slope * distance, 0.5 * kLogitStep + ldexp(0.5 * LN2, -24) * fabs(distance));
  if (x->s->bias == SAC_BIAS_WORDS && on) error += clamped(bias, 0.5 * kLogitStep);
  x->logit[j] = on ? x->capped[j] + slope * distance + bias : -INFINITY;
  x->logit_error[j] = on ? clamped(x->logit[j], error) : 0.0;
}

// a (e^E - 1); also where a is nothing and E is large.
static double raised(const bound_t *x, size_t j, double lse) {
  const double error = x->logit_error[j];
  return error < 1.0 ? x->weight[j] * expm1(error) : exp(x->logit[j] - lse + error) - x->weight[j];
}

// What the weights of a row are known to.
typedef struct {
  double lse, log_error;   // of the exact row; error of the machine's
  double weight;           // h
  double sum, output;      // l; o in units of V
  double least;            // D
  bool none, sink;
} row_t;

static row_t bound_weights(const bound_t *x, size_t b, size_t h) {
  const sac_problem_t *p = x->p;
  row_t r = {.lse = -INFINITY};
  const double sink = p->sink.data ? p->sink.data[h] : -INFINITY;
  double largest = sink, top = sink, total = 0.0, lost = 0.0, gained = 0.0;
  size_t keys = 0;
  for (size_t j = 0; j < p->keys; j++) {
    if (x->logit[j] == -INFINITY) continue;
    keys++;
    largest = fmax(largest, x->logit[j]);
    top = fmax(top, x->logit[j] + x->logit_error[j]);
  }
  r.sink = sink > -INFINITY;
  r.none = keys == 0;
  if (keys == 0 && !r.sink) return r;
  for (size_t j = 0; j < p->keys; j++) total += exp(x->logit[j] - largest);
  r.lse = largest + log(total + exp(sink - largest));
  const double above = 2.0 * exp(top - r.lse), tiles = (double)((x->s->length[b] + x->tile - 1) / x->tile);
  r.weight = kProbability / 65536.0 * above;
  r.sum = (0.5 * tiles + (r.sink ? 1.0 : 0.0)) / 65536.0 * above;
  r.output = tiles / 256.0 * above;
  for (size_t j = 0; j < p->keys; j++) {
    x->weight[j] = exp(x->logit[j] - r.lse);
    if (x->logit[j] == -INFINITY) continue;
    lost += x->weight[j] * -expm1(-x->logit_error[j]);
    gained += raised(x, j, r.lse);
  }
  const double rest = (double)keys * r.weight + r.sum;
  r.least = 1.0 - lost - rest;
  const double below = r.least > 0.0 ? -log(r.least) : INFINITY, most = top - r.lse + log((double)keys + 1.0);
  r.log_error = fmax(log1p(gained + rest), below) + kLog2 * LN2 / 65536.0;
  // Where weights are that uncertain: the sum has at least half the largest exponential, and at most one a key.
  if (r.log_error > fabs(most) + top - largest + 2.0) r.log_error = fabs(most) + top - largest + 2.0;
  return r;
}

static void bound_y(const bound_t *x, size_t b, size_t h, const row_t *r, const double *y, double *out) {
  const sac_problem_t *p = x->p;
  const size_t head = b * p->v_heads + h * p->v_heads / p->q_heads;
  const double *v = x->s->v + head * p->keys * p->d_v, unit = x->s->v_unit[head];
  const double step = ldexp(unit, -x->s->logit[b * x->s->groups + h / x->s->group].output_shift);
  for (size_t e = 0; e < p->d_v; e++) {
    double near = 0.0, far = r->sink ? fabs(y[e]) : 0.0, coarse = 0.0, coarsest = 0.0;
    for (size_t j = 0; j < p->keys; j++) {
      if (x->logit[j] == -INFINITY) continue;
      const double change = raised(x, j, r->lse) + r->weight, off = fabs(v[j * p->d_v + e] - y[e]);
      const double v_error = x->v_error[(head * p->keys + j) * x->v_groups + e / SAC_ELEMENT_GROUP];
      near += change * off;
      coarse += (x->weight[j] + change) * v_error;
      far = fmax(far, off);
      coarsest = fmax(coarsest, v_error);
    }
    const double tiles = (double)((x->s->length[b] + x->tile - 1) / x->tile);
    double bound = r->least > 0.0 ? (near + r->sum * fabs(y[e]) + coarse + r->output * unit) / r->least : INFINITY;
    bound = fmin(bound, (far + coarsest) * (1.0 + tiles / 32768.0) + tiles * (fabs(y[e]) / 65536.0 + unit / 64.0));
    out[e] = r->none ? 0.0 : bound + (fabs(y[e]) + bound) * (kFactor + 1e-6 / 4.0) + 0.5 * step;
  }
}

static void bound_row(bound_t *x, sac_outputs_t *bounds, double *y, size_t b, size_t h, size_t i) {
  const sac_problem_t *p = x->p;
  const size_t row = (b * p->q_heads + h) * p->queries + i;
  const sac_modifier_t *m = &p->probability_modifier;
  for (size_t j = 0; j < p->keys; j++) {
    bound_score(x, b, h, x->s->q + row * p->d_k, j);
    bound_cap(x, j);
    bound_logit(x, b, h, i, j);
  }
  const row_t r = bound_weights(x, b, h);
  sac_array_t *lse = sac_outputs_find(bounds, "LSE"), *qk = sac_outputs_find(bounds, "qk_matmul_output");
  sac_array_t *out = sac_outputs_find(bounds, "Y");
  if (!out) out = sac_outputs_find(bounds, "O");
  if (lse) lse->data[row] = r.none && !r.sink ? 0.0 : r.log_error;
  double *const probability = x->capped_error;  // no longer needed as such, unless it is what is asked for
  if (qk && p->qk_mode != SAC_QK_PROBABILITIES) {
    const double *from = p->qk_mode == SAC_QK_RAW          ? x->score_error
                         : p->qk_mode == SAC_QK_SOFTCAPPED ? x->capped_error
                                                           : x->logit_error;
    memcpy(qk->data + row * p->keys, from, p->keys * sizeof *from);
  }
  for (size_t j = 0; j < p->keys; j++) {
    // Neither is a probability above 1, but for the errors of its sum.
    const double error = x->weight[j] * expm1(x->logit_error[j] + r.log_error) + 1e-15;
    probability[j] = x->logit[j] == -INFINITY ? 0.0 : fmin(error, 1.0 + kProbability / 32768.0 + kLog2 / 65536.0);
  }
  if (qk && p->qk_mode == SAC_QK_PROBABILITIES)
    memcpy(qk->data + row * p->keys, probability, p->keys * sizeof *probability);
  if (!out) return;
  const size_t head = b * p->v_heads + h * p->v_heads / p->q_heads;
  const double factor = m->kind == SAC_MODIFIER_MUL ? fabs(m->value) : 1.0;
  double *to = sac_output_row(p, out, b, h, i);
  if (m->kind == SAC_MODIFIER_NONE || m->kind == SAC_MODIFIER_MUL) {
    memset(y, 0, p->d_v * sizeof *y);
    for (size_t j = 0; j < p->keys; j++) {
      for (size_t e = 0; x->logit[j] > -INFINITY && e < p->d_v; e++)
        y[e] += x->weight[j] * x->s->v[(head * p->keys + j) * p->d_v + e];
    }
    bound_y(x, b, h, &r, y, to);
    for (size_t e = 0; e < p->d_v; e++) to[e] *= factor * x->s->v_scale[head * p->d_v + e];
    return;
  }
  // The modifiers are no steeper than 1, and V is exact on the host.
  for (size_t j = 0; j < p->keys; j++) {
    for (size_t e = 0; e < p->d_v; e++) to[e] += probability[j] * fabs(p->v.data[(head * p->keys + j) * p->d_v + e]);
  }
}

bool sac_softmax_bound(const sac_softmax_t *s, uint32_t tile, sac_outputs_t *bounds, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  bound_t x = {.s = s, .p = p, .tile = tile, .k_groups = groups_of(p->d_k), .v_groups = groups_of(p->d_v)};
  const size_t k_rows = p->batches * p->k_heads * p->keys, v_rows = p->batches * p->v_heads * p->keys;
  const size_t k_errors = k_rows * x.k_groups, v_errors = v_rows * x.v_groups;
  double *room = malloc((k_errors + v_errors + 7 * p->keys + p->d_v + 1) * sizeof *room);
  if (!room) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for error bounds", p->path);
  x.k_error = room;
  x.v_error = x.k_error + k_errors;
  x.score = x.v_error + v_errors;
  x.score_error = x.score + p->keys;
  x.capped = x.score_error + p->keys;
  x.capped_error = x.capped + p->keys;
  x.logit = x.capped_error + p->keys;
  x.logit_error = x.logit + p->keys;
  x.weight = x.logit_error + p->keys;
  if (p->keys) {
    value_errors(s->k, k_rows, p->d_k, p->keys, s->k_unit, s->formats.k, x.k_error);
    value_errors(s->v, v_rows, p->d_v, p->keys, s->v_unit, s->formats.v, x.v_error);
  }
  for (size_t row = 0; row < p->batches * p->q_heads * p->queries; row++) {
    bound_row(&x, bounds, x.weight + p->keys, row / p->queries / p->q_heads, row / p->queries % p->q_heads,
              row % p->queries);
  }
  free(room);
  return true;
}
