// SPDX-License-Identifier: Apache-2.0
// Rows of attention in float64, the parts that all definitions share: product, softmax, merge of partial results.
// Logits are natural (base e); -infinity is a key that is off.
#ifndef SACCADE_GOLDEN_SOFTMAX_H
#define SACCADE_GOLDEN_SOFTMAX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

double sac_golden_dot(size_t count, const double *left, const double *right);

// Softmax of a row beside a sink, a logit without a value (-infinity: none). Returns the logarithm of the sum of
// exponentials, sink included. No key on: all zeros (not NaN), and the sink is returned.
double sac_golden_softmax(size_t count, const double *logit, double sink, double *probability);

// One head, from the definition: out[i] = softmax_j(logit(i, j, scale * q_i . k_j)) v_j.
typedef struct {
  size_t queries, keys, d_k, d_v;
  const double *q, *k, *v;  // [queries][d_k], [keys][d_k], [keys][d_v]
  double scale, sink;       // sink -infinity: none
  double (*logit)(const void *context, size_t i, size_t j, double s);  // NULL: s
  const void *context;
} sac_golden_head_t;

// out [queries][d_v]; lse [queries] or NULL.
void sac_golden_head(const sac_golden_head_t *head, double *out, double *lse);

// Merge of partial results (lse_n, out_n) of one row over disjoint sets of keys, with affine weights
// lse'_n = a_n * lse_n + b_n (a, b NULL: 1, 0): out = sum softmax_n(lse') out_n. A part without keys (-infinity)
// counts nothing, whatever a and b. Returns the merged lse'.
double sac_golden_merge(size_t parts, size_t width, const double *lse, const double *a, const double *b,
                        const double *const *part, double *out);

#ifdef __cplusplus
}
#endif

#endif
