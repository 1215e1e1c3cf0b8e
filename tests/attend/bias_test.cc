// SPDX-License-Identifier: Apache-2.0
// verilate: sac_bias_bench tiny
// verilate: sac_bias_bench odd
// Bias rows: a request for each row and step with the flag, in order and of the words it needs, at
// the row's address; lanes see every word, or bit, of their rows; never more than the rows of two
// groups before they are free.
#include <deque>

#include "Vsac_bias_bench.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr unsigned kBeatWords = sizeof(Vsac_bias_bench::data_i) / 4;

struct Step {
  bool empty, bias;
  uint32_t position;
  unsigned head, key, count, rows;
};

// What memory holds at an address: any word will do.
uint32_t Word(uint32_t address) {
  uint64_t x = address * uint64_t{0x9e3779b97f4a7c15};
  return static_cast<uint32_t>((x ^ x >> 29) * uint64_t{0xbf58476d1ce4e5b9} >> 32);
}

class Bias : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_bias_bench dut{&context};
  Random random{23, "attend_bias"};

  void Edge() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
  }
  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.start_i = dut.step_valid_i = dut.read_ready_i = dut.data_valid_i =
        dut.free_i = 0;
    dut.place_valid_i = 0;
    dut.eval();
    for (int i = 0; i < 10; i++) Edge();
    dut.rst_ni = 1;
    Edge();
  }

  struct Request {
    uint32_t address;
    unsigned words;
  };
  struct Group {
    size_t step;
    unsigned first, lanes;
  };

  void Run(const std::vector<Step> &steps, bool words, unsigned heads, unsigned slow) {
    const uint32_t base = 4 * random.Pick(0, 1 << 28), position_stride = 4 * random.Bits(28),
                   head_stride = 4 * random.Bits(28);
    auto rest = [&] { return slow && random.Chance(slow); };
    auto place = [&](const Step &step, unsigned row) {
      const uint32_t position = step.position + (step.head + row) / heads,
                     head = (step.head + row) % heads;
      return base + position * position_stride + head * head_stride +
             4 * (words ? step.key : step.key / 32);
    };
    std::vector<Request> wanted;
    std::vector<Group> groups;
    for (size_t s = 0; s < steps.size(); s++) {
      const Step &step = steps[s];
      if (step.empty || !step.bias) continue;
      for (unsigned r = 0; r < step.rows; r++)
        wanted.push_back(
            {place(step, r), words ? step.count : (step.key % 32 + step.count + 31) / 32});
      for (unsigned r = 0; r < step.rows; r += dut.attend_lanes_o)
        groups.push_back({s, r, std::min(dut.attend_lanes_o, step.rows - r)});
    }
    dut.bias_words_i = words;
    dut.bias_address_i = base;
    dut.position_stride_i = position_stride;
    dut.head_stride_i = head_stride;
    dut.group_i = heads;
    dut.start_i = 1;
    Edge();
    dut.start_i = 0;
    size_t sent = 0, asked = 0, loaded = 0, freed = 0;
    std::deque<Request> answers;
    unsigned next = 0, key = 0;
    struct Seen {
      bool valid;
      size_t group;
      unsigned key;
    } seen[2] = {};
    long quiet = 0;
    while (sent < steps.size() || freed < groups.size()) {
      ASSERT_LT(quiet++, 20000) << "nothing happens: sent " << sent << " asked " << asked
                                << " loaded " << loaded;
      dut.step_valid_i = sent < steps.size() && !rest();
      if (dut.step_valid_i) {
        const Step &step = steps[sent];
        dut.empty_i = step.empty;
        dut.bias_i = step.bias;
        dut.position_i = step.position;
        dut.head_i = step.head;
        dut.key_i = step.key;
        dut.count_i = step.count;
        dut.step_rows_i = step.rows;
      }
      dut.read_ready_i = !rest();
      dut.data_valid_i = !answers.empty() && !rest();
      if (dut.data_valid_i) {
        for (unsigned i = 0; i < kBeatWords; i++)
          set_port_word(
              dut.data_i, i,
              next + i < answers[0].words ? Word(answers[0].address + 4 * (next + i)) : 0);
        dut.data_last_i = next + kBeatWords >= answers[0].words;
      }
      // Lanes read key after key, in step with one another; then the group is free.
      dut.place_valid_i = dut.free_i = 0;
      const bool reads = freed < loaded && !rest();
      if (reads && key < steps[groups[freed].step].count) {
        const Step &step = steps[groups[freed].step];
        dut.place_valid_i = (1u << dut.attend_lanes_o) - 1;
        dut.place_buffer_i = freed % 2 ? (1u << dut.attend_lanes_o) - 1 : 0;
        dut.place_i = 0;
        for (unsigned i = 0; i < dut.attend_lanes_o; i++)
          dut.place_i |= (words ? key : key + step.key % 32) << 16 * i;
      } else if (reads && !seen[0].valid && !seen[1].valid) {
        dut.free_i = 1;
      }
      dut.eval();
      if (seen[1].valid) {
        const Group &group = groups[seen[1].group];
        const Step &step = steps[group.step];
        for (unsigned i = 0; i < group.lanes; i++) {
          const uint32_t row = place(step, group.first + i), bit = step.key % 32 + seen[1].key;
          const uint32_t want =
              words ? Word(row + 4 * seen[1].key) : Word(row + 4 * (bit / 32)) >> bit % 32 & 1;
          ASSERT_EQ(port_word(dut.word_o, i), want)
              << "row " << group.first + i << " key " << seen[1].key;
        }
      }
      seen[1] = seen[0];
      seen[0] = {dut.place_valid_i != 0, freed, key};
      if (dut.place_valid_i) key++;
      const bool step_taken = dut.step_valid_i && dut.step_ready_o;
      if (dut.read_valid_o && dut.read_ready_i) {
        ASSERT_LT(asked, wanted.size());
        ASSERT_EQ(dut.read_address_o, wanted[asked].address) << "request " << asked;
        ASSERT_EQ(dut.read_bytes_o, 4 * wanted[asked].words) << "request " << asked;
        answers.push_back(wanted[asked++]);
      }
      if (dut.data_valid_i && dut.data_ready_o) {
        quiet = 0;
        next += kBeatWords;
        if (dut.data_last_i) {
          answers.pop_front();
          next = 0;
        }
      }
      loaded += dut.loaded_o;
      ASSERT_LE(loaded, freed + 2);
      if (dut.free_i) {
        freed++;
        key = 0;
        quiet = 0;
      }
      Edge();
      sent += step_taken;
    }
    dut.step_valid_i = dut.free_i = dut.data_valid_i = 0;
    for (int i = 0; i < 50; i++) {
      ASSERT_FALSE(dut.read_valid_o || dut.loaded_o);
      Edge();
    }
    EXPECT_EQ(asked, wanted.size());
  }
};

TEST_F(Bias, BringsTheWordsAndBitsOfEveryRow) {
  SCOPED_TRACE(random.rerun);
  for (int run = 0; run < 200 && !HasFailure(); run++) {
    SCOPED_TRACE(run);
    const unsigned heads = random.Pick(1, 9);
    std::vector<Step> steps;
    for (uint64_t n = random.Pick(1, 12); n > 0; n--) {
      const unsigned count = random.Chance(50) ? dut.tile_o : random.Pick(1, dut.tile_o);
      steps.push_back({random.Chance(10), random.Chance(70), static_cast<uint32_t>(random.Bits(24)),
                       static_cast<unsigned>(random.Pick(0, heads - 1)),
                       static_cast<unsigned>(random.Bits(20)), count,
                       static_cast<unsigned>(random.Pick(1, dut.rows_o))});
    }
    Run(steps, random.Chance(50), heads,
        random.Chance(30) ? 0 : static_cast<unsigned>(random.Pick(0, 90)));
  }
}

}  // namespace
