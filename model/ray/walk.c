// SPDX-License-Identifier: Apache-2.0
// The two-level walk (rtl/ray/sac_walk.sv): super-cubes, then cubes, by one triple loop ordered outward from the eye.
#include <stdlib.h>
#include <string.h>

#include "tile.h"

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

static bool walk_super(sac_tile_t *tile, const int super[3], sac_work_cube_t *since) {
  const sac_render_t *render = tile->render;
  const sac_scene_t *scene = &render->scene;
  const uint64_t bitmap = scene->bitmaps[((size_t)super[2] * scene->supers[1] + super[1]) * scene->supers[0] + super[0]];
  int low[3], high[3], origin[3];
  since->supercubes++;
  if (bitmap == 0) return true;
  for (int a = 0; a < 3; a++) {
    low[a] = 4 * super[a];
    high[a] = low[a] + 3 < scene->cubes[a] ? low[a] + 3 : scene->cubes[a] - 1;
    origin[a] = low[a] * scene->side;
  }
  since->super_tests++;
  if (sac_cover(render->camera, origin, 4 * scene->side, sac_field_get(render->camera, SAC_CAMERA_RADIUS_SUPER), tile->area).empty) return true;
  int cube[3];
  for (int z = 0; z <= high[2] - low[2]; z++) {
    cube[2] = outward(render->eye_cube[2], low[2], high[2], z);
    for (int y = 0; y <= high[1] - low[1]; y++) {
      cube[1] = outward(render->eye_cube[1], low[1], high[1], y);
      for (int x = 0; x <= high[0] - low[0]; x++) {
        cube[0] = outward(render->eye_cube[0], low[0], high[0], x);
        if (!(bitmap >> ((cube[0] & 3) | (cube[1] & 3) << 2 | (cube[2] & 3) << 4) & 1)) continue;
        if (tile->alive == 0) return true;
        if (!visit_cube(tile, cube, since)) return false;
      }
    }
  }
  return true;
}

static bool walk(sac_tile_t *tile) {
  const sac_render_t *render = tile->render;
  const int *n = render->scene.supers, *eye = render->eye_cube;
  sac_work_cube_t since = {0};
  bool good = true;
  for (int z = 0; z < n[2] && good; z++) for (int y = 0; y < n[1] && good; y++) for (int x = 0; x < n[0] && good; x++) {
    if (tile->alive == 0) break;
    const int super[3] = {outward(eye[0] >> 2, 0, n[0] - 1, x), outward(eye[1] >> 2, 0, n[1] - 1, y),
                          outward(eye[2] >> 2, 0, n[2] - 1, z)};
    good = walk_super(tile, super, &since);
  }
  tile->work.supercubes = since.supercubes;
  tile->work.super_tests = since.super_tests;
  return good;
}

bool sac_tile_open(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area) {
  memset(tile, 0, sizeof *tile);
  tile->render = render;
  tile->area = area;
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
