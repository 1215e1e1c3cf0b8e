// SPDX-License-Identifier: Apache-2.0
// verilate: sac_dot_bench tiny
// verilate: sac_dot_bench odd
// verilate: sac_dot_bench ecp5
// MATMUL against sums written out here: random shapes, memory that answers when it likes, refused descriptors.
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_dot_bench.h"

namespace {

struct Job {
  uint32_t x, y, x_stride, y_stride, m, k, n, weight_base, quant_base;
  bool relu, table;
};

class Matmul : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_dot_bench dut{&context};
  unsigned seed = getenv("SAC_SEED") ? static_cast<unsigned>(atoi(getenv("SAC_SEED"))) : 1;
  std::mt19937 random{seed};
  std::vector<uint8_t> memory = std::vector<uint8_t>(1 << 20);
  unsigned lanes = 0, rows = 0, beat_bytes = 0, weight_words = 0, quant_entries = 0;
  std::vector<std::vector<int8_t>> weights;
  std::vector<int32_t> bias;
  std::vector<unsigned> multiplier, shift;
  int32_t base[256], delta[256];
  double eager = 0.7;
  uint64_t beats = 0;

  struct Request {
    uint32_t address, bytes;
  };
  std::deque<Request> reads, writes;
  uint32_t read_at = 0, write_at = 0;
  unsigned answers = 0;
  bool done = false, data_taken = true;

  unsigned pick(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random); }
  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; }

  void SetUp() override {
    dut.rst_ni = 0;
    tick();
    tick();
    dut.rst_ni = 1;
    lanes = dut.lanes_o, rows = dut.rows_o, beat_bytes = dut.beat_bytes_o;
    weight_words = std::min<unsigned>(dut.weight_words_o, 1500);
    quant_entries = dut.quant_entries_o;
    for (auto &byte : memory) byte = static_cast<uint8_t>(random());
    load_tables();
  }

  void tick() {
    dut.clk_i = 0;
    dut.read_ready_i = chance(eager);
    dut.write_ready_i = chance(eager);
    dut.write_data_ready_i = !writes.empty() && chance(eager);
    dut.write_done_i = answers && chance(eager);
    if (data_taken) {
      dut.data_valid_i = !reads.empty() && chance(eager);
      data_taken = false;
      if (dut.data_valid_i) {
        uint8_t beat[32] = {};
        const uint32_t left = reads[0].bytes - read_at;
        memcpy(beat, &memory[reads[0].address + read_at], std::min(left, beat_bytes));
        memcpy(&dut.data_i[0], beat, sizeof beat);
        dut.data_last_i = left <= beat_bytes;
      }
    }
    dut.eval();
    if (dut.rst_ni) step_memory();
    dut.clk_i = 1;
    dut.eval();
    dut.table_valid_i = dut.control_valid_i = 0;
  }

  void step_memory() {
    beats += dut.beat_o;
    if (dut.done_o) done = true;
    if (dut.write_done_i) answers--;
    if (dut.data_valid_i && dut.data_ready_o) {
      data_taken = true;
      read_at += beat_bytes;
      if (dut.data_last_i) {
        reads.pop_front();
        read_at = 0;
      }
    }
    if (!dut.data_valid_i) data_taken = true;
    if (dut.read_valid_o && dut.read_ready_i) reads.push_back({dut.read_address_o, dut.read_bytes_o});
    if (dut.write_data_valid_o && dut.write_data_ready_i) {
      Request &request = writes.front();
      const uint32_t bytes = std::min(beat_bytes, request.bytes - write_at);
      ASSERT_LE(request.address + request.bytes, memory.size());
      memcpy(&memory[request.address + write_at], &dut.write_data_o[0], bytes);
      write_at += bytes;
      if (write_at == request.bytes) {
        writes.pop_front();
        write_at = 0;
        answers++;
      }
    }
    if (dut.write_valid_o && dut.write_ready_i) writes.push_back({dut.write_address_o, dut.write_bytes_o});
  }

  void table_word(unsigned target, unsigned entry, uint32_t data, bool last) {
    dut.table_valid_i = 1, dut.table_target_i = target, dut.table_entry_i = entry;
    dut.table_data_i = data, dut.table_last_i = last;
    tick();
  }

  void load_tables() {
    weights.assign(weight_words, std::vector<int8_t>(lanes));
    for (unsigned entry = 0; entry < weight_words; entry++) {
      for (auto &value : weights[entry]) value = static_cast<int8_t>(pick(0, 255));
      for (unsigned i = 0; i < lanes; i += 4) {
        uint32_t data;
        memcpy(&data, &weights[entry][i], 4);
        table_word(8, entry, data, i + 4 == lanes);
      }
    }
    for (unsigned entry = 0; entry < quant_entries; entry++) {
      bias.push_back(static_cast<int32_t>(random()) >> pick(4, 20));
      multiplier.push_back(pick(0, 65535));
      shift.push_back(pick(18, 34));
      table_word(9, entry, static_cast<uint32_t>(bias[entry]), false);
      table_word(9, entry, multiplier[entry] | shift[entry] << 16, true);
    }
    // General table: offset -20000, segments of 128, saturating below and extrapolating above.
    for (unsigned entry = 0; entry < 256; entry++) {
      base[entry] = static_cast<int32_t>(pick(0, 60000)) - 30000;
      delta[entry] = static_cast<int32_t>(pick(0, 4000)) - 2000;
      table_word(4, entry, static_cast<uint32_t>(base[entry]), false);
      table_word(4, entry, static_cast<uint32_t>(delta[entry]), true);
    }
    dut.control_valid_i = 1, dut.table_target_i = 4;
    dut.control_i = (static_cast<uint32_t>(-20000) & 0xffff) | 7 << 16 | 2 << 22;
    tick();
    tick();
  }

  int16_t general(int16_t x) const {
    const int place = std::max(x + 20000, 0), index = std::min(place / 128, 255), rest = place - 128 * index;
    const int y = base[index] + ((delta[index] * rest + 64) >> 7);
    return static_cast<int16_t>(std::min(std::max(y, -32768), 32767));
  }

  int16_t expected(const Job &job, uint32_t row, uint32_t output) const {
    __int128 sum = bias[job.quant_base + output];
    for (uint32_t i = 0; i < job.k; i++) {
      int16_t x;
      memcpy(&x, &memory[job.x + row * job.x_stride + 2 * i], 2);
      sum += x * weights[job.weight_base + output / lanes * job.k + i][output % lanes];
    }
    sum *= multiplier[job.quant_base + output];
    const unsigned s = shift[job.quant_base + output];
    __int128 y = sum >> s, rest = sum - (y << s), half = static_cast<__int128>(1) << (s - 1);
    if (rest > half || (rest == half && (y & 1))) y += 1;
    y = std::min<__int128>(std::max<__int128>(y, job.relu ? 0 : -32768), 32767);
    return job.table ? general(static_cast<int16_t>(y)) : static_cast<int16_t>(y);
  }

  void send(const Job &job) {
    const uint32_t words[16] = {4u | uint32_t{job.relu} << 8 | uint32_t{job.table} << 9, job.x, job.y, job.x_stride,
                                job.y_stride, job.m, job.k | job.n << 16, job.weight_base | job.quant_base << 16};
    for (int i = 0; i < 16; i++) dut.command_i[i] = words[i];
    done = false;
    dut.command_valid_i = 1;
    tick();
    dut.command_valid_i = 0;
    for (int i = 0; i < 400000 && !done; i++) tick();
    ASSERT_TRUE(done) << "seed " << seed;
  }

  void check(const Job &job) {
    const std::vector<uint8_t> before = memory;
    beats = 0;
    send(job);
    ASSERT_EQ(dut.code_o, 0);
    EXPECT_TRUE(reads.empty() && writes.empty() && !answers);
    EXPECT_EQ(beats, uint64_t{(job.m + rows - 1) / rows} * ((job.n + lanes - 1) / lanes) * job.k);
    std::vector<uint8_t> want = before;
    for (uint32_t row = 0; row < job.m; row++)
      for (uint32_t o = 0; o < (job.n + 1) / 2 * 2; o++) {
        const int16_t value = o < job.n ? expected(job, row, o) : int16_t{0};
        memcpy(&want[job.y + row * job.y_stride + 2 * o], &value, 2);
      }
    for (size_t i = 0; i < want.size(); i++)
      ASSERT_EQ(memory[i], want[i]) << "byte " << i << " m " << job.m << " k " << job.k << " n " << job.n << " seed "
                                    << seed;
  }
};

TEST_F(Matmul, WritesWhatTheSumsSayForRandomShapes) {
  for (int i = 0; i < 25 && !HasFatalFailure(); i++) {
    Job job{};
    job.k = pick(1, std::min<unsigned>(dut.matmul_k_o, pick(0, 1) ? 400 : 20));
    job.n = pick(1, std::min({lanes * (weight_words / job.k), 5 * lanes, quant_entries}));
    job.m = pick(1, 3 * rows + 1);
    job.weight_base = pick(0, weight_words - (job.n + lanes - 1) / lanes * job.k);
    job.quant_base = pick(0, quant_entries - job.n);
    job.relu = pick(0, 1), job.table = pick(0, 1);
    job.x_stride = (2 * job.k + 3) / 4 * 4 + 4 * pick(0, 3);
    job.y_stride = (2 * job.n + 3) / 4 * 4 + 4 * pick(0, 3);
    job.x = 4 * pick(0, 1000), job.y = (1 << 19) + 4 * pick(0, 1000);
    eager = pick(0, 1) ? 1.0 : 0.5;
    check(job);
  }
}

TEST_F(Matmul, RefusesShapesBeyondTheMachineAndNamesTheWord) {
  const Job good{0, 1 << 19, 64, 64, 3, 8, 5, 0, 0, false, false};
  Job bad = good;
  bad.k = dut.matmul_k_o + 1;
  send(bad);
  EXPECT_EQ(dut.code_o, 4);
  EXPECT_EQ(dut.bad_word_o, 6u);
  bad = good, bad.m = 0;
  send(bad);
  EXPECT_EQ(dut.code_o, 4);
  EXPECT_EQ(dut.bad_word_o, 5u);
  bad = good, bad.weight_base = dut.weight_words_o - 7;
  send(bad);
  EXPECT_EQ(dut.code_o, 4);
  EXPECT_EQ(dut.bad_word_o, 7u);
  bad = good, bad.quant_base = quant_entries - 4;
  send(bad);
  EXPECT_EQ(dut.code_o, 4);
  EXPECT_EQ(dut.bad_word_o, 7u);
  check(good);
}

}  // namespace
