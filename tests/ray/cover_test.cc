// SPDX-License-Identifier: Apache-2.0
// verilate: sac_covers tiny Units=1
// verilate: sac_covers odd Units=2
// verilate: sac_covers edge Units=4
// Balls projected by several units against the model, bit for bit and in order: cubes and super-cubes, eyes far away,
// beside and inside the ball, focal lengths from wide to extreme, tiles with and without the ball.
#include <algorithm>
#include <deque>
#include <random>

#include <gtest/gtest.h>

#include "Vsac_covers.h"
#include "tests/ray/ball_camera.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "model/ray/cover.h"
}

namespace {

constexpr int Tile = G_Units == 1 ? 16 : G_Units == 2 ? 13 : 64;  // of the configurations above
constexpr int SideWidth = G_Units == 4 ? 6 : 4;

struct Ball {
  int cell[3];
  sac_cover_t cover;
};

class Cover : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_covers dut{&context};
  std::mt19937 random{5};
  uint32_t camera[SAC_CAMERA_WORDS];
  sac_rectangle_t tile;
  int side_log2 = 0, near[3] = {100, 100, 100};
  std::deque<std::pair<bool, Ball>> under_way;  // super, ball
  Ball next[2];                                 // cube, super-cube
  int taken = 0, covered = 0, whole = 0, none = 0;

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.super_valid_i = dut.cube_valid_i = dut.cube_take_i = 0;
    dut.eval();
    tick();
    tick();
    dut.rst_ni = 1;
  }

  void set_scene() {
    std::uniform_real_distribution<double> unit(-1, 1);
    side_log2 = random() % 4;
    double eye[3], look[3];
    const double distance = std::pow(10.0, 1.5 * unit(random)) * 100;
    for (int a = 0; a < 3; a++) eye[a] = 100 + distance * unit(random), look[a] = 100 + 90 * unit(random);
    const double focal = random() % 4 ? 100 + 1000 * (unit(random) + 1) : std::pow(2.0, 6 * (unit(random) + 1));
    ball_camera(random, eye, look, focal, 800, 1 << side_log2, camera);
    for (int i = 0; i < SAC_CAMERA_WORDS; i++) set_port_word(dut.camera_i, i, camera[i]);
    // Most tiles lie where some ball is seen.
    int x = random() % 800, y = random() % 800;
    tile = {0, 0, 799, 799};
    for (int i = 0; i < 20; i++) {
      const Ball ball = draw(false);
      if (ball.cover.empty || ball.cover.whole) continue;
      x = (ball.cover.rectangle.x0 + ball.cover.rectangle.x1) / 2, y = (ball.cover.rectangle.y0 + ball.cover.rectangle.y1) / 2;
      std::copy_n(ball.cell, 3, near);
    }
    const int last_x = random() % 2 ? Tile - 1 : random() % Tile, last_y = random() % 2 ? Tile - 1 : random() % Tile;
    tile = {x, y, x + last_x, y + last_y};
    dut.tile_i = uint64_t(x) << (15 + 2 * SideWidth) | uint64_t(y) << 2 * SideWidth | uint64_t(last_x) << SideWidth | last_y;
    dut.side_log2_i = side_log2;
  }

  Ball draw(bool super) {
    Ball ball;
    const int side = (super ? 4 : 1) << side_log2;
    // Half of them about where the tile looks.
    const bool there = random() % 2;
    for (int a = 0; a < 3; a++) {
      const int at = there ? near[a] + int(random() % 9) - 4 : int(random() % 200);
      ball.cell[a] = std::max(0, at) / side * side;
    }
    ball.cover = sac_cover(camera, ball.cell, side, sac_field_get(camera, super ? SAC_CAMERA_RADIUS_SUPER : SAC_CAMERA_RADIUS_CUBE), tile);
    return ball;
  }

  static uint32_t packed(const Ball &ball) {
    return uint32_t(ball.cell[0]) | uint32_t(ball.cell[1]) << 10 | uint32_t(ball.cell[2]) << 20;
  }

  uint64_t field(unsigned at, unsigned count) {
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++) value |= uint64_t{port_word(dut.cube_disc_o, (at + i) / 32) >> (at + i) % 32 & 1} << i;
    return value;
  }

  // whole, x0, x1, y0, y1, du[29:0], dv[29:0], excess[59:0] from the top.
  void expect_disc(const sac_cover_t &cover) {
    int at[4];
    for (int i = 0; i < 4; i++) at[i] = int(field(120 + (3 - i) * SideWidth, SideWidth));
    EXPECT_EQ(at[0], cover.rectangle.x0 - tile.x0);
    EXPECT_EQ(at[1], cover.rectangle.x1 - tile.x0);
    EXPECT_EQ(at[2], cover.rectangle.y0 - tile.y0);
    EXPECT_EQ(at[3], cover.rectangle.y1 - tile.y0);
    EXPECT_EQ(field(120 + 4 * SideWidth, 1), cover.whole);
    if (cover.whole) return;
    const int64_t du = 256 * int64_t{cover.rectangle.x0} - cover.cu, dv = 256 * int64_t{cover.rectangle.y0} - cover.cv;
    const int64_t excess = du * du + dv * dv - cover.radius_square;
    const uint64_t low30 = (1u << 30) - 1, low60 = (uint64_t{1} << 60) - 1;
    EXPECT_EQ(field(90, 30), uint64_t(du) & low30);
    EXPECT_EQ(field(60, 30), uint64_t(dv) & low30);
    EXPECT_EQ(field(0, 60), uint64_t(excess) & low60);
  }

  // A cycle; `patience`: how rarely a client asks or takes.
  void step(bool supers, int patience) {
    dut.super_valid_i = supers && (dut.super_valid_i || random() % (8 * patience) == 0);
    dut.cube_valid_i = dut.cube_valid_i || random() % patience == 0;
    dut.cube_take_i = random() % patience == 0;
    dut.cube_origin_i = packed(next[0]);
    dut.super_origin_i = packed(next[1]);
    dut.eval();
    const bool super_in = dut.super_valid_i && dut.super_ready_o, cube_in = dut.cube_valid_i && dut.cube_ready_o;
    EXPECT_FALSE(super_in && cube_in);
    if (dut.super_done_o || (dut.cube_done_o && dut.cube_take_i)) {
      ASSERT_FALSE(under_way.empty());
      auto [super, ball] = under_way.front();
      under_way.pop_front();
      EXPECT_EQ(dut.super_done_o, super);
      EXPECT_EQ(super ? dut.super_none_o : dut.cube_none_o, ball.cover.empty);
      if (!super && !ball.cover.empty) expect_disc(ball.cover);
      taken++;
      none += ball.cover.empty;
      whole += ball.cover.whole;
      covered += !ball.cover.whole && !ball.cover.empty;
    }
    tick();
    if (super_in || cube_in) {
      under_way.push_back({super_in, next[super_in]});
      next[super_in] = draw(super_in);
      (super_in ? dut.super_valid_i : dut.cube_valid_i) = 0;
    }
  }

  void restart() {
    dut.super_valid_i = dut.cube_valid_i = 0;
    set_scene();
    next[0] = draw(false);
    next[1] = draw(true);
  }

  void drain() {
    for (int i = 0; i < 2000 && !under_way.empty() && !HasFailure(); i++) {
      dut.super_valid_i = dut.cube_valid_i = 0;
      dut.cube_take_i = 1;
      dut.eval();
      if (dut.super_done_o || dut.cube_done_o) under_way.pop_front();
      tick();
    }
    EXPECT_TRUE(under_way.empty());
  }
};

TEST_F(Cover, IsTheModelsInOrder) {
  for (int scene = 0; scene < 300 && !HasFailure(); scene++) {
    SCOPED_TRACE(scene);
    restart();
    const int patience = 1 + random() % 6;
    for (int i = 0; i < 1000 && !HasFailure(); i++) step(true, patience);
    drain();
  }
  EXPECT_GT(covered, 500);
  EXPECT_GT(whole, 100);
  EXPECT_GT(none, 500);
}

TEST_F(Cover, KeepsItsRate) {
  const double eye[3] = {100, 100, -300}, look[3] = {100, 100, 100};
  side_log2 = 2;
  ball_camera(random, eye, look, 100, 800, 4, camera);
  for (int i = 0; i < SAC_CAMERA_WORDS; i++) set_port_word(dut.camera_i, i, camera[i]);
  tile = {400 - Tile / 2, 400 - Tile / 2, 400 - Tile / 2 + Tile - 1, 400 - Tile / 2 + Tile - 1};
  dut.tile_i = uint64_t(tile.x0) << (15 + 2 * SideWidth) | uint64_t(tile.y0) << 2 * SideWidth | uint64_t(Tile - 1) << SideWidth | (Tile - 1);
  dut.side_log2_i = 2;
  next[0] = draw(false);
  for (int i = 0; i < 8000 && !HasFailure(); i++) step(false, 1);
  EXPECT_GE(taken, 8000 / (105.0 / G_Units) - 4) << "tests of balls before the eye";
}

}  // namespace
