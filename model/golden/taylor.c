// SPDX-License-Identifier: Apache-2.0
// Linear attention with a Taylor kernel (contract: taylor.h).
#include "taylor.h"

#include <math.h>

void sac_golden_taylor(const sac_golden_head_t *head, size_t offset, double epsilon, double *out) {
  for (size_t i = 0; i < head->queries; i++) {
    double *y = out + i * head->d_v, sum = 0.0;
    for (size_t e = 0; e < head->d_v; e++) y[e] = 0.0;
    for (size_t j = 0; j < head->keys && j <= offset + i; j++) {
      const double s = head->scale * sac_golden_dot(head->d_k, head->q + i * head->d_k, head->k + j * head->d_k);
      const double weight = 1.0 + s + 0.5 * s * s;
      sum += weight;
      for (size_t e = 0; e < head->d_v; e++) y[e] += weight * head->v[j * head->d_v + e];
    }
    for (size_t e = 0; e < head->d_v && sum + epsilon > 0.0; e++) y[e] /= sum + epsilon;
  }
}

void sac_golden_taylor_features(size_t d, double scale, const double *x, double *phi) {
  *phi++ = 1.0;
  for (size_t a = 0; a < d; a++) *phi++ = sqrt(scale) * x[a];
  for (size_t a = 0; a < d; a++) {
    for (size_t b = 0; b < d; b++) *phi++ = scale * x[a] * x[b] / sqrt(2.0);
  }
}
