// SPDX-License-Identifier: Apache-2.0
#include "vertex.h"

#include "../dot/network.h"
#include "../lib/parallel.h"

const int kPlaneU[3] = {0, 0, 1}, kPlaneV[3] = {1, 2, 2}, kPlaneW[3] = {2, 1, 0};

typedef struct {
  sac_scene_t *scene;
  const sac_planes_t *planes;
  sac_layer_t basis;
} work_t;

__attribute__((target_clones("avx2", "default"), optimize("O3")))
static int64_t dot16(const int16_t *restrict a, const int16_t *restrict b) {
  int64_t sum = 0;
  for (int i = 0; i < 16; i++) sum += (int64_t)a[i] * b[i];
  return sum;
}

static void compute_vertex(const work_t *work, const int at[3], int16_t *density, int16_t products[144]) {
  const sac_scene_t *scene = work->scene;
  const sac_planes_t *planes = work->planes;
  const unsigned shift = sac_field_get(scene->record, SAC_SCENE_DENSITY_SHIFT);
  const unsigned product_shift = sac_field_get(scene->record, SAC_SCENE_PRODUCT_SHIFT);
  const int bases[3] = {0, scene->vertices[2], scene->vertices[2] + scene->vertices[1]};
  int64_t sum = 0;
  for (int p = 0; p < 3; p++) {
    const size_t texel = (size_t)at[kPlaneV[p]] * scene->vertices[kPlaneU[p]] + at[kPlaneU[p]];
    const int row = bases[p] + at[kPlaneW[p]];
    sum += dot16(planes->density[p] + texel * 16, planes->tables->density_lines[row]);
    const int16_t *plane = planes->appearance[p] + texel * 48, *line = planes->tables->appearance_lines[row];
    for (int c = 0; c < 48; c++) products[48 * p + c] = sac_saturate16(sac_round_even((int64_t)plane[c] * line[c], product_shift));
  }
  *density = sac_saturate16(sac_round_even(sum, shift));
}

static void compute_layer(void *context, size_t z) {
  work_t *work = context;
  sac_scene_t *scene = work->scene;
  int16_t products[144];
  for (int y = 0; y < scene->vertices[1]; y++) for (int x = 0; x < scene->vertices[0]; x++) {
    const size_t vertex = sac_scene_vertex(scene, x, y, (int)z);
    if (scene->slot[vertex] < 0) continue;
    compute_vertex(work, (int[3]){x, y, (int)z}, &scene->density[vertex], products);
    sac_layer_run(&work->basis, products, 144, scene->features + (size_t)scene->slot[vertex] * SAC_FEATURE_STRIDE,
                  SAC_FEATURE_STRIDE, 1);
  }
}

bool sac_vertices_compute(sac_scene_t *scene, const sac_planes_t *planes) {
  work_t work = {.scene = scene, .planes = planes};
  const sac_tables_t *tables = planes->tables;
  if (!sac_layer_open(&work.basis, tables->weights, planes->lanes, 0, 144, SAC_FEATURES, tables->quant, false)) return false;
  sac_parallel((size_t)scene->vertices[2], compute_layer, &work);
  sac_layer_close(&work.basis);
  return true;
}
