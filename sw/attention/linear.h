// SPDX-License-Identifier: Apache-2.0
// LinearAttention on the machine, in chunks of tokens. With decays d and C_t = their sum since the chunk's first token,
//   o_t = scale * (sum over c of (q_t e^C_t)_c S_c + sum over j <= t of ((q_t e^C_t) . (k_j e^-C_j)) v'_j),
// S the state that the chunk's first token has decayed: causal attention of score function linear over d_k further
// keys, the unit vectors, whose values are the rows of S, and the chunk's own. The machine computes that, for every
// chunk and head; the host the decays' exponentials, the delta rule's values v', and the state from chunk to chunk. A
// chunk ends where decays would cost more than about a bit and a half of the formats, and after kChunkTokens.
#ifndef SACCADE_ATTENTION_LINEAR_H
#define SACCADE_ATTENTION_LINEAR_H

#include "solve.h"

// Device memory that it needs.
size_t sac_linear_memory(const sac_problem_t *problem);

bool sac_linear_solve(sac_device_t *device, const sac_problem_t *problem, const sac_solve_formats_t *formats,
                      sac_solution_t *solution, sac_error_t *error);

#endif
