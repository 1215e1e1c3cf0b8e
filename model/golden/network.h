// SPDX-License-Identifier: Apache-2.0
// The published colour network (MLPRender_Fea): basis, positional encoding, 150 -> 128 -> 128 -> 3
// with rectifiers between, sigmoid. Samples are evaluated sixteen at a time, one a lane.
#ifndef SACCADE_GOLDEN_NETWORK_H
#define SACCADE_GOLDEN_NETWORK_H

#include "volume.h"

enum { GOLDEN_LANES = 16 };

typedef struct sac_colouring sac_colouring_t;

// Weights in the order that the evaluation reads them. NULL without memory.
sac_colouring_t *sac_colouring_make(const sac_field_t *field);
void sac_colouring_free(sac_colouring_t *colouring);

// Colours (0..1) of `count` samples, 1 to 16, at positions seen along unit directions.
void sac_colouring_evaluate(const sac_colouring_t *colouring, const sac_volume_t *volume, int count,
                            const double (*at)[3], const double (*view)[3], double (*rgb)[3]);

#endif
