// SPDX-License-Identifier: Apache-2.0
// An engine of the attend room alone, with its command and memory ports: a memory whose requests, data and answers wait
// at random, and a list of what was asked for.
#ifndef SACCADE_TESTS_ATTEND_ENGINE_H
#define SACCADE_TESTS_ATTEND_ENGINE_H

#include <deque>
#include <vector>

#include "tests/attend/numbers.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "saccade/regs.h"
}

struct EngineRequest {
  uint32_t address, bytes;
  bool operator==(const EngineRequest &o) const { return address == o.address && bytes == o.bytes; }
};

template <class Module>
class Engine {
 public:
  static constexpr unsigned kBeat = sizeof(Module::data_i);

  Clocked<Module> dut;
  Random random;
  std::vector<uint32_t> memory = std::vector<uint32_t>(1 << 16);
  uint32_t words[SAC_COMMAND_WORDS] = {};
  std::vector<EngineRequest> reads, writes;
  std::vector<uint64_t> counters = std::vector<uint64_t>(SAC_COUNTERS);
  uint64_t cycles = 0;
  unsigned code = 0, address = 0;  // of the response
  unsigned stall = 0;              // percent of the cycles in which the memory rests

  Engine(uint32_t seed, const char *program) : random(seed, program) {
    Quiet();
    dut.Reset();
  }

  // Nothing is under way any more: before a reset.
  void Quiet() {
    dut->command_valid_i = dut->read_ready_i = dut->data_valid_i = dut->data_last_i = 0;
    dut->write_ready_i = dut->write_data_ready_i = dut->write_done_i = 0;
    dut->table_word_i = dut->table_control_i = 0;
    reading_.clear(), answers_.clear(), writing_ = {0, 0}, taken_ = false;
  }

  uint32_t Get(uint32_t field) const { return sac_field_get(words, field); }
  void Put(uint32_t field, uint32_t value) { sac_field_put(words, field, value); }

  void Load(const Table &table) {
    dut->table_control_i = static_cast<uint32_t>(1u << 29 | table.target << 24 | table.control());
    dut.Tick();
    dut->table_control_i = 0;
    for (uint64_t i = 0; i < 512; i++) {
      const auto data = static_cast<uint32_t>(i % 2 ? table.delta[i / 2] : table.base[i / 2]);
      dut->table_word_i = uint64_t{1} << 60 | uint64_t{table.target} << 55 | i / 2 << 39 | i % 2 << 33 |
                          uint64_t{i % 2 == 1} << 32 | data;
      dut.Tick();
    }
    dut->table_word_i = 0;
  }

  // Until the response, or for `limit` cycles.
  void Execute(uint64_t limit = 1000000) {
    reads.clear(), writes.clear();
    std::fill(counters.begin(), counters.end(), 0);
    for (unsigned i = 0; i < SAC_COMMAND_WORDS; i++) set_port_word(dut->command_i, i, words[i]);
    dut->command_valid_i = 1;
    bool over = false;
    for (cycles = 0; !over && cycles < limit; cycles++) {
      Memory();
      dut->eval();
      const bool taken = dut->command_ready_o;
      over = dut->response_o >> 40 & 1;
      code = dut->response_o >> 32 & 255, address = static_cast<uint32_t>(dut->response_o);
      Collect();
      dut.Tick();
      if (taken) dut->command_valid_i = 0;
    }
    if (!over) return;
    EXPECT_TRUE(reading_.empty() && answers_.empty() && writing_.bytes == 0) << "the end came too early";
  }

 private:
  std::deque<EngineRequest> reading_;
  std::deque<uint64_t> answers_;       // when a write is answered
  EngineRequest writing_ = {0, 0};     // what is left of the write under way
  bool taken_ = false;                 // the beat on data_i

  void Memory() {
    dut->read_ready_i = !random.Chance(stall) && reading_.size() < 8;
    if (taken_) dut->data_valid_i = 0;
    taken_ = false;
    if (!dut->data_valid_i && !reading_.empty() && !random.Chance(stall)) {
      dut->data_valid_i = 1;
      dut->data_last_i = reading_.front().bytes <= kBeat;
      for (unsigned i = 0; i < kBeat / 4; i++) {
        const uint32_t word = 4 * i < reading_.front().bytes ? memory[reading_.front().address / 4 + i] : 0;
        set_port_word(dut->data_i, i, word);
      }
    }
    dut->write_ready_i = !random.Chance(stall) && writing_.bytes == 0;
    dut->write_data_ready_i = !random.Chance(stall) && writing_.bytes != 0;
    dut->write_done_i = !answers_.empty() && answers_.front() <= cycles;
    if (dut->write_done_i) answers_.pop_front();
  }

  void Collect() {
    for (unsigned i = 0; i < SAC_COUNTERS; i++)
      counters[i] += port_word(dut->increments_o, i / 2) >> 16 * (i % 2) & 0xffff;
    if (dut->data_valid_i && dut->data_ready_o) {
      taken_ = true;
      EngineRequest &front = reading_.front();
      front.address += std::min(kBeat, front.bytes);
      front.bytes -= std::min(kBeat, front.bytes);
      if (front.bytes == 0) reading_.pop_front();
    }
    const auto request = [](uint64_t bits) {
      return EngineRequest{static_cast<uint32_t>(bits >> 16), static_cast<uint32_t>(bits & 0xffff)};
    };
    if (dut->read_valid_o && dut->read_ready_i) {
      reads.push_back(request(dut->read_request_o));
      reading_.push_back(reads.back());
    }
    if (dut->write_data_valid_o && dut->write_data_ready_i) {
      for (unsigned i = 0; i < kBeat / 4 && writing_.bytes > 0; i++, writing_.address += 4, writing_.bytes -= 4)
        memory[writing_.address / 4] = port_word(dut->write_data_o, i);
      if (writing_.bytes == 0) answers_.push_back(cycles + random.Pick(1, stall ? 30 : 4));
    }
    if (dut->write_valid_o && dut->write_ready_i) {
      writes.push_back(request(dut->write_request_o));
      writing_ = writes.back();
    }
  }
};

#endif
