// SPDX-License-Identifier: Apache-2.0
// The golden renderer against pictures of the published code (float32), pixel by pixel.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

extern "C" {
#include "model/golden/golden.h"
#include "sw/scene/picture.h"
}
#include "npz.h"

namespace {

constexpr double kTolerance = 1e-3;

class Official : public testing::TestWithParam<const char *> {};

struct Worst {
  double difference = 0.0;
  size_t pixel = 0;
  size_t beyond = 0;
  void Add(double a, double b, size_t at) {
    const double d = std::abs(a - b);
    beyond += !(d <= kTolerance);
    if (d > difference) {
      difference = d;
      pixel = at;
    }
  }
};

TEST_P(Official, RendersOfThePublishedCodeAgreeToAThousandthInEveryPixel) {
  const std::string folder = std::string(SAC_SHARED_DATA) + "/scenes/" + GetParam();
  if (!std::ifstream(folder + "/golden.npz")) GTEST_SKIP() << "no test data in " << folder;
  auto arrays = npz::Read(folder + "/golden.npz");
  const NpyArray &rgb = arrays["rgb"], &depth = arrays["depth"];
  ASSERT_EQ(rgb.shape.size(), 4u);
  const size_t height = rgb.shape[1], width = rgb.shape[2], pixels = width * height;
  sac_error_t error = {};
  sac_field_t field;
  ASSERT_TRUE(sac_field_load(&field, (folder + "/scene.safetensors").c_str(), &error))
      << error.message;
  sac_views_t *views = sac_views_open((folder + "/transforms_test.json").c_str(), &error);
  ASSERT_NE(views, nullptr) << error.message;
  Worst colour, far;
  for (size_t i = 0; i < arrays["views"].value.size(); i++) {
    sac_camera_t camera;
    ASSERT_TRUE(sac_views_camera(views, (int)arrays["views"].value[i], (int)width, (int)height,
                                 &camera, &error))
        << error.message;
    const double white[3] = {1.0, 1.0, 1.0};
    std::vector<double> picture(3 * pixels), distance(pixels), alpha(pixels);
    sac_golden_work_t work;
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(sac_golden_render(&field, &camera, {0, 0, (int)width, (int)height}, white,
                                  picture.data(), distance.data(), alpha.data(), &work, nullptr,
                                  nullptr, &error))
        << error.message;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (size_t p = 0; p < pixels; p++) {
      for (size_t c = 0; c < 3; c++) {
        colour.Add(picture[3 * p + c], rgb.value[3 * (i * pixels + p) + c], i * pixels + p);
      }
      // The published depth lets what passes through end at the direction's z.
      double direction[3];
      sac_camera_ray(&camera, (int)(p % width), (int)(p / width), direction);
      far.Add(distance[p] + (1.0 - alpha[p]) * direction[2], depth.value[i * pixels + p],
              i * pixels + p);
    }
    printf("%s view %g: %.1f s, %llu rays in the box, %llu samples interpolated, %llu colours\n",
           GetParam(), arrays["views"].value[i], seconds, (unsigned long long)work.rays_hit,
           (unsigned long long)work.samples_interpolated, (unsigned long long)work.evaluations);
  }
  printf("%s: largest difference of a channel %.2g, of a depth %.2g\n", GetParam(),
         colour.difference, far.difference);
  EXPECT_EQ(colour.beyond, 0u) << "worst pixel " << colour.pixel << ": " << colour.difference;
  EXPECT_EQ(far.beyond, 0u) << "worst pixel " << far.pixel << ": " << far.difference;
  sac_views_close(views);
  sac_field_free(&field);
}

INSTANTIATE_TEST_SUITE_P(Scenes, Official, testing::Values("lego", "chair"));

}  // namespace
