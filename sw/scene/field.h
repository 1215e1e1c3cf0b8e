// SPDX-License-Identifier: Apache-2.0
// A TensoRF scene (TensorVMSplit, MLP_Fea) as trained: planes, lines, basis, network and mask as
// floats, read from a scene safetensors file and checked. World units; axes 0, 1, 2 = x, y, z.
// Plane p = 0, 1, 2 is XY, XZ, YZ with coordinates (u, v); its line is the third axis w.
// From: Chen et al., TensoRF: Tensorial Radiance Fields, ECCV 2022, and its published code.
#ifndef SACCADE_FIELD_H
#define SACCADE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SAC_FIELD_DENSITY_MAX = 16,     // components of a density plane
  SAC_FIELD_APPEARANCE_MAX = 48,  // components of an appearance plane
  SAC_FIELD_BASIS_COLUMNS = 3 * SAC_FIELD_APPEARANCE_MAX,
  SAC_FIELD_FEATURES = 27,
  SAC_FIELD_INPUTS = 150,  // 27 features, 3 of the view, 108 and 12 sines and cosines of them
  SAC_FIELD_HIDDEN = 128,
  SAC_FIELD_GRID_MAX = 4096,
};

typedef struct {
  int grid[3];        // vertices an axis
  double aabb[2][3];  // first and last vertex
  double near, far;   // limits of the first sample's distance
  double step;        // distance of two samples
  int samples;        // a ray
  double density_shift;
  double distance_scale;
  double weight_threshold;  // a sample is coloured iff its weight is above
  bool white_background;

  int density_components[3], appearance_components[3];
  float *density_plane[3];     // [component][v][u]
  float *density_line[3];      // [component][w]
  float *appearance_plane[3];  // as above
  float *appearance_line[3];
  float *basis;                 // [27][144]: 48 columns a plane, zero beyond its own
  float *layer1, *layer1_bias;  // [128][150], [128]; inputs in the published order
  float *layer2, *layer2_bias;  // [128][128], [128]
  float *layer3, *layer3_bias;  // [3][128], [3]

  uint8_t *mask;  // one byte (0 or 1) a vertex, x fastest, then y, z; NULL: the scene has none
  int mask_grid[3];
  double mask_aabb[2][3];
} sac_field_t;

// Reads and checks a scene. False: `error` says which file and field, and `field` is empty.
bool sac_field_load(sac_field_t *field, const char *path, sac_error_t *error);

// Frees what the field owns and clears it; a cleared field may be freed again.
void sac_field_free(sac_field_t *field);

// Axes (u, v, w) of plane p.
static inline void sac_field_axes(int p, int *u, int *v, int *w) {
  *u = p == 2 ? 1 : 0;
  *v = p == 0 ? 1 : 2;
  *w = 2 - p;
}

// The published step and number of samples of a grid: step = ratio * mean of the grid's units.
void sac_field_sampling(const int grid[3], const double aabb[2][3], double ratio, double *step,
                        int *samples);

#ifdef __cplusplus
}
#endif

#endif
