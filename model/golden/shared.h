// SPDX-License-Identifier: Apache-2.0
// Attention over keys in several places: shared prefixes and parallel contexts. A part is a run of keys and values;
// queries stand at the end of the last part, which is causal; all others are seen whole.
#ifndef SACCADE_GOLDEN_SHARED_H
#define SACCADE_GOLDEN_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t keys;
  const double *k, *v;  // [keys][d_k], [keys][d_v]
} sac_golden_part_t;

typedef struct {
  size_t queries, d_k, d_v, parts;
  const double *q;  // [queries][d_k]
  double scale;
  const sac_golden_part_t *part;
} sac_golden_shared_t;

// One sequence of a batch with shared prefixes, of any number of levels: attention over all parts as one run of keys.
// From: Juravsky et al., Hydragen, 2024. lse may be NULL. False without memory.
bool sac_golden_shared_prefix(const sac_golden_shared_t *shared, double *out, double *lse);

// Parallel contexts: parts 0 .. parts - 2 are contexts, encoded each by itself, and are seen together at temperature T
// (logits / T), the last part (prefix and query) as usual; the contexts' log-sum-exp is multiplied by S * T, then both
// are merged. From: Yang et al., APE, ICLR 2025.
bool sac_golden_parallel_contexts(const sac_golden_shared_t *shared, double temperature, double scaling, double *out);

#ifdef __cplusplus
}
#endif

#endif
