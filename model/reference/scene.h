// SPDX-License-Identifier: Apache-2.0
// The scene that a scene record points to, decoded whole into plain arrays: planes, active cells, vertex features.
#ifndef SACCADE_REFERENCE_SCENE_H
#define SACCADE_REFERENCE_SCENE_H

#include "reference.h"

typedef struct {
  const sac_reference_t *reference;
  const uint32_t *record;
  int vertices[3];           // gx, gy, gz
  int side;                  // cells of a cube
  int cubes[3], supers[3];   // counts
  int16_t *density[3];       // plane p: [v][u][16]
  int16_t *appearance[3];    // plane p: [v][u][48]
  uint8_t *active;           // per cell, x fastest, 1 = active
  int32_t *vertex_density;   // per vertex, INT32_MIN = not computed yet
  int16_t **vertex_features; // per vertex, 27 features or NULL
} sac_reference_scene_t;

// False if an address leaves memory or a block does not decode.
bool sac_reference_scene_open(sac_reference_scene_t *scene, const sac_reference_t *reference, const uint32_t *record);
void sac_reference_scene_close(sac_reference_scene_t *scene);

bool sac_reference_cell_active(const sac_reference_scene_t *scene, const int cell[3]);
// Density feature, 16 bits signed, interpolated at 8-bit fractions in a cell.
int16_t sac_reference_density(sac_reference_scene_t *scene, const int cell[3], const int fraction[3]);
// The 27 appearance features, in turns.
void sac_reference_features(sac_reference_scene_t *scene, const int cell[3], const int fraction[3], int16_t out[27]);
// Decodes one block of 256 entries; `bytes` as stored, mode as in the directory.
bool sac_reference_block_decode(const uint8_t *bytes, size_t size, unsigned mode, unsigned value_bits, int16_t out[256]);

#endif
