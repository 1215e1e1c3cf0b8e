// SPDX-License-Identifier: Apache-2.0
// verilate: sac_arbiter tiny Clients=8
// verilate: sac_arbiter odd Clients=3
// The arbiter: the lowest client that offers a burst is chosen each time, none is lost or doubled, order is kept, and
// the windows decide as their definition says, at their first and last bytes too.
#include <deque>
#include <vector>

#include "Vsac_arbiter.h"
#include "tests/lib/random.h"

namespace {

struct Chosen {
  unsigned client;
  uint64_t burst;
  bool ok;
};

class Arbiter : public testing::Test {
 protected:
  static constexpr unsigned kWindows = 4;
  Clocked<Vsac_arbiter> dut;
  Random random{1, "memory_arbiter"};
  uint32_t base[kWindows] = {}, limit[kWindows] = {};
  unsigned allowed = 0;

  void Windows() {
    for (unsigned i = 0; i < kWindows; i++) {
      base[i] = 4 * static_cast<uint32_t>(random.Pick(0, 200));
      limit[i] = base[i] + 4 * static_cast<uint32_t>(random.Pick(0, 100));
      if (random.Chance(10)) limit[i] = 0xffffffff;
      if (random.Chance(10)) limit[i] = 0;
      dut->base_i[i] = base[i];
      dut->limit_i[i] = limit[i];
    }
    allowed = random() & 15;
    dut->allowed_i = allowed;
  }

  bool Ok(uint64_t burst) const {
    const uint64_t address = burst >> 12, beyond = address + (burst >> 1 & 2047);
    for (unsigned i = 0; i < kWindows; i++) {
      if (allowed >> i & 1 && address >= base[i] && beyond <= limit[i]) return true;
    }
    return false;
  }

  uint64_t Burst() {
    uint64_t address = 4 * random.Pick(0, 320);
    if (random.Chance(30)) address = base[random.Pick(0, 3)];
    if (random.Chance(5)) address = 0xffffffff - 3 - 4 * random.Pick(0, 20);
    const uint64_t bytes = 4 * random.Pick(1, random.Chance(50) ? 8 : 256);
    return (address & 0xffffffff) << 12 | bytes << 1 | (random() & 1);
  }
};

TEST_F(Arbiter, ChoosesTheLowestClientAndJudgesItsBurst) {
  SCOPED_TRACE(random.rerun);
  std::deque<Chosen> expected;
  std::vector<unsigned> served(G_Clients);
  unsigned good = 0, bad = 0;
  dut.Reset();
  Windows();
  for (int i = 0; i < 40000 && !HasFailure(); i++) {
    if (i % 400 == 399) {  // windows change only when nothing is under way
      for (unsigned c = 0; c < G_Clients; c++) dut->burst_valid_i[c] = 0;
      dut->ready_i = 1;
      for (int j = 0; j < 4; j++) {
        dut->eval();
        if (dut->valid_o) expected.pop_front();
        dut.Tick();
      }
      ASSERT_TRUE(expected.empty());
      Windows();
    }
    const unsigned load = i / 400 % 3 == 0 ? 80 : i / 400 % 3 == 1 ? 30 : 8;
    for (unsigned c = 0; c < G_Clients; c++) {
      if (dut->burst_valid_i[c] || !random.Chance(load)) continue;
      dut->burst_valid_i[c] = 1;
      dut->burst_i[c] = Burst();
    }
    dut->ready_i = random.Chance(70);
    dut->eval();
    int taken = -1;
    bool lower = false;
    for (unsigned c = 0; c < G_Clients; c++) {
      if (dut->burst_ready_o[c]) {
        ASSERT_TRUE(dut->burst_valid_i[c] && !lower) << "client " << c;
        ASSERT_EQ(taken, -1);
        taken = static_cast<int>(c);
      }
      lower |= dut->burst_valid_i[c];
    }
    if (dut->valid_o) {
      ASSERT_FALSE(expected.empty());
      ASSERT_EQ(dut->client_o, expected.front().client);
      ASSERT_EQ(dut->burst_o, expected.front().burst);
      ASSERT_EQ(dut->ok_o, expected.front().ok);
      if (dut->ready_i) {
        (expected.front().ok ? good : bad)++;
        expected.pop_front();
      }
    }
    if (taken >= 0) {
      const uint64_t burst = dut->burst_i[taken];
      expected.push_back({static_cast<unsigned>(taken), burst, Ok(burst)});
      served[taken]++;
    }
    dut.Tick();
    if (taken >= 0) dut->burst_valid_i[taken] = 0;
  }
  EXPECT_GT(good, 1000u);
  EXPECT_GT(bad, 1000u);
  for (unsigned c = 0; c < G_Clients; c++) EXPECT_GT(served[c], 100u) << "client " << c;
}

TEST_F(Arbiter, HandsOnABurstACycle) {
  dut.Reset();
  unsigned passed = 0;
  dut->ready_i = 1;
  for (int i = 0; i < 100; i++) {
    dut->burst_valid_i[1] = 1;
    dut->burst_i[1] = Burst();
    dut->eval();
    passed += dut->valid_o;
    dut.Tick();
  }
  EXPECT_EQ(passed, 98u);
}

}  // namespace
