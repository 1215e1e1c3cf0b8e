// SPDX-License-Identifier: Apache-2.0
// Ray set-up (rtl/ray/sac_ray.sv; docs/architecture.md, section 2): one ray of a pixel in grid units.
#ifndef SACCADE_MODEL_RAY_H
#define SACCADE_MODEL_RAY_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  int64_t k_in;         // entry, steps .12
  int32_t position[3];  // sample 0, s12.18
  int32_t step[3];      // s2.18
  int32_t inverse[3];   // signed u6.12 of 1/step, 0: does not bound candidates
  int16_t view[3];      // turns * 65536
  bool hit;
} sac_ray_t;

void sac_ray_setup(sac_ray_t *ray, const uint32_t *scene, const uint32_t *camera, int i, int j);

#endif
