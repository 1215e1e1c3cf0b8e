// SPDX-License-Identifier: Apache-2.0
// Sums, maxima and arg-max of attention (contract: columns.h).
#include "columns.h"

#include <math.h>
#include <stdint.h>

void sac_golden_columns(const sac_golden_head_t *head, const double *lse, const sac_golden_columns_t *columns) {
  for (size_t j = 0; j < head->keys; j++) columns->sum[j] = columns->largest[j] = 0.0;
  for (size_t i = 0; i < head->queries; i++) {
    double best = -INFINITY;
    columns->best[i] = SIZE_MAX;
    for (size_t j = 0; j < head->keys; j++) {
      double s = head->scale * sac_golden_dot(head->d_k, head->q + i * head->d_k, head->k + j * head->d_k);
      if (head->logit != NULL) s = head->logit(head->context, i, j, s);
      if (s == -INFINITY) continue;
      if (s > best) columns->best[i] = j;
      best = fmax(best, s);
      const double probability = exp(s - lse[i]);
      columns->sum[j] += probability;
      columns->largest[j] = fmax(columns->largest[j], probability);
    }
  }
}
