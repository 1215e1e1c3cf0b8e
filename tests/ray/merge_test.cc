// SPDX-License-Identifier: Apache-2.0
// verilate: sac_merge_bench tiny
// verilate: sac_merge_bench odd
// verilate: sac_merge_bench edge
// The order of entries and the group tokens of the merge, whatever the pace of lanes and of colour: row by row, within a
// row lane by lane; groups by count and by cube, with the vertices that their entries need.
#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_merge_bench.h"

namespace {

struct Item {
  bool last;
  int row, number;
};

struct Group {
  bool last;
  int count, origin;
  std::vector<uint32_t> needed;
};

class Merge : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_merge_bench dut{&context};
  std::mt19937 random{1};
  int lanes = 0, entry_group = 0, side = 0, tile = 0;
  std::vector<std::deque<Item>> lane_items;  // what lanes will push, `last` items between cubes
  std::deque<std::pair<bool, int>> works;    // end of tile, origin
  std::vector<int> numbers;                  // expected entries
  std::vector<Group> groups;                 // expected tokens
  int entry_cycles = 0;

  void tick() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.work_valid_i = dut.push_i = dut.entry_ready_i = dut.group_ready_i = dut.progress_i = 0;
    tick();
    tick();
    dut.rst_ni = 1;
    tick();
    lanes = dut.lanes_o, entry_group = dut.entry_group_o, side = dut.vertex_side_o, tile = dut.tile_o;
    lane_items.resize(lanes);
  }

  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

  void Need(Group *group, int number) {
    const int mask = side - 2, at[3] = {number & mask, number >> 3 & mask, number >> 6 & mask};
    for (int c = 0; c < 8; c++) {
      const int bit = at[0] + (c & 1) + side * (at[1] + (c >> 1 & 1) + side * (at[2] + (c >> 2)));
      group->needed[bit / 32] |= 1u << bit % 32;
    }
  }

  // A cube whose lanes leave up to `most` entries a row.
  void Cube(int origin, int rows, int most) {
    Group open = {false, 0, origin, std::vector<uint32_t>(24)};
    auto close = [&] {
      if (open.count) groups.push_back(open);
      open.count = 0;
      open.needed.assign(24, 0);
    };
    for (int row = 0; row < rows; row++)
      for (int lane = 0; lane < lanes; lane++) {
        const int n = between(0, 2) ? 0 : between(0, most);
        for (int i = 0; i < n; i++) {
          const int number = between(0, 65535);
          lane_items[lane].push_back({false, row, number});
          numbers.push_back(number);
          Need(&open, number);
          if (++open.count == entry_group) close();
        }
      }
    close();
    for (auto &items : lane_items) items.push_back({true, 0, between(0, 65535)});
    works.push_back({false, origin});
  }

  void TileEnd() {
    const int flush = between(0, 1);  // bit 0 of the origin
    works.push_back({true, flush});
    groups.push_back({true, 0, flush, std::vector<uint32_t>(24)});
  }

  // Lanes push, works are announced, colour takes, each at its own pace (percent).
  void Run(int lane_pace, int colour_pace) {
    std::vector<int> row(lanes), begun(lanes);  // cubes whose items a lane may leave: those announced
    size_t entry = 0, group = 0;
    int available = 0, announced = 0, idle = 0;
    for (int cycle = 0; (entry < numbers.size() || group < groups.size()) && idle < 5000; cycle++, idle++) {
      dut.work_valid_i = !works.empty() && between(0, 99) < lane_pace;
      if (dut.work_valid_i) {
        dut.tile_end_i = works.front().first;
        dut.origin_x_i = works.front().second;
      }
      dut.push_i = 0;
      dut.eval();
      for (int lane = 0; lane < lanes; lane++) {
        auto &items = lane_items[lane];
        const bool push = !items.empty() && begun[lane] < announced && (dut.room_o >> lane & 1) && between(0, 99) < lane_pace;
        // Progress: composited up to here; as good as possible, or as bad.
        if (!items.empty() && begun[lane] < announced && !items.front().last && between(0, 1)) row[lane] = items.front().row;
        dut.progress_i &= ~(uint64_t{255} << 8 * lane);
        dut.progress_i |= static_cast<uint64_t>(row[lane]) << 8 * lane;
        if (!push) continue;
        dut.push_i |= 1 << lane;
        dut.last_i = (dut.last_i & ~(1 << lane)) | items.front().last << lane;
        dut.row_i = (dut.row_i & ~(uint64_t{255} << 8 * lane)) | static_cast<uint64_t>(items.front().row) << 8 * lane;
        dut.number_i[lane / 2] = (dut.number_i[lane / 2] & ~(0xffffu << 16 * (lane % 2))) |
                                 static_cast<uint32_t>(items.front().number) << 16 * (lane % 2);
        if (items.front().last) row[lane] = 0, begun[lane]++;
        items.pop_front();
      }
      // Colour takes a token first, then as many entries.
      dut.group_ready_i = available == 0 && between(0, 99) < colour_pace;
      dut.entry_ready_i = available > 0 && between(0, 99) < colour_pace;
      dut.eval();
      if (dut.work_valid_i && dut.work_ready_o) {
        announced += !works.front().first;
        works.pop_front();
      }
      if (dut.group_valid_o && dut.group_ready_i) {
        ASSERT_LT(group, groups.size());
        const Group &expected = groups[group++];
        ASSERT_EQ(dut.group_last_o, expected.last) << "group " << group;
        ASSERT_EQ(dut.group_count_o, expected.count) << "group " << group;
        if (!expected.last) ASSERT_EQ(dut.group_origin_o, expected.origin);
        ASSERT_EQ(dut.group_flush_o, expected.last && expected.origin);
        for (int i = 0; i < 24; i++) ASSERT_EQ(dut.group_needed_o[i], expected.needed[i]) << "group " << group;
        available = expected.count;
        idle = 0;
      }
      if (dut.entry_valid_o && dut.entry_ready_i) {
        ASSERT_LT(entry, numbers.size());
        ASSERT_EQ(static_cast<int>(dut.entry_weight_o), numbers[entry]) << "entry " << entry;
        entry++;
        available--;
        idle = 0;
      }
      tick();
      entry_cycles++;
    }
    EXPECT_EQ(entry, numbers.size());
    EXPECT_EQ(group, groups.size());
    numbers.clear();
    groups.clear();
  }
};

TEST_F(Merge, BringsEntriesIntoOneOrderAtAnyPace) {
  for (unsigned seed = 1; seed <= 30; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random.seed(seed);
    for (int cube = between(1, 6); cube > 0; cube--) {
      Cube(between(0, 511), between(1, tile), seed % 5 == 0 ? 3 * entry_group : 9);
      if (between(0, 4) == 0) TileEnd();
    }
    TileEnd();
    Run(seed % 3 ? 100 : 30, seed % 4 ? 100 : 20);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Merge, TakesAnEntryACycle) {
  for (int i = 0; i < 10; i++) Cube(i, tile, entry_group / 4);
  TileEnd();
  const int entries = static_cast<int>(numbers.size());
  Run(100, 100);
  // The first token comes when its group is full; from there on colour, as it is played here, takes a token and then its
  // entries: a cycle or two more a group, of which each of the ten cubes may end one early.
  EXPECT_LE(entry_cycles, entries + entry_group + 2 * (entries / entry_group + 10) + 30) << entries;
}

}  // namespace
