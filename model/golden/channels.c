// SPDX-License-Identifier: Apache-2.0
// Keys without their weakest channels (contract: channels.h).
#include "channels.h"

#include <math.h>

static double mean_square(size_t rows, size_t d, const double *x, size_t channel) {
  double sum = 0.0;
  for (size_t i = 0; i < rows; i++) sum += x[i * d + channel] * x[i * d + channel];
  return sum / (double)rows;
}

void sac_golden_channels(size_t d, size_t rows, const double *q, size_t keys, const double *k, double share,
                         uint8_t *kept) {
  const size_t dropped = (size_t)floor((double)d * share);
  for (size_t c = 0; c < d; c++) {
    const double own = mean_square(rows, d, q, c) * mean_square(keys, d, k, c);
    size_t weaker = 0;
    for (size_t o = 0; o < d; o++) {
      const double other = mean_square(rows, d, q, o) * mean_square(keys, d, k, o);
      weaker += other < own || (other == own && o > c);
    }
    kept[c] = weaker >= dropped;
  }
}

typedef struct {
  const sac_golden_head_t *head;
  const uint8_t *kept;
  size_t recent;
} pruning_t;

static double pruned(const void *context, size_t i, size_t j, double s) {
  const pruning_t *p = context;
  const sac_golden_head_t *head = p->head;
  if (j + p->recent >= head->keys) return s;
  double sum = 0.0;
  for (size_t c = 0; c < head->d_k; c++) {
    if (p->kept[c] != 0) sum += head->q[i * head->d_k + c] * head->k[j * head->d_k + c];
  }
  return head->scale * sum;
}

void sac_golden_pruned(const sac_golden_head_t *head, const uint8_t *kept, size_t recent, double *out, double *lse) {
  const pruning_t context = {head, kept, recent};
  sac_golden_head_t masked = *head;
  masked.logit = pruned;
  masked.context = &context;
  sac_golden_head(&masked, out, lse);
}
