// SPDX-License-Identifier: Apache-2.0
// RENDER jobs on both back ends, and the comparison of what they leave: bytes and work counters.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "sim/rtl_configs.h"

extern "C" {
#include "sw/scene/pack.h"
#include "sw/tools/backend.h"
#include "sw/tools/config.h"
#include "sw/tools/render_job.h"
}
#include "tests/scene/random_field.h"

inline sac_render_job_t Job(int width, int height, double focal) {
  sac_render_job_t job = {};
  job.camera.width = width;
  job.camera.height = height;
  job.camera.focal = focal;
  for (int i = 0; i < 3; i++) job.camera.rotation[i][i] = 1;
  job.camera.origin[0] = 0.2;
  job.camera.origin[1] = -0.1;
  job.camera.origin[2] = 3.2;
  job.crop[2] = width;
  job.crop[3] = height;
  job.termination = 66;
  job.carry = 1311;
  std::memset(job.background, 255, sizeof job.background);
  return job;
}

inline sac_render_result_t Render(const char *backend, const sac_machine_config_t &config, const sac_image_t &image,
                                  const sac_render_job_t &job, unsigned seed) {
  sac_error_t error = {};
  sac_render_result_t result = {};
  const sac_backend_options_t options = {backend, sac_render_job_memory(&image, &job), seed, nullptr, nullptr};
  sac_device_t *device = sac_backend_open(&options, &config, &error);
  EXPECT_NE(device, nullptr) << error.message;
  if (!device) return result;
  EXPECT_TRUE(sac_render_job_run(device, &image, &job, &result, &error)) << error.message;
  sac_device_close(device);
  return result;
}

// Counters that depend on data alone and that both count the same way.
const sac_counter_t kWork[] = {SAC_COUNTER_MEMORY_READ_BYTES, SAC_COUNTER_MEMORY_READ_BURSTS, SAC_COUNTER_RAY_HITS,
                               SAC_COUNTER_WALK_SUPERCUBES, SAC_COUNTER_WALK_CUBES, SAC_COUNTER_SAMPLE_RAYS,
                               SAC_COUNTER_COVER_TESTS, SAC_COUNTER_RENDER_CUBES_VISITED, SAC_COUNTER_RENDER_CUBES_DEAD,
                               SAC_COUNTER_RENDER_PIXELS_TESTED, SAC_COUNTER_SPARSE_DENSITY_MISSES,
                               SAC_COUNTER_SPARSE_APPEARANCE_MISSES, SAC_COUNTER_VERTEX_VERTICES, SAC_COUNTER_SAMPLE_CANDIDATES,
                               SAC_COUNTER_SAMPLE_SAMPLES, SAC_COUNTER_COMPOSITE_ENTRIES, SAC_COUNTER_COLOUR_VERTICES,
                               SAC_COUNTER_COLOUR_GROUPS, SAC_COUNTER_SPARSE_APPEARANCE_HITS,
                               SAC_COUNTER_SPARSE_APPEARANCE_VALUES, SAC_COUNTER_DOT_NETWORK_ROWS,
                               SAC_COUNTER_DOT_NETWORK_BEATS, SAC_COUNTER_DOT_BASIS_BEATS, SAC_COUNTER_WRITEBACK_PIXELS};

// The RTL's picture, depths and work against the model's, with and without random stalls of the memory.
inline void ExpectTheModels(const sac_render_result_t &model, const sac_machine_config_t &config, const sac_image_t &image,
                            const sac_render_job_t &job, unsigned seeds) {
  const size_t bytes = size_t(job.crop[2]) * job.crop[3] * 4;
  for (unsigned seed = 0; seed < seeds; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    sac_render_result_t rtl = Render("rtl", config, image, job, seed);
    ASSERT_NE(rtl.rgba, nullptr);
    EXPECT_EQ(std::memcmp(rtl.rgba, model.rgba, bytes), 0);
    EXPECT_EQ(std::memcmp(rtl.depth, model.depth, bytes), 0);
    for (sac_counter_t counter : kWork) {
      EXPECT_EQ(rtl.counters[counter], model.counters[counter]) << sac_counter_infos[counter].name;
    }
    sac_render_result_free(&rtl);
  }
}
