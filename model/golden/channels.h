// SPDX-License-Identifier: Apache-2.0
// Keys without their weakest channels. From: Xu et al., ThinK, ICLR 2025. One choice for the group of query heads that
// shares the keys; the newest keys keep all channels, and logits are divided as if none were missing.
#ifndef SACCADE_GOLDEN_CHANNELS_H
#define SACCADE_GOLDEN_CHANNELS_H

#include <stddef.h>
#include <stdint.h>

#include "softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

// kept[c] = 0 for the floor(d * share) channels of smallest score mean(q_c^2) * mean(k_c^2), the means over the given
// rows: `rows` last queries of all heads of the group, and all keys. Among equals the later channel is dropped.
void sac_golden_channels(size_t d, size_t rows, const double *q, size_t keys, const double *k, double share,
                         uint8_t *kept);

// Attention of a head without mask, where all but the last `recent` keys are read in the kept channels only.
void sac_golden_pruned(const sac_golden_head_t *head, const uint8_t *kept, size_t recent, double *out, double *lse);

#ifdef __cplusplus
}
#endif

#endif
