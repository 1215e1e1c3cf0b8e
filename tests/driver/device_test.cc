// SPDX-License-Identifier: Apache-2.0
// The driver's register and memory traffic, written out, and its error paths.
#include <gtest/gtest.h>

#include "mock_hal.h"

namespace {

using Lines = std::vector<std::string>;

class Device : public ::testing::Test {
 protected:
  MockHal mock;
  sac_error_t error = {};
  sac_device_t *device = nullptr;

  void Open() {
    const sac_hal_t hal = mock.hal();
    device = sac_device_open(&hal, &error);
    ASSERT_NE(device, nullptr) << error.message;
    mock.log.clear();
  }
  void TearDown() override { sac_device_close(device); }

  std::string Message() const { return error.message; }
};

TEST_F(Device, OpeningResetsSetsUpTheRingAndOpensOneWindowOverTheMemory) {
  const sac_hal_t hal = mock.hal();
  device = sac_device_open(&hal, &error);
  ASSERT_NE(device, nullptr) << error.message;
  const Lines expected = {
      "write 008 00000002",                        // soft reset
      "write 010 00000000", "write 014 00000006",  // ring of 64 descriptors at 0
      "write 020 00001000",                        // completion ring behind it
      "write 008 00000001",                        // enable
      "write 048 00000000", "write 040 00000000", "write 044 00010000", "write 048 00000003",
      "write 058 00000000", "write 050 00000000", "write 054 00000000", "write 068 00000000",
      "write 060 00000000", "write 064 00000000", "write 078 00000000", "write 070 00000000",
      "write 074 00000000",
  };
  EXPECT_EQ(mock.log, expected);
}

TEST_F(Device, CapacitiesAndHashAreReadFromTheMachine) {
  for (uint32_t i = 0; i < SAC_CAPACITIES; i++) mock.registers[0x100 + 4 * i] = 1000 + i;
  mock.registers[0x0fc] = 0xfeedbeef;
  Open();
  const sac_capacities_t *capacities = sac_device_capacities(device);
  EXPECT_EQ(capacities->config_hash, 0xfeedbeefu);
  for (uint32_t i = 0; i < SAC_CAPACITIES; i++) EXPECT_EQ(capacities->value[i], 1000 + i);
  EXPECT_EQ(capacities->value[SAC_CAPACITY_ROWS], 1000u);
}

TEST_F(Device, AnotherMachineIsRefusedAndItsHalStaysOpen) {
  mock.registers[SAC_REG_ID] = 0x12345678;
  const sac_hal_t hal = mock.hal();
  EXPECT_EQ(sac_device_open(&hal, &error), nullptr);
  EXPECT_EQ(Message(),
            "mock: register ID is 0x12345678, expected 0x53414343: not a Saccade machine");
  EXPECT_FALSE(mock.closed);
  EXPECT_TRUE(mock.log.empty());
}

TEST_F(Device, AnotherVersionIsRefused) {
  mock.registers[SAC_REG_VERSION] = 9;
  const sac_hal_t hal = mock.hal();
  EXPECT_EQ(sac_device_open(&hal, &error), nullptr);
  EXPECT_EQ(Message(), "mock: register VERSION is 9, this driver knows 1");
}

TEST_F(Device, AMemoryThatCannotHoldTheRingIsRefused) {
  mock.memory.resize(4096);
  const sac_hal_t hal = mock.hal();
  EXPECT_EQ(sac_device_open(&hal, &error), nullptr);
  EXPECT_EQ(error.code, SAC_ERR_CAPACITY);
}

TEST_F(Device, OpeningWaitsForTheResetToEndAndTimesOutWhenItDoesNot) {
  mock.registers[SAC_REG_STATUS] = SAC_STATUS_RESETTING_MASK;
  int steps = 0;
  mock.on_advance = [&] {
    if (++steps == 3) mock.registers[SAC_REG_STATUS] = 0;
    return true;
  };
  const sac_hal_t hal = mock.hal();
  device = sac_device_open(&hal, &error);
  EXPECT_NE(device, nullptr);
  EXPECT_EQ(steps, 3);
  mock.registers[SAC_REG_STATUS] = SAC_STATUS_RESETTING_MASK;
  mock.on_advance = [] { return false; };
  EXPECT_FALSE(sac_device_reset(device, &error));
  EXPECT_EQ(error.code, SAC_ERR_TIMEOUT);
  EXPECT_EQ(Message(), "mock: soft reset does not end");
}

TEST_F(Device, AllocationsAreAlignedDisjointAndEndWithTheMemory) {
  Open();
  uint32_t a, b, c;
  ASSERT_TRUE(sac_device_alloc(device, 1, &a, &error));
  ASSERT_TRUE(sac_device_alloc(device, 65, &b, &error));
  ASSERT_TRUE(sac_device_alloc(device, 64, &c, &error));
  EXPECT_EQ(a, 0x1400u);  // behind 64 descriptors and 64 completion records
  EXPECT_EQ(b, a + 64);
  EXPECT_EQ(c, b + 128);
  const size_t left = mock.memory.size() - c - 64;
  EXPECT_FALSE(sac_device_alloc(device, left + 1, &a, &error));
  EXPECT_EQ(error.code, SAC_ERR_CAPACITY);
  EXPECT_NE(Message().find(std::to_string(left) + " of 65536 are free"), std::string::npos);
  ASSERT_TRUE(sac_device_alloc(device, left, &a, &error));
  EXPECT_FALSE(sac_device_alloc(device, 1, &a, &error));
  EXPECT_FALSE(sac_device_alloc(device, SIZE_MAX, &a, &error));
  sac_device_free_all(device);
  ASSERT_TRUE(sac_device_alloc(device, 60000, &a, &error));
  EXPECT_EQ(a, 0x1400u);
}

TEST_F(Device, AccessesBeyondTheMemoryAreRefused) {
  Open();
  uint8_t bytes[8] = {1, 2, 3};
  EXPECT_TRUE(sac_device_write(device, 65528, bytes, 8, &error));
  EXPECT_FALSE(sac_device_write(device, 65529, bytes, 8, &error));
  EXPECT_EQ(Message(),
            "mock: write of 8 bytes at 0x0000fff9 leaves the device memory (65536 bytes)");
  EXPECT_TRUE(sac_device_read(device, 65528, bytes, 8, &error));
  EXPECT_FALSE(sac_device_read(device, 0xfffffff8u, bytes, 8, &error));
}

TEST_F(Device, AWindowIsClosedWhileItMoves) {
  Open();
  ASSERT_TRUE(sac_device_window(device, 2, 0x1000, 0x2000, SAC_WINDOW_READ, &error));
  EXPECT_EQ(mock.log, (Lines{"write 068 00000000", "write 060 00001000", "write 064 00002000",
                             "write 068 00000001"}));
  EXPECT_FALSE(sac_device_window(device, 4, 0, 64, 3, &error));
  EXPECT_FALSE(sac_device_window(device, 1, 128, 64, 3, &error));
  EXPECT_FALSE(sac_device_window(device, 1, 0, 64, 4, &error));
}

TEST_F(Device, CountersAreReadInOrder) {
  Open();
  for (uint32_t i = 0; i < SAC_COUNTERS; i++) mock.registers[0x200 + 4 * i] = 7 * i + 1;
  uint32_t counters[SAC_COUNTERS];
  sac_device_counters(device, counters);
  for (uint32_t i = 0; i < SAC_COUNTERS; i++) EXPECT_EQ(counters[i], 7 * i + 1);
}

TEST_F(Device, ClosingClosesTheHal) {
  Open();
  sac_device_close(device);
  device = nullptr;
  EXPECT_TRUE(mock.closed);
}

}  // namespace
