// SPDX-License-Identifier: Apache-2.0
// Accesses that must fail, on the Verilated machine and the model alike: beyond windows and without permission, SLVERR
// and DECERR on every beat, no answer; ring, completion, COPY, TABLE, MATMUL, SELECT and RECODE; alone and while others
// are outstanding.
#include "tests/cosim/faults.h"
#include "tests/cosim/pair.h"

namespace {

class BusFaults : public FaultTest {
 protected:
  void SetUp() override {
    FaultTest::SetUp();
    // What MATMUL needs, so that it computes the same in both.
    pair_->Queue(TableOf(SAC_TARGET_WEIGHT, 0, 64, kSource));
    pair_->Queue(TableOf(SAC_TARGET_QUANT, 0, 64, kDestination));
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle());
    pair_->CompareMemory();
    Recover();
  }

  // Rings, and what is not the range, may be accessed by all; the range only as `access` says.
  void Fence(uint32_t first, uint32_t beyond, unsigned access) {
    pair_->Window(0, 0, first, 3);
    pair_->Window(1, beyond, static_cast<uint32_t>(pair_->memory_bytes), 3);
    pair_->Window(2, first, beyond, access);
    pair_->Window(3, 0, 0, 0);
  }

  static Range Row(uint32_t address, uint32_t bytes) { return {address, address + bytes}; }

  // A byte range of a command's only row fails with each of the codes.
  enum class Kind { kCopyRead, kCopyWrite, kTable, kX, kY, kSelect, kPlaces, kValues, kRows, kRecoded };
  static constexpr Kind kKinds[] = {Kind::kCopyRead, Kind::kCopyWrite, Kind::kTable,  Kind::kX,    Kind::kY,
                                    Kind::kSelect,   Kind::kPlaces,    Kind::kValues, Kind::kRows, Kind::kRecoded};
  struct Case {
    Command words;
    uint32_t start, bytes;  // the row
    Range may_change;
    bool write;
  };

  Case Make(Kind kind) {
    const uint32_t bytes = 4 * Pick(1, pair_->capacity(SAC_CAPACITY_BURST_BYTES)), start = kSource + 4 * Pick(0, 700);
    const uint32_t to = kDestination + 4 * Pick(0, 700);
    const uint32_t lanes = pair_->capacity(SAC_CAPACITY_LANES);
    switch (kind) {
      case Kind::kCopyRead: return {CopyOf(start, to, bytes), start, bytes, Row(to, bytes), false};
      case Kind::kCopyWrite: return {CopyOf(start, to, bytes), to, bytes, Row(to, bytes), true};
      case Kind::kTable: {
        const uint32_t count = Pick(1, 64), entry = 8;
        return {TableOf(SAC_TARGET_SIGMOID, 3, count, start), start, count * entry, {0, 0}, false};
      }
      case Kind::kX: {
        const uint32_t k = 2 * Pick(1, 32), y_bytes = 4;
        return {MatmulOf(start, to, 1, k, 2), start, 2 * k, Row(to, y_bytes), false};
      }
      case Kind::kSelect:
      case Kind::kPlaces:
      case Kind::kValues: {  // each row in one request
        const uint32_t k = Pick(1, 64), count = k + Pick(0, 256 - k);
        Command words = NewCommand(SAC_OPCODE_SELECT);
        sac_field_put(words.data(), SAC_SELECT_VALUES, 1);
        sac_field_put(words.data(), SAC_SELECT_SOURCE_ADDRESS, start);
        sac_field_put(words.data(), SAC_SELECT_INDEX_ADDRESS, to);
        sac_field_put(words.data(), SAC_SELECT_VALUE_ADDRESS, to + 4 * k);
        sac_field_put(words.data(), SAC_SELECT_ROWS, 1);
        sac_field_put(words.data(), SAC_SELECT_COUNT, count);
        sac_field_put(words.data(), SAC_SELECT_K, k);
        if (kind == Kind::kSelect) return {words, start, 4 * count, {0, 0}, false};
        return {words, kind == Kind::kPlaces ? to : to + 4 * k, 4 * k, Row(to, 8 * k), true};
      }
      case Kind::kRows:
      case Kind::kRecoded: {
        Command words = NewCommand(SAC_OPCODE_RECODE);
        sac_field_put(words.data(), SAC_RECODE_SOURCE_FORMAT, Pick(0, 3));
        sac_field_put(words.data(), SAC_RECODE_SOURCE_SCALED, Pick(0, 1));
        sac_field_put(words.data(), SAC_RECODE_DESTINATION_FORMAT, Pick(0, 3));
        sac_field_put(words.data(), SAC_RECODE_DESTINATION_SCALED, Pick(0, 1));
        sac_field_put(words.data(), SAC_RECODE_SOURCE_ADDRESS, start);
        sac_field_put(words.data(), SAC_RECODE_DESTINATION_ADDRESS, to);
        sac_field_put(words.data(), SAC_RECODE_ROWS, 1);
        sac_field_put(words.data(), SAC_RECODE_D, 16 * Pick(1, pair_->capacity(SAC_CAPACITY_HEAD_DIM) / 16));
        const uint32_t in = RecodeBytes(words.data(), false), out = RecodeBytes(words.data(), true);
        if (kind == Kind::kRows) return {words, start, in, Row(to, out), false};
        return {words, to, out, Row(to, out), true};
      }
      default: {
        const uint32_t n = 2 * Pick(1, lanes / 2);  // one group: one request
        return {MatmulOf(start, to, 1, 1, n), to, 2 * n, Row(to, 2 * n), true};
      }
    }
  }
};

constexpr const char *kProgram = "cosim_bus_faults";

TEST_P(BusFaults, AccessesBeyondAWindowOrWithoutPermissionAreRefused) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  const unsigned rounds = Slow() ? 3 : 12;
  for (unsigned round = 0; round < rounds; round++)
    for (Kind kind : kKinds) {
      const Case c = Make(kind);
      const unsigned denied = c.write ? 1 : 2;  // all but the permission that it needs
      // The first word, the last one, one in between, or all: is outside, closed, or lacks the permission.
      const unsigned where = round % 4;
      uint32_t first = c.start + 4 * Pick(0, c.bytes / 4 - 1), beyond = first + 4;
      if (where == 0) first = c.start, beyond = first + 4;
      if (where == 1) first = c.start + c.bytes - 4, beyond = first + 4;
      if (where == 2) first = c.start, beyond = first + c.bytes;
      SCOPED_TRACE("kind " + std::to_string(int(kind)) + " round " + std::to_string(round));
      Fence(first, beyond, round % 3 ? denied : 0);
      Expect(c.words, {SAC_HW_ERR_WINDOW, BurstOf(c.start, first)}, c.may_change, false);
      if (HasFailure()) return;
    }
}

TEST_P(BusFaults, AccessesToTheFirstAndLastByteOfAWindowAreAllowed) {
  const uint32_t bytes = 4 * Pick(1, 300), from = kSource + 4 * Pick(0, 99), to = kDestination + 4 * Pick(0, 99);
  pair_->Window(0, 0, 0x4000, 3);
  pair_->Window(1, from, from + bytes, 1);
  pair_->Window(2, to, to + bytes, 2);
  pair_->Queue(CopyOf(from, to, bytes));
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  pair_->CompareState();
  pair_->CompareMemory();
  EXPECT_EQ(pair_->Get(SAC_REG_ERROR_CODE), 0u);
  EXPECT_EQ(std::memcmp(pair_->rtl_memory() + from, pair_->rtl_memory() + to, bytes), 0);
  // Two windows side by side are not one: a burst has to lie in one of them.
  pair_->Window(1, from, from + 4, 1);
  pair_->Window(3, from + 4, from + bytes, 1);
  pair_->Queue(CopyOf(from, to, 8));
  if (bytes < 8 || BurstOf(from, from + 4) != from) return;
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  pair_->CompareState(false);
  EXPECT_EQ(pair_->Get(SAC_REG_ERROR_CODE), uint32_t{SAC_HW_ERR_WINDOW});
}

TEST_P(BusFaults, TheEndOfTheAddressSpaceIsOutside) {
  pair_->Window(0, 0, 0xffffffff, 3);
  Expect(CopyOf(0xfffffff0, kDestination, 32), {SAC_HW_ERR_WINDOW, 0xfffffff0}, Row(kDestination, 32), false);
  pair_->Window(0, 0, 0xffffffff, 3);
  Expect(TableOf(SAC_TARGET_GENERAL, 0, 2, 0xfffffff8), {SAC_HW_ERR_WINDOW, 0xfffffff8}, {0, 0}, false);
}

TEST_P(BusFaults, ErrorsOfRingAndRecordsNameTheirPlace) {
  for (unsigned log2 : {1u, 3u})
    for (sac_hw_error_t code : {SAC_HW_ERR_WINDOW, SAC_HW_ERR_SLVERR, SAC_HW_ERR_DECERR, SAC_HW_ERR_TIMEOUT})
      for (bool record : {false, true}) {
        SCOPED_TRACE("record " + std::to_string(record) + " code " + std::to_string(code));
        pair_->Put(SAC_REG_CONTROL, 0);
        pair_->ring_log2 = log2;
        pair_->ring_base = 0x2000, pair_->completion_base = 0x1000;
        pair_->Start(0);
        pair_->Put(SAC_REG_TIMEOUT, 400);
        const uint32_t slots = 1u << log2, index = Pick(0, slots - 1);
        const uint32_t at = record ? pair_->record_address(index) : pair_->ring_base + index * SAC_COMMAND_BYTES;
        if (code == SAC_HW_ERR_WINDOW) Fence(at, at + 4, record ? 1 : 2);
        else pair_->Fail(code, at, at);
        for (uint32_t i = 0; i < slots; i++) pair_->Queue(NewCommand(SAC_OPCODE_NOP, i));
        pair_->Put(SAC_REG_CONTROL, SAC_CONTROL_ENABLE_MASK);
        Judge({code, at}, index, record ? Row(at, 16) : Range{0, 0}, false);
        if (HasFailure()) return;
      }
}

TEST_P(BusFaults, EveryBeatOfAReadOrWriteMayAnswerWithAnError) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  const unsigned rounds = Slow() ? 4 : 20;
  for (unsigned round = 0; round < rounds; round++)
    for (Kind kind : kKinds) {
      const Case c = Make(kind);
      const sac_hw_error_t code = Pick(0, 1) ? SAC_HW_ERR_SLVERR : SAC_HW_ERR_DECERR;
      const uint32_t byte = round == 0 ? c.start : round == 1 ? c.start + c.bytes - 1 : c.start + Pick(0, c.bytes - 1);
      SCOPED_TRACE("kind " + std::to_string(int(kind)) + " round " + std::to_string(round));
      pair_->Fail(code, byte, byte);
      Expect(c.words, {code, BurstOf(c.start, byte)}, c.may_change, false);
      if (HasFailure()) return;
    }
}

TEST_P(BusFaults, EachBeatOfOneBurstFailsAlike) {
  const uint32_t burst = pair_->capacity(SAC_CAPACITY_BURST_BYTES), beat = pair_->beat_bytes();
  const unsigned step = Slow() ? 7 : 1;
  for (unsigned i = 0; i < burst / beat && !HasFailure(); i += step) {
    SCOPED_TRACE("beat " + std::to_string(i));
    const uint32_t from = kSource / burst * burst, to = kDestination / burst * burst;
    pair_->Fail(SAC_HW_ERR_SLVERR, from + i * beat, from + i * beat);
    Expect(CopyOf(from, to, burst), {SAC_HW_ERR_SLVERR, from}, Row(to, burst), false);
    pair_->Fail(SAC_HW_ERR_DECERR, to + i * beat, to + i * beat);
    Expect(CopyOf(from, to, burst), {SAC_HW_ERR_DECERR, to}, Row(to, burst), false);
  }
}

TEST_P(BusFaults, AMemoryThatDoesNotAnswerIsATimeOutAndTheResetWaitsForIt) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  for (Kind kind : kKinds) {
    const Case c = Make(kind);
    const uint32_t byte = c.start + Pick(0, c.bytes - 1);
    pair_->Put(SAC_REG_TIMEOUT, 300 + Pick(0, 200));
    pair_->Fail(SAC_HW_ERR_TIMEOUT, byte, byte);
    Expect(c.words, {SAC_HW_ERR_TIMEOUT, BurstOf(c.start, byte)}, c.may_change, false);
    if (HasFailure()) return;
  }
  // While the answer is missing a soft reset does not end.
  pair_->Put(SAC_REG_TIMEOUT, 300);
  pair_->Fail(SAC_HW_ERR_TIMEOUT, kSource, kSource);
  pair_->Queue(CopyOf(kSource, kDestination, 64));
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  pair_->Put(SAC_REG_CONTROL, SAC_CONTROL_SOFT_RESET_MASK);
  sac_rtl_clock(pair_->machine, 5000);
  EXPECT_EQ(pair_->rtl.read32(pair_->rtl.self, SAC_REG_STATUS) & SAC_STATUS_RESETTING_MASK, SAC_STATUS_RESETTING_MASK);
  Mend();
  Recover();
}

TEST_P(BusFaults, ALateAnswerWithinTheTimeIsNone) {
  pair_->Put(SAC_REG_TIMEOUT, 3000);
  sac_axi_memory_fault(sac_rtl_memory(pair_->machine), SAC_AXI_FAULT_SILENT, kSource, kSource);
  pair_->Queue(CopyOf(kSource, kDestination, 64));
  pair_->Ring();
  sac_rtl_clock(pair_->machine, 2000);
  sac_axi_memory_clear_fault(sac_rtl_memory(pair_->machine));
  ASSERT_TRUE(pair_->Settle());
  pair_->CompareState();
  pair_->CompareMemory();
}

TEST_P(BusFaults, AFaultAmongManyRowsLeavesEverythingElseAlone) {
  SCOPED_TRACE(Rerun(kProgram, TestSeed(77)));
  for (unsigned round = 0; round < (Slow() ? 4u : 16u); round++) {
    const uint32_t bytes = 4 * Pick(1, 60), rows = Pick(2, 30), stride = bytes + 4 * Pick(0, 5);
    const uint32_t bad = Pick(0, rows - 1), extent = stride * (rows - 1) + bytes;
    const bool write = round % 2;
    const uint32_t base = write ? kDestination : kSource, row = base + bad * stride;
    const uint32_t byte = row + 4 * Pick(0, bytes / 4 - 1);
    SCOPED_TRACE("round " + std::to_string(round));
    const sac_hw_error_t code = round % 4 < 2 ? SAC_HW_ERR_WINDOW : SAC_HW_ERR_SLVERR;
    Expected expected = {code, BurstOf(row, byte)};
    if (code == SAC_HW_ERR_WINDOW) {
      Fence(byte, byte + 4, write ? 1 : 2);
    } else {
      // A beat may reach into the row before: that one is the first to fail.
      pair_->Fail(code, byte, byte);
      const uint32_t beat = pair_->beat_bytes(), first = byte / beat * beat;
      for (uint32_t r = 0; r <= bad; r++) {
        const uint32_t begin = base + r * stride;
        if (begin + bytes <= first || begin > first + beat - 1) continue;
        expected.address = BurstOf(begin, std::max(begin, first));
        break;
      }
    }
    Expect(CopyOf(kSource, kDestination, bytes, rows, stride), expected, Row(kDestination, extent), false);
    if (HasFailure()) return;
  }
}

TEST_P(BusFaults, AGatherListAndItsRowsAreChecked) {
  std::vector<uint32_t> list(40);
  for (uint32_t &number : list) number = Pick(0, 20);
  for (unsigned bad : {0u, 15u, 16u, 39u}) {
    pair_->Store(kList, list.data(), 4 * list.size());
    Command words = CopyOf(kSource, kDestination, 32, 40);
    sac_field_put(words.data(), SAC_COPY_GATHER, 1);
    sac_field_put(words.data(), SAC_COPY_INDEX_ADDRESS, kList);
    Fence(kList + 4 * bad, kList + 4 * bad + 4, 2);
    Expect(words, {SAC_HW_ERR_WINDOW, BurstOf(kList + bad / 16 * 64, kList + 4 * bad)}, Row(kDestination, 40 * 32), false);
    std::vector<uint32_t> wild = list;
    wild[bad] = 0x01000000 + bad;
    pair_->Store(kList, wild.data(), 4 * wild.size());
    const uint32_t row = kSource + wild[bad] * 32;
    Expect(words, {SAC_HW_ERR_WINDOW, row}, Row(kDestination, 40 * 32), false);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Built, BusFaults, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
