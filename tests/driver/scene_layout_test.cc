// SPDX-License-Identifier: Apache-2.0
// Scenes in device memory, read back by the document's layout.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "saccade/regs.h"
#include "sw/driver/scene_cubes.h"
#include "sw/driver/scene_layout.h"
#include "sw/scene/pack.h"
#include "tests/scene/random_field.h"

namespace {

constexpr uint32_t kBase = 0x10040;

const sac_scene_limits_t kLimits = {16, 8, 768, 4096, 512, 64, 1024};

class SceneLayout : public testing::Test {
 protected:
  void SetUp() override {
    const sac_pack_options_t options = sac_pack_defaults();
    ASSERT_TRUE(sac_image_pack(&scene_.field, &options, &image_, &error_)) << error_.message;
  }
  void TearDown() override {
    sac_scene_layout_free(&layout_);
    sac_image_free(&image_);
  }
  void Lay(const sac_scene_limits_t &limits, int side) {
    sac_scene_layout_free(&layout_);
    ASSERT_TRUE(sac_scene_layout(&image_, &limits, side, kBase, &layout_, &error_))
        << error_.message;
  }
  const uint8_t *At(uint32_t address) const { return layout_.bytes + (address - kBase); }
  uint32_t U32(uint32_t address) const {
    uint32_t value;
    std::memcpy(&value, At(address), 4);
    return value;
  }
  std::vector<uint32_t> Record() const {
    std::vector<uint32_t> words(16);
    std::memcpy(words.data(), At(layout_.scene_address), 64);
    return words;
  }
  // The TABLE command for a target.
  const uint32_t *Table(uint32_t target) const {
    for (const auto &words : layout_.tables) {
      if (sac_field_get(words, SAC_TABLE_TARGET) == target) return words;
    }
    return nullptr;
  }

  RandomField scene_{11, 19, 14, 23};
  sac_image_t image_ = {};
  sac_scene_layout_t layout_ = {};
  sac_error_t error_;
};

TEST_F(SceneLayout, SuperCubesAndMasksGiveBackEveryCellForEverySide) {
  for (int side : {1, 2, 4, 8}) {
    Lay(kLimits, side);
    const auto record = Record();
    EXPECT_EQ(1 << sac_field_get(record.data(), SAC_SCENE_SIDE_LOG2), side);
    const uint32_t walk = sac_field_get(record.data(), SAC_SCENE_WALK_ADDRESS);
    const uint32_t masks = sac_field_get(record.data(), SAC_SCENE_MASK_ADDRESS);
    EXPECT_EQ(walk % 16, 0u);
    const int mask_bytes = side == 8 ? 64 : side == 4 ? 8 : 1;
    int n[3];
    for (int a = 0; a < 3; a++) n[a] = (image_.grid[a] - 1 + 4 * side - 1) / (4 * side);
    for (int z = 0; z < image_.grid[2] - 1; z++) {
      for (int y = 0; y < image_.grid[1] - 1; y++) {
        for (int x = 0; x < image_.grid[0] - 1; x++) {
          const int c[3] = {x / side, y / side, z / side};
          const uint32_t entry =
              walk + 16 * (c[0] / 4 + n[0] * (c[1] / 4 + n[1] * (c[2] / 4)));
          const uint64_t bitmap = U32(entry) | (uint64_t)U32(entry + 4) << 32;
          const int bit = c[0] % 4 + 4 * (c[1] % 4 + 4 * (c[2] % 4));
          bool active = (bitmap >> bit) & 1;
          if (active) {
            const uint64_t before = bitmap & ((UINT64_C(1) << bit) - 1);
            const uint32_t mask =
                masks + U32(entry + 8) + mask_bytes * __builtin_popcountll(before);
            const int cell = x % side + side * (y % side + side * (z % side));
            active = (At(mask)[cell / 8] >> (cell % 8)) & 1;
          }
          ASSERT_EQ(active, sac_image_cell(&image_, x, y, z)) << side << " " << x << " " << y;
        }
      }
    }
  }
}

TEST_F(SceneLayout, WeightsLieInGroupsOfLanesAndTheLastLayerInRows) {
  for (uint32_t lanes : {8u, 16u, 32u, 64u, 128u}) {
    sac_scene_limits_t limits = kLimits;
    limits.lanes = lanes;
    limits.weight_words = 8192;
    limits.x_words = 128;
    Lay(limits, 4);
    const uint32_t *weight = Table(SAC_TARGET_WEIGHT), *quant = Table(SAC_TARGET_QUANT);
    ASSERT_NE(weight, nullptr);
    ASSERT_NE(quant, nullptr);
    const uint32_t groups = (128 + lanes - 1) / lanes, basis_groups = (27 + lanes - 1) / lanes;
    const uint32_t first = sac_field_get(weight, SAC_TABLE_SOURCE_ADDRESS);
    const uint32_t layer1 = basis_groups * 144, layer2 = layer1 + groups * 150;
    const uint32_t layer3 = layer2 + groups * 128;
    EXPECT_EQ(sac_field_get(weight, SAC_TABLE_COUNT), layer3 + 3 * groups);
    auto at = [&](uint32_t word, uint32_t lane) { return (int8_t)*At(first + word * lanes + lane); };
    for (uint32_t o = 0; o < 27; o++) {
      EXPECT_EQ(at(o / lanes * 144 + 143, o % lanes), image_.basis[o][143]);
    }
    for (uint32_t o : {0u, 5u, 77u, 127u}) {
      EXPECT_EQ(at(layer1 + o / lanes * 150 + 149, o % lanes), image_.layer1[o][149]);
      EXPECT_EQ(at(layer2 + o / lanes * 128 + 31, o % lanes), image_.layer2[o][31]);
      EXPECT_EQ(at(layer3 + 2 * groups + o / lanes, o % lanes), image_.layer3[2][o]);
    }
    const uint32_t quants = sac_field_get(quant, SAC_TABLE_SOURCE_ADDRESS);
    const uint32_t last = basis_groups * lanes + 2 * groups * lanes + 2;
    EXPECT_EQ(sac_field_get(quant, SAC_TABLE_COUNT), last + 1);
    EXPECT_EQ((int32_t)U32(quants + 8 * last), image_.layer3_quant[2].bias);
    EXPECT_EQ(U32(quants + 8 * last + 4),
              image_.layer3_quant[2].multiplier | (uint32_t)image_.layer3_quant[2].shift << 16);
  }
}

TEST_F(SceneLayout, LinesAndBlocksAreWhereTheRecordAndTheCommandsSay) {
  Lay(kLimits, 4);
  const auto record = Record();
  EXPECT_EQ(record[0], 0x53434e31u);
  EXPECT_EQ(record[1], 19u | 14u << 10 | 23u << 20);
  const uint32_t directory = sac_field_get(record.data(), SAC_SCENE_DIRECTORY_ADDRESS);
  const uint32_t blocks = sac_field_get(record.data(), SAC_SCENE_BLOCK_ADDRESS);
  EXPECT_EQ(std::memcmp(At(directory), image_.directory, 4 * (image_.blocks + 1)), 0);
  EXPECT_EQ(std::memcmp(At(blocks), image_.block_data, image_.block_bytes), 0);
  const uint32_t *density = Table(SAC_TARGET_DENSITY_LINE);
  const uint32_t *appearance = Table(SAC_TARGET_APPEARANCE_LINE);
  EXPECT_EQ(sac_field_get(density, SAC_TABLE_COUNT), 19u + 14u + 23u);
  EXPECT_EQ(std::memcmp(At(sac_field_get(density, SAC_TABLE_SOURCE_ADDRESS)),
                        image_.density_line, 56 * 32),
            0);
  EXPECT_EQ(std::memcmp(At(sac_field_get(appearance, SAC_TABLE_SOURCE_ADDRESS)),
                        image_.appearance_line, 56 * 96),
            0);
  EXPECT_NEAR(sac_field_get(record.data(), SAC_SCENE_NEAR) / 4096.0, image_.near / image_.step,
              1e-3);
  for (const auto &words : layout_.tables) {
    const uint32_t address = sac_field_get(words, SAC_TABLE_SOURCE_ADDRESS);
    EXPECT_GE(address, kBase);
    EXPECT_LT(address, kBase + layout_.size);
    EXPECT_EQ(address % 4, 0u);
  }
}

TEST_F(SceneLayout, AMachineThatIsTooSmallIsNamed) {
  struct {
    uint32_t sac_scene_limits_t::*limit;
    uint32_t value;
    const char *name;
  } cases[] = {{&sac_scene_limits_t::line_rows, 55, "line_rows"},
               {&sac_scene_limits_t::weight_words, 2535, "weight_words"},
               {&sac_scene_limits_t::quant_entries, 256, "quant_entries"},
               {&sac_scene_limits_t::cube_side, 2, "cube_side"},
               {&sac_scene_limits_t::x_words, 37, "x_words"},
               {&sac_scene_limits_t::block_bytes, 64, "block_bytes"}};
  for (const auto &c : cases) {
    sac_scene_limits_t limits = kLimits;
    limits.*c.limit = c.value;
    ASSERT_FALSE(sac_scene_layout(&image_, &limits, 4, kBase, &layout_, &error_)) << c.name;
    EXPECT_EQ(error_.code, SAC_ERR_CAPACITY);
    EXPECT_NE(std::string(error_.message).find(c.name), std::string::npos) << error_.message;
    EXPECT_NE(std::string(error_.message).find("the machine has " + std::to_string(c.value)),
              std::string::npos)
        << error_.message;
  }
}

TEST(RenderDescriptor, PutsEveryFieldInItsPlaceAndNoReservedBit) {
  const sac_render_request_t request = {.tag = 0xbeef,
                                        .scene_address = 0x1000,
                                        .camera_address = 0x2040,
                                        .colour_address = 0x3004,
                                        .depth_address = 0x4008,
                                        .depth = true,
                                        .x = 11,
                                        .y = 22,
                                        .width = 33,
                                        .height = 44,
                                        .stride = 800,
                                        .termination = 65,
                                        .carry = 1311,
                                        .background = {1, 2, 3}};
  uint32_t words[16];
  sac_render_descriptor(&request, words);
  const uint32_t expected[16] = {0xbeef0105, 0x1000, 0x2040, 0x3004, 0x4008, 33 | 44 << 16,
                                 11 | 22 << 16, 800, 65 | 1311u << 16, 0x030201};
  const sac_command_info_t *info = sac_command_info(SAC_OPCODE_RENDER);
  for (int i = 0; i < 16; i++) {
    EXPECT_EQ(words[i], expected[i]) << i;
    EXPECT_EQ(words[i] & info->reserved[i], 0u) << i;
  }
}

}  // namespace
