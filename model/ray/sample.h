// SPDX-License-Identifier: Apache-2.0
// Samples of a ray in a cube (docs/architecture.md, 2.3), compositing of one and the entries it leaves (section 3), shared
// by both pipelines.
#ifndef SACCADE_MODEL_SAMPLE_H
#define SACCADE_MODEL_SAMPLE_H

#include "tile.h"

// Candidate positions of a ray in the cube of `side` cells at `origin`; none if last < first.
typedef struct { int64_t first, last; } sac_range_t;
sac_range_t sac_sample_range(const sac_ray_t *ray, const int origin[3], int side, int samples);

// Whether candidate k lies in an active cell of the cube; then its cell in the cube and its fractions.
bool sac_sample_at(const sac_ray_t *ray, int64_t k, const int origin[3], int side_log2, const uint8_t *mask, int local[3],
                   int fraction[3]);

// Interpolates the density in the cell at `vertex`, adds the sample to the pixel's S, T, depth and carried weight;
// returns its weight (of 65536).
int32_t sac_sample_composite(const sac_render_t *render, sac_pixel_t *pixel, int k, size_t vertex, const int fraction[3]);

// Appends an entry with the carried weight, which becomes zero.
void sac_tile_entry(sac_tile_t *tile, sac_pixel_t *pixel, size_t vertex, const int fraction[3]);

#endif
