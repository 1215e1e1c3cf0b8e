// SPDX-License-Identifier: Apache-2.0
// A random scene of cubes in device memory, a tile with its rays, and what docs/architecture.md 2.1 to 2.3 say of its
// walk: the cubes visited in order, the work counted, the bytes read. Pixels die by a rule of their own.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>
#include <random>
#include <vector>

#include "tests/ray/ball_camera.h"

extern "C" {
#include "model/ray/cover.h"
}

struct Visit {
  int origin[3];
  std::vector<bool> mask;
  sac_rectangle_t r;  // in the tile
};

struct Work {
  int supers = 0, cubes = 0, tests = 0, dead = 0, bytes = 0;
  bool operator==(const Work &o) const {
    return supers == o.supers && cubes == o.cubes && tests == o.tests && dead == o.dead && bytes == o.bytes;
  }
};
inline std::ostream &operator<<(std::ostream &out, const Work &w) {
  return out << w.supers << " super-cubes, " << w.cubes << " cubes, " << w.tests << " tests, " << w.dead << " dead, "
             << w.bytes << " bytes";
}

struct CubeScene {
  std::mt19937 random{3};
  int tile_side = 0, lag = 1, largest_side = 4;  // of the machine
  // Scene.
  int n[3], cubes[3], supers[3], eye_cube[3], side_log2, side;
  uint32_t camera[SAC_CAMERA_WORDS];
  std::vector<uint8_t> memory;
  static constexpr uint32_t Walk = 4096, Masks = 1 << 20;
  sac_rectangle_t area;
  // Pixels of the tile.
  std::vector<int> hit, died;
  int deadly;  // a visited pixel dies in one cube of so many; 0: never
  // Expected.
  std::vector<Visit> visits;
  Work want, got;

  int within(int low, int high) { return low + int(random() % unsigned(high - low + 1)); }

  void put(uint32_t address, uint32_t word) {
    if (memory.size() < address + 4) memory.resize(address + 4);
    memcpy(&memory[address], &word, 4);
  }

  int super_index(const int s[3]) const { return (s[2] * supers[1] + s[1]) * supers[0] + s[0]; }
  uint64_t bitmap_of(const int s[3]) const {
    uint64_t bits;
    memcpy(&bits, &memory[Walk + 16 * super_index(s)], 8);
    return bits;
  }
  int mask_bytes() const { return side_log2 < 2 ? 1 : side_log2 == 2 ? 8 : 64; }

  void make_scene(int density) {
    side_log2 = within(0, largest_side == 8 ? 3 : 2), side = 1 << side_log2;
    for (int a = 0; a < 3; a++) {
      n[a] = within(2, 4 * 5 * side + 2);
      cubes[a] = (n[a] - 2 + side) >> side_log2, supers[a] = (cubes[a] + 3) / 4;
    }
    memory.clear();
    uint32_t offset = 0;
    int s[3];
    for (s[2] = 0; s[2] < supers[2]; s[2]++) for (s[1] = 0; s[1] < supers[1]; s[1]++) for (s[0] = 0; s[0] < supers[0]; s[0]++) {
      uint64_t bits = 0;
      for (int b = 0; b < 64; b++) {
        const int at[3] = {4 * s[0] + b % 4, 4 * s[1] + b / 4 % 4, 4 * s[2] + b / 16};
        if (at[0] < cubes[0] && at[1] < cubes[1] && at[2] < cubes[2] && within(1, 100) <= density) bits |= uint64_t{1} << b;
      }
      if (within(0, 2) == 0) bits = 0;
      const uint32_t entry = Walk + 16 * uint32_t(super_index(s));
      put(entry, uint32_t(bits)), put(entry + 4, uint32_t(bits >> 32)), put(entry + 8, offset), put(entry + 12, 0);
      const int bytes = (__builtin_popcountll(bits) * mask_bytes() + 3) / 4 * 4;
      for (int i = 0; i < bytes; i += 4) put(Masks + offset + i, random());
      offset += bytes;
    }
    put(Masks + offset + 64, 0);
    const int width = within(1, tile_side), height = within(1, tile_side);
    area = {within(0, 90), within(0, 90), 0, 0};
    area.x1 = area.x0 + width - 1, area.y1 = area.y0 + height - 1;
    double eye[3], look[3];
    for (int a = 0; a < 3; a++) eye[a] = within(-2 * n[a], 3 * n[a]), look[a] = within(0, n[a] - 1) + 0.5;
    ball_camera(random, eye, look, within(60, 400), 100, side, camera);
    for (int a = 0; a < 3; a++) {
      int cell = int32_t(camera[9 + a]) >> 15;
      eye_cube[a] = (cell < 0 ? 0 : cell > n[a] - 2 ? n[a] - 2 : cell) >> side_log2;
    }
    hit.assign(width * height, 0), died.assign(width * height, 0);
    for (int &h : hit) h = within(0, 9) > 0;
    if (within(0, 9) == 0) hit.assign(hit.size(), 0);
  }

  bool known(int number, int pixel) const { return hit[pixel] && !(died[pixel] && died[pixel] <= number - lag); }
  bool any_known(int number) const {
    for (size_t p = 0; p < hit.size(); p++) if (known(number, int(p))) return true;
    return false;
  }
  bool dies(int number, int pixel) const {
    return deadly && (uint32_t(number) * 2654435761u ^ uint32_t(pixel) * 40503u) / 7 % uint32_t(deadly) == 0;
  }

  static std::vector<int> outward(int eye, int low, int high) {
    std::vector<int> order;
    const int from = eye < low ? low : eye > high ? high : eye;
    for (int i = from; i <= high; i++) order.push_back(i);
    for (int i = from - 1; i >= low; i--) order.push_back(i);
    return order;
  }

  sac_cover_t cover_of(const int origin[3], bool super) const {
    return sac_cover(camera, origin, super ? 4 * side : side,
                     sac_field_get(camera, super ? SAC_CAMERA_RADIUS_SUPER : SAC_CAMERA_RADIUS_CUBE), area);
  }

  // The walk in words; deaths are left in `died`.
  void expect() {
    want = {};
    visits.clear();
    std::vector<std::array<int, 3>> order;
    for (int z : outward(eye_cube[2] / 4, 0, supers[2] - 1)) for (int y : outward(eye_cube[1] / 4, 0, supers[1] - 1))
      for (int x : outward(eye_cube[0] / 4, 0, supers[0] - 1)) order.push_back({x, y, z});
    size_t looked = 0;
    bool ended = false;
    for (; looked < order.size() && !ended; ) {
      if (!any_known(int(visits.size()) + 1)) break;
      const int *s = order[looked++].data();
      want.supers++;
      const uint64_t bits = bitmap_of(s);
      if (!bits) continue;
      want.tests++;
      const int low[3] = {4 * s[0], 4 * s[1], 4 * s[2]}, origin[3] = {low[0] * side, low[1] * side, low[2] * side};
      if (cover_of(origin, true).empty) continue;
      int high[3];
      for (int a = 0; a < 3; a++) high[a] = std::min(low[a] + 3, cubes[a] - 1);
      for (int z : outward(eye_cube[2], low[2], high[2])) for (int y : outward(eye_cube[1], low[1], high[1]))
        for (int x : outward(eye_cube[0], low[0], high[0])) {
          const int bit = x % 4 + 4 * (y % 4) + 16 * (z % 4);
          if (ended || !(bits >> bit & 1)) continue;
          if (!any_known(int(visits.size()) + 1)) ended = true;
          if (!ended) visit({x * side, y * side, z * side}, s, bits, bit);
        }
    }
    if (looked == 0) return;
    const size_t row = size_t(supers[0]), rows = order.size() / row, begun = (looked - 1) / row + 1;
    for (size_t i = 0; i < std::min(begun + 8, rows) * row; i++) {
      const int *s = order[i].data(), origin[3] = {4 * side * s[0], 4 * side * s[1], 4 * side * s[2]};
      if (i % row == 0) want.bytes += 16 * supers[0];
      if (bitmap_of(s) && !cover_of(origin, true).empty)
        want.bytes += (__builtin_popcountll(bitmap_of(s)) * mask_bytes() + 3) / 4 * 4;
    }
  }

  void visit(std::array<int, 3> origin, const int s[3], uint64_t bits, int bit) {
    want.cubes++, want.tests++;
    const sac_cover_t cover = cover_of(origin.data(), false);
    if (cover.empty) return;
    const int number = int(visits.size()) + 1, width = area.x1 - area.x0 + 1;
    const sac_rectangle_t r = {cover.rectangle.x0 - area.x0, cover.rectangle.y0 - area.y0,
                               cover.rectangle.x1 - area.x0, cover.rectangle.y1 - area.y0};
    bool any = false;
    for (int y = r.y0; y <= r.y1; y++) for (int x = r.x0; x <= r.x1; x++) any |= known(number, y * width + x);
    want.dead += !any;
    if (!any) return;
    Visit v = {{origin[0], origin[1], origin[2]}, {}, r};
    uint32_t offset;
    memcpy(&offset, &memory[Walk + 16 * super_index(s) + 8], 4);
    offset += uint32_t(__builtin_popcountll(bits & ((uint64_t{1} << bit) - 1)) * mask_bytes());
    for (int i = 0; i < 8 * mask_bytes(); i++) v.mask.push_back(memory[Masks + offset + i / 8] >> i % 8 & 1);
    visits.push_back(v);
    for (int y = r.y0; y <= r.y1; y++) for (int x = r.x0; x <= r.x1; x++) {
      const int p = y * width + x;
      if (known(number, p) && !died[p] && dies(number, p)) died[p] = number;
    }
  }
};
