// SPDX-License-Identifier: Apache-2.0
// The command ring on a scripted machine: doorbells, wrap-around, completion records, hardware
// errors.
#include <gtest/gtest.h>

#include "mock_hal.h"

namespace {

constexpr uint32_t kCompletions = 0x1000;

class Queue : public ::testing::Test {
 protected:
  MockHal mock;
  sac_error_t error = {};
  sac_device_t *device = nullptr;
  uint32_t words[SAC_COMMAND_WORDS] = {};

  void SetUp() override {
    const sac_hal_t hal = mock.hal();
    device = sac_device_open(&hal, &error);
    ASSERT_NE(device, nullptr) << error.message;
    mock.log.clear();
    sac_field_put(words, SAC_COMMON_OPCODE, SAC_OPCODE_RENDER);
    words[1] = 0x11111140;
  }
  void TearDown() override { sac_device_close(device); }

  // Completes the next command with each advance.
  void CompleteOneByOne() {
    mock.on_advance = [this, next = uint32_t{0}]() mutable {
      if (next == mock.registers[SAC_REG_RING_TAIL]) return false;
      const uint32_t slot = next % 64;
      const uint16_t tag = static_cast<uint16_t>(mock.Word(slot * 64) >> 16);
      mock.Complete(kCompletions + 16 * slot, tag, next, 0, 0, 1000 + next);
      next++;
      return true;
    };
  }
  std::string Message() const { return error.message; }
};

TEST_F(Queue, ASubmissionClearsTheRecordWritesTheDescriptorAndRingsTheBell) {
  ASSERT_TRUE(sac_queue_submit(device, words, 0xbeef, &error));
  EXPECT_EQ(mock.log,
            (std::vector<std::string>{"memory 1000 +10", "memory 0 +40", "write 018 00000001"}));
  EXPECT_EQ(mock.Word(0), 0xbeef0005u);
  EXPECT_EQ(mock.Word(4), 0x11111140u);
  EXPECT_EQ(mock.Word(kCompletions), 0u);
  mock.log.clear();
  ASSERT_TRUE(sac_queue_submit(device, words, 3, &error));
  EXPECT_EQ(mock.log,
            (std::vector<std::string>{"memory 1010 +10", "memory 40 +40", "write 018 00000002"}));
}

TEST_F(Queue, WaitingWithNothingSubmittedReturnsAtOnce) {
  EXPECT_TRUE(sac_queue_wait(device, &error));
  EXPECT_TRUE(mock.log.empty());
}

TEST_F(Queue, WaitingSeesEveryCommandAndKeepsTheLastCompletion) {
  CompleteOneByOne();
  for (uint16_t tag = 10; tag < 13; tag++) {
    ASSERT_TRUE(sac_queue_submit(device, words, tag, &error));
  }
  ASSERT_TRUE(sac_queue_wait(device, &error)) << error.message;
  const sac_completion_t *last = sac_queue_last(device);
  EXPECT_EQ(last->tag, 12);
  EXPECT_EQ(last->index, 2u);
  EXPECT_EQ(last->cycles, 1002u);
  EXPECT_EQ(last->error, SAC_HW_ERR_NONE);
}

TEST_F(Queue, AFullRingWaitsAndThePositionsWrapAround) {
  CompleteOneByOne();
  for (uint32_t i = 0; i < 200; i++) {
    ASSERT_TRUE(sac_queue_submit(device, words, static_cast<uint16_t>(i), &error)) << error.message;
    EXPECT_EQ(mock.registers[SAC_REG_RING_TAIL], i + 1);
  }
  ASSERT_TRUE(sac_queue_wait(device, &error)) << error.message;
  EXPECT_EQ(sac_queue_last(device)->index, 199u);
  EXPECT_EQ(sac_queue_last(device)->tag, 199);
}

TEST_F(Queue, TheBellNeverRingsForMoreThanTheRingThoughTheHeadMovesAfterTheRecord) {
  uint32_t seen = 0;
  CompleteOneByOne();
  mock.on_advance = [&, complete = mock.on_advance]() {
    seen++;
    return complete();
  };
  for (uint32_t i = 0; i < 200; i++) {
    ASSERT_TRUE(sac_queue_submit(device, words, 1, &error)) << error.message;
    const uint32_t head = seen > 0 ? seen - 1 : 0;  // the machine has yet to count the last one
    ASSERT_LE(mock.registers[SAC_REG_RING_TAIL] - head, 64u);
  }
}

TEST_F(Queue, AMachineThatStandsStillIsATimeOut) {
  ASSERT_TRUE(sac_queue_submit(device, words, 1, &error));
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(error.code, SAC_ERR_TIMEOUT);
  EXPECT_EQ(Message(), "mock: command 0 (RENDER) does not complete");
}

TEST_F(Queue, AHardwareErrorNamesCommandTagCodeAndAddress) {
  CompleteOneByOne();
  ASSERT_TRUE(sac_queue_submit(device, words, 1, &error));
  ASSERT_TRUE(sac_queue_wait(device, &error));
  sac_field_put(words, SAC_COMMON_OPCODE, SAC_OPCODE_COPY);
  ASSERT_TRUE(sac_queue_submit(device, words, 77, &error));
  mock.Complete(kCompletions + 16, 77, 1, SAC_HW_ERR_WINDOW, 0xdead0);
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(error.code, SAC_ERR_DEVICE);
  EXPECT_EQ(Message(),
            "mock: command 1 (COPY, tag 77): WINDOW (an access leaves the memory "
            "windows or lacks permission), address 0xdead0");
  EXPECT_EQ(sac_queue_last(device)->error, SAC_HW_ERR_WINDOW);
  EXPECT_EQ(sac_queue_last(device)->address, 0xdead0u);
}

TEST_F(Queue, ABadDescriptorNamesTheWord) {
  ASSERT_TRUE(sac_queue_submit(device, words, 2, &error));
  mock.Complete(kCompletions, 2, 0, SAC_HW_ERR_RESERVED, 9);
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(Message(), "mock: command 0 (RENDER, tag 2): RESERVED (reserved bits are set), word 9");
}

TEST_F(Queue, AnErrorWithoutARecordIsTakenFromTheRegisters) {
  ASSERT_TRUE(sac_queue_submit(device, words, 1, &error));
  mock.on_advance = [this] {
    mock.registers[SAC_REG_STATUS] = SAC_STATUS_STOPPED_MASK;
    mock.registers[SAC_REG_ERROR_CODE] = SAC_HW_ERR_DECERR;
    mock.registers[SAC_REG_ERROR_INDEX] = 0;
    mock.registers[SAC_REG_ERROR_ADDRESS] = 0x40;
    return true;
  };
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(Message(),
            "mock: command 0 (RENDER, tag 0): DECERR (the memory answered DECERR), address 0x40");
}

TEST_F(Queue, AStoppedQueueRefusesWorkUntilAResetAndThenStartsAtZero) {
  ASSERT_TRUE(sac_queue_submit(device, words, 1, &error));
  mock.Complete(kCompletions, 1, 0, SAC_HW_ERR_RANGE, 5);
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_FALSE(sac_queue_submit(device, words, 2, &error));
  EXPECT_EQ(Message(), "mock: the queue has stopped with an error; reset the device first");
  EXPECT_FALSE(sac_queue_wait(device, &error));
  mock.log.clear();
  ASSERT_TRUE(sac_device_reset(device, &error));
  EXPECT_EQ(mock.log, (std::vector<std::string>{"write 008 00000002", "write 010 00000000",
                                                "write 014 00000006", "write 020 00001000",
                                                "write 008 00000001"}));
  mock.registers[SAC_REG_RING_TAIL] = 0;
  CompleteOneByOne();
  ASSERT_TRUE(sac_queue_submit(device, words, 5, &error));
  EXPECT_EQ(mock.registers[SAC_REG_RING_TAIL], 1u);
  EXPECT_TRUE(sac_queue_wait(device, &error)) << error.message;
  EXPECT_EQ(sac_queue_last(device)->index, 0u);
}

TEST_F(Queue, ARecordOfAnotherCommandIsAnError) {
  ASSERT_TRUE(sac_queue_submit(device, words, 1, &error));
  mock.Complete(kCompletions, 1, 42);
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(Message(), "mock: completion record says command 42, expected 0");
}

TEST_F(Queue, AnErrorMayBeLeftOut) {
  ASSERT_TRUE(sac_queue_submit(device, words, 1, nullptr));
  EXPECT_FALSE(sac_queue_wait(device, nullptr));
}

}  // namespace
