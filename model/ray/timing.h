// SPDX-License-Identifier: Apache-2.0
// Cycles of a RENDER (docs/architecture.md, section 6): the pipeline as max-plus recurrences. A token starts when its
// input is there, its unit is free and its output has room; it takes latency + count x interval. Fed in the machine's
// order with what replay.c knows of each token; knows nothing of data. All times are cycles since the command started.
#ifndef SACCADE_MODEL_TIMING_H
#define SACCADE_MODEL_TIMING_H

#include "../host/model.h"
#include "../sparse/timing.h"
#include "timing_colour.h"
#include "work.h"

enum { SAC_TIMING_ROWS = 8 };  // of the directory, read ahead of the walk
enum { SAC_TIMING_LAGS = 4, SAC_TIMING_TILES = 2, SAC_TIMING_GROUPS = 16, SAC_TIMING_STEPS = 64 };

typedef struct {
  const sac_machine_config_t *config;
  uint64_t *counters;
  const sac_trace_t *trace;
  sac_memory_timing_t memory;
  sac_sparse_timing_t density, appearance;
  // tiles
  uint64_t rays_free, cubes_free, write_free, pixels[SAC_TIMING_TILES], walked[SAC_TIMING_TILES];
  uint32_t tile, tiles_written;
  // walk to samples, of the tile in hand
  uint64_t walk_begun, cover, decide, patch_free, vertex_free, sampled[SAC_TIMING_LAGS], vertex_done[2];
  uint64_t decided[SAC_TIMING_STEPS];
  sac_memory_client_t walk;                    // reads directory rows and cell masks
  uint64_t rows, entries_left, row_walked[SAC_TIMING_ROWS], masks;  // masks: those of the super-cube in hand are there
  uint32_t visited, covered;  // cubes of the tile
  // groups: patches and products
  uint64_t group, entries, operations, fetch_started[SAC_TIMING_GROUPS], fetch_free, halves[2], products_free;
  uint64_t products_read[2];
  uint64_t colour_begun;   // busy since
  sac_timing_colour_t colour;
} sac_timing_t;

// False if memory runs out.
bool sac_timing_open(sac_timing_t *timing, const sac_machine_config_t *config, uint64_t *counters,
                     const sac_trace_t *trace);
// The next tile: its rays are set up while the tile before is walked.
void sac_timing_tile(sac_timing_t *timing, uint64_t pixels);
// What the walk looks at before the next cube or the end: directory entries, `row` of them a row; super-cubes projected.
void sac_timing_walk(sac_timing_t *timing, uint32_t supercubes, uint32_t tests, uint32_t row);
// Then, if cubes of a super-cube follow, its cell masks.
void sac_timing_masks(sac_timing_t *timing, uint32_t address, uint32_t bytes);
// A non-zero cube: projected, decided on; when visited its patches fetched, its vertices computed, sampled.
void sac_timing_cube(sac_timing_t *timing, const sac_work_cube_t *cube, int side, const sac_sparse_request_t *patches);
// A group token of the cube just sampled: its appearance vertices, then its entries.
void sac_timing_group(sac_timing_t *timing, const sac_work_group_t *group, const sac_sparse_request_t *patches);
// End of the tile. The open batch closes if it holds an entry of an earlier tile, or if none can follow (`last`).
void sac_timing_tile_end(sac_timing_t *timing, bool last);
// Cycles of the command.
uint64_t sac_timing_close(sac_timing_t *timing);

#endif
