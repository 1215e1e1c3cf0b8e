// SPDX-License-Identifier: Apache-2.0
// RENDER on the Verilated machine against the model, byte for byte, and their work counters, on small random scenes, for
// every configuration that is built, with and without random stalls of the memory.
#include "sim/rtl_configs.h"
#include "tests/cosim/render.h"

namespace {

TEST(Render, LeavesTheModelsBytesOnEveryConfiguration) {
  RandomField scene(7);
  sac_error_t error = {};
  sac_image_t image = {};
  const sac_pack_options_t options = sac_pack_defaults();
  ASSERT_TRUE(sac_image_pack(&scene.field, &options, &image, &error)) << error.message;
  const sac_render_job_t job = Job(10, 10, 10);
  for (size_t c = 0; c < sac_rtl_config_count; c++) {
    sac_machine_config_t config;
    const std::string path = std::string("configs/") + sac_rtl_configs[c].name + ".yaml";
    SCOPED_TRACE(path);
    ASSERT_TRUE(sac_config_load(&config, path.c_str(), &error)) << error.message;
    sac_render_result_t model = Render("model", config, image, job, 0);
    ASSERT_NE(model.rgba, nullptr);
    EXPECT_GT(model.counters[SAC_COUNTER_COMPOSITE_ENTRIES], 20u) << "the scene must show something";
    ExpectTheModels(model, config, image, job, 3);
    sac_render_result_free(&model);
  }
  sac_image_free(&image);
}

}  // namespace
