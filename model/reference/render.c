// SPDX-License-Identifier: Apache-2.0
// RENDER of the scalar reference in both orders (docs/architecture.md, sections 2 to 4).
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "ray.h"
#include "scene.h"

typedef struct {
  sac_reference_ray_t ray;
  int64_t exponent;   // S, u5.20
  int64_t clear;      // T, 65536 = clear
  int64_t carried, depth;
  uint64_t sum[3];
  uint16_t last[3];
  bool coloured;
} pixel_t;

typedef struct {
  sac_reference_t *reference;
  const uint32_t *camera;
  sac_reference_scene_t scene;
  int64_t termination, carry;
  int eye_cell[3];
  sac_reference_rectangle_t tile;
  pixel_t *pixels;  // of the tile
} job_t;

static pixel_t *pixel_at(job_t *job, int i, int j) {
  return &job->pixels[(j - job->tile.y0) * (job->tile.x1 - job->tile.x0 + 1) + i - job->tile.x0];
}

static bool alive(const job_t *job, const pixel_t *pixel) {
  return pixel->ray.hit && pixel->clear > job->termination;
}

static void colour_entry(job_t *job, pixel_t *pixel, const int cell[3], const int fraction[3]) {
  int16_t features[27], x[150];
  uint16_t colour[3];
  job->reference->counters[SAC_COUNTER_COMPOSITE_ENTRIES]++;
  sac_reference_features(&job->scene, cell, fraction, features);
  sac_reference_encode(job->reference, features, pixel->ray.view,
                       sac_field_get(job->scene.record, SAC_SCENE_PHASE_EXPONENT), x);
  sac_reference_network(job->reference, x, colour);
  for (int ch = 0; ch < 3; ch++) {
    pixel->sum[ch] += (uint64_t)pixel->carried * colour[ch];
    pixel->last[ch] = colour[ch];
  }
  pixel->coloured = true;
  pixel->carried = 0;
}

// Sample k of a pixel: position, cell and fractions; false where it is not in an active cell of the grid.
static bool sample_place(const job_t *job, const pixel_t *pixel, int k, int cell[3], int fraction[3]) {
  for (int a = 0; a < 3; a++) {
    const int64_t p = (int64_t)pixel->ray.position[a] + (int64_t)k * pixel->ray.step[a];
    if (p < 0 || p >> 18 >= job->scene.vertices[a] - 1) return false;
    cell[a] = (int)(p >> 18);
    fraction[a] = (int)(p >> 10 & 255);
  }
  return sac_reference_cell_active(&job->scene, cell);
}

static void sample_composite(job_t *job, pixel_t *pixel, int k, const int cell[3], const int fraction[3]) {
  const sac_reference_table_t *tables = job->reference->tables;
  const int16_t f = sac_reference_density(&job->scene, cell, fraction);
  job->reference->counters[SAC_COUNTER_SAMPLE_SAMPLES]++;
  if (pixel->clear <= job->termination) return;
  int64_t s = sac_reference_table_evaluate(&tables[SAC_TARGET_SOFTPLUS], f);
  if (s < 0) s = 0;
  int64_t exponent = pixel->exponent + s;
  if (exponent > (1 << 25) - 1) exponent = (1 << 25) - 1;
  const int64_t power = sac_reference_table_evaluate(&tables[SAC_TARGET_EXP2], (int32_t)(exponent & 0xfffff));
  const int64_t clear = sac_reference_round_up(power, (unsigned)(exponent >> 20));
  const int64_t weight = pixel->clear - clear;
  job->reference->counters[SAC_COUNTER_COMPOSITE_CONTRIBUTING]++;
  pixel->depth += weight * k;
  pixel->carried += weight;
  pixel->exponent = exponent;
  pixel->clear = clear;
  if (pixel->carried >= (job->carry > 1 ? job->carry : 1)) colour_entry(job, pixel, cell, fraction);
}

// Visits the candidates of one pixel in one cube.
static void visit_pixel(job_t *job, pixel_t *pixel, const int origin[3]) {
  const int side = job->scene.side;
  int64_t first = 0, last = (int64_t)sac_field_get(job->scene.record, SAC_SCENE_SAMPLES) - 1;
  job->reference->counters[SAC_COUNTER_SAMPLE_RAYS]++;
  for (int a = 0; a < 3; a++) {
    if (pixel->ray.inv12[a] == 0) continue;
    const bool down = pixel->ray.step[a] < 0;
    const int64_t near = (int64_t)(origin[a] + (down ? side : 0)) << 18, far = (int64_t)(origin[a] + (down ? 0 : side)) << 18;
    const int64_t inverse = down ? -(int64_t)pixel->ray.inv12[a] : (int64_t)pixel->ray.inv12[a];
    const int64_t kn = (((near - pixel->ray.position[a]) >> 8) * inverse) >> 22;
    const int64_t kf = (((far - pixel->ray.position[a]) >> 8) * inverse) >> 22;
    if (kn > first) first = kn;
    if (kf + 1 < last) last = kf + 1;
  }
  for (int64_t k = first; k <= last; k++) {
    int cell[3], fraction[3];
    job->reference->counters[SAC_COUNTER_SAMPLE_CANDIDATES]++;
    if (!sample_place(job, pixel, (int)k, cell, fraction)) continue;
    if (cell[0] / side != origin[0] / side || cell[1] / side != origin[1] / side || cell[2] / side != origin[2] / side) continue;
    sample_composite(job, pixel, (int)k, cell, fraction);
  }
}

static uint64_t needed_vertices(const job_t *job, const int origin[3]) {
  const int side = job->scene.side, edge = side + 1;
  uint8_t needed[9 * 9 * 9] = {0};
  uint64_t count = 0;
  for (int c = 0; c < side * side * side; c++) {
    const int local[3] = {c % side, c / side % side, c / side / side};
    const int cell[3] = {origin[0] + local[0], origin[1] + local[1], origin[2] + local[2]};
    if (cell[0] >= job->scene.vertices[0] - 1 || cell[1] >= job->scene.vertices[1] - 1 || cell[2] >= job->scene.vertices[2] - 1) continue;
    if (!sac_reference_cell_active(&job->scene, cell)) continue;
    for (int v = 0; v < 8; v++) needed[((local[2] + (v >> 2)) * edge + local[1] + (v >> 1 & 1)) * edge + local[0] + (v & 1)] = 1;
  }
  for (int i = 0; i < edge * edge * edge; i++) count += needed[i];
  return count;
}

static void visit_cube(job_t *job, const int cube[3]) {
  uint64_t *counters = job->reference->counters;
  const int side = job->scene.side;
  const int origin[3] = {cube[0] * side, cube[1] * side, cube[2] * side};
  counters[SAC_COUNTER_WALK_CUBES]++;
  counters[SAC_COUNTER_COVER_TESTS]++;
  const sac_reference_cover_t cover =
      sac_reference_cover(job->camera, origin, side, sac_field_get(job->camera, SAC_CAMERA_RADIUS_CUBE), job->tile);
  if (cover.kind == SAC_COVER_NONE) return;
  bool any = false;
  const sac_reference_rectangle_t r = cover.rectangle;
  for (int j = r.y0; j <= r.y1; j++) for (int i = r.x0; i <= r.x1; i++) any = any || alive(job, pixel_at(job, i, j));
  counters[any ? SAC_COUNTER_RENDER_CUBES_VISITED : SAC_COUNTER_RENDER_CUBES_DEAD]++;
  if (!any) return;
  counters[SAC_COUNTER_VERTEX_VERTICES] += needed_vertices(job, origin);
  for (int j = r.y0; j <= r.y1; j++) for (int i = r.x0; i <= r.x1; i++) {
    pixel_t *pixel = pixel_at(job, i, j);
    counters[SAC_COUNTER_RENDER_PIXELS_TESTED]++;
    if (alive(job, pixel) && sac_reference_covered(&cover, i, j)) visit_pixel(job, pixel, origin);
  }
}

// The indices lo..hi outward from `eye`: eye, eye+1, .., hi, eye-1, .., lo.
static int outward(int eye, int lo, int hi, int n) {
  const int from = eye < lo ? lo : eye > hi ? hi : eye;
  return n <= hi - from ? from + n : from - 1 - (n - (hi - from + 1));
}

static bool any_alive(job_t *job) {
  for (int j = job->tile.y0; j <= job->tile.y1; j++)
    for (int i = job->tile.x0; i <= job->tile.x1; i++)
      if (alive(job, pixel_at(job, i, j))) return true;
  return false;
}

// Every cube of the tile in view order; false as soon as no pixel is alive.
static bool walk_super(job_t *job, const int super[3], const int eye_cube[3]) {
  uint64_t *counters = job->reference->counters;
  const int *supers = job->scene.supers;
  const uint8_t *entry = job->reference->memory + sac_field_get(job->scene.record, SAC_SCENE_WALK_ADDRESS) +
                         16ull * ((uint64_t)(super[2] * supers[1] + super[1]) * supers[0] + super[0]);
  uint64_t bitmap;
  int low[3], high[3];
  memcpy(&bitmap, entry, 8);
  counters[SAC_COUNTER_WALK_SUPERCUBES]++;
  if (bitmap == 0) return true;
  for (int a = 0; a < 3; a++) {
    low[a] = 4 * super[a];
    high[a] = low[a] + 3 < job->scene.cubes[a] - 1 ? low[a] + 3 : job->scene.cubes[a] - 1;
  }
  const int origin[3] = {low[0] * job->scene.side, low[1] * job->scene.side, low[2] * job->scene.side};
  counters[SAC_COUNTER_COVER_TESTS]++;
  if (sac_reference_cover(job->camera, origin, 4 * job->scene.side, sac_field_get(job->camera, SAC_CAMERA_RADIUS_SUPER),
                          job->tile).kind == SAC_COVER_NONE) return true;
  for (int z = 0; z <= high[2] - low[2]; z++) for (int y = 0; y <= high[1] - low[1]; y++) for (int x = 0; x <= high[0] - low[0]; x++) {
    const int cube[3] = {outward(eye_cube[0], low[0], high[0], x), outward(eye_cube[1], low[1], high[1], y),
                         outward(eye_cube[2], low[2], high[2], z)};
    if (!(bitmap >> (cube[0] % 4 + 4 * (cube[1] % 4 + 4 * (cube[2] % 4))) & 1)) continue;
    if (!any_alive(job)) return false;
    visit_cube(job, cube);
  }
  return true;
}

static void walk(job_t *job) {
  int eye_cube[3];
  for (int a = 0; a < 3; a++) eye_cube[a] = job->eye_cell[a] / job->scene.side;
  const int *n = job->scene.supers;
  for (int z = 0; z < n[2]; z++) for (int y = 0; y < n[1]; y++) for (int x = 0; x < n[0]; x++) {
    const int super[3] = {outward(eye_cube[0] / 4, 0, n[0] - 1, x), outward(eye_cube[1] / 4, 0, n[1] - 1, y),
                          outward(eye_cube[2] / 4, 0, n[2] - 1, z)};
    if (!any_alive(job) || !walk_super(job, super, eye_cube)) return;
  }
}

static void ray_order(job_t *job) {
  const int samples = (int)sac_field_get(job->scene.record, SAC_SCENE_SAMPLES);
  for (int j = job->tile.y0; j <= job->tile.y1; j++) for (int i = job->tile.x0; i <= job->tile.x1; i++) {
    pixel_t *pixel = pixel_at(job, i, j);
    for (int k = 0; k < samples && alive(job, pixel); k++) {
      int cell[3], fraction[3];
      if (sample_place(job, pixel, k, cell, fraction)) sample_composite(job, pixel, k, cell, fraction);
    }
  }
}

static void write_pixel(const pixel_t *pixel, uint32_t background, uint8_t rgba[4], uint32_t *depth) {
  const int64_t background_weight = pixel->clear + (pixel->coloured ? 0 : pixel->carried);
  for (int ch = 0; ch < 3; ch++) {
    uint64_t total = pixel->sum[ch] + (pixel->coloured ? (uint64_t)pixel->carried * pixel->last[ch] : 0);
    total += (uint64_t)background_weight * ((background >> 8 * ch & 255) * 257);
    const uint64_t out = (total * 255 + ((uint64_t)1 << 31)) >> 32;
    rgba[ch] = (uint8_t)(out > 255 ? 255 : out);
  }
  rgba[3] = (uint8_t)(((65536 - pixel->clear) * 255 + (1 << 15)) >> 16);
  *depth = pixel->ray.hit ? (uint32_t)((pixel->ray.k_in * (65536 - pixel->clear) + (pixel->depth << 12)) >> 16) : 0;
}

static void render_tile(job_t *job) {
  for (int j = job->tile.y0; j <= job->tile.y1; j++) for (int i = job->tile.x0; i <= job->tile.x1; i++) {
    pixel_t *pixel = pixel_at(job, i, j);
    memset(pixel, 0, sizeof *pixel);
    pixel->clear = 65536;
    pixel->ray = sac_reference_ray_setup(job->scene.record, job->camera, i, j);
    job->reference->counters[SAC_COUNTER_RAY_RAYS]++;
    job->reference->counters[SAC_COUNTER_RAY_HITS] += pixel->ray.hit;
  }
  if (job->reference->order == SAC_REFERENCE_RAY_ORDER) ray_order(job);
  else walk(job);
}

bool sac_reference_render(sac_reference_t *reference, const uint32_t *descriptor) {
  const uint64_t scene_address = sac_field_get(descriptor, SAC_RENDER_SCENE_ADDRESS);
  const uint64_t camera_address = sac_field_get(descriptor, SAC_RENDER_CAMERA_ADDRESS);
  const uint64_t colour_address = sac_field_get(descriptor, SAC_RENDER_COLOUR_ADDRESS);
  const uint64_t depth_address = sac_field_get(descriptor, SAC_RENDER_DEPTH_ADDRESS);
  const int width = (int)sac_field_get(descriptor, SAC_RENDER_WIDTH), height = (int)sac_field_get(descriptor, SAC_RENDER_HEIGHT);
  const int left = (int)sac_field_get(descriptor, SAC_RENDER_X), top = (int)sac_field_get(descriptor, SAC_RENDER_Y);
  const uint64_t stride = sac_field_get(descriptor, SAC_RENDER_STRIDE);
  const bool with_depth = sac_field_get(descriptor, SAC_RENDER_DEPTH);
  uint32_t scene_record[SAC_SCENE_WORDS], camera[SAC_CAMERA_WORDS];
  const uint64_t output = ((uint64_t)(height - 1) * stride + width) * 4;
  if (width < 1 || height < 1 || scene_address + sizeof scene_record > reference->memory_bytes ||
      camera_address + sizeof camera > reference->memory_bytes || colour_address + output > reference->memory_bytes ||
      (with_depth && depth_address + output > reference->memory_bytes)) return false;
  memcpy(scene_record, reference->memory + scene_address, sizeof scene_record);
  memcpy(camera, reference->memory + camera_address, sizeof camera);
  job_t job = {.reference = reference, .camera = camera};
  job.termination = sac_field_get(descriptor, SAC_RENDER_TERMINATION);
  job.carry = sac_field_get(descriptor, SAC_RENDER_CARRY);
  bool good = sac_reference_scene_open(&job.scene, reference, scene_record);
  for (int a = 0; a < 3; a++) {
    const int32_t cell = (int32_t)camera[9 + a] >> 15;
    job.eye_cell[a] = cell < 0 ? 0 : cell > job.scene.vertices[a] - 2 ? job.scene.vertices[a] - 2 : cell;
  }
  const int side = (int)reference->tile;
  job.pixels = malloc((size_t)side * side * sizeof *job.pixels);
  for (int y = 0; good && y < height; y += side) for (int x = 0; x < width; x += side) {
    const int w = width - x < side ? width - x : side, h = height - y < side ? height - y : side;
    job.tile = (sac_reference_rectangle_t){left + x, top + y, left + x + w - 1, top + y + h - 1};
    render_tile(&job);
    for (int j = 0; j < h; j++) for (int i = 0; i < w; i++) {
      uint8_t rgba[4];
      uint32_t depth;
      write_pixel(pixel_at(&job, left + x + i, top + y + j), sac_field_get(descriptor, SAC_RENDER_BACKGROUND), rgba, &depth);
      const uint64_t at = ((uint64_t)(y + j) * stride + x + i) * 4;
      memcpy(reference->memory + colour_address + at, rgba, 4);
      if (with_depth) memcpy(reference->memory + depth_address + at, &depth, 4);
      reference->counters[SAC_COUNTER_WRITEBACK_PIXELS]++;
    }
  }
  free(job.pixels);
  sac_reference_scene_close(&job.scene);
  return good;
}
