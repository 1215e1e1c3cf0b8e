// SPDX-License-Identifier: Apache-2.0
// verilate: sac_read_stream tiny DataWidth=32 BurstBytes=64 Depth=16
// verilate: sac_read_stream odd DataWidth=64 BurstBytes=256 Depth=128
// verilate: sac_read_stream ecp5 DataWidth=128 BurstBytes=512 Depth=64
// verilate: sac_read_stream edge DataWidth=256 BurstBytes=128 Depth=9
// A read client: requests of any place and length against the bytes of a memory; bursts cut where they must be, never
// more beats on their way than the buffer holds, everything in order under any back-pressure.
#include <cstring>
#include <deque>
#include <vector>

#include "Vsac_read_stream.h"
#include "tests/lib/random.h"

namespace {

constexpr unsigned kBeat = G_DataWidth / 8;

struct Burst {
  uint32_t address, bytes;
};

class ReadStream : public testing::Test {
 protected:
  Clocked<Vsac_read_stream> dut;
  Random random{1, "memory_read_stream"};
  std::vector<uint8_t> memory = std::vector<uint8_t>(1 << 17);
  std::deque<Burst> requests, cutting, flying;  // data expected; not cut yet; beats that the bus still owes
  uint32_t cut = 0, sent = 0, taken = 0;
  int reserved = 0;  // beats issued and not popped by the client
  unsigned most = 0, delivered = 0;

  void SetUp() override {
    for (uint8_t &byte : memory) byte = static_cast<uint8_t>(random());
    dut.Reset();
  }

  // burst_t {address[31:0], bytes[10:0], last}
  void TakeBurst() {
    const uint64_t packed = dut->burst_o;
    const uint32_t address = static_cast<uint32_t>(packed >> 12), bytes = packed >> 1 & 2047, last = packed & 1;
    ASSERT_FALSE(cutting.empty());
    const Burst &request = cutting.front();
    ASSERT_EQ(address, request.address + cut);
    const uint32_t boundary = (address / G_BurstBytes + 1) * G_BurstBytes, end = request.address + request.bytes;
    ASSERT_EQ(address + bytes, std::min(boundary, end));
    ASSERT_EQ(last, address + bytes == end);
    cut += bytes;
    if (last) {
      cutting.pop_front();
      cut = 0;
    }
    const uint32_t first = address / kBeat * kBeat;
    flying.push_back({first, (address + bytes - 1) / kBeat * kBeat + kBeat - first});
    reserved += static_cast<int>(flying.back().bytes / kBeat);
  }

  void TakeData() {
    const Burst &request = requests.front();
    uint8_t want[kBeat] = {}, got[kBeat];
    const uint32_t left = request.bytes - taken;
    std::memcpy(want, &memory[request.address + taken], std::min(left, kBeat));
    std::memcpy(got, &dut->data_o, kBeat);
    ASSERT_EQ(std::memcmp(want, got, kBeat), 0) << "request at " << request.address << " byte " << taken;
    ASSERT_EQ(dut->last_o, left <= kBeat);
    taken += kBeat;
    delivered++;
    if (left > kBeat) return;
    // What the request's bursts took in the buffer is free when its last beat has left.
    for (uint32_t at = request.address; at < request.address + request.bytes;) {
      const uint32_t end = std::min((at / G_BurstBytes + 1) * G_BurstBytes, request.address + request.bytes);
      reserved -= static_cast<int>((end - 1) / kBeat - at / kBeat + 1);
      at = end;
    }
    requests.pop_front();
    taken = 0;
  }

  void Step(unsigned bus, unsigned client, bool ask) {
    if (ask && !dut->request_valid_i) {
      const uint32_t bytes = 4 * static_cast<uint32_t>(random.Chance(70) ? random.Pick(1, 40) : random.Pick(1, 1000));
      const uint32_t address = 4 * static_cast<uint32_t>(random.Pick(0, (memory.size() - bytes) / 4));
      wanted = {address, bytes};
      dut->request_valid_i = 1;
      dut->request_i = static_cast<uint64_t>(address) << 16 | bytes;
    }
    dut->burst_ready_i = random.Chance(bus);
    dut->data_ready_i = random.Chance(client);
    dut->beat_valid_i = !flying.empty() && random.Chance(bus);
    if (dut->beat_valid_i) std::memcpy(&dut->beat_i, &memory[flying.front().address], kBeat);
    dut->eval();
    const bool request = dut->request_valid_i && dut->request_ready_o;
    if (dut->data_valid_o && dut->data_ready_i) TakeData();
    if (dut->beat_valid_i) {
      flying.front().address += kBeat;
      flying.front().bytes -= kBeat;
      if (flying.front().bytes == 0) flying.pop_front();
    }
    if (dut->burst_valid_o && dut->burst_ready_i) TakeBurst();
    most = std::max(most, static_cast<unsigned>(reserved));
    if (request) {
      requests.push_back(wanted);
      cutting.push_back(wanted);
    }
    dut.Tick();
    if (request) dut->request_valid_i = 0;
  }

  Burst wanted{};
};

TEST_F(ReadStream, GivesTheBytesOfEveryRequestInOrder) {
  SCOPED_TRACE(random.rerun);
  for (int i = 0; i < 60000 && !HasFailure(); i++) {
    const unsigned phase = i / 2000 % 4;
    Step(phase == 1 ? 20 : 80, phase == 2 ? 15 : 80, random.Chance(phase == 3 ? 5 : 60));
  }
  for (int i = 0; i < 200000 && !HasFailure() && (!requests.empty() || dut->request_valid_i); i++) Step(80, 80, false);
  EXPECT_TRUE(requests.empty()) << "data are missing";
  EXPECT_TRUE(flying.empty() && cutting.empty());
  EXPECT_GT(delivered, 8000u);
}

TEST_F(ReadStream, AsksForNoMoreThanItsBufferHolds) {
  SCOPED_TRACE(random.rerun);
  // The client never takes anything: what is issued must fit the buffer and the stages behind it.
  for (int i = 0; i < 5000 && !HasFailure(); i++) Step(100, 0, true);
  unsigned owed = 0;
  for (const Burst &burst : flying) owed += burst.bytes / kBeat;
  EXPECT_EQ(owed, 0u);
  EXPECT_LE(most, G_Depth + 3u);
  EXPECT_GE(most + G_BurstBytes / kBeat, unsigned{G_Depth});
}

TEST_F(ReadStream, GivesABeatACycleFromAlignedRequests) {
  dut->burst_ready_i = 1;
  unsigned beats = 0;
  for (int i = 0; i < 400; i++) {
    if (!dut->request_valid_i) {
      wanted = {static_cast<uint32_t>(i % 7) * 4096, 8192};
      dut->request_valid_i = 1;
      dut->request_i = static_cast<uint64_t>(wanted.address) << 16 | wanted.bytes;
    }
    const unsigned before = delivered;
    Step(100, 100, false);
    if (i >= 100) beats += delivered - before;
  }
  if (G_Depth >= 2 * G_BurstBytes / kBeat) EXPECT_GE(beats, 270u);
}

}  // namespace
