// SPDX-License-Identifier: Apache-2.0
// Drives sac_front_bench: a memory with random waits behind its four read clients, the units that use what it sends
// (they take steps, free buffers), and images of the x RAM and the KV RAM. Commands and records are written by field.
#ifndef SACCADE_TESTS_ATTEND_FRONT_H
#define SACCADE_TESTS_ATTEND_FRONT_H

#include <cstring>
#include <deque>
#include <vector>

#include "Vsac_front_bench.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "saccade/regs.h"
}

struct FrontStep {
  bool last_of_command, empty, first_of_block, last_of_block, first_of_tile, last_of_tile, first_of_context;
  bool block, tile, step, band, bias;
  uint32_t block_row, block_position, block_head, sub, rows, row, position, head, index, key, count;
  bool operator==(const FrontStep &o) const { return Text() == o.Text(); }
  std::string Text() const {
    std::string text = "flags " + std::to_string(last_of_command) + std::to_string(empty) +
                       std::to_string(first_of_block) + std::to_string(last_of_block) + std::to_string(first_of_tile) +
                       std::to_string(last_of_tile) + std::to_string(first_of_context) + std::to_string(band) +
                       std::to_string(bias) + " parities " + std::to_string(block) +
                       (empty ? "--" : std::to_string(tile) + std::to_string(step));
    for (uint32_t value : {block_row, block_position, block_head, sub, rows, row, position, head, index})
      text += " " + std::to_string(value);
    return text + (empty ? "" : " keys " + std::to_string(key) + " + " + std::to_string(count));
  }
};

class Front {
 public:
  struct Request {
    uint32_t address, bytes;
  };
  static constexpr int kClients = 4, kRecords = 0, kPages = 1, kQuery = 2, kRows = 3;

  Clocked<Vsac_front_bench> dut;
  Random random;
  std::vector<uint8_t> memory;
  uint32_t words[SAC_COMMAND_WORDS] = {}, context[SAC_CONTEXT_WORDS] = {};
  std::vector<FrontStep> steps;
  std::vector<Request> asked[kClients];
  std::vector<std::vector<int16_t>> x;      // [row][element]
  std::vector<std::vector<uint8_t>> kv;     // [word][byte]
  unsigned rows = 0, lanes = 0, head_dim = 0, kv_tile = 0, query_blocks = 0, beat = 0;
  unsigned code = 0, address = 0;           // of the response
  uint64_t tiles = 0, keys = 0, scores = 0, cycles = 0;
  unsigned memory_chance = 80, step_chance = 70, use_chance = 50, x_chance = 80;
  int queries = 0, k_tiles = 0, v_tiles = 0;  // loaded so far
  int k_freed = 0, v_freed = 0, q_freed = 0;  // buffers given back so far
  int k_may = 0, v_may = 0, q_may = 0;        // and allowed to be

  Front(uint32_t seed, const char *program) : random(seed, program), memory(1 << 22) {
    dut.Reset();
    rows = dut->rows_o, lanes = dut->lanes_o, head_dim = dut->head_dim_o, kv_tile = dut->kv_tile_o;
    query_blocks = dut->query_blocks_o, beat = dut->data_width_o / 8;
    kv.assign(8 * kv_tile * (head_dim / lanes), std::vector<uint8_t>(lanes));
    x.assign(rows, std::vector<int16_t>(4096 * lanes));
  }

  unsigned block_rows() const { return rows * query_blocks; }
  uint32_t Get(uint32_t field) const { return sac_field_get(words, field); }
  void Put(uint32_t field, uint32_t value) { sac_field_put(words, field, value); }
  uint32_t Context(uint32_t field) const { return sac_field_get(context, field); }
  void PutContext(uint32_t field, uint32_t value) { sac_field_put(context, field, value); }
  void Store(uint32_t where, const void *data, size_t bytes) { std::memcpy(&memory[where], data, bytes); }
  uint32_t Word(uint32_t where) const {
    uint32_t word = 0;
    std::memcpy(&word, &memory[where], 4);
    return word;
  }

  // Runs `words` with `context` at its address, until the response; `after` sees every cycle.
  template <typename After>
  void Run(After after) {
    Store(Get(SAC_ATTEND_CONTEXT_ADDRESS), context, sizeof context);
    steps.clear();
    for (auto &list : asked) list.clear();
    tiles = keys = scores = cycles = 0;
    queries = k_tiles = v_tiles = k_freed = v_freed = q_freed = k_may = v_may = q_may = 0;
    for (unsigned i = 0; i < SAC_COMMAND_WORDS; i++) set_port_word(dut->command_i, i, words[i]);
    dut->command_valid_i = 1;
    int finishing = -1;  // cycles until `finished`; -2: it has been
    for (bool over = false; !over; cycles++) {
      ASSERT_LT(cycles, 4000000u) << "no response";
      Drive();
      dut->finished_i = finishing == 0;
      if (finishing >= 0 && finishing-- == 0) finishing = -2;
      dut->eval();
      if (dut->command_valid_i && dut->command_ready_o) taken_ = true;
      over = dut->done_o;
      code = dut->code_o, address = dut->address_o;
      Collect();
      // As sac_attend_output: when all that the steps need has come.
      if (finishing == -1 && Complete()) finishing = static_cast<int>(random.Pick(1, 30));
      after();
      dut.Tick();
      if (taken_) dut->command_valid_i = 0, taken_ = false;
      // What has been requested has been read when a command ends.
      if (dut->done_o) for (const auto &queue : flying_) EXPECT_TRUE(queue.empty());
    }
    for (int i = 0; i < 50; i++) {
      Drive();
      dut->eval();
      Collect();
      after();
      dut.Tick();
    }
  }
  void Run() {
    Run([] {});
  }

 private:
  struct Burst {
    uint32_t address, left;
  };
  std::deque<Burst> flying_[kClients];
  bool taken_ = false;

  void Drive() {
    dut->read_ready_i = dut->data_valid_i = dut->data_last_i = 0;
    for (int c = 0; c < kClients; c++) {
      if (flying_[c].size() < 8 && random.Chance(memory_chance)) dut->read_ready_i |= 1u << c;
      if (flying_[c].empty() || !random.Chance(memory_chance)) continue;
      const Burst &burst = flying_[c].front();
      uint8_t bytes[32] = {};
      std::memcpy(bytes, &memory[burst.address], std::min(burst.left, beat));
      for (unsigned i = 0; i < 8; i++) {
        uint32_t word;
        std::memcpy(&word, bytes + 4 * i, 4);
        set_port_word(dut->data_i, static_cast<unsigned>(c) * 8 + i, word);
      }
      dut->data_valid_i |= 1u << c;
      if (burst.left <= beat) dut->data_last_i |= 1u << c;
    }
    dut->step_ready_i = random.Chance(step_chance);
    dut->x_ready_i = random.Chance(x_chance);
    dut->k_free_i = k_freed < k_may && random.Chance(use_chance);
    dut->v_free_i = v_freed < v_may && random.Chance(use_chance);
    dut->query_free_i = q_freed < q_may && random.Chance(use_chance);
    k_freed += dut->k_free_i, v_freed += dut->v_free_i, q_freed += dut->query_free_i;
  }

  bool Complete() const {
    if (steps.empty() || !steps.back().last_of_command) return false;
    int blocks = 0, fetched = 0;
    for (const FrontStep &step : steps) blocks += step.first_of_block, fetched += step.first_of_tile && !step.empty;
    return queries == blocks && k_tiles == fetched && v_tiles == (Get(SAC_ATTEND_SCORES) ? 0 : fetched);
  }

  // Takes what a cycle brings.
  void Collect() {
    for (int c = 0; c < kClients; c++) {
      const unsigned bit = 1u << c;
      if (dut->data_valid_i & dut->data_ready_o & bit) {
        Burst &burst = flying_[c].front();
        burst.address += beat;
        if (burst.left <= beat) flying_[c].pop_front();
        else burst.left -= beat;
      }
      if (dut->read_valid_o & dut->read_ready_i & bit) {
        const Request request{port_word(dut->read_address_o, c),
                              port_word(dut->read_bytes_o, c / 2) >> 16 * (c % 2) & 65535};
        EXPECT_EQ(request.address % 4, 0u);
        EXPECT_LE(request.address + request.bytes, memory.size()) << "client " << c;
        if (request.address + request.bytes > memory.size()) std::abort();
        asked[c].push_back(request);
        flying_[c].push_back({request.address, request.bytes});
      }
    }
    if (dut->x_valid_o && dut->x_ready_i)
      for (unsigned i = 0; i < lanes; i++) x[dut->x_row_o][dut->x_word_o * lanes + i] = port_half(dut->x_data_o, i);
    if (dut->kv_valid_o)
      for (unsigned i = 0; i < lanes; i++)
        kv[dut->kv_address_o][i] = static_cast<uint8_t>(port_word(dut->kv_data_o, i / 4) >> 8 * (i % 4));
    queries += dut->query_loaded_o, k_tiles += dut->k_loaded_o, v_tiles += dut->v_loaded_o;
    tiles += dut->tiles_o, keys += dut->keys_o, scores += dut->scores_o;
    if (!dut->step_valid_o) return;
    auto flag = [&](unsigned bit) { return (dut->step_flags_o >> bit & 1) != 0; };
    steps.push_back({
        flag(9), flag(8), flag(7), flag(6), flag(5), flag(4), flag(3), flag(2), flag(1), flag(0),
        dut->step_band_o != 0, dut->step_bias_o != 0, dut->step_block_row_o, dut->step_block_position_o,
        dut->step_block_head_o, dut->step_sub_o, dut->step_rows_o, dut->step_row_o, dut->step_position_o,
        dut->step_head_o, dut->step_index_o, dut->step_key_o, dut->step_count_o});
  }
};

#endif
