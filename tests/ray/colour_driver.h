// SPDX-License-Identifier: Apache-2.0
// Stands for what surrounds sac_colour in its tests: the compositor (entries and group tokens), the sparse room (patches of a
// random field), the ray store (views) and the write-back (reads a tile when it is done). Dut is one of the benches.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sparse/blocks.h"

struct ColourEntry {
  int pixel, cell[3], fraction[3], weight;
};

struct ColourGroup {
  bool last, flush;
  int origin[3];
  std::vector<ColourEntry> entries;
};

struct ColourPixel {
  bool coloured = false;
  uint64_t sum[3] = {0, 0, 0};
  unsigned last[3] = {0, 0, 0};
};

// Hash of a few numbers: the random field.
inline uint32_t colour_hash(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  uint64_t x = a * 0x9e3779b97f4a7c15ull + b * 0xc2b2ae3d27d4eb4full + c * 0x165667b19e3779f9ull + d * 0x27d4eb2f165667c5ull;
  x ^= x >> 29, x *= 0xbf58476d1ce4e5b9ull, x ^= x >> 32;
  return static_cast<uint32_t>(x);
}
inline int16_t colour_texel(int plane, int v, int u, int component) {
  return static_cast<int16_t>(colour_hash(plane, v, u, component));
}
inline int16_t colour_view(int tile, int pixel, int axis) {
  return static_cast<int16_t>(colour_hash(1000 + tile, pixel, axis, 7));
}

template <typename Dut>
class ColourDriver : public ::testing::Test {
 protected:
  VerilatedContext context;
  Dut dut{&context};
  std::mt19937 random;
  int rows = 0, lanes = 0, tile_side = 0, cube_side = 0, entry_group = 0;
  int stall = 0;                          // one cycle in so many is lost at each handshake; 0: none
  const int size[3] = {70, 61, 52};       // the grid
  int product_shift = 15, phase_exponent = 2;
  // Work.
  std::vector<std::vector<ColourGroup>> tiles;
  std::vector<std::vector<ColourPixel>> pictures;  // what was read back, by tile
  // Counts.
  uint64_t cycle = 0, network_beats = 0, basis_beats = 0, entries = 0, vertices = 0, groups = 0;
  // Of the network; all beats from the first to the last of these.
  uint64_t first_beat = 0, last_beat = 0, beats_before = 0, beats_within = 0;

  unsigned pick(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random); }
  bool stalls() { return stall && pick(1, stall) == 1; }

  void SetUp() override {
    dut.rst_ni = 0, dut.clk_i = 0;
    dut.gx_i = size[0], dut.gy_i = size[1], dut.gz_i = size[2];
    dut.table_valid_i = dut.control_valid_i = dut.scene_start_i = dut.tile_start_i = dut.group_valid_i = 0;
    dut.entry_valid_i = dut.patch_ready_i = dut.patch_done_i = dut.write_valid_i = dut.read_i = 0;
    tick();
    tick();
    dut.rst_ni = 1;
    rows = dut.rows_o, lanes = dut.lanes_o, tile_side = dut.tile_o, cube_side = dut.side_o, entry_group = dut.entry_group_o;
  }

  void tick() {
    dut.clk_i = 0;
    dut.eval();
    if (dut.rst_ni) {
      cycle++;
      if (dut.network_beat_o) {
        if (!network_beats) first_beat = cycle, beats_before = basis_beats;
        last_beat = cycle, beats_within = network_beats + 1 + basis_beats - beats_before;
      }
      network_beats += dut.network_beat_o, basis_beats += dut.basis_beat_o;
      entries += dut.row_o, vertices += dut.vertex_o, groups += dut.group_o;
    }
    dut.clk_i = 1;
    dut.eval();
  }

  void table_entry(unsigned target, unsigned entry, const std::vector<uint32_t> &words) {
    for (size_t i = 0; i < words.size(); i++) {
      dut.table_valid_i = 1, dut.table_target_i = target, dut.table_entry_i = entry, dut.table_data_i = words[i];
      dut.table_last_i = i + 1 == words.size();
      tick();
    }
    dut.table_valid_i = 0;
  }
  void table_control(unsigned target, uint32_t control) {
    dut.control_valid_i = 1, dut.table_target_i = target, dut.table_data_i = control;
    tick();
    dut.control_valid_i = 0;
  }

  ColourEntry random_entry(int cells, const int (*where)[3]) {
    ColourEntry e{};
    e.pixel = pick(0, tile_side * tile_side - 1);
    const int *cell = where[pick(0, cells - 1)];
    for (int a = 0; a < 3; a++) e.cell[a] = cell[a], e.fraction[a] = pick(0, 255);
    e.weight = pick(1, 65536);
    return e;
  }

  // A group of entries in a few cells of a cube, neighbours often of one pixel.
  ColourGroup random_group(int count, int cells) {
    ColourGroup group{};
    int where[64][3];
    for (int a = 0; a < 3; a++) group.origin[a] = pick(0, (size[a] - 2) / cube_side - 1) * cube_side;
    for (int i = 0; i < cells; i++) for (int a = 0; a < 3; a++) where[i][a] = pick(0, cube_side - 1);
    for (int i = 0; i < count; i++) {
      ColourEntry e = random_entry(cells, where);
      if (i > 0 && pick(0, 2)) e.pixel = group.entries.back().pixel;
      if (i > 1 && pick(0, 3) == 0) e.pixel = group.entries[i - 2].pixel;
      group.entries.push_back(e);
    }
    return group;
  }

  static std::set<std::array<int, 3>> needed(const ColourGroup &group) {
    std::set<std::array<int, 3>> set;
    for (const ColourEntry &e : group.entries)
      for (int c = 0; c < 8; c++) set.insert({e.cell[0] + (c & 1), e.cell[1] + (c >> 1 & 1), e.cell[2] + (c >> 2)});
    return set;
  }

  struct Patch { int plane, u0, v0, nu, nv, at; };

  void set_write(const Patch &patch) {
    const int sub = patch.at % 3, u = patch.at / 3 % patch.nu, v = patch.at / 3 / patch.nu;
    dut.write_plane_i = patch.plane, dut.write_u_i = u, dut.write_v_i = v, dut.write_sub_i = sub;
    for (int i = 0; i < 8; i++) {
      const uint16_t low = colour_texel(patch.plane, patch.v0 + v, patch.u0 + u, 16 * sub + 2 * i);
      const uint16_t high = colour_texel(patch.plane, patch.v0 + v, patch.u0 + u, 16 * sub + 2 * i + 1);
      set_port_word(dut.write_values_i, i, low | uint32_t{high} << 16);
    }
  }

  void set_group(const ColourGroup &group) {
    dut.group_last_i = group.last, dut.group_flush_i = group.flush, dut.group_count_i = group.entries.size();
    dut.group_origin_i = group.origin[0] | group.origin[1] << 9 | group.origin[2] << 18;
    uint32_t words[23] = {};
    for (const auto &at : needed(group)) {
      const int bit = at[0] + (cube_side + 1) * (at[1] + (cube_side + 1) * at[2]);
      words[bit / 32] |= 1u << bit % 32;
    }
    for (int i = 0; i < 23; i++) set_port_word(dut.group_needed_i, i, words[i]);
  }

  void set_entry(const ColourEntry &e) {
    dut.entry_pixel_i = e.pixel, dut.entry_weight_i = e.weight;
    dut.entry_cell_i = e.cell[0] | e.cell[1] << 3 | e.cell[2] << 6;
    dut.entry_fraction_i = e.fraction[0] | e.fraction[1] << 8 | e.fraction[2] << 16;
  }

  // All tiles from start to read-back. Two tiles are open at a time if `overlap`, else one.
  void run(bool overlap) {
    std::deque<ColourGroup> waiting;         // tokens whose tile has started
    std::deque<ColourEntry> pending;
    std::deque<Patch> patches;
    std::deque<bool> reads;                  // read-back under way: age
    size_t started = 0, done = 0, written = 0;
    int tile_of[2] = {0, 0}, read_pixel = 0;
    std::deque<int> read_line;
    bool group_offered = false, entry_offered = false, view_asked = false;
    int view_tile = 0, view_pixel = 0;
    const int pixels = tile_side * tile_side;
    pictures.assign(tiles.size(), std::vector<ColourPixel>(pixels));
    dut.scene_start_i = 1;
    tick();
    dut.scene_start_i = 0;
    uint64_t limit = cycle + 3000000;
    while (written < tiles.size()) {
      ASSERT_LT(cycle, limit) << "no end: " << started << " started, " << done << " done, " << written << " written";
      // A tile starts.
      dut.tile_start_i = 0;
      if (started < tiles.size() && started < written + (overlap ? 2 : 1)) {
        dut.tile_start_i = 1;
        tile_of[started % 2] = static_cast<int>(started);
        for (const ColourGroup &group : tiles[started]) {
          waiting.push_back(group);
          for (const ColourEntry &e : group.entries) pending.push_back(e);
        }
        started++;
      }
      // What is offered stays until taken.
      group_offered = !waiting.empty() && (group_offered || !stalls());
      entry_offered = !pending.empty() && (entry_offered || !stalls());
      dut.group_valid_i = group_offered, dut.entry_valid_i = entry_offered;
      if (group_offered) set_group(waiting.front());
      if (entry_offered) set_entry(pending.front());
      // Patches, a word a cycle.
      dut.patch_ready_i = patches.size() < 4 && !stalls();
      dut.patch_done_i = dut.write_valid_i = 0;
      if (!patches.empty()) {
        Patch &front = patches.front();
        if (front.at == 3 * front.nu * front.nv) {
          dut.patch_done_i = 1;
          patches.pop_front();
        } else if (!stalls()) {
          dut.write_valid_i = 1;
          set_write(front);
          front.at++;
        }
      }
      // The view asked for in the last cycle; then it holds.
      if (view_asked)
        dut.view_i = uint64_t{uint16_t(colour_view(view_tile, view_pixel, 0))} |
                     uint64_t{uint16_t(colour_view(view_tile, view_pixel, 1))} << 16 |
                     uint64_t{uint16_t(colour_view(view_tile, view_pixel, 2))} << 32;
      // Read-back of the oldest tile that is done.
      dut.read_i = done > written && read_pixel < pixels;
      dut.read_context_i = written % 2, dut.read_pixel_i = read_pixel;
      read_line.push_back(dut.read_i ? read_pixel : -1);
      if (dut.read_i) read_pixel++;

      dut.clk_i = 0;
      dut.eval();
      if (read_line.size() > 2) {
        const int pixel = read_line.front();
        read_line.pop_front();
        if (pixel >= 0) {
          ColourPixel &p = pictures[written][pixel];
          p.coloured = dut.coloured_o;
          for (int ch = 0; ch < 3; ch++) {
            p.last[ch] = dut.last_o >> 16 * ch & 0xffff;
            for (int b = 0; b < 33; b++)
              if (port_word(dut.sum_o, (33 * ch + b) / 32) >> (33 * ch + b) % 32 & 1) p.sum[ch] |= uint64_t{1} << b;
          }
          if (pixel == pixels - 1) written++, read_pixel = 0;
        }
      }
      if (dut.group_valid_i && dut.group_ready_o) waiting.pop_front(), group_offered = false;
      if (dut.entry_valid_i && dut.entry_ready_o) pending.pop_front(), entry_offered = false;
      if (dut.patch_valid_o && dut.patch_ready_i)
        patches.push_back({dut.patch_plane_o, dut.patch_u0_o, dut.patch_v0_o, dut.patch_nu_o, dut.patch_nv_o, 0});
      view_asked = dut.view_en_o;
      if (view_asked) view_tile = tile_of[dut.view_context_o], view_pixel = dut.view_pixel_o;
      done += dut.tile_done_o;
      tick();
    }
    for (int i = 0; i < 50; i++) tick();
    EXPECT_FALSE(dut.busy_o);
    EXPECT_TRUE(pending.empty() && waiting.empty());
  }
};
