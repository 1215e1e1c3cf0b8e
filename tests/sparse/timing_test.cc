// SPDX-License-Identifier: Apache-2.0
// Cycles that the model gives the sparse room: look-ups, misses, lines in use, decoding.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "model/sparse/timing.h"
}

namespace {

constexpr uint64_t kLatency = 50;

class SparseTiming : public testing::Test {
 protected:
  void Open(uint32_t density_lanes, uint32_t bursts = 8) {
    sac_machine_config_t config = {};
    config.memory_latency_cycles = kLatency;
    config.memory_bytes_per_cycle = 16;
    config.capacities[SAC_CAPACITY_AXI_DATA_WIDTH] = 128;
    config.capacities[SAC_CAPACITY_BURST_BYTES] = 512;
    config.capacities[SAC_CAPACITY_DENSITY_LANES] = density_lanes;
    Close();
    sac_memory_timing_open(memory.get(), &config, bursts);
    ASSERT_TRUE(sac_sparse_timing_open(&sparse, memory.get(), &config, 64, 1));
  }
  void Close() { sac_sparse_timing_close(&sparse); }
  void TearDown() override { Close(); }

  // Blocks of one plane, all of them missed or none, in lines of their own or in one.
  uint64_t Run(uint64_t now, uint32_t blocks, bool missed, uint16_t steps = 1, bool one_line = false) {
    auto request = std::make_unique<sac_sparse_request_t>();
    request->count = blocks;
    for (uint32_t i = 0; i < blocks; i++) {
      sac_sparse_block_t &block = request->block[i];
      block = sac_sparse_block_t{};
      block.line = one_line ? 0 : i;
      block.entry = 4 * i, block.address = 4096 + 64 * i, block.bytes = missed ? 64 : 0;
      block.steps = steps, block.headers = 1, block.missed = missed, block.set_up = i == 0 ? 5 : 0;
    }
    return sac_sparse_timing_run(&sparse, now, request.get());
  }

  std::unique_ptr<sac_memory_timing_t> memory = std::make_unique<sac_memory_timing_t>();
  sac_sparse_timing_t sparse = {};
};

TEST_F(SparseTiming, HitsAreLookedUpInThreeCyclesEach) {
  Open(16);
  const uint64_t few = Run(0, 4, false);
  Open(16);
  EXPECT_EQ(Run(0, 36, false), few + 3 * 32);
}

TEST_F(SparseTiming, LongBlocksAreBoundByTheirTexels) {
  Open(16);
  const uint64_t few = Run(0, 4, false, 16);
  Open(16);
  EXPECT_EQ(Run(0, 36, false, 16), few + 32 * (16 + 1));  // a header's read each
}

TEST_F(SparseTiming, AMissReadsItsEntriesThenItsBytes) {
  Open(16);
  const uint64_t hit = Run(0, 1, false);
  Open(16);
  const uint64_t miss = Run(0, 1, true);
  EXPECT_GE(miss, hit + 2 * kLatency);
  EXPECT_LE(miss, hit + 2 * kLatency + 40);
}

TEST_F(SparseTiming, MissesOverlap) {
  Open(16);
  const uint64_t one = Run(0, 1, true);
  Open(16);
  EXPECT_LE(Run(0, 8, true), one + 8 * 20);
  Open(16, 1);  // a burst at a time: they cannot
  EXPECT_GE(Run(0, 8, true), 16 * kLatency);
}

TEST_F(SparseTiming, ALineInUseIsWaitedFor) {
  Open(16);
  const uint64_t apart = Run(0, 8, true);
  Open(16);
  EXPECT_GE(Run(0, 8, true, 1, true), apart + 6 * 2 * kLatency);
}

TEST_F(SparseTiming, WithFewValuesAtATimeHeadersAreWaitedFor) {
  Open(16);
  const uint64_t wide = Run(0, 32, false, 4);
  Open(4);
  EXPECT_GE(Run(0, 32, false, 4), wide + 32 * 3);
}

TEST_F(SparseTiming, ATokenBehindAnotherBeginsWithItsLookUps) {
  Open(16);
  const uint64_t first = Run(0, 12, true), second = Run(10, 12, true);
  EXPECT_LT(second, first + first);
  EXPECT_GT(second, first);
}

}  // namespace
