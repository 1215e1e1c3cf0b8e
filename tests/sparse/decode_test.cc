// SPDX-License-Identifier: Apache-2.0
// verilate: sac_decode odd Values=4 Banks=2 Headers=2 WordWidth=10
// verilate: sac_decode ecp5 Values=8 Banks=4 Headers=1 WordWidth=10
// verilate: sac_decode tiny Values=16 Banks=16 Headers=3 WordWidth=10
// The decoder against blocks encoded here, in every mode and width of value, with random rectangles of texels and
// a line RAM that grants reads at random.
#include <algorithm>
#include <deque>

#include <gtest/gtest.h>

#include "Vsac_decode.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr unsigned Latency = 4;

struct Texel {
  int tag, u, v;
  bool last;
  std::array<int16_t, 16> values;
};

class Decode : public ::testing::Test {
 protected:
  static constexpr unsigned Banks = G_Banks;
  VerilatedContext context;
  Vsac_decode dut{&context};
  std::mt19937 random;
  std::vector<uint8_t> line;
  std::deque<Texel> expected;
  std::deque<int64_t> flight;  // words being read, -1: none
  double grant = 1;
  uint64_t cycles = 0;

  void SetUp() override {
    line.assign(2048, 0);
    dut.clk_i = 0;
    dut.rst_ni = 0;
    dut.block_valid_i = 0;
    flight.assign(Latency, -1);
    tick();
    tick();
    dut.rst_ni = 1;
  }

  void tick() {
    dut.eval();
    int64_t asked = dut.rst_ni && dut.read_valid_o && dut.read_ready_i ? int64_t{dut.read_word_o} : -1;
    if (dut.rst_ni && dut.texel_valid_o) check();
    dut.clk_i = 1;
    dut.eval();
    // The window of a request is visible Latency cycles after its grant.
    flight.push_back(asked);
    flight.pop_front();
    for (unsigned i = 0; i < Banks; i++) {
      uint32_t word = static_cast<uint32_t>(random());
      if (flight.front() >= 0) {
        size_t at = (flight.front() + i) * 4;
        if (at + 4 <= line.size()) memcpy(&word, &line[at], 4);
      }
      set_port_word(dut.window_i, i, word);
    }
    dut.clk_i = 0;
    // Grants of the next cycle: known before its block is offered, whose acceptance may depend on them.
    std::uniform_real_distribution<double> unit(0, 1);
    dut.read_ready_i = unit(random) < grant;
    dut.eval();
    cycles++;
  }

  void check() {
    ASSERT_FALSE(expected.empty());
    const Texel &texel = expected.front();
    EXPECT_EQ(dut.texel_tag_o, texel.tag);
    EXPECT_EQ(dut.texel_u_o, texel.u);
    EXPECT_EQ(dut.texel_v_o, texel.v);
    EXPECT_EQ(dut.texel_last_o, texel.last);
    for (int c = 0; c < 16; c++)
      ASSERT_EQ(port_half(dut.texel_values_o, c), texel.values[c]) << "component " << c << " of (" << texel.u << ", " << texel.v << ")";
    expected.pop_front();
  }

  static int entries(const Block &block) { return 256 - static_cast<int>(std::count(block.begin(), block.end(), 0)); }

  void decode(const Block &block, Mode mode, int word, int u0, int u1, int v0, int v1, int tag) {
    for (int v = v0; v <= v1; v++)
      for (int u = u0; u <= u1; u++) {
        Texel texel{tag, u, v, u == u1 && v == v1, {}};
        for (int c = 0; c < 16; c++) texel.values[c] = block[16 * (4 * v + u) + c];
        expected.push_back(texel);
      }
    dut.block_valid_i = 1;
    dut.block_mode_i = mode;
    dut.block_long_i = mode == Coordinate && entries(block) > 31;
    dut.block_word_i = word;
    dut.block_u_first_i = u0;
    dut.block_u_last_i = u1;
    dut.block_v_first_i = v0;
    dut.block_v_last_i = v1;
    dut.block_tag_i = tag;
    dut.eval();
    for (int wait = 0; !dut.block_ready_o && wait < 4000 && !HasFatalFailure(); wait++) tick();
    ASSERT_TRUE(dut.block_ready_o);
    tick();
    dut.block_valid_i = 0;
  }

  void drain() {
    for (int wait = 0; !expected.empty() && wait < 4000 && !HasFatalFailure(); wait++) tick();
    ASSERT_TRUE(expected.empty());
  }

  // Blocks of one width, all modes, two to a line: neighbours in the queue must not disturb each other.
  void run_random(int bits, unsigned seed) {
    SCOPED_TRACE("bits " + std::to_string(bits) + ", seed " + std::to_string(seed));
    random.seed(seed);
    dut.value_bits_i = bits;
    for (int round = 0; round < 40; round++) {
      static const double densities[] = {0.0, 0.004, 0.03, 0.1, 0.4, 0.9, 1.0};
      static const double grants[] = {1.0, 0.7, 0.25};
      grant = grants[random() % 3];
      size_t at = 0;
      line.assign(2048, 0);
      struct Part { Block block; Mode mode; int word; };
      std::vector<Part> parts;
      for (;;) {
        Block block = random_block(random, bits, densities[random() % 7]);
        Mode mode = static_cast<Mode>(random() % 4);
        bool zero = block == Block{};
        if (mode == Empty && !zero) block = Block{}, zero = true;
        if (zero && mode == Coordinate) mode = Bitmap;  // a list has at least one entry
        auto bytes = encode_block(block, mode, bits);
        if (at + bytes.size() > line.size() || parts.size() == 6) break;
        std::copy(bytes.begin(), bytes.end(), line.begin() + at);
        parts.push_back({block, mode, static_cast<int>(at / 4)});
        at += bytes.size();
      }
      for (size_t i = 0; i < 2 * parts.size() && !HasFatalFailure(); i++) {
        const Part &part = parts[random() % parts.size()];
        int u0 = random() % 4, u1 = u0 + random() % (4 - u0), v0 = random() % 4, v1 = v0 + random() % (4 - v0);
        decode(part.block, part.mode, part.word, u0, u1, v0, v1, random() % 16);
      }
      drain();
      if (HasFatalFailure()) return;
    }
  }
};

TEST_F(Decode, GivesEveryTexelInAllModesAndWidths) {
  for (int bits : {4, 5, 6, 7, 8, 16})
    for (unsigned seed = 1; seed <= 4; seed++) {
      run_random(bits, seed);
      if (HasFatalFailure()) return;
    }
}

TEST_F(Decode, WalksCoordinateListsLongerThanTheTree) {
  random.seed(7);
  dut.value_bits_i = 8;
  for (int count : {1, 2, 30, 31, 32, 33, 63, 64, 95, 96, 254, 255, 256}) {
    Block block{};
    std::vector<int> entries(256);
    for (int e = 0; e < 256; e++) entries[e] = e;
    std::shuffle(entries.begin(), entries.end(), random);
    for (int i = 0; i < count; i++) block[entries[i]] = static_cast<int16_t>(1 + random() % 127);
    auto bytes = encode_block(block, Coordinate, 8);
    std::copy(bytes.begin(), bytes.end(), line.begin() + 12);
    for (int i = 0; i < 12 && !HasFatalFailure(); i++) {
      int u0 = random() % 4, u1 = u0 + random() % (4 - u0), v0 = random() % 4, v1 = v0 + random() % (4 - v0);
      if (i == 0) u0 = v0 = 0, u1 = v1 = 3;
      decode(block, Coordinate, 3, u0, u1, v0, v1, i);
    }
    drain();
    if (HasFatalFailure()) return;
  }
}

// The four parts of 5 x 5 texels that begin at texel (3, 3) of a block, again and again: with all 16 values unpacked at
// once a texel leaves every cycle in every encoding and width, but for one read of each header.
TEST_F(Decode, KeepsThePaceOfOneTexelACycle) {
  constexpr int Rounds = 50;
  struct Case { Mode mode; double density; };
  for (int bits : {4, 7, 8, 16})
    for (Case c : {Case{Empty, 0}, Case{Bitmap, 0.02}, Case{Bitmap, 1}, Case{Coordinate, 0.04}, Case{Coordinate, 0.1}, Case{Dense, 0.5}}) {
      SCOPED_TRACE("bits " + std::to_string(bits) + ", mode " + std::to_string(c.mode) + ", density " + std::to_string(c.density));
      dut.value_bits_i = bits;
      Block block;
      do block = random_block(random, bits, c.density); while (c.mode == Coordinate && (entries(block) == 0 || entries(block) > 31));
      auto bytes = encode_block(block, c.mode, bits);
      std::copy(bytes.begin(), bytes.end(), line.begin());
      // Steps of a texel: up to its last non-zero value.
      int steps = 0, wide = bits == 16 && G_Values < 16 ? G_Values / 2 : G_Values;
      auto add_steps = [&](int u, int v) {
        int last = 0;
        for (int i = 0; i < 16; i++) if (block[16 * (4 * v + u) + i] || c.mode == Dense) last = i;
        steps += last / wide + 1;
      };
      add_steps(3, 3);
      for (int i = 0; i < 4; i++) add_steps(i, 3), add_steps(3, i);
      for (int i = 0; i < 16; i++) add_steps(i % 4, i / 4);
      drain();
      uint64_t start = cycles;
      for (int i = 0; i < Rounds && !HasFatalFailure(); i++) {
        decode(block, c.mode, 0, 3, 3, 3, 3, 0);
        decode(block, c.mode, 0, 0, 3, 3, 3, 1);
        decode(block, c.mode, 0, 3, 3, 0, 3, 2);
        decode(block, c.mode, 0, 0, 3, 0, 3, 3);
      }
      drain();
      if (HasFatalFailure()) return;
      int header = c.mode == Bitmap || c.mode == Coordinate ? std::max(1, 8 / static_cast<int>(Banks)) : 0;
      // Narrow decoders load fewer headers ahead: what a small block hides less than the latency of a read.
      int slack = G_Values == 16 ? 0 : header ? 12 : 2;
      EXPECT_LE(cycles - start, static_cast<uint64_t>(Rounds * (steps + 4 * header + slack) + 30));
    }
}

}  // namespace
