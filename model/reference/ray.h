// SPDX-License-Identifier: Apache-2.0
// Ray set-up and the cover of a ball (docs/architecture.md, sections 2 and 2.2).
#ifndef SACCADE_REFERENCE_RAY_H
#define SACCADE_REFERENCE_RAY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  bool hit;
  int64_t k_in;        // entry, steps .12
  int32_t position[3]; // P, s12.18 grid units: sample 0
  int32_t step[3];     // D, s2.18
  uint32_t inv12[3];   // u6.12, 0: the axis does not bound candidates
  int16_t view[3];     // direction in turns * 65536
} sac_reference_ray_t;

// The ray of image pixel (i, j).
sac_reference_ray_t sac_reference_ray_setup(const uint32_t *scene, const uint32_t *camera, int i, int j);

typedef struct { int x0, y0, x1, y1; } sac_reference_rectangle_t;  // inclusive image pixels

typedef enum { SAC_COVER_NONE, SAC_COVER_DISC, SAC_COVER_ALL } sac_reference_cover_kind_t;

typedef struct {
  sac_reference_cover_kind_t kind;
  int64_t cu, cv, radius;  // pixels .8 (disc)
  sac_reference_rectangle_t rectangle;
} sac_reference_cover_t;

// Cover of the box with lowest cell `cell` and `side` cells, ball radius u12.6, within a tile.
sac_reference_cover_t sac_reference_cover(const uint32_t *camera, const int cell[3], int side, uint32_t radius,
                                          sac_reference_rectangle_t tile);
// Whether image pixel (i, j) of the rectangle is covered.
bool sac_reference_covered(const sac_reference_cover_t *cover, int i, int j);

#endif
