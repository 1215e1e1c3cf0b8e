// SPDX-License-Identifier: Apache-2.0
// Geometry of the packed scene's blocks and their sizes (contract: image.h).
#include "image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sac_plane_axes(int plane, int *u, int *v, int *w) {
  static const int kAxes[SAC_PLANES][3] = {{0, 1, 2}, {0, 2, 1}, {1, 2, 0}};
  *u = kAxes[plane][0];
  *v = kAxes[plane][1];
  *w = kAxes[plane][2];
}

int sac_plane_row_base(const int grid[3], int plane) {
  return plane == 0 ? 0 : plane == 1 ? grid[2] : grid[2] + grid[1];
}

static size_t texel_blocks(const int grid[3], int plane) {
  int u, v, w;
  sac_plane_axes(plane, &u, &v, &w);
  return (size_t)((grid[u] + 3) / 4) * (size_t)((grid[v] + 3) / 4);
}

size_t sac_image_block_count(const int grid[3]) {
  return 4 * (texel_blocks(grid, 0) + texel_blocks(grid, 1) + texel_blocks(grid, 2));
}

size_t sac_image_block(const sac_image_t *image, bool appearance, int plane, int u, int v) {
  int au, av, aw;
  sac_plane_axes(plane, &au, &av, &aw);
  size_t number = (size_t)(v / 4) * (size_t)((image->grid[au] + 3) / 4) + (size_t)(u / 4);
  for (int p = 0; p < plane; p++) number += texel_blocks(image->grid, p);
  return appearance ? image->appearance_block + 3 * number : number;
}

static bool decode_block(const sac_image_t *image, size_t block,
                         int16_t value[SAC_BLOCK_ENTRIES], sac_error_t *error) {
  const uint32_t word = image->directory[block], next = image->directory[block + 1] & ~3u;
  const uint32_t first = word & ~3u;
  if (next < first || next > image->block_bytes ||
      sac_block_decode(image->block_data + first, next - first, (sac_block_mode_t)(word & 3),
                       image->value_bits, value) != 0) {
    return sac_error_set(error, SAC_ERR_FORMAT, "block %zu of the packed scene is damaged", block);
  }
  return true;
}

bool sac_image_decode_plane(const sac_image_t *image, bool appearance, int plane, int16_t *out,
                            sac_error_t *error) {
  int au, av, aw;
  sac_plane_axes(plane, &au, &av, &aw);
  const int nu = image->grid[au], nv = image->grid[av];
  const int groups = appearance ? 3 : 1;
  for (int v0 = 0; v0 < nv; v0 += SAC_BLOCK_SIDE) {
    for (int u0 = 0; u0 < nu; u0 += SAC_BLOCK_SIDE) {
      const size_t block = sac_image_block(image, appearance, plane, u0, v0);
      for (int g = 0; g < groups; g++) {
        int16_t value[SAC_BLOCK_ENTRIES];
        if (!decode_block(image, block + (size_t)g, value, error)) return false;
        for (int v = v0; v < v0 + SAC_BLOCK_SIDE && v < nv; v++) {
          for (int u = u0; u < u0 + SAC_BLOCK_SIDE && u < nu; u++) {
            memcpy(out + (((size_t)v * (size_t)nu + (size_t)u) * (size_t)groups + (size_t)g) *
                             SAC_BLOCK_COMPONENTS,
                   value + sac_block_entry(u, v, 0), SAC_BLOCK_COMPONENTS * sizeof(int16_t));
          }
        }
      }
    }
  }
  return true;
}

bool sac_image_sizes(const sac_image_t *image, sac_factor_sizes_t sizes[6], sac_error_t *error) {
  static const char *const kPlanes[SAC_PLANES] = {"XY", "XZ", "YZ"};
  const int bits = image->value_bits;
  for (int f = 0; f < 6; f++) {
    const bool appearance = f >= 3;
    const int plane = f % 3, groups = appearance ? 3 : 1;
    sac_factor_sizes_t *s = &sizes[f];
    int u, v, w;
    sac_plane_axes(plane, &u, &v, &w);
    memset(s, 0, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s %s", appearance ? "appearance" : "density",
             kPlanes[plane]);
    s->entries = (size_t)image->grid[u] * (size_t)image->grid[v] * 16 * (size_t)groups;
    s->dense8 = s->entries;
    const size_t first = sac_image_block(image, appearance, plane, 0, 0);
    const size_t blocks = texel_blocks(image->grid, plane) * (size_t)groups;
    for (size_t b = first; b < first + blocks; b++) {
      int16_t value[SAC_BLOCK_ENTRIES];
      if (!decode_block(image, b, value, error)) return false;
      const int count = sac_block_count(value);
      const sac_block_mode_t mode = sac_block_choose(SAC_ENCODING_HYBRID, count, bits);
      const size_t bitmap = sac_block_bytes(SAC_BLOCK_BITMAP, count, bits);
      s->nonzero += (size_t)count;
      s->dense += sac_block_bytes(SAC_BLOCK_DENSE, count, bits);
      s->bitmap += bitmap;
      s->bitmap_flag += count > 0 ? bitmap : 0;
      s->coordinate += count > 0 ? sac_block_bytes(SAC_BLOCK_COORDINATE, count, bits) : 0;
      s->hybrid += sac_block_bytes(mode, count, bits);
      s->modes[mode]++;
    }
  }
  return true;
}

void sac_image_free(sac_image_t *image) {
  free(image->directory);
  free(image->block_data);
  free(image->density_line);
  free(image->appearance_line);
  free(image->cells);
  memset(image, 0, sizeof *image);
}
