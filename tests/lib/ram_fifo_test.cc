// SPDX-License-Identifier: Apache-2.0
// verilate: sac_ram_fifo tiny Width=16 Depth=2
// verilate: sac_ram_fifo odd Width=16 Depth=7
// verilate: sac_ram_fifo ecp5 Width=16 Depth=16
// The queue in block RAM against std::deque: order, room for Depth words at least and Depth + 1 at most, a word a cycle.
#include <deque>

#include "Vsac_ram_fifo.h"
#include "tests/lib/random.h"

namespace {

TEST(RamFifo, KeepsOrderAndHoldsItsDepth) {
  Random random(1, "lib_ram_fifo");
  SCOPED_TRACE(random.rerun);
  Clocked<Vsac_ram_fifo> dut;
  std::deque<unsigned> queue;
  dut.Reset();
  for (int i = 0; i < 30000 && !testing::Test::HasFailure(); i++) {
    const unsigned eager = i / 500 % 3;
    dut->push_valid_i = random.Chance(eager == 0 ? 90 : 50);
    dut->pop_ready_i = random.Chance(eager == 1 ? 90 : 40);
    dut->push_data_i = static_cast<uint16_t>(random());
    dut->eval();
    if (queue.size() < G_Depth) ASSERT_TRUE(dut->push_ready_o);
    if (queue.size() > G_Depth) ASSERT_FALSE(dut->push_ready_o);
    if (dut->pop_valid_o) {
      ASSERT_FALSE(queue.empty());
      ASSERT_EQ(dut->pop_data_o, queue.front());
    }
    const bool push = dut->push_valid_i && dut->push_ready_o, pop = dut->pop_valid_o && dut->pop_ready_i;
    const unsigned data = dut->push_data_i;
    dut.Tick();
    if (pop) queue.pop_front();
    if (push) queue.push_back(data);
  }
}

TEST(RamFifo, GivesAWordTwoCyclesAfterItsPushAndThenOneACycle) {
  Clocked<Vsac_ram_fifo> dut;
  dut.Reset();
  dut->pop_ready_i = 1;
  unsigned popped = 0;
  for (unsigned i = 0; i < 100; i++) {
    dut->push_valid_i = 1;
    dut->push_data_i = i;
    dut->eval();
    ASSERT_TRUE(dut->push_ready_o);
    ASSERT_EQ(dut->pop_valid_o, i >= 2);
    if (dut->pop_valid_o) ASSERT_EQ(dut->pop_data_o, popped++);
    dut.Tick();
  }
  EXPECT_EQ(popped, 98u);
}

}  // namespace
