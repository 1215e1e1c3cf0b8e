// SPDX-License-Identifier: Apache-2.0
#include "ray.h"

#include "number.h"
#include "saccade/regs.h"

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

sac_reference_ray_t sac_reference_ray_setup(const uint32_t *scene, const uint32_t *camera, int i, int j) {
  sac_reference_ray_t ray = {0};
  const int vertices[3] = {(int)sac_field_get(scene, SAC_SCENE_GX), (int)sac_field_get(scene, SAC_SCENE_GY),
                           (int)sac_field_get(scene, SAC_SCENE_GZ)};
  const int64_t near = sac_field_get(scene, SAC_SCENE_NEAR), far = sac_field_get(scene, SAC_SCENE_FAR);
  int64_t v[3], squares = 0;
  for (int a = 0; a < 3; a++) {
    v[a] = (int64_t)(int32_t)camera[a] + (int64_t)i * (int32_t)camera[3 + a] + (int64_t)j * (int32_t)camera[6 + a];
    squares += (v[a] >> 5) * (v[a] >> 5);
  }
  const int64_t length = (int64_t)sac_reference_sqrt((unsigned __int128)squares);
  int64_t d28[3], origin[3], entry = near, exit = INT64_MAX;
  for (int a = 0; a < 3; a++) {
    int64_t d = length ? (magnitude(v[a]) << 19) / length : 0;
    if (v[a] < 0) d = -d;
    ray.view[a] = (int16_t)((d * 10680707 + ((int64_t)1 << 33)) >> 34);
    d28[a] = sac_reference_round_up(d * (int64_t)scene[5 + a], 20);
    ray.step[a] = (int32_t)sac_reference_round_up(d28[a], 10);
    origin[a] = (int64_t)(int32_t)camera[9 + a] * 8;
    if (magnitude(d28[a]) < 1 << 14) continue;
    const int64_t inverse = ((int64_t)1 << 46) / magnitude(d28[a]);
    const int64_t last = (int64_t)(vertices[a] - 1) << 18;
    const int64_t sign = d28[a] < 0 ? -1 : 1;
    const int64_t n = ((d28[a] < 0 ? last : 0) - origin[a]) >> 8;
    const int64_t f = ((d28[a] < 0 ? 0 : last) - origin[a]) >> 8;
    const int64_t kn = (sign * n * inverse) >> 16, kf = (sign * f * inverse) >> 16;
    if (kn > entry) entry = kn;
    if (kf < exit) exit = kf;
    if (magnitude(d28[a]) >= 1 << 22) {
      ray.inv12[a] = (uint32_t)(inverse >> 6 < (1 << 18) - 1 ? inverse >> 6 : (1 << 18) - 1);
    }
  }
  if (entry > far) entry = far;
  ray.k_in = entry;
  ray.hit = exit >= entry;
  for (int a = 0; a < 3; a++) {
    ray.position[a] = (int32_t)(origin[a] + sac_reference_round_up(entry * d28[a], 22));
  }
  return ray;
}

sac_reference_cover_t sac_reference_cover(const uint32_t *camera, const int cell[3], int side, uint32_t radius,
                                          sac_reference_rectangle_t tile) {
  sac_reference_cover_t cover = {.kind = SAC_COVER_NONE, .rectangle = tile};
  const int64_t r = radius, f = sac_field_get(camera, SAC_CAMERA_FOCAL);
  int64_t c[3];
  for (int row = 0; row < 3; row++) {
    int64_t sum = (int64_t)(int32_t)camera[21 + row] * 128;
    for (int a = 0; a < 3; a++) sum += (int64_t)(int32_t)camera[12 + 3 * row + a] * (2 * cell[a] + side);
    c[row] = sum >> 15;
  }
  if (c[2] < -r) return cover;
  if (c[2] <= 2 * r) {
    cover.kind = SAC_COVER_ALL;
    return cover;
  }
  const __int128 q = c[2] * c[2] - r * r;
  const int64_t root =
      (int64_t)sac_reference_sqrt((unsigned __int128)(c[0] * c[0] + c[1] * c[1] + c[2] * c[2] - r * r)) + 1;
  const __int128 a = ((__int128)(magnitude(c[0]) * c[2]) << 16) / q;
  const __int128 b = ((__int128)(magnitude(c[1]) * c[2]) << 16) / q;
  const __int128 rho = ((__int128)(r * root) << 16) / q + 1;
  if (a >= 1 << 21 || b >= 1 << 21) return cover;
  if (rho >= 1 << 21) {
    cover.kind = SAC_COVER_ALL;
    return cover;
  }
  const int64_t du = (f * (int64_t)a) >> 16, dv = (f * (int64_t)b) >> 16;
  cover.cu = (int32_t)camera[25] + (c[0] < 0 ? -du : du);
  cover.cv = (int32_t)camera[26] + (c[1] < 0 ? -dv : dv);
  cover.radius = ((f * (int64_t)rho) >> 16) + 4 + (f >> 15);
  const int64_t x0 = (cover.cu - cover.radius + 255) >> 8, x1 = (cover.cu + cover.radius) >> 8;
  const int64_t y0 = (cover.cv - cover.radius + 255) >> 8, y1 = (cover.cv + cover.radius) >> 8;
  if (x0 > tile.x1 || x1 < tile.x0 || y0 > tile.y1 || y1 < tile.y0) return cover;
  if (x0 > tile.x0) cover.rectangle.x0 = (int)x0;
  if (x1 < tile.x1) cover.rectangle.x1 = (int)x1;
  if (y0 > tile.y0) cover.rectangle.y0 = (int)y0;
  if (y1 < tile.y1) cover.rectangle.y1 = (int)y1;
  cover.kind = SAC_COVER_DISC;
  if (cover.rectangle.x0 > cover.rectangle.x1 || cover.rectangle.y0 > cover.rectangle.y1) {
    cover.kind = SAC_COVER_NONE;
  }
  return cover;
}

bool sac_reference_covered(const sac_reference_cover_t *cover, int i, int j) {
  if (cover->kind == SAC_COVER_ALL) return true;
  const int64_t du = 256 * (int64_t)i - cover->cu, dv = 256 * (int64_t)j - cover->cv;
  return du * du + dv * dv <= cover->radius * cover->radius;
}
