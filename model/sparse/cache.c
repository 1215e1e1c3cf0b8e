// SPDX-License-Identifier: Apache-2.0
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "../ray/vertex.h"

static uint32_t blocks(int texels) { return (uint32_t)(texels + 3) / 4; }

bool sac_cache_open(sac_cache_t *cache, const sac_scene_t *scene, uint32_t lines, int sub) {
  *cache = (sac_cache_t){.lines = lines, .sub = sub, .tags = calloc(lines, sizeof *cache->tags)};
  uint32_t next = sub == 1 ? 0 : sac_field_get(scene->record, SAC_SCENE_APPEARANCE_BLOCK);
  for (int p = 0; p < 3; p++) {
    cache->first[p] = next;
    next += (uint32_t)sub * blocks(scene->vertices[kPlaneU[p]]) * blocks(scene->vertices[kPlaneV[p]]);
  }
  return cache->tags != NULL;
}

void sac_cache_close(sac_cache_t *cache) {
  free(cache->tags);
  cache->tags = NULL;
}

static sac_outcome_t fetch(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, uint32_t block, uint64_t *bytes) {
  const uint32_t entry = sac_field_get(scene->record, SAC_SCENE_DIRECTORY_ADDRESS) + 4 * block;
  const uint32_t data = sac_field_get(scene->record, SAC_SCENE_BLOCK_ADDRESS);
  uint32_t from, to;
  const sac_outcome_t access = sac_model_access(model, entry, 4 * (uint32_t)(cache->sub + 1), false);
  if (access.code) return access;
  memcpy(&from, model->memory + entry, 4);
  memcpy(&to, model->memory + entry + 4 * cache->sub, 4);
  const uint32_t length = (to & ~3u) - (from & ~3u);
  *bytes += length + 4 * (uint32_t)(cache->sub + 1);
  return length ? sac_model_access(model, data + (from & ~3u), length, false) : access;
}

sac_outcome_t sac_cache_request(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, int plane,
                                const int low[3], const int high[3], uint32_t *missed, uint64_t *bytes) {
  const int u = kPlaneU[plane], v = kPlaneV[plane];
  const uint32_t across = blocks(scene->vertices[u]);
  for (int bv = low[v] / 4; bv <= high[v] / 4; bv++) for (int bu = low[u] / 4; bu <= high[u] / 4; bu++) {
    const uint32_t block = cache->first[plane] + (uint32_t)cache->sub * ((uint32_t)bv * across + (uint32_t)bu);
    uint32_t *tag = &cache->tags[(uint32_t)(bu + 7 * bv + 19 * plane) % cache->lines];
    if (*tag == block + 1) {
      cache->hits++;
      continue;
    }
    cache->misses++;
    ++*missed;
    *tag = block + 1;
    const sac_outcome_t access = fetch(cache, model, scene, block, bytes);
    if (access.code) return access;
  }
  cache->texels += (uint64_t)(high[u] - low[u] + 1) * (uint64_t)(high[v] - low[v] + 1);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
