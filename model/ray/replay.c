// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include "../sparse/cache.h"

// Cycles of the units' tokens (latency, or per item). The RTL's values.
enum {
  kRaySetup = 80,       // a ray: square root, two rounds of divisions
  kCoverTest = 90,      // a ball: matrix, square root, divisions
  kWalkStep = 2,        // a directory entry or bitmap bit
  kDecodeTexel = 6,     // a texel of 16 values
  kSampleDrain = 24,    // last candidate to composited
  kEncodeEntry = 40,    // interpolation and encoding of an entry
  kColourStart = 12,    // a group token
  kWritebackPixel = 6,
  kHidden = 128, kInputs = 150, kBasisInputs = 144, kFeatures = 27
};

typedef struct {
  sac_model_t *model;
  const sac_work_t *work;
  sac_cache_t density, appearance;
  uint64_t front;         // time of the front end (walk to composite)
  uint64_t colour_free, array_free;
  uint64_t pending;       // entries in the open batch
  size_t pending_tile;    // tile of the first of them
  uint64_t *counters;
} replay_t;

static uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

// Cycles of a fetch: latency of directory and blocks, then data.
static uint64_t fetch_cycles(const sac_model_t *model, uint32_t missed, uint64_t bytes) {
  return missed ? 2ull * model->config.memory_latency_cycles + divide_up(bytes, model->config.memory_bytes_per_cycle) : 0;
}

static void run_batch(replay_t *r, uint64_t ready, uint64_t rows) {
  const uint32_t lanes = r->model->config.capacities[SAC_CAPACITY_LANES];
  const uint64_t groups = divide_up(kHidden, lanes), beats = groups * (kInputs + kHidden) + 3 * groups;
  r->array_free = (ready > r->array_free ? ready : r->array_free) + beats;
  r->counters[SAC_COUNTER_DOT_NETWORK_BEATS] += beats;
  r->counters[SAC_COUNTER_DOT_NETWORK_ROWS] += rows;
}

static sac_outcome_t replay_group(replay_t *r, size_t tile, const sac_work_cube_t *cube, const sac_work_group_t *group) {
  const uint32_t *capacity = r->model->config.capacities;
  const uint32_t rows = capacity[SAC_CAPACITY_ROWS], lanes = capacity[SAC_CAPACITY_LANES];
  uint32_t missed = 0;
  uint64_t bytes = 0, texels = r->appearance.texels;
  int low[3], high[3];
  for (int a = 0; a < 3; a++) {
    low[a] = cube->cube[a] * r->work->scene.side + group->low[a];
    high[a] = cube->cube[a] * r->work->scene.side + group->high[a];
  }
  for (int p = 0; p < 3; p++) {
    const sac_outcome_t outcome = sac_cache_request(&r->appearance, r->model, &r->work->scene, p, low, high, &missed, &bytes);
    if (outcome.code) return outcome;
  }
  texels = r->appearance.texels - texels;
  const uint64_t batches = divide_up(group->vertices, rows), basis = batches * divide_up(kFeatures, lanes) * kBasisInputs;
  const uint64_t products = (uint64_t)group->vertices * divide_up(kBasisInputs, capacity[SAC_CAPACITY_APPEARANCE_LANES]);
  uint64_t t = r->front > r->colour_free ? r->front : r->colour_free;
  const uint64_t start = t;
  t += kColourStart + fetch_cycles(r->model, missed, bytes) + 3 * kDecodeTexel * texels;
  t += products > basis ? products : basis;
  r->array_free += basis;
  r->counters[SAC_COUNTER_DOT_BASIS_BEATS] += basis;
  r->counters[SAC_COUNTER_COLOUR_GROUPS]++;
  r->counters[SAC_COUNTER_COLOUR_VERTICES] += group->vertices;
  for (uint32_t e = 0; e < group->entries; e++) {
    t += kEncodeEntry;
    if (r->pending == 0) r->pending_tile = tile;
    if (++r->pending == rows) {
      run_batch(r, t, rows);
      r->pending = 0;
      // Two batches of X: encoding may be one batch ahead of the array.
      const uint64_t batch = divide_up(kHidden, lanes) * (kInputs + kHidden + 3);
      if (r->array_free > t + 2 * batch) t = r->array_free - 2 * batch;
    }
  }
  r->counters[SAC_COUNTER_COLOUR_BUSY_CYCLES] += t - start;
  r->colour_free = t;
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t replay_cube(replay_t *r, size_t tile, const sac_work_cube_t *cube, const sac_work_group_t **group) {
  const sac_scene_t *scene = &r->work->scene;
  const uint32_t *capacity = r->model->config.capacities;
  uint64_t *counters = r->counters;
  counters[SAC_COUNTER_WALK_CUBES]++;
  counters[SAC_COUNTER_COVER_TESTS]++;
  r->front += kWalkStep + kCoverTest;
  counters[SAC_COUNTER_COVER_BUSY_CYCLES] += kCoverTest;
  if (!cube->covered) return sac_outcome(SAC_HW_ERR_NONE, 0);
  r->front += cube->height;
  counters[cube->visited ? SAC_COUNTER_RENDER_CUBES_VISITED : SAC_COUNTER_RENDER_CUBES_DEAD]++;
  if (!cube->visited) return sac_outcome(SAC_HW_ERR_NONE, 0);
  uint32_t missed = 0;
  uint64_t bytes = 0, texels = r->density.texels;
  int low[3], high[3];
  for (int a = 0; a < 3; a++) {
    low[a] = cube->cube[a] * scene->side;
    high[a] = low[a] + scene->side < scene->vertices[a] ? low[a] + scene->side : scene->vertices[a] - 1;
  }
  for (int p = 0; p < 3; p++) {
    const sac_outcome_t outcome = sac_cache_request(&r->density, r->model, scene, p, low, high, &missed, &bytes);
    if (outcome.code) return outcome;
  }
  texels = r->density.texels - texels;
  const uint64_t sparse = fetch_cycles(r->model, missed, bytes) + kDecodeTexel * texels;
  const uint64_t edge = (uint64_t)scene->side + 1;
  const uint64_t vertex = edge * edge * edge + cube->vertices * (48ull / capacity[SAC_CAPACITY_DENSITY_LANES]);
  const uint64_t pixels = (uint64_t)cube->width * cube->height;
  const uint64_t sample = (pixels > cube->candidates ? pixels : cube->candidates) + kSampleDrain;
  r->front += sparse + vertex + sample;
  counters[SAC_COUNTER_SPARSE_BUSY_CYCLES] += sparse;
  counters[SAC_COUNTER_VERTEX_BUSY_CYCLES] += vertex;
  counters[SAC_COUNTER_VERTEX_VERTICES] += cube->vertices;
  counters[SAC_COUNTER_RENDER_PIXELS_TESTED] += pixels;
  counters[SAC_COUNTER_SAMPLE_RAYS] += cube->rays;
  counters[SAC_COUNTER_SAMPLE_CANDIDATES] += cube->candidates;
  counters[SAC_COUNTER_SAMPLE_SAMPLES] += cube->samples;
  counters[SAC_COUNTER_SAMPLE_BUSY_CYCLES] += sample;
  for (uint32_t g = 0; g < cube->groups; g++) {
    const sac_outcome_t outcome = replay_group(r, tile, cube, (*group)++);
    if (outcome.code) return outcome;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t replay_walk(replay_t *r, uint32_t supercubes, uint32_t tests) {
  r->counters[SAC_COUNTER_WALK_SUPERCUBES] += supercubes;
  r->counters[SAC_COUNTER_COVER_TESTS] += tests;
  r->counters[SAC_COUNTER_COVER_BUSY_CYCLES] += (uint64_t)tests * kCoverTest;
  r->counters[SAC_COUNTER_WALK_BUSY_CYCLES] += (uint64_t)supercubes * kWalkStep;
  r->front += (uint64_t)supercubes * kWalkStep + (uint64_t)tests * (kCoverTest + r->model->config.memory_latency_cycles);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t replay_tile(replay_t *r, size_t index) {
  const sac_work_tile_t *tile = &r->work->tiles[index];
  const uint64_t pixels = (uint64_t)tile->width * tile->height;
  const sac_work_group_t *group = tile->groups;
  r->front += pixels * kRaySetup;
  r->counters[SAC_COUNTER_RAY_RAYS] += pixels;
  r->counters[SAC_COUNTER_RAY_HITS] += tile->hits;
  r->counters[SAC_COUNTER_RAY_BUSY_CYCLES] += pixels * kRaySetup;
  for (size_t i = 0; i < tile->read_count; i++) {
    const sac_outcome_t outcome = sac_model_access(r->model, tile->reads[i].address, tile->reads[i].bytes, false);
    if (outcome.code) return outcome;
  }
  for (size_t c = 0; c < tile->cube_count; c++) {
    sac_outcome_t outcome = replay_walk(r, tile->cubes[c].supercubes, tile->cubes[c].super_tests);
    if (!outcome.code) outcome = replay_cube(r, index, &tile->cubes[c], &group);
    if (outcome.code) return outcome;
  }
  const sac_outcome_t outcome = replay_walk(r, tile->supercubes, tile->super_tests);
  if (outcome.code) return outcome;
  r->counters[SAC_COUNTER_COMPOSITE_CONTRIBUTING] += tile->contributing;
  r->counters[SAC_COUNTER_COMPOSITE_ENTRIES] += tile->entries;
  // End of the tile: the open batch closes if it holds an entry of an earlier tile, or if no later tile can fill it; the
  // pipeline of three batches drains, the pixels are written.
  if (r->pending && (r->pending_tile < index || index + 1 == r->work->tile_count)) {
    run_batch(r, r->colour_free, r->pending);
    r->pending = 0;
  }
  if (r->front < r->colour_free) r->front = r->colour_free;
  if (r->front < r->array_free) r->front = r->array_free;
  r->front += pixels * kWritebackPixel + r->model->config.memory_latency_cycles;
  r->counters[SAC_COUNTER_WRITEBACK_PIXELS] += pixels;
  return outcome;
}

sac_outcome_t sac_time_replay(sac_model_t *model, const sac_work_t *work, const uint32_t *descriptor, uint64_t *cycles) {
  replay_t r = {.model = model, .work = work, .counters = model->counters};
  sac_outcome_t outcome = sac_outcome(SAC_HW_ERR_NONE, 0);
  (void)descriptor;
  if (!sac_cache_open(&r.density, &work->scene, model->config.capacities[SAC_CAPACITY_DENSITY_CACHE_LINES], 1) ||
      !sac_cache_open(&r.appearance, &work->scene, model->config.capacities[SAC_CAPACITY_APPEARANCE_CACHE_LINES], 3)) {
    outcome = sac_outcome(SAC_HW_ERR_RANGE, 0);
  }
  for (size_t t = 0; t < work->tile_count && !outcome.code; t++) outcome = replay_tile(&r, t);
  model->counters[SAC_COUNTER_SPARSE_DENSITY_HITS] += r.density.hits;
  model->counters[SAC_COUNTER_SPARSE_DENSITY_MISSES] += r.density.misses;
  model->counters[SAC_COUNTER_SPARSE_DENSITY_VALUES] += 16 * r.density.texels;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_HITS] += r.appearance.hits;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_MISSES] += r.appearance.misses;
  model->counters[SAC_COUNTER_SPARSE_APPEARANCE_VALUES] += 48 * r.appearance.texels;
  const uint64_t beats = model->counters[SAC_COUNTER_DOT_NETWORK_BEATS] + model->counters[SAC_COUNTER_DOT_BASIS_BEATS];
  model->counters[SAC_COUNTER_DOT_IDLE_CYCLES] += r.front > beats ? r.front - beats : 0;
  *cycles += r.front;
  sac_cache_close(&r.density);
  sac_cache_close(&r.appearance);
  return outcome;
}
