// SPDX-License-Identifier: Apache-2.0
// Attention within buckets of alike queries and keys, and a sample of the rest. From: Han et al., HyperAttention,
// ICLR 2024, and its published code. Queries and keys are sorted by the hash of their signs; each block of sorted
// queries sees its block of sorted keys exactly, and `samples` keys for all others, whose log-sum-exp is raised by
// ln(keys / samples); both are merged. Causal: halves of the sequence, recursively; the lower left quarter as above.
#ifndef SACCADE_GOLDEN_BUCKETS_H
#define SACCADE_GOLDEN_BUCKETS_H

#include <stdbool.h>

#include "softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t projections, block, samples;
  size_t exact_below;        // non-causal: exact below so many queries; causal: up to so many keys
  const double *projection;  // [d_k][projections]
  // Draws places among the sorted keys, 0 .. keys - 1, with replacement; the same for all queries of a call.
  void (*draw)(void *context, size_t keys, size_t samples, size_t *place);
  void *context;
} sac_golden_buckets_t;

// Bucket of a vector: the signs (positive: 1) of its projections as a number n, then n ^ (n >> 1).
unsigned sac_golden_bucket(const sac_golden_buckets_t *buckets, size_t d, const double *x);

// The head's mask and sink are not used. False without memory.
bool sac_golden_bucketed(const sac_golden_buckets_t *buckets, const sac_golden_head_t *head, bool causal, double *out,
                         double *lse);

#ifdef __cplusplus
}
#endif

#endif
