// SPDX-License-Identifier: Apache-2.0
// Record of the work of a RENDER: what each tile did, in order, with nothing of when. The functional model writes it
// once; caches and cycles are replayed from it (replay.h), under any configuration that differs in timing only.
#ifndef SACCADE_MODEL_WORK_H
#define SACCADE_MODEL_WORK_H

#include <stddef.h>
#include <stdint.h>

// A group token (composite to colour): entries of one cube.
typedef struct {
  uint16_t entries, vertices;        // appearance vertices needed
  uint8_t low[3], high[3];           // their extent in the cube
} sac_work_group_t;

// A non-zero cube handed to the cover, with what came before it since the last one.
typedef struct {
  uint16_t cube[3];
  uint8_t covered, visited;          // rectangle not empty; a pixel of it alive
  uint16_t width, height;            // rectangle
  uint16_t supercubes, super_tests;  // directory entries looked at, of them projected
  uint16_t vertices;                 // density vertices computed
  uint32_t rays, candidates, samples;
  uint32_t lane_steps;               // of the busiest lane: a ray's candidates, or what its range takes if that is more
  uint32_t groups;                   // group tokens
} sac_work_cube_t;

typedef struct { uint32_t address, bytes; } sac_work_read_t;

typedef struct {
  uint16_t width, height;            // pixels
  uint32_t hits;
  uint32_t supercubes, super_tests;  // after the last cube
  sac_work_cube_t *cubes;
  sac_work_group_t *groups;
  sac_work_read_t *reads;            // of the walk: directory rows and cell masks
  size_t cube_count, cube_room, group_count, group_room, read_count, read_room;
  uint64_t contributing, entries;
} sac_work_tile_t;

#endif
