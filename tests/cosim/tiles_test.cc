// SPDX-License-Identifier: Apache-2.0
// RENDER of several tiles on the Verilated machine against the model: tiles that end early, that are empty between full
// ones, that leave fewer entries than a batch, seen from within the box and from behind.
#include "sim/rtl_configs.h"
#include "tests/cosim/render.h"

namespace {

class Tiles : public ::testing::Test {
 protected:
  sac_error_t error = {};
  sac_image_t image = {};
  sac_render_result_t model = {};
  int tile = 0;

  void Pack(const sac_field_t &field) {
    const sac_pack_options_t options = sac_pack_defaults();
    ASSERT_TRUE(sac_image_pack(&field, &options, &image, &error)) << error.message;
  }

  // `make(tile side)` is the job, `check()` looks at the model's result.
  template <typename Make, typename Check> void OnEveryConfiguration(Make make, Check check) {
    for (size_t c = 0; c < sac_rtl_config_count; c++) {
      sac_machine_config_t config;
      const std::string path = std::string("configs/") + sac_rtl_configs[c].name + ".yaml";
      SCOPED_TRACE(path);
      ASSERT_TRUE(sac_config_load(&config, path.c_str(), &error)) << error.message;
      tile = static_cast<int>(config.capacities[SAC_CAPACITY_TILE]);
      const sac_render_job_t job = make(tile);
      model = Render("model", config, image, job, 0);
      ASSERT_NE(model.rgba, nullptr);
      check();
      ExpectTheModels(model, config, image, job, tile > 16 ? 1 : 2);
      sac_render_result_free(&model);
    }
  }

  uint64_t Entries() const { return model.counters[SAC_COUNTER_COMPOSITE_ENTRIES]; }

  void TearDown() override { sac_image_free(&image); }
};

// Rows of tiles: as high as the simulation affords.
int Height(int tile) { return tile > 16 ? 3 : tile + 2; }

TEST_F(Tiles, OfAnySizeFollowOneAnother) {
  RandomField scene(3);
  Pack(scene.field);
  OnEveryConfiguration([](int tile) {
    sac_render_job_t job = Job(2 * tile + 9, Height(tile) + 4, 2 * tile);
    job.crop[0] = 3;
    job.crop[1] = 2;
    job.crop[2] = 2 * tile + 1;
    job.crop[3] = Height(tile);
    return job;
  }, [this] { EXPECT_GT(Entries(), 40u); });
}

TEST_F(Tiles, MayBeEmptyBetweenFullOnes) {
  RandomField scene(7, 40, 8, 8);
  scene.MaskGap(8, 32);
  Pack(scene.field);
  OnEveryConfiguration([](int tile) {
    sac_render_job_t job = Job(3 * tile, Height(tile), 4 * tile);
    job.camera.origin[0] = 0;
    return job;
  }, [this] {
    int opaque[3] = {0, 0, 0};
    for (int i = 0; i < 3 * tile * Height(tile); i++) opaque[i % (3 * tile) / tile] += model.rgba[4 * i + 3] > 0;
    EXPECT_GT(opaque[0], 0);
    EXPECT_EQ(opaque[1], 0);
    EXPECT_GT(opaque[2], 0);
  });
}

TEST_F(Tiles, ShareABatchWhenTheyLeaveFewEntries) {
  RandomField scene(7);
  Pack(scene.field);
  OnEveryConfiguration([](int tile) {
    sac_render_job_t job = Job(6 * tile, 1, 6 * tile);
    job.carry = 40000;
    job.crop[0] = tile + 5;
    job.crop[2] = 4 * tile - 3;
    return job;
  }, [this] { EXPECT_GT(Entries(), 4u); });
}

TEST_F(Tiles, AreSeenFromWithinTheBox) {
  RandomField scene(5);
  scene.field.near = 0.1;
  Pack(scene.field);
  OnEveryConfiguration([](int tile) {
    sac_render_job_t job = Job(tile + 3, Height(tile), tile);
    job.camera.origin[0] = 0.1;
    job.camera.origin[1] = 0.2;
    job.camera.origin[2] = 0.7;
    return job;
  }, [this] { EXPECT_GT(Entries(), 20u); });
}

TEST_F(Tiles, MayAllLookAway) {
  RandomField scene(5);
  Pack(scene.field);
  OnEveryConfiguration([](int tile) {
    sac_render_job_t job = Job(2 * tile + 2, Height(tile), tile);
    job.camera.rotation[0][0] = job.camera.rotation[2][2] = -1;
    return job;
  }, [this] {
    EXPECT_EQ(model.counters[SAC_COUNTER_RAY_HITS], 0u);
    EXPECT_EQ(Entries(), 0u);
  });
}

}  // namespace
