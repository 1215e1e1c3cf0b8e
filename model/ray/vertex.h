// SPDX-License-Identifier: Apache-2.0
// Vertex features (rtl/ray/sac_vertex.sv, sac_products.sv, sac_basis.sv): a VM field is trilinear inside a cell, so density and
// appearance are computed at vertices only (docs/architecture.md, section 1).
#ifndef SACCADE_MODEL_VERTEX_H
#define SACCADE_MODEL_VERTEX_H

#include "scene.h"

// Plane coordinates (u, v) and line coordinate w of planes XY, XZ, YZ.
extern const int kPlaneU[3], kPlaneV[3], kPlaneW[3];

typedef struct {
  int16_t *density[3];     // [v][u][16]
  int16_t *appearance[3];  // [v][u][48]
  const sac_tables_t *tables;
  unsigned lanes;
} sac_planes_t;

// Fills scene->density and scene->features at every vertex that has a slot; false if memory runs out.
bool sac_vertices_compute(sac_scene_t *scene, const sac_planes_t *planes);

#endif
