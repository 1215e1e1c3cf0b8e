// SPDX-License-Identifier: Apache-2.0
// One row of the golden picture: rays, samples, compositing as published (TensorBase.sample_ray,
// raw2alpha, forward).
#ifndef SACCADE_GOLDEN_MARCH_H
#define SACCADE_GOLDEN_MARCH_H

#include "golden.h"
#include "network.h"

typedef struct {
  const sac_field_t *field;
  const sac_camera_t *camera;
  sac_volume_t volume;
  sac_colouring_t *colouring;
  sac_crop_t crop;
  double background[3];
} sac_march_t;

// Renders row `row` of the crop; depth and alpha may be NULL. Adds to the work.
void sac_march_row(const sac_march_t *march, int row, double (*rgb)[3], double *depth,
                   double *alpha, sac_golden_work_t *work);

#endif
