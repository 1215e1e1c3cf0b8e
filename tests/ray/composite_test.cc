// SPDX-License-Identifier: Apache-2.0
// verilate: sac_composite_bench tiny
// verilate: sac_composite_bench odd
// verilate: sac_composite_bench edge
// Compositing of every lane's pixels against the formulas of docs/architecture.md, section 3: entries, deaths, counters,
// and the state that stays, at one candidate a cycle and with gaps.
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_composite_bench.h"

extern "C" {
#include "sw/driver/tables.h"
}

namespace {

struct Pixel {
  int64_t exponent = 0, clear = 65536, carried = 0, depth = 0;
};

struct Outcome {
  bool contributes, entry, died;
  int x, y, place, fraction;
  int64_t weight;
};

class Composite : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_composite_bench dut{&context};
  std::mt19937 random{1};
  sac_function_table_t softplus, exp2;
  int tile = 0, lanes = 0;
  int termination = 66, carry = 1311;
  std::deque<Outcome> expected;
  size_t composed = 0, entries = 0, deaths = 0;

  void tick() {
    dut.eval();
    if (dut.rst_ni) Check();
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }

  void Check() {
    if (!dut.composed_o) {
      ASSERT_FALSE(dut.entry_valid_o || dut.died_valid_o || dut.contributing_o);
      return;
    }
    ASSERT_FALSE(expected.empty());
    const Outcome e = expected.front();
    expected.pop_front();
    composed++, entries += e.entry, deaths += e.died;
    ASSERT_EQ(dut.row_o, e.y);
    ASSERT_EQ(dut.contributing_o, e.contributes) << "candidate " << composed;
    ASSERT_EQ(dut.entry_valid_o, e.entry) << "candidate " << composed;
    ASSERT_EQ(dut.died_valid_o, e.died) << "candidate " << composed;
    if (e.entry) {
      ASSERT_EQ(dut.pixel_o, e.y * tile + e.x);
      ASSERT_EQ(dut.place_o, e.place);
      ASSERT_EQ(static_cast<int>(dut.fraction_o), e.fraction);
      ASSERT_EQ(static_cast<int64_t>(dut.weight_o), e.weight);
    }
    if (e.died) {
      ASSERT_EQ(dut.died_x_o, e.x);
      ASSERT_EQ(dut.died_y_o, e.y);
    }
  }

  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }

  void Load(const sac_function_table_t &table, int target) {
    dut.target_i = target;
    dut.control_valid_i = 1;
    dut.data_i = static_cast<uint16_t>(table.offset) | table.shift << 16 | table.low_end << 20 | table.high_end << 22;
    tick();
    dut.control_valid_i = 0;
    dut.table_valid_i = 1;
    for (int entry = 0; entry < SAC_TABLE_ENTRIES; entry++)
      for (int word = 0; word < 2; word++) {
        dut.entry_i = entry, dut.word_i = word;
        dut.data_i = static_cast<uint32_t>(word ? table.delta[entry] : table.base[entry]);
        tick();
      }
    dut.table_valid_i = 0;
  }

  // A candidate's cycle, in which the other context may be set up or written back.
  void TickWithOther() {
    const int kind = between(0, 3);
    dut.other_i = 1;
    dut.ray_valid_i = kind == 1, dut.state_read_i = kind == 2;
    tick();
    dut.other_i = dut.ray_valid_i = dut.state_read_i = 0;
  }

  void SetUp() override {
    dut.context_i = dut.other_i = 0;
    dut.clk_i = dut.rst_ni = dut.table_valid_i = dut.control_valid_i = dut.ray_valid_i = dut.valid_i = dut.state_read_i = 0;
    tick();
    for (int i = 0; i < 30; i++) tick();
    dut.rst_ni = 1;
    tile = dut.tile_o, lanes = dut.lanes_o;
    sac_table_softplus(&softplus, 0.5, -10.0, 9);
    sac_table_exp2(&exp2);
    Load(softplus, 0);
    Load(exp2, 1);
  }

  Outcome Next(Pixel *pixel, bool hit, int density, int k) {
    Outcome o = {};
    if (!hit || pixel->clear <= termination) return o;
    o.contributes = true;
    const int64_t s = std::max<int64_t>(0, sac_table_evaluate(&softplus, density));
    pixel->exponent = std::min<int64_t>(pixel->exponent + s, (1 << 25) - 1);
    const int64_t power = sac_table_evaluate(&exp2, static_cast<int32_t>(pixel->exponent & 0xfffff));
    const int64_t n = pixel->exponent >> 20, clear = n == 0 ? power : (power + (int64_t{1} << (n - 1))) >> n;
    o.weight = pixel->clear - clear;
    pixel->depth += o.weight * k;
    pixel->clear = clear;
    pixel->carried += o.weight;
    if (pixel->carried >= std::max(carry, 1)) {
      o.entry = true;
      o.weight = pixel->carried;
      pixel->carried = 0;
    }
    return o;
  }

  // Visits of all pixels of a lane, several times over.
  void Run(int lane, int visits, int gap) {
    dut.termination_i = termination, dut.carry_i = carry;
    dut.context_i = !dut.context_i;
    std::vector<Pixel> pixels(tile * tile);
    dut.ray_valid_i = 1;
    for (int y = 0; y < tile; y++)
      for (int x = lane; x < tile; x += lanes) dut.x_i = x, dut.y_i = y, tick();
    dut.ray_valid_i = 0;
    int k = 0;
    for (int visit = 0; visit < visits; visit++) {
      for (int y = 0; y < tile; y++)
        for (int x = lane; x < tile; x += lanes) {
          Pixel &pixel = pixels[y * tile + x];
          if (pixel.clear <= termination || between(0, 3) == 0) continue;
          const int n = between(1, 8);
          for (int i = 0; i < n; i++) {
            dut.valid_i = 1;
            dut.hit_i = between(0, 4) != 0, dut.first_i = i == 0, dut.last_i = i == n - 1;
            dut.x_i = x, dut.y_i = y, dut.k_i = k = (k + 1) % 4096;
            dut.place_i = between(0, 511), dut.fraction_i = between(0, (1 << 24) - 1);
            dut.density_i = between(0, 2) ? between(0, 9000) : between(-32768, 32767);
            Outcome o = Next(&pixel, dut.hit_i, static_cast<int16_t>(dut.density_i), k);
            o.died = dut.last_i && pixel.clear <= termination;
            o.x = x, o.y = y, o.place = dut.place_i, o.fraction = static_cast<int>(dut.fraction_i);
            expected.push_back(o);
            TickWithOther();
            dut.valid_i = 0;
            while (between(0, 99) < gap) tick();
            if (HasFatalFailure()) return;
          }
        }
      // The next cube begins when this one is composited.
      for (int i = 0; i < 32; i++) tick();
      ASSERT_TRUE(expected.empty());
    }
    for (int y = 0; y < tile; y++)
      for (int x = lane; x < tile; x += lanes) {
        dut.state_read_i = 1, dut.x_i = x, dut.y_i = y;
        tick();
        dut.state_read_i = 0;
        const Pixel &pixel = pixels[y * tile + x];
        ASSERT_EQ(dut.exponent_o, pixel.exponent) << x << ", " << y;
        ASSERT_EQ(dut.clear_o, pixel.clear);
        ASSERT_EQ(dut.carried_o, pixel.carried);
        ASSERT_EQ(dut.depth_o, pixel.depth & ((1 << 28) - 1));
      }
  }
};

TEST_F(Composite, LeavesEntriesDeathsAndStatesOfTheFormulas) {
  for (unsigned seed = 1; seed <= 6; seed++)
    for (int lane = 0; lane < lanes; lane++) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", lane " + std::to_string(lane));
      random.seed(seed);
      termination = seed % 3 == 0 ? 0 : 66 * seed;
      carry = seed % 2 ? 1311 : seed == 4 ? 0 : 65535;
      for (int visit = 0; visit < (tile > 32 ? 1 : 4); visit++) {
        Run(lane, 1 + visit, seed % 2 ? 0 : 30);
        if (HasFatalFailure()) return;
      }
    }
  EXPECT_GT(entries, 100u);
  EXPECT_GT(deaths, 20u);
}

}  // namespace
