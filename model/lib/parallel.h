// SPDX-License-Identifier: Apache-2.0
// Runs independent pieces of work on all cores. The pieces are handed out in order; results must not depend on which
// thread takes which piece.
#ifndef SACCADE_MODEL_PARALLEL_H
#define SACCADE_MODEL_PARALLEL_H

#include <stddef.h>

// Calls work(context, i) once for each i in 0..count-1; returns when all are done.
void sac_parallel(size_t count, void (*work)(void *context, size_t i), void *context);

#endif
