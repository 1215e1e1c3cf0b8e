// SPDX-License-Identifier: Apache-2.0
// Cover of a cube (rtl/ray/sac_cover.sv): RT-NeRF's ball, its disc on the image, and the pixels of a tile inside it.
#ifndef SACCADE_MODEL_COVER_H
#define SACCADE_MODEL_COVER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct { int x0, y0, x1, y1; } sac_rectangle_t;  // inclusive image pixels

typedef struct {
  bool empty, whole;             // none, or the whole tile
  int64_t cu, cv, radius_square; // disc, pixels .8 (square: .16)
  sac_rectangle_t rectangle;
} sac_cover_t;

// Box with lowest cell `cell` and `side` cells; ball radius u12.6.
sac_cover_t sac_cover(const uint32_t *camera, const int cell[3], int side, uint32_t radius, sac_rectangle_t tile);

static inline bool sac_cover_pixel(const sac_cover_t *cover, int i, int j) {
  const int64_t du = ((int64_t)i << 8) - cover->cu, dv = ((int64_t)j << 8) - cover->cv;
  return cover->whole || du * du + dv * dv <= cover->radius_square;
}

#endif
