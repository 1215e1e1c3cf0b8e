// SPDX-License-Identifier: Apache-2.0
// verilate: sac_divide tiny NumeratorWidth=32 DenominatorWidth=16 QuotientWidth=16 Bits=1
// verilate: sac_divide odd NumeratorWidth=17 DenominatorWidth=23 QuotientWidth=11 Bits=3
// verilate: sac_divide ecp5 NumeratorWidth=47 DenominatorWidth=29 QuotientWidth=33 Bits=2
// Division against C's, what overflows, and its time.
#include "Vsac_divide.h"
#include "tests/lib/random.h"

namespace {

TEST(Divide, IsTheFloorOfTheQuotientOrSaysThatItOverflows) {
  Random random(1, "lib_divide");
  SCOPED_TRACE(random.rerun);
  Clocked<Vsac_divide> dut;
  dut.Reset();
  unsigned overflows = 0;
  for (int i = 0; i < 6000 && !testing::Test::HasFailure(); i++) {
    uint64_t numerator = random.Bits(G_NumeratorWidth), denominator = random.Bits(G_DenominatorWidth);
    if (i % 4 == 1 && denominator) {  // around a multiple
      numerator = denominator * random.Bits(G_QuotientWidth) - random.Chance(50);
      numerator &= (1ull << G_NumeratorWidth) - 1;
    }
    const bool overflow = denominator == 0 ||
                          static_cast<unsigned __int128>(numerator) >= static_cast<unsigned __int128>(denominator) << G_QuotientWidth;
    dut->numerator_i = numerator;
    dut->denominator_i = denominator;
    dut->start_i = 1;
    dut->eval();
    ASSERT_FALSE(dut->busy_o);
    dut.Tick();
    dut->start_i = random.Chance(30);  // not taken while busy
    dut->numerator_i = random() & ((1ull << G_NumeratorWidth) - 1);
    dut->denominator_i = random() & ((1ull << G_DenominatorWidth) - 1);
    int cycles = 1;
    for (; !dut->done_o && cycles < 200; cycles++) dut.Tick();
    dut->start_i = 0;
    ASSERT_EQ(cycles, (G_QuotientWidth + G_Bits - 1) / G_Bits + 1);
    ASSERT_EQ(dut->overflow_o, overflow) << numerator << " / " << denominator;
    overflows += overflow;
    for (unsigned wait = static_cast<unsigned>(random.Pick(0, 3)); wait > 0; wait--) dut.Tick();
    if (!overflow) ASSERT_EQ(dut->quotient_o, numerator / denominator) << numerator << " / " << denominator;
  }
  EXPECT_GT(overflows, 50u);
}

}  // namespace
