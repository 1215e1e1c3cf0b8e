// SPDX-License-Identifier: Apache-2.0
// RotaryEmbedding: on the host, in float64. The machine has no unit that turns pairs of channels; what attention reads
// is turned before it is quantised.
#ifndef SACCADE_ATTENTION_ROTARY_H
#define SACCADE_ATTENTION_ROTARY_H

#include "solve.h"

bool sac_rotary_solve(const sac_problem_t *problem, sac_solution_t *solution);

#endif
