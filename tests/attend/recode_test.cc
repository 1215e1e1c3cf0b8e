// SPDX-License-Identifier: Apache-2.0
// verilate: sac_recode_bench tiny
// verilate: sac_recode_bench odd
// verilate: sac_recode_bench edge
// RECODE and the unpacker of K against the scalar reference: every pair of formats, requests in order and of whole
// rows, random waits of the memory; scales against their definition; the rate.
#include <cstring>
#include <deque>
#include <vector>

#include "Vsac_recode_bench.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "model/reference/reference.h"
}

namespace {

constexpr uint32_t kSource = 0x1000, kTarget = 0x80000, kBytes = 0x100000;

class Recode : public testing::Test {
 protected:
  struct Request {
    uint32_t address, bytes;
  };

  Clocked<Vsac_recode_bench> dut;
  Random random{8, "attend_recode"};
  std::vector<uint8_t> memory = std::vector<uint8_t>(kBytes), wanted;
  uint32_t words[SAC_COMMAND_WORDS] = {};
  unsigned head_dim = 0, beat = 0, chance = 100;
  uint64_t cycles = 0, rows_written = 0;

  void SetUp() override {
    dut.Reset();
    head_dim = dut->head_dim_o, beat = dut->data_width_o / 8;
    for (uint8_t &byte : memory) byte = static_cast<uint8_t>(random());
  }

  void Put(uint32_t field, uint32_t value) { sac_field_put(words, field, value); }
  uint32_t Get(uint32_t field) const { return sac_field_get(words, field); }
  uint32_t RowBytes(bool target) const {
    const uint32_t bits = 16 >> Get(target ? SAC_RECODE_DESTINATION_FORMAT : SAC_RECODE_SOURCE_FORMAT);
    const bool scaled = Get(target ? SAC_RECODE_DESTINATION_SCALED : SAC_RECODE_SOURCE_SCALED);
    return Get(SAC_RECODE_D) * bits / 8 + (scaled ? (Get(SAC_RECODE_D) + 63) / 64 * 4 : 0);
  }

  void Make(uint32_t from, bool from_scaled, uint32_t to, bool to_scaled, uint32_t d, uint32_t rows, uint32_t shift) {
    std::memset(words, 0, sizeof words);
    Put(SAC_COMMON_OPCODE, SAC_OPCODE_RECODE);
    Put(SAC_RECODE_SOURCE_FORMAT, from), Put(SAC_RECODE_SOURCE_SCALED, from_scaled);
    Put(SAC_RECODE_DESTINATION_FORMAT, to), Put(SAC_RECODE_DESTINATION_SCALED, to_scaled);
    Put(SAC_RECODE_D, d), Put(SAC_RECODE_ROWS, rows), Put(SAC_RECODE_SHIFT, shift);
    Put(SAC_RECODE_SOURCE_ADDRESS, kSource), Put(SAC_RECODE_DESTINATION_ADDRESS, kTarget);
    Put(SAC_RECODE_SOURCE_STRIDE, RowBytes(false)), Put(SAC_RECODE_DESTINATION_STRIDE, RowBytes(true));
  }

  // Runs `words`; memory, as it is afterwards, and the requests.
  void Run() {
    std::deque<Request> reads, writes;
    uint32_t read_at = 0, write_at = 0;
    unsigned answers = 0;
    uint32_t next_read = Get(SAC_RECODE_SOURCE_ADDRESS), next_write = Get(SAC_RECODE_DESTINATION_ADDRESS);
    bool done = false;
    for (int i = 0; i < SAC_COMMAND_WORDS; i++) set_port_word(dut->command_i, i, words[i]);
    dut->command_valid_i = 1;
    auto may = [&] { return chance == 100 || random.Chance(chance); };
    for (cycles = 0, rows_written = 0; !done; cycles++) {
      ASSERT_LT(cycles, 400000u) << "no end";
      dut->read_ready_i = may() && reads.size() < 8;
      dut->write_ready_i = writes.empty() && may();
      dut->data_valid_i = !reads.empty() && may();
      for (unsigned i = 0; i < beat / 4; i++) {
        uint32_t word = 0;
        if (!reads.empty() && read_at + 4 * i < reads[0].bytes)
          std::memcpy(&word, &memory[reads[0].address + read_at + 4 * i], 4);
        set_port_word(dut->data_i, i, word);
      }
      dut->write_data_ready_i = !writes.empty() && may();
      dut->write_done_i = answers > 0 && may();
      dut->eval();
      if (dut->read_valid_o && dut->read_ready_i) {
        ASSERT_EQ(dut->read_address_o, next_read);
        ASSERT_EQ(dut->read_bytes_o, RowBytes(false));
        reads.push_back({dut->read_address_o, dut->read_bytes_o});
        next_read += Get(SAC_RECODE_SOURCE_STRIDE);
      }
      if (dut->data_valid_i && dut->data_ready_o && (read_at += beat) >= reads[0].bytes) reads.pop_front(), read_at = 0;
      if (dut->write_data_valid_o && dut->write_data_ready_i) {
        for (unsigned i = 0; i < beat / 4 && write_at < writes[0].bytes; i++, write_at += 4) {
          const uint32_t word = port_word(dut->write_data_o, i);
          std::memcpy(&memory[writes[0].address + write_at], &word, 4);
        }
        if (write_at == writes[0].bytes) writes.pop_front(), write_at = 0, answers++;
      }
      if (dut->write_valid_o && dut->write_ready_i) {
        ASSERT_EQ(dut->write_address_o, next_write);
        ASSERT_EQ(dut->write_bytes_o, RowBytes(true));
        writes.push_back({dut->write_address_o, dut->write_bytes_o});
        next_write += Get(SAC_RECODE_DESTINATION_STRIDE);
      }
      answers -= dut->write_done_i;
      rows_written += dut->written_o;
      done = dut->done_o;
      dut.Tick();
      dut->command_valid_i = 0;
    }
    EXPECT_TRUE(reads.empty() && writes.empty() && answers == 0);
    dut->write_done_i = 0;
    dut->eval();
    EXPECT_FALSE(dut->busy_o);
  }

  void RunAndCheck() {
    wanted = memory;
    sac_reference_t *reference = sac_reference_create(wanted.data(), wanted.size(), 16, 16);
    ASSERT_TRUE(sac_reference_execute(reference, words));
    EXPECT_EQ(reference->counters[SAC_COUNTER_RECODE_ROWS], Get(SAC_RECODE_ROWS));
    sac_reference_destroy(reference);
    Run();
    if (HasFatalFailure()) return;
    EXPECT_EQ(rows_written, Get(SAC_RECODE_ROWS));
    for (size_t i = 0; i < memory.size(); i++) {
      ASSERT_EQ(memory[i], wanted[i]) << "row " << (int64_t(i) - kTarget) / RowBytes(true) << " byte "
                                      << (int64_t(i) - kTarget) % RowBytes(true) << " of " << RowBytes(true);
    }
  }
  std::string Text() const {
    return "from " + std::to_string(16 >> Get(SAC_RECODE_SOURCE_FORMAT)) +
           (Get(SAC_RECODE_SOURCE_SCALED) ? " scaled" : "") + " to " +
           std::to_string(16 >> Get(SAC_RECODE_DESTINATION_FORMAT)) +
           (Get(SAC_RECODE_DESTINATION_SCALED) ? " scaled" : "") + ", d " + std::to_string(Get(SAC_RECODE_D)) +
           ", rows " + std::to_string(Get(SAC_RECODE_ROWS)) + ", shift " + std::to_string(Get(SAC_RECODE_SHIFT));
  }
};

TEST_F(Recode, EveryPairOfFormatsGivesTheBytesOfTheReference) {
  SCOPED_TRACE(random.rerun);
  for (unsigned round = 0; round < 192 && !HasFailure(); round++) {
    Make(round % 4, round / 4 % 2, round / 8 % 4, round / 32 % 2, 16 * random.Pick(1, head_dim / 16),
         random.Pick(1, 12), random.Chance(50) ? 0 : random.Pick(0, 31));
    if (random.Chance(50)) {
      Put(SAC_RECODE_SOURCE_STRIDE, Get(SAC_RECODE_SOURCE_STRIDE) + 4 * random.Pick(0, 5));
      Put(SAC_RECODE_DESTINATION_STRIDE, Get(SAC_RECODE_DESTINATION_STRIDE) + 4 * random.Pick(0, 5));
    }
    // Magnitudes of all sizes: noise, small values, one value and zeros.
    for (uint32_t at = kSource; at < kSource + 0x8000; at += 64) {
      const unsigned kind = random.Pick(0, 5), shift = random.Pick(0, 15);
      for (uint32_t i = 0; i < 64; i += 2) {
        int16_t value = static_cast<int16_t>(random());
        if (kind == 1) value = static_cast<int16_t>(value >> shift);
        if (kind == 2) value = i / 2 == shift ? static_cast<int16_t>(value >> shift) : 0;
        if (kind == 3) value = random.Chance(50) ? INT16_MIN : INT16_MAX;
        if (kind == 4) value = static_cast<int16_t>((value & 1) - (value >> 1 & 1));
        std::memcpy(&memory[at + i], &value, 2);
      }
    }
    chance = random.Chance(30) ? 100 : 25 * random.Pick(1, 3);
    SCOPED_TRACE(Text());
    RunAndCheck();
  }
}

// q * m * 2^-x >= A holds for the scale of a group and for none below it; elements are the nearest ones, nearly.
TEST_F(Recode, TheScaleOfAGroupIsTheSmallestThatHoldsIt) {
  for (uint32_t format = 0; format < 4 && !HasFailure(); format++) {
    const int64_t q = (1 << ((16 >> format) - 1)) - 1;
    for (unsigned round = 0; round < 40 && !HasFailure(); round++) {
      const uint32_t rows = 16;
      Make(0, false, format, true, 16, rows, 0);
      int16_t values[rows][16];
      for (auto &row : values) {
        for (int16_t &value : row) value = static_cast<int16_t>(random.Bits(3) * (random.Chance(50) ? 1 : -1));
        // Where an exponent or a mantissa steps: multiples of q and their neighbours.
        const auto times = static_cast<int64_t>(random.Pick(128, 256));
        const int64_t edge = (q * times >> random.Pick(0, 22)) + random.Pick(0, 2);
        row[random.Pick(0, 15)] = static_cast<int16_t>(-std::min<int64_t>(edge, 32768));
      }
      std::memcpy(&memory[kSource], values, sizeof values);
      RunAndCheck();
      for (uint32_t r = 0; r < rows && !HasFailure(); r++) {
        const uint8_t *row = &memory[kTarget + r * RowBytes(true)], *scale = row + RowBytes(true) - 4;
        int64_t most = 0;
        for (int16_t value : values[r]) most = std::max<int64_t>(most, std::abs(value));
        const int64_t m = scale[0], x = scale[1];
        ASSERT_GE(m, 128);
        ASSERT_EQ(scale[2] | scale[3], 0);
        if (most <= 255 * q) {
          ASSERT_GE(q * m, most << x) << "A " << most << " m " << m << " x " << x;
        }
        const int64_t below = m > 128 ? m - 1 : 255, below_x = m > 128 ? x : x + 1;
        if (most > 0 && below_x <= 22) {
          ASSERT_LT(q * below, most << below_x) << "A " << most << " m " << m << " x " << x;
        }
      }
    }
  }
}

TEST_F(Recode, RefusesWhatIsOutOfRange) {
  const std::vector<uint8_t> before = memory;
  const struct {
    uint32_t d, rows, word;
  } kBad[] = {{16, 0, 5}, {0, 1, 6}, {24, 1, 6}, {head_dim + 16, 1, 6}, {0, 0, 5}};
  for (const auto &bad : kBad) {
    Make(0, false, 1, true, bad.d, bad.rows, 0);
    Run();
    EXPECT_EQ(dut->code_o, SAC_HW_ERR_RANGE);
    EXPECT_EQ(dut->address_o, bad.word);
    EXPECT_EQ(rows_written, 0u);
  }
  EXPECT_EQ(memory, before);
  Make(0, false, 1, true, head_dim, 3, 2);
  RunAndCheck();
  EXPECT_EQ(dut->code_o, SAC_HW_ERR_NONE);
}

// The slots that pack, or the words of the unpacker, are never idle for long.
TEST_F(Recode, PacksItsSlotsNearlyEveryCycle) {
  for (unsigned round = 0; round < 16; round++) {
    const uint32_t rows = 120, d = head_dim;
    Make(round % 4, round == 5 || round == 9, round / 4 % 4, round & 1, d, rows, 0);
    RunAndCheck();
    const bool beats = Get(SAC_RECODE_SOURCE_SCALED) || Get(SAC_RECODE_SOURCE_FORMAT) == 0;
    const uint32_t words = d / dut->lanes_o * (beats ? 2 : 1);
    const uint32_t bus = (std::max(RowBytes(false), RowBytes(true)) + beat - 1) / beat;
    const uint32_t packed = d / dut->slots_o + (Get(SAC_RECODE_DESTINATION_SCALED) ? (d + 63) / 64 : 0);
    const double most = std::max({words, bus, packed});
    std::printf("%s: %.2f cycles a row of %.0f\n", Text().c_str(), static_cast<double>(cycles) / rows, most);
    EXPECT_LT(static_cast<double>(cycles), rows * (most + 1.6) + 60) << Text();
  }
}

}  // namespace
