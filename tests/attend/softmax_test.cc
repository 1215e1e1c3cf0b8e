// SPDX-License-Identifier: Apache-2.0
// verilate: sac_softmax_bench tiny
// verilate: sac_softmax_bench odd
// The softmax lanes against section 3 in wide integers: probabilities, shifts, states, logits and
// masks of random blocks with sinks, bands, biases, saturations and rows without keys, with the
// units around it slow and fast; and that a lane takes a score a cycle.

#include "Vsac_softmax_bench.h"
#include "tests/attend/softmax_steps.h"
#include "tests/sparse/blocks.h"

namespace {

class Softmax : public ::testing::Test, protected SoftmaxSteps {
 protected:
  VerilatedContext context;
  Vsac_softmax_bench dut{&context};
  unsigned slow = 0;  // percent of cycles in which others rest
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
        dut.step_valid_i = dut.scores_ready_i = 0;
    dut.probabilities_free_i = dut.query_valid_i = dut.bias_loaded_i = dut.logit_ready_i =
        dut.state_read_i = 0;
    dut.context_free_i = 0;
    dut.eval();
    blocks = dut.blocks_o;
    rows = dut.rows_o;
    tile = dut.tile_o;
    for (int i = 0; i < 40; i++) Edge();
    dut.rst_ni = 1;
    Edge();
    for (const Table *table : {&Tanh(), &Power()}) {
      dut.target_i = table->target;
      dut.control_valid_i = 1;
      dut.data_i = table->control();
      Edge();
      dut.control_valid_i = 0;
      dut.table_valid_i = 1;
      for (unsigned i = 0; i < 512; i++) {
        dut.entry_i = i / 2;
        dut.word_i = i % 2;
        dut.data_i = i % 2 ? table->delta[i / 2] : table->base[i / 2];
        Edge();
      }
      dut.table_valid_i = 0;
      Edge();
    }
  }

  unsigned Lanes() { return dut.lanes_o; }
  unsigned Rows() { return dut.rows_o; }
  unsigned Attend() { return dut.attend_lanes_o; }

  void Command() {
    dut.function_i = numbers.function;
    dut.scores_mode_i = numbers.scores;
    dut.band_low_i = numbers.band_low;
    dut.band_high_i = numbers.band_high;
    dut.group_i = heads.size();
    dut.scale_i = numbers.scale;
    dut.scale_shift_i = numbers.scale_shift;
    dut.softcap_i = numbers.softcap;
    dut.softcap_scale_i = numbers.softcap_scale;
    dut.softcap_shift_i = numbers.softcap_shift;
    dut.softcap_out_i = numbers.softcap_out;
    dut.softcap_out_shift_i = numbers.softcap_out_shift;
    dut.bias_words_i = numbers.bias_words;
    dut.start_i = 1;
    Edge();
    dut.start_i = 0;
  }

  bool Rest() { return slow && random.Chance(slow); }

  // Runs all steps with the units around, and checks what comes.
  void Run() {
    Expect();
    Command();
    size_t sent = 0, scored = 0, freed = 0, biased = 0, bias_freed = 0, ready = 0, taken = 0,
           blocks_done = 0, logit = 0, used = 0;
    struct BiasRows {
      size_t step, first;
    };
    std::vector<BiasRows> bias_rows;
    std::vector<size_t> real, ends;
    for (size_t s = 0; s < steps.size(); s++) {
      if (steps[s].last_of_block) ends.push_back(s);
      if (steps[s].empty) continue;
      real.push_back(s);
      if (steps[s].bias)
        for (size_t r = 0; r < steps[s].rows.size(); r += Attend()) bias_rows.push_back({s, r});
    }
    std::map<std::pair<unsigned, unsigned>, std::vector<uint16_t>> x;  // (row, word)
    std::map<std::pair<unsigned, unsigned>, unsigned> shifts;          // (row, parity)
    struct Answer {
      std::vector<uint64_t> score;
      std::vector<uint32_t> bias;
    } answers[2];
    uint64_t counted = 0, queries = 0, queries_seen = 0;
    unsigned words = (dut.tile_o + Lanes() - 1) / Lanes(), state_row = 0;
    long quiet = 0;
    std::vector<long> sent_at(steps.size(),
                              INT32_MAX);  // nobody is through before the lanes have seen the step
    for (auto &a : answers) a.score.assign(Attend(), 0), a.bias.assign(Attend(), 0);
    while (sent < steps.size() || taken < (numbers.scores ? 0 : real.size()) ||
           logit < logits.size() || blocks_done < ends.size()) {
      ASSERT_LT(quiet++, 20000) << "nothing happens: sent " << sent << " of " << steps.size()
                                << " scored " << scored << " ready " << ready << " freed " << freed
                                << " bias " << biased << "/" << bias_freed << " of "
                                << bias_rows.size();
      // Steps.
      dut.step_valid_i = sent < steps.size() && !Rest();
      if (dut.step_valid_i) {
        const Step &step = steps[sent];
        dut.empty_i = step.empty;
        dut.first_of_block_i = step.first_of_block;
        dut.first_of_context_i = step.first_of_context;
        dut.block_i = step.block;
        dut.step_i = step.parity;
        dut.sub_i = step.sub;
        dut.step_rows_i = step.rows.size();
        dut.step_head_i = step.head;
        dut.index_i = step.index;
        dut.key_i = step.key;
        dut.count_i = step.count;
        dut.band_i = step.band;
        dut.bias_flag_i = step.bias;
      }
      dut.scores_ready_i = scored < real.size() && scored < freed + 2 && !Rest();
      dut.bias_loaded_i = biased < bias_rows.size() && biased < bias_freed + 2 && !Rest();
      dut.probabilities_free_i = !numbers.scores && taken < ready && !Rest();
      dut.query_valid_i = random.Chance(30);
      dut.query_i = static_cast<uint32_t>(queries);
      dut.logit_ready_i = !Rest();
      // States of a block that is through; with scores it is through when its logits are.
      const bool over =
          blocks_done < ends.size() && sent_at[ends[blocks_done]] + 30 < cycles &&
          (numbers.scores ? logit >= Logits(ends[blocks_done]) : taken >= Real(ends[blocks_done]));
      dut.context_free_i = 0;
      dut.state_read_i = 0;
      if (over) {
        const size_t s = ends[blocks_done];
        while (!numbers.scores && state_row < begun[s].size() && !begun[s][state_row]) state_row++;
        if (numbers.scores || state_row >= begun[s].size()) {
          dut.context_free_i = 1;
          state_row = 0;
          blocks_done++;
          quiet = 0;
        } else {
          dut.state_read_i = 1;
          dut.state_row_i = state_row % Rows();
          dut.state_block_i = steps[s].block;
          dut.state_sub_i = state_row / Rows();
        }
      }
      for (unsigned i = 0; i < Attend(); i++) {
        const uint64_t score = answers[1].score[i];
        set_port_word(dut.score_low_i, i, static_cast<uint32_t>(score));
        set_port_word(dut.score_high_i, i, static_cast<uint32_t>(score >> 32));
        set_port_word(dut.bias_i, i, answers[1].bias[i]);
      }
      const Head &head = heads[dut.head_index_o % heads.size()];  // registered below
      dut.eval();
      const bool step_taken = dut.step_valid_i && dut.step_ready_o;
      if (dut.query_valid_i && dut.query_ready_o) queries++;
      // What is seen before the edge.
      answers[1] = answers[0];
      for (unsigned i = 0; i < Attend(); i++) {
        answers[0].score[i] = random();
        answers[0].bias[i] = static_cast<uint32_t>(random());
        if (dut.score_valid_o >> i & 1) {
          const unsigned parity = dut.score_step_o >> i & 1,
                         row = port_word(dut.score_row_o, i) * Attend() + i,
                         key = port_word(dut.score_key_o, i);
          const size_t at =
              freed < real.size() && steps[real[freed]].parity == parity ? freed : freed + 1;
          ASSERT_LT(at, scored) << "scores that are not there";
          const Step &step = steps[real[at]];
          ASSERT_EQ(step.parity, parity);
          ASSERT_LT(key, step.count);
          if (row < step.rows.size())
            answers[0].score[i] = static_cast<uint64_t>(step.rows[row].score[key]);
        }
        if (dut.bias_valid_o >> i & 1) {
          const size_t at = bias_freed + ((dut.bias_buffer_o >> i & 1) != (bias_freed & 1));
          ASSERT_LT(at, biased) << "bias that is not there";
          const Step &step = steps[bias_rows[at].step];
          const size_t row = bias_rows[at].first + i;
          const unsigned place =
              port_word(dut.bias_place_o, i) - (numbers.bias_words ? 0 : step.key % 32);
          ASSERT_LT(place, step.count);
          if (row < step.rows.size()) answers[0].bias[i] = step.rows[row].word[place];
        }
        if (dut.rescale_valid_o >> i & 1)
          shifts[{port_word(dut.rescale_row_o, i) * Attend() + i, dut.rescale_step_o >> i & 1}] =
              port_word(dut.rescale_shift_o, i);
      }
      if (dut.x_valid_o) {
        if (dut.x_word_o < dut.probability_base_o) {
          ASSERT_EQ(dut.x_data_o[0], queries_seen++);
        } else {
          ASSERT_LT(dut.x_row_o, Rows());
          std::vector<uint16_t> word;
          for (unsigned i = 0; i < Lanes(); i++)
            word.push_back(static_cast<uint16_t>(dut.x_data_o[i / 2] >> 16 * (i % 2)));
          x[{dut.x_row_o, dut.x_word_o - dut.probability_base_o}] = word;
        }
      }
      counted += dut.masked_o;
      if (dut.logit_valid_o && dut.logit_ready_i) {
        ASSERT_LT(logit, logits.size());
        ASSERT_EQ(dut.logit_o, logits[logit]) << "logit " << logit << " scores " << numbers.scores;
        logit++;
        quiet = 0;
      }
      if (dut.state_valid_o) {
        const State &want = states[ends[blocks_done]][state_row];
        ASSERT_EQ(dut.state_none_o, want.none);
        ASSERT_EQ(dut.state_sum_o, static_cast<uint64_t>(want.sum)) << "state of row " << state_row;
        if (!want.none)
          ASSERT_EQ(static_cast<int16_t>(static_cast<uint16_t>(dut.state_maximum_o) << 3) >> 3,
                    want.maximum);
        state_row++;
        dut.state_read_i = 0;
      }
      if (dut.probabilities_ready_o) {
        ASSERT_FALSE(numbers.scores);
        ready++;
        ASSERT_LE(ready, used + 2);
      }
      // A step's p are looked at when it is given back.
      if (dut.probabilities_free_i) {
        const Step &step = steps[real[taken]];
        for (size_t r = 0; r < step.rows.size(); r++) {
          for (size_t j = 0; j < step.count; j++) {
            const auto word = x.find({r, step.parity * words + j / Lanes()});
            ASSERT_NE(word, x.end());
            ASSERT_EQ(word->second[j % Lanes()], step.rows[r].p[j])
                << "step " << taken << " row " << r << " key " << j;
          }
          ASSERT_EQ(shifts.count({r, step.parity}), 1u);
          ASSERT_EQ((shifts[{r, step.parity}]), step.rows[r].shift)
              << "step " << taken << " row " << r;
          shifts.erase({r, step.parity});
        }
        taken++;
        used++;
        quiet = 0;
      }
      scored += dut.scores_ready_i;
      biased += dut.bias_loaded_i;
      const bool scores_free = dut.scores_free_o, bias_free = dut.bias_free_o;
      Edge();
      dut.slope_i = head.slope;
      dut.sink_max_i = static_cast<uint16_t>(head.sink_max) & 0x1fff;
      dut.sink_sum_i = head.sink_sum;
      if (step_taken) sent_at[sent++] = cycles;
      freed += scores_free;
      bias_freed += bias_free;
    }
    dut.step_valid_i = 0;
    dut.context_free_i = dut.probabilities_free_i = dut.query_valid_i = dut.state_read_i =
        dut.logit_ready_i = 0;
    for (int i = 0; i < 100; i++) {
      dut.eval();
      counted += dut.masked_o;
      Edge();
    }
    EXPECT_EQ(counted, masked);
    EXPECT_EQ(freed, real.size());
  }
};

TEST_F(Softmax, GivesWhatTheDefinitionGives) {
  SCOPED_TRACE(random.rerun);
  for (int run = 0; run < 240 && !HasFatalFailure() && !HasFailure(); run++) {
    SCOPED_TRACE(run);
    RandomHeads(random.Pick(1, 7));
    RandomNumbers();
    numbers.function = static_cast<unsigned>(random.Chance(60) ? 0 : random.Pick(1, 2));
    slow = random.Chance(30) ? 0 : random.Pick(0, 90);
    RandomSteps(random.Pick(1, 5));
    Run();
  }
}

TEST_F(Softmax, HandsOutLogits) {
  SCOPED_TRACE(random.rerun);
  for (int run = 0; run < 60 && !HasFatalFailure() && !HasFailure(); run++) {
    SCOPED_TRACE(run);
    RandomHeads(random.Pick(1, 7));
    RandomNumbers();
    numbers.scores = random.Pick(1, 3);
    slow = random.Chance(30) ? 0 : random.Pick(0, 90);
    RandomSteps(random.Pick(1, 3));
    Run();
  }
}

// Rows follow one another without a gap: steps of full tiles and rows.
TEST_F(Softmax, TakesAScoreACycle) {
  std::vector<long> taken;
  for (size_t n : {4, 24}) {
    heads.assign(3, {});
    numbers = {};
    numbers.scale_shift = 20;
    steps.clear();
    for (size_t s = 0; s < n; s++) {
      Step step = {false, s == 0, s == n - 1, s == 0, false, s % 2 == 1, false,
                   false, 0,      0,          0,      0,     {},         dut.tile_o};
      for (unsigned r = 0; r < Rows(); r++) {
        Row row = {};
        row.index = static_cast<int32_t>(r / 3);
        row.head = r % 3;
        row.word.assign(step.count, 0);
        for (size_t j = 0; j < step.count; j++) row.score.push_back(Score(1));
        step.rows.push_back(row);
      }
      steps.push_back(step);
    }
    const long before = cycles;
    Run();
    taken.push_back(cycles - before);
  }
  const long scores = static_cast<long>(20 * dut.tile_o * ((Rows() + Attend() - 1) / Attend()));
  EXPECT_EQ(taken[1] - taken[0], scores)
      << "more than one score a cycle and lane cannot be, fewer need not be";
}

}  // namespace
