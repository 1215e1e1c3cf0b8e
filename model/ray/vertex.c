// SPDX-License-Identifier: Apache-2.0
#include "vertex.h"

#include <string.h>

#include "../dot/network.h"
#include "../lib/parallel.h"

const int kPlaneU[3] = {0, 0, 1}, kPlaneV[3] = {1, 2, 2}, kPlaneW[3] = {2, 1, 0};

enum { kProducts = 144, kTogether = 48 };

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

// Products of 48 channels, shifted as sac_round_even does and saturated; 32 bits hold them where the shift is 1 to 30.
__attribute__((target_clones("avx2", "default"), optimize("O3")))
static void multiply48(const int16_t *restrict plane, const int16_t *restrict line, unsigned shift, int16_t *restrict out) {
  const int32_t round = (1 << (shift - 1)) - 1;
  for (int c = 0; c < 48; c++) {
    const int32_t product = plane[c] * line[c], value = (product + round + (product >> shift & 1)) >> shift;
    out[c] = (int16_t)(value > 32767 ? 32767 : value < -32768 ? -32768 : value);
  }
}

static void multiply48_any(const int16_t *plane, const int16_t *line, unsigned shift, int16_t *out) {
  for (int c = 0; c < 48; c++) out[c] = sac_saturate16(sac_round_even((int64_t)plane[c] * line[c], shift));
}

static void compute_vertex(const work_t *work, const int at[3], int16_t *density, int16_t products[kProducts]) {
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
    (product_shift >= 1 && product_shift <= 30 ? multiply48 : multiply48_any)(plane, line, product_shift, products + 48 * p);
  }
  *density = sac_saturate16(sac_round_even(sum, shift));
}

// Vertices whose products wait for the basis matrix.
typedef struct {
  int16_t products[kTogether][kProducts], features[kTogether][SAC_FEATURES];
  int32_t slot[kTogether];
  size_t count;
} batch_t;

static void run_basis(const work_t *work, batch_t *batch) {
  sac_layer_run(&work->basis, batch->products[0], kProducts, batch->features[0], SAC_FEATURES, batch->count);
  for (size_t i = 0; i < batch->count; i++) {
    memcpy(work->scene->features + (size_t)batch->slot[i] * SAC_FEATURE_STRIDE, batch->features[i], sizeof batch->features[i]);
  }
  batch->count = 0;
}

static void compute_layer(void *context, size_t z) {
  work_t *work = context;
  sac_scene_t *scene = work->scene;
  batch_t batch = {.count = 0};
  for (int y = 0; y < scene->vertices[1]; y++) for (int x = 0; x < scene->vertices[0]; x++) {
    const size_t vertex = sac_scene_vertex(scene, x, y, (int)z);
    if (scene->slot[vertex] < 0) continue;
    batch.slot[batch.count] = scene->slot[vertex];
    compute_vertex(work, (int[3]){x, y, (int)z}, &scene->density[vertex], batch.products[batch.count]);
    if (++batch.count == kTogether) run_basis(work, &batch);
  }
  if (batch.count) run_basis(work, &batch);
}

bool sac_vertices_compute(sac_scene_t *scene, const sac_planes_t *planes) {
  work_t work = {.scene = scene, .planes = planes};
  const sac_tables_t *tables = planes->tables;
  if (!sac_layer_open(&work.basis, tables->weights, planes->lanes, 0, kProducts, SAC_FEATURES, tables->quant, false)) return false;
  sac_parallel((size_t)scene->vertices[2], compute_layer, &work);
  sac_layer_close(&work.basis);
  return true;
}
