// SPDX-License-Identifier: Apache-2.0
#include "uniform.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/number.h"
#include "sample.h"

static void sample(sac_tile_t *tile, sac_pixel_t *pixel, int k, int32_t threshold, sac_uniform_work_t *work) {
  const sac_scene_t *scene = &tile->render->scene;
  int cell[3], local[3], fraction[3], cube[3];
  for (int a = 0; a < 3; a++) {
    const int64_t p = pixel->ray.position[a] + (int64_t)k * pixel->ray.step[a];
    if (p < 0 || p >> 18 >= scene->vertices[a] - 1) return;
    cell[a] = (int)(p >> 18);
    fraction[a] = (int)(p >> 10 & 255);
    cube[a] = cell[a] >> scene->side_log2;
    local[a] = cell[a] & (scene->side - 1);
  }
  work->mask_lookups++;
  const uint8_t *mask = scene->masks[sac_scene_cube(scene, cube[0], cube[1], cube[2])];
  const int bit = local[0] | local[1] << scene->side_log2 | local[2] << 2 * scene->side_log2;
  if (!mask || !(mask[bit >> 3] >> (bit & 7) & 1)) return;
  work->interpolated++;
  const size_t vertex = sac_scene_vertex(scene, cell[0], cell[1], cell[2]);
  const int32_t weight = sac_sample_composite(tile->render, pixel, k, vertex, fraction);
  if (weight < threshold) return;
  pixel->carried = weight;  // this sample's own weight: nothing is carried
  sac_tile_entry(tile, pixel, vertex, fraction);
  work->evaluations++;
}

bool sac_uniform_tile(sac_tile_t *tile, const sac_render_t *render, sac_rectangle_t area, int32_t threshold, sac_uniform_work_t *work) {
  const int samples = (int)sac_field_get(render->scene.record, SAC_SCENE_SAMPLES);
  if (!sac_tile_open(tile, render, area)) return false;
  const size_t pixels = (size_t)tile->width * (size_t)(area.y1 - area.y0 + 1);
  work->rays += pixels;
  work->hits += tile->work.hits;
  for (size_t i = 0; i < pixels; i++) {
    for (int k = 0; k < samples && tile->pixels[i].ray.hit; k++) sample(tile, &tile->pixels[i], k, threshold, work);
    tile->pixels[i].carried = 0;  // what was under the threshold is lost, as published
  }
  return true;
}
