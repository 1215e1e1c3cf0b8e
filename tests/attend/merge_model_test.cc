// SPDX-License-Identifier: Apache-2.0
// MERGE of the model: random commands leave the bytes, work and traffic of the scalar reference, and lie as near to
// float64 as 16 bits allow; a state alone is not changed.
#include <cmath>

#include "tests/attend/twins.h"

extern "C" {
#include "sw/driver/tables.h"
}

namespace {

constexpr uint32_t kAffine = 0x8000, kLogs = 0x9000, kOutputLogs = 0xc000, kRows = 0x10000, kOutput = 0x70000;

class MergeModel : public testing::Test {
 protected:
  std::mt19937 random;
  std::unique_ptr<Twins> twins;
  std::vector<uint32_t> words, affine, logs;
  std::vector<int16_t> values;  // [state][row][element]
  uint32_t states = 0, rows = 0, d = 0;

  void Begin(uint32_t seed) {
    random.seed(seed);
    twins = std::make_unique<Twins>(seed);
    uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES];
    uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
    sac_attend_tables(kRows, bytes, commands);
    twins->Store(kRows, bytes, sizeof bytes);
    for (const auto &command : commands) twins->Execute({command, command + SAC_COMMAND_WORDS});
  }
  uint32_t Pick(uint32_t low, uint32_t high) { return std::uniform_int_distribution<uint32_t>(low, high)(random); }

  void Make(uint32_t most_states) {
    const uint32_t dims = twins->config.capacities[SAC_CAPACITY_HEAD_DIM] / 16;
    states = Pick(1, most_states);
    d = 16 * (Pick(0, 3) ? Pick(1, std::min(8u, dims)) : Pick(1, dims));
    rows = Pick(1, std::max(1u, std::min(20u, (kOutput - kRows) / (2 * d * (states + 1)) - 1)));
    if (states * rows * d * 2 > kOutput - kRows) states = 3, rows = 2;
    words.assign(SAC_COMMAND_WORDS, 0);
    affine.assign(2 * states, 0), logs.assign(states * rows, 0), values.assign(states * rows * d, 0);
    for (uint32_t i = 0; i < states; i++) affine[2 * i] = 65536;
    for (int16_t &value : values) value = static_cast<int16_t>(random());
    const struct { uint32_t field, value;
    } fields[] = {{SAC_COMMON_OPCODE, SAC_OPCODE_MERGE}, {SAC_MERGE_LSE, 1}, {SAC_MERGE_STATES, states},
                  {SAC_MERGE_AFFINE_ADDRESS, kAffine}, {SAC_MERGE_LSE_ADDRESS, kLogs},
                  {SAC_MERGE_LSE_STATE_STRIDE, 4 * rows}, {SAC_MERGE_Y_ADDRESS, kRows},
                  {SAC_MERGE_Y_STATE_STRIDE, 2 * d * rows}, {SAC_MERGE_Y_STRIDE, 2 * d},
                  {SAC_MERGE_OUTPUT_ADDRESS, kOutput}, {SAC_MERGE_OUTPUT_STRIDE, 2 * d},
                  {SAC_MERGE_OUTPUT_LSE_ADDRESS, kOutputLogs}, {SAC_MERGE_ROWS, rows}, {SAC_MERGE_D, d}};
    for (const auto &each : fields) sac_field_put(words.data(), each.field, each.value);
  }
  void Execute() {
    twins->Store(kAffine, affine.data(), 4 * affine.size());
    twins->Store(kLogs, logs.data(), 4 * logs.size());
    twins->Store(kRows, values.data(), 2 * values.size());
    const auto counter = [&](sac_counter_t which) {
      return uint64_t{twins->model.read32(twins->model.self, SAC_REG_COUNTERS + 4 * which)};
    };
    const uint64_t read = counter(SAC_COUNTER_MEMORY_READ_BYTES), written = counter(SAC_COUNTER_MEMORY_WRITE_BYTES);
    twins->Execute(words);
    if (HasFailure()) return;
    twins->Compare();
    for (sac_counter_t which : {SAC_COUNTER_MERGE_ROWS, SAC_COUNTER_MERGE_STATES})
      EXPECT_EQ(counter(which), twins->reference->counters[which]) << sac_counter_infos[which].name;
    const uint64_t lse = sac_field_get(words.data(), SAC_MERGE_LSE);
    EXPECT_EQ(counter(SAC_COUNTER_MEMORY_READ_BYTES) - read,
              SAC_COMMAND_BYTES + 8ull * states + uint64_t{rows} * states * (4 + 2 * d));
    EXPECT_EQ(counter(SAC_COUNTER_MEMORY_WRITE_BYTES) - written,
              4 * SAC_COMPLETION_WORDS + rows * (2ull * d + 4 * lse));
  }
  int32_t OutputLog(uint32_t row) const { return reinterpret_cast<const int32_t *>(&twins->bytes[kOutputLogs])[row]; }
  int16_t Output(uint32_t row, uint32_t e) const {
    return reinterpret_cast<const int16_t *>(&twins->bytes[kOutput])[row * d + e];
  }
};

TEST_F(MergeModel, RandomCommandsLeaveTheBytesAndWorkOfTheReference) {
  const char *chosen = std::getenv("SAC_SEED");
  const uint32_t first = chosen ? static_cast<uint32_t>(std::strtoul(chosen, nullptr, 0)) : 1;
  for (uint32_t seed = first; seed < first + (chosen ? 1 : 30) && !HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) +
                 " make test T=attend_merge_model");
    Begin(seed);
    for (unsigned n = 0; n < 30 && !HasFailure(); n++) {
      SCOPED_TRACE("command " + std::to_string(n));
      Make(Pick(0, 4) ? 8 : 63);
      for (uint32_t &word : affine) {
        if (Pick(0, 2) == 0) word = static_cast<uint32_t>(static_cast<int32_t>(random()) >> Pick(0, 31));
      }
      for (uint32_t &log : logs) {
        log = static_cast<uint32_t>(static_cast<int32_t>(random()) >> Pick(8, 20));
        if (Pick(0, 9) == 0) log = Pick(0, 2) ? 0x80000000u : random();
      }
      if (Pick(0, 2) == 0) {  // in place of a state
        const uint32_t i = Pick(0, states - 1);
        sac_field_put(words.data(), SAC_MERGE_OUTPUT_ADDRESS, kRows + i * rows * 2 * d);
        sac_field_put(words.data(), SAC_MERGE_OUTPUT_LSE_ADDRESS, kLogs + 4 * rows * Pick(0, states - 1));
      }
      sac_field_put(words.data(), SAC_MERGE_LSE, Pick(0, 1));
      Execute();
    }
  }
}

TEST_F(MergeModel, AStateAloneIsNotChanged) {
  Begin(5);
  for (unsigned n = 0; n < 20 && !HasFailure(); n++) {
    Make(6);
    const uint32_t only = Pick(0, states - 1);
    for (uint32_t i = 0; i < states * rows; i++) logs[i] = i / rows == only ? random() : 0x80000000u;
    logs[only * rows + rows - 1] = 0x80000000u;  // the last row has none
    Execute();
    for (uint32_t row = 0; row < rows; row++) {
      EXPECT_EQ(OutputLog(row), static_cast<int32_t>(logs[only * rows + row]));
      for (uint32_t e = 0; e < d; e++) {
        ASSERT_EQ(Output(row, e), row + 1 == rows ? 0 : values[(only * rows + row) * d + e]);
      }
    }
  }
}

TEST_F(MergeModel, LiesByFloat64) {
  Begin(6);
  double worst = 0, worst_log = 0;
  for (unsigned n = 0; n < 60 && !HasFailure(); n++) {
    Make(8);
    for (uint32_t &log : logs) log = random() >> Pick(12, 18);
    for (uint32_t i = 0; i < states; i++) affine[2 * i] = Pick(50000, 80000), affine[2 * i + 1] = Pick(0, 200000);
    Execute();
    for (uint32_t row = 0; row < rows; row++) {
      std::vector<double> z(states);
      double sum = 0, highest = -1e9;
      for (uint32_t i = 0; i < states; i++) {
        z[i] = affine[2 * i] / 65536.0 * logs[i * rows + row] / 65536.0 + affine[2 * i + 1] / 65536.0;
        highest = std::max(highest, z[i]);
      }
      for (uint32_t i = 0; i < states; i++) sum += std::exp2(z[i] - highest);
      worst_log = std::max(worst_log, std::fabs(OutputLog(row) / 65536.0 - highest - std::log2(sum)));
      for (uint32_t e = 0; e < d; e++) {
        double y = 0;
        for (uint32_t i = 0; i < states; i++)
          y += std::exp2(z[i] - highest) / sum * values[(i * rows + row) * d + e];
        worst = std::max(worst, std::fabs(Output(row, e) - y));
      }
    }
  }
  std::printf("largest error: %.2f units of y, %.1f units (.16) of the log-sum-exp\n", worst, worst_log * 65536);
  EXPECT_LT(worst, 2.5);
  EXPECT_LT(worst_log * 65536, 6);
}

}  // namespace
