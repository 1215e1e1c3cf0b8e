// SPDX-License-Identifier: Apache-2.0
// The two-level walk (rtl/ray/sac_walk.sv): super-cubes, then cubes, by one triple loop ordered outward from the eye.
#include <stdlib.h>
#include <string.h>

#include "tile.h"

enum { kRowsAhead = 8 };  // directory rows read from the one in hand (WalkRows of rtl/ray/sac_ray_pkg.sv)

// n-th index of lo..hi outward from `eye`.
static int outward(int eye, int lo, int hi, int n) {
  const int from = eye < lo ? lo : eye > hi ? hi : eye;
  return n <= hi - from ? from + n : hi - n;
}

static void *grown(void *array, size_t count, size_t *room, size_t size) {
  if (count < *room) return array;
  *room = *room ? 2 * *room : 64;
  return realloc(array, *room * size);
}

// One cube: cover, alive check, visit. False if memory runs out.
static bool visit_cube(sac_tile_t *tile, const int cube[3], sac_work_cube_t *since) {
  const sac_render_t *render = tile->render;
  const sac_scene_t *scene = &render->scene;
  const int side = scene->side, origin[3] = {cube[0] * side, cube[1] * side, cube[2] * side};
  const sac_cover_t cover =
      sac_cover(render->camera, origin, side, sac_field_get(render->camera, SAC_CAMERA_RADIUS_CUBE), tile->area);
  sac_work_tile_t *work = &tile->work;
  work->cubes = grown(work->cubes, work->cube_count, &work->cube_room, sizeof *work->cubes);
  if (!work->cubes) return false;
  sac_work_cube_t *record = &work->cubes[work->cube_count++];
  *record = *since;
  memset(since, 0, sizeof *since);
  for (int a = 0; a < 3; a++) record->cube[a] = (uint16_t)cube[a];
  if (cover.empty) return true;
  const sac_rectangle_t r = cover.rectangle;
  record->covered = 1;
  record->width = (uint16_t)(r.x1 - r.x0 + 1);
  record->height = (uint16_t)(r.y1 - r.y0 + 1);
  for (int j = r.y0; j <= r.y1 && !record->visited; j++) {
    const sac_pixel_t *row = tile->pixels + (size_t)(j - tile->area.y0) * tile->width - tile->area.x0;
    for (int i = r.x0; i <= r.x1 && !record->visited; i++) record->visited = sac_pixel_alive(tile, row + i);
  }
  if (record->visited) sac_tile_visit(tile, cube, &cover, record);
  return work->groups || work->group_count == 0;
}

static size_t super_index(const sac_scene_t *scene, const int super[3]) {
  return ((size_t)super[2] * scene->supers[1] + super[1]) * scene->supers[0] + super[0];
}

static bool super_meets(const sac_tile_t *tile, const int super[3]) {
  const sac_render_t *render = tile->render;
  const int side = 4 * render->scene.side, origin[3] = {super[0] * side, super[1] * side, super[2] * side};
  return !sac_cover(render->camera, origin, side, sac_field_get(render->camera, SAC_CAMERA_RADIUS_SUPER), tile->area).empty;
}

static bool walk_super(sac_tile_t *tile, const int super[3], sac_work_cube_t *since) {
  const sac_render_t *render = tile->render;
  const sac_scene_t *scene = &render->scene;
  const uint64_t bitmap = scene->bitmaps[super_index(scene, super)];
  int low[3], high[3];
  since->supercubes++;
  if (bitmap == 0) return true;
  for (int a = 0; a < 3; a++) {
    low[a] = 4 * super[a];
    high[a] = low[a] + 3 < scene->cubes[a] ? low[a] + 3 : scene->cubes[a] - 1;
  }
  since->super_tests++;
  if (!super_meets(tile, super)) return true;
  int cube[3];
  for (int z = 0; z <= high[2] - low[2]; z++) {
    cube[2] = outward(render->eye_cube[2], low[2], high[2], z);
    for (int y = 0; y <= high[1] - low[1]; y++) {
      cube[1] = outward(render->eye_cube[1], low[1], high[1], y);
      for (int x = 0; x <= high[0] - low[0]; x++) {
        cube[0] = outward(render->eye_cube[0], low[0], high[0], x);
        if (!(bitmap >> ((cube[0] & 3) | (cube[1] & 3) << 2 | (cube[2] & 3) << 4) & 1)) continue;
        if (!sac_tile_alive(tile)) return true;
        if (!visit_cube(tile, cube, since)) return false;
      }
    }
  }
  return true;
}

static bool record_read(sac_work_tile_t *work, uint32_t address, uint32_t bytes) {
  work->reads = grown(work->reads, work->read_count, &work->read_room, sizeof *work->reads);
  if (work->reads) work->reads[work->read_count++] = (sac_work_read_t){address, bytes};
  return work->reads;
}

// The n-th super-cube in walk order.
static void nth_super(const sac_render_t *render, size_t n, int super[3]) {
  for (int a = 0; a < 3; a++) {
    const int count = render->scene.supers[a];
    super[a] = outward(render->eye_cube[a] >> 2, 0, count - 1, (int)(n % (size_t)count));
    n /= (size_t)count;
  }
}

// What the machine reads for `rows` directory rows: each row, and the masks of its super-cubes that meet the tile.
static bool record_reads(sac_tile_t *tile, size_t rows) {
  const sac_scene_t *scene = &tile->render->scene;
  const uint32_t walk = sac_field_get(scene->record, SAC_SCENE_WALK_ADDRESS), row_bytes = 16 * (uint32_t)scene->supers[0];
  const uint32_t masks = sac_field_get(scene->record, SAC_SCENE_MASK_ADDRESS);
  for (size_t n = 0; n < rows * (size_t)scene->supers[0]; n++) {
    int super[3];
    nth_super(tile->render, n, super);
    const size_t index = super_index(scene, super);
    if (n % (size_t)scene->supers[0] == 0 &&
        !record_read(&tile->work, walk + 16 * (uint32_t)(index - (size_t)super[0]), row_bytes)) return false;
    if (!scene->bitmaps[index] || !super_meets(tile, super)) continue;
    const uint32_t cubes = (uint32_t)__builtin_popcountll(scene->bitmaps[index]);
    const uint32_t bytes = scene->side_log2 < 2 ? (cubes + 3) & ~3u : cubes << (3 * scene->side_log2 - 3);
    if (!record_read(&tile->work, masks + scene->offsets[index], bytes)) return false;
  }
  return true;
}

static bool walk(sac_tile_t *tile) {
  const sac_render_t *render = tile->render;
  const int *count = render->scene.supers;
  const size_t rows = (size_t)count[1] * (size_t)count[2], supers = rows * (size_t)count[0];
  sac_work_cube_t since = {0};
  bool good = true;
  size_t n = 0;
  for (; n < supers && good && sac_tile_alive(tile); n++) {
    int super[3];
    nth_super(render, n, super);
    good = walk_super(tile, super, &since);
  }
  tile->work.supercubes = since.supercubes;
  tile->work.super_tests = since.super_tests;
  if (n == 0) return good;
  const size_t begun = (n - 1) / (size_t)count[0] + 1;
  return good && record_reads(tile, begun + kRowsAhead < rows ? begun + kRowsAhead : rows);
}

bool sac_tile_open(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area) {
  memset(tile, 0, sizeof *tile);
  tile->render = render;
  tile->area = area;
  tile->number = 1;
  tile->width = area.x1 - area.x0 + 1;
  const int height = area.y1 - area.y0 + 1;
  tile->work.width = (uint16_t)tile->width;
  tile->work.height = (uint16_t)height;
  tile->pixels = calloc((size_t)tile->width * height, sizeof *tile->pixels);
  if (!tile->pixels) return false;
  for (int j = 0; j < height; j++) for (int i = 0; i < tile->width; i++) {
    sac_pixel_t *pixel = &tile->pixels[(size_t)j * tile->width + i];
    sac_ray_setup(&pixel->ray, render->scene.record, render->camera, area.x0 + i, area.y0 + j);
    pixel->clear = 65536;
    tile->work.hits += pixel->ray.hit;
    tile->alive += sac_pixel_alive(tile, pixel);
  }
  return true;
}

bool sac_tile_run(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area) {
  return sac_tile_open(tile, render, area) && walk(tile);
}

void sac_tile_close(sac_tile_t *tile) {
  free(tile->pixels);
  free(tile->entries);
  tile->pixels = NULL;
  tile->entries = NULL;
}
