// SPDX-License-Identifier: Apache-2.0
// verilate: sac_attend_merge tiny odd edge cloud
// MERGE against section 6 of docs/attention.md in wide integers: what lies in memory, every request and the counters,
// with memory and answers slow and fast; log-sum-exps near and far, empty and extreme; states in place; and its rate.
#include "Vsac_attend_merge.h"
#include "tests/attend/engine.h"

namespace {

class Merge : public ::testing::Test, protected Engine<Vsac_attend_merge> {
 protected:
  uint32_t head_dim = 0;
  std::vector<uint32_t> expected;
  std::vector<EngineRequest> wanted_reads, wanted_writes;

  Merge() : Engine(41, "attend_merge") {}
  void SetUp() override {
    Load(Power());
    Load(Log2());
    while (Longer()) head_dim += 16;
  }
  // Is the machine's longest row longer?
  bool Longer() {
    Clear(1, 1, head_dim + 16);
    Execute();
    if (code) EXPECT_EQ(address, 11u);
    return code == 0;
  }
  void Clear(uint32_t states, uint32_t rows, uint32_t d) {
    for (uint32_t &word : words) word = 0;
    Put(SAC_COMMON_OPCODE, SAC_OPCODE_MERGE);
    Put(SAC_MERGE_STATES, states);
    Put(SAC_MERGE_ROWS, rows);
    Put(SAC_MERGE_D, d);
  }

  int16_t Value(uint32_t at, uint32_t e) const { return static_cast<int16_t>(memory[at / 4 + e / 2] >> 16 * (e % 2)); }
  int32_t Word(uint32_t at) const { return static_cast<int32_t>(memory[at / 4]); }
  uint32_t LsePlace(uint32_t state, uint32_t row) const {
    return Get(SAC_MERGE_LSE_ADDRESS) + state * Get(SAC_MERGE_LSE_STATE_STRIDE) + 4 * row;
  }
  uint32_t YPlace(uint32_t state, uint32_t row) const {
    return Get(SAC_MERGE_Y_ADDRESS) + state * Get(SAC_MERGE_Y_STATE_STRIDE) + row * Get(SAC_MERGE_Y_STRIDE);
  }

  void ExpectRow(uint32_t row) {
    const uint32_t states = Get(SAC_MERGE_STATES), d = Get(SAC_MERGE_D);
    const uint32_t affine = Get(SAC_MERGE_AFFINE_ADDRESS);
    std::vector<int64_t> z(states), w(states);
    int64_t maximum = INT64_MIN, l = 0, e = 0, r = 0, lse = INT32_MIN;
    for (uint32_t i = 0; i < states; i++) {
      const int64_t x = Word(LsePlace(i, row));
      z[i] = Saturate(RoundEven(Wide{Word(affine + 8 * i)} * x, 16) + Word(affine + 8 * i + 4), 32);
      if (x == INT32_MIN) z[i] = INT64_MIN;
      maximum = std::max(maximum, z[i]);
    }
    for (uint32_t i = 0; i < states; i++) {
      const int64_t t = maximum - z[i];
      if (z[i] == INT64_MIN || t >> 16 >= 32) continue;
      w[i] = static_cast<int64_t>(RoundUp(Power()(t & 65535), static_cast<unsigned>(t >> 16)));
      l += w[i];
    }
    if (l > 0) {
      e = 63 - __builtin_clzll(static_cast<uint64_t>(l));
      const int64_t n = l << (23 - e);
      r = (int64_t{1} << 40) / n;
      lse = Saturate(Wide{maximum} + (e - 16) * 65536 + Log2()((n - (1 << 23)) >> 7), 32);
    }
    const uint32_t to = Get(SAC_MERGE_OUTPUT_ADDRESS) + row * Get(SAC_MERGE_OUTPUT_STRIDE);
    std::vector<uint32_t> out(d / 2);
    for (uint32_t k = 0; k < d; k++) {
      Wide sum = 0;
      for (uint32_t i = 0; i < states; i++) sum += Wide{w[i]} * Value(YPlace(i, row), k);
      const int64_t y = Saturate(RoundEven(sum * r, static_cast<unsigned>(e + 17)), 16);
      out[k / 2] |= uint32_t{static_cast<uint16_t>(y)} << 16 * (k % 2);
    }
    std::copy(out.begin(), out.end(), expected.begin() + to / 4);
    wanted_writes.push_back({to, 2 * d});
    if (!Get(SAC_MERGE_LSE)) return;
    expected[Get(SAC_MERGE_OUTPUT_LSE_ADDRESS) / 4 + row] = static_cast<uint32_t>(lse);
    wanted_writes.push_back({Get(SAC_MERGE_OUTPUT_LSE_ADDRESS) + 4 * row, 4});
  }
  void Expect() {
    const uint32_t states = Get(SAC_MERGE_STATES), rows = Get(SAC_MERGE_ROWS);
    expected = memory;
    wanted_writes.clear();
    wanted_reads = {{Get(SAC_MERGE_AFFINE_ADDRESS), 8 * states}};
    const auto logs = [&](uint32_t row) {
      for (uint32_t i = 0; i < states && row < rows; i++) wanted_reads.push_back({LsePlace(i, row), 4});
    };
    logs(0);
    for (uint32_t row = 0; row < rows; row++) {
      logs(row + 1);
      for (uint32_t i = 0; i < states; i++) wanted_reads.push_back({YPlace(i, row), 2 * Get(SAC_MERGE_D)});
      ExpectRow(row);
    }
  }
  void ExecuteAndCompare() {
    Expect();
    Execute();
    EXPECT_EQ(code, 0u);
    EXPECT_EQ(counters[SAC_COUNTER_MERGE_ROWS], Get(SAC_MERGE_ROWS));
    EXPECT_EQ(counters[SAC_COUNTER_MERGE_STATES], Get(SAC_MERGE_ROWS) * Get(SAC_MERGE_STATES));
    EXPECT_TRUE(reads == wanted_reads) << "other reads";
    EXPECT_TRUE(writes == wanted_writes) << "other writes";
    for (size_t i = 0; i < memory.size(); i++) ASSERT_EQ(memory[i], expected[i]) << "at word " << i;
  }

  uint32_t Pick(uint32_t low, uint32_t high) { return static_cast<uint32_t>(random.Pick(low, high)); }
  uint32_t Extreme() {
    static const uint32_t kExtremes[] = {0x7fffffffu, 0x80000001u, 0, 1, 0xffffffffu, 65536, 0xffff0000u, 0x80000000u};
    return kExtremes[Pick(0, 7)];
  }
  // Log-sum-exps within some distance of each other, or not.
  uint32_t Log(uint32_t kind, uint32_t base) {
    if (random.Chance(15) || kind == 0) return 0x80000000u;
    if (kind == 1 || random.Chance(3)) return Extreme();
    return base + static_cast<uint32_t>(static_cast<int32_t>(random()) >> (kind < 4 ? 10 : Pick(0, 31)));
  }
  uint32_t Factor() {
    if (random.Chance(50)) return 65536;
    if (random.Chance(80)) return Pick(0, 1 << 18) - (1 << 16);
    return random.Chance(50) ? Extreme() : static_cast<uint32_t>(random());
  }
  void MakeRandom(uint32_t most_states) {
    const uint32_t states = Pick(1, random.Chance(80) ? std::min(6u, most_states) : most_states);
    const uint32_t d = 16 * Pick(1, random.Chance(70) ? std::min(4u, head_dim / 16) : head_dim / 16);
    const uint32_t rows = Pick(1, std::min(9u, 0x38000 / ((states + 1) * (2 * d + 20)))), gap = 4 * Pick(0, 5);
    Clear(states, rows, d);
    Put(SAC_MERGE_LSE, Pick(0, 1));
    const uint32_t affine = 4 * Pick(0, 9), logs = 0x400 + 4 * Pick(0, 9), out_logs = 0x3000 + 4 * Pick(0, 9);
    const uint32_t log_stride = 4 * (rows + Pick(0, 3)), row = 2 * d + gap;
    const uint32_t y = 0x4000 + 4 * Pick(0, 9), y_end = y + states * rows * row;
    const bool rows_inside = random.Chance(50), back = random.Chance(20);
    const uint32_t y_stride = rows_inside ? row : states * row, state_stride = rows_inside ? rows * row : row;
    Put(SAC_MERGE_AFFINE_ADDRESS, affine);
    Put(SAC_MERGE_LSE_ADDRESS, logs);
    Put(SAC_MERGE_LSE_STATE_STRIDE, log_stride);
    Put(SAC_MERGE_Y_ADDRESS, y + (back ? (rows - 1) * y_stride : 0));
    Put(SAC_MERGE_Y_STRIDE, back ? -y_stride : y_stride);
    Put(SAC_MERGE_Y_STATE_STRIDE, state_stride);
    const uint32_t in_place = random.Chance(40) ? Pick(0, states - 1) : states;
    Put(SAC_MERGE_OUTPUT_ADDRESS, in_place < states ? Get(SAC_MERGE_Y_ADDRESS) + in_place * state_stride : y_end);
    Put(SAC_MERGE_OUTPUT_STRIDE, in_place < states ? Get(SAC_MERGE_Y_STRIDE) : row);
    Put(SAC_MERGE_OUTPUT_LSE_ADDRESS, random.Chance(30) ? logs + Pick(0, states - 1) * log_stride : out_logs);
    for (uint32_t i = 0; i < states; i++) {
      memory[affine / 4 + 2 * i] = Factor();
      memory[affine / 4 + 2 * i + 1] = random.Chance(50)   ? 0
                                       : random.Chance(80) ? static_cast<uint32_t>(static_cast<int32_t>(random()) >> 12)
                                                           : Extreme();
    }
    for (uint32_t r = 0; r < rows; r++) {
      const uint32_t kind = Pick(0, 7), base = static_cast<uint32_t>(static_cast<int32_t>(random()) >> Pick(0, 16));
      for (uint32_t i = 0; i < states; i++) memory[LsePlace(i, r) / 4] = Log(kind, base);
    }
    for (uint32_t at = y / 4; at < y_end / 4; at++) {
      const auto noise = static_cast<uint32_t>(random());
      memory[at] = random.Chance(80) ? noise : noise % 2 ? 0x7fff7fffu : 0x80008000u;
    }
  }
};

TEST_F(Merge, LeavesWhatTheDefinitionGives) {
  SCOPED_TRACE(random.rerun);
  for (unsigned n = 0; n < 500 && !HasFailure(); n++) {
    SCOPED_TRACE(n);
    stall = random.Chance(30) ? 0 : Pick(0, 80);
    MakeRandom(63);
    ExecuteAndCompare();
  }
}

TEST_F(Merge, EveryStateAtItsExtremesDoesNotOverflow) {
  for (uint32_t value : {0x7fff7fffu, 0x80008000u}) {
    Clear(63, 2, head_dim);
    Put(SAC_MERGE_LSE, 1);
    Put(SAC_MERGE_LSE_ADDRESS, 0x400);
    Put(SAC_MERGE_Y_ADDRESS, 0x1000);
    Put(SAC_MERGE_OUTPUT_ADDRESS, 0x2000);
    Put(SAC_MERGE_OUTPUT_STRIDE, 2 * head_dim);
    Put(SAC_MERGE_OUTPUT_LSE_ADDRESS, 0x3000);
    for (uint32_t i = 0; i < 63; i++) memory[2 * i] = 65536, memory[2 * i + 1] = 0;
    memory[0x400 / 4] = 0x7fffffff;  // the log-sum-exp of all saturates
    memory[0x400 / 4 + 1] = 0x80000001u;
    for (uint32_t i = 0; i < head_dim / 2; i++) memory[0x1000 / 4 + i] = value;
    ExecuteAndCompare();
    EXPECT_EQ(memory[0x2000 / 4], value);
    EXPECT_EQ(memory[0x3000 / 4], 0x7fffffffu);
  }
}

TEST_F(Merge, RefusesWhatItCannotDo) {
  const struct { uint32_t states, rows, d, word;
  } cases[] = {{0, 0, 0, 0}, {1, 0, 0, 10}, {1, 1, 0, 11}, {1, 1, 8, 11}, {63, 9, head_dim + 16, 11}, {2, 1, 2032, 11}};
  for (const auto &each : cases) {
    Clear(each.states, each.rows, each.d);
    Execute();
    EXPECT_EQ(code, unsigned{SAC_HW_ERR_RANGE});
    EXPECT_EQ(address, each.word);
    EXPECT_TRUE(reads.empty() && writes.empty());
  }
}

TEST_F(Merge, AResetInTheMiddleLeavesNothingBehind) {
  SCOPED_TRACE(random.rerun);
  stall = 30;
  for (unsigned n = 0; n < 40 && !HasFailure(); n++) {
    MakeRandom(8);
    Execute(random.Pick(1, 600));
    Quiet();
    dut.Reset();
    MakeRandom(8);
    ExecuteAndCompare();
  }
}

// Rows of the states stream: a beat a cycle, and a cycle for each log-sum-exp.
TEST_F(Merge, StatesStreamABeatACycle) {
  const uint32_t d = head_dim, beats = 2 * d / kBeat;
  uint64_t cycles_of[2];
  for (uint32_t rows : {16u, 48u}) {
    Clear(16, rows, d);
    Put(SAC_MERGE_OUTPUT_ADDRESS, 0x8000);
    Put(SAC_MERGE_OUTPUT_STRIDE, 2 * d);
    ExecuteAndCompare();
    cycles_of[rows == 48] = cycles;
  }
  const double row = static_cast<double>(cycles_of[1] - cycles_of[0]) / 32;
  std::printf("%u beats a state: %.2f cycles a row of 16 states\n", beats, row);
  EXPECT_LE(row, 16 * (beats + 1) + 6);
}

}  // namespace
