// SPDX-License-Identifier: Apache-2.0
// Which cells of the grid can show anything: a cell is active iff the largest of its eight vertex
// densities is above a limit and the scene's own mask, where it has one, reaches into it
// (docs/architecture.md, section 1.2). Inside a cell the density never exceeds its largest vertex.
#ifndef SACCADE_OCCUPANCY_H
#define SACCADE_OCCUPANCY_H

#include "field.h"
#include "image.h"

typedef struct {
  int grid[3];
  uint8_t *cell;    // one byte a cell, x fastest
  uint8_t *vertex;  // one byte a vertex: corner of an active cell
  size_t cells;     // active
  size_t vertices;
} sac_occupancy_t;

// Fills the densities of the vertices of layer z (gx * gy, x fastest).
typedef void (*sac_layer_function_t)(const void *self, int z, float *out);

// Cells whose largest density is above `limit`, and which are in `within` where that is not NULL.
bool sac_occupancy_find(sac_occupancy_t *occupancy, const int grid[3], sac_layer_function_t layer,
                        const void *self, float limit, const sac_occupancy_t *within,
                        sac_error_t *error);

// Drops the cells that the field's mask does not reach; nothing where it has none.
void sac_occupancy_mask(sac_occupancy_t *occupancy, const sac_field_t *field);

void sac_occupancy_free(sac_occupancy_t *occupancy);

static inline size_t sac_occupancy_vertex(const sac_occupancy_t *o, int x, int y, int z) {
  return (size_t)x + (size_t)o->grid[0] * ((size_t)y + (size_t)o->grid[1] * (size_t)z);
}

#endif
