// SPDX-License-Identifier: Apache-2.0
// A chunk of linear attention: real operands, their integers, and what errors those allow. For linear.c.
#ifndef SACCADE_ATTENTION_LINEAR_CHUNK_H
#define SACCADE_ATTENTION_LINEAR_CHUNK_H

#include "format.h"
#include "solve.h"

enum { kChunkTokens = 64 };

// One key head of one batch between two tokens. Keys: `states` unit vectors (0 where the state is zero, else d_k), then
// the tokens'.
typedef struct {
  size_t batch, head, first, tokens, states, keys;
  double *q;  // [tokens][group][d_k], decayed
  double *k;  // [keys][d_k]
  double *v;  // [keys][d_v]
  double q_unit, k_unit, v_unit, p_unit, y_unit;
  sac_attention_logit_t logit;
} sac_chunk_t;

// Chunks of all heads; 0 without memory.
size_t sac_chunk_count(const sac_problem_t *problem);
// Fills the chunk that begins at token `first`, where the state is [d_k][d_v]; leaves the state after its last token.
bool sac_chunk_make(const sac_problem_t *problem, size_t batch, size_t head, size_t first, double *state,
                    sac_chunk_t *chunk, sac_error_t *error);
// Units and multipliers.
bool sac_chunk_units(const sac_problem_t *problem, const sac_solve_formats_t *formats, sac_chunk_t *chunk,
                     sac_error_t *error);
// Largest error of each output element of token t and head g of the group, [d_v], before the problem's scale.
void sac_chunk_bound(const sac_problem_t *problem, const sac_solve_formats_t *formats, const sac_chunk_t *chunk,
                     uint32_t tile, size_t t, size_t g, double *out);
void sac_chunk_free(sac_chunk_t *chunk);

#endif
