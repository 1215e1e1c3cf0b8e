// SPDX-License-Identifier: Apache-2.0
// Cubes of active cells (contract: scene_cubes.h).
#include "scene_cubes.h"

#include <stdlib.h>
#include <string.h>

int sac_cube_mask_bytes(int cube_side) {
  return cube_side == 8 ? 64 : cube_side == 4 ? 8 : 1;
}

void sac_cubes_free(sac_cubes_t *cubes) {
  free(cubes->directory);
  free(cubes->masks);
  memset(cubes, 0, sizeof *cubes);
}

// Fills the mask of the cube whose lowest cell is `low`; true where a cell is active.
static bool cube_mask(const sac_image_t *image, const int low[3], int side, uint8_t *mask) {
  bool any = false;
  memset(mask, 0, (size_t)sac_cube_mask_bytes(side));
  for (int z = 0; z < side && low[2] + z < image->grid[2] - 1; z++) {
    for (int y = 0; y < side && low[1] + y < image->grid[1] - 1; y++) {
      for (int x = 0; x < side && low[0] + x < image->grid[0] - 1; x++) {
        if (!sac_image_cell(image, low[0] + x, low[1] + y, low[2] + z)) continue;
        const int bit = x + side * (y + side * z);
        mask[bit >> 3] = (uint8_t)(mask[bit >> 3] | 1u << (bit & 7));
        any = true;
      }
    }
  }
  return any;
}

static void put_u32(uint8_t *out, uint32_t value) {
  for (int b = 0; b < 4; b++) out[b] = (uint8_t)(value >> (8 * b));
}

bool sac_cubes_build(sac_cubes_t *cubes, const sac_image_t *image, int cube_side,
                     sac_error_t *error) {
  memset(cubes, 0, sizeof *cubes);
  const int span = 4 * cube_side;  // cells of a super-cube
  int n[3];
  for (int a = 0; a < 3; a++) n[a] = (image->grid[a] - 1 + span - 1) / span;
  const size_t supers = (size_t)n[0] * (size_t)n[1] * (size_t)n[2];
  const size_t mask = (size_t)sac_cube_mask_bytes(cube_side);
  cubes->directory_bytes = 16 * supers;
  cubes->directory = calloc(supers, 16);
  cubes->masks = malloc(supers * 64 * mask);
  if (cubes->directory == NULL || cubes->masks == NULL) {
    sac_cubes_free(cubes);
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory for the cubes of the scene");
  }
  uint8_t *entry = cubes->directory;
  for (int z = 0; z < n[2]; z++) {
    for (int y = 0; y < n[1]; y++) {
      for (int x = 0; x < n[0]; x++, entry += 16) {
        uint64_t bitmap = 0;
        put_u32(entry + 8, (uint32_t)cubes->mask_bytes);
        for (int bit = 0; bit < 64; bit++) {
          const int low[3] = {span * x + cube_side * (bit & 3),
                              span * y + cube_side * (bit >> 2 & 3),
                              span * z + cube_side * (bit >> 4)};
          if (!cube_mask(image, low, cube_side, cubes->masks + cubes->mask_bytes)) continue;
          bitmap |= UINT64_C(1) << bit;
          cubes->mask_bytes += mask;
          cubes->cubes++;
        }
        put_u32(entry, (uint32_t)bitmap);
        put_u32(entry + 4, (uint32_t)(bitmap >> 32));
        while (cubes->mask_bytes % 4 != 0) cubes->masks[cubes->mask_bytes++] = 0;
      }
    }
  }
  return true;
}
