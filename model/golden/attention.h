// SPDX-License-Identifier: Apache-2.0
// Truth for attention problems: every operator evaluated in float64 from its definition, with no notion of tiles, pages
// or integers. From: ONNX operators Attention, LinearAttention, RotaryEmbedding and FlexAttention (preview).
#ifndef SACCADE_GOLDEN_ATTENTION_H
#define SACCADE_GOLDEN_ATTENTION_H

#include "sw/attention/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

// Fills the outputs (made by sac_outputs_make) of a problem of any operator.
bool sac_golden_attention(const sac_problem_t *problem, sac_outputs_t *outputs, sac_error_t *error);

// The operators; what an output is not asked for is not computed.
bool sac_golden_softmax_attention(const sac_problem_t *problem, sac_outputs_t *outputs, sac_error_t *error);
bool sac_golden_linear_attention(const sac_problem_t *problem, sac_outputs_t *outputs, sac_error_t *error);
void sac_golden_rotary(const sac_problem_t *problem, sac_outputs_t *outputs);

// Logits of a query: row [keys], as they are at a stage (SAC_QK_PROBABILITIES: what the softmax gets).
void sac_golden_logits(const sac_problem_t *problem, size_t batch, size_t head, size_t query, sac_qk_mode_t stage,
                       double *row);

#ifdef __cplusplus
}
#endif

#endif
