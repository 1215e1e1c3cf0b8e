// SPDX-License-Identifier: Apache-2.0
// Linear attention with the second-order Taylor series of the exponential as its kernel, causal.
// From: Arora et al., Based (Simple linear attention language models), 2024. (Its other layers are windows: masks.h.)
#ifndef SACCADE_GOLDEN_TAYLOR_H
#define SACCADE_GOLDEN_TAYLOR_H

#include "softmax.h"

#ifdef __cplusplus
extern "C" {
#endif

// out_i = sum_{j <= offset + i} w v_j / (sum w + epsilon), w = 1 + s + s^2 / 2, s = scale * q_i . k_j. The head's logit
// and sink are not used.
void sac_golden_taylor(const sac_golden_head_t *head, size_t offset, double epsilon, double *out);

// The same as a recurrence: feature map phi(x) [1 + d + d * d] with phi(q) . phi(k) = w, state S += phi(k) v^T,
// z += phi(k), out = phi(q)^T S / (phi(q)^T z + epsilon). x is scaled by the square root of the scale.
void sac_golden_taylor_features(size_t d, double scale, const double *x, double *phi);

#ifdef __cplusplus
}
#endif

#endif
