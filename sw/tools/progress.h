// SPDX-License-Identifier: Apache-2.0
// Progress of long work: one line on a terminal, nothing in a pipe.
#ifndef SACCADE_TOOLS_PROGRESS_H
#define SACCADE_TOOLS_PROGRESS_H

// `context` is the name shown; erases the line when done == all.
void sac_progress_rows(void *context, int done, int all);

#endif
