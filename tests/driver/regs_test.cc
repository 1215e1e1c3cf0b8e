// SPDX-License-Identifier: Apache-2.0
// Field access and the generated tables.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "saccade/regs.h"

namespace {

TEST(Regs, AFieldIsPutAndGotWithoutTouchingItsNeighbours) {
  uint32_t words[SAC_COMMAND_WORDS];
  for (auto &word : words) word = 0xffffffff;
  sac_field_put(words, SAC_RENDER_HEIGHT, 0);
  EXPECT_EQ(words[5], 0xc000ffffu);
  sac_field_put(words, SAC_RENDER_HEIGHT, 0x1234);
  EXPECT_EQ(words[5], 0xd234ffffu);
  EXPECT_EQ(sac_field_get(words, SAC_RENDER_HEIGHT), 0x1234u);
  EXPECT_EQ(sac_field_get(words, SAC_RENDER_WIDTH), 0x3fffu);
}

TEST(Regs, AFieldOfAWholeWordWorks) {
  uint32_t words[SAC_COMMAND_WORDS] = {};
  sac_field_put(words, SAC_RENDER_SCENE_ADDRESS, 0xfedcba98u);
  EXPECT_EQ(words[1], 0xfedcba98u);
  EXPECT_EQ(sac_field_get(words, SAC_RENDER_SCENE_ADDRESS), 0xfedcba98u);
}

TEST(Regs, SignedFieldsExtendTheirSign) {
  uint32_t words[SAC_COMMAND_WORDS] = {};
  for (int32_t value : {-32768, -1, 0, 1, 32767}) {
    sac_field_put_signed(words, SAC_TABLE_OFFSET, value);
    EXPECT_EQ(sac_field_get_signed(words, SAC_TABLE_OFFSET), value);
    EXPECT_EQ(words[4] >> 16, 0u);
  }
  uint32_t camera[SAC_CAMERA_WORDS] = {};
  sac_field_put_signed(camera, SAC_CAMERA_V0_X, INT32_MIN);
  EXPECT_EQ(sac_field_get_signed(camera, SAC_CAMERA_V0_X), INT32_MIN);
}

TEST(RegsDeathTest, AValueThatDoesNotFitIsCaught) {
  uint32_t words[SAC_COMMAND_WORDS] = {};
  EXPECT_DEATH(sac_field_put(words, SAC_RENDER_WIDTH, 0x4000), "value <= mask");
  EXPECT_DEATH(sac_field_put_signed(words, SAC_TABLE_OFFSET, 32768), "value");
}

TEST(Regs, ReservedBitsAndFieldsOfACommandTileItsDescriptor) {
  const sac_command_info_t *render = sac_command_info(SAC_OPCODE_RENDER);
  ASSERT_NE(render, nullptr);
  EXPECT_STREQ(render->name, "RENDER");
  EXPECT_EQ(render->reserved[0], 0x0000fe00u);
  EXPECT_EQ(render->reserved[5], 0xc000c000u);
  EXPECT_EQ(render->reserved[10], 0xffffffffu);
  EXPECT_EQ(render->align[1], 63u);
  EXPECT_EQ(render->align[3], 3u);
  EXPECT_EQ(sac_command_info(200), nullptr);
}

TEST(Regs, NamesOfErrorsTargetsAndCountersAreThere) {
  EXPECT_STREQ(sac_hw_error_name(SAC_HW_ERR_SLVERR), "SLVERR");
  EXPECT_STREQ(sac_hw_error_name(255), "unknown");
  EXPECT_STREQ(sac_hw_error_doc(SAC_HW_ERR_OPCODE), "unknown opcode");
  EXPECT_STREQ(sac_target_name(SAC_TARGET_DENSITY_LINE), "DENSITY_LINE");
  EXPECT_STREQ(sac_counter_infos[SAC_COUNTER_RAY_HITS].name, "ray.hits");
  EXPECT_FALSE(sac_counter_infos[SAC_COUNTER_RAY_HITS].time);
  EXPECT_TRUE(sac_counter_infos[SAC_COUNTER_HOST_CYCLES].time);
  std::set<std::string> names;
  for (const auto &counter : sac_counter_infos) names.insert(counter.name);
  EXPECT_EQ(names.size(), size_t{SAC_COUNTERS});
}

TEST(Regs, CapacitiesKnowTheirLegalRange) {
  const sac_capacity_info_t &lanes = sac_capacity_infos[SAC_CAPACITY_LANES];
  EXPECT_STREQ(lanes.name, "lanes");
  EXPECT_EQ(lanes.min, 8u);
  EXPECT_EQ(lanes.max, 128u);
  ASSERT_EQ(lanes.value_count, 5u);
  EXPECT_EQ(lanes.values[1], 16u);
  EXPECT_EQ(sac_capacity_infos[SAC_CAPACITY_ROWS].value_count, 0u);
}

}  // namespace
