// SPDX-License-Identifier: Apache-2.0
// A tile in flight: walk, cover, samples and compositing of its pixels in cube order (docs/architecture.md, 2.1 to 3),
// leaving the entries to be coloured and a record of the work.
#ifndef SACCADE_MODEL_TILE_H
#define SACCADE_MODEL_TILE_H

#include "cover.h"
#include "ray.h"
#include "scene.h"
#include "work.h"

struct sac_network;

typedef struct {
  sac_ray_t ray;
  int32_t exponent;   // S, u5.20
  int32_t clear;      // T, 65536 = clear
  int32_t carried;
  int64_t depth;
  uint64_t sum[3];
  uint16_t last[3];
  bool coloured;
  uint32_t died;      // visited cube in which T fell to the termination threshold, 0 = none
} sac_pixel_t;

typedef struct {
  uint32_t pixel;     // index in the tile
  uint32_t vertex;    // lowest vertex of the cell
  uint8_t fraction[3];
  int32_t weight;
} sac_entry_t;

// What all tiles of a RENDER share.
typedef struct {
  sac_scene_t scene;
  const sac_tables_t *tables;
  uint32_t camera[SAC_CAMERA_WORDS];
  int32_t termination, carry;
  int eye_cube[3];
  unsigned entry_group, sample_lanes, alive_lag;
  int32_t softplus[65536];   // the softplus table at every f + 32768
  int16_t sine[65536];       // the sine table at every phase
} sac_render_t;

typedef struct {
  const sac_render_t *render;
  sac_rectangle_t area;
  int width;
  size_t alive;              // pixels
  uint32_t number;           // of the next cube to be visited, or that is visited: 1, 2, ...
  size_t deaths[4];          // in cubes number, number - 1, ..: by number mod 4
  sac_pixel_t *pixels;
  sac_entry_t *entries;
  size_t entry_count, entry_room;
  sac_work_tile_t work;
} sac_tile_t;

// Sets up the rays of a tile. False if memory runs out.
bool sac_tile_open(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area);
// The same, then walks the cubes and composites.
bool sac_tile_run(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area);
void sac_tile_close(sac_tile_t *tile);

// sample.c: visits the covered, alive pixels of a cube.
void sac_tile_visit(sac_tile_t *tile, const int cube[3], const sac_cover_t *cover, sac_work_cube_t *record);
// colour.c: colours the entries in order and blends them into the pixels.
bool sac_tile_colour(sac_tile_t *tile, const struct sac_network *network);
// Final RGBA and depth of a pixel (rtl/ray/sac_writeback.sv).
void sac_pixel_finish(const sac_pixel_t *pixel, uint32_t background, uint8_t rgba[4], uint32_t *depth);

// As known to cube `number`: deaths in the last alive_lag - 1 cubes before it are not.
static inline bool sac_pixel_alive(const sac_tile_t *tile, const sac_pixel_t *pixel) {
  return pixel->ray.hit && (pixel->died == 0 || pixel->died + tile->render->alive_lag > tile->number);
}
static inline bool sac_tile_alive(const sac_tile_t *tile) {
  size_t alive = tile->alive;
  for (uint32_t m = 1; m < tile->render->alive_lag && m < tile->number; m++) alive += tile->deaths[(tile->number - m) & 3];
  return alive > 0;
}

#endif
