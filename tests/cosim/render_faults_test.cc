// SPDX-License-Identifier: Apache-2.0
// RENDER that must fail, on the Verilated machine and the model alike: malformed scene records, windows that cut the
// records, each part of the scene or the output, and a memory that fails in each phase; a soft reset and the right
// picture follow.
#include "tests/cosim/faults.h"
#include "tests/cosim/pair.h"

extern "C" {
#include "sw/driver/camera_record.h"
#include "sw/driver/scene_layout.h"
#include "sw/scene/pack.h"
}
#include "tests/scene/random_field.h"

namespace {

constexpr const char *kProgram = "cosim_render_faults";

class RenderFaults : public FaultTest {
 protected:
  static constexpr uint32_t kScene = 0x40000, kSize = 6;

  sac_image_t image_{};
  sac_scene_layout_t layout_{};
  uint32_t camera_ = 0, colour_ = 0, depth_ = 0;
  uint32_t scene_[SAC_SCENE_WORDS];
  Command render_;

  RenderFaults() { memory_bytes_ = 2 << 20; }

  void SetUp() override {
    FaultTest::SetUp();
    RandomField field(7);
    sac_error_t error = {};
    const sac_pack_options_t options = sac_pack_defaults();
    ASSERT_TRUE(sac_image_pack(&field.field, &options, &image_, &error)) << error.message;
    const sac_scene_limits_t limits = {pair_->capacity(SAC_CAPACITY_LANES), pair_->capacity(SAC_CAPACITY_CUBE_SIDE),
                                       pair_->capacity(SAC_CAPACITY_LINE_ROWS), pair_->capacity(SAC_CAPACITY_WEIGHT_WORDS),
                                       pair_->capacity(SAC_CAPACITY_QUANT_ENTRIES), pair_->capacity(SAC_CAPACITY_X_WORDS),
                                       pair_->capacity(SAC_CAPACITY_BLOCK_BYTES)};
    const int side = static_cast<int>(limits.cube_side);
    ASSERT_TRUE(sac_scene_layout(&image_, &limits, side, kScene, &layout_, &error)) << error.message;
    pair_->Store(kScene, layout_.bytes, layout_.size);
    camera_ = kScene + static_cast<uint32_t>(layout_.size);
    colour_ = camera_ + 128, depth_ = colour_ + 0x1000;
    sac_camera_t view = {};
    view.width = view.height = kSize;
    view.focal = kSize;
    for (int i = 0; i < 3; i++) view.rotation[i][i] = 1;
    view.origin[0] = 0.2, view.origin[1] = -0.1, view.origin[2] = 3.2;
    uint32_t record[SAC_CAMERA_RECORD_WORDS];
    ASSERT_TRUE(sac_camera_record(&view, &image_, side, record, &error)) << error.message;
    pair_->Store(camera_, record, sizeof record);
    std::memcpy(scene_, pair_->rtl_memory() + layout_.scene_address, sizeof scene_);
    sac_render_request_t request = {};
    request.scene_address = layout_.scene_address, request.camera_address = camera_;
    request.colour_address = colour_, request.depth_address = depth_, request.depth = true;
    request.width = request.height = kSize, request.stride = kSize + 3;
    request.termination = 66, request.carry = 1311;
    render_.resize(SAC_COMMAND_WORDS);
    sac_render_descriptor(&request, render_.data());
    Picture();
  }
  void TearDown() override {
    sac_scene_layout_free(&layout_);
    sac_image_free(&image_);
  }

  uint32_t Field(uint32_t word) const { return scene_[word]; }
  uint32_t extent() const { return 4 * ((kSize + 3) * (kSize - 1) + kSize); }
  Range Output() const { return {colour_, depth_ + extent()}; }

  // Tables and a picture, the same in both; leaves a fresh queue.
  void Picture() {
    for (int i = 0; i < SAC_SCENE_TABLES; i++) {
      Command words(layout_.tables[i], layout_.tables[i] + SAC_COMMAND_WORDS);
      pair_->Queue(words);
      if (i % 4 == 3) {
        pair_->Ring();
        ASSERT_TRUE(pair_->Settle());
      }
    }
    pair_->Queue(render_);
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle());
    pair_->CompareState(false);
    EXPECT_EQ(pair_->Get(SAC_REG_ERROR_CODE), 0u);
    pair_->CompareMemory();
    EXPECT_GT(pair_->model.read32(pair_->model.self, SAC_REG_COUNTERS + 4 * SAC_COUNTER_COMPOSITE_ENTRIES), 5u);
    Recover();
  }

  struct Phase {
    const char *name;
    uint32_t first, beyond;
    bool write;
    uint32_t address;  // expected; 0: the model's
  };

  // What RENDER touches, in the order in which it does so first.
  std::vector<Phase> Phases() const {
    const uint32_t directory = Field(9), blocks = Field(10), appearance = Field(11), walk = Field(12), masks = Field(13);
    const uint32_t end = kScene + static_cast<uint32_t>(layout_.size);
    auto after = [&](uint32_t at) {
      uint32_t next = end;
      for (uint32_t other : {layout_.scene_address, directory, blocks, walk, masks}) {
        if (other > at && other < next) next = other;
      }
      return next;
    };
    return {{"scene record", layout_.scene_address, layout_.scene_address + 4, false, layout_.scene_address},
            {"camera record", camera_ + 64, camera_ + 68, false, 0},
            {"walk directory", walk, after(walk), false, 0},
            {"cell masks", masks, after(masks), false, 0},
            {"block directory", directory, after(directory), false, 0},
            {"appearance directory", directory + 4 * appearance + 4, after(directory), false, 0},
            {"blocks", blocks, after(blocks), false, 0},
            {"colour", colour_, colour_ + 4, true, colour_},
            {"last colour row", colour_ + extent() - 4, colour_ + extent(), true, 0},
            {"depth", depth_ + 4 * (kSize + 3), depth_ + 4 * (kSize + 3) + 4, true, depth_ + 4 * (kSize + 3)}};
  }

  // The code and the rest of the state as in the model; the address lies in the phase.
  void ExpectPhase(const Phase &phase, sac_hw_error_t code) {
    SCOPED_TRACE(std::string(phase.name) + ", " + sac_hw_error_name(code));
    pair_->Queue(render_);
    const std::vector<uint8_t> snapshot = pair_->Memory(pair_->rtl);
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle()) << "the machine hangs";
    pair_->CompareState(false);
    EXPECT_EQ(pair_->Get(SAC_REG_ERROR_CODE), uint32_t{code});
    const uint32_t address = pair_->Get(SAC_REG_ERROR_ADDRESS), burst = pair_->capacity(SAC_CAPACITY_BURST_BYTES);
    if (phase.address) EXPECT_EQ(address, phase.address);
    EXPECT_GE(address + burst, phase.first);
    EXPECT_LT(address, phase.beyond);
    Mend();
    CompareUntouched(snapshot, 0, Output(), false);
    Recover();
  }
};

TEST_P(RenderFaults, MalformedSceneRecordsAreRefused) {
  struct {
    const char *name;
    uint32_t word, high, low, value;
  } const kBad[] = {{"magic", 0, 31, 0, 0x314e4353}, {"gx 1", 1, 9, 0, 1}, {"gx 513", 1, 9, 0, 513}, {"gy 0", 1, 19, 10, 0},
                    {"gz 1023", 1, 29, 20, 1023}, {"samples", 2, 11, 0, 0}, {"bits 3", 2, 24, 20, 3}, {"bits 9", 2, 24, 20, 9},
                    {"bits 15", 2, 24, 20, 15}, {"bits 17", 2, 24, 20, 17}};
  for (const auto &bad : kBad) {
    SCOPED_TRACE(bad.name);
    std::vector<uint32_t> record(scene_, scene_ + SAC_SCENE_WORDS);
    const uint32_t mask = static_cast<uint32_t>((2ull << (bad.high - bad.low)) - 1) << bad.low;
    record[bad.word] = (record[bad.word] & ~mask) | bad.value << bad.low;
    pair_->Store(layout_.scene_address, record.data(), 4 * SAC_SCENE_WORDS);
    Expect(render_, {SAC_HW_ERR_RECORD, layout_.scene_address});
    if (HasFailure()) break;
  }
  std::vector<uint32_t> record(scene_, scene_ + SAC_SCENE_WORDS);
  if (pair_->capacity(SAC_CAPACITY_CUBE_SIDE) < 8) {
    sac_field_put(record.data(), SAC_SCENE_SIDE_LOG2, 3);
    pair_->Store(layout_.scene_address, record.data(), 4 * SAC_SCENE_WORDS);
    Expect(render_, {SAC_HW_ERR_RECORD, layout_.scene_address});
  }
  // More lines than the machine holds.
  std::memcpy(record.data(), scene_, sizeof scene_);
  for (auto put : {0, 1, 2}) {
    const uint32_t size = std::min(512u, pair_->capacity(SAC_CAPACITY_LINE_ROWS) / 3 + 1);
    record[1] = (record[1] & ~(1023u << 10 * put)) | size << 10 * put;
  }
  if (pair_->capacity(SAC_CAPACITY_LINE_ROWS) < 1536) {
    pair_->Store(layout_.scene_address, record.data(), 4 * SAC_SCENE_WORDS);
    Expect(render_, {SAC_HW_ERR_RECORD, layout_.scene_address});
  }
  pair_->Store(layout_.scene_address, scene_, sizeof scene_);
  Picture();
}

TEST_P(RenderFaults, WindowsThatCutTheSceneOrTheOutputAreErrors) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  for (const Phase &phase : Phases()) {
    pair_->Window(0, 0, phase.first, 3);
    pair_->Window(1, phase.beyond, static_cast<uint32_t>(pair_->memory_bytes), 3);
    pair_->Window(2, phase.first, phase.beyond, phase.write ? 1 : 2);
    ExpectPhase(phase, SAC_HW_ERR_WINDOW);
    if (HasFailure()) return;
  }
  Picture();
}

TEST_P(RenderFaults, AMemoryThatFailsInAnyPhaseStopsItAndASoftResetMendsIt) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  unsigned round = 0;
  for (const Phase &phase : Phases()) {
    static const sac_hw_error_t kCodes[] = {SAC_HW_ERR_SLVERR, SAC_HW_ERR_DECERR, SAC_HW_ERR_TIMEOUT};
    const sac_hw_error_t code = kCodes[round++ % 3];
    pair_->Put(SAC_REG_TIMEOUT, 500);
    pair_->Fail(code, phase.first, phase.beyond - 1);
    ExpectPhase(phase, code);
    if (HasFailure()) return;
    if (round % 3 == 0) Picture();
  }
  Picture();
}

INSTANTIATE_TEST_SUITE_P(Built, RenderFaults, testing::Values("tiny"),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
