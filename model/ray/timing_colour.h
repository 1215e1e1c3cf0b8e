// SPDX-License-Identifier: Apache-2.0
// Cycles of the colour unit, from features to blending (docs/architecture.md, sections 5 and 6): entries are encoded,
// the array takes the layers of several batches with basis operations between them. Groups and ends of tiles wait in a
// queue; what happens before a given cycle happens in the order of time: next entries, or the array's next operation.
#ifndef SACCADE_MODEL_TIMING_COLOUR_H
#define SACCADE_MODEL_TIMING_COLOUR_H

#include "../host/model.h"

enum {
  SAC_COLOUR_TOKENS = 64,   // queued groups and ends of tiles; fewer groups than feature sets wait at a time
  SAC_COLOUR_BATCHES = 8,   // closed, and not blended
  SAC_COLOUR_TILES = 4,     // two are under way
  SAC_COLOUR_SETS = 4,      // of features, at most
  SAC_COLOUR_CLOSES = 2048  // batches whose closing is remembered
};

// A group whose features are there from `ready` on, or the end of a tile.
typedef struct {
  uint64_t ready;
  uint32_t entries;
  bool end, last;           // of a tile, of the command
} sac_colour_token_t;

typedef struct {
  uint64_t ready;           // operands of its next layer are written
  uint32_t rows;
} sac_colour_batch_t;

// A batch was closed when so many entries had been taken.
typedef struct { uint64_t entries, at; } sac_colour_taken_t;

typedef struct {
  const sac_machine_config_t *config;
  uint64_t *counters;
  const sac_trace_t *trace;
  sac_colour_token_t tokens[SAC_COLOUR_TOKENS];
  sac_colour_batch_t batches[SAC_COLOUR_BATCHES];
  uint64_t first_token, end_token, groups;        // queued; groups whose entries are all encoded
  uint64_t closed, issued[3], finished;           // batches: closed, issued by layer, blended
  uint64_t open_entries, entries;                 // of the open batch; all that were taken
  uint64_t open_at;                               // its first entry
  bool old;                                       // the open batch holds an entry of an earlier tile
  uint64_t tile_batch[SAC_COLOUR_TILES], tiles, tiles_done;  // batches that a tile waits for
  uint64_t tile_time[SAC_COLOUR_TILES];           // when it was blended
  uint64_t read[2];                               // half of the x RAM read
  uint64_t set_read[SAC_COLOUR_SETS];             // entries of the set's group encoded
  sac_colour_taken_t taken[SAC_COLOUR_CLOSES];
  uint64_t closes, asked;                         // of them
  uint64_t encode_free, array_free, unload_free, slot_free;
} sac_timing_colour_t;

void sac_timing_colour_open(sac_timing_colour_t *colour, const sac_machine_config_t *config, uint64_t *counters,
                            const sac_trace_t *trace);
// A basis operation for `rows` vertices of group `group`, whose products are in the x RAM at `at`: returns when the
// array has read them. `*ready`: when the features have left the array.
uint64_t sac_timing_colour_basis(sac_timing_colour_t *colour, uint64_t at, uint32_t rows, uint64_t group,
                                 uint64_t *ready);
void sac_timing_colour_group(sac_timing_colour_t *colour, uint64_t ready, uint32_t entries);
void sac_timing_colour_tile_end(sac_timing_colour_t *colour, uint64_t ready, bool last);
// Rising counts: when entry `count` of the command was taken, to a batch. When tile `tile` was blended.
uint64_t sac_timing_colour_taken(sac_timing_colour_t *colour, uint64_t count);
uint64_t sac_timing_colour_tile(sac_timing_colour_t *colour, uint64_t tile);
// When the unit had nothing more to do, if that is so at `at`; else UINT64_MAX.
uint64_t sac_timing_colour_idle(sac_timing_colour_t *colour, uint64_t at);

#endif
