// SPDX-License-Identifier: Apache-2.0
// Block cache of the sparse room (rtl/sparse/sac_cache.sv, sac_directory.sv): direct mapped, a line holds the encoded
// blocks (1 density, 3 appearance) of one 4 x 4 texel block. Only tags live here, and of a line's blocks what decoding
// them takes.
#ifndef SACCADE_MODEL_CACHE_H
#define SACCADE_MODEL_CACHE_H

#include "../host/model.h"
#include "timing.h"

// Of a line.
typedef struct {
  uint32_t tag;        // directory index + 1 of its first block, 0 = empty
  uint8_t headers;     // reads of bitmaps and lists of coordinates
  uint8_t steps[16];   // of the extractor, texel by texel, all blocks
} sac_line_t;

typedef struct {
  uint32_t lines;
  int sub;             // blocks of a line
  uint32_t values;     // components that the extractor takes at a time
  uint32_t reductions; // cycles to bring a line's number below `lines` (sac_blocks.sv)
  uint32_t first[3];   // directory index of each plane's first block
  sac_line_t *line;
  uint64_t hits, misses, texels;
} sac_cache_t;

// `decoded`: components a cycle. False if memory runs out.
bool sac_cache_open(sac_cache_t *cache, const sac_scene_t *scene, uint32_t lines, int sub, uint32_t decoded);
void sac_cache_close(sac_cache_t *cache);

// A request of the texels low..high (inclusive, per axis of the grid) of one plane: looks up every texel block, fetches
// the misses. Adds to `request` what the sparse room does for them.
sac_outcome_t sac_cache_request(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, int plane,
                                const int low[3], const int high[3], sac_sparse_request_t *request);

#endif
