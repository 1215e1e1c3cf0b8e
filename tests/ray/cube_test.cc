// SPDX-License-Identifier: Apache-2.0
// verilate: sac_cube_bench tiny
// verilate: sac_cube_bench odd
// verilate: sac_cube_bench edge
// The cubes of a tile from the directory to the samples, against docs/architecture.md 2.1 to 2.3 on random scenes: order,
// masks and discs of the cubes that are visited, counts at the decisions, what each cube knows of dead pixels (the
// configurations' lags differ), what is read from memory when the walk ends early, and that stages overlap.
#include <deque>

#include <gtest/gtest.h>

#include "Vsac_cube_bench.h"
#include "tests/ray/cube_scene.h"
#include "tests/sparse/blocks.h"

namespace {

class Cube : public ::testing::Test, protected CubeScene {
 protected:
  VerilatedContext context;
  Vsac_cube_bench dut{&context};
  int beat_bytes = 4;
  uint64_t cycles = 0;
  int stage_cycles = 0;  // of patches, vertices, samples each; 0: random

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
    cycles++;
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.clear_i = dut.ray_valid_i = dut.start_i = dut.read_ready_i = dut.data_valid_i = 0;
    dut.patch_ready_i = dut.patch_done_i = dut.vertex_done_i = dut.sample_done_i = dut.died_valid_i = 0;
    dut.eval();
    tick();
    tick();
    dut.rst_ni = 1;
    dut.eval();
    tile_side = int(dut.tile_side_o), lag = int(dut.lag_o), beat_bytes = int(dut.data_width_o) / 8;
    largest_side = int(dut.cube_side_o);
  }

  void set_scene() {
    uint32_t scene[16] = {};
    scene[1] = uint32_t(n[0]) | uint32_t(n[1]) << 10 | uint32_t(n[2]) << 20;
    scene[2] = 100 | uint32_t(side_log2) << 16;
    scene[12] = Walk, scene[13] = Masks;
    for (int i = 0; i < 16; i++) set_port_word(dut.scene_i, i, scene[i]);
    for (int i = 0; i < 32; i++) set_port_word(dut.camera_i, i, camera[i]);
    dut.tile_x_i = area.x0, dut.tile_y_i = area.y0, dut.last_x_i = area.x1 - area.x0, dut.last_y_i = area.y1 - area.y0;
    dut.clear_i = 1;
    tick();
    dut.clear_i = 0;
    const int width = area.x1 - area.x0 + 1;
    for (size_t p = 0; p < hit.size(); p++) {
      dut.ray_valid_i = 1, dut.ray_x_i = p % width, dut.ray_y_i = p / width, dut.ray_hit_i = hit[p];
      tick();
    }
    dut.ray_valid_i = 0;
  }

  // ---- Memory: requests in order, a beat when its time has come.
  struct Request { uint32_t address; int bytes, done; uint64_t due; };
  std::deque<Request> requests;
  int latency = 0;
  bool offered = false;
  void drive_memory() {
    dut.read_ready_i = requests.size() < 6 && random() % 3 > 0;
    dut.data_valid_i = !requests.empty() && requests.front().due <= cycles && (offered || latency == 0 || random() % 4 > 0);
    offered = dut.data_valid_i;
    if (!offered) return;
    const Request &r = requests.front();
    for (int w = 0; w < beat_bytes / 4; w++) {
      uint32_t word = 0;
      if (r.done + 4 * w < r.bytes) memcpy(&word, &memory.at(r.address + r.done + 4 * w), 4);
      set_port_word(dut.data_i, w, word);
    }
    dut.data_last_i = r.done + beat_bytes >= r.bytes;
  }
  void take_memory() {
    if (dut.data_valid_i && dut.data_ready_o) {
      requests.front().done += beat_bytes;
      if (dut.data_last_i) requests.pop_front();
      offered = false;
    }
    if (dut.read_valid_o && dut.read_ready_i) {
      requests.push_back({dut.read_address_o, dut.read_bytes_o, 0, cycles + uint64_t(latency ? within(1, latency) : 1)});
      got.bytes += dut.read_bytes_o;
    }
  }

  // ---- Patches, vertices, samples.
  int stage_time() { return stage_cycles ? stage_cycles : within(1, 60); }
  int asked, fetched, computed, sampled, plane_due, vertex_due, sample_at;
  int banks[64], sets[64];  // by visit mod 64
  bool sampling, vertex_busy;

  void drive_stages() {
    dut.patch_ready_i = random() % 3 > 0;
    dut.patch_done_i = fetched < asked && --plane_due <= 0;
    dut.vertex_done_i = vertex_busy && --vertex_due <= 0;
    dut.died_valid_i = dut.sample_done_i = 0;
    if (!sampling) return;
    const Visit &v = visits[sampled];
    const int count = (v.r.x1 - v.r.x0 + 1) * (v.r.y1 - v.r.y0 + 1), width = area.x1 - area.x0 + 1;
    if (sample_at < count) {
      const int x = v.r.x0 + sample_at % (v.r.x1 - v.r.x0 + 1), y = v.r.y0 + sample_at / (v.r.x1 - v.r.x0 + 1), p = y * width + x;
      dut.sample_row_i = y;
      dut.eval();
      const int number = sampled + 1;
      const bool alive = port_word(dut.sample_row_alive_o, x / 32) >> x % 32 & 1;
      EXPECT_EQ(alive, hit[p] && !(died[p] && died[p] <= number - lag)) << "pixel " << x << " " << y << " of cube " << number;
      // One that is dead already, and not known to be, is reported again.
      dut.died_valid_i = alive && died[p] && died[p] <= number;
      dut.died_x_i = x, dut.died_y_i = y;
      sample_at++;
    } else if (sample_at++ >= count + (stage_cycles ? stage_cycles - count : 0) && (stage_cycles || random() % 16 == 0)) {
      dut.sample_done_i = 1;
    }
  }

  void take_stages() {
    if (dut.patch_done_i) fetched++, plane_due = stage_time() / 3;
    if (dut.patch_valid_o && dut.patch_ready_i) {
      ASSERT_LT(asked / 3, int(visits.size()));
      const Visit &v = visits[asked / 3];
      const int plane = asked % 3, u = plane == 2 ? 1 : 0, w = plane == 0 ? 1 : 2;
      EXPECT_EQ(dut.patch_plane_o, plane);
      EXPECT_EQ(dut.patch_u_o, v.origin[u]);
      EXPECT_EQ(dut.patch_v_o, v.origin[w]);
      EXPECT_EQ(dut.patch_nu_o, std::min(side + 1, n[u] - v.origin[u]));
      EXPECT_EQ(dut.patch_nv_o, std::min(side + 1, n[w] - v.origin[w]));
      if (fetched == asked) plane_due = stage_time() / 3;
      asked++;
    }
    if (dut.vertex_done_i) computed++, vertex_busy = false;
    if (dut.vertex_start_o) {
      EXPECT_FALSE(vertex_busy);
      EXPECT_GE(fetched, 3 * (computed + 1)) << "patches are there";
      const Visit &v = visits.at(computed);
      EXPECT_EQ(dut.vertex_origin_o, uint32_t(v.origin[0]) | uint32_t(v.origin[1]) << 10 | uint32_t(v.origin[2]) << 20);
      sets[computed % 64] = dut.vertex_set_o;
      if (sampling || computed > sampled) EXPECT_NE(sets[computed % 64], sets[(computed - 1) % 64]) << "set in use";
      vertex_busy = true, vertex_due = stage_time();
    }
    if (dut.sample_done_i) sampling = false, sampled++;
    if (dut.sample_start_o) {
      EXPECT_FALSE(sampling);
      ASSERT_LT(sampled, computed) << "vertices are there";
      const Visit &v = visits.at(sampled);
      EXPECT_EQ(dut.sample_origin_o, uint32_t(v.origin[0]) | uint32_t(v.origin[1]) << 10 | uint32_t(v.origin[2]) << 20);
      EXPECT_EQ(dut.sample_set_o, sets[sampled % 64]);
      EXPECT_EQ(dut.x0_o, v.r.x0);
      EXPECT_EQ(dut.x1_o, v.r.x1);
      EXPECT_EQ(dut.y0_o, v.r.y0);
      EXPECT_EQ(dut.y1_o, v.r.y1);
      for (int i = 0; i < side * side * side; i++) {
        const bool bit = port_word(dut.sample_mask_o, i / 32) >> i % 32 & 1;
        EXPECT_EQ(bit, v.mask[i]) << "mask bit " << i;
        if (bit != v.mask[i]) return;
      }
      sampling = true, sample_at = 0;
    }
    got.dead += dut.dead_o;
    if (dut.counted_o) {
      got.supers += dut.supers_o;
      got.cubes += dut.empty_o + dut.covered_o;
      got.tests += dut.tests_o + dut.empty_o + dut.covered_o;
    }
  }

  void run() {
    expect();
    set_scene();
    got = {};
    asked = fetched = computed = sampled = 0, plane_due = 0;
    sampling = vertex_busy = false;
    const uint64_t from = cycles;
    bool done = false;
    dut.start_i = 1;
    while (!done && cycles - from < 400000 && !HasFailure()) {
      drive_memory();
      drive_stages();
      dut.eval();
      done = dut.done_o;
      take_memory();
      take_stages();
      tick();
      dut.start_i = 0;
    }
    EXPECT_TRUE(done);
    EXPECT_TRUE(requests.empty());
    EXPECT_EQ(sampled, int(visits.size()));
    EXPECT_EQ(got, want);
    cycles -= from;
  }
};

TEST_F(Cube, VisitsInOrderWithTheLag) {
  int visited = 0, dead = 0, early = 0;
  for (int seed = 1; seed <= 100 && !HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    make_scene(within(1, 80));
    deadly = within(0, 5) ? within(1, 4) : 0;
    latency = within(0, 1) ? within(1, 200) : 0;
    run();
    visited += int(visits.size()), dead += want.dead;
    early += want.supers > 0 && want.supers < supers[0] * supers[1] * supers[2];
  }
  EXPECT_GT(visited, 300);
  EXPECT_GT(dead, 50);
  EXPECT_GT(early, 5);
}

TEST_F(Cube, StagesOverlap) {
  // Nothing dies: the time of the longest stage a cube, once the pipeline is full; one after the other they take three.
  random.seed(7);
  do make_scene(40); while (area.x1 - area.x0 < 3 || (expect(), visits.size() < 40));
  hit.assign(hit.size(), 1);
  deadly = 0, latency = 60, stage_cycles = 300;
  run();
  const double each = double(cycles) / double(visits.size());
  const double bound = lag > 2 ? 360 : lag > 1 ? 800 : 1200;
  EXPECT_LT(each, bound);
}

}  // namespace
