// SPDX-License-Identifier: Apache-2.0
// Block cache of the sparse room (rtl/sparse/sac_cache.sv, sac_directory.sv): direct mapped, a line holds the encoded
// blocks (1 density, 3 appearance) of one 4 x 4 texel block. Only tags live here: what is fetched, not what is in it.
#ifndef SACCADE_MODEL_CACHE_H
#define SACCADE_MODEL_CACHE_H

#include "../host/model.h"

typedef struct {
  uint32_t lines;
  int sub;             // blocks of a line
  uint32_t first[3];   // directory index of each plane's first block
  uint32_t *tags;      // directory index + 1 of the line's first block, 0 = empty
  uint64_t hits, misses, bytes, texels;
} sac_cache_t;

// False if memory runs out.
bool sac_cache_open(sac_cache_t *cache, const sac_scene_t *scene, uint32_t lines, int sub);
void sac_cache_close(sac_cache_t *cache);

// A request of the texels low..high (inclusive, per axis of the grid) of one plane: looks up every texel block, fetches
// the misses. Adds to `missed` the number of missed lines and to `bytes` the block bytes fetched.
sac_outcome_t sac_cache_request(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, int plane,
                                const int low[3], const int high[3], uint32_t *missed, uint64_t *bytes);

#endif
