// SPDX-License-Identifier: Apache-2.0
// Camera records against the float camera.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>

#include "saccade/regs.h"
#include "sw/driver/camera_record.h"

namespace {

sac_image_t Image() {
  sac_image_t image;
  std::memset(&image, 0, sizeof image);
  const int grid[3] = {84, 149, 128};
  const double aabb[2][3] = {{-0.69, -1.21, -1.02}, {0.69, 1.21, 1.07}};
  std::memcpy(image.grid, grid, sizeof grid);
  std::memcpy(image.aabb, aabb, sizeof aabb);
  image.step = 0.00825;
  return image;
}

// A camera at `origin` that is turned by two angles.
sac_camera_t Camera(double x, double y, double z, double yaw, double pitch, int width = 800,
                    double focal = 1111.0) {
  sac_camera_t camera;
  const double cy = std::cos(yaw), sy = std::sin(yaw), cp = std::cos(pitch), sp = std::sin(pitch);
  const double rotation[3][3] = {{cy, -sy * cp, sy * sp}, {sy, cy * cp, -cy * sp}, {0, sp, cp}};
  std::memcpy(camera.rotation, rotation, sizeof rotation);
  camera.origin[0] = x;
  camera.origin[1] = y;
  camera.origin[2] = z;
  camera.width = width;
  camera.height = width * 3 / 4;
  camera.focal = focal;
  return camera;
}

int32_t Get(const uint32_t *words, uint32_t field) { return sac_field_get_signed(words, field); }

TEST(CameraRecord, DirectionsPointWhereTheCameraLooksToTwoPartsInAMillion) {
  const sac_image_t image = Image();
  const sac_camera_t camera = Camera(2.7, 2.9, 1.5, 0.7, 1.1);
  uint32_t words[32];
  sac_error_t error;
  ASSERT_TRUE(sac_camera_record(&camera, &image, 4, words, &error)) << error.message;
  for (int j : {0, 1, 299, 599}) {
    for (int i : {0, 1, 400, 799}) {
      double v[3], length = 0.0, truth[3];
      for (uint32_t a = 0; a < 3; a++) {
        v[a] = (double)Get(words, SAC_CAMERA_V0_X + (a << 16)) +
               (double)i * Get(words, SAC_CAMERA_VX_X + (a << 16)) +
               (double)j * Get(words, SAC_CAMERA_VY_X + (a << 16));
        EXPECT_LT(std::fabs(v[a]), std::ldexp(8.0, 27));
        length += v[a] * v[a];
      }
      sac_camera_ray(&camera, i, j, truth);
      for (int a = 0; a < 3; a++) EXPECT_NEAR(v[a] / std::sqrt(length), truth[a], 2e-6);
    }
  }
}

TEST(CameraRecord, ProjectionOfACellsCentreIsItsPixel) {
  const sac_image_t image = Image();
  const sac_camera_t camera = Camera(2.7, 2.9, 1.5, 0.7, 1.1);
  uint32_t words[32];
  sac_error_t error;
  ASSERT_TRUE(sac_camera_record(&camera, &image, 4, words, &error)) << error.message;
  // The point of pixel (i, j) at distance 3, as grid coordinates, back through M, B and the focal.
  for (int j : {10, 300, 590}) {
    for (int i : {20, 400, 780}) {
      double direction[3], camera_point[3];
      sac_camera_ray(&camera, i, j, direction);
      for (uint32_t r = 0; r < 3; r++) {
        camera_point[r] = std::ldexp(Get(words, SAC_CAMERA_B_RIGHT + (r << 16)), -14);
        for (uint32_t a = 0; a < 3; a++) {
          const double unit = (image.aabb[1][a] - image.aabb[0][a]) / (image.grid[a] - 1);
          const double grid = (camera.origin[a] + 3.0 * direction[a] - image.aabb[0][a]) / unit;
          camera_point[r] +=
              grid * std::ldexp(Get(words, SAC_CAMERA_M_RIGHT_X + ((3 * r + a) << 16)), -20);
        }
      }
      const double focal = sac_field_get(words, SAC_CAMERA_FOCAL) / 256.0;
      const double u = Get(words, SAC_CAMERA_CX) / 256.0 + focal * camera_point[0] / camera_point[2];
      const double v = Get(words, SAC_CAMERA_CY) / 256.0 + focal * camera_point[1] / camera_point[2];
      EXPECT_NEAR(u, i, 0.02);
      EXPECT_NEAR(v, j, 0.02);
      EXPECT_GT(camera_point[2], 0.0);
    }
  }
}

TEST(CameraRecord, BallsHoldTheirCubes) {
  const sac_image_t image = Image();
  const sac_camera_t camera = Camera(2.7, 2.9, 1.5, 0.7, 1.1);
  for (int side : {1, 2, 4, 8}) {
    uint32_t words[32];
    sac_error_t error;
    ASSERT_TRUE(sac_camera_record(&camera, &image, side, words, &error)) << error.message;
    double unit[3], mean = 0.0, square = 0.0;
    for (int a = 0; a < 3; a++) {
      unit[a] = (image.aabb[1][a] - image.aabb[0][a]) / (image.grid[a] - 1);
      mean += unit[a] / 3.0;
    }
    for (int a = 0; a < 3; a++) square += unit[a] * unit[a];
    const double radius = 0.5 * side * std::sqrt(square) / mean;
    EXPECT_GE(sac_field_get(words, SAC_CAMERA_RADIUS_CUBE) / 64.0, radius + 1.0 / 16);
    EXPECT_LE(sac_field_get(words, SAC_CAMERA_RADIUS_CUBE) / 64.0, radius + 5.0 / 64);
    EXPECT_GE(sac_field_get(words, SAC_CAMERA_RADIUS_SUPER) / 64.0, 4.0 * radius + 1.0 / 16);
  }
}

TEST(CameraRecord, ViewsBeyondTheFieldsAreRefusedByName) {
  const sac_image_t image = Image();
  uint32_t words[32];
  sac_error_t error;
  sac_camera_t camera = Camera(600.0, 0.0, 0.0, 0.0, 0.0);  // 36,000 cells away
  ASSERT_FALSE(sac_camera_record(&camera, &image, 4, words, &error));
  EXPECT_NE(std::string(error.message).find("eye"), std::string::npos) << error.message;
  camera = Camera(2.0, 0.0, 0.0, 0.0, 0.0, 800, 30.0);
  ASSERT_FALSE(sac_camera_record(&camera, &image, 4, words, &error));
  EXPECT_NE(std::string(error.message).find("field of view"), std::string::npos) << error.message;
  camera = Camera(2.0, 0.0, 0.0, 0.0, 0.0, 800, 20000.0);
  ASSERT_FALSE(sac_camera_record(&camera, &image, 4, words, &error));
  EXPECT_NE(std::string(error.message).find("focal"), std::string::npos) << error.message;
  camera = Camera(2.0, 0.0, 0.0, 0.0, 0.0);
  camera.width = 0;
  ASSERT_FALSE(sac_camera_record(&camera, &image, 4, words, &error));
}

}  // namespace
