// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

// Latencies and intervals of the units, as built (rtl/ray, rtl/sparse, rtl/dot).
enum {
  kRecords = 40,          // command, scene and camera records, without memory latency
  kTileStart = 20,        // corner of the tile's first ray
  kRayInterval = 43,      // cycles a ray and unit
  kRayLatency = 130,
  kWalkEntry = 1,         // a directory entry
  kWalkStart = 12,        // first directory row, without memory latency
  kCoverTest = 100,       // a ball
  kDecide = 2,            // a step of the walk
  kRequest = 8,           // patch request to first texel
  kBlock = 6,             // a block's header in the cache
  kMiss = 14,             // look-up to refilled line, without memory
  kVertexLatency = 14,
  kSampleLatency = 40,    // first pixel to first candidate, last candidate to composited, group closed
  kRange = 3,             // pixels to the next range
  kGroup = 6,
  kProductLatency = 8,
  kEncodeLatency = 24,
  kBlendLatency = 22,
  kWriteLatency = 30,
  kHidden = 128, kInputs = 150, kProducts = 144, kFeatures = 27, kChannels = 30, kLayers = 3
};

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }
static uint32_t capacity(const sac_timing_t *t, sac_capacity_t which) { return t->config->capacities[which]; }

void sac_timing_open(sac_timing_t *t, const sac_machine_config_t *config, uint64_t *counters) {
  memset(t, 0, sizeof *t);
  t->config = config;
  t->counters = counters;
  t->rays_free = kRecords + 2ull * config->memory_latency_cycles;
}

// ---- Tiles, walk, samples.
void sac_timing_tile(sac_timing_t *t, uint64_t pixels, bool hit) {
  const uint64_t interval = divide_up(kRayInterval * pixels, capacity(t, SAC_CAPACITY_RAY_UNITS));
  const uint64_t start = later(t->rays_free, t->written[t->tile % SAC_TIMING_TILES]);
  t->rays_free = start + kTileStart + kRayLatency + interval;
  t->counters[SAC_COUNTER_RAY_BUSY_CYCLES] += t->rays_free - start;
  const uint64_t walk = later(t->rays_free, t->cubes_free);
  t->pixels = pixels;
  t->visited = 0;
  t->cover = t->decide = walk + (hit ? kWalkStart + t->config->memory_latency_cycles : 0);
  for (int i = 0; i < SAC_TIMING_LAGS; i++) t->sampled[i] = walk;
  t->patch_free = t->vertex_free = t->vertex_done[0] = t->vertex_done[1] = walk;
}

void sac_timing_walk(sac_timing_t *t, uint32_t supercubes, uint32_t tests) {
  const uint64_t covers = (uint64_t)tests * kCoverTest;
  t->counters[SAC_COUNTER_COVER_BUSY_CYCLES] += covers / capacity(t, SAC_CAPACITY_COVER_UNITS);
  t->counters[SAC_COUNTER_WALK_BUSY_CYCLES] += (uint64_t)supercubes * kWalkEntry;
  t->cover += (uint64_t)supercubes * kWalkEntry + covers / capacity(t, SAC_CAPACITY_COVER_UNITS);
}

// Decoding goes on while the next blocks are looked up and fetched: the slower of both, and what neither hides.
static uint64_t fetch_cycles(const sac_timing_t *t, const sac_fetch_t *f) {
  const uint32_t lanes = capacity(t, SAC_CAPACITY_DENSITY_LANES), values = lanes < 16 ? lanes : 16;  // decoded a cycle
  const uint64_t decode = kRequest + f->texels * divide_up(16, values) + (uint64_t)f->blocks * kBlock;
  const uint64_t memory = (uint64_t)f->missed * (kMiss + t->config->memory_latency_cycles) +
                          divide_up(f->bytes, t->config->memory_bytes_per_cycle);
  return decode + memory;
}

void sac_timing_cube(sac_timing_t *t, const sac_work_cube_t *cube, int side, const sac_fetch_t *fetch) {
  const uint32_t lag = capacity(t, SAC_CAPACITY_ALIVE_LAG);
  const uint64_t cover = kCoverTest / capacity(t, SAC_CAPACITY_COVER_UNITS);
  t->counters[SAC_COUNTER_COVER_BUSY_CYCLES] += cover;
  t->cover += cover;
  if (!cube->covered) return;
  // What decides is known when the cube `lag` visits back is done.
  t->decide = later(later(t->cover, t->decide), t->sampled[(t->visited + SAC_TIMING_LAGS - lag) % SAC_TIMING_LAGS]) + kDecide;
  if (!cube->visited) {
    t->decide += cube->height;
    return;
  }
  const uint32_t i = t->visited++;
  const uint64_t before = t->sampled[(i + SAC_TIMING_LAGS - 1) % SAC_TIMING_LAGS];
  const uint64_t sparse = fetch_cycles(t, fetch);
  // Two banks of patches with lag 3, two sets of vertices with lag 2.
  const uint64_t patch = later(later(t->decide, t->patch_free), lag >= 3 ? t->vertex_done[i % 2] : t->vertex_done[(i + 1) % 2]);
  t->patch_free = patch + sparse;
  const uint64_t edge = (uint64_t)side + 1, steps = divide_up(48, capacity(t, SAC_CAPACITY_DENSITY_LANES)) * cube->vertices;
  const uint64_t vertex = kVertexLatency + later(edge * edge, steps);
  const uint64_t room = lag >= 2 ? t->sampled[(i + SAC_TIMING_LAGS - 2) % SAC_TIMING_LAGS] : before;
  t->vertex_free = later(later(t->patch_free, t->vertex_free), i >= 2 || lag < 2 ? room : 0) + vertex;
  t->vertex_done[i % 2] = t->vertex_free;
  const uint64_t scan = divide_up((uint64_t)cube->width, capacity(t, SAC_CAPACITY_SAMPLE_LANES)) * cube->height;
  const uint64_t sample = kSampleLatency + later(scan, cube->lane_steps);
  t->sampled[i % SAC_TIMING_LAGS] = later(t->vertex_free, before) + sample;
  t->counters[SAC_COUNTER_SPARSE_BUSY_CYCLES] += sparse;
  t->counters[SAC_COUNTER_VERTEX_BUSY_CYCLES] += vertex;
  t->counters[SAC_COUNTER_SAMPLE_BUSY_CYCLES] += sample;
}

// ---- The array: basis operations, and the layers of up to three batches, the oldest first.
static uint32_t groups_of(const sac_timing_t *t, uint32_t outputs) { return (uint32_t)divide_up(outputs, capacity(t, SAC_CAPACITY_LANES)); }

static uint64_t layer_beats(const sac_timing_t *t, uint32_t layer) {
  const uint64_t hidden = groups_of(t, kHidden);
  return layer == 0 ? hidden * kInputs : layer == 1 ? hidden * kHidden : 3 * hidden;
}

// Last beat to the word of results: multiply, tree, drain, requantise.
static uint64_t drain_cycles(const sac_timing_t *t, uint32_t layer) { return (layer == kLayers - 1 ? 3 : capacity(t, SAC_CAPACITY_LANES)) + 16; }

static void finish_batch(sac_timing_t *t, const sac_timing_batch_t *batch) {
  t->blend_free = later(t->blend_free, batch->ready) + batch->rows;
}

// Runs the layers that can start up to `until`.
static void run_array(sac_timing_t *t, uint64_t until) {
  for (;;) {
    sac_timing_batch_t *next = NULL;
    for (int i = 0; i < SAC_TIMING_BATCHES; i++) {
      sac_timing_batch_t *batch = &t->batches[(t->open_batch + i) % SAC_TIMING_BATCHES];
      if (!batch->used) continue;
      if (!next || later(batch->ready, t->array_free) < later(next->ready, t->array_free)) next = batch;
    }
    if (!next) return;
    const uint64_t start = later(next->ready, t->array_free);
    if (start > until) return;
    const uint64_t beats = layer_beats(t, next->layer);
    t->array_free = start + beats;
    t->counters[SAC_COUNTER_DOT_NETWORK_BEATS] += beats;
    next->ready = t->array_free + drain_cycles(t, next->layer);
    if (++next->layer == kLayers) {
      finish_batch(t, next);
      next->used = false;
    }
  }
}

static void close_batch(sac_timing_t *t) {
  if (t->open_entries == 0) return;
  sac_timing_batch_t *batch = &t->batches[t->open_batch % SAC_TIMING_BATCHES];
  if (batch->used) run_array(t, UINT64_MAX);  // three batches at most
  *batch = (sac_timing_batch_t){.ready = t->encode_free + kEncodeLatency, .rows = (uint32_t)t->open_entries, .used = true};
  t->counters[SAC_COUNTER_DOT_NETWORK_ROWS] += t->open_entries;
  t->open_batch++;
  t->open_entries = 0;
  run_array(t, t->encode_free);
}

// ---- Colour.
static void encode_entries(sac_timing_t *t) {
  if (!t->entries_waiting) return;
  t->entries_waiting = false;
  const uint64_t words = groups_of(t, kInputs) + 2, channels = divide_up(kChannels, capacity(t, SAC_CAPACITY_ENCODE_CHANNELS));
  const uint64_t interval = later(words, channels);
  t->encode_free = later(t->encode_free, t->features_ready);
  for (uint32_t e = 0; e < t->waiting.entries; e++) {
    if (t->open_entries == 0) {
      t->open_tile = t->tile;
      // The x half is free when layer 1 of the batch before the last has been read.
      const sac_timing_batch_t *before = &t->batches[t->open_batch % SAC_TIMING_BATCHES];
      run_array(t, t->encode_free);
      if (before->used) t->encode_free = later(t->encode_free, t->array_free);
    }
    t->encode_free += interval;
    if (++t->open_entries == capacity(t, SAC_CAPACITY_ROWS)) close_batch(t);
  }
  t->features[t->group % SAC_TIMING_LAGS] = t->encode_free;
}

void sac_timing_group(sac_timing_t *t, const sac_work_group_t *group, const sac_fetch_t *fetch) {
  const uint32_t rows = capacity(t, SAC_CAPACITY_ROWS);
  const uint64_t token = t->sampled[(t->visited + SAC_TIMING_LAGS - 1) % SAC_TIMING_LAGS];
  const uint64_t start = later(later(token, t->fetch_free), t->halves[t->group % 2]);
  t->fetch_free = start + kGroup + fetch_cycles(t, fetch);
  const uint64_t sets = capacity(t, SAC_CAPACITY_LANES) >= 64 ? 4 : 2;
  uint64_t at = later(later(t->fetch_free, t->products_free), t->features[(t->group + SAC_TIMING_LAGS - sets) % SAC_TIMING_LAGS]);
  const uint64_t steps = divide_up(kProducts, capacity(t, SAC_CAPACITY_APPEARANCE_LANES));
  const uint64_t words = groups_of(t, kFeatures), unload = divide_up(kFeatures, capacity(t, SAC_CAPACITY_ENCODE_CHANNELS)) + 2;
  uint64_t ready = at;
  for (uint32_t left = group->vertices; left > 0;) {
    const uint32_t here = left < rows ? left : rows;
    at += here * steps;
    run_array(t, at + kProductLatency);
    t->array_free = later(t->array_free, at + kProductLatency) + words * kProducts;
    t->counters[SAC_COUNTER_DOT_BASIS_BEATS] += words * kProducts;
    ready = t->array_free + drain_cycles(t, 0) + here * unload;
    left -= here;
  }
  t->products_free = at;
  t->halves[t->group % 2] = at;
  t->counters[SAC_COUNTER_COLOUR_BUSY_CYCLES] += at - start;
  // The entries of the group before are encoded meanwhile.
  encode_entries(t);
  t->group++;
  t->waiting = *group;
  t->entries_waiting = true;
  t->features_ready = ready;
}

void sac_timing_tile_end(sac_timing_t *t, bool last) {
  t->cubes_free = t->decide;
  for (int i = 0; i < SAC_TIMING_LAGS; i++) t->cubes_free = later(t->cubes_free, t->sampled[i]);
  encode_entries(t);
  if (last || t->open_tile < t->tile) close_batch(t);
  if (last) run_array(t, UINT64_MAX);
  const uint64_t blended = later(t->cubes_free, t->blend_free) + kBlendLatency;
  const uint64_t bytes = divide_up(8 * t->pixels, t->config->memory_bytes_per_cycle);
  t->write_free = later(t->write_free, blended) + kWriteLatency + t->config->memory_latency_cycles + later(t->pixels, bytes);
  t->written[t->tile % SAC_TIMING_TILES] = t->write_free;
  t->tile++;
}

uint64_t sac_timing_close(sac_timing_t *t) {
  const uint64_t cycles = later(t->write_free, later(t->cubes_free, t->rays_free));
  const uint64_t beats = t->counters[SAC_COUNTER_DOT_NETWORK_BEATS] + t->counters[SAC_COUNTER_DOT_BASIS_BEATS];
  t->counters[SAC_COUNTER_DOT_IDLE_CYCLES] += cycles > beats ? cycles - beats : 0;
  return cycles;
}
