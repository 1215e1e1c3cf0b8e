// SPDX-License-Identifier: Apache-2.0
// Cycles that the model gives reads over the memory port: latency, beats, bursts under way, and what clients share.
#include <algorithm>
#include <memory>

#include <gtest/gtest.h>

extern "C" {
#include "model/memory/timing.h"
}

namespace {

constexpr uint64_t kLatency = 40, kPath = 9;

std::unique_ptr<sac_memory_timing_t> Port(uint32_t bursts, uint32_t bytes_per_cycle = 8) {
  sac_machine_config_t config = {};
  config.memory_latency_cycles = kLatency;
  config.memory_bytes_per_cycle = bytes_per_cycle;
  config.capacities[SAC_CAPACITY_AXI_DATA_WIDTH] = 64;
  config.capacities[SAC_CAPACITY_BURST_BYTES] = 128;
  auto port = std::make_unique<sac_memory_timing_t>();
  sac_memory_timing_open(port.get(), &config, bursts);
  return port;
}

TEST(MemoryTiming, AReadTakesLatencyAndABeatACycle) {
  sac_memory_client_t client = {};
  EXPECT_EQ(sac_memory_timing_read(Port(4).get(), &client, 100, 0, 64), 100 + kLatency + kPath + 8);
}

TEST(MemoryTiming, ASlowMemoryTakesItsTimeForTheBytes) {
  sac_memory_client_t client = {};
  EXPECT_EQ(sac_memory_timing_read(Port(4, 2).get(), &client, 0, 0, 64), kLatency + kPath + 32);
}

TEST(MemoryTiming, AnAddressInsideABeatTakesABeatMore) {
  sac_memory_client_t client = {};
  EXPECT_EQ(sac_memory_timing_read(Port(4).get(), &client, 0, 4, 64), kLatency + kPath + 9);
}

TEST(MemoryTiming, ReadsBeyondTheBurstsUnderWayWait) {
  for (const uint32_t bursts : {1u, 2u, 4u}) {
    const auto port = Port(bursts);
    sac_memory_client_t client = {};
    uint64_t done = 0;
    for (int i = 0; i < 64; i++) done = sac_memory_timing_read(port.get(), &client, 0, 0, 8);
    // Each burst keeps its place for latency and beat: `bursts` of them at a time.
    EXPECT_GE(done, 64 * (kLatency + 1) / bursts) << bursts;
    EXPECT_LE(done, 64 * (kLatency + kPath + 1) / bursts + kLatency + kPath) << bursts;
  }
}

TEST(MemoryTiming, ABurstEndsAtItsBoundary) {
  const auto port = Port(1);
  sac_memory_client_t whole = {}, cut = {};
  const uint64_t one = sac_memory_timing_read(port.get(), &whole, 0, 64, 64);
  const uint64_t two = sac_memory_timing_read(Port(1).get(), &cut, 0, 96, 64);
  EXPECT_GE(two, one + kLatency);
}

TEST(MemoryTiming, ClientsShareTheBus) {
  const auto port = Port(16);
  sac_memory_client_t clients[4] = {};
  uint64_t last = 0, now[4] = {};
  // Four clients that each could fill the bus alone, replayed one after the other.
  for (int c = 0; c < 4; c++)
    for (int i = 0; i < 500; i++) {
      const uint64_t done = sac_memory_timing_read(port.get(), &clients[c], now[c], 0, 128);
      now[c] = done > kLatency + kPath + 16 ? done - kLatency - kPath - 16 : 0;  // asked for ahead
      last = std::max(last, done);
    }
  const uint64_t beats = 4 * 500 * 16;
  EXPECT_GE(last, beats * 95 / 100);
  EXPECT_LE(last, beats * 115 / 100);
}

}  // namespace
