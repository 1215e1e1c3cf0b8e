// SPDX-License-Identifier: Apache-2.0
// verilate: sac_colour_rate_bench edge
// While there are entries the widest array works in nearly every cycle: 64 rows, 128 lanes, 281 beats a batch.
#include "Vsac_colour_rate_bench.h"
#include "colour_driver.h"

namespace {

class ColourRate : public ColourDriver<Vsac_colour_rate_bench> {
 protected:
  void fill(int tile_count, int groups_a_tile, int count, int cells) {
    for (int t = 0; t < tile_count; t++) {
      std::vector<ColourGroup> tile;
      for (int g = 0; g < groups_a_tile; g++) tile.push_back(random_group(count, cells));
      ColourGroup end{};
      end.last = true, end.flush = t == tile_count - 1;
      tile.push_back(end);
      tiles.push_back(tile);
    }
  }
  // Share of the cycles between the first and the last network beat in which the array issues a beat.
  double busy() {
    run(true);
    const double share = double(beats_within) / double(last_beat - first_beat + 1);
    std::printf("  %.1f %% of %llu cycles; %.2f cycles an entry, %.2f a vertex\n", 100 * share,
                static_cast<unsigned long long>(last_beat - first_beat + 1), double(last_beat - first_beat) / double(entries),
                double(last_beat - first_beat) / double(vertices));
    return share;
  }
};

TEST_F(ColourRate, KeepsTheArrayBusyWithGroupsOfManyEntries) {
  fill(2, 12, 256, 4);
  EXPECT_GE(busy(), 0.95);
}

TEST_F(ColourRate, KeepsTheArrayBusyWithTheUsualGroups) {
  fill(2, 60, 50, 4);
  EXPECT_GE(busy(), 0.95);
}

TEST_F(ColourRate, TakesNoMoreCyclesForAVertexThanItsProducts) {
  fill(2, 60, 8, 8);
  busy();
  EXPECT_LE(double(last_beat - first_beat), 9.5 * double(vertices));
}

}  // namespace
