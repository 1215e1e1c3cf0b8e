// SPDX-License-Identifier: Apache-2.0
// Compositing of one sample and the entries it leaves, shared by both pipelines (docs/architecture.md, section 3).
#ifndef SACCADE_MODEL_SAMPLE_H
#define SACCADE_MODEL_SAMPLE_H

#include "tile.h"

// Interpolates the density in the cell at `vertex`, adds the sample to the pixel's S, T, depth and carried weight;
// returns its weight (of 65536).
int32_t sac_sample_composite(const sac_render_t *render, sac_pixel_t *pixel, int k, size_t vertex, const int fraction[3]);

// Appends an entry with the carried weight, which becomes zero.
void sac_tile_entry(sac_tile_t *tile, sac_pixel_t *pixel, size_t vertex, const int fraction[3]);

#endif
