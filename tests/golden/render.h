// SPDX-License-Identifier: Apache-2.0
// Whole pictures of tests: by the model from a packed scene, by golden from the float scene.
#ifndef SACCADE_TESTS_GOLDEN_RENDER_H
#define SACCADE_TESTS_GOLDEN_RENDER_H

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

extern "C" {
#include "model/golden/golden.h"
#include "sw/scene/pack.h"
#include "sw/scene/picture.h"
#include "sw/tools/config.h"
#include "sw/tools/render_job.h"
}

// The model's picture as `saccade render` makes it with its default thresholds.
inline sac_picture_t ModelRender(const sac_image_t &image, const sac_camera_t &camera) {
  sac_error_t error = {};
  sac_machine_config_t config;
  sac_render_job_t job = {};
  sac_render_result_t result = {};
  sac_picture_t picture = {};
  EXPECT_TRUE(sac_config_load(&config, "configs/edge.yaml", &error)) << error.message;
  job.camera = camera;
  job.crop[2] = camera.width;
  job.crop[3] = camera.height;
  job.termination = 66;
  job.carry = 1311;
  std::memset(job.background, image.white ? 255 : 0, sizeof job.background);
  const sac_hal_t hal = sac_model_hal(sac_model_create(&config, sac_render_job_memory(&image, &job)));
  sac_device_t *device = sac_device_open(&hal, &error);
  EXPECT_TRUE(sac_render_job_run(device, &image, &job, &result, &error)) << error.message;
  EXPECT_TRUE(sac_picture_make(&picture, camera.width, camera.height, 3, &error)) << error.message;
  for (int i = 0; i < camera.width * camera.height; i++) std::memcpy(picture.pixel + 3 * i, result.rgba + 4 * i, 3);
  sac_render_result_free(&result);
  sac_device_close(device);
  return picture;
}

inline std::vector<double> GoldenRender(const sac_field_t &field, const sac_camera_t &camera) {
  const double white = field.white_background ? 1 : 0, background[3] = {white, white, white};
  std::vector<double> rgb((size_t)camera.width * camera.height * 3);
  sac_error_t error = {};
  EXPECT_TRUE(sac_golden_render(&field, &camera, {0, 0, camera.width, camera.height}, background, rgb.data(), nullptr,
                                nullptr, nullptr, nullptr, nullptr, &error))
      << error.message;
  return rgb;
}

#endif
