// SPDX-License-Identifier: Apache-2.0
// verilate: sac_sample_bench tiny
// verilate: sac_sample_bench odd
// verilate: sac_sample_bench edge
// Candidates of every lane against the model's ranges and positions, with random discs, dead pixels and stalls, and the
// rate at which they leave: one a cycle where pixels have five or more.
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_sample_bench.h"

extern "C" {
#include "model/ray/sample.h"
}

namespace {

struct Candidate {
  bool hit, first, last;
  int x, y, k, place, fraction;
};

class Sample : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_sample_bench dut{&context};
  std::mt19937 random{1};
  int tile = 0, lanes = 0, cube_side = 0;
  std::vector<sac_ray_t> rays;
  std::vector<char> alive;
  int origin[3] = {0, 0, 0}, side_log2 = 0, samples = 4000;
  uint8_t mask[64] = {};
  sac_cover_t cover = {};
  int stall = 0;  // percent
  int visited = 0, cycles = 0;

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.write_i = dut.start_i = dut.ready_i = 0;
    tick();
    tick();
    dut.rst_ni = 1;
    tick();
    tile = dut.tile_o, lanes = dut.lanes_o, cube_side = dut.cube_side_o;
    rays.resize(tile * tile);
    alive.assign(tile * tile, 1);
  }

  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

  // A ray through a point beside or in the cube, `length` cells (of 2^18) a step.
  sac_ray_t Ray(int length, int beside) {
    sac_ray_t ray = {};
    const int side = 1 << side_log2, k = between(0, samples + 100);
    for (int a = 0; a < 3; a++) {
      ray.step[a] = between(-length, length);
      if (between(0, 9) == 0) ray.step[a] /= 1000;
      const int64_t target = (static_cast<int64_t>(origin[a]) << 18) + between(-(beside << 18), (side + beside) << 18);
      ray.position[a] = static_cast<int32_t>(target - static_cast<int64_t>(k) * ray.step[a]);
      const int64_t magnitude = std::abs(static_cast<int64_t>(ray.step[a]));
      if (magnitude < 1 << 12) continue;
      const int64_t inverse = std::min<int64_t>((int64_t{1} << 46) / (magnitude << 10) >> 6, (1 << 18) - 1);
      ray.inverse[a] = static_cast<int32_t>(ray.step[a] < 0 ? -inverse : inverse);
    }
    return ray;
  }

  void RandomCube(int dead) {
    for (int a = 0; a < 3; a++) origin[a] = between(0, 500);
    const int largest = cube_side == 8 ? 3 : 2;
    side_log2 = between(0, largest);
    for (auto &byte : mask) byte = static_cast<uint8_t>(random());
    for (auto &pixel : alive) pixel = between(0, 99) >= dead;
  }

  void Disc(int cu, int cv, int radius) {
    cover = {};
    cover.cu = cu, cover.cv = cv, cover.radius_square = static_cast<int64_t>(radius) * radius;
    auto clamp = [&](int x) { return std::max(0, std::min(tile - 1, x)); };
    cover.rectangle = sac_rectangle_t{clamp((cu - radius + 255) >> 8), clamp((cv - radius + 255) >> 8), clamp((cu + radius) >> 8),
                       clamp((cv + radius) >> 8)};
    if (cover.rectangle.x1 < cover.rectangle.x0) cover.rectangle.x1 = cover.rectangle.x0;
    if (cover.rectangle.y1 < cover.rectangle.y0) cover.rectangle.y1 = cover.rectangle.y0;
  }

  std::vector<Candidate> Expected(int lane, int *pixels) {
    std::vector<Candidate> list;
    *pixels = 0;
    for (int y = cover.rectangle.y0; y <= cover.rectangle.y1; y++)
      for (int x = cover.rectangle.x0; x <= cover.rectangle.x1; x++) {
        if (x % lanes != lane || !alive[y * tile + x] || !sac_cover_pixel(&cover, x, y)) continue;
        ++*pixels;
        const sac_ray_t &ray = rays[y * tile + x];
        const sac_range_t range = sac_sample_range(&ray, origin, 1 << side_log2, samples);
        for (int64_t k = range.first; k <= range.last; k++) {
          int local[3] = {}, f[3] = {};
          Candidate c = {sac_sample_at(&ray, k, origin, side_log2, mask, local, f), k == range.first, k == range.last, x, y,
                         static_cast<int>(k), 0, 0};
          if (c.hit) {
            c.place = local[0] | local[1] << 3 | local[2] << 6;
            c.fraction = f[0] | f[1] << 8 | f[2] << 16;
          }
          list.push_back(c);
        }
      }
    return list;
  }

  void Load(int lane) {
    dut.lane_i = lane;
    dut.write_i = 1;
    for (int y = 0; y < tile; y++)
      for (int x = 0; x < tile; x++) {
        const sac_ray_t &ray = rays[y * tile + x];
        dut.write_x_i = x, dut.write_y_i = y, dut.alive_i = alive[y * tile + x];
        for (int a = 0; a < 3; a++) {
          dut.position_i[a] = ray.position[a];
          dut.step_i[a] = ray.step[a];
          dut.inverse_i[a] = std::abs(ray.inverse[a]);
        }
        tick();
      }
    dut.write_i = 0;
  }

  void Run(int lane) {
    SCOPED_TRACE("lane " + std::to_string(lane));
    int pixels = 0;
    const std::vector<Candidate> expected = Expected(lane, &pixels);
    const sac_rectangle_t r = cover.rectangle;
    const int64_t du = 256 * r.x0 - cover.cu, dv = 256 * r.y0 - cover.cv;
    Load(lane);
    dut.origin_i = static_cast<uint32_t>(origin[0] | origin[1] << 10 | origin[2] << 20);
    for (int i = 0; i < 16; i++)
      dut.mask_i[i] = mask[4 * i] | mask[4 * i + 1] << 8 | mask[4 * i + 2] << 16 | static_cast<uint32_t>(mask[4 * i + 3]) << 24;
    dut.whole_i = cover.whole;
    dut.x0_i = r.x0, dut.x1_i = r.x1, dut.y0_i = r.y0, dut.y1_i = r.y1;
    dut.du_i = static_cast<uint32_t>(du), dut.dv_i = static_cast<uint32_t>(dv);
    dut.excess_i = static_cast<uint64_t>(du * du + dv * dv - cover.radius_square);
    dut.side_log2_i = side_log2, dut.samples_i = samples;
    dut.start_i = 1;
    tick();
    dut.start_i = 0;
    size_t n = 0;
    visited = 0;
    const int limit = 100000 + 20 * static_cast<int>(expected.size());
    for (cycles = 1; cycles < limit && !dut.done_o; cycles++) {
      dut.ready_i = between(0, 99) >= stall;
      dut.eval();
      visited += dut.visited_o;
      if (dut.valid_o) {
        ASSERT_TRUE(dut.ready_i);
        ASSERT_LT(n, expected.size());
        const Candidate &c = expected[n++];
        ASSERT_EQ(dut.x_o, c.x) << "candidate " << n;
        ASSERT_EQ(dut.y_o, c.y) << "candidate " << n;
        ASSERT_EQ(dut.k_o, c.k) << "candidate " << n;
        ASSERT_EQ(dut.hit_o, c.hit) << "candidate " << n;
        ASSERT_EQ(dut.first_o, c.first);
        ASSERT_EQ(dut.last_o, c.last);
        if (c.hit) {
          ASSERT_EQ(dut.place_o, static_cast<unsigned>(c.place));
          ASSERT_EQ(dut.fraction_o, static_cast<unsigned>(c.fraction));
        }
      }
      tick();
    }
    ASSERT_TRUE(dut.done_o);
    ASSERT_EQ(n, expected.size());
    ASSERT_EQ(visited, pixels);
    tick();
    ASSERT_FALSE(dut.busy_o);
  }
};

TEST_F(Sample, OffersTheModelsCandidatesInOrder) {
  size_t some = 0;
  for (unsigned seed = 1; seed <= 40; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    RandomCube(seed % 4 == 0 ? 95 : seed % 4 * 20);
    stall = seed % 3 * 40;
    samples = seed % 5 ? 4000 : between(1, 60);
    for (auto &ray : rays) ray = Ray(seed % 2 ? 1 << 18 : 1 << 16, seed % 3);
    Disc(between(-256, 256 * tile + 256), between(-256, 256 * tile + 256), between(64, 200 * tile));
    cover.whole = seed % 7 == 0;
    if (cover.whole) cover.rectangle = {0, 0, tile - 1, tile - 1};
    for (int lane = 0; lane < lanes; lane++) {
      int pixels = 0;
      some += Expected(lane, &pixels).size();
      Run(lane);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(some, 1000u);
}

TEST_F(Sample, KeepsUpWithOneCandidateACycle) {
  RandomCube(20);
  side_log2 = 2;
  stall = 0;
  for (auto &ray : rays) {
    // Straight through the cube: six to nine candidates, fewer where it is cut at a corner.
    do ray = Ray(1 << 18, 0);
    while (std::max({std::abs(ray.step[0]), std::abs(ray.step[1]), std::abs(ray.step[2])}) < 200000 ||
           sac_sample_range(&ray, origin, 4, samples).last < sac_sample_range(&ray, origin, 4, samples).first + 3);
  }
  Disc(128 * tile, 128 * tile, 128 * tile);
  for (int lane = 0; lane < lanes; lane++) {
    int pixels = 0;
    const size_t candidates = Expected(lane, &pixels).size();
    Run(lane);
    if (HasFatalFailure()) return;
    RecordProperty("candidates", static_cast<int>(candidates));
    RecordProperty("cycles", cycles);
    EXPECT_GE(candidates, 5u * pixels);
    EXPECT_LE(cycles, 1.04 * candidates + 30) << candidates << " candidates of " << pixels << " pixels";
  }
}

TEST_F(Sample, TakesThreeCyclesForAPixelWithFewCandidates) {
  RandomCube(0);
  side_log2 = 0;
  int run = 0;
  for (auto &ray : rays) ray = Ray(1 << 18, 2);
  cover.whole = true;
  cover.rectangle = sac_rectangle_t{0, 0, tile - 1, tile - 1};
  for (int lane = 0; lane < lanes; lane++) {
    int pixels = 0;
    const size_t candidates = Expected(lane, &pixels).size();
    Run(lane);
    if (HasFatalFailure()) return;
    int bound = 3 * pixels + tile + 30;  // a pixel takes three cycles, or as many as it has candidates
    for (const Candidate &c : Expected(lane, &pixels)) {
      const int nth = c.first ? run = 1 : ++run;
      bound += nth > 3;
    }
    // After a pixel with many the next ranges come late: all slots were taken.
    EXPECT_LE(cycles, 1.03 * bound) << candidates << " candidates of " << pixels << " pixels";
  }
}

TEST_F(Sample, PassesOverDeadRowsInACycleEach) {
  RandomCube(100);
  Disc(128 * tile, 128 * tile, 128 * tile);
  Run(lanes - 1);
  EXPECT_LE(cycles, tile + 8);
}

}  // namespace
