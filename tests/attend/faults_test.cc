// SPDX-License-Identifier: Apache-2.0
// The model refuses every bad ATTEND command with the documented code and address, and takes the good one.
#include <gtest/gtest.h>

#include "tests/support/attend_faults.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

namespace {

constexpr uint32_t kContext = 0x4000, kList = 0x5000, kSource = 0x8000, kDestination = 0x9000, kMemory = 0xa000;

struct Answer {
  uint32_t code, address, head;
};

Answer Judge(const sac_machine_config_t &config, const AttendFaults &faults, const std::vector<uint32_t> &words,
           const std::vector<uint32_t> &record, const std::vector<uint32_t> &list) {
  const sac_hal_t hal = sac_model_hal(sac_model_create(&config, kMemory));
  const auto store = [&](uint32_t address, const void *data, size_t size) {
    EXPECT_TRUE(hal.memory_write(hal.self, address, data, size));
  };
  const struct { uint32_t offset, value;
  } registers[] = {{SAC_REG_WINDOW_LIMIT, kMemory},
                   {SAC_REG_WINDOW_ACCESS, 3},
                   {SAC_REG_RING_SIZE, 4},
                   {SAC_REG_COMPLETION_BASE, 0x2000},
                   {SAC_REG_CONTROL, SAC_CONTROL_ENABLE_MASK}};
  for (const auto &each : registers) hal.write32(hal.self, each.offset, each.value);
  store(0, words.data(), SAC_COMMAND_BYTES);
  store(kContext, record.data(), 4 * SAC_CONTEXT_WORDS);
  store(kList, list.data(), 4 * list.size());
  store(kList + 512, faults.pages, sizeof faults.pages);
  hal.write32(hal.self, SAC_REG_RING_TAIL, 1);
  while (hal.advance(hal.self)) {
  }
  const Answer answer = {hal.read32(hal.self, SAC_REG_ERROR_CODE), hal.read32(hal.self, SAC_REG_ERROR_ADDRESS),
                         hal.read32(hal.self, SAC_REG_RING_HEAD)};
  hal.close(hal.self);
  return answer;
}

class AttendFaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    sac_error_t error = {};
    ASSERT_TRUE(sac_config_load(&config_, "configs/tiny.yaml", &error)) << error.message;
  }
  sac_machine_config_t config_ = {};
};

TEST_F(AttendFaultsTest, EachIsRefusedWithItsCodeAndAddress) {
  const AttendFaults faults(config_.capacities, kContext, kList, kSource, kDestination);
  for (const AttendFault &fault : faults.all) {
    SCOPED_TRACE(fault.name);
    const Answer answer = Judge(config_, faults, fault.words, fault.record, fault.list);
    EXPECT_EQ(answer.code, uint32_t{fault.code});
    EXPECT_EQ(answer.address, fault.address);
    EXPECT_EQ(answer.head, 0u);
  }
}

TEST_F(AttendFaultsTest, TheCommandIsGoodWithoutThem) {
  const AttendFaults faults(config_.capacities, kContext, kList, kSource, kDestination);
  const Answer answer = Judge(config_, faults, faults.good_words, faults.good_record, {});
  EXPECT_EQ(answer.code, 0u);
  EXPECT_EQ(answer.head, 1u);
}

TEST_F(AttendFaultsTest, LimitsThemselvesAreTaken) {
  const AttendFaults faults(config_.capacities, kContext, kList, kSource, kDestination);
  const auto with = [&](uint32_t field, uint32_t value) {
    std::vector<uint32_t> record = faults.good_record;
    sac_field_put(record.data(), field, value);
    return Judge(config_, faults, faults.good_words, record, {}).code;
  };
  EXPECT_EQ(with(SAC_CONTEXT_SCALE_SHIFT, 47), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_OUTPUT_SHIFT, 15), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_SOFTCAP_SHIFT, 47), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_SOFTCAP_OUT_SHIFT, 47), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_D_K, config_.capacities[SAC_CAPACITY_HEAD_DIM]), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_PAGE_LOG2, 5), 0u);
  EXPECT_EQ(with(SAC_CONTEXT_LENGTH, 0), 0u);
  // A list of exactly 2^20 keys, none of which the band leaves.
  for (const AttendFault &fault : faults.all) {
    if (fault.name != "more than 2^20 keys") continue;
    std::vector<uint32_t> list = fault.list;
    list[6] = 0;
    EXPECT_EQ(Judge(config_, faults, fault.words, fault.record, list).code, 0u);
  }
}

TEST_F(AttendFaultsTest, EveryKindOfAccessIsHeldToTheWindows) {
  const AttendFaults faults(config_.capacities, kContext, kList, kSource, kDestination);
  const auto moved = [&](std::vector<uint32_t> words, std::vector<uint32_t> record, std::vector<uint32_t> list,
                         uint32_t address) {
    const Answer answer = Judge(config_, faults, words, record, list);
    EXPECT_EQ(answer.code, uint32_t{SAC_HW_ERR_WINDOW});
    EXPECT_EQ(answer.address, address);
  };
  const uint32_t out = 0x7fff0000;
  for (uint32_t field :
       {SAC_ATTEND_CONTEXT_ADDRESS, SAC_ATTEND_Q_ADDRESS, SAC_ATTEND_Y_ADDRESS, SAC_ATTEND_LSE_ADDRESS}) {
    std::vector<uint32_t> words = faults.good_words;
    sac_field_put(words.data(), field, out);
    moved(words, faults.good_record, {}, out);
  }
  for (uint32_t field :
       {SAC_CONTEXT_HEAD_ADDRESS, SAC_CONTEXT_K_PAGES, SAC_CONTEXT_V_PAGES, SAC_CONTEXT_BIAS_ADDRESS}) {
    std::vector<uint32_t> words = faults.good_words, record = faults.good_record;
    sac_field_put(words.data(), SAC_ATTEND_BIAS, 1);
    sac_field_put(record.data(), field, out);
    moved(words, record, {}, out);
  }
  for (uint32_t field : {SAC_CONTEXT_K_OFFSET, SAC_CONTEXT_V_OFFSET}) {
    std::vector<uint32_t> record = faults.good_record;
    sac_field_put(record.data(), field, out);
    moved(faults.good_words, record, {}, out + faults.pages[0]);
  }
  std::vector<uint32_t> words = faults.good_words;
  sac_field_put(words.data(), SAC_ATTEND_LISTED, 1);
  sac_field_put(words.data(), SAC_ATTEND_LIST_ENTRIES, 1);
  sac_field_put(words.data(), SAC_ATTEND_LIST_ADDRESS, out);
  moved(words, faults.good_record, {}, out);
}

}  // namespace
