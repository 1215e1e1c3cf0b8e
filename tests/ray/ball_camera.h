// SPDX-License-Identifier: Apache-2.0
// Camera records for tests of walk and cover: an eye anywhere, looking anywhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

extern "C" {
#include "saccade/regs.h"
}

// Eye in grid units, focal length in pixels; `square` pixels a side. Cells are cubes: one mean-cell unit each.
inline void ball_camera(std::mt19937 &random, const double eye[3], const double look[3], double focal, int square,
                        int side, uint32_t camera[SAC_CAMERA_WORDS]) {
  std::uniform_real_distribution<double> unit(-1, 1);
  double axes[3][3], length = 0;  // right, down, forward
  for (int a = 0; a < 3; a++) axes[2][a] = look[a] - eye[a], length += axes[2][a] * axes[2][a];
  for (double &x : axes[2]) x /= std::sqrt(length);
  length = 0;
  for (int a = 0; a < 3; a++) axes[0][a] = unit(random);
  double along = 0;
  for (int a = 0; a < 3; a++) along += axes[0][a] * axes[2][a];
  for (int a = 0; a < 3; a++) axes[0][a] -= along * axes[2][a], length += axes[0][a] * axes[0][a];
  for (double &x : axes[0]) x /= std::sqrt(length);
  for (int a = 0; a < 3; a++)
    axes[1][a] = axes[2][(a + 1) % 3] * axes[0][(a + 2) % 3] - axes[2][(a + 2) % 3] * axes[0][(a + 1) % 3];
  for (int i = 0; i < SAC_CAMERA_WORDS; i++) camera[i] = 0;
  for (int r = 0; r < 3; r++) {
    double origin = 0;
    for (int a = 0; a < 3; a++) {
      camera[12 + 3 * r + a] = static_cast<uint32_t>(static_cast<int32_t>(std::lround(axes[r][a] * (1 << 20))));
      origin -= axes[r][a] * eye[a];
    }
    camera[21 + r] = static_cast<uint32_t>(static_cast<int32_t>(std::lround(origin * (1 << 14))));
  }
  for (int a = 0; a < 3; a++) camera[9 + a] = static_cast<uint32_t>(static_cast<int32_t>(std::lround(eye[a] * (1 << 15))));
  camera[24] = static_cast<uint32_t>(focal * 256) & 0x3fffff;
  camera[25] = camera[26] = static_cast<uint32_t>(square * 128);
  const double radius = std::sqrt(3.0) / 2;
  camera[27] = static_cast<uint32_t>(std::ceil((side * radius + 0.0625) * 64));
  camera[28] = static_cast<uint32_t>(std::ceil((4 * side * radius + 0.0625) * 64));
}
