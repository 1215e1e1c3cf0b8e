// SPDX-License-Identifier: Apache-2.0
// Random ATTEND commands, some with MATMUL or RECODE between them, on every built configuration: the Verilated machine
// against the model, all of memory byte for byte and counters of work, and against the scalar reference; random stalls
// and latencies.
#include "tests/cosim/commands.h"
#include "tests/cosim/pair.h"
#include "tests/support/attend_commands.h"

extern "C" {
#include "model/reference/reference.h"
}

namespace {

struct Amount {
  unsigned commands, effort;  // scores of a command
};

// What a run of the test may take.
Amount AmountOf(const std::string &config) {
  return config == "edge" ? Amount{40, 300} : config == "odd" ? Amount{400, 400} : Amount{600, 800};
}

class Attend : public testing::TestWithParam<std::string> {};

PairOptions RandomOptions(uint32_t seed, size_t memory_bytes) {
  std::mt19937 random(seed);
  PairOptions options;
  options.seed = seed;
  options.memory_bytes = memory_bytes;
  options.latency = random() % 40;
  options.stall_percent = random() % 3 ? random() % 50 : 0;
  options.bytes_per_cycle = random() % 2 ? 0 : 1 + random() % 16;
  options.memory_base = (random() % 0x70000) * 4096ull;
  return options;
}

struct Session {
  Pair pair;
  std::vector<uint8_t> third;
  AttendMaker maker;
  CommandMaker others;
  sac_reference_t *reference;
  unsigned done = 0;

  Session(const std::string &name, uint32_t seed, unsigned effort)
      : pair(name, RandomOptions(seed, name == "edge" ? 1 << 20 : 256 << 10)),
        third(pair.memory_bytes),
        maker(pair.config.capacities, static_cast<uint32_t>(pair.memory_bytes), seed, effort, Storing()),
        others(pair.config, static_cast<uint32_t>(pair.memory_bytes), seed, 100, Storing()) {
    reference = sac_reference_create(third.data(), third.size(), pair.capacity(SAC_CAPACITY_LANES),
                                     pair.capacity(SAC_CAPACITY_TILE));
    reference->rows = pair.capacity(SAC_CAPACITY_ROWS);
    reference->query_blocks = pair.capacity(SAC_CAPACITY_QUERY_BLOCKS);
    reference->kv_tile = pair.capacity(SAC_CAPACITY_KV_TILE);
  }
  ~Session() { sac_reference_destroy(reference); }

  std::function<void(uint32_t, const void *, size_t)> Storing() {
    return [this](uint32_t address, const void *data, size_t bytes) {
      pair.Store(address, data, bytes);
      std::memcpy(&third[address], data, bytes);
    };
  }

  void Batch(const std::vector<Command> &commands) {
    for (const Command &words : commands) {
      pair.Queue(words);
      ASSERT_TRUE(sac_reference_execute(reference, words.data()));
      if (maker.Chance(40)) pair.Ring();
      if (maker.Chance(20)) sac_rtl_clock(pair.machine, maker.Pick(1, 200));
    }
    pair.Ring();
    ASSERT_TRUE(pair.Settle()) << "the machine hangs";
    done += static_cast<unsigned>(commands.size());
    maker.Recycle();
    others.Recycle();
    pair.CompareState();
    pair.CompareMemory();
    Pair::ExpectSame(pair.Memory(pair.model), third, AttendMaker::kHost, pair.memory_bytes, "reference");
  }

  // What commands may read, and the tables that they need.
  void Prepare() {
    maker.Fill();
    Batch(maker.Preload());
    Batch(others.Preload());
  }
};

TEST_P(Attend, RandomCommandsLeaveTheBytesAndCountersOfModelAndReference) {
  const Amount amount = AmountOf(GetParam());
  const unsigned wanted = TestCommands(amount.commands);
  const uint32_t seed = TestSeed(4096);
  SCOPED_TRACE(Rerun("cosim_attend", seed));
  Session session(GetParam(), seed, amount.effort);
  session.pair.Start();
  session.Prepare();
  for (unsigned batch = 1; session.done < wanted && !HasFailure(); batch++) {
    if (batch % 32 == 0) session.maker.Fill();
    std::vector<Command> commands(session.maker.Pick(1, 3));
    for (Command &words : commands) {
      words = session.maker.Chance(80)    ? session.maker.Next()
              : session.others.Chance(50) ? session.others.Matmul()
                                          : session.others.Recode();
    }
    SCOPED_TRACE("commands " + std::to_string(session.done) + " to " +
                 std::to_string(session.done + commands.size() - 1));
    session.Batch(commands);
    if (HasFatalFailure()) break;
  }
  std::printf("%s: %u commands in %llu cycles\n", GetParam().c_str(), session.done,
              static_cast<unsigned long long>(sac_rtl_cycles(session.pair.machine)));
}

INSTANTIATE_TEST_SUITE_P(Built, Attend, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
