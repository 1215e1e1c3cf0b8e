// SPDX-License-Identifier: Apache-2.0
// verilate: sac_ray tiny Units=2
// verilate: sac_ray odd Units=3
// verilate: sac_ray ecp5 Units=1
// verilate: sac_ray edge Units=8
// Ray set-up of whole tiles against the model's rays, bit for bit: random cameras, axes along which a ray does not
// move, eyes inside the box, boxes that are missed; order of the rays and the cycles they take.
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_ray.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "model/ray/ray.h"
#include "saccade/regs.h"
}

namespace {

int width_of(uint64_t values) {
  int bits = 0;
  while ((uint64_t{1} << bits) < values) bits++;
  return bits;
}

template <typename T> uint64_t port_bits(const T &port, unsigned at, unsigned count) {
  uint64_t value = 0;
  for (unsigned i = 0; i < count; i++) value |= uint64_t{port_word(port, (at + i) / 32) >> (at + i) % 32 & 1} << i;
  return value;
}

class Ray : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_ray dut{&context};
  std::mt19937 random;
  uint32_t scene[SAC_SCENE_WORDS] = {}, camera[SAC_CAMERA_WORDS] = {};
  int tile = G_Units == 8 ? 64 : G_Units == 3 ? 13 : 16;  // of the configurations above
  int misses = 0, hits = 0;

  int64_t within(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.start_i = 0;
    dut.eval();
    tick();
    tick();
    dut.rst_ni = 1;
    tick();
  }

  void randomise_scene() {
    for (auto &word : scene) word = 0;
    for (uint32_t field : {SAC_SCENE_GX, SAC_SCENE_GY, SAC_SCENE_GZ})
      sac_field_put(scene, field, within(0, 3) ? within(2, 512) : within(2, 4));
    sac_field_put(scene, SAC_SCENE_NEAR, within(0, 1) ? 0 : within(0, 200 << 12));
    sac_field_put(scene, SAC_SCENE_FAR, within(0, 7) ? within(100 << 12, 2000 << 12) : 0xffffffff);
    for (int a = 0; a < 3; a++) scene[5 + a] = within(0, 3) ? within(1 << 22, 1 << 24) : within(0, (1 << 24) - 1);
  }

  // kind: 0 outside and looking at the box, 1 outside and looking anywhere, 2 eye inside, 3 along an axis, 4 hardly a
  // direction at all.
  void randomise_camera(int kind, int last) {
    int64_t n[3] = {sac_field_get(scene, SAC_SCENE_GX), sac_field_get(scene, SAC_SCENE_GY), sac_field_get(scene, SAC_SCENE_GZ)};
    for (auto &word : camera) word = static_cast<uint32_t>(random());
    int axis = within(0, 2), sign = within(0, 1) ? 1 : -1;
    for (int a = 0; a < 3; a++) {
      int64_t eye = within(0, n[a] << 15), v0 = within(-(1 << 27), 1 << 27), span = within(0, (1 << 27) / (last + 1));
      if (kind < 2) eye = within(-(900 << 15), 900 << 15);
      if (kind == 0) v0 = ((n[a] << 14) - eye) << 2;
      if (kind == 3 && a != axis) v0 = 0;
      if (kind == 3 && a == axis) v0 = sign * within(1 << 20, 1 << 27), eye = sign > 0 ? -(50 << 15) : (n[a] + 50) << 15;
      if (kind == 3) span = within(0, 3);
      if (kind == 4) v0 = within(-40, 40), span = within(0, 2);
      camera[a] = static_cast<uint32_t>(v0);
      camera[3 + a] = static_cast<uint32_t>(within(0, 1) ? span : -span);
      camera[6 + a] = kind == 3 && a == axis ? 0 : static_cast<uint32_t>(within(-span, span));
      camera[9 + a] = static_cast<uint32_t>(eye);
    }
  }

  void expect_ray(int i, int j) {
    sac_ray_t ray;
    sac_ray_setup(&ray, scene, camera, i, j);
    for (int a = 0; a < 3; a++) {
      ASSERT_EQ(static_cast<int32_t>(port_bits(dut.line_o, 114 + 32 * a, 32)), ray.position[a]);
      ASSERT_EQ(static_cast<int32_t>(port_bits(dut.line_o, 54 + 20 * a, 20) << 12) >> 12, ray.step[a]);
      ASSERT_EQ(static_cast<int>(port_bits(dut.line_o, 18 * a, 18)), std::abs(ray.inverse[a]));
      ASSERT_EQ(static_cast<int16_t>(port_bits(dut.view_o, 16 * a, 16)), ray.view[a]);
    }
    ASSERT_EQ(port_bits(dut.depth_o, 0, 32), static_cast<uint64_t>(ray.k_in));
    ASSERT_EQ(port_bits(dut.depth_o, 32, 1), ray.hit);
    (ray.hit ? hits : misses)++;
  }

  // The cycles that the tile takes.
  int run(int x, int y, int width, int height) {
    const int side = width_of(tile);
    for (int w = 0; w < SAC_SCENE_WORDS; w++) set_port_word(dut.scene_i, w, scene[w]);
    for (int w = 0; w < SAC_CAMERA_WORDS; w++) set_port_word(dut.camera_i, w, camera[w]);
    dut.tile_i = ((uint64_t(x) << 15 | y) << side | (width - 1)) << side | (height - 1);
    dut.start_i = 1;
    tick();
    dut.start_i = 0;
    int cycles = 1, rays = 0;
    for (; !dut.done_o && cycles < 200 * (width * height + 4); cycles++) {
      if (dut.valid_o) {
        const int i = rays % width, j = rays / width;
        rays++;
        EXPECT_EQ(dut.x_o, i);
        EXPECT_EQ(dut.y_o, j);
        EXPECT_EQ(dut.pixel_o, j * tile + i);
        SCOPED_TRACE("pixel " + std::to_string(i) + ", " + std::to_string(j));
        expect_ray(x + i, y + j);
        if (HasFailure()) return cycles;
      }
      EXPECT_TRUE(dut.busy_o);
      tick();
    }
    EXPECT_TRUE(dut.done_o);
    EXPECT_EQ(rays, width * height);
    tick();
    EXPECT_FALSE(dut.busy_o);
    return cycles;
  }
};

TEST_F(Ray, IsTheModelsRayForEveryKindOfCamera) {
  for (unsigned seed = 1; seed <= 150; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    const int width = within(1, tile), height = within(1, std::max(1, 150 / width < tile ? 150 / width : tile));
    const int x = seed % 4 ? within(0, 800) : within(0, 32000 - tile), y = within(0, 800);
    randomise_scene();
    randomise_camera(seed % 5, std::max(x, y) + tile);
    run(x, y, width, height);
    if (HasFailure()) return;
  }
  EXPECT_GT(hits, 1000);
  EXPECT_GT(misses, 1000);
}

TEST_F(Ray, TakesItsShareOfTheUnitsTime) {
  random.seed(1);
  randomise_scene();
  randomise_camera(0, 2 * tile);
  const int cycles = run(0, 0, tile, tile), period = 43;
  EXPECT_LE(cycles, (tile * tile + G_Units - 1) / G_Units * period + 3 * period);
  if (G_Units == 8) EXPECT_LE(cycles, 6 * tile * tile);
}

}  // namespace
