// SPDX-License-Identifier: Apache-2.0
// verilate: sac_array_bench tiny
// verilate: sac_array_bench odd
// verilate: sac_array_bench ecp5
// verilate: sac_array_bench wide
// The array against sums written out here, with random operations, operands and waiting. Any parameters will do.
#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "Vsac_array_bench.h"

namespace {

struct Quant {
  int32_t bias;
  uint16_t multiplier;
  uint8_t shift;
};

struct Operation {
  bool reduce, relu, source_h, to_h;
  unsigned source, beats, chunks, weight_base, quant_base, word;
  // Operations of ATTEND: weight_base is an address of the KV RAM.
  bool attend = false, two_beats = false, x_unsigned = false, segmented = false;
  uint16_t tag = 0;
  // KV words an output lane; with segments each has two keys.
  unsigned elements() const { return two_beats ? beats / 2 : beats; }
  unsigned operand_words(unsigned lanes) const {
    return reduce ? chunks : ((segmented ? 2 : 1) * elements() + lanes - 1) / lanes;
  }
};

// A raw result that the array owes, or those of two segments.
struct Raw {
  std::vector<std::vector<int64_t>> segments;  // [segment][row]
  bool last;
  uint16_t tag;
};

int16_t requantise(int64_t sum, const Quant &quant, bool relu) {
  const __int128 product = static_cast<__int128>(sum + quant.bias) * quant.multiplier;
  __int128 y = product >> quant.shift;
  const __int128 rest = product - (y << quant.shift), whole = static_cast<__int128>(1) << quant.shift;
  if (2 * rest > whole || (2 * rest == whole && (y & 1))) y += 1;
  if (y > 32767) y = 32767;
  if (y < -32768) y = -32768;
  if (relu && y < 0) y = 0;
  return static_cast<int16_t>(y);
}

class Array : public ::testing::Test {
 protected:
  using Word = std::vector<int16_t>;
  VerilatedContext context;
  Vsac_array_bench dut{&context};
  unsigned seed = getenv("SAC_SEED") ? static_cast<unsigned>(atoi(getenv("SAC_SEED"))) : 1;
  std::mt19937 random{seed};
  unsigned rows = 0, lanes = 0, segments = 1, x_words = 0, h_words = 0, weight_words = 64, quant_entries = 0;
  std::vector<std::vector<Word>> x, h, out;  // [row][word][lane]
  std::vector<std::vector<int8_t>> weights, kv;
  std::vector<Quant> quant;
  std::vector<int> x_busy, h_reading, h_writing, kv_busy;
  std::deque<Raw> scores, sums;
  std::vector<int> slot_busy = {0, 0};
  std::deque<Operation> reading, running;
  uint64_t cycles = 0, beats = 0;

  unsigned pick(unsigned low, unsigned high) { return std::uniform_int_distribution<unsigned>(low, high)(random); }

  void SetUp() override {
    SCOPED_TRACE("seed " + std::to_string(seed));
    dut.rst_ni = 0;
    tick();
    tick();
    dut.rst_ni = 1;
    rows = dut.rows_o, lanes = dut.lanes_o, x_words = dut.x_words_o, h_words = dut.h_words_o;
    segments = dut.segments_o;
    weight_words = std::min<unsigned>(dut.weight_words_o, 600);
    quant_entries = std::min<unsigned>(dut.quant_entries_o, 3 * lanes);
    x.assign(rows, std::vector<Word>(x_words, Word(lanes)));
    h.assign(rows, std::vector<Word>(h_words, Word(lanes)));
    out.assign(rows, std::vector<Word>(2, Word(lanes)));
    x_busy.assign(x_words, 0);
    kv.assign(std::min<unsigned>(dut.kv_words_o, 600), std::vector<int8_t>(lanes));
    kv_busy.assign(kv.size(), 0);
    for (unsigned w = 0; w < kv.size(); w++) write_kv(w);
    h_reading = h_writing = std::vector<int>(h_words, 0);
    load_tables();
    for (unsigned r = 0; r < rows; r++)
      for (unsigned w = 0; w < x_words; w++) write_x(r, w);
  }

  // One clock; follows the pulses that free operands and results.
  void tick() {
    dut.clk_i = 0;
    dut.eval();
    if (dut.rst_ni) {
      cycles++;
      beats += dut.beat_o;
      if (dut.read_o) {
        const Operation op = reading.front();
        reading.pop_front();
        for (unsigned i = 0; i < op.operand_words(lanes); i++) (op.source_h ? h_reading : x_busy)[op.source + i]--;
        for (unsigned i = 0; op.attend && i < op.beats; i++) kv_busy[op.weight_base + i]--;
        EXPECT_EQ(dut.read_tag_o, op.tag);
      }
      if (dut.score_valid_o) check_raw(scores, dut.score_last_o, dut.score_tag_o, &dut.score_o[0], segments);
      if (dut.sum_valid_o) check_raw(sums, dut.sum_last_o, dut.sum_tag_o, &dut.sum_o[0], 1);
      if (dut.done_o) {
        ASSERT_FALSE(running.empty()) << "seed " << seed;
        const Operation op = running.front();
        running.pop_front();
        EXPECT_EQ(dut.done_to_h_o, op.to_h);
        EXPECT_EQ(dut.done_word_o, op.word);
        if (op.to_h) h_writing[op.word]--;
        else slot_busy[op.word] = 2;
      }
    }
    dut.clk_i = 1;
    dut.eval();
    dut.table_valid_i = dut.x_write_i = dut.unload_i = dut.kv_write_i = 0;
  }

  void check_raw(std::deque<Raw> &owed, bool last, uint16_t tag, const WData *data, unsigned each) {
    ASSERT_FALSE(owed.empty()) << "seed " << seed;
    EXPECT_EQ(last, owed.front().last) << "seed " << seed;
    EXPECT_EQ(tag, owed.front().tag) << "seed " << seed;
    for (unsigned s = 0; s < owed.front().segments.size(); s++)
      for (unsigned r = 0; r < rows; r++) {
        uint64_t got = 0;
        const unsigned first = 40 * (r * each + s);
        for (unsigned b = first; b < first + 40; b++) got = got >> 1 | uint64_t{data[b / 32] >> b % 32 & 1} << 63;
        ASSERT_EQ(static_cast<int64_t>(got) >> 24, owed.front().segments[s][r]) << "row " << r << " seed " << seed;
      }
    owed.pop_front();
  }

  void write_kv(unsigned word) {
    dut.kv_write_i = 1, dut.kv_address_i = word;
    for (unsigned l = 0; l < lanes; l++) {
      kv[word][l] = static_cast<int8_t>(pick(0, 3) ? pick(0, 255) : pick(127, 128));
      uint32_t &port = dut.kv_data_i[l / 4];
      port = (port & ~(0xffu << l % 4 * 8)) | uint32_t{static_cast<uint8_t>(kv[word][l])} << l % 4 * 8;
    }
    tick();
  }

  // Element `lane` of the words at `address`: one signed byte, or a signed high and an unsigned low one.
  int64_t kv_element(const Operation &op, unsigned number, unsigned lane) const {
    if (!op.two_beats) return kv[op.weight_base + number][lane];
    const unsigned address = op.weight_base + 2 * number;
    return kv[address][lane] * 256 + static_cast<uint8_t>(kv[address + 1][lane]);
  }

  void compute_raw(const Operation &op) {
    const unsigned parts = op.segmented ? 2 : 1, width = lanes / parts;
    const unsigned outputs = op.reduce ? op.elements() / op.chunks : width;
    for (unsigned o = 0; o < outputs; o++) {
      Raw raw{{}, o + 1 == outputs, op.tag};
      raw.segments.assign(op.reduce ? parts : 1, std::vector<int64_t>(rows));
      for (unsigned r = 0; r < rows; r++) {
        const auto &operands = op.source_h ? h[r] : x[r];
        const auto operand = [&](unsigned word, unsigned lane) {
          const int16_t value = operands[op.source + word][lane];
          return op.x_unsigned ? int64_t{static_cast<uint16_t>(value)} : int64_t{value};
        };
        if (op.reduce) {
          for (unsigned c = 0; c < op.chunks; c++)
            for (unsigned l = 0; l < lanes; l++)
              raw.segments[l / width][r] += operand(c, l) * kv_element(op, o * op.chunks + c, l);
        } else {
          for (unsigned k = 0; k < parts * op.elements(); k++)
            raw.segments[0][r] += operand(k / lanes, k % lanes) * kv_element(op, k / parts, k % parts * width + o);
        }
      }
      (op.reduce ? scores : sums).push_back(raw);
    }
  }

  void table_word(unsigned target, unsigned entry, uint32_t data, bool last) {
    dut.table_valid_i = 1, dut.table_target_i = target, dut.table_entry_i = entry;
    dut.table_data_i = data, dut.table_last_i = last;
    tick();
  }

  void load_tables() {
    weights.assign(weight_words, std::vector<int8_t>(lanes));
    for (unsigned entry = 0; entry < weight_words; entry++) {
      for (auto &value : weights[entry]) value = static_cast<int8_t>(pick(0, 255));
      for (unsigned i = 0; i < lanes; i += 4) {
        uint32_t data = 0;
        for (unsigned b = 0; b < 4; b++) data |= uint32_t{static_cast<uint8_t>(weights[entry][i + b])} << 8 * b;
        table_word(8, entry, data, i + 4 == lanes);
      }
    }
    quant.resize(quant_entries);
    for (unsigned entry = 0; entry < quant_entries; entry++) {
      Quant &q = quant[entry];
      q.bias = static_cast<int32_t>(random()) >> pick(0, 20);
      q.multiplier = static_cast<uint16_t>(pick(0, 65535));
      q.shift = static_cast<uint8_t>(pick(0, 3) ? pick(20, 36) : pick(0, 47));
      table_word(9, entry, static_cast<uint32_t>(q.bias), false);
      table_word(9, entry, q.multiplier | q.shift << 16, true);
    }
    tick();
  }

  void write_x(unsigned row, unsigned word) {
    static const int modes[] = {32767, 32767, 100};
    const int range = modes[pick(0, 2)];
    dut.x_write_i = 1, dut.x_row_i = row, dut.x_word_i = word;
    for (unsigned l = 0; l < lanes; l++) {
      const int value = std::uniform_int_distribution<int>(-range - 1, range)(random);
      x[row][word][l] = static_cast<int16_t>(value);
      uint32_t &port = dut.x_data_i[l / 2];
      port = l % 2 ? (port & 0xffff) | static_cast<uint32_t>(value) << 16 : static_cast<uint32_t>(value) & 0xffff;
    }
    tick();
  }

  void compute(const Operation &op) {
    for (unsigned r = 0; r < rows; r++) {
      const auto &operands = op.source_h ? h[r] : x[r];
      Word result = op.to_h ? h[r][op.word] : out[r][op.word];
      for (unsigned o = 0; o < (op.reduce ? 3 : lanes); o++) {
        int64_t sum = 0;
        if (op.reduce) {
          for (unsigned c = 0; c < op.chunks; c++)
            for (unsigned l = 0; l < lanes; l++)
              sum += operands[op.source + c][l] * int64_t{weights[op.weight_base + o * op.chunks + c][l]};
        } else {
          for (unsigned k = 0; k < op.beats; k++)
            sum += operands[op.source + k / lanes][k % lanes] * int64_t{weights[op.weight_base + k][o]};
        }
        result[o] = requantise(sum, quant[op.quant_base + o], op.relu);
      }
      (op.to_h ? h[r][op.word] : out[r][op.word]) = result;
    }
  }

  Operation random_operation() {
    Operation op{};
    op.reduce = pick(0, 3) == 0;
    op.relu = pick(0, 1);
    op.source_h = pick(0, 1);
    const unsigned words = op.source_h ? h_words : x_words;
    op.source = pick(0, words - 1);
    const unsigned most = std::min(words - op.source, 16u);
    if (op.reduce) {
      op.chunks = pick(1, most);
      op.beats = 3 * op.chunks;
    } else {
      op.beats = std::min(pick(1, pick(0, 1) ? most * lanes : lanes), weight_words);
    }
    op.weight_base = pick(0, weight_words - op.beats);
    op.quant_base = pick(0, quant_entries - lanes);
    op.to_h = !op.reduce && pick(0, 2) == 0;  // a reduce result is not a whole word
    op.word = pick(0, op.to_h ? h_words - 1 : 1);
    return op;
  }

  Operation random_attend_operation() {
    Operation op{};
    op.attend = true;
    op.reduce = pick(0, 1);
    op.source_h = pick(0, 3) == 0;
    op.two_beats = pick(0, 1);
    op.x_unsigned = pick(0, 1);
    op.segmented = segments == 2 && pick(0, 1);
    op.tag = static_cast<uint16_t>(random());
    const unsigned words = op.source_h ? h_words : x_words, halves = op.two_beats ? 2 : 1;
    op.source = pick(0, words - 1);
    const unsigned most = std::min(words - op.source, 8u);
    op.chunks = op.reduce ? op.segmented ? 1 : pick(1, most) : 0;
    const unsigned longest = static_cast<unsigned>(kv.size()) / halves;
    const unsigned elements = op.reduce ? op.chunks * std::min(pick(1, 40), longest / op.chunks)
                                        : std::min(pick(1, (pick(0, 1) ? most * lanes : lanes) / (op.segmented ? 2 : 1)), longest);
    op.beats = elements * halves;
    op.weight_base = pick(0, static_cast<unsigned>(kv.size()) - op.beats);
    return op;
  }

  bool free_to_issue(const Operation &op) const {
    for (unsigned i = 0; i < op.operand_words(lanes); i++)
      if (op.source_h && h_writing[op.source + i]) return false;
    if (op.attend) return true;
    // Operands are read in order, so a result may overwrite what an earlier or this operation reads.
    if (op.to_h) return !h_writing[op.word];
    return !slot_busy[op.word];
  }

  void issue(const Operation &op) {
    dut.operation_valid_i = 1;
    dut.reduce_i = op.reduce, dut.relu_i = op.relu, dut.source_h_i = op.source_h, dut.source_i = op.source;
    dut.beats_i = op.beats, dut.chunks_i = op.chunks, dut.weight_base_i = op.weight_base;
    dut.quant_base_i = op.quant_base, dut.to_h_i = op.to_h, dut.word_i = op.word;
    dut.attend_i = op.attend, dut.two_beats_i = op.two_beats, dut.x_unsigned_i = op.x_unsigned;
    dut.segmented_i = op.segmented, dut.tag_i = op.tag;
    for (unsigned i = 0; i < op.operand_words(lanes); i++) (op.source_h ? h_reading : x_busy)[op.source + i]++;
    reading.push_back(op);
    if (op.attend) {
      for (unsigned i = 0; i < op.beats; i++) kv_busy[op.weight_base + i]++;
      compute_raw(op);
    } else {
      if (op.to_h) h_writing[op.word]++;
      else slot_busy[op.word] = 1;
      compute(op);
      running.push_back(op);
    }
    for (;;) {
      dut.clk_i = 0;
      dut.eval();
      const bool taken = dut.operation_ready_o;
      tick();
      if (taken) break;
    }
    dut.operation_valid_i = 0;
  }

  void unload(unsigned slot, bool narrow) {
    for (unsigned r = 0; r < rows + 2; r++) {
      if (r < rows) dut.unload_i = 1, dut.unload_slot_i = slot, dut.unload_row_i = r;
      if (r >= 2) check(slot, r - 2, narrow);
      tick();
    }
    slot_busy[slot] = 0;
  }

  void check(unsigned slot, unsigned row, bool narrow) {
    dut.clk_i = 0;
    dut.eval();
    for (unsigned l = 0; l < (narrow ? 3 : lanes); l++) {
      const int16_t got = static_cast<int16_t>(dut.unload_data_o[l / 2] >> (l % 2 * 16));
      ASSERT_EQ(got, out[row][slot][l]) << "row " << row << " lane " << l << " seed " << seed;
    }
  }
};

TEST_F(Array, ComputesRandomOperationsAsTheSumsSay) {
  // The h RAM starts undefined: fill it.
  for (unsigned w = 0; w < h_words; w++) issue({false, false, false, true, 0, lanes, 0, 0, 0, w});
  bool narrow[2] = {false, false};
  for (unsigned i = 0; i < 1500 && !HasFatalFailure(); i++) {
    const Operation op = i % 500 < 250 || pick(0, 1) ? random_operation() : random_attend_operation();
    for (int wait = 0; !free_to_issue(op); wait++) {
      ASSERT_LT(wait, 10000) << "seed " << seed;
      if (!op.attend && !op.to_h && slot_busy[op.word] == 2) unload(op.word, narrow[op.word]);
      else tick();
    }
    if (!op.to_h && !op.attend) narrow[op.word] = op.reduce;
    issue(op);
    if (pick(0, 3) == 0)
      for (unsigned n = pick(0, 100); n; n--) tick();
    if (pick(0, 1)) {
      const unsigned word = pick(0, x_words - 1);
      if (!x_busy[word]) write_x(pick(0, rows - 1), word);
      const unsigned kv_word = pick(0, static_cast<unsigned>(kv.size()) - 1);
      if (!kv_busy[kv_word]) write_kv(kv_word);
    }
  }
  for (int i = 0; i < 5000 && !(running.empty() && scores.empty() && sums.empty()); i++) tick();
  ASSERT_TRUE(running.empty() && scores.empty() && sums.empty());
  for (unsigned slot = 0; slot < 2; slot++)
    if (slot_busy[slot]) unload(slot, narrow[slot]);
}

TEST_F(Array, FollowsWithoutABubbleWhenTheDrainFits) {
  const unsigned k = std::min(lanes * 3 / 2, weight_words);
  issue({false, false, false, true, 0, k, 0, 0, 0, 0});
  while (!dut.beat_o) tick();
  const uint64_t first_cycle = cycles, first_beat = beats;
  for (int i = 0; i < 4; i++) {
    issue({true, false, false, false, 0, 3, 1, 0, 0, 0});
    issue({false, false, false, true, 0, k, 0, 0, 0, static_cast<unsigned>(i % 4)});
  }
  EXPECT_EQ(beats - first_beat, cycles - first_cycle);
  while (!running.empty()) tick();
}

TEST_F(Array, FollowsWithoutABubbleWithRawResults) {
  Operation scores_of{true, false, false, false, 0, 6, 1, 0, 0, 0};
  Operation sums_of{false, false, false, false, 0, lanes, 0, 3, 0, 0};
  scores_of.attend = sums_of.attend = sums_of.two_beats = true;
  issue(scores_of);
  while (!dut.beat_o) tick();
  const uint64_t first_cycle = cycles, first_beat = beats;
  for (int i = 0; i < 6; i++) {
    issue(sums_of);  // two drains in succession fit exactly
    if (i % 2) issue(scores_of);
  }
  EXPECT_EQ(beats - first_beat, cycles - first_cycle);
  for (int i = 0; i < 500; i++) tick();
  EXPECT_TRUE(scores.empty() && sums.empty());
}

}  // namespace
