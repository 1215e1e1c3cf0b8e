// SPDX-License-Identifier: Apache-2.0
// verilate: sac_sqrt tiny RootWidth=28
// verilate: sac_sqrt odd RootWidth=5
// The integer square root against its definition, and its time.
#include "Vsac_sqrt.h"
#include "tests/lib/random.h"

namespace {

TEST(Sqrt, IsTheFloorOfTheRootInRootWidthAndOneCycles) {
  Random random(1, "lib_sqrt");
  SCOPED_TRACE(random.rerun);
  Clocked<Vsac_sqrt> dut;
  dut.Reset();
  for (int i = 0; i < 4000 && !testing::Test::HasFailure(); i++) {
    uint64_t value = random.Bits(2 * G_RootWidth);
    if (i % 4 == 1) {  // around a square
      const uint64_t root = random.Bits(G_RootWidth);
      value = root * root - (root && random.Chance(50));
    }
    if (i == 0) value = (2ull << (2 * G_RootWidth - 1)) - 1;
    dut->value_i = value;
    dut->start_i = 1;
    dut->eval();
    ASSERT_FALSE(dut->busy_o);
    dut.Tick();
    dut->start_i = random.Chance(30);  // not taken while busy
    dut->value_i = random();
    int cycles = 1;
    for (; !dut->done_o && cycles < 200; cycles++) dut.Tick();
    dut->start_i = 0;
    ASSERT_EQ(cycles, G_RootWidth + 1);
    const uint64_t root = dut->root_o;
    ASSERT_LE(root * root, value);
    ASSERT_GT(static_cast<unsigned __int128>(root + 1) * (root + 1), value);
    for (unsigned wait = static_cast<unsigned>(random.Pick(0, 3)); wait > 0; wait--) dut.Tick();
    ASSERT_EQ(dut->root_o, root);
  }
}

}  // namespace
