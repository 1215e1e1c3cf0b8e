// SPDX-License-Identifier: Apache-2.0
// The baseline that RT-NeRF replaces: every sample of every ray is looked up in the mask, and each kept sample fetches
// and interpolates its embeddings (48 density components, 6 values each; 144 appearance components where its weight is
// above a threshold), without early termination or carried weight. The picture uses the machine's own numbers: a VM
// field is trilinear in a cell, so interpolating vertices gives what interpolating planes and lines gives. What differs
// is the work, counted here as the published pipeline does it.
#ifndef SACCADE_MODEL_UNIFORM_H
#define SACCADE_MODEL_UNIFORM_H

#include "../saccade_model.h"
#include "tile.h"

// Fills pixels and entries of a tile in ray order; `threshold` of 65536 is the least weight that is coloured.
bool sac_uniform_tile(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area, int32_t threshold, sac_uniform_work_t *work);

#endif
