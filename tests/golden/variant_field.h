// SPDX-License-Identifier: Apache-2.0
// Variants of a trained scene: what other scenes may look like (grids, components, masks, sampling, background).
#ifndef SACCADE_TESTS_VARIANT_FIELD_H
#define SACCADE_TESTS_VARIANT_FIELD_H

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <string>
#include <vector>

extern "C" {
#include "sw/scene/field.h"
}

class VariantField {
 public:
  explicit VariantField(const std::string &path) {
    sac_error_t error = {};
    EXPECT_TRUE(sac_field_load(&loaded_, path.c_str(), &error)) << error.message;
    field = loaded_;
  }
  ~VariantField() { sac_field_free(&loaded_); }
  VariantField(const VariantField &) = delete;

  // Planes and lines at other vertices of the box from `low` to `high` (fractions of the old one), linearly.
  void Resample(const int grid[3], const double low[3], const double high[3], double step_ratio) {
    const sac_field_t old = field;
    for (int p = 0; p < 3; p++) {
      int u, v, w;
      sac_field_axes(p, &u, &v, &w);
      const auto resample = [&](float *plane, float *line, int components, float **new_plane, float **new_line) {
        std::vector<float> out((size_t)components * grid[u] * grid[v]), row((size_t)components * grid[w]);
        const auto at = [&](int axis, int i) {
          const double f = low[axis] + (high[axis] - low[axis]) * i / (grid[axis] - 1);
          return f * (old.grid[axis] - 1);
        };
        for (int c = 0; c < components; c++) {
          const float *from = plane + (size_t)c * old.grid[u] * old.grid[v];
          for (int j = 0; j < grid[v]; j++) for (int i = 0; i < grid[u]; i++) {
            const double x = at(u, i), y = at(v, j);
            const int x0 = std::min((int)x, old.grid[u] - 2), y0 = std::min((int)y, old.grid[v] - 2);
            const float *a = from + (size_t)y0 * old.grid[u] + x0, *b = a + old.grid[u];
            const double fx = x - x0, fy = y - y0;
            out[((size_t)c * grid[v] + j) * grid[u] + i] =
                (float)((1 - fy) * ((1 - fx) * a[0] + fx * a[1]) + fy * ((1 - fx) * b[0] + fx * b[1]));
          }
          for (int i = 0; i < grid[w]; i++) {
            const double x = at(w, i);
            const int x0 = std::min((int)x, old.grid[w] - 2);
            const float *a = line + (size_t)c * old.grid[w] + x0;
            row[(size_t)c * grid[w] + i] = (float)((1 - (x - x0)) * a[0] + (x - x0) * a[1]);
          }
        }
        *new_plane = Keep(out);
        *new_line = Keep(row);
      };
      resample(old.density_plane[p], old.density_line[p], old.density_components[p], &field.density_plane[p],
               &field.density_line[p]);
      resample(old.appearance_plane[p], old.appearance_line[p], old.appearance_components[p],
               &field.appearance_plane[p], &field.appearance_line[p]);
    }
    for (int a = 0; a < 3; a++) {
      const double origin = old.aabb[0][a], side = old.aabb[1][a] - old.aabb[0][a];
      field.grid[a] = grid[a];
      field.aabb[0][a] = origin + low[a] * side;
      field.aabb[1][a] = origin + high[a] * side;
    }
    sac_field_sampling(field.grid, field.aabb, step_ratio, &field.step, &field.samples);
  }

  void Shrink(int divisor) {
    const double low[3] = {0, 0, 0}, high[3] = {1, 1, 1};
    const int grid[3] = {field.grid[0] / divisor, field.grid[1] / divisor, field.grid[2] / divisor};
    Resample(grid, low, high, 0.5);
  }

  // Components beyond `density` and `appearance` of plane p are dropped.
  void Components(int p, int density, int appearance) {
    field.density_components[p] = density;
    field.appearance_components[p] = appearance;
    std::vector<float> basis(field.basis, field.basis + 27 * SAC_FIELD_BASIS_COLUMNS);
    for (int o = 0; o < 27; o++) for (int c = appearance; c < 48; c++) basis[o * SAC_FIELD_BASIS_COLUMNS + 48 * p + c] = 0;
    field.basis = Keep(basis);
  }

  // A constant is added to the density, by the last component of plane 0.
  void AddDensity(double constant) {
    const size_t texels = (size_t)field.grid[0] * field.grid[1], last = (size_t)field.density_components[0] - 1;
    std::vector<float> plane(field.density_plane[0], field.density_plane[0] + (last + 1) * texels);
    std::vector<float> line(field.density_line[0], field.density_line[0] + (last + 1) * field.grid[2]);
    std::fill_n(&plane[last * texels], texels, (float)constant);
    std::fill_n(&line[last * field.grid[2]], field.grid[2], 1.0f);
    field.density_plane[0] = Keep(plane);
    field.density_line[0] = Keep(line);
  }

  // A mask on the scene's own grid that is set `margin` vertices away from the faces.
  void MaskInside(int margin) {
    std::vector<uint8_t> mask;
    for (int z = 0; z < field.grid[2]; z++) for (int y = 0; y < field.grid[1]; y++) for (int x = 0; x < field.grid[0]; x++) {
      const int at[3] = {x, y, z};
      bool inside = true;
      for (int a = 0; a < 3; a++) inside = inside && at[a] >= margin && at[a] < field.grid[a] - margin;
      mask.push_back(inside);
    }
    masks_.push_back(std::move(mask));
    field.mask = masks_.back().data();
    std::copy_n(field.grid, 3, field.mask_grid);
    std::memcpy(field.mask_aabb, field.aabb, sizeof field.aabb);
  }

  // A mask of another grid over another box: set where a set vertex of the old mask is within a cell of the new one.
  void Mask(const int grid[3], double margin) {
    const sac_field_t old = field;
    std::vector<uint8_t> mask((size_t)grid[0] * grid[1] * grid[2]);
    double box[2][3];
    for (int a = 0; a < 3; a++) {
      const double side = old.mask_aabb[1][a] - old.mask_aabb[0][a];
      box[0][a] = old.mask_aabb[0][a] - margin * side;
      box[1][a] = old.mask_aabb[1][a] + 0.5 * margin * side;
    }
    size_t i = 0;
    for (int z = 0; z < old.mask_grid[2]; z++) for (int y = 0; y < old.mask_grid[1]; y++) {
      for (int x = 0; x < old.mask_grid[0]; x++, i++) {
        if (!old.mask[i]) continue;
        const int at[3] = {x, y, z};
        int near[3][2];
        for (int a = 0; a < 3; a++) {
          const double side = old.mask_aabb[1][a] - old.mask_aabb[0][a];
          const double place = old.mask_aabb[0][a] + side * at[a] / (old.mask_grid[a] - 1);
          const double index = (place - box[0][a]) / (box[1][a] - box[0][a]) * (grid[a] - 1);
          near[a][0] = (int)std::floor(index);
          near[a][1] = std::min((int)std::ceil(index), grid[a] - 1);
        }
        for (int c = 0; c < 8; c++) {
          mask[near[0][c & 1] + (size_t)grid[0] * (near[1][c >> 1 & 1] + (size_t)grid[1] * near[2][c >> 2])] = 1;
        }
      }
    }
    masks_.push_back(std::move(mask));
    field.mask = masks_.back().data();
    std::copy_n(grid, 3, field.mask_grid);
    std::memcpy(field.mask_aabb, box, sizeof box);
  }

  sac_field_t field;

 private:
  float *Keep(const std::vector<float> &values) {
    kept_.push_back(values);
    return kept_.back().data();
  }
  sac_field_t loaded_ = {};
  std::list<std::vector<float>> kept_;
  std::list<std::vector<uint8_t>> masks_;
};

#endif
