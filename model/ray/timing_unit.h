// SPDX-License-Identifier: Apache-2.0
// Arithmetic and sizes that the files of a RENDER's cycles share.
#ifndef SACCADE_MODEL_TIMING_UNIT_H
#define SACCADE_MODEL_TIMING_UNIT_H

#include "../lib/cycles.h"

enum { SAC_TIMING_PRODUCTS = 144 };  // of an appearance vertex, plane times line: beats of a basis operation


#endif
