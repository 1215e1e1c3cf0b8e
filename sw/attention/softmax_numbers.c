// SPDX-License-Identifier: Apache-2.0
// Units, multipliers, heads, lengths of a softmax problem (contract: softmax.h). Units of K and V follow from the
// largest value of a head and the format. The unit of Q is then the least at which the multiplier from score to logit
// is a number of 16 bits exactly: the scale costs no error.
#include <math.h>
#include <stdlib.h>

#include "softmax.h"

#define LOG2E 1.44269504088896340736
enum { kLogitOne = 4096, kOutputShiftMax = 15, kSinkLargest = 4095, kSinkOne = 65536 };
static const double kBiasFar = 500.0;  // of 1419

static double largest_of(const double *x, size_t count) {
  double largest = 0.0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(x[i]));
  return largest;
}

// A unit for values up to `largest`; any where all are zero. The last bits keep the largest value in range.
static double unit_for(double largest, int32_t most) { return (largest > 0.0 ? largest : 1.0) / most * (1.0 + 1e-14); }

// No sum of d_k products leaves 40 bits.
static int32_t q_most(const sac_softmax_t *s) {
  const int64_t most = ((INT64_C(1) << 39) - 1) / ((int64_t)s->d_k * (sac_format_value_max(s->formats.k) + 1));
  return most > INT16_MAX ? INT16_MAX : (int32_t)most;
}

static void make_chain(const sac_problem_t *p, sac_chain_t *c) {
  *c = (sac_chain_t){.scale = p->scale, .cap_in = p->softcap, .cap_out = p->softcap, .causal = p->causal};
  const double value = p->score_modifier.value;
  switch (p->score_modifier.kind) {
    case SAC_MODIFIER_NONE: break;
    case SAC_MODIFIER_ADD: c->add = value; break;
    case SAC_MODIFIER_RELATIVE: c->slope = -1.0; break;
    case SAC_MODIFIER_CAUSAL: c->causal = true; break;
    case SAC_MODIFIER_SOFTCAP: c->cap_in = c->cap_out = value; break;
    case SAC_MODIFIER_MUL:  // a negative factor goes to the score: tanh is odd
      c->scale *= c->cap_in > 0.0 ? copysign(1.0, value) : value;
      c->cap_out *= fabs(value);
      break;
  }
}

static bool make_softcap(const sac_softmax_t *s, sac_attention_logit_t *l, sac_error_t *error) {
  const sac_chain_t *c = &s->chain;
  if (!(c->cap_in > 0.0)) return true;
  sac_factor_t in, out;
  // Logit .12 in base 2 to .12 of the cap; tanh .16 of the cap to logit.
  if (!sac_factor_nearest(1.0 / LOG2E / c->cap_in, &in) ||
      !sac_factor_nearest(c->cap_out * LOG2E * kLogitOne / 65536.0, &out)) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED,
                         "%s: softcap %g is beyond what the machine's factors can say (2e-5 to 7e5)", s->problem->path,
                         c->cap_in);
  }
  l->softcap = true;
  l->softcap_scale = in.multiplier;
  l->softcap_shift = in.shift;
  l->softcap_out = out.multiplier;
  l->softcap_out_shift = out.shift;
  return true;
}

// Context g of batch b: its unit of Q, and its multipliers.
static bool make_logit(sac_softmax_t *s, size_t b, size_t g, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  const size_t rows = s->group * p->queries;
  const double *q = s->q + (b * p->q_heads + g * s->group) * p->queries * p->d_k;
  const double k_unit = s->k_unit[b * p->k_heads + g * p->k_heads / s->groups];
  double *unit = &s->q_unit[b * s->groups + g];
  sac_attention_logit_t *l = &s->logit[b * s->groups + g];
  *unit = unit_for(largest_of(q, rows * p->d_k), q_most(s));
  const double ratio =
      k_unit * fabs(s->chain.scale) * LOG2E * kLogitOne;  // a step of the score, in logit steps, for a unit of 1
  sac_factor_t factor = {0};
  if (ratio > 0.0 && !sac_factor_above(*unit * ratio, &factor)) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED,
                         "%s: batch %zu, head %zu: scores reach %.3g and beyond, the machine's logits 2048 (base 2)",
                         p->path, b, g * s->group, *unit * q_most(s) * ratio / kLogitOne);
  }
  if (ratio > 0.0) *unit = sac_factor_value(factor) / ratio;
  l->scale = factor.multiplier;
  l->scale_shift = factor.shift;
  while (l->output_shift < kOutputShiftMax && sac_format_value_max(s->formats.v) << (l->output_shift + 1) <= INT16_MAX)
    l->output_shift++;
  l->output_shift += s->y_shift[b * p->v_heads + g * p->v_heads / s->groups];
  return make_softcap(s, l, error);
}

static bool make_head(sac_softmax_t *s, size_t h, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  sac_attention_head_t *head = &s->head[h];
  const double slope = ldexp(((p->slope.data ? p->slope.data[h] : 0.0) + s->chain.slope) * LOG2E, 24);
  if (!(fabs(slope) < INT32_MAX)) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED, "%s: head %zu: a slope of %g a key is beyond the machine's 88",
                         p->path, h, slope / ldexp(LOG2E, 24));
  }
  head->slope = (int32_t)nearbyint(slope);
  if (!p->sink.data) return true;
  const double sink = p->sink.data[h] * LOG2E, top = ceil(sink);
  if (top > kSinkLargest)
    return sac_error_set(error, SAC_ERR_UNSUPPORTED, "%s: head %zu: a sink of %g is beyond the machine's 2838", p->path,
                         h, p->sink.data[h]);
  if (top < -kSinkLargest) return true;  // less than any logit by far: nothing
  const double sum = nearbyint(kSinkOne * exp2(sink - top));
  head->sink_max = (int16_t)top;
  head->sink_sum = (uint16_t)(sum < kSinkOne ? sum : kSinkOne - 1);
  return true;
}

double sac_softmax_bias_offset(const sac_softmax_t *s, size_t b, size_t h, size_t i) {
  const size_t *shape = s->bias_shape;
  if (!s->bias_offset) return 0.0;
  return s
      ->bias_offset[((shape[0] > 1 ? b : 0) * shape[1] + (shape[1] > 1 ? h : 0)) * shape[2] + (shape[2] > 1 ? i : 0)];
}

// Masks of large negative numbers: a row that has nothing else differs from one of zeros by a constant.
static bool make_offsets(sac_softmax_t *s, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  const size_t *shape = s->bias_shape;
  if (s->bias != SAC_BIAS_WORDS || p->sink.data || sac_softmax_asks_logits(p) ||
      p->probability_modifier.kind != SAC_MODIFIER_NONE)
    return true;
  s->bias_offset = calloc(shape[0] * shape[1] * shape[2] + 1, sizeof *s->bias_offset);
  if (!s->bias_offset) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  for (size_t row = 0; row < shape[0] * shape[1] * shape[2]; row++) {
    double largest = -INFINITY;
    for (size_t j = 0; j < s->bias_keys; j++) {
      largest =
          fmax(largest, sac_problem_mask(p, row / shape[2] / shape[1], row / shape[2] % shape[1], row % shape[2], j) +
                            s->chain.add);
    }
    if (fabs(largest) > kBiasFar && largest > -INFINITY) s->bias_offset[row] = largest;
  }
  return true;
}

static void make_rows(sac_softmax_t *s) {
  const sac_problem_t *p = s->problem;
  const int64_t far = SAC_BAND_OPEN / 2;  // beyond any key: more makes no difference
  for (size_t b = 0; b < p->batches; b++) {
    size_t length = p->length[b];
    if (p->mask_kind != SAC_MASK_NONE && length > p->mask.shape[3]) length = p->mask.shape[3];
    s->length[b] = length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
    s->position[b] = (int32_t)(p->offset[b] > far ? far : p->offset[b] < -far ? -far : p->offset[b]);
  }
  s->bias_keys = p->keys;
  for (int i = 0; i < 3; i++) s->bias_shape[i] = 1;
  if (p->mask_kind != SAC_MASK_NONE) {
    s->bias_keys = p->mask.shape[3];
    for (int i = 0; i < 3; i++) s->bias_shape[i] = p->mask.shape[i];
  }
  s->bias = p->mask_kind == SAC_MASK_FLOAT || s->chain.add != 0.0 ? SAC_BIAS_WORDS
            : p->mask_kind == SAC_MASK_BOOL                       ? SAC_BIAS_BITS
                                                                  : SAC_BIAS_NONE;
  s->bias_bytes = (uint32_t)(4 * (s->bias == SAC_BIAS_WORDS ? s->bias_keys : (s->bias_keys + 31) / 32));
}

static bool make_numbers(sac_softmax_t *s, sac_error_t *error) {
  const sac_problem_t *p = s->problem;
  for (size_t i = 0; i < p->batches * p->k_heads; i++) {
    s->k_unit[i] =
        unit_for(largest_of(s->k + i * p->keys * p->d_k, p->keys * p->d_k), sac_format_value_max(s->formats.k));
  }
  for (size_t i = 0; i < p->batches * p->v_heads; i++) {
    s->v_unit[i] =
        unit_for(largest_of(s->v + i * p->keys * p->d_v, p->keys * p->d_v), sac_format_value_max(s->formats.v));
  }
  for (size_t i = 0; i < p->batches * s->groups; i++) {
    if (!make_logit(s, i / s->groups, i % s->groups, error)) return false;
  }
  for (size_t h = 0; h < p->q_heads; h++) {
    if (!make_head(s, h, error)) return false;
  }
  make_rows(s);
  return make_offsets(s, error);
}

bool sac_softmax_open(sac_softmax_t *s, const sac_problem_t *p, const sac_solve_formats_t *formats, const bool *guess,
                      sac_error_t *error) {
  *s = (sac_softmax_t){
      .problem = p, .formats = *formats, .guess = guess, .d_k = sac_pad16(p->d_k), .d_v = sac_pad16(p->d_v)};
  s->groups = sac_attention_groups((uint32_t)p->q_heads, (uint32_t)p->k_heads, (uint32_t)p->v_heads);
  s->group = (uint32_t)p->q_heads / s->groups;
  s->k_bytes = sac_attention_row_bytes(formats->k, s->d_k);
  s->v_bytes = sac_attention_row_bytes(formats->v, s->d_v);
  make_chain(p, &s->chain);
  s->q_unit = calloc(p->batches * s->groups + 1, sizeof *s->q_unit);
  s->k_unit = calloc(p->batches * p->k_heads + 1, sizeof *s->k_unit);
  s->v_unit = calloc(p->batches * p->v_heads + 1, sizeof *s->v_unit);
  s->logit = calloc(p->batches * s->groups + 1, sizeof *s->logit);
  s->head = calloc(p->q_heads + 1, sizeof *s->head);
  s->length = calloc(p->batches + 1, sizeof *s->length);
  s->position = calloc(p->batches + 1, sizeof *s->position);
  bool good = s->q_unit && s->k_unit && s->v_unit && s->logit && s->head && s->length && s->position;
  if (!good) sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  good = good && sac_softmax_condition(s, error) && make_numbers(s, error);
  if (!good) sac_softmax_close(s);
  return good;
}

void sac_softmax_close(sac_softmax_t *s) {
  free(s->q);
  free(s->k);
  free(s->v);
  free(s->v_scale);
  free(s->k_scale);
  free(s->y_shift);
  free(s->k_mean);
  free(s->q_unit);
  free(s->k_unit);
  free(s->v_unit);
  free(s->logit);
  free(s->head);
  free(s->bias_offset);
  free(s->length);
  free(s->position);
  *s = (sac_softmax_t){0};
}
