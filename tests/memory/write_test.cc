// SPDX-License-Identifier: Apache-2.0
// verilate: sac_write_bench tiny
// verilate: sac_write_bench odd
// verilate: sac_write_bench edge
// Two write clients with random requests over AXI4: every word lands where it belongs and no other does, requests are
// answered, bursts keep within their bounds, and a beat goes over the bus in every cycle in which it could.
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_write_bench.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr unsigned BeatWords = sizeof(Vsac_write_bench::wdata_o) / 4;

struct Request {
  uint32_t address;
  std::vector<uint32_t> words;
};

class Write : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_write_bench dut{&context};
  std::mt19937 random;
  std::deque<Request> waiting[2];   // not taken yet
  std::deque<Request> data[2];      // taken, data not all gone
  size_t sent[2] = {0, 0};
  int unanswered[2] = {0, 0};
  std::map<uint32_t, uint32_t> expected, memory;
  std::deque<uint32_t> addresses;   // of bursts whose data have not ended
  std::deque<unsigned> lengths;
  unsigned beat = 0, answers = 0;
  int beats = 0, first = -1, last = -1;

  uint64_t below(uint64_t n) { return std::uniform_int_distribution<uint64_t>(0, n - 1)(random); }

  void clock() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = 0;
    dut.request_valid_i = dut.data_valid_i = dut.awready_i = dut.wready_i = dut.bvalid_i = 0;
    dut.eval();
    clock();
    clock();
    dut.rst_ni = 1;
    clock();
  }

  void add(int client, uint32_t address, unsigned words) {
    Request request = {address, {}};
    for (unsigned i = 0; i < words; i++) request.words.push_back(random()), expected[address + 4 * i] = request.words.back();
    waiting[client].push_back(request);
    unanswered[client]++;
  }

  void offer(int client, unsigned stall) {
    const bool request = !waiting[client].empty() && below(8) >= stall, word = !data[client].empty() && below(8) >= stall;
    dut.request_valid_i = (dut.request_valid_i & ~(1 << client)) | request << client;
    dut.data_valid_i = (dut.data_valid_i & ~(1 << client)) | word << client;
    if (request) {
      set_port_word(dut.address_i, client, waiting[client][0].address);
      dut.bytes_i = (dut.bytes_i & ~(0xffffu << 16 * client)) | uint32_t(4 * waiting[client][0].words.size()) << 16 * client;
    }
    for (unsigned i = 0; i < BeatWords; i++)
      set_port_word(dut.data_i, client * BeatWords + i,
                    word && sent[client] + i < data[client][0].words.size() ? data[client][0].words[sent[client] + i] : random());
  }

  void take(int client) {
    // A request's data may only move after the request.
    if (dut.data_valid_i & dut.data_ready_o & 1 << client) {
      sent[client] += BeatWords;
      if (sent[client] >= data[client][0].words.size()) data[client].pop_front(), sent[client] = 0;
    }
    if (dut.request_valid_i & dut.request_ready_o & 1 << client) {
      data[client].push_back(waiting[client][0]);
      waiting[client].pop_front();
    }
    unanswered[client] -= dut.done_o >> client & 1;
  }

  int run(unsigned stall) {
    int cycle = 0;
    for (; unanswered[0] + unanswered[1] > 0 && cycle < 200000; cycle++) {
      offer(0, stall);
      offer(1, stall);
      dut.awready_i = below(8) >= stall;
      dut.wready_i = below(8) >= stall;
      dut.bvalid_i = answers > 0 && below(8) >= stall;
      dut.eval();
      answers -= dut.bvalid_i;
      if (dut.awvalid_o && dut.awready_i) {
        addresses.push_back(dut.awaddr_o);
        lengths.push_back(dut.awlen_o + 1);
      }
      if (dut.wvalid_o && dut.wready_i) {
        if (first < 0) first = cycle;
        last = cycle;
        beats++;
        bus_beat();
      }
      take(0);
      take(1);
      clock();
    }
    return cycle;
  }

  // With its data a burst may run a cycle ahead of its address.
  void bus_beat() {
    struct Beat { uint32_t words[BeatWords], strobe; bool last; };
    static std::deque<Beat> held;
    Beat now = {};
    for (unsigned i = 0; i < BeatWords; i++) now.words[i] = port_word(dut.wdata_o, i);
    now.strobe = dut.wstrb_o, now.last = dut.wlast_o;
    held.push_back(now);
    while (!held.empty() && !addresses.empty()) {
      const Beat &b = held.front();
      for (unsigned i = 0; i < BeatWords; i++) {
        const unsigned bytes = b.strobe >> 4 * i & 15;
        EXPECT_TRUE(bytes == 0 || bytes == 15);
        if (bytes) memory[addresses[0] + 4 * (beat * BeatWords + i)] = b.words[i];
      }
      beat++;
      EXPECT_EQ(b.last, beat == lengths[0]);
      if (b.last) addresses.pop_front(), lengths.pop_front(), beat = 0, answers++;
      held.pop_front();
    }
  }
};

TEST_F(Write, PutsEveryWordWhereItBelongs) {
  for (unsigned seed = 1; seed <= 12; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    expected.clear();
    memory.clear();
    uint32_t address = 4 * below(1000);
    for (int i = 0; i < 60; i++) {
      const unsigned words = below(10) ? 1 + below(20) : 1 + below(600);
      add(below(2), address, words);
      address += 4 * (words + below(40));
    }
    run(seed % 4 * 2);
    EXPECT_EQ(unanswered[0] + unanswered[1], 0);
    EXPECT_TRUE(memory == expected);
    for (int i = 0; i < 3; i++) clock();
    EXPECT_TRUE(dut.idle_o);
    if (HasFailure()) return;
  }
}

TEST_F(Write, MovesABeatACycle) {
  random.seed(1);
  for (int i = 0; i < 20; i++) add(0, 0x10000 + 4096 * i, 1024);
  run(0);
  EXPECT_TRUE(memory == expected);
  EXPECT_EQ(beats, static_cast<int>(20 * 1024 / BeatWords));
  // Now and then a request boundary costs a cycle.
  EXPECT_LE(last - first + 1, beats + 20);
}

}  // namespace
