// SPDX-License-Identifier: Apache-2.0
// 2,000 random commands on every built configuration: the Verilated machine against the model, all of memory byte for
// byte, completion records, registers and counters of work, and against the scalar reference; random stalls, latencies,
// ring places and depths.
#include "tests/cosim/commands.h"
#include "tests/cosim/pair.h"

extern "C" {
#include "model/reference/reference.h"
}

namespace {

class Commands : public testing::TestWithParam<std::string> {};

PairOptions RandomOptions(uint32_t seed) {
  std::mt19937 random(seed);
  PairOptions options;
  options.seed = seed;
  options.latency = random() % 40;
  options.stall_percent = random() % 3 ? random() % 50 : 0;
  options.bytes_per_cycle = random() % 2 ? 0 : 1 + random() % 16;
  options.memory_base = (random() % 0x70000) * 4096ull;
  return options;
}

// What is in flight between the three witnesses.
struct Session {
  Pair pair;
  sac_reference_t *reference;
  std::vector<uint8_t> third;
  CommandMaker maker;
  unsigned done = 0;

  Session(const std::string &name, uint32_t seed, unsigned effort)
      : pair(name, RandomOptions(seed)),
        third(pair.memory_bytes),
        maker(pair.config, static_cast<uint32_t>(pair.memory_bytes), seed, effort,
              [this](uint32_t address, const void *data, size_t bytes) { Store(address, data, bytes); }) {
    reference = sac_reference_create(third.data(), third.size(), pair.capacity(SAC_CAPACITY_LANES),
                                     pair.capacity(SAC_CAPACITY_TILE));
    std::vector<uint32_t> noise(pair.memory_bytes / 4);
    for (uint32_t &word : noise) word = maker.random();
    Store(0, noise.data(), pair.memory_bytes);
  }
  ~Session() { sac_reference_destroy(reference); }

  void Store(uint32_t address, const void *data, size_t bytes) {
    pair.Store(address, data, bytes);
    std::memcpy(&third[address], data, bytes);
  }

  void Restart() {
    ASSERT_TRUE(pair.Reset());
    pair.ring_log2 = maker.Pick(1, 4);
    pair.ring_base = 64 * maker.Pick(0, 0x2000 / 64 - 16);
    pair.completion_base = 0x2000 + 16 * maker.Pick(0, 0x2000 / 16 - 16);
    pair.Start(SAC_CONTROL_ENABLE_MASK | (maker.Chance(50) ? SAC_CONTROL_INTERRUPT_ENABLE_MASK : 0));
  }

  // Some commands in the ring, told by one or more doorbells, with or without time between them.
  void Batch(const std::vector<Command> &commands) {
    for (const Command &words : commands) {
      pair.Queue(words);
      ASSERT_TRUE(sac_reference_execute(reference, words.data()));
      if (maker.Chance(40)) pair.Ring();
      if (maker.Chance(20)) sac_rtl_clock(pair.machine, maker.Pick(1, 200));
    }
    pair.Ring();
    ASSERT_TRUE(pair.Settle()) << "the machine hangs at command " << done;
    done += static_cast<unsigned>(commands.size());
    maker.Recycle();
  }

  void Compare(bool counters) {
    pair.CompareState(counters);
    pair.CompareMemory();
    Pair::ExpectSame(pair.Memory(pair.model), third, CommandMaker::kHost, pair.memory_bytes, "reference");
    const bool enabled = pair.Get(SAC_REG_CONTROL) & SAC_CONTROL_INTERRUPT_ENABLE_MASK;
    const uint32_t causes = pair.Get(SAC_REG_IRQ_STATUS);
    EXPECT_EQ(sac_rtl_irq(pair.machine), enabled && causes != 0);
    if (maker.Chance(50)) pair.Put(SAC_REG_IRQ_STATUS, causes);
  }
};

TEST_P(Commands, LeaveTheBytesAndCountersOfModelAndReference) {
  const uint32_t seed = TestSeed(2024);
  const unsigned wanted = TestCommands(2000);
  SCOPED_TRACE(Rerun("cosim_commands", seed));
  Session session(GetParam(), seed, GetParam() == "edge" ? 150 : GetParam() == "odd" ? 300 : 800);
  session.pair.ring_log2 = 3;
  session.pair.Start();
  session.Batch(session.maker.Preload());
  session.Compare(true);
  for (unsigned batch = 0; session.done < wanted && !HasFailure(); batch++) {
    if (batch % 64 == 0) session.Restart();
    std::vector<Command> commands(session.maker.Pick(1, 1u << session.pair.ring_log2));
    for (Command &words : commands) words = session.maker.Next();
    const unsigned first = session.done;
    SCOPED_TRACE("commands " + std::to_string(first) + " to " + std::to_string(first + commands.size() - 1));
    session.Batch(commands);
    if (HasFatalFailure()) break;
    session.Compare(batch % 4 == 0);
  }
  std::printf("%s: %u commands in %llu cycles\n", GetParam().c_str(), session.done,
              static_cast<unsigned long long>(sac_rtl_cycles(session.pair.machine)));
}

INSTANTIATE_TEST_SUITE_P(Built, Commands, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
