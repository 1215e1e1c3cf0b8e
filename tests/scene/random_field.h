// SPDX-License-Identifier: Apache-2.0
// A small random scene for tests: few density components, a soft ball of density, a random network.
#pragma once

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "sw/scene/field.h"

class RandomField {
 public:
  explicit RandomField(uint32_t seed, int gx = 13, int gy = 10, int gz = 11) : random_(seed) {
    std::memset(&field, 0, sizeof field);
    const int grid[3] = {gx, gy, gz};
    for (int a = 0; a < 3; a++) {
      field.grid[a] = grid[a];
      field.aabb[0][a] = -1.0;
      field.aabb[1][a] = 1.0 + 0.1 * a;
    }
    sac_field_sampling(field.grid, field.aabb, 0.5, &field.step, &field.samples);
    field.near = 1.0;
    field.far = 6.0;
    field.density_shift = -10.0;
    field.distance_scale = 25.0;
    field.weight_threshold = 1e-4;
    field.white_background = true;
    for (int p = 0; p < 3; p++) MakePlane(p);
    field.basis = Fill(27 * 144, 0.3f);
    field.layer1 = Fill(128 * 150, 0.15f);
    field.layer1_bias = Fill(128, 0.1f);
    field.layer2 = Fill(128 * 128, 0.15f);
    field.layer2_bias = Fill(128, 0.1f);
    field.layer3 = Fill(3 * 128, 0.3f);
    field.layer3_bias = Fill(3, 0.1f);
  }

  // Gives the scene a mask on its own grid that leaves out the vertices with x below `x`.
  void MaskBelow(int x) {
    mask_.assign((size_t)field.grid[0] * field.grid[1] * field.grid[2], 0);
    for (size_t i = 0; i < mask_.size(); i++) mask_[i] = (int)(i % field.grid[0]) >= x;
    field.mask = mask_.data();
    std::memcpy(field.mask_grid, field.grid, sizeof field.grid);
    std::memcpy(field.mask_aabb, field.aabb, sizeof field.aabb);
  }

  // A mask that leaves out the vertices with `low` <= x < `high`.
  void MaskGap(int low, int high) {
    MaskBelow(0);
    for (size_t i = 0; i < mask_.size(); i++) {
      const int x = (int)(i % field.grid[0]);
      mask_[i] = x < low || x >= high;
    }
  }

  double Density(int x, int y, int z) const {
    const int at[3] = {x, y, z};
    double f = 0.0;
    for (int p = 0; p < 3; p++) {
      int u, v, w;
      sac_field_axes(p, &u, &v, &w);
      const size_t nu = field.grid[u], nv = field.grid[v], nw = field.grid[w];
      for (int c = 0; c < field.density_components[p]; c++) {
        f += (double)field.density_plane[p][(c * nv + at[v]) * nu + at[u]] *
             field.density_line[p][c * nw + at[w]];
      }
    }
    return f;
  }

  sac_field_t field;

 private:
  float *Keep(std::vector<float> values) {
    arrays_.push_back(std::move(values));
    return arrays_.back().data();
  }

  float *Fill(size_t count, float scale) {
    std::normal_distribution<float> normal(0.0f, scale);
    std::vector<float> values(count);
    for (float &value : values) value = normal(random_);
    return Keep(std::move(values));
  }

  void MakePlane(int p) {
    int u, v, w;
    sac_field_axes(p, &u, &v, &w);
    const size_t nu = field.grid[u], nv = field.grid[v], nw = field.grid[w];
    field.density_components[p] = 5;
    field.appearance_components[p] = 48;
    field.density_plane[p] = Fill(5 * nu * nv, 0.2f);
    field.density_line[p] = Fill(5 * nw, 0.5f);
    // Component 0 is a bump: about 20 in the middle, nothing at the border.
    for (size_t j = 0; j < nv; j++) {
      for (size_t i = 0; i < nu; i++) {
        const double a = (i - 0.5 * (nu - 1)) / nu, b = (j - 0.5 * (nv - 1)) / nv;
        field.density_plane[p][j * nu + i] = (float)(3.0 * std::exp(-12.0 * (a * a + b * b)));
      }
    }
    for (size_t k = 0; k < nw; k++) {
      const double a = (k - 0.5 * (nw - 1)) / nw;
      field.density_line[p][k] = (float)(3.0 * std::exp(-12.0 * a * a));
    }
    field.appearance_plane[p] = Fill(48 * nu * nv, 0.5f);
    field.appearance_line[p] = Fill(48 * nw, 0.5f);
  }

  std::mt19937 random_;
  std::vector<std::vector<float>> arrays_;
  std::vector<uint8_t> mask_;
};
