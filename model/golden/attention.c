// SPDX-License-Identifier: Apache-2.0
// Softmax attention in float64, and the choice of the operator (contract: attention.h).
#include "attention.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

static double modified(const sac_modifier_t *modifier, double s, size_t i, size_t j) {
  switch (modifier->kind) {
    case SAC_MODIFIER_NONE: return s;
    case SAC_MODIFIER_ADD: return s + modifier->value;
    case SAC_MODIFIER_MUL: return s * modifier->value;
    case SAC_MODIFIER_SOFTCAP: return modifier->value * tanh(s / modifier->value);
    case SAC_MODIFIER_RELATIVE: return s + (double)i - (double)j;
    case SAC_MODIFIER_CAUSAL: return j <= i ? s : -INFINITY;
  }
  return s;
}

void sac_golden_logits(const sac_problem_t *p, size_t batch, size_t head, size_t query, sac_qk_mode_t stage,
                       double *row) {
  const double *q = p->q.data + ((batch * p->q_heads + head) * p->queries + query) * p->d_k;
  const double *k = p->k.data + (batch * p->k_heads + head * p->k_heads / p->q_heads) * p->keys * p->d_k;
  const double slope = p->slope.data == NULL ? 0.0 : p->slope.data[head];
  for (size_t j = 0; j < p->keys; j++) {
    double s = p->scale * sac_golden_dot(p->d_k, q, k + j * p->d_k);
    if (stage >= SAC_QK_SOFTCAPPED && p->softcap > 0.0) s = p->softcap * tanh(s / p->softcap);
    if (stage >= SAC_QK_BIASED) {
      s = modified(&p->score_modifier, s, query, j);
      s += slope * ((double)j - ((double)query + (double)p->offset[batch]));
      s += sac_problem_mask(p, batch, head, query, j);
      if (!sac_problem_visible(p, batch, query, j)) s = -INFINITY;
    }
    row[j] = s;
  }
}

// One query of one head; `logit` and `probability` are rows of keys to work in.
static void evaluate(const sac_problem_t *p, sac_outputs_t *outputs, size_t batch, size_t head, size_t query,
                     double *logit, double *probability) {
  const size_t row = (batch * p->q_heads + head) * p->queries + query;
  sac_golden_logits(p, batch, head, query, SAC_QK_PROBABILITIES, logit);
  const double sink = p->sink.data == NULL ? -INFINITY : p->sink.data[head];
  const double lse = sac_golden_softmax(p->keys, logit, sink, probability);
  sac_array_t *out = sac_outputs_find(outputs, "LSE");
  if (out != NULL) out->data[row] = lse;
  out = sac_outputs_find(outputs, "qk_matmul_output");
  if (out != NULL && p->qk_mode == SAC_QK_PROBABILITIES) {
    memcpy(out->data + row * p->keys, probability, p->keys * sizeof *probability);
  } else if (out != NULL) {
    sac_golden_logits(p, batch, head, query, p->qk_mode, out->data + row * p->keys);
  }
  out = sac_outputs_find(outputs, "Y");
  if (out == NULL) out = sac_outputs_find(outputs, "O");
  if (out == NULL) return;
  const double *v = p->v.data + (batch * p->v_heads + head * p->v_heads / p->q_heads) * p->keys * p->d_v;
  double *y = sac_output_row(p, out, batch, head, query);
  for (size_t j = 0; j < p->keys; j++) {
    const double weight = modified(&p->probability_modifier, probability[j], query, j);
    for (size_t e = 0; e < p->d_v; e++) y[e] += weight * v[j * p->d_v + e];
  }
}

bool sac_golden_softmax_attention(const sac_problem_t *p, sac_outputs_t *outputs, sac_error_t *error) {
  double *logit = calloc(2 * p->keys + 1, sizeof *logit);
  if (logit == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for a row", p->path);
  for (size_t row = 0; row < p->batches * p->q_heads * p->queries; row++) {
    evaluate(p, outputs, row / p->queries / p->q_heads, row / p->queries % p->q_heads, row % p->queries, logit,
             logit + p->keys);
  }
  free(logit);
  sac_array_t *present = sac_outputs_find(outputs, "present_key");
  if (present != NULL) memcpy(present->data, p->k.data, p->k.count * sizeof *p->k.data);
  present = sac_outputs_find(outputs, "present_value");
  if (present != NULL) memcpy(present->data, p->v.data, p->v.count * sizeof *p->v.data);
  return true;
}

bool sac_golden_attention(const sac_problem_t *problem, sac_outputs_t *outputs, sac_error_t *error) {
  switch (problem->op) {
    case SAC_OP_ATTENTION:
    case SAC_OP_FLEX_ATTENTION: return sac_golden_softmax_attention(problem, outputs, error);
    case SAC_OP_LINEAR_ATTENTION: return sac_golden_linear_attention(problem, outputs, error);
    case SAC_OP_ROTARY: sac_golden_rotary(problem, outputs); return true;
  }
  return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: no such operator", problem->path);
}
