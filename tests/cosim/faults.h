// SPDX-License-Identifier: Apache-2.0
// One failing command at a time on the Verilated machine and the model: both must report the expected code, index and
// address, keep their hands off everything but the command's destination, and work again after a soft reset.
#ifndef SACCADE_TESTS_FAULTS_H
#define SACCADE_TESTS_FAULTS_H

#include <memory>

#include "tests/cosim/commands.h"
#include "tests/cosim/pair.h"

struct Range {
  uint32_t first, beyond;
};

struct Expected {
  sac_hw_error_t code;
  uint32_t address;
};

class FaultTest : public testing::TestWithParam<std::string> {
 protected:
  static constexpr uint32_t kSource = 0x12000, kDestination = 0x2a000, kList = 0x5000, kCopied = 0x3f000;

  size_t memory_bytes_ = 256 << 10;
  std::unique_ptr<Pair> pair_;
  std::mt19937 random_;

  void SetUp() override {
    const uint32_t seed = TestSeed(77);
    random_.seed(seed);
    PairOptions options;
    options.seed = seed;
    options.latency = random_() % 30;
    options.stall_percent = 20;
    options.memory_bytes = memory_bytes_;
    pair_ = std::make_unique<Pair>(GetParam(), options);
    std::vector<uint32_t> noise(pair_->memory_bytes / 4);
    for (uint32_t &word : noise) word = random_();
    pair_->Store(0, noise.data(), pair_->memory_bytes);
    pair_->Start();
  }

  uint32_t Pick(uint32_t low, uint32_t high) { return std::uniform_int_distribution<uint32_t>(low, high)(random_); }
  bool Slow() const { return GetParam() == "edge"; }

  static Command CopyOf(uint32_t source, uint32_t destination, uint32_t bytes, uint32_t rows = 1, uint32_t stride = 0) {
    Command words = NewCommand(SAC_OPCODE_COPY, 0x5a5a);
    sac_field_put(words.data(), SAC_COPY_SOURCE_ADDRESS, source);
    sac_field_put(words.data(), SAC_COPY_DESTINATION_ADDRESS, destination);
    sac_field_put(words.data(), SAC_COPY_ROW_BYTES, bytes);
    sac_field_put(words.data(), SAC_COPY_ROWS, rows);
    sac_field_put(words.data(), SAC_COPY_SOURCE_STRIDE, stride ? stride : bytes);
    sac_field_put(words.data(), SAC_COPY_DESTINATION_STRIDE, stride ? stride : bytes);
    return words;
  }

  static Command TableOf(uint32_t target, uint32_t first, uint32_t count, uint32_t source) {
    Command words = NewCommand(SAC_OPCODE_TABLE, 7);
    sac_field_put(words.data(), SAC_TABLE_TARGET, target);
    sac_field_put(words.data(), SAC_TABLE_FIRST, first);
    sac_field_put(words.data(), SAC_TABLE_COUNT, count);
    sac_field_put(words.data(), SAC_TABLE_SOURCE_ADDRESS, source);
    return words;
  }

  static Command MatmulOf(uint32_t x, uint32_t y, uint32_t m, uint32_t k, uint32_t n) {
    Command words = NewCommand(SAC_OPCODE_MATMUL, 9);
    sac_field_put(words.data(), SAC_MATMUL_X_ADDRESS, x);
    sac_field_put(words.data(), SAC_MATMUL_Y_ADDRESS, y);
    sac_field_put(words.data(), SAC_MATMUL_X_STRIDE, (2 * k + 3) & ~3u);
    sac_field_put(words.data(), SAC_MATMUL_Y_STRIDE, (2 * n + 3) & ~3u);
    sac_field_put(words.data(), SAC_MATMUL_M, m);
    sac_field_put(words.data(), SAC_MATMUL_K, k);
    sac_field_put(words.data(), SAC_MATMUL_N, n);
    return words;
  }

  // First byte asked for of the burst that a byte of a request from `start` lies in.
  uint32_t BurstOf(uint32_t start, uint32_t byte) const {
    const uint32_t burst = pair_->capacity(SAC_CAPACITY_BURST_BYTES);
    return std::max(start, byte / burst * burst);
  }

  // Some NOPs, the bad command, a COPY that must not run. `may_change`: where the bad command wrote before it failed.
  void Expect(const Command &bad, Expected expected, Range may_change = {0, 0}, bool recorded = true) {
    for (unsigned i = Pick(0, 2); i > 0; i--) pair_->Queue(NewCommand(SAC_OPCODE_NOP, i));
    const uint32_t index = pair_->tail;
    pair_->Queue(bad);
    pair_->Queue(CopyOf(kSource, kCopied, 64));
    Judge(expected, index, may_change, recorded);
  }

  // Rings, waits and judges; then a soft reset and a command that must succeed.
  void Judge(Expected expected, uint32_t index, Range may_change, bool recorded) {
    const std::vector<uint8_t> snapshot = pair_->Memory(pair_->rtl);
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle()) << "the machine hangs";
    pair_->CompareState(false);
    EXPECT_EQ(pair_->Get(SAC_REG_ERROR_CODE), uint32_t{expected.code});
    EXPECT_EQ(pair_->Get(SAC_REG_ERROR_ADDRESS), expected.address);
    EXPECT_EQ(pair_->Get(SAC_REG_ERROR_INDEX), index);
    EXPECT_EQ(pair_->Get(SAC_REG_STATUS), SAC_STATUS_STOPPED_MASK | SAC_STATUS_BUSY_MASK);
    Mend();
    CompareUntouched(snapshot, index, may_change, recorded);
    Recover();
  }

  // Faults go away; a silent memory answers again.
  void Mend() {
    pair_->Fail(SAC_HW_ERR_NONE, 0, 0);
    for (unsigned i = 0; i < 100 && sac_axi_memory_outstanding(sac_rtl_memory(pair_->machine)); i++) {
      sac_rtl_clock(pair_->machine, 64);
    }
    EXPECT_EQ(sac_axi_memory_outstanding(sac_rtl_memory(pair_->machine)), 0u);
  }

  // Against what memory held, and the records against the model's.
  void CompareUntouched(const std::vector<uint8_t> &snapshot, uint32_t index, Range may_change, bool recorded) {
    std::vector<uint8_t> mine = pair_->Memory(pair_->rtl), theirs = pair_->Memory(pair_->model), want = snapshot;
    for (std::vector<uint8_t> *bytes : {&mine, &theirs}) {
      std::copy(want.begin() + may_change.first, want.begin() + may_change.beyond, bytes->begin() + may_change.first);
    }
    for (uint32_t i = 0; i < index + recorded; i++) {
      const uint32_t at = pair_->record_address(i);
      std::memcpy(&mine[at], &theirs[at], 4);
      std::memcpy(&want[at], &theirs[at], 4 * SAC_COMPLETION_WORDS);
    }
    Pair::ExpectSame(mine, theirs, 0, mine.size(), "model");
    Pair::ExpectSame(theirs, want, 0, want.size(), "memory before");
  }

  void Recover() {
    for (unsigned i = 1; i < 4; i++) pair_->Window(i, 0, 0, 0);
    pair_->Window(0, 0, static_cast<uint32_t>(pair_->memory_bytes), 3);
    ASSERT_TRUE(pair_->Reset()) << "soft reset does not end";
    pair_->ring_base = 0, pair_->ring_log2 = 3, pair_->completion_base = 0x1000;
    pair_->Start();
    const std::vector<uint8_t> bytes = pair_->Memory(pair_->rtl);
    ASSERT_TRUE(pair_->model.memory_write(pair_->model.self, 0, bytes.data(), bytes.size()));
    pair_->Queue(CopyOf(kSource + 4 * Pick(0, 99), kCopied + 4 * Pick(0, 99), 4 * Pick(1, 99)));
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle());
    pair_->CompareState();
    EXPECT_EQ(pair_->Get(SAC_REG_RING_HEAD), 1u) << "after the soft reset";
    pair_->CompareMemory();
    pair_->Put(SAC_REG_CONTROL, 0);
    ASSERT_TRUE(pair_->Reset());
    pair_->Start();
  }
};

#endif
