// SPDX-License-Identifier: Apache-2.0
// verilate: sac_attend_core_bench tiny
// verilate: sac_attend_core_bench odd
// verilate: sac_attend_core_bench ecp5
// Array, sac_attend_issue and sac_attend_rows against sums written out here. The units around them are played: each
// overwrites what it keeps as early as its credits allow, at random speed; probabilities and shifts are random.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "Vsac_attend_core_bench.h"
#include "core_job.h"

namespace {

using core::Job;
using core::Step;

class Core : public ::testing::Test {
 protected:
  VerilatedContext context;
  Vsac_attend_core_bench dut{&context};
  unsigned seed = getenv("SAC_SEED") ? static_cast<unsigned>(atoi(getenv("SAC_SEED"))) : 1;
  std::mt19937 random{seed};
  core::Shape shape;
  double eager = 1;
  uint64_t beats = 0, first_beat = 0, last_beat = 0, cycle = 0;

  // Where each played unit stands in a command: credits, number of block, tile or step, place within.
  struct Unit {
    int credit = 0;
    size_t at = 0, place = 0;
  };
  Unit steps, query, k, v, pass_a, pass_b, output;
  std::vector<size_t> lane_place;
  struct Expected {
    uint64_t cycle;
    int64_t value;
  };
  std::vector<std::vector<Expected>> lane_due;
  std::vector<Expected> sum_due;
  bool x_busy = false, kv_busy = false, backwards = false;  // backwards: the last sum is read first
  unsigned freed_k = 0, freed_v = 0, freed_query = 0;

  bool chance() { return eager >= 1 || std::uniform_real_distribution<double>(0, 1)(random) < eager; }
  static void set_byte(WData *port, unsigned lane, unsigned value) {
    port[lane / 4] = (port[lane / 4] & ~(0xffu << lane % 4 * 8)) | value << lane % 4 * 8;
  }

  void SetUp() override {
    dut.rst_ni = 0;
    for (int i = 0; i < 3; i++) edge();
    dut.rst_ni = 1;
    shape = {dut.rows_o, dut.lanes_o, dut.head_dim_o, dut.kv_tile_o, dut.query_blocks_o, dut.attend_lanes_o};
  }
  void edge() {
    dut.clk_i = 0, dut.eval();
    dut.clk_i = 1, dut.eval();
  }

  void write_x(unsigned row, unsigned word, const int32_t *values) {
    dut.x_write_i = 1, dut.x_row_i = row, dut.x_word_i = word, x_busy = true;
    for (unsigned l = 0; l < shape.lanes; l += 2)
      dut.x_data_i[l / 2] = (static_cast<uint32_t>(values[l]) & 0xffff) | static_cast<uint32_t>(values[l + 1]) << 16;
  }
  // `half`: 0 the high byte of elements of two beats, 1 the low byte, or the only one.
  void write_kv(unsigned address, const int32_t *values, unsigned half) {
    dut.kv_write_i = 1, dut.kv_address_i = address, kv_busy = true;
    for (unsigned l = 0; l < shape.lanes; l++) set_byte(&dut.kv_data_i[0], l, values[l] >> (half ? 0 : 8) & 0xff);
  }

  void play_steps(const Job &job) {
    dut.step_valid_i = 0;
    if (steps.at == job.steps.size() || !chance()) return;
    const Step &s = job.steps[steps.at];
    dut.step_flags_i = s.last_of_command << 9 | s.empty << 8 | s.first_of_block << 7 | s.last_of_block << 6 |
                       s.first_of_tile << 5 | s.last_of_tile << 4 | s.first_of_context << 3 | (s.block & 1) << 2 |
                       (s.tile & 1) << 1 | (s.number & 1);
    dut.step_sub_i = s.sub, dut.step_count_i = s.count, dut.step_valid_i = 1;
    if (dut.step_ready_o) steps.at++;
  }

  void play_query(const Job &job) {
    if (query.at == job.blocks || query.credit == 0) return;
    const unsigned words = shape.query_blocks * shape.rows * job.k_chunks;
    if (query.place == words) {
      dut.query_loaded_i = 1, query.place = 0, query.at++, query.credit--;
    } else if (!x_busy && chance()) {
      const unsigned chunk = query.place % job.k_chunks, row = query.place / job.k_chunks % shape.rows;
      const unsigned sub = static_cast<unsigned>(query.place) / job.k_chunks / shape.rows;
      write_x(row, ((query.at & 1) * shape.query_blocks + sub) * shape.chunks() + chunk,
              &job.q[query.at][sub][row][chunk * shape.lanes]);
      query.place++;
    }
  }

  // K or V of the next tile: `rows` of words in the order of their addresses.
  void play_kv(const Job &job, Unit &unit, bool values) {
    if (unit.at == job.tiles || unit.credit == 0) return;
    const unsigned halves = values ? job.v_halves : job.k_halves, words = values ? job.v_groups : job.k_chunks;
    const auto &tile = (values ? job.v : job.k)[unit.at];
    if (unit.place == tile.size() * words * halves) {
      (values ? dut.v_loaded_i : dut.k_loaded_i) = 1, unit.place = 0, unit.at++, unit.credit--;
    } else if (!kv_busy && chance()) {
      const unsigned half = unit.place % halves, word = unit.place / halves % words;
      const unsigned key = static_cast<unsigned>(unit.place) / halves / words;
      const unsigned buffer = (values ? 2 : 0) + (unit.at & 1);
      const unsigned place = values ? word * 2 * shape.kv_tile + key * halves : (key * words + word) * halves;
      write_kv(buffer * shape.kv_tile * 2 * shape.chunks() + place + half, &tile[key][word * shape.lanes],
               halves == 1 ? 1 : half);
      unit.place++;
    }
  }

  // Pass A: every lane reads the scores of its rows, at its own speed.
  void play_pass_a(const Job &job) {
    const auto &numbers = job.real_steps;
    for (unsigned l = 0; l < shape.attend_lanes; l++) {
      auto &due = lane_due[l];
      if (!due.empty() && due.front().cycle == cycle) {
        const int64_t got = static_cast<int64_t>(uint64_t{dut.score_o[2 * l + 1]} << 32 | dut.score_o[2 * l]);
        ASSERT_EQ(got, due.front().value) << "lane " << l << " step " << pass_a.at << " seed " << seed;
        due.erase(due.begin());
      }
    }
    dut.read_valid_i = 0;
    if (pass_a.at == numbers.size() || pass_a.credit == 0) return;
    const Step &s = job.steps[numbers[pass_a.at]];
    bool all = true;
    for (unsigned l = 0; l < shape.attend_lanes; l++) {
      const unsigned row = l + static_cast<unsigned>(lane_place[l]) / s.count * shape.attend_lanes;
      if (row >= shape.rows) continue;
      all = false;
      if (!chance()) continue;
      const unsigned key = lane_place[l] % s.count;
      dut.read_valid_i |= 1u << l;
      dut.read_step_i = (dut.read_step_i & ~(1u << l)) | (s.number & 1) << l;
      set_byte(&dut.read_row_i[0], l, row / shape.attend_lanes), set_byte(&dut.read_key_i[0], l, key);
      lane_due[l].push_back({cycle + 2, s.score[row][key]});
      lane_place[l]++;
    }
    if (all) {
      dut.scores_free_i = 1, pass_a.at++, pass_a.credit--;
      std::fill(lane_place.begin(), lane_place.end(), 0);
    }
  }

  // Pass B: shifts and probabilities of the step; credits are those of the x RAM's two buffers.
  void play_pass_b(const Job &job) {
    dut.rescale_valid_i = 0;
    if (job.scores || pass_b.at == pass_a.at || pass_b.credit == 0) return;
    const Step &s = job.steps[job.real_steps[pass_b.at]];
    const unsigned words = (s.count + shape.lanes - 1) / shape.lanes;
    if (pass_b.place == shape.rows * words) {
      dut.probabilities_ready_i = 1, pass_b.place = 0, pass_b.at++, pass_b.credit--;
      return;
    }
    const unsigned row = static_cast<unsigned>(pass_b.place) / words, word = pass_b.place % words;
    if (x_busy || !chance()) return;
    const unsigned most = (shape.kv_tile + shape.lanes - 1) / shape.lanes;
    write_x(row, 2 * shape.query_blocks * shape.chunks() + (s.number & 1) * most + word, &s.p[row][word * shape.lanes]);
    if (word == 0) {
      const unsigned lane = row % shape.attend_lanes;
      dut.rescale_valid_i = 1u << lane, dut.rescale_step_i = (s.number & 1) << lane;
      set_byte(&dut.rescale_row_i[0], lane, row / shape.attend_lanes);
      set_byte(&dut.rescale_shift_i[0], lane, s.shift[row]);
    }
    pass_b.place++;
  }

  void play_output(const Job &job) {
    if (!sum_due.empty() && sum_due.front().cycle == cycle) {
      ASSERT_EQ(static_cast<int64_t>(dut.sum_o), sum_due.front().value) << "block " << output.at << " seed " << seed;
      sum_due.erase(sum_due.begin());
    }
    dut.sum_valid_i = 0;
    if (output.credit == 0) return;
    ASSERT_LT(output.at, job.blocks) << "seed " << seed;
    const unsigned elements = job.v_groups * shape.lanes, all = shape.query_blocks * shape.rows * elements;
    if (output.place == all || job.scores) {
      dut.context_free_i = 1, output.place = 0, output.at++, output.credit--;
    } else if (chance()) {
      const unsigned next = static_cast<unsigned>(output.place++), place = backwards ? all - 1 - next : next;
      const unsigned element = place % elements, row = place / elements % shape.rows;
      const unsigned sub = place / elements / shape.rows;
      if (job.o[output.at][sub].empty()) return;  // not begun: its O is what an earlier block left
      dut.sum_valid_i = 1, dut.sum_block_i = output.at & 1, dut.sum_sub_i = sub, dut.sum_row_i = row;
      dut.sum_element_i = element;
      sum_due.push_back({cycle + 2, job.o[output.at][sub][row][element]});
    }
  }

  void tick(const Job &job) {
    dut.clk_i = 0;
    dut.query_loaded_i = dut.k_loaded_i = dut.v_loaded_i = dut.scores_free_i = dut.probabilities_ready_i = 0;
    dut.context_free_i = dut.x_write_i = dut.kv_write_i = 0;
    dut.eval();
    x_busy = kv_busy = false;
    query.credit += dut.query_free_o, k.credit += dut.k_free_o, v.credit += dut.v_free_o;
    freed_query += dut.query_free_o, freed_k += dut.k_free_o, freed_v += dut.v_free_o;
    pass_a.credit += dut.scores_ready_o, pass_b.credit += dut.probabilities_free_o, output.credit += dut.block_summed_o;
    if (dut.beat_o) {
      if (!beats++) first_beat = cycle;
      last_beat = cycle;
    }
    play_output(job);
    play_pass_b(job);
    play_pass_a(job);
    play_query(job);
    if (std::uniform_int_distribution<int>(0, 1)(random)) play_kv(job, v, true), play_kv(job, k, false);
    else play_kv(job, k, false), play_kv(job, v, true);
    play_steps(job);
    dut.clk_i = 1, dut.eval();
    cycle++;
  }

  void run(const Job &job) {
    dut.scores_i = job.scores, dut.score_function_i = job.linear ? 1 : 0;
    dut.k_beats_i = job.k_halves == 2, dut.v_beats_i = job.v_halves == 2;
    dut.k_chunks_i = job.k_chunks, dut.v_groups_i = job.v_groups;
    dut.start_i = 1, edge(), dut.start_i = 0;
    steps = output = pass_a = {}, query = k = v = pass_b = {2, 0, 0};
    if (job.scores) v.credit = 0;
    lane_place.assign(shape.attend_lanes, 0), lane_due.assign(shape.attend_lanes, {}), sum_due.clear();
    freed_k = freed_v = freed_query = 0, beats = 0;
    for (unsigned idle = 0; output.at < job.blocks || pass_a.at < job.real_steps.size(); idle++) {
      ASSERT_LT(idle, 400000u) << "stuck, seed " << seed;
      tick(job);
      if (HasFatalFailure()) return;
    }
    for (int i = 0; i < 30; i++) tick(job);
    EXPECT_EQ(freed_query, job.blocks);
    EXPECT_EQ(freed_k, job.tiles);
    EXPECT_EQ(freed_v, job.scores ? 0 : job.tiles);
    EXPECT_EQ(beats, job.beats());
    EXPECT_EQ(pass_b.credit, 2);
    EXPECT_EQ(output.credit, 0);
  }
};

TEST_F(Core, SumsRandomCommandsAsWrittenOut) {
  for (int i = 0; i < 40 && !HasFatalFailure(); i++) {
    backwards = i & 1;
    eager = i % 4 < 2 ? 1 : std::uniform_real_distribution<double>(0.05, 1)(random);
    run(core::random_job(shape, random));
  }
}

// Tiles of all keys, one beat an element: QK of a step hides softmax and drain of the one before.
TEST_F(Core, LeavesNoBeatIdleWhenNobodyIsLate) {
  const Job job = core::full_job(shape, random, 3);
  run(job);
  const double use = static_cast<double>(beats) / static_cast<double>(last_beat - first_beat + 1);
  EXPECT_GT(use, shape.attend_lanes * 4 < shape.rows ? 0.9 : 0.999);  // one lane may be slower than the array
}

}  // namespace
