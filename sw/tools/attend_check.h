// SPDX-License-Identifier: Apache-2.0
// Outputs of attention against golden and against what the file expects, element by element, each within the error that
// the formats allow it.
#ifndef SACCADE_TOOLS_ATTEND_CHECK_H
#define SACCADE_TOOLS_ATTEND_CHECK_H

#include <jansson.h>

#include "../attention/solve.h"

// `solution` holds rounded outputs (attend_file.h). Prints a line an output; adds `golden` and, where the file has
// values, `file` to the stats; golden.format_snr_db: that of float64 attention on K and V in these formats. False, with
// the worst element, if one lies outside its bound.
bool sac_attend_check(const sac_problem_t *problem, const sac_solve_formats_t *formats, const sac_solution_t *solution,
                      json_t *stats, sac_error_t *error);

#endif
