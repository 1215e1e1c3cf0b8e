// SPDX-License-Identifier: Apache-2.0
// What attention says of its keys: sums and maxima of probabilities over the queries, and every query's best key.
// Evictions and droppings are made of these: accumulated attention (H2O), global and individual scores (MustDrop),
// retrieval heads (arg-max).
#ifndef SACCADE_GOLDEN_COLUMNS_H
#define SACCADE_GOLDEN_COLUMNS_H

#include "softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  double *sum, *largest;  // [keys] of the probabilities; queries without keys count nothing
  size_t *best;           // [queries] key of the largest logit, among equals the first; SIZE_MAX: no key
} sac_golden_columns_t;

// lse [queries] as sac_golden_head gives it.
void sac_golden_columns(const sac_golden_head_t *head, const double *lse, const sac_golden_columns_t *columns);

#ifdef __cplusplus
}
#endif

#endif
