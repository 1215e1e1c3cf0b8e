// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

#include "timing_unit.h"

// Latencies and intervals of the units, as built (rtl/ray, rtl/sparse, rtl/dot).
enum {
  kRecords = 40,          // command, scene and camera records, without memory latency
  kTileStart = 20,        // corner of the tile's first ray
  kRayInterval = 43,      // cycles a ray and unit
  kRayLatency = 130,
  kWalkEntry = 1,         // a directory entry
  kWalkStart = 3,         // to the request for the first directory row
  kCoverTest = 88,        // a ball
  kDecide = 2,            // a step of the walk
  kVertexLatency = 14,
  kSampleLatency = 40,    // first pixel to first candidate, last candidate to composited, group closed
  kGroup = 2,             // a group's token to its first patch request
  kEntryGroups = 8,       // entries between merge and colour, times entry_group (sac_merge.sv)
  kSteps = 2,             // covered cubes kept before the decision (sac_walk_cubes.sv): with one cover unit,
  kManySteps = 16,        // with several
  kProductLatency = 8,
  kBlendLatency = 22,
  kWriteLatency = 30
};

static uint32_t capacity(const sac_timing_t *t, sac_capacity_t which) { return t->config->capacities[which]; }

bool sac_timing_open(sac_timing_t *t, const sac_machine_config_t *config, uint64_t *counters,
                     const sac_trace_t *trace) {
  memset(t, 0, sizeof *t);
  t->config = config;
  t->counters = counters;
  t->trace = trace;
  sac_timing_colour_open(&t->colour, config, counters, trace);
  t->rays_free = kRecords + 2ull * config->memory_latency_cycles;
  sac_memory_timing_open(&t->memory, config, capacity(t, SAC_CAPACITY_READ_BURSTS));
  const uint32_t lines = capacity(t, SAC_CAPACITY_DENSITY_CACHE_LINES);
  const uint32_t appearance_lines = capacity(t, SAC_CAPACITY_APPEARANCE_CACHE_LINES);
  return sac_sparse_timing_open(&t->density, &t->memory, config, lines, 1) &&
         sac_sparse_timing_open(&t->appearance, &t->memory, config, appearance_lines, 3);
}

// ---- Tiles, walk, samples.
// Write-back of the oldest tile, once it has been blended.
static void write_tile(sac_timing_t *t) {
  const uint32_t slot = t->tiles_written % SAC_TIMING_TILES;
  const uint64_t blended = sac_later(t->walked[slot], sac_timing_colour_tile(&t->colour, t->tiles_written));
  const uint64_t bytes = sac_divide_up(8 * t->pixels[slot], t->config->memory_bytes_per_cycle);
  const uint64_t start = sac_later(t->write_free, blended + kBlendLatency);
  t->write_free = start + kWriteLatency + t->config->memory_latency_cycles + sac_later(t->pixels[slot], bytes);
  sac_trace_span(t->trace, "writeback", "tile", start, t->write_free, t->tiles_written);
  t->tiles_written++;
}

void sac_timing_tile(sac_timing_t *t, uint64_t pixels) {
  const uint64_t interval = sac_divide_up(kRayInterval * pixels, capacity(t, SAC_CAPACITY_RAY_UNITS));
  if (t->tile >= SAC_TIMING_TILES) write_tile(t);
  const uint64_t start = sac_later(t->rays_free, t->write_free);
  t->rays_free = start + kTileStart + kRayLatency + interval;
  t->counters[SAC_COUNTER_RAY_BUSY_CYCLES] += t->rays_free - start;
  sac_trace_span(t->trace, "ray", "tile", start, t->rays_free, t->tile);
  const uint64_t walk = sac_later(t->rays_free, t->cubes_free);
  t->pixels[t->tile % SAC_TIMING_TILES] = pixels;
  t->visited = t->covered = 0;
  t->cover = t->decide = t->walk_begun = walk;
  t->rows = t->entries_left = t->masks = 0;
  for (int i = 0; i < SAC_TIMING_ROWS; i++) t->row_walked[i] = walk + kWalkStart;
  for (int i = 0; i < SAC_TIMING_LAGS; i++) t->sampled[i] = walk;
  t->patch_free = t->vertex_free = t->vertex_done[0] = t->vertex_done[1] = walk;
}

void sac_timing_walk(sac_timing_t *t, uint32_t supercubes, uint32_t tests, uint32_t row) {
  for (uint64_t left = supercubes; left > 0;) {
    if (t->entries_left == 0) {
      uint64_t *const ahead = &t->row_walked[t->rows++ % SAC_TIMING_ROWS];
      t->cover = sac_later(t->cover, sac_memory_timing_read(&t->memory, &t->walk, *ahead, 0, 16 * (uint64_t)row));
      *ahead = t->cover;
      t->entries_left = row;
    }
    const uint64_t here = left < t->entries_left ? left : t->entries_left;
    t->entries_left -= here;
    left -= here;
  }
  const uint64_t covers = (uint64_t)tests * kCoverTest;
  t->counters[SAC_COUNTER_COVER_BUSY_CYCLES] += covers / capacity(t, SAC_CAPACITY_COVER_UNITS);
  t->cover += (uint64_t)supercubes * kWalkEntry + covers / capacity(t, SAC_CAPACITY_COVER_UNITS);
}

void sac_timing_masks(sac_timing_t *t, uint32_t address, uint32_t bytes) {
  t->masks = sac_memory_timing_read(&t->memory, &t->walk, t->cover, address, bytes);
}

void sac_timing_cube(sac_timing_t *t, const sac_work_cube_t *cube, int side, const sac_sparse_request_t *patches) {
  const uint32_t lag = capacity(t, SAC_CAPACITY_ALIVE_LAG);
  const uint64_t cover = kCoverTest / capacity(t, SAC_CAPACITY_COVER_UNITS);
  // Balls are projected ahead of the decisions as far as steps are kept, besides the one that is decided on.
  const uint32_t ahead = (capacity(t, SAC_CAPACITY_COVER_UNITS) > 1 ? kManySteps : kSteps) + 1;
  if (t->covered >= ahead) t->cover = sac_later(t->cover, t->decided[(t->covered - ahead) % SAC_TIMING_STEPS]);
  t->counters[SAC_COUNTER_COVER_BUSY_CYCLES] += cover;
  t->cover += cover;
  if (!cube->covered) return;
  // What decides is known when the cube `lag` visits back is done.
  const uint64_t deaths = t->sampled[(t->visited + SAC_TIMING_LAGS - lag) % SAC_TIMING_LAGS];
  t->decide = sac_later(sac_later(sac_later(t->cover, t->masks), t->decide), deaths) + kDecide;
  if (!cube->visited) t->decide += cube->height;
  t->decided[t->covered++ % SAC_TIMING_STEPS] = t->decide;
  if (!cube->visited) return;
  const uint32_t i = t->visited++;
  const uint64_t before = t->sampled[(i + SAC_TIMING_LAGS - 1) % SAC_TIMING_LAGS];
  // Two banks of patches with lag 3, two sets of vertices with lag 2.
  const uint64_t bank = t->vertex_done[(lag >= 3 ? i : i + 1) % 2];
  const uint64_t patch = sac_later(t->decide, bank), busy = sac_later(patch, t->patch_free);
  t->patch_free = sac_sparse_timing_run(&t->density, patch, patches);
  const uint64_t edge = (uint64_t)side + 1;
  const uint64_t steps = sac_divide_up(48, capacity(t, SAC_CAPACITY_DENSITY_LANES)) * cube->vertices;
  const uint64_t vertex = kVertexLatency + sac_later(edge * edge, steps);
  const uint64_t room = lag >= 2 ? t->sampled[(i + SAC_TIMING_LAGS - 2) % SAC_TIMING_LAGS] : before;
  t->vertex_free = sac_later(sac_later(t->patch_free, t->vertex_free), i >= 2 || lag < 2 ? room : 0) + vertex;
  t->vertex_done[i % 2] = t->vertex_free;
  const uint64_t scan = sac_divide_up((uint64_t)cube->width, capacity(t, SAC_CAPACITY_SAMPLE_LANES)) * cube->height;
  const uint64_t sample = kSampleLatency + sac_later(scan, cube->lane_steps);
  const uint64_t start = sac_later(t->vertex_free, before);
  t->sampled[i % SAC_TIMING_LAGS] = start + sample;
  sac_trace_span(t->trace, "sample", "cube", start, start + sample, i);
  t->counters[SAC_COUNTER_SPARSE_BUSY_CYCLES] += t->patch_free - busy;
  t->counters[SAC_COUNTER_VERTEX_BUSY_CYCLES] += vertex;
  t->counters[SAC_COUNTER_SAMPLE_BUSY_CYCLES] += sample;
  sac_trace_span(t->trace, "sparse.density", "cube", busy, t->patch_free, i);
  sac_trace_span(t->trace, "vertex", "cube", t->vertex_free - vertex, t->vertex_free, i);
}

// ---- Groups: patches and products; basis, entries and network are the colour unit's.
void sac_timing_group(sac_timing_t *t, const sac_work_group_t *group, const sac_sparse_request_t *patches) {
  sac_timing_colour_t *colour = &t->colour;
  uint64_t *sampled = &t->sampled[(t->visited + SAC_TIMING_LAGS - 1) % SAC_TIMING_LAGS];
  const uint64_t room = (uint64_t)kEntryGroups * capacity(t, SAC_CAPACITY_ENTRY_GROUP);
  // The queues of entries and of groups hold the samples up.
  uint64_t token = *sampled;
  if (t->group >= SAC_TIMING_GROUPS) token = sac_later(token, t->fetch_started[t->group % SAC_TIMING_GROUPS]);
  t->entries += group->entries;
  if (t->entries > room) token = sac_later(token, sac_timing_colour_taken(colour, t->entries - room));
  t->counters[SAC_COUNTER_SAMPLE_BUSY_CYCLES] += token - *sampled;
  *sampled = token;
  const uint64_t start = sac_later(sac_later(token, t->appearance.accept), t->halves[t->group % 2]);
  t->fetch_started[t->group % SAC_TIMING_GROUPS] = start;
  const uint64_t busy = sac_later(start, t->fetch_free);
  const uint64_t fetched = sac_sparse_timing_run(&t->appearance, start + kGroup, patches);
  sac_trace_span(t->trace, "sparse.appearance", "group", busy, fetched, t->group);
  t->fetch_free = fetched;
  const uint64_t idle = sac_timing_colour_idle(colour, start);
  if (idle != UINT64_MAX) {
    t->counters[SAC_COUNTER_COLOUR_BUSY_CYCLES] += idle - t->colour_begun;
    t->colour_begun = start;
  }
  const uint64_t products = sac_later(fetched, t->products_free);
  uint64_t at = products, ready = at;
  const uint64_t steps = sac_divide_up(SAC_TIMING_PRODUCTS, capacity(t, SAC_CAPACITY_APPEARANCE_LANES));
  const uint32_t rows = capacity(t, SAC_CAPACITY_ROWS);
  for (uint32_t left = group->vertices, here; left > 0; left -= here) {
    here = left < rows ? left : rows;
    at = sac_later(at, t->products_read[t->operations % 2]) + here * steps;
    t->products_read[t->operations++ % 2] =
        sac_timing_colour_basis(colour, at + kProductLatency, here, t->group, &ready);
  }
  sac_trace_span(t->trace, "colour.products", "group", products, at, t->group);
  t->products_free = at;
  t->halves[t->group++ % 2] = at;
  sac_timing_colour_group(colour, ready, group->entries);
}

void sac_timing_tile_end(sac_timing_t *t, bool last) {
  // The walk lasts until its last ball is projected.
  t->decide = t->cubes_free = sac_later(t->decide, t->cover);
  for (int i = 0; i < SAC_TIMING_LAGS; i++) t->cubes_free = sac_later(t->cubes_free, t->sampled[i]);
  t->counters[SAC_COUNTER_WALK_BUSY_CYCLES] += t->decide - t->walk_begun;
  sac_trace_span(t->trace, "walk", "tile", t->walk_begun, t->decide, t->tile);
  t->walked[t->tile++ % SAC_TIMING_TILES] = t->cubes_free;
  sac_timing_colour_tile_end(&t->colour, t->cubes_free, last);
}

uint64_t sac_timing_close(sac_timing_t *t) {
  sac_sparse_timing_close(&t->density);
  sac_sparse_timing_close(&t->appearance);
  while (t->tiles_written < t->tile) write_tile(t);
  const uint64_t cycles = sac_later(t->write_free, sac_later(t->cubes_free, t->rays_free));
  const uint64_t idle = sac_timing_colour_idle(&t->colour, UINT64_MAX);
  if (idle != UINT64_MAX) t->counters[SAC_COUNTER_COLOUR_BUSY_CYCLES] += idle - t->colour_begun;
  const uint64_t beats = t->counters[SAC_COUNTER_DOT_NETWORK_BEATS] + t->counters[SAC_COUNTER_DOT_BASIS_BEATS];
  t->counters[SAC_COUNTER_DOT_IDLE_CYCLES] += cycles > beats ? cycles - beats : 0;
  return cycles;
}
