// SPDX-License-Identifier: Apache-2.0
// Influence of plane values (contract: pack_influence.h).
#include "pack_influence.h"

#include <math.h>
#include <string.h>

// Colour contrast that a change of alpha meets: what is behind differs by about this much.
static const double kContrast = 0.3;

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

void sac_influence_weigh(const sac_influence_t *influence, sac_factors_t *density,
                         sac_factors_t *appearance, const sac_occupancy_t *occupancy) {
  const int *grid = occupancy->grid;
  int at[3];
  for (at[2] = 0; at[2] < grid[2]; at[2]++) {
    for (at[1] = 0; at[1] < grid[1]; at[1]++) {
      for (at[0] = 0; at[0] < grid[0]; at[0]++) {
        if (!occupancy->vertex[sac_occupancy_vertex(occupancy, at[0], at[1], at[2])]) continue;
        double colour, change;
        sac_visibility_at(influence->visibility, at, &colour, &change);
        add(density, at, kContrast * kContrast * change);
        add(appearance, at, colour);
      }
    }
  }
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
}

static size_t plane_entries(const sac_factors_t *factors, int plane) {
  int u, v, w;
  sac_plane_axes(plane, &u, &v, &w);
  return (size_t)factors->grid[u] * (size_t)factors->grid[v] * (size_t)factors->components;
}

static double energy_of(const sac_factors_t *factors, int plane, size_t i) {
  const double value = factors->plane[plane][i];
  return (double)factors->weight[plane][i] * value * value;
}

static void drop_below(sac_factors_t *factors, double limit) {
  for (int p = 0; p < SAC_PLANES; p++) {
    for (size_t i = 0; i < plane_entries(factors, p); i++) {
      if (energy_of(factors, p, i) < limit) factors->plane[p][i] = 0.0f;
    }
  }
}

void sac_influence_prune(sac_factors_t *density, sac_factors_t *appearance, double threshold) {
  const sac_factors_t *const kinds[2] = {density, appearance};
  double sum = 0.0;
  size_t count = 0;
  for (int kind = 0; kind < 2; kind++) {
    for (int p = 0; p < SAC_PLANES; p++) {
      for (size_t i = 0; i < plane_entries(kinds[kind], p); i++) {
        const double energy = energy_of(kinds[kind], p, i);
        sum += energy;
        count += energy > 0.0;
      }
    }
  }
  if (count == 0) return;
  drop_below(density, threshold * threshold * sum / (double)count);
  drop_below(appearance, threshold * threshold * sum / (double)count);
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
