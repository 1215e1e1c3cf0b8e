// SPDX-License-Identifier: Apache-2.0
// verilate: sac_sparse tiny Sub=1 Lines=8 BlockBytes=1024 Values=4 DataWidth=64
// verilate: sac_sparse odd Sub=3 Lines=5 BlockBytes=772 Values=4 DataWidth=32
// verilate: sac_sparse edge Sub=3 Lines=16 BlockBytes=1024 Values=16 DataWidth=128
// verilate: sac_sparse cloud Sub=1 Lines=16 BlockBytes=1024 Values=16 DataWidth=256
// verilate: sac_sparse ecp5 Sub=1 Lines=16 BlockBytes=772 Values=8 DataWidth=64
// The sparse room against a random scene laid out as docs/architecture.md 1.1 says: every texel of random rectangles
// arrives once, hits and misses are those of the direct-mapped cache, whatever the memory's stalls.
#include <deque>
#include <map>
#include <tuple>

#include <gtest/gtest.h>

#include "Vsac_sparse.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr int Sub = G_Sub, Lines = G_Lines, BeatBytes = G_DataWidth / 8;

struct Scene {
  int n[3], bits;
  uint32_t directory_address = 0x1240, block_address, first;
  std::vector<Block> blocks;  // in directory order
  std::vector<uint8_t> memory;
  int blocks_of(int axis) const { return (n[axis] + 3) / 4; }
  static int axis_u(int plane) { return plane == 2 ? 1 : 0; }
  static int axis_v(int plane) { return plane == 0 ? 1 : 2; }
  int block_index(int plane, int bu, int bv) const {
    int base = 0;
    for (int p = 0; p < plane; p++) base += blocks_of(axis_u(p)) * blocks_of(axis_v(p));
    return (base + bv * blocks_of(axis_u(plane)) + bu) * Sub;
  }
};

// Density < 0: blocks of many densities.
Scene make_scene(std::mt19937 &random, int bits, int modes, double density = -1) {
  Scene scene;
  scene.bits = bits;
  for (int &x : scene.n) x = 2 + random() % 40;
  scene.first = random() % 50;
  int count = 0;
  for (int p = 0; p < 3; p++) count += scene.blocks_of(Scene::axis_u(p)) * scene.blocks_of(Scene::axis_v(p)) * Sub;
  scene.block_address = scene.directory_address + 4 * (scene.first + count + 1) + 4 * (random() % 20);
  std::vector<uint8_t> bytes;
  std::vector<uint32_t> directory;
  uint32_t start = random() % 100;  // offset of the first block of this plane-set
  for (int i = 0; i < count; i++) {
    static const double densities[] = {0.0, 0.02, 0.1, 0.4, 0.9};
    Block block = random_block(random, bits, density < 0 ? densities[random() % 5] : density);
    Mode mode = static_cast<Mode>(modes < 0 ? random() % 4 : modes);
    if (block == Block{} && mode == Coordinate) mode = Empty;
    if (mode == Empty) block = Block{};
    auto encoded = encode_block(block, mode, bits);
    directory.push_back((start + bytes.size() / 4) << 2 | mode);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
    scene.blocks.push_back(block);
  }
  directory.push_back((start + bytes.size() / 4) << 2);
  scene.memory.assign(scene.block_address + 4 * start + bytes.size() + 64, 0xa5);
  memcpy(&scene.memory[scene.directory_address + 4 * scene.first], directory.data(), 4 * directory.size());
  if (!bytes.empty()) memcpy(&scene.memory[scene.block_address + 4 * start], bytes.data(), bytes.size());
  return scene;
}

class Sparse : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_sparse dut{&context};
  std::mt19937 random;
  Scene scene;
  struct Read { uint32_t address; int bytes; uint64_t ready; };
  std::deque<Read> reads;
  int beat = 0;
  double stall = 0;
  int latency = 5;
  uint64_t cycles = 0;
  int hits = 0, misses = 0, done = 0, expected_hits = 0, expected_misses = 0;
  int most_reads = 0;
  using Key = std::tuple<int, int, int, int>;  // plane, v, u, sub
  std::deque<std::map<Key, std::array<int16_t, 16>>> expected;  // by request
  std::array<std::tuple<int, int, int>, Lines> tags;

  bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random) < p; }

  void offer_data() {
    dut.data_valid_i = !reads.empty() && cycles >= reads.front().ready && !chance(stall);
    bool last = false;
    for (int i = 0; i < BeatBytes / 4; i++) {
      uint32_t word = static_cast<uint32_t>(random());
      if (dut.data_valid_i) {
        int at = beat * BeatBytes + 4 * i;
        word = 0;
        if (at < reads.front().bytes) memcpy(&word, &scene.memory[reads.front().address + at], 4);
        last = (beat + 1) * BeatBytes >= reads.front().bytes;
      }
      set_port_word(dut.data_i, i, word);
    }
    dut.data_last_i = last;
  }

  void tick() {
    offer_data();
    dut.read_ready_i = !chance(stall);
    dut.eval();
    bool take = dut.data_valid_i && dut.data_ready_o, last = dut.data_last_i;
    if (dut.rst_ni) {
      if (dut.read_valid_o && dut.read_ready_i) {
        Read read{static_cast<uint32_t>(dut.read_request_o >> 16), static_cast<int>(dut.read_request_o & 0xffff), cycles + latency};
        ASSERT_TRUE(read.bytes > 0 && read.bytes % 4 == 0 && read.address % 4 == 0);
        ASSERT_LE(read.address + read.bytes, scene.memory.size());
        reads.push_back(read);
        most_reads = std::max(most_reads, static_cast<int>(reads.size()));
      }
      hits += dut.hit_o;
      misses += dut.miss_o;
      if (dut.patch_valid_o) check();
      if (dut.done_o) {
        ASSERT_FALSE(expected.empty());
        EXPECT_TRUE(expected.front().empty());
        expected.pop_front();
        done++;
      }
    }
    dut.clk_i = 1;
    dut.eval();
    if (take) {
      beat = last ? 0 : beat + 1;
      if (last) reads.pop_front();
    }
    dut.clk_i = 0;
    dut.eval();
    cycles++;
  }

  void check() {
    Key key{dut.patch_plane_o, dut.patch_v_o, dut.patch_u_o, dut.patch_sub_o};
    // A new request's first texel comes only after the last of the one before.
    size_t which = 0;
    while (which < expected.size() && expected[which].empty()) which++;
    ASSERT_LT(which, expected.size());
    auto it = expected[which].find(key);
    ASSERT_NE(it, expected[which].end()) << "plane " << std::get<0>(key) << " v " << std::get<1>(key) << " u " << std::get<2>(key) << " sub " << std::get<3>(key);
    for (int c = 0; c < 16; c++) ASSERT_EQ(port_half(dut.patch_values_o, c), it->second[c]) << "component " << c;
    expected[which].erase(it);
  }

  void reset() {
    dut.rst_ni = 0;
    dut.clk_i = dut.start_i = dut.request_valid_i = 0;
    tick();
    tick();
    dut.rst_ni = 1;
  }

  void start(const Scene &s) {
    scene = s;
    dut.gx_i = s.n[0], dut.gy_i = s.n[1], dut.gz_i = s.n[2];
    dut.value_bits_i = s.bits;
    dut.directory_address_i = s.directory_address;
    dut.block_address_i = s.block_address;
    dut.first_block_i = s.first;
    for (int i = 0; dut.busy_o && i < 1000; i++) tick();
    dut.start_i = 1;
    tick();
    dut.start_i = 0;
    tags.fill({-1, -1, -1});
  }

  void request(int plane, int u0, int v0, int nu, int nv) {
    std::map<Key, std::array<int16_t, 16>> texels;
    for (int v = v0; v < v0 + nv; v++)
      for (int u = u0; u < u0 + nu; u++)
        for (int sub = 0; sub < Sub; sub++) {
          const Block &block = scene.blocks[scene.block_index(plane, u / 4, v / 4) + sub];
          auto &values = texels[{plane, v - v0, u - u0, sub}];
          for (int c = 0; c < 16; c++) values[c] = block[16 * (4 * (v % 4) + u % 4) + c];
        }
    expected.push_back(texels);
    for (int bv = v0 / 4; bv <= (v0 + nv - 1) / 4; bv++)
      for (int bu = u0 / 4; bu <= (u0 + nu - 1) / 4; bu++) {
        auto &tag = tags[(bu + 7 * bv + 19 * plane) % Lines];
        if (tag == std::make_tuple(plane, bu, bv)) expected_hits++;
        else expected_misses++, tag = {plane, bu, bv};
      }
    dut.request_valid_i = 1;
    dut.request_plane_i = plane;
    dut.request_u_i = u0, dut.request_v_i = v0, dut.request_nu_i = nu, dut.request_nv_i = nv;
    dut.eval();
    for (int i = 0; !dut.request_ready_o && i < 50000 && !HasFatalFailure(); i++) tick();
    ASSERT_TRUE(dut.request_ready_o);
    tick();
    dut.request_valid_i = 0;
    dut.eval();
  }

  void drain() {
    for (int i = 0; !expected.empty() && i < 50000 && !HasFatalFailure(); i++) tick();
    ASSERT_TRUE(expected.empty());
    for (int i = 0; dut.busy_o && i < 1000; i++) tick();
    EXPECT_FALSE(dut.busy_o);
    EXPECT_EQ(hits, expected_hits);
    EXPECT_EQ(misses, expected_misses);
    EXPECT_TRUE(reads.empty());
  }

  void random_requests(int count) {
    for (int i = 0; i < count && !HasFatalFailure(); i++) {
      int plane = random() % 3, nu_max = scene.n[Scene::axis_u(plane)], nv_max = scene.n[Scene::axis_v(plane)];
      int u0 = random() % nu_max, v0 = random() % nv_max;
      if (i % 3) u0 &= ~3, v0 &= ~3;
      int nu = 1 + random() % std::min(9, nu_max - u0), nv = 1 + random() % std::min(9, nv_max - v0);
      request(plane, u0, v0, nu, nv);
      if (chance(0.3)) for (int wait = random() % 200; wait > 0 && !HasFatalFailure(); wait--) tick();
    }
  }
};

TEST_F(Sparse, DeliversRandomRectanglesOfRandomScenesUnderStalls) {
  for (unsigned seed = 1; seed <= 12; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    if (seed == 1) reset();
    static const int widths[] = {8, 4, 5, 6, 7, 16};
    static const double stalls[] = {0, 0.3, 0.8};
    stall = stalls[seed % 3];
    latency = seed % 2 ? 3 : 40;
    start(make_scene(random, widths[seed % 6], -1));
    random_requests(60);
    drain();
    if (HasFailure()) return;
  }
  EXPECT_GT(hits, 0);
}

TEST_F(Sparse, ForgetsTheCacheAtTheStartOfARender) {
  reset();
  random.seed(99);
  Scene first = make_scene(random, 8, Dense);
  start(first);
  request(0, 0, 0, 2, 2);
  drain();
  Scene second = first;
  for (auto &block : second.blocks) for (auto &x : block) x = static_cast<int16_t>(-x / 2);
  size_t size = 256;
  std::vector<uint8_t> bytes;
  for (auto &block : second.blocks) { auto b = encode_block(block, Dense, 8); ASSERT_EQ(b.size(), size); bytes.insert(bytes.end(), b.begin(), b.end()); }
  uint32_t offset;
  memcpy(&offset, &second.memory[second.directory_address + 4 * second.first], 4);
  memcpy(&second.memory[second.block_address + (offset & ~3u)], bytes.data(), bytes.size());
  start(second);
  request(0, 0, 0, 2, 2);
  drain();
}

TEST_F(Sparse, KeepsSeveralReadsOutstanding) {
  reset();
  random.seed(5);
  latency = 100;
  Scene wide = make_scene(random, 8, Bitmap);
  while (wide.n[0] < 20 || wide.n[1] < 20) wide = make_scene(random, 8, Bitmap);
  start(wide);
  uint64_t before = cycles;
  request(0, 0, 0, 13, 1);  // four lines, each a directory read and a block read
  drain();
  EXPECT_GE(most_reads, 3);
  EXPECT_LT(cycles - before, 4 * 2 * 100u);
}

// Patches of 5 x 5 texels, all blocks cached, as the planes of a cube ask for them: the cycles from one done to the
// next are those of the texels and of one header a block, in every encoding and width.
TEST_F(Sparse, SustainsATexelACycleOverCachedPatches) {
  if (G_Values < 16) GTEST_SKIP() << "narrow values";
  reset();
  constexpr int Rounds = 40, Texels = 25 * Sub, Blocks = 4 * Sub;
  for (int bits : {4, 5, 8, 16})
    for (int mode : {Empty, Bitmap, Coordinate, Dense}) {
      SCOPED_TRACE("bits " + std::to_string(bits) + ", mode " + std::to_string(mode));
      Scene scene;
      do scene = make_scene(random, bits, mode, mode == Coordinate ? 0.05 : -1); while (scene.n[0] < 16 || scene.n[1] < 16 || scene.n[2] < 16);
      start(scene);
      // Two patches whose lines all differ.
      for (int i = 0; i < 2; i++) request(0, 3 + 4 * i, 3, 5, 5);
      drain();
      int before_misses = misses, before_done = done;
      uint64_t begin = cycles;
      for (int i = 0; i < Rounds && !HasFatalFailure(); i++) request(0, 3 + 4 * (i % 2), 3, 5, 5);
      drain();
      EXPECT_EQ(misses, before_misses);
      EXPECT_EQ(done, before_done + Rounds);
      int header = mode == Bitmap || mode == Coordinate ? Blocks : 0;
      EXPECT_LE(cycles - begin, static_cast<uint64_t>(Rounds * (Texels + header) + 60));
      if (HasFailure()) return;
    }
}

// One patch of cached blocks, from request to done.
TEST_F(Sparse, AnswersACachedPatchAfterAShortWait) {
  reset();
  random.seed(11);
  Scene scene;
  do scene = make_scene(random, 8, Bitmap); while (scene.n[0] < 12 || scene.n[1] < 12);
  start(scene);
  request(0, 4, 4, 5, 5);
  drain();
  uint64_t begin = cycles;
  request(0, 4, 4, 5, 5);
  drain();
  int header = G_Values == 16 ? 1 : 8 / (G_Values / 2), block = G_Values == 16 ? 0 : 10;
  EXPECT_LE(cycles - begin, static_cast<uint64_t>(25 * Sub * (16 / G_Values) + 4 * Sub * (header + block) + 50));
}

// The next requests' misses are fetched while blocks are decoded: with a memory of long latency, a run of patches of
// which every block is new takes little more than the latency once and the work.
TEST_F(Sparse, FetchesAheadWhileItDecodes) {
  reset();
  random.seed(21);
  latency = 60;
  Scene scene;
  do scene = make_scene(random, 8, Dense); while (scene.n[0] < 36 || scene.n[1] < 5 || scene.n[1] > 20);
  start(scene);
  for (int i = 0; i < 1000 && dut.busy_o; i++) tick();
  uint64_t begin = cycles;
  constexpr int Requests = 9;
  for (int i = 0; i < Requests; i++) request(0, 4 * i, 0, 4, 4);
  drain();
  EXPECT_EQ(misses, Requests);
  uint64_t fill = Sub * 256 / BeatBytes, work = std::max<uint64_t>(fill, 16 * Sub * (16 / G_Values));
  // Lookups that share a line wait for each other: with few lines the fetch of one begins when another is decoded.
  EXPECT_LE(cycles - begin, Requests * (work + 20) + (Lines < Requests ? 4 : 2) * 2 * 60);
}

// Two patches that want the same lines, in turn: every look-up misses and waits until its line is free.
TEST_F(Sparse, SurvivesThrashing) {
  reset();
  for (unsigned seed = 1; seed <= 4; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    stall = seed % 2 ? 0 : 0.5;
    latency = 5 + 20 * (seed % 3);
    Scene scene;
    do scene = make_scene(random, seed == 2 ? 16 : 8, -1); while (scene.n[0] < 8 + 4 * (Lines % 7) || scene.n[1] < 8 + 4 * (Lines / 7));
    start(scene);
    int before = hits;
    // Block (Lines mod 7, Lines / 7) has the line of block (0, 0).
    for (int i = 0; i < 30 && !HasFatalFailure(); i++) {
      request(0, 0, 0, 3, 2);
      request(0, 4 * (Lines % 7), 4 * (Lines / 7), 2, 3);
    }
    drain();
    EXPECT_EQ(hits, before);
    if (HasFailure()) return;
  }
}

}  // namespace
