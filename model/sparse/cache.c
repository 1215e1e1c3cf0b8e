// SPDX-License-Identifier: Apache-2.0
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/cycles.h"
#include "../ray/vertex.h"
#include "decode.h"

enum { kLongestSum = 127 + 7 * 127 + 19 * 2, kHeaderBytes = 32 };

static uint32_t blocks(int texels) { return (uint32_t)(texels + 3) / 4; }

bool sac_cache_open(sac_cache_t *cache, const sac_scene_t *scene, uint32_t lines, int sub, uint32_t decoded) {
  const bool wide = sac_field_get(scene->record, SAC_SCENE_VALUE_BITS) == 16;
  *cache = (sac_cache_t){.lines = lines, .sub = sub, .values = decoded < 16 && wide ? decoded / 2 : decoded,
                         .line = calloc(lines, sizeof *cache->line)};
  if (lines & (lines - 1)) while (((uint64_t)lines << cache->reductions) < kLongestSum + lines) cache->reductions++;
  uint32_t next = sub == 1 ? 0 : sac_field_get(scene->record, SAC_SCENE_APPEARANCE_BLOCK);
  for (int p = 0; p < 3; p++) {
    cache->first[p] = next;
    next += (uint32_t)sub * blocks(scene->vertices[kPlaneU[p]]) * blocks(scene->vertices[kPlaneV[p]]);
  }
  return cache->line != NULL;
}

void sac_cache_close(sac_cache_t *cache) {
  free(cache->line);
  cache->line = NULL;
}

// Steps of the extractor for the texels of a block: up to the last component that is not zero.
static void add_steps(sac_line_t *line, const uint8_t *bytes, uint32_t mode, uint32_t values) {
  uint8_t last[16] = {0};  // components up to the last one
  if (mode == SAC_BLOCK_DENSE) memset(last, 16, sizeof last);
  for (int texel = 0; mode == SAC_BLOCK_BITMAP && texel < 16; texel++) {
    const uint32_t mask = bytes[2 * texel] | (uint32_t)bytes[2 * texel + 1] << 8;
    last[texel] = mask ? (uint8_t)(32 - __builtin_clz(mask)) : 0;
  }
  for (int i = 0; mode == SAC_BLOCK_COORDINATE && i <= bytes[0]; i++) {
    const uint8_t place = bytes[1 + i];
    if (last[place / 16] < place % 16 + 1) last[place / 16] = (uint8_t)(place % 16 + 1);
  }
  for (int texel = 0; texel < 16; texel++)
    line->steps[texel] += last[texel] > values ? (uint8_t)sac_divide_up(last[texel], values) : 1;
}

static sac_outcome_t fetch(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, uint32_t block,
                           sac_line_t *line, sac_sparse_block_t *looked) {
  const uint32_t entry = sac_field_get(scene->record, SAC_SCENE_DIRECTORY_ADDRESS) + 4 * block;
  const uint32_t data = sac_field_get(scene->record, SAC_SCENE_BLOCK_ADDRESS);
  uint32_t entries[4];
  sac_outcome_t access = sac_model_access(model, entry, 4 * (uint32_t)(cache->sub + 1), false);
  if (access.code) return access;
  memcpy(entries, model->memory + entry, 4 * (size_t)(cache->sub + 1));
  looked->entry = entry;
  looked->address = data + (entries[0] & ~3u);
  looked->bytes = (entries[cache->sub] & ~3u) - (entries[0] & ~3u);
  if (looked->bytes) access = sac_model_access(model, looked->address, looked->bytes, false);
  if (access.code) return access;
  *line = (sac_line_t){.tag = block + 1};
  for (int s = 0; s < cache->sub; s++) {
    const uint32_t mode = entries[s] & 3;
    const uint8_t *bytes = model->memory + data + (entries[s] & ~3u);
    add_steps(line, bytes, mode, cache->values);
    if (mode == SAC_BLOCK_BITMAP) line->headers++;
    if (mode == SAC_BLOCK_COORDINATE) line->headers += (uint8_t)sac_divide_up(bytes[0] + 2, kHeaderBytes);
  }
  return access;
}

// Cycles in which a request's first block and line are worked out: a bit of the block's row a cycle.
static uint8_t set_up(const sac_cache_t *cache, int row) {
  uint32_t bits = 0;
  while (row >> bits) bits++;
  return (uint8_t)(2 + (bits > cache->reductions ? bits : cache->reductions));
}

static int most(int a, int b) { return a > b ? a : b; }
static int least(int a, int b) { return a < b ? a : b; }

sac_outcome_t sac_cache_request(sac_cache_t *cache, sac_model_t *model, const sac_scene_t *scene, int plane,
                                const int low[3], const int high[3], sac_sparse_request_t *request) {
  const int u = kPlaneU[plane], v = kPlaneV[plane];
  const uint32_t across = blocks(scene->vertices[u]);
  for (int bv = low[v] / 4; bv <= high[v] / 4; bv++) for (int bu = low[u] / 4; bu <= high[u] / 4; bu++) {
    const uint32_t block = cache->first[plane] + (uint32_t)cache->sub * ((uint32_t)bv * across + (uint32_t)bu);
    sac_sparse_block_t *const looked = &request->block[request->count++];
    *looked = (sac_sparse_block_t){.line = (uint32_t)(bu + 7 * bv + 19 * plane) % cache->lines};
    if (bv == low[v] / 4 && bu == low[u] / 4) looked->set_up = set_up(cache, bv);
    sac_line_t *const line = &cache->line[looked->line];
    looked->missed = line->tag != block + 1;
    if (looked->missed) {
      cache->misses++;
      const sac_outcome_t access = fetch(cache, model, scene, block, line, looked);
      if (access.code) return access;
    } else {
      cache->hits++;
    }
    looked->headers = line->headers;
    for (int tv = most(low[v], 4 * bv); tv <= least(high[v], 4 * bv + 3); tv++)
      for (int tu = most(low[u], 4 * bu); tu <= least(high[u], 4 * bu + 3); tu++)
        looked->steps += line->steps[tv % 4 * 4 + tu % 4];
  }
  cache->texels += (uint64_t)(high[u] - low[u] + 1) * (uint64_t)(high[v] - low[v] + 1);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}
