// SPDX-License-Identifier: Apache-2.0
// Cycles of MATMUL (rtl/dot/sac_matmul.sv, sac_matmul_output.sv): rows of X come in batches into two halves of the x
// RAM, each batch takes an operation for each group of outputs, two out slots take turns, rows of a slot leave one by one.
#ifndef SACCADE_MODEL_DOT_TIMING_H
#define SACCADE_MODEL_DOT_TIMING_H

#include "../saccade_model.h"

// False if memory runs out.
bool sac_matmul_cycles(const sac_machine_config_t *config, const uint32_t *d, uint64_t *cycles);

#endif
