// SPDX-License-Identifier: Apache-2.0
// Samples of a cube and their compositing (rtl/ray/sac_sample.sv, sac_interpolate.sv, sac_composite.sv).
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/number.h"

enum {
  kMaxEdge = 9,
  kMaxLanes = 8,
  kRangeSteps = 3  // a pixel's range takes as long as so many candidates
};

// The cube being visited.
typedef struct {
  sac_tile_t *tile;
  sac_work_cube_t *record;
  int origin[3];
  const uint8_t *mask;
  uint8_t needed[kMaxEdge * kMaxEdge * kMaxEdge];  // appearance vertices of the open group
  sac_work_group_t group;
  uint32_t steps;                                  // of the pixel in hand
} visit_t;

static int lerp(int a, int b, int f) { return (a * (256 - f) + b * f + 128) >> 8; }

static int density_at(const sac_scene_t *scene, size_t vertex, const int f[3]) {
  const size_t dy = (size_t)scene->vertices[0], dz = dy * (size_t)scene->vertices[1];
  const int16_t *d = scene->density + vertex;
  const int low = lerp(lerp(d[0], d[1], f[0]), lerp(d[dy], d[dy + 1], f[0]), f[1]);
  const int high = lerp(lerp(d[dz], d[dz + 1], f[0]), lerp(d[dz + dy], d[dz + dy + 1], f[0]), f[1]);
  return lerp(low, high, f[2]);
}

static void close_group(visit_t *visit) {
  sac_work_tile_t *work = &visit->tile->work;
  if (visit->group.entries == 0) return;
  if (work->group_count == work->group_room) {
    work->group_room = work->group_room ? 2 * work->group_room : 64;
    work->groups = realloc(work->groups, work->group_room * sizeof *work->groups);
  }
  if (work->groups) work->groups[work->group_count] = visit->group;
  work->group_count++;
  visit->record->groups++;
  memset(visit->needed, 0, sizeof visit->needed);
  visit->group = (sac_work_group_t){.low = {255, 255, 255}};
}

void sac_tile_entry(sac_tile_t *tile, sac_pixel_t *pixel, size_t vertex, const int f[3]) {
  if (tile->entry_count == tile->entry_room) {
    tile->entry_room = tile->entry_room ? 2 * tile->entry_room : 256;
    tile->entries = realloc(tile->entries, tile->entry_room * sizeof *tile->entries);
    if (!tile->entries) abort();  // a few MB at most
  }
  tile->entries[tile->entry_count++] = (sac_entry_t){(uint32_t)(pixel - tile->pixels), (uint32_t)vertex,
      {(uint8_t)f[0], (uint8_t)f[1], (uint8_t)f[2]}, pixel->carried};
  pixel->carried = 0;
}

// Counts an entry in the open group with the appearance vertices that it needs.
static void count_entry(visit_t *visit, const int local[3]) {
  sac_tile_t *tile = visit->tile;
  for (int c = 0; c < 8; c++) {
    uint8_t *needed = &visit->needed[((local[2] + (c >> 2)) * kMaxEdge + local[1] + (c >> 1 & 1)) * kMaxEdge + local[0] + (c & 1)];
    visit->group.vertices += !*needed;
    *needed = 1;
  }
  for (int a = 0; a < 3; a++) {
    if (local[a] < visit->group.low[a]) visit->group.low[a] = (uint8_t)local[a];
    if (local[a] + 1 > visit->group.high[a]) visit->group.high[a] = (uint8_t)(local[a] + 1);
  }
  tile->work.entries++;
  if (++visit->group.entries == tile->render->entry_group) close_group(visit);
}

int32_t sac_sample_composite(const sac_render_t *render, sac_pixel_t *pixel, int k, size_t vertex, const int f[3]) {
  const int density = density_at(&render->scene, vertex, f);
  const int64_t exponent = sac_clamp((int64_t)pixel->exponent + render->softplus[density + 32768], 0, (1 << 25) - 1);
  const int32_t power = (int32_t)sac_lookup(&render->tables->lookup[SAC_TARGET_EXP2], (int32_t)(exponent & 0xfffff));
  const int32_t clear = (int32_t)sac_round_up(power, (unsigned)(exponent >> 20));
  const int32_t weight = pixel->clear - clear;
  pixel->depth += (int64_t)weight * k;
  pixel->carried += weight;
  pixel->exponent = (int32_t)exponent;
  pixel->clear = clear;
  return weight;
}

static void composite(visit_t *visit, sac_pixel_t *pixel, int k, size_t vertex, const int local[3], const int f[3]) {
  const sac_render_t *render = visit->tile->render;
  visit->record->samples++;
  if (pixel->clear <= render->termination) return;
  visit->tile->work.contributing++;
  sac_sample_composite(render, pixel, k, vertex, f);
  if (pixel->carried < render->carry) return;
  sac_tile_entry(visit->tile, pixel, vertex, f);
  count_entry(visit, local);
}

sac_range_t sac_sample_range(const sac_ray_t *ray, const int origin[3], int side, int samples) {
  sac_range_t range = {.first = 0, .last = samples - 1};
  for (int a = 0; a < 3; a++) {
    if (ray->inverse[a] == 0) continue;
    const int64_t low = (((int64_t)origin[a] << 18) - ray->position[a]) >> 8;
    const int64_t high = (((int64_t)(origin[a] + side) << 18) - ray->position[a]) >> 8;
    const bool down = ray->inverse[a] < 0;
    const int64_t enter = ((down ? high : low) * ray->inverse[a]) >> 22, leave = ((down ? low : high) * ray->inverse[a]) >> 22;
    if (enter > range.first) range.first = enter;
    if (leave + 1 < range.last) range.last = leave + 1;
  }
  return range;
}

// The cell and fraction at p, relative to the origin of a cube (s.18).
static inline bool cell_at(const int64_t p[3], int side_log2, const uint8_t *mask, int local[3], int fraction[3]) {
  if ((uint64_t)(p[0] | p[1] | p[2]) >> (18 + side_log2)) return false;
  for (int a = 0; a < 3; a++) {
    local[a] = (int)(p[a] >> 18);
    fraction[a] = (int)(p[a] >> 10 & 255);
  }
  const int bit = local[0] | local[1] << side_log2 | local[2] << 2 * side_log2;
  return mask[bit >> 3] >> (bit & 7) & 1;
}

bool sac_sample_at(const sac_ray_t *ray, int64_t k, const int origin[3], int side_log2, const uint8_t *mask, int local[3],
                   int fraction[3]) {
  int64_t p[3];
  for (int a = 0; a < 3; a++) p[a] = ray->position[a] + k * ray->step[a] - ((int64_t)origin[a] << 18);
  return cell_at(p, side_log2, mask, local, fraction);
}

static void visit_pixel(visit_t *visit, sac_pixel_t *pixel) {
  const sac_scene_t *scene = &visit->tile->render->scene;
  const int *origin = visit->origin;
  const sac_range_t range =
      sac_sample_range(&pixel->ray, origin, scene->side, (int)sac_field_get(scene->record, SAC_SCENE_SAMPLES));
  const uint32_t candidates = range.last < range.first ? 0 : (uint32_t)(range.last - range.first + 1);
  visit->record->rays++;
  visit->record->candidates += candidates;
  visit->steps = candidates < kRangeSteps ? kRangeSteps : candidates;
  if (candidates == 0) return;
  const sac_ray_t *const ray = &pixel->ray;
  int64_t p[3];
  for (int a = 0; a < 3; a++) p[a] = ray->position[a] + range.first * ray->step[a] - ((int64_t)origin[a] << 18);
  for (int64_t k = range.first; k <= range.last; k++, p[0] += ray->step[0], p[1] += ray->step[1], p[2] += ray->step[2]) {
    int local[3], f[3];
    if (!cell_at(p, scene->side_log2, visit->mask, local, f)) continue;
    const size_t vertex = sac_scene_vertex(scene, origin[0] + local[0], origin[1] + local[1], origin[2] + local[2]);
    composite(visit, pixel, (int)k, vertex, local, f);
  }
}

// Density vertices of the cube: those of its active cells.
static unsigned needed_vertices(const visit_t *visit, int side) {
  uint8_t needed[kMaxEdge * kMaxEdge * kMaxEdge] = {0};
  unsigned count = 0;
  for (int cell = 0; cell < side * side * side; cell++) {
    if (!(visit->mask[cell >> 3] >> (cell & 7) & 1)) continue;
    const int x = cell % side, y = cell / side % side, z = cell / side / side;
    for (int c = 0; c < 8; c++) {
      uint8_t *vertex = &needed[((z + (c >> 2)) * kMaxEdge + y + (c >> 1 & 1)) * kMaxEdge + x + (c & 1)];
      count += !*vertex;
      *vertex = 1;
    }
  }
  return count;
}

void sac_tile_visit(sac_tile_t *tile, const int cube[3], const sac_cover_t *cover, sac_work_cube_t *record) {
  const sac_scene_t *scene = &tile->render->scene;
  const sac_rectangle_t r = cover->rectangle;
  visit_t visit = {.tile = tile, .record = record, .mask = scene->masks[sac_scene_cube(scene, cube[0], cube[1], cube[2])],
                   .group = {.low = {255, 255, 255}}};
  for (int a = 0; a < 3; a++) visit.origin[a] = cube[a] * scene->side;
  record->vertices = (uint16_t)needed_vertices(&visit, scene->side);
  // In the order of the machine's entries: a row's columns by lane.
  const int lanes = (int)tile->render->sample_lanes;
  uint32_t steps[kMaxLanes] = {0};
  for (int j = r.y0; j <= r.y1; j++) for (int lane = 0; lane < lanes; lane++) {
    const int skip = (lane + lanes - (r.x0 - tile->area.x0) % lanes) % lanes;
    for (int i = r.x0 + skip; i <= r.x1; i += lanes) {
      sac_pixel_t *pixel = &tile->pixels[(size_t)(j - tile->area.y0) * tile->width + i - tile->area.x0];
      if (!sac_pixel_alive(tile, pixel) || !sac_cover_pixel(cover, i, j)) continue;
      visit_pixel(&visit, pixel);
      steps[lane] += visit.steps;
      if (steps[lane] > record->lane_steps) record->lane_steps = steps[lane];
      if (pixel->died || pixel->clear > tile->render->termination) continue;
      pixel->died = tile->number;
      tile->alive--;
      tile->deaths[tile->number & 3]++;
    }
  }
  close_group(&visit);
  tile->deaths[++tile->number & 3] = 0;
}
