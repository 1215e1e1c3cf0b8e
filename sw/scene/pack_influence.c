// SPDX-License-Identifier: Apache-2.0
// Influence of plane values (contract: pack_influence.h).
#include "pack_influence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Colour contrast that a change of alpha meets: what is behind differs by about this much.
static const double kContrast = 0.3;

// d(alpha)/d(f), held up at both ends: a first-order change says nothing where alpha is flat but a
// larger change of f would leave the flat part.
static double density_slope(const sac_influence_t *influence, double f) {
  const double x = fmin(fmax(f + influence->bias, -4.0), 6.0);
  const double softplus = log1p(exp(x));
  return influence->distance / (1.0 + exp(-x)) * exp(-influence->distance * softplus);
}

static double alpha_of(const sac_influence_t *influence, double f) {
  const double x = f + influence->bias;
  return 1.0 - exp(-influence->distance * (x > 30.0 ? x : log1p(exp(x))));
}

static void add(sac_factors_t *factors, const int at[3], double amount) {
  const size_t components = (size_t)factors->components;
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    float *weight = factors->weight[p] + sac_factors_texel(factors, p, at[u], at[v]);
    const float *line = factors->line[p] + (size_t)at[w] * components;
    for (size_t c = 0; c < components; c++) weight[c] += (float)amount * line[c] * line[c];
  }
}

bool sac_influence_weigh(const sac_influence_t *influence, sac_factors_t *density,
                         sac_factors_t *appearance, const sac_occupancy_t *occupancy,
                         sac_error_t *error) {
  const int *grid = occupancy->grid;
  const size_t layer_size = (size_t)grid[0] * (size_t)grid[1];
  float *layer = malloc(layer_size * sizeof *layer);
  if (layer == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to pack");
  int at[3];
  for (at[2] = 0; at[2] < grid[2]; at[2]++) {
    sac_factors_layer(density, at[2], layer);
    for (at[1] = 0; at[1] < grid[1]; at[1]++) {
      for (at[0] = 0; at[0] < grid[0]; at[0]++) {
        if (!occupancy->vertex[sac_occupancy_vertex(occupancy, at[0], at[1], at[2])]) continue;
        const double f = layer[(size_t)at[1] * (size_t)grid[0] + (size_t)at[0]];
        const double change = kContrast * density_slope(influence, f);
        const double alpha = alpha_of(influence, f);
        add(density, at, change * change);
        add(appearance, at, alpha * alpha);
      }
    }
  }
  free(layer);
  for (int p = 0; p < SAC_PLANES; p++) {
    int u, v, w;
    sac_plane_axes(p, &u, &v, &w);
    const size_t texels = (size_t)grid[u] * (size_t)grid[v];
    for (int c = 0; c < SAC_APPEARANCE_COMPONENTS; c++) {
      double column = 0.0;
      for (int o = 0; o < SAC_FEATURES; o++) {
        const double b = influence->sensitivity[o] *
            (double)influence->basis[o * SAC_PRODUCTS + SAC_APPEARANCE_COMPONENTS * p + c];
        column += b * b;
      }
      float *weight = appearance->weight[p] + c;
      for (size_t i = 0; i < texels; i++) weight[i * SAC_APPEARANCE_COMPONENTS] *= (float)column;
    }
  }
  return true;
}

static size_t plane_entries(const sac_factors_t *factors, int plane) {
  int u, v, w;
  sac_plane_axes(plane, &u, &v, &w);
  return (size_t)factors->grid[u] * (size_t)factors->grid[v] * (size_t)factors->components;
}

void sac_influence_prune(sac_factors_t *factors, double threshold) {
  double sum = 0.0;
  size_t count = 0;
  for (int p = 0; p < SAC_PLANES; p++) {
    for (size_t i = 0; i < plane_entries(factors, p); i++) {
      const double energy =
          (double)factors->weight[p][i] * factors->plane[p][i] * factors->plane[p][i];
      sum += energy;
      count += energy > 0.0;
    }
  }
  const double limit = count > 0 ? threshold * threshold * sum / (double)count : 0.0;
  for (int p = 0; p < SAC_PLANES; p++) {
    for (size_t i = 0; i < plane_entries(factors, p); i++) {
      const double energy =
          (double)factors->weight[p][i] * factors->plane[p][i] * factors->plane[p][i];
      if (energy <= limit && (threshold > 0.0 || factors->weight[p][i] == 0.0f)) {
        factors->plane[p][i] = 0.0f;
      }
    }
  }
}

void sac_influence_drop_unread(sac_factors_t *factors, const sac_occupancy_t *occupancy) {
  const int *grid = occupancy->grid;
  for (int p = 0; p < SAC_PLANES; p++) {
    int axis[3];
    sac_plane_axes(p, &axis[0], &axis[1], &axis[2]);
    for (int v = 0; v < grid[axis[1]]; v++) {
      for (int u = 0; u < grid[axis[0]]; u++) {
        bool read = false;
        for (int w = 0; w < grid[axis[2]] && !read; w++) {
          int at[3];
          at[axis[0]] = u;
          at[axis[1]] = v;
          at[axis[2]] = w;
          read = occupancy->vertex[sac_occupancy_vertex(occupancy, at[0], at[1], at[2])];
        }
        if (read) continue;
        const size_t texel = sac_factors_texel(factors, p, u, v);
        memset(factors->plane[p] + texel, 0, (size_t)factors->components * sizeof(float));
        memset(factors->value[p] + texel, 0, (size_t)factors->components * sizeof(int16_t));
      }
    }
  }
}
