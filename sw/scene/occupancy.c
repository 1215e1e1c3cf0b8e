// SPDX-License-Identifier: Apache-2.0
// Active cells (contract: occupancy.h).
#include "occupancy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sac_occupancy_free(sac_occupancy_t *occupancy) {
  free(occupancy->cell);
  free(occupancy->vertex);
  memset(occupancy, 0, sizeof *occupancy);
}

static void count(sac_occupancy_t *o) {
  const int cx = o->grid[0] - 1, cy = o->grid[1] - 1, cz = o->grid[2] - 1;
  memset(o->vertex, 0, (size_t)o->grid[0] * (size_t)o->grid[1] * (size_t)o->grid[2]);
  o->cells = o->vertices = 0;
  size_t i = 0;
  for (int z = 0; z < cz; z++) {
    for (int y = 0; y < cy; y++) {
      for (int x = 0; x < cx; x++) {
        if (!o->cell[i++]) continue;
        o->cells++;
        for (int corner = 0; corner < 8; corner++) {
          const size_t at =
              sac_occupancy_vertex(o, x + (corner & 1), y + (corner >> 1 & 1), z + (corner >> 2));
          o->vertices += !o->vertex[at];
          o->vertex[at] = 1;
        }
      }
    }
  }
}

bool sac_occupancy_find(sac_occupancy_t *occupancy, const int grid[3], sac_layer_function_t layer,
                        const void *self, float limit, const sac_occupancy_t *within,
                        sac_error_t *error) {
  const size_t gx = (size_t)grid[0], gy = (size_t)grid[1], gz = (size_t)grid[2];
  memset(occupancy, 0, sizeof *occupancy);
  memcpy(occupancy->grid, grid, sizeof occupancy->grid);
  occupancy->cell = malloc((gx - 1) * (gy - 1) * (gz - 1));
  occupancy->vertex = malloc(gx * gy * gz);
  float *low = malloc(gx * gy * sizeof *low), *high = malloc(gx * gy * sizeof *high);
  if (!occupancy->cell || !occupancy->vertex || !low || !high) {
    free(low);
    free(high);
    sac_occupancy_free(occupancy);
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory for the cells of the scene");
  }
  uint8_t *cell = occupancy->cell;
  layer(self, 0, high);
  for (size_t z = 0; z + 1 < gz; z++) {
    float *swap = low;
    low = high;
    high = swap;
    layer(self, (int)z + 1, high);
    for (size_t y = 0; y + 1 < gy; y++) {
      for (size_t x = 0; x + 1 < gx; x++) {
        const float *a = low + y * gx + x, *b = high + y * gx + x;
        const float f = fmaxf(fmaxf(fmaxf(a[0], a[1]), fmaxf(a[gx], a[gx + 1])),
                              fmaxf(fmaxf(b[0], b[1]), fmaxf(b[gx], b[gx + 1])));
        const size_t i = (size_t)(cell - occupancy->cell);
        *cell++ = f > limit && (within == NULL || within->cell[i]);
      }
    }
  }
  free(low);
  free(high);
  count(occupancy);
  return true;
}

// Range of mask vertices whose trilinear weight is not zero somewhere inside cell i of an axis.
static void mask_range(const sac_field_t *field, int axis, int cell, int *first, int *last) {
  const double unit = (field->aabb[1][axis] - field->aabb[0][axis]) / (field->grid[axis] - 1);
  const double mask_unit = (field->mask_aabb[1][axis] - field->mask_aabb[0][axis]) /
                           (field->mask_grid[axis] - 1);
  const double offset = field->aabb[0][axis] - field->mask_aabb[0][axis];
  const double slack = 1e-3;  // of a mask cell: boxes are stored as floats
  const double low = (offset + unit * cell) / mask_unit + slack;
  const double high = (offset + unit * (cell + 1)) / mask_unit - slack;
  *first = (int)fmax(floor(low), 0.0);
  *last = (int)fmin(ceil(high), field->mask_grid[axis] - 1.0);
}

static bool mask_reaches(const sac_field_t *field, const int first[3], const int last[3]) {
  for (int z = first[2]; z <= last[2]; z++) {
    for (int y = first[1]; y <= last[1]; y++) {
      for (int x = first[0]; x <= last[0]; x++) {
        const size_t at = (size_t)x + (size_t)field->mask_grid[0] *
                                          ((size_t)y + (size_t)field->mask_grid[1] * (size_t)z);
        if (field->mask[at]) return true;
      }
    }
  }
  return false;
}

void sac_occupancy_mask(sac_occupancy_t *occupancy, const sac_field_t *field) {
  if (field->mask == NULL) return;
  uint8_t *cell = occupancy->cell;
  int first[3], last[3];
  for (int z = 0; z < occupancy->grid[2] - 1; z++) {
    mask_range(field, 2, z, &first[2], &last[2]);
    for (int y = 0; y < occupancy->grid[1] - 1; y++) {
      mask_range(field, 1, y, &first[1], &last[1]);
      for (int x = 0; x < occupancy->grid[0] - 1; x++, cell++) {
        if (!*cell) continue;
        mask_range(field, 0, x, &first[0], &last[0]);
        *cell = mask_reaches(field, first, last);
      }
    }
  }
  count(occupancy);
}
