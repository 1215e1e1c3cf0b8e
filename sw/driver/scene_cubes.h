// SPDX-License-Identifier: Apache-2.0
// Cubes and super-cubes of a scene's active cells for one cube side, as the walk reads them from
// memory (docs/architecture.md, section 1.2).
#ifndef SACCADE_SCENE_CUBES_H
#define SACCADE_SCENE_CUBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../scene/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint8_t *directory;  // 16 bytes a super-cube: u32 bitmap low, high, mask offset, zero
  size_t directory_bytes;
  uint8_t *masks;  // cell masks of the non-zero cubes
  size_t mask_bytes;
  size_t cubes;  // non-zero
} sac_cubes_t;

// Bytes of the cell mask of one cube.
int sac_cube_mask_bytes(int cube_side);

bool sac_cubes_build(sac_cubes_t *cubes, const sac_image_t *image, int cube_side,
                     sac_error_t *error);
void sac_cubes_free(sac_cubes_t *cubes);

#ifdef __cplusplus
}
#endif

#endif
