// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include "../sparse/cache.h"
#include "timing.h"

typedef struct {
  sac_model_t *model;
  const sac_work_t *work;
  sac_cache_t density, appearance;
  sac_sparse_request_t request;
  sac_timing_t timing;
  uint64_t *counters;
} replay_t;

// The three patches of a token, through a cache.
static sac_outcome_t fetch_patches(replay_t *r, sac_cache_t *cache, const int low[3], const int high[3]) {
  r->request.count = 0;
  sac_outcome_t outcome = sac_outcome(SAC_HW_ERR_NONE, 0);
  for (int p = 0; p < 3 && !outcome.code; p++)
    outcome = sac_cache_request(cache, r->model, &r->work->scene, p, low, high, &r->request);
  return outcome;
}

static sac_outcome_t replay_group(replay_t *r, const sac_work_cube_t *cube, const sac_work_group_t *group) {
  int low[3], high[3];
  for (int a = 0; a < 3; a++) {
    low[a] = cube->cube[a] * r->work->scene.side + group->low[a];
    high[a] = cube->cube[a] * r->work->scene.side + group->high[a];
  }
  const sac_outcome_t outcome = fetch_patches(r, &r->appearance, low, high);
  if (outcome.code) return outcome;
  r->counters[SAC_COUNTER_COLOUR_GROUPS]++;
  r->counters[SAC_COUNTER_COLOUR_VERTICES] += group->vertices;
  sac_timing_group(&r->timing, group, &r->request);
  return outcome;
}

static sac_outcome_t replay_cube(replay_t *r, const sac_work_cube_t *cube, const sac_work_group_t **group) {
  const sac_scene_t *scene = &r->work->scene;
  uint64_t *counters = r->counters;
  counters[SAC_COUNTER_WALK_CUBES]++;
  counters[SAC_COUNTER_COVER_TESTS]++;
  if (cube->covered) counters[cube->visited ? SAC_COUNTER_RENDER_CUBES_VISITED : SAC_COUNTER_RENDER_CUBES_DEAD]++;
  if (cube->visited) {
    int low[3], high[3];
    for (int a = 0; a < 3; a++) {
      low[a] = cube->cube[a] * scene->side;
      high[a] = low[a] + scene->side < scene->vertices[a] ? low[a] + scene->side : scene->vertices[a] - 1;
    }
    const sac_outcome_t outcome = fetch_patches(r, &r->density, low, high);
    if (outcome.code) return outcome;
    counters[SAC_COUNTER_VERTEX_VERTICES] += cube->vertices;
    counters[SAC_COUNTER_RENDER_PIXELS_TESTED] += (uint64_t)cube->width * cube->height;
    counters[SAC_COUNTER_SAMPLE_RAYS] += cube->rays;
    counters[SAC_COUNTER_SAMPLE_CANDIDATES] += cube->candidates;
    counters[SAC_COUNTER_SAMPLE_SAMPLES] += cube->samples;
  }
  sac_timing_cube(&r->timing, cube, scene->side, &r->request);
  for (uint32_t g = 0; g < cube->groups; g++) {
    const sac_outcome_t outcome = replay_group(r, cube, (*group)++);
    if (outcome.code) return outcome;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static void replay_walk(replay_t *r, uint32_t supercubes, uint32_t tests) {
  r->counters[SAC_COUNTER_WALK_SUPERCUBES] += supercubes;
  r->counters[SAC_COUNTER_COVER_TESTS] += tests;
  sac_timing_walk(&r->timing, supercubes, tests, (uint32_t)r->work->scene.supers[0]);
}

// The reads of a tile's walk are those of directory rows, and in their order the cell masks of super-cubes: the next
// masks.
static sac_work_read_t next_masks(const sac_work_tile_t *tile, size_t *at, uint32_t row_bytes, uint32_t walk,
                                  uint32_t walk_bytes) {
  for (; *at < tile->read_count; ++*at) {
    const sac_work_read_t *read = &tile->reads[*at];
    if (read->bytes != row_bytes || read->address - walk >= walk_bytes) return tile->reads[(*at)++];
  }
  return (sac_work_read_t){0, 0};
}

static sac_outcome_t replay_tile(replay_t *r, size_t index) {
  const sac_work_tile_t *tile = &r->work->tiles[index];
  const uint64_t pixels = (uint64_t)tile->width * tile->height;
  const sac_work_group_t *group = tile->groups;
  r->counters[SAC_COUNTER_RAY_RAYS] += pixels;
  r->counters[SAC_COUNTER_RAY_HITS] += tile->hits;
  for (size_t i = 0; i < tile->read_count; i++) {
    const sac_outcome_t outcome = sac_model_access(r->model, tile->reads[i].address, tile->reads[i].bytes, false);
    if (outcome.code) return outcome;
  }
  const int *supers = r->work->scene.supers;
  const uint32_t walk = sac_field_get(r->work->scene.record, SAC_SCENE_WALK_ADDRESS);
  const uint32_t row_bytes = 16 * (uint32_t)supers[0];
  const uint32_t walk_bytes = row_bytes * (uint32_t)supers[1] * (uint32_t)supers[2];
  size_t read = 0;
  sac_timing_tile(&r->timing, pixels);
  for (size_t c = 0; c < tile->cube_count; c++) {
    replay_walk(r, tile->cubes[c].supercubes, tile->cubes[c].super_tests);
    if (tile->cubes[c].supercubes) {
      const sac_work_read_t masks = next_masks(tile, &read, row_bytes, walk, walk_bytes);
      sac_timing_masks(&r->timing, masks.address, masks.bytes);
    }
    const sac_outcome_t outcome = replay_cube(r, &tile->cubes[c], &group);
    if (outcome.code) return outcome;
  }
  replay_walk(r, tile->supercubes, tile->super_tests);
  r->counters[SAC_COUNTER_COMPOSITE_CONTRIBUTING] += tile->contributing;
  r->counters[SAC_COUNTER_COMPOSITE_ENTRIES] += tile->entries;
  sac_timing_tile_end(&r->timing, index + 1 == r->work->tile_count);
  r->counters[SAC_COUNTER_WRITEBACK_PIXELS] += pixels;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

sac_outcome_t sac_time_replay(sac_model_t *model, const sac_work_t *work, uint64_t *cycles) {
  replay_t r = {.model = model, .work = work, .counters = model->counters};
  const uint32_t *capacities = model->config.capacities;
  sac_outcome_t outcome = sac_outcome(SAC_HW_ERR_NONE, 0);
  if (!sac_timing_open(&r.timing, &model->config, model->counters, &model->trace) ||
      !sac_cache_open(&r.density, &work->scene, capacities[SAC_CAPACITY_DENSITY_CACHE_LINES], 1,
                      r.timing.density.values) ||
      !sac_cache_open(&r.appearance, &work->scene, capacities[SAC_CAPACITY_APPEARANCE_CACHE_LINES], 3,
                      r.timing.appearance.values)) {
    outcome = sac_outcome(SAC_HW_ERR_RANGE, 0);
  }
  for (size_t t = 0; t < work->tile_count && !outcome.code; t++) outcome = replay_tile(&r, t);
  model->counters[SAC_COUNTER_SPARSE_DENSITY_HITS] += r.density.hits;
  model->counters[SAC_COUNTER_SPARSE_DENSITY_MISSES] += r.density.misses;
  model->counters[SAC_COUNTER_SPARSE_DENSITY_VALUES] += 16 * r.density.texels;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_HITS] += r.appearance.hits;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_MISSES] += r.appearance.misses;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_VALUES] += 48 * r.appearance.texels;
  *cycles += sac_timing_close(&r.timing);
  sac_cache_close(&r.density);
  sac_cache_close(&r.appearance);
  return outcome;
}
