// SPDX-License-Identifier: Apache-2.0
// The 32 words of a camera record (docs/architecture.md, section 2): directions, eye and the
// projection of balls, for one view of one scene with one cube side.
#ifndef SACCADE_CAMERA_RECORD_H
#define SACCADE_CAMERA_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "../scene/camera.h"
#include "../scene/image.h"
#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_CAMERA_RECORD_WORDS = 32 };

// Refuses an eye 2^15 cells or more away, a field of view with a direction component of 8 or more,
// and a focal length, image or cell shape beyond the record's fields.
bool sac_camera_record(const sac_camera_t *camera, const sac_image_t *image, int cube_side,
                       uint32_t words[SAC_CAMERA_RECORD_WORDS], sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
