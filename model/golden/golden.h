// SPDX-License-Identifier: Apache-2.0
// Truth: a TensoRF scene rendered as published, in float64, with no hardware notion. Uniform
// samples, the scene's mask, bilinear planes times linear lines, softplus density, alpha
// compositing, and the colour network wherever a sample's weight is above the scene's threshold.
// Runs on all cores; the result does not depend on their number.
// From: Chen et al., TensoRF, ECCV 2022, and its published code (TensorBase.forward).
#ifndef SACCADE_GOLDEN_H
#define SACCADE_GOLDEN_H

#include <stdbool.h>
#include <stdint.h>

#include "saccade/error.h"
#include "sw/scene/camera.h"
#include "sw/scene/field.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_GOLDEN_SIDE_MAX = 8192 };

// Rectangle of the camera's image.
typedef struct {
  int x, y, width, height;
} sac_crop_t;

// Work as counted along the published algorithm.
typedef struct {
  uint64_t rays;
  uint64_t rays_hit;              // rays with a sample in the box
  uint64_t samples;               // places generated: rays * samples a ray
  uint64_t samples_in_box;
  uint64_t mask_lookups;          // samples in the box, where the scene has a mask
  uint64_t samples_interpolated;  // densities computed: in the box and kept by the mask
  uint64_t evaluations;           // colour networks
} sac_golden_work_t;

typedef void (*sac_golden_progress_t)(void *context, int rows_done, int rows);

// rgb: [height][width][3] in 0..1; depth: [height][width], sum of weight * distance along the ray
// (nothing for what passes through); alpha: sum of weights. depth, alpha, work and progress may be
// NULL. progress is called from the calling thread.
bool sac_golden_render(const sac_field_t *field, const sac_camera_t *camera, sac_crop_t crop,
                       const double background[3], double *rgb, double *depth, double *alpha,
                       sac_golden_work_t *work, sac_golden_progress_t progress, void *context,
                       sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
