// SPDX-License-Identifier: Apache-2.0
// The skid buffer: order, full throughput, no word lost or doubled, and ready that does not depend on the other side
// within a cycle.
#include <deque>

#include "Vsac_skid.h"
#include "tests/lib/random.h"

namespace {

TEST(Skid, PassesEveryWordOnceInOrder) {
  Random random(1, "lib_skid");
  SCOPED_TRACE(random.rerun);
  Clocked<Vsac_skid> dut;
  std::deque<unsigned> queue;
  dut.Reset();
  for (int i = 0; i < 30000 && !testing::Test::HasFailure(); i++) {
    dut->push_valid_i = random.Chance(60);
    dut->push_data_i = static_cast<uint8_t>(random());
    dut->pop_ready_i = 0;
    dut->eval();
    const bool ready = dut->push_ready_o, valid = dut->pop_valid_o;
    dut->pop_ready_i = random.Chance(60);
    dut->eval();
    ASSERT_EQ(dut->push_ready_o, ready) << "ready depends on the other side";
    ASSERT_EQ(dut->pop_valid_o, valid);
    ASSERT_EQ(valid, !queue.empty());
    ASSERT_EQ(ready, queue.size() < 2);
    if (valid) ASSERT_EQ(dut->pop_data_o, queue.front());
    const bool push = dut->push_valid_i && ready, pop = valid && dut->pop_ready_i;
    const unsigned data = dut->push_data_i;
    dut.Tick();
    if (pop) queue.pop_front();
    if (push) queue.push_back(data);
  }
}

TEST(Skid, PassesAWordACycle) {
  Clocked<Vsac_skid> dut;
  dut.Reset();
  dut->pop_ready_i = 1;
  for (unsigned i = 0; i < 50; i++) {
    dut->push_valid_i = 1;
    dut->push_data_i = static_cast<uint8_t>(i);
    dut->eval();
    ASSERT_TRUE(dut->push_ready_o);
    if (i) ASSERT_EQ(dut->pop_data_o, i - 1);
    dut.Tick();
  }
}

}  // namespace
