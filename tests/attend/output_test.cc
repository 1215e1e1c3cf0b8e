// SPDX-License-Identifier: Apache-2.0
// verilate: sac_output_bench tiny
// verilate: sac_output_bench odd
// The output of ATTEND against section 3 in wide integers: rows of Y and log-sum-exps of random and
// extreme states and sums, sub-blocks without a step, blocks without keys, scores; every word once
// and no other, with everything around slow and fast; and that rows of Y leave OutputLanes elements
// a cycle.
#include <array>
#include <cstring>
#include <deque>
#include <map>

#include "Vsac_output_bench.h"
#include "tests/attend/numbers.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

namespace {

constexpr unsigned kBeatWords = sizeof(Vsac_output_bench::write_data_o) / 4;

struct Step {
  bool last_of_command, empty, first_of_block, last_of_block, block;
  uint32_t block_row, row;
  unsigned sub, rows, key, count;
};

// State and O of a block that has been summed.
struct Block {
  uint32_t row;
  std::vector<bool> subs;
  std::vector<State> states;
  std::vector<std::vector<int64_t>> sums;
};

class Output : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_output_bench dut{&context};
  Random random{22, "attend_output"};
  unsigned function = kSoftmax, scores = 0, output_shift = 0, elements = 16, slow = 0;
  bool lse = false;
  std::vector<Head> heads;
  std::vector<Step> steps;
  std::vector<Block> blocks;
  std::vector<uint32_t> logits;
  uint32_t rows = 0, y_address = 0, position_stride = 0, head_stride = 0, lse_address = 0;
  std::map<uint32_t, uint32_t> expected, memory;
  long cycles = 0;

  void Edge() {
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
    cycles++;
  }
  void SetUp() override {
    dut.clk_i = dut.rst_ni = dut.start_i = dut.table_valid_i = dut.control_valid_i =
        dut.step_valid_i = 0;
    dut.block_summed_i = dut.state_valid_i = dut.logit_valid_i = dut.write_ready_i =
        dut.write_data_ready_i = dut.write_done_i = 0;
    dut.group_i = 1;
    dut.eval();
    for (int i = 0; i < 40; i++) Edge();
    dut.rst_ni = 1;
    Edge();
    dut.target_i = Log2().target;
    dut.control_valid_i = 1;
    dut.data_i = Log2().control();
    Edge();
    dut.control_valid_i = 0;
    dut.table_valid_i = 1;
    for (unsigned i = 0; i < 512; i++) {
      dut.entry_i = i / 2;
      dut.word_i = i % 2;
      dut.data_i = i % 2 ? Log2().delta[i / 2] : Log2().base[i / 2];
      Edge();
    }
    dut.table_valid_i = 0;
  }
  bool Rest() { return slow && random.Chance(slow); }

  void Put(uint32_t address, uint32_t word) {
    ASSERT_TRUE(expected.emplace(address, word).second) << "the test writes a word twice";
  }
  uint32_t Place(uint32_t row) {
    const auto group = static_cast<uint32_t>(heads.size());
    return y_address + row / group * position_stride + row % group * head_stride;
  }
  void Expect() {
    expected.clear();
    memory.clear();
    if (scores) {
      size_t next = 0;
      for (const Step &step : steps) {
        for (uint32_t r = 0; r < step.rows && !step.empty; r++)
          for (unsigned j = 0; j < step.count; j++)
            Put(Place(step.row + r) + 4 * (step.key + j), logits[next++]);
      }
      return;
    }
    for (const Block &block : blocks) {
      for (uint32_t i = 0; i < dut.rows_o * dut.blocks_o && block.row + i < rows; i++) {
        const uint32_t row = block.row + i;
        const bool begun = block.subs[i / dut.rows_o];
        const State state =
            begun ? block.states[i] : FirstState(function, heads[row % heads.size()]);
        for (unsigned e = 0; e < elements; e += 2) {
          uint32_t word = 0;
          for (unsigned k = 0; k < 2; k++)
            word |= static_cast<uint32_t>(static_cast<uint16_t>(
                        begun ? ::Output(function, state, block.sums[i][e + k], output_shift) : 0))
                    << 16 * k;
          Put(Place(row) + 2 * e, word);
        }
        if (lse) Put(lse_address + 4 * row, static_cast<uint32_t>(LogSumExp(state)));
      }
    }
  }

  void Run() {
    Expect();
    dut.function_i = function;
    dut.scores_mode_i = scores;
    dut.lse_i = lse;
    dut.group_i = heads.size();
    dut.job_rows_i = rows;
    dut.y_address_i = y_address;
    dut.y_position_stride_i = position_stride;
    dut.y_head_stride_i = head_stride;
    dut.lse_address_i = lse_address;
    dut.output_shift_i = output_shift;
    dut.d_v_i = elements;
    dut.start_i = 1;
    Edge();
    dut.start_i = 0;
    size_t sent = 0, summed = 0, freed = 0, logit = 0, written = 0, sent_blocks = 0;
    bool finished = false, active = false;
    uint32_t address = 0, left = 0;
    std::deque<int> answers;
    // Elements that have been asked for, a cycle and two cycles ago.
    std::array<uint64_t, 8> sum[2] = {};
    for (auto &word : sum[1]) word = random();
    long quiet = 0, state_wait = 0;
    while (!finished) {
      ASSERT_LT(quiet++, 20000) << "nothing happens: sent " << sent << " summed " << summed
                                << " freed " << freed;
      dut.step_valid_i = sent < steps.size() && !Rest();
      if (dut.step_valid_i) {
        const Step &step = steps[sent];
        dut.last_of_command_i = step.last_of_command;
        dut.empty_i = step.empty;
        dut.first_of_block_i = step.first_of_block;
        dut.last_of_block_i = step.last_of_block;
        dut.block_i = step.block;
        dut.block_row_i = step.block_row;
        dut.sub_i = step.sub;
        dut.step_rows_i = step.rows;
        dut.row_i = step.row;
        dut.key_i = step.key;
        dut.count_i = step.count;
      }
      dut.block_summed_i = summed < sent_blocks && summed < freed + 2 && !Rest();
      std::memcpy(&dut.sum_i, sum[1].data(), 8 * dut.lanes_o);
      dut.state_valid_i = 0;
      if (dut.state_read_o && state_wait++ >= 2 && !Rest()) {
        ASSERT_LT(freed, blocks.size());
        const Block &block = blocks[freed];
        ASSERT_EQ(dut.state_block_o, freed % 2);
        ASSERT_LT(freed, summed);
        ASSERT_TRUE(block.subs[dut.state_sub_o]);
        const State &state = block.states[dut.state_sub_o * dut.rows_o + dut.state_row_o];
        dut.state_valid_i = 1;
        dut.state_maximum_i = static_cast<uint16_t>(state.maximum) & 0x1fff;
        dut.state_sum_i = static_cast<uint64_t>(state.sum);
        state_wait = 0;
      }
      dut.logit_valid_i = logit < logits.size() && !Rest();
      if (dut.logit_valid_i) dut.logit_i = logits[logit];
      dut.write_ready_i = !active && !Rest();
      dut.write_data_ready_i = active && !Rest();
      dut.write_done_i = !answers.empty() && answers.front() < cycles;
      if (dut.write_done_i) answers.pop_front();
      const Head head = heads[dut.head_index_o % heads.size()];
      dut.eval();
      const bool step_taken = dut.step_valid_i && dut.step_ready_o;
      sum[1] = sum[0];
      sum[0] = {};
      if (dut.sum_valid_o) {
        const Block &block = blocks[freed];
        ASSERT_LT(freed, summed);
        ASSERT_EQ(dut.sum_block_o, freed % 2);
        const std::vector<int64_t> &row = block.sums[dut.sum_sub_o * dut.rows_o + dut.sum_row_o];
        ASSERT_EQ(dut.sum_element_o % dut.lanes_o, 0u);
        for (unsigned n = 0; n < dut.lanes_o; n++)
          sum[0][n] = static_cast<uint64_t>(row.at(dut.sum_element_o + n));
      }
      if (dut.logit_valid_i && dut.logit_ready_o) logit++;
      if (dut.write_data_valid_o && dut.write_data_ready_i) {
        quiet = 0;
        for (unsigned i = 0; i < kBeatWords && left > 0; i++, left -= 4, address += 4) {
          ASSERT_TRUE(memory.emplace(address, port_word(dut.write_data_o, i)).second)
              << "word " << address << " is written twice";
        }
        if (left == 0) {
          active = false;
          answers.push_back(static_cast<int>(cycles + static_cast<long>(random.Pick(1, slow + 2))));
        }
      } else if (dut.write_valid_o && dut.write_ready_i) {
        active = true;
        address = dut.write_address_o;
        left = dut.write_bytes_o;
        ASSERT_EQ(address % 4, 0u);
        ASSERT_TRUE(left > 0 && left % 4 == 0 && left <= 32768);
      }
      written += dut.block_written_o;
      summed += dut.block_summed_i;
      if (dut.finished_o) {
        ASSERT_TRUE(answers.empty() && !active);
        finished = true;
      }
      const bool free = dut.context_free_o;
      Edge();
      dut.sink_max_i = static_cast<uint16_t>(head.sink_max) & 0x1fff;
      dut.sink_sum_i = head.sink_sum;
      freed += free;
      if (step_taken) sent_blocks += steps[sent++].last_of_block;
    }
    dut.step_valid_i = dut.block_summed_i = dut.logit_valid_i = dut.write_done_i = 0;
    for (int i = 0; i < 5; i++) {
      ASSERT_FALSE(dut.finished_o || dut.write_valid_o);
      freed += dut.context_free_o;
      Edge();
    }
    EXPECT_EQ(freed, blocks.size());
    EXPECT_EQ(written, blocks.size());
    EXPECT_EQ(memory.size(), expected.size());
    for (const auto &[at, word] : expected) {
      ASSERT_EQ(memory.count(at), 1u) << "word " << at << " is missing";
      ASSERT_EQ(memory[at], word) << "word " << at << " from Y on " << at - y_address;
    }
  }

  State RandomState() {
    State state = FirstState(function, {});
    if (function == kLinear) return state;
    state.none = false;
    state.maximum = function == kSoftmax ? static_cast<int>(random.Pick(0, 8191)) - 4096 : 0;
    switch (random.Pick(0, 5)) {
      case 0:
        state.sum = 0;
        break;
      case 1:
        state.sum = int64_t{1} << random.Pick(0, 37);
        break;
      case 2:
        state.sum = (int64_t{1} << random.Pick(1, 38)) - 1;
        break;
      default:
        state.sum = static_cast<int64_t>(random.Bits(38));
    }
    return state;
  }
  int64_t RandomSum() {
    const int64_t top = int64_t{1} << 43;
    if (random.Chance(5)) return top - 1;
    if (random.Chance(5)) return -top;
    return static_cast<int64_t>(random()) >> random.Pick(20, 63);
  }
  // Blocks in any order, each once, some of their sub-blocks without step.
  void RandomBlocks(unsigned most) {
    const unsigned block_rows = dut.rows_o * dut.blocks_o;
    heads.assign(random.Pick(1, 9), {});
    for (Head &head : heads) {
      if (random.Chance(60))
        head.sink_sum = random.Pick(1, 65535),
        head.sink_max = static_cast<int>(random.Pick(0, 8191)) - 4096;
    }
    rows = random.Pick(1, most * block_rows);
    elements = 16 * random.Pick(1, dut.elements_o / 16);
    const uint32_t row_bytes = scores ? 4000 : 2 * elements + 4 * random.Pick(0, 3);
    head_stride = row_bytes;
    position_stride = row_bytes * static_cast<uint32_t>(heads.size()) + 4 * random.Pick(0, 9);
    y_address = 4 * random.Pick(0, 1 << 20);
    lse_address = y_address + rows * position_stride + 4 * random.Pick(0, 99);
    std::vector<uint32_t> order;
    for (uint32_t row = 0; row < rows; row += block_rows) order.push_back(row);
    std::shuffle(order.begin(), order.end(), random.engine);
    steps.clear();
    blocks.clear();
    logits.clear();
    for (const uint32_t row : order) {
      Block block = {row, std::vector<bool>(dut.blocks_o), {}, {}};
      for (unsigned i = 0; i < block_rows; i++) {
        block.states.push_back(RandomState());
        block.sums.emplace_back();
        for (unsigned e = 0; e < elements; e++) block.sums.back().push_back(RandomSum());
      }
      const size_t from = steps.size();
      unsigned key = random.Pick(0, 99);
      for (unsigned tile = random.Pick(0, 2); tile > 0; tile--) {
        const unsigned count = random.Pick(1, dut.tile_o);
        for (unsigned sub = 0; sub < dut.blocks_o && row + sub * dut.rows_o < rows; sub++) {
          if (random.Chance(30)) continue;
          block.subs[sub] = true;
          const uint32_t first = row + sub * dut.rows_o;
          steps.push_back({false, false, false, false, blocks.size() % 2 == 1, row, first, sub,
                           std::min<uint32_t>(dut.rows_o, rows - first), key, count});
          for (unsigned i = 0; i < steps.back().rows * count; i++)
            logits.push_back(static_cast<uint32_t>(random()));
        }
        key += count;
      }
      if (steps.size() == from)
        steps.push_back(
            {false, true, false, false, blocks.size() % 2 == 1, row, row, 0, dut.rows_o, 0, 0});
      steps[from].first_of_block = true;
      steps.back().last_of_block = true;
      blocks.push_back(block);
    }
    steps.back().last_of_command = true;
    if (!scores) logits.clear();
  }
};

TEST_F(Output, WritesWhatTheDefinitionGives) {
  SCOPED_TRACE(random.rerun);
  for (int run = 0; run < 120 && !HasFailure(); run++) {
    SCOPED_TRACE(run);
    scores = 0;
    function = static_cast<unsigned>(random.Chance(60) ? 0 : random.Pick(1, 2));
    output_shift = random.Pick(0, function == kLinear ? 47 : 15);
    lse = random.Chance(50);
    slow = random.Chance(30) ? 0 : random.Pick(0, 90);
    RandomBlocks(4);
    Run();
  }
}

TEST_F(Output, WritesScores) {
  SCOPED_TRACE(random.rerun);
  for (int run = 0; run < 60 && !HasFailure(); run++) {
    SCOPED_TRACE(run);
    function = kSoftmax;
    scores = random.Pick(1, 3);
    lse = random.Chance(50);
    slow = random.Chance(30) ? 0 : random.Pick(0, 90);
    RandomBlocks(4);
    Run();
  }
}

TEST_F(Output, LeavesAnElementACycle) {
  heads.assign(1, {});
  elements = dut.elements_o;
  rows = 3 * dut.rows_o * dut.blocks_o;
  head_stride = position_stride = 2 * elements;
  for (uint32_t b = 0; b < 3; b++) {
    Block block = {b * dut.rows_o * dut.blocks_o, std::vector<bool>(dut.blocks_o, true), {}, {}};
    for (unsigned i = 0; i < dut.rows_o * dut.blocks_o; i++) {
      block.states.push_back({false, 0, 1 << 16});
      block.sums.emplace_back(elements, 1 << 16);
    }
    for (unsigned sub = 0; sub < dut.blocks_o; sub++)
      steps.push_back({false, false, sub == 0, sub + 1 == dut.blocks_o, b % 2 == 1, block.row,
                       block.row + sub * dut.rows_o, sub, dut.rows_o, 0, 1});
    blocks.push_back(block);
  }
  steps.back().last_of_command = true;
  const long before = cycles;
  Run();
  EXPECT_LT(cycles - before, static_cast<long>(rows * (elements / dut.lanes_o + 2) + 3 * 60))
      << rows << " rows of " << elements;
}

}  // namespace
