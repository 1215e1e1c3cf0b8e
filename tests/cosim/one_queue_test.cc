// SPDX-License-Identifier: Apache-2.0
// One application, one queue: a frame, attention and the frame again are submitted without waiting between them. On the
// model and on the Verilated machine picture, depths and Y are those of queues of their own, and counters tell the
// two apart: RENDER's are those of frames alone, ATTEND's those of attention alone.
#include "tests/cosim/render.h"
#include "tests/support/policy_problem.h"

extern "C" {
#include "sim/hal_rtl.h"
}

namespace {

// A machine that counts how often the driver lets it work, which is how the driver waits.
struct Watched {
  sac_hal_t hal;
  unsigned advances = 0;
};

bool Advance(void *self) {
  Watched *watched = static_cast<Watched *>(self);
  watched->advances++;
  return watched->hal.advance(watched->hal.self);
}

sac_hal_t Watch(Watched *watched) {
  sac_hal_t hal = watched->hal;
  hal.self = watched;
  hal.read32 = [](void *self, uint32_t offset) {
    const sac_hal_t &inner = static_cast<Watched *>(self)->hal;
    return inner.read32(inner.self, offset);
  };
  hal.write32 = [](void *self, uint32_t offset, uint32_t value) {
    const sac_hal_t &inner = static_cast<Watched *>(self)->hal;
    inner.write32(inner.self, offset, value);
  };
  hal.memory_write = [](void *self, uint32_t address, const void *data, size_t bytes) {
    const sac_hal_t &inner = static_cast<Watched *>(self)->hal;
    return inner.memory_write(inner.self, address, data, bytes);
  };
  hal.memory_read = [](void *self, uint32_t address, void *data, size_t bytes) {
    const sac_hal_t &inner = static_cast<Watched *>(self)->hal;
    return inner.memory_read(inner.self, address, data, bytes);
  };
  hal.advance = Advance;
  hal.close = [](void *self) {
    const sac_hal_t &inner = static_cast<Watched *>(self)->hal;
    inner.close(inner.self);
  };
  return hal;
}

struct Outcome {
  std::vector<std::vector<uint8_t>> rgba;
  std::vector<std::vector<uint32_t>> depth;
  std::vector<int16_t> y;
  std::vector<int32_t> lse;
  std::vector<uint32_t> counters = std::vector<uint32_t>(SAC_COUNTERS);
  uint32_t Count(sac_counter_t counter) const { return counters[counter]; }
};

class Application : public testing::Test {
 protected:
  static constexpr size_t kMemory = 8 << 20;

  Application() {
    RandomField scene(7);
    const sac_pack_options_t options = sac_pack_defaults();
    EXPECT_TRUE(sac_image_pack(&scene.field, &options, &image_, &error_)) << error_.message;
    EXPECT_TRUE(sac_config_load(&config_, "configs/tiny.yaml", &error_)) << error_.message;
  }
  ~Application() override { sac_image_free(&image_); }

  void Open(const std::string &backend, unsigned seed) {
    if (backend == "rtl") {
      sac_rtl_options_t options = {};
      options.config = "tiny", options.seed = seed, options.memory_bytes = kMemory;
      options.latency = config_.memory_latency_cycles, options.bytes_per_cycle = config_.memory_bytes_per_cycle;
      options.stall_percent = seed ? 20 : 0;
      ASSERT_TRUE(sac_hal_rtl_open(&options, &watched_.hal, &error_)) << error_.message;
    } else {
      watched_.hal = sac_model_hal(sac_model_create(&config_, kMemory));
    }
    const sac_hal_t hal = Watch(&watched_);
    device_ = sac_device_open(&hal, &error_);
    ASSERT_NE(device_, nullptr) << error_.message;
  }

  // Frames of the scene, from two places, with attention between them; everything is where it is whatever is submitted.
  void Run(const std::string &backend, bool render, bool attend, unsigned seed, Outcome *outcome) {
    Open(backend, seed);
    PolicyShape shape;
    shape.tokens = {1, 9}, shape.length = {40, 37};
    shape.q_heads = 4, shape.k_heads = 2, shape.d_k = 32, shape.d_v = 16;
    PolicyProblem problem(device_, shape, 11);
    ASSERT_TRUE(sac_attention_load_tables(device_, &error_)) << error_.message;
    const sac_attention_setup_t setup = problem.Setup();
    sac_attention_plan_t *plan = sac_policy_prefill(device_, &setup, true, &error_);
    ASSERT_NE(plan, nullptr) << error_.message;
    sac_render_job_t jobs[2] = {Job(10, 10, 10), Job(7, 8, 8)};
    jobs[1].camera.origin[0] = -0.4;
    sac_render_prepared_t frames[2];
    for (int i = 0; i < 2; i++) {
      ASSERT_TRUE(sac_render_job_prepare(device_, &image_, &jobs[i], &frames[i], &error_)) << error_.message;
    }
    uint32_t before[SAC_COUNTERS];
    sac_device_counters(device_, before);
    watched_.advances = 0;
    for (uint16_t i = 0; i < 2; i++) {
      if (render) ASSERT_TRUE(sac_queue_submit(device_, frames[i].words, i, &error_)) << error_.message;
      if (attend) ASSERT_TRUE(sac_attention_run(plan, &problem.tensors, &error_)) << error_.message;
    }
    EXPECT_EQ(watched_.advances, 0u) << "the driver waits between frame and attention";
    ASSERT_TRUE(sac_queue_wait(device_, &error_)) << error_.message;
    sac_device_counters(device_, outcome->counters.data());
    for (int i = 0; i < SAC_COUNTERS; i++) outcome->counters[i] -= before[i];
    for (int i = 0; i < 2 && render; i++) {
      sac_render_result_t result;
      ASSERT_TRUE(sac_render_job_fetch(device_, &jobs[i], &frames[i], &result, &error_)) << error_.message;
      const size_t pixels = size_t(jobs[i].crop[2]) * jobs[i].crop[3];
      outcome->rgba.emplace_back(result.rgba, result.rgba + 4 * pixels);
      outcome->depth.emplace_back(result.depth, result.depth + pixels);
      sac_render_result_free(&result);
    }
    const PolicyResult result = problem.Read();
    if (attend) outcome->y = result.y, outcome->lse = result.lse;
    sac_attention_plan_free(plan);
    sac_device_close(device_);
  }

  sac_error_t error_ = {};
  sac_image_t image_ = {};
  sac_machine_config_t config_ = {};
  Watched watched_{};
  sac_device_t *device_ = nullptr;
};

bool Starts(const std::string &name, std::initializer_list<const char *> rooms) {
  for (const char *room : rooms) {
    if (name.rfind(room, 0) == 0) return true;
  }
  return false;
}

class OneQueue : public Application, public testing::WithParamInterface<std::string> {};

TEST_P(OneQueue, FramesAndAttentionAreThoseOfQueuesOfTheirOwn) {
  Outcome frames, attention, both;
  Run(GetParam(), true, false, 0, &frames);
  Run(GetParam(), false, true, 0, &attention);
  Run(GetParam(), true, true, 0, &both);
  ASSERT_FALSE(HasFatalFailure());
  EXPECT_EQ(both.rgba, frames.rgba);
  EXPECT_EQ(both.depth, frames.depth);
  EXPECT_EQ(both.y, attention.y);
  EXPECT_EQ(both.lse, attention.lse);
  EXPECT_NE(frames.rgba[0], frames.rgba[1]);
  EXPECT_NE(both.y, std::vector<int16_t>(both.y.size(), 0));
  for (int i = 0; i < SAC_COUNTERS; i++) {
    const std::string name = sac_counter_infos[i].name;
    if (Starts(name, {"host.", "memory."})) continue;  // both use them
    if (Starts(name, {"attend.", "dot.attend"})) {
      EXPECT_EQ(frames.counters[i], 0u) << name;
      EXPECT_EQ(both.counters[i], attention.counters[i]) << name;
    } else {
      EXPECT_EQ(attention.counters[i], 0u) << name;
      EXPECT_EQ(both.counters[i], frames.counters[i]) << name;
    }
  }
  for (const sac_counter_t counter : {SAC_COUNTER_MEMORY_READ_BYTES, SAC_COUNTER_MEMORY_WRITE_BYTES}) {
    EXPECT_EQ(both.Count(counter), frames.Count(counter) + attention.Count(counter)) << sac_counter_infos[counter].name;
  }
  EXPECT_GT(both.Count(SAC_COUNTER_ATTEND_BUSY_CYCLES), 0u);
  EXPECT_GT(both.Count(SAC_COUNTER_COMPOSITE_ENTRIES), 20u);
}

TEST_F(Application, RtlLeavesTheModelsBytesAndWork) {
  Outcome model;
  Run("model", true, true, 0, &model);
  for (unsigned seed : {0u, 3u}) {  // without and with stalls of the memory
    SCOPED_TRACE("seed " + std::to_string(seed));
    Outcome rtl;
    Run("rtl", true, true, seed, &rtl);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(rtl.rgba, model.rgba);
    EXPECT_EQ(rtl.depth, model.depth);
    EXPECT_EQ(rtl.y, model.y);
    EXPECT_EQ(rtl.lse, model.lse);
    for (const sac_counter_t counter : kWork) {
      EXPECT_EQ(rtl.Count(counter), model.Count(counter)) << sac_counter_infos[counter].name;
    }
    for (const sac_counter_t counter : {SAC_COUNTER_ATTEND_BLOCKS, SAC_COUNTER_ATTEND_TILES, SAC_COUNTER_ATTEND_KEYS,
                                        SAC_COUNTER_ATTEND_SCORES, SAC_COUNTER_ATTEND_MASKED,
                                        SAC_COUNTER_DOT_ATTEND_BEATS}) {
      EXPECT_EQ(rtl.Count(counter), model.Count(counter)) << sac_counter_infos[counter].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, OneQueue, testing::Values("model", "rtl"),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
