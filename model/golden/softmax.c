// SPDX-License-Identifier: Apache-2.0
// Rows of attention in float64 (contract: softmax.h).
#include "softmax.h"

#include <math.h>

double sac_golden_dot(size_t count, const double *left, const double *right) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += left[i] * right[i];
  return sum;
}

double sac_golden_softmax(size_t count, const double *logit, double sink, double *probability) {
  double largest = sink;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, logit[i]);
  if (largest == -INFINITY) {
    for (size_t i = 0; i < count; i++) probability[i] = 0.0;
    return -INFINITY;
  }
  double sum = exp(sink - largest);
  for (size_t i = 0; i < count; i++) sum += probability[i] = exp(logit[i] - largest);
  for (size_t i = 0; i < count; i++) probability[i] /= sum;
  return largest + log(sum);
}

// A row at a time in two passes (logits again in the second), so that no memory is needed.
static double row(const sac_golden_head_t *head, size_t i, double *out) {
  double largest = head->sink, sum = 0.0;
  for (size_t e = 0; e < head->d_v; e++) out[e] = 0.0;
  for (int pass = 0; pass < 2; pass++) {
    if (pass == 1 && largest == -INFINITY) return -INFINITY;
    for (size_t j = 0; j < head->keys; j++) {
      double s = head->scale * sac_golden_dot(head->d_k, head->q + i * head->d_k, head->k + j * head->d_k);
      if (head->logit != NULL) s = head->logit(head->context, i, j, s);
      if (pass == 0) {
        largest = fmax(largest, s);
        continue;
      }
      const double weight = exp(s - largest);
      sum += weight;
      for (size_t e = 0; weight > 0.0 && e < head->d_v; e++) out[e] += weight * head->v[j * head->d_v + e];
    }
  }
  sum += exp(head->sink - largest);
  for (size_t e = 0; e < head->d_v; e++) out[e] /= sum;
  return largest + log(sum);
}

void sac_golden_head(const sac_golden_head_t *head, double *out, double *lse) {
  for (size_t i = 0; i < head->queries; i++) {
    const double sum = row(head, i, out + i * head->d_v);
    if (lse != NULL) lse[i] = sum;
  }
}

double sac_golden_merge(size_t parts, size_t width, const double *lse, const double *a, const double *b,
                        const double *const *part, double *out) {
  double largest = -INFINITY, sum = 0.0;
  for (size_t e = 0; e < width; e++) out[e] = 0.0;
  for (int pass = 0; pass < 2; pass++) {
    if (pass == 1 && largest == -INFINITY) return -INFINITY;
    for (size_t n = 0; n < parts; n++) {
      if (lse[n] == -INFINITY) continue;
      const double affine = (a == NULL ? 1.0 : a[n]) * lse[n] + (b == NULL ? 0.0 : b[n]);
      if (pass == 0) {
        largest = fmax(largest, affine);
        continue;
      }
      const double weight = exp(affine - largest);
      sum += weight;
      for (size_t e = 0; e < width; e++) out[e] += weight * part[n][e];
    }
  }
  for (size_t e = 0; e < width; e++) out[e] /= sum;
  return largest + log(sum);
}
