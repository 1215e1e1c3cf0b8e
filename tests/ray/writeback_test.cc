// SPDX-License-Identifier: Apache-2.0
// verilate: sac_writeback tiny
// verilate: sac_writeback odd
// verilate: sac_writeback edge
// Write-back of tiles against the formula of docs/architecture.md 4: every size of tile, strides, colour alone and with
// depth, a memory that stalls; nothing beside the tile is touched; a pixel a cycle.
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_writeback.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr unsigned BeatWords = sizeof(Vsac_writeback::write_data_o) / 4;
constexpr int Tile = BeatWords == 4 ? 64 : BeatWords == 1 ? 13 : 16;  // edge, odd, tiny
constexpr int Side = BeatWords == 4 ? 6 : 4;
constexpr int ColourLatency = 2;

struct Pixel {
  uint32_t clear, carried, depth, k_in, last[3];
  uint64_t sum[3];
  bool hit, coloured;
};

template <typename T> void set_bits(T &port, unsigned at, unsigned count, uint64_t value) {
  for (unsigned i = 0; i < count; i++) {
    const uint32_t bit = 1u << (at + i) % 32, word = port_word(port, (at + i) / 32);
    set_port_word(port, (at + i) / 32, value >> i & 1 ? word | bit : word & ~bit);
  }
}

class Writeback : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_writeback dut{&context};
  std::mt19937 random;
  std::vector<Pixel> pixels = std::vector<Pixel>(Tile * Tile);
  std::map<uint32_t, uint32_t> memory;
  int written = 0;

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.start_i = dut.write_ready_i = dut.write_data_ready_i = dut.write_done_i = 0;
    dut.eval();
    for (int i = 0; i < 3; i++) clock();
    dut.rst_ni = 1;
    clock();
  }

  void clock() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  uint64_t below(uint64_t n) { return std::uniform_int_distribution<uint64_t>(0, n - 1)(random); }

  void randomise() {
    for (auto &p : pixels) {
      p.clear = below(4) ? below(65537) : 65536;
      p.carried = below(2) ? 0 : below(65537 - p.clear);
      p.depth = below(1 << 28);
      p.k_in = below(4) ? below(4096 << 12) : random();
      p.hit = below(4);
      p.coloured = below(3);
      for (int ch = 0; ch < 3; ch++) {
        p.last[ch] = p.coloured ? below(65536) : 0;
        p.sum[ch] = p.coloured ? (65536 - p.clear) * below(65536) : 0;
      }
      if (!below(8)) p.clear = 0, p.sum[0] = (uint64_t{1} << 32) - 1 + below(1 << 20);
    }
  }

  static uint32_t colour(const Pixel &p, uint32_t background) {
    uint32_t word = (((65536 - p.clear) * 255 + 32768) >> 16) << 24;
    for (int ch = 0; ch < 3; ch++) {
      const uint64_t ground = (background >> 8 * ch & 255) * 257;
      uint64_t total = p.sum[ch] + (p.coloured ? uint64_t{p.carried} * p.last[ch] + p.clear * ground : (p.clear + p.carried) * ground);
      total = (total * 255 + (uint64_t{1} << 31)) >> 32;
      word |= static_cast<uint32_t>(total > 255 ? 255 : total) << 8 * ch;
    }
    return word;
  }

  static uint32_t depth(const Pixel &p) {
    return p.hit ? static_cast<uint32_t>((uint64_t{p.k_in} * (65536 - p.clear) + (uint64_t{p.depth} << 12)) >> 16) : 0;
  }

  void show(int pixel, int delayed) {
    const Pixel &p = pixels[pixel], &d = pixels[delayed];
    set_bits(dut.state_i, 0, 28, p.depth);
    set_bits(dut.state_i, 28, 17, p.carried);
    set_bits(dut.state_i, 45, 17, p.clear);
    set_bits(dut.state_i, 62, 25, random());
    set_bits(dut.ray_i, 0, 32, p.k_in);
    set_bits(dut.ray_i, 32, 1, p.hit);
    for (int ch = 0; ch < 3; ch++) set_bits(dut.colour_i, 33 * ch, 33, d.sum[ch]), set_bits(dut.colour_i, 99 + 16 * ch, 16, d.last[ch]);
    set_bits(dut.colour_i, 147, 1, d.coloured);
  }

  // One tile; `stall` of 8 cycles the memory is not ready. Returns the cycles until the last word is taken.
  int run(int width, int height, bool with_depth, uint32_t stride, uint32_t colour_at, uint32_t depth_at, uint32_t background,
          unsigned stall) {
    struct Request { uint32_t address, words; };
    std::vector<Request> requests;
    std::vector<int> answers;  // cycles until an answer
    std::vector<int> reads(ColourLatency, 0);
    size_t at = 0;
    int cycle = 0, last = 0;
    dut.tile_i = uint64_t(width - 1) << Side | (height - 1);
    dut.depth_i = with_depth;
    dut.stride_i = stride;
    dut.colour_address_i = colour_at, dut.depth_address_i = depth_at;
    dut.background_i = background;
    dut.start_i = 1;
    dut.write_done_i = 0;
    clock();
    dut.start_i = 0;
    dut.tile_i = random();
    dut.colour_address_i = random(), dut.depth_address_i = random();
    for (; !dut.done_o && cycle < 100 * Tile * Tile; cycle++) {
      // As sac_write_stream: a request is taken when the data of the one before have gone.
      dut.write_ready_i = at == requests.size() && below(8) >= stall;
      dut.write_data_ready_i = at < requests.size() && below(8) >= stall;
      dut.write_done_i = !answers.empty() && --answers[0] <= 0;
      if (dut.write_done_i) answers.erase(answers.begin());
      dut.eval();
      if (dut.write_valid_o && dut.write_ready_i) {
        requests.push_back({uint32_t(dut.write_request_o >> 16), uint32_t(dut.write_request_o & 0xffff) / 4});
        EXPECT_EQ(requests.back().words, static_cast<unsigned>(width));
      }
      if (dut.write_data_valid_o && dut.write_data_ready_i) {
        for (unsigned i = 0; i < BeatWords && requests[at].words > 0; i++, requests[at].words--, requests[at].address += 4) {
          EXPECT_EQ(memory.count(requests[at].address), 0u) << "written twice";
          memory[requests[at].address] = port_word(dut.write_data_o, i);
        }
        if (requests[at].words == 0) at++, answers.push_back(1 + below(20));
        last = cycle;
      }
      written += dut.written_o;
      reads.push_back(dut.read_o ? int(dut.pixel_o) : int(below(Tile * Tile)));
      clock();
      show(reads[reads.size() - 1], reads[reads.size() - ColourLatency]);
    }
    EXPECT_TRUE(dut.done_o);
    EXPECT_EQ(at, requests.size());
    EXPECT_TRUE(answers.empty());
    dut.write_done_i = dut.write_ready_i = dut.write_data_ready_i = 0;
    clock();
    EXPECT_FALSE(dut.busy_o || dut.done_o);
    return last;
  }

  void expect_tile(int width, int height, bool with_depth, uint32_t stride, uint32_t colour_at, uint32_t depth_at, uint32_t background) {
    ASSERT_EQ(memory.size(), static_cast<size_t>(width * height * (with_depth ? 2 : 1)));
    ASSERT_EQ(written, width * height);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++) {
        const uint32_t offset = 4 * (y * stride + x);
        ASSERT_EQ(memory[colour_at + offset], colour(pixels[y * Tile + x], background)) << x << " " << y;
        if (with_depth) ASSERT_EQ(memory[depth_at + offset], depth(pixels[y * Tile + x])) << x << " " << y;
      }
  }
};

TEST_F(Writeback, WritesEveryPixelOfATileOnceAndNothingElse) {
  for (unsigned seed = 1; seed <= 80; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    randomise();
    const int width = 1 + below(Tile), height = 1 + below(seed % 8 ? 6 : Tile);
    const bool with_depth = below(2);
    const uint32_t stride = width + below(100), background = below(1 << 24);
    const uint32_t colour_at = 4 * below(1 << 20), depth_at = 0x40000000 + 4 * below(1 << 20);
    memory.clear();
    written = 0;
    run(width, height, with_depth, stride, colour_at, depth_at, background, seed % 4 * 2);
    expect_tile(width, height, with_depth, stride, colour_at, depth_at, background);
    if (HasFailure()) return;
  }
}

TEST_F(Writeback, TakesAboutACycleAPixel) {
  random.seed(1);
  randomise();
  const int cycles = run(Tile, Tile, true, 800, 0, 0x100000, 0x804020, 0);
  EXPECT_LE(cycles, 2 * Tile * (Tile + 1) + 16);  // a cycle a pixel, one a request
  expect_tile(Tile, Tile, true, 800, 0, 0x100000, 0x804020);
}

}  // namespace
