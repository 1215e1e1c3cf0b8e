// SPDX-License-Identifier: Apache-2.0
// Cameras of tests: an eye that looks at a place.
#ifndef SACCADE_TESTS_EYE_H
#define SACCADE_TESTS_EYE_H

#include <array>
#include <cmath>

extern "C" {
#include "sw/scene/camera.h"
}

using Place = std::array<double, 3>;

// `focal` in picture widths.
inline sac_camera_t LookAt(const Place &eye, const Place &at, int width, int height, double focal) {
  sac_camera_t camera = {};
  camera.width = width;
  camera.height = height;
  camera.focal = focal * width;
  Place back, right, up;
  double length = 0;
  for (int a = 0; a < 3; a++) length += (eye[a] - at[a]) * (eye[a] - at[a]);
  for (int a = 0; a < 3; a++) back[a] = (eye[a] - at[a]) / std::sqrt(length);
  const Place pole = std::abs(back[2]) < 0.9 ? Place{0, 0, 1} : Place{0, 1, 0};
  length = 0;
  for (int a = 0; a < 3; a++) {
    right[a] = pole[(a + 1) % 3] * back[(a + 2) % 3] - pole[(a + 2) % 3] * back[(a + 1) % 3];
    length += right[a] * right[a];
  }
  for (double &r : right) r /= std::sqrt(length);
  for (int a = 0; a < 3; a++) up[a] = back[(a + 1) % 3] * right[(a + 2) % 3] - back[(a + 2) % 3] * right[(a + 1) % 3];
  for (int a = 0; a < 3; a++) {
    camera.origin[a] = eye[a];
    camera.rotation[a][0] = right[a];
    camera.rotation[a][1] = up[a];
    camera.rotation[a][2] = back[a];
  }
  return camera;
}

#endif
