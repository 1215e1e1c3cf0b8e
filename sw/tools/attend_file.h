// SPDX-License-Identifier: Apache-2.0
// Outputs of attention as they are stored: in the type of the problem's Q, in a safetensors file.
#ifndef SACCADE_TOOLS_ATTEND_FILE_H
#define SACCADE_TOOLS_ATTEND_FILE_H

#include "../attention/problem.h"

// Replaces every value by the one that its stored type holds.
void sac_outputs_round(sac_outputs_t *outputs, sac_dtype_t dtype);
// What storing a value near x costs at most.
double sac_stored_error(sac_dtype_t dtype, double x);
// Rounded outputs, whole or not at all.
bool sac_outputs_write(const sac_outputs_t *outputs, sac_dtype_t dtype, const char *path, sac_error_t *error);

#endif
