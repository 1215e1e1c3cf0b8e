// SPDX-License-Identifier: Apache-2.0
// ATTEND at the ends of its numbers: all operands at their limits, rows that nothing attends to, empty sequences, the
// longest sequence there is. Model and scalar reference leave the same bytes, and what arithmetic says.
#include "tests/attend/twins.h"

extern "C" {
#include "sw/driver/tables.h"
}

namespace {

constexpr uint32_t kTables = 0x4000, kContext = 0x6000, kHeads = 0x6100, kPages = 0x6200, kQ = 0x7000, kRowK = 0x8000,
                   kRowV = 0x9000;
constexpr uint32_t kBias = 0xa000, kY = 0x20000, kLse = 0x30000;
constexpr uint32_t kElements = 64;

// One position, one head, a sequence whose rows of K are all the same row, likewise V (strides of zero), or alternate.
struct Job {
  Twins twins{5};
  std::vector<uint32_t> words = std::vector<uint32_t>(SAC_COMMAND_WORDS),
                        record = std::vector<uint32_t>(SAC_CONTEXT_WORDS);
  uint32_t head[2] = {0, 0};

  explicit Job(uint32_t length) {
    uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES];
    uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
    sac_attend_tables(kTables, bytes, commands);
    twins.Store(kTables, bytes, sizeof bytes);
    for (const auto &command : commands) twins.Execute(std::vector<uint32_t>(command, command + SAC_COMMAND_WORDS));
    const uint32_t pages[2] = {kRowK, kRowV};
    twins.Store(kPages, pages, sizeof pages);
    Put(SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
    Put(SAC_ATTEND_CONTEXT_ADDRESS, kContext);
    Put(SAC_ATTEND_Q_ADDRESS, kQ);
    Put(SAC_ATTEND_Y_ADDRESS, kY);
    Put(SAC_ATTEND_LSE_ADDRESS, kLse);
    Put(SAC_ATTEND_LSE, 1);
    Put(SAC_ATTEND_POSITIONS, 1);
    Put(SAC_ATTEND_GROUP, 1);
    PutContext(SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
    PutContext(SAC_CONTEXT_LENGTH, length);
    PutContext(SAC_CONTEXT_PAGE_LOG2, 20);
    PutContext(SAC_CONTEXT_K_PAGES, kPages);
    PutContext(SAC_CONTEXT_V_PAGES, kPages + 4);
    PutContext(SAC_CONTEXT_D_K, kElements);
    PutContext(SAC_CONTEXT_D_V, kElements);
    PutContext(SAC_CONTEXT_SCALE, 65535);
    PutContext(SAC_CONTEXT_SCALE_SHIFT, 40);
    PutContext(SAC_CONTEXT_HEAD_ADDRESS, kHeads);
    PutContext(SAC_CONTEXT_BIAS_ADDRESS, kBias);
  }
  void Put(uint32_t field, uint32_t value) { sac_field_put(words.data(), field, value); }
  void PutContext(uint32_t field, uint32_t value) { sac_field_put(record.data(), field, value); }

  // Elements of a row: the two values by turns.
  void Row(uint32_t address, int16_t even, int16_t odd) {
    std::vector<int16_t> row(kElements);
    for (uint32_t e = 0; e < kElements; e++) row[e] = e % 2 ? odd : even;
    twins.Store(address, row.data(), 2 * kElements);
  }
  void Run() {
    twins.Store(kContext, record.data(), 4 * SAC_CONTEXT_WORDS);
    twins.Store(kHeads, head, sizeof head);
    twins.Execute(words);
    if (!testing::Test::HasFailure()) twins.Compare();
  }
  int16_t Y(uint32_t e) {
    int16_t y;
    std::memcpy(&y, &twins.bytes[kY + 2 * e], 2);
    return y;
  }
  int32_t Lse() {
    int32_t lse;
    std::memcpy(&lse, &twins.bytes[kLse], 4);
    return lse;
  }
};

const int16_t kPatterns[][2] = {{32767, 32767}, {-32768, -32768}, {32767, -32768}, {-32768, 32767}};

TEST(AttendExtremes, OperandsAtTheirLimitsInEveryScoreFunction) {
  for (uint32_t function = 0; function < 3; function++)
    for (const auto &q : kPatterns)
      for (const auto &k : kPatterns) {
        for (const auto &v : kPatterns) {
          Job job(700);
          job.Row(kQ, q[0], q[1]);
          job.Row(kRowK, k[0], k[1]);
          job.Row(kRowV, v[0], v[1]);
          job.Put(SAC_ATTEND_SCORE_FUNCTION, function);
          job.PutContext(SAC_CONTEXT_OUTPUT_SHIFT, function == 1 ? 30 : 0);
          job.Run();
          // All keys weigh the same: Y is V, but for the rounding of the weights, l and O.
          if (function == 0)
            for (uint32_t e = 0; e < kElements; e++) EXPECT_NEAR(job.Y(e), v[e % 2], 2);
          if (testing::Test::HasFailure()) return;
        }
      }
}

TEST(AttendExtremes, TheLongestSequenceDoesNotOverflow) {
  for (const auto &v : kPatterns) for (uint32_t length : {1u << 16, 1u << 20}) {
    Job job(length);
    job.PutContext(SAC_CONTEXT_D_K, 16);
    job.PutContext(SAC_CONTEXT_D_V, 16);
    job.Row(kRowV, v[0], v[1]);
    if (length > 1 << 16) job.twins.reference.reset();  // bit by bit that takes too long
    job.Run();
    for (uint32_t e = 0; e < 16 && length > 1 << 16; e++) {
      int16_t y;
      ASSERT_TRUE(job.twins.model.memory_read(job.twins.model.self, kY + 2 * e, &y, 2));
      EXPECT_NEAR(y, v[e % 2], 2);
    }
    int32_t lse;
    ASSERT_TRUE(job.twins.model.memory_read(job.twins.model.self, kLse, &lse, 4));
    EXPECT_NEAR(lse, (length > 1 << 16 ? 20 : 16) << 16, 8) << "logits of zero";
    if (testing::Test::HasFailure()) return;
  }
}

TEST(AttendExtremes, RowsWithoutKeysAreZeroAndSayThatNothingWasThere) {
  for (uint32_t kind = 0; kind < 3; kind++) for (uint32_t sink : {0u, 0x40000000u}) {
    SCOPED_TRACE("kind " + std::to_string(kind) + ", sink " + std::to_string(sink));
    Job job(kind == 0 ? 0 : 50);  // no keys, all masked by bits, all out of the band
    job.Row(kQ, 99, 98);
    job.Row(kRowK, 97, 96);
    job.Row(kRowV, 95, 94);
    job.Row(kY, 93, 92);
    job.Put(SAC_ATTEND_BIAS, kind == 1);
    job.Put(SAC_ATTEND_BAND, kind == 2);
    job.Put(SAC_ATTEND_BAND_LOW, 1000);
    job.Put(SAC_ATTEND_BAND_HIGH, 1001);
    job.head[1] = sink | 3;  // 2^14 against 2^3
    job.Run();
    for (uint32_t e = 0; e < kElements; e++) EXPECT_EQ(job.Y(e), 0);
    EXPECT_EQ(job.Lse(), sink ? (3 - 2) * 65536 : INT32_MIN);
  }
}

TEST(AttendExtremes, SlopesAndBiasesSaturateInsteadOfWrapping) {
  for (uint32_t slope : {0x7fffffffu, 0x80000000u, 0xffffffffu}) for (uint32_t bias : {0x7fffffffu, 0x80000001u}) {
    for (uint32_t first : {0u, 0x3fffffffu, 0xc0000000u}) {
      Job job(40);
      job.Row(kQ, 32767, -32768);
      job.Row(kRowK, -32768, 32767);
      job.Row(kRowV, 12345, -12345);
      const std::vector<uint32_t> biases(40, bias);
      job.twins.Store(kBias, biases.data(), 160);
      job.Put(SAC_ATTEND_BIAS, 1);
      job.Put(SAC_ATTEND_FIRST_POSITION, first);
      job.PutContext(SAC_CONTEXT_BIAS_WORDS, 1);
      job.head[0] = slope;
      job.Run();
      if (testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
