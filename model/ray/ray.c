// SPDX-License-Identifier: Apache-2.0
#include "ray.h"

#include "../lib/number.h"
#include "saccade/regs.h"

enum { kViewScale = 10680707 };  // 2^34 / (2 pi * 2^8): directions .24 to turns .16

void sac_ray_setup(sac_ray_t *ray, const uint32_t *scene, const uint32_t *camera, int i, int j) {
  const int64_t last[3] = {(int64_t)(sac_field_get(scene, SAC_SCENE_GX) - 1) << 18,
                           (int64_t)(sac_field_get(scene, SAC_SCENE_GY) - 1) << 18,
                           (int64_t)(sac_field_get(scene, SAC_SCENE_GZ) - 1) << 18};
  int64_t v[3], norm = 0;
  for (int a = 0; a < 3; a++) {
    v[a] = (int32_t)camera[a] + (int64_t)i * (int32_t)camera[3 + a] + (int64_t)j * (int32_t)camera[6 + a];
    norm += (v[a] >> 5) * (v[a] >> 5);
  }
  const int64_t length = (int64_t)sac_square_root((uint64_t)norm);
  int64_t fine[3], eye[3], entry = sac_field_get(scene, SAC_SCENE_NEAR), exit = INT64_MAX;
  for (int a = 0; a < 3; a++) {
    const int64_t quotient = length == 0 ? 0 : (sac_magnitude(v[a]) << 19) / length;
    const int64_t direction = v[a] < 0 ? -quotient : quotient;
    ray->view[a] = (int16_t)((direction * kViewScale + ((int64_t)1 << 33)) >> 34);
    fine[a] = sac_round_up(direction * scene[5 + a], 20);
    ray->step[a] = (int32_t)sac_round_up(fine[a], 10);
    ray->inverse[a] = 0;
    eye[a] = (int64_t)(int32_t)camera[9 + a] * 8;
    const int64_t size = sac_magnitude(fine[a]);
    if (size < 1 << 14) continue;
    const bool down = fine[a] < 0;
    const int64_t inverse = ((int64_t)1 << 46) / size, sign = down ? -1 : 1;
    const int64_t enter = (sign * (((down ? last[a] : 0) - eye[a]) >> 8) * inverse) >> 16;
    const int64_t leave = (sign * (((down ? 0 : last[a]) - eye[a]) >> 8) * inverse) >> 16;
    entry = enter > entry ? enter : entry;
    exit = leave < exit ? leave : exit;
    if (size >= 1 << 22) ray->inverse[a] = (int32_t)(sign * sac_clamp(inverse >> 6, 0, (1 << 18) - 1));
  }
  const int64_t far = sac_field_get(scene, SAC_SCENE_FAR);
  ray->k_in = entry < far ? entry : far;
  ray->hit = exit >= ray->k_in;
  for (int a = 0; a < 3; a++) ray->position[a] = (int32_t)(eye[a] + sac_round_up(ray->k_in * fine[a], 22));
}
