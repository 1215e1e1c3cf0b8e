// SPDX-License-Identifier: Apache-2.0
// verilate: sac_fifo tiny Width=16 Depth=1
// verilate: sac_fifo odd Width=16 Depth=5
// verilate: sac_fifo ecp5 Width=16 Depth=8
// The queue against std::deque: order, fill, what full and empty refuse, reset in between.
#include <deque>

#include "Vsac_fifo.h"
#include "tests/lib/random.h"

namespace {

TEST(Fifo, KeepsOrderAndCountAndRefusesWhenFullOrEmpty) {
  Random random(1, "lib_fifo");
  SCOPED_TRACE(random.rerun);
  Clocked<Vsac_fifo> dut;
  std::deque<unsigned> queue;
  unsigned full = 0, empty = 0;
  dut.Reset();
  for (int i = 0; i < 30000 && !testing::Test::HasFailure(); i++) {
    const unsigned eager = i / 500 % 3;  // fills, drains, both
    dut->push_valid_i = random.Chance(eager == 0 ? 90 : 50);
    dut->pop_ready_i = random.Chance(eager == 1 ? 90 : 50);
    dut->push_data_i = static_cast<uint16_t>(random());
    dut->eval();
    ASSERT_EQ(dut->push_ready_o, queue.size() < G_Depth);
    ASSERT_EQ(dut->pop_valid_o, !queue.empty());
    ASSERT_EQ(dut->count_o, queue.size());
    if (!queue.empty()) ASSERT_EQ(dut->pop_data_o, queue.front());
    full += queue.size() == G_Depth, empty += queue.empty();
    const bool push = dut->push_valid_i && dut->push_ready_o, pop = dut->pop_valid_o && dut->pop_ready_i;
    const unsigned data = dut->push_data_i;
    if (random.Pick(0, 2999) == 0) {
      dut.Reset();
      queue.clear();
      continue;
    }
    dut.Tick();
    if (pop) queue.pop_front();
    if (push) queue.push_back(data);
  }
  EXPECT_GT(full, 100u);
  EXPECT_GT(empty, 100u);
}

}  // namespace
