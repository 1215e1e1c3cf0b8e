// SPDX-License-Identifier: Apache-2.0
// verilate: sac_select tiny odd
// SELECT against std::stable_sort: what lies in memory, every request and the count of values, with memory and answers
// slow and fast; values of every kind that a pass by bytes could confuse; and that a pass takes a value a cycle.
#include <algorithm>
#include <deque>
#include <numeric>

#include "Vsac_select.h"
#include "tests/lib/random.h"
#include "tests/sparse/blocks.h"

extern "C" {
#include "saccade/regs.h"
}

namespace {

constexpr unsigned kBeat = sizeof(Vsac_select::data_i);

struct Request {
  uint32_t address, bytes;
  bool operator==(const Request &o) const { return address == o.address && bytes == o.bytes; }
};

class Select : public ::testing::Test {
 protected:
  Clocked<Vsac_select> dut;
  Random random{31, "attend_select"};
  std::vector<uint32_t> memory = std::vector<uint32_t>(1 << 16), expected;
  uint32_t words[SAC_COMMAND_WORDS] = {};
  std::vector<Request> reads, writes;
  uint64_t counted = 0, cycles = 0;
  unsigned code = 0, address = 0, stall = 0;  // percent

  void SetUp() override {
    Quiet();
    dut.Reset();
  }
  void Quiet() {
    dut->command_valid_i = dut->read_ready_i = dut->data_valid_i = 0;
    dut->write_ready_i = dut->write_data_ready_i = dut->write_done_i = 0;
    reading_.clear(), answers_.clear(), writing_ = {0, 0}, wait_ = 0, taken_ = false;
  }
  uint32_t Get(uint32_t field) const { return sac_field_get(words, field); }
  void Put(uint32_t field, uint32_t value) { sac_field_put(words, field, value); }

  // Until the response, or for `limit` cycles.
  void Run(uint64_t limit = 4000000) {
    reads.clear(), writes.clear();
    counted = cycles = 0;
    for (unsigned i = 0; i < SAC_COMMAND_WORDS; i++) set_port_word(dut->command_i, i, words[i]);
    dut->command_valid_i = 1;
    for (bool over = false; !over && cycles < limit; cycles++) {
      Memory();
      dut->eval();
      const bool taken = dut->command_ready_o;
      over = dut->response_o >> 40 & 1;
      code = dut->response_o >> 32 & 255, address = static_cast<uint32_t>(dut->response_o);
      Collect();
      dut.Tick();
      if (taken) dut->command_valid_i = 0;
      if (over) EXPECT_TRUE(reading_.empty() && answers_.empty() && writing_.bytes == 0) << "the end came too early";
    }
  }

  // What must lie in memory, and the requests that lead there.
  void Expect() {
    const uint32_t count = Get(SAC_SELECT_COUNT), sort = Get(SAC_SELECT_SORT);
    const uint32_t taken = sort ? count : Get(SAC_SELECT_K);
    expected = memory;
    wanted_reads_.clear(), wanted_writes_.clear();
    for (uint32_t r = 0; r < Get(SAC_SELECT_ROWS); r++) {
      const uint32_t from = Get(SAC_SELECT_SOURCE_ADDRESS) + r * Get(SAC_SELECT_SOURCE_STRIDE);
      const uint32_t to = Get(SAC_SELECT_INDEX_ADDRESS) + r * Get(SAC_SELECT_INDEX_STRIDE);
      const uint32_t values = Get(SAC_SELECT_VALUE_ADDRESS) + r * Get(SAC_SELECT_VALUE_STRIDE);
      for (unsigned pass = 0; pass < (sort ? 2u : 5u); pass++)
        for (uint32_t at = 0; at < count; at += 256)
          wanted_reads_.push_back({from + 4 * at, 4 * std::min(256u, count - at)});
      std::vector<uint32_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      const auto value = [&](uint32_t place) { return static_cast<int32_t>(memory[from / 4 + place]); };
      std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        return sort ? (value(a) & 255) < (value(b) & 255) : value(a) > value(b);
      });
      order.resize(taken);
      if (!sort) std::sort(order.begin(), order.end());
      std::vector<uint32_t> position(count);
      for (uint32_t i = 0; i < taken; i++) {
        expected[to / 4 + i] = order[i];
        position[order[i]] = i;
        if (!sort && Get(SAC_SELECT_VALUES)) expected[values / 4 + i] = memory[from / 4 + order[i]];
      }
      for (uint32_t at = 0; sort && at < count; at++) wanted_writes_.push_back({to + 4 * position[at], 4});
      for (uint32_t at = 0; !sort && at < taken; at += 64) {
        wanted_writes_.push_back({to + 4 * at, 4 * std::min(64u, taken - at)});
        if (Get(SAC_SELECT_VALUES)) wanted_writes_.push_back({values + 4 * at, 4 * std::min(64u, taken - at)});
      }
    }
  }
  void RunAndCompare() {
    Expect();
    Run();
    EXPECT_EQ(code, 0u);
    EXPECT_EQ(counted, uint64_t{Get(SAC_SELECT_COUNT)} * Get(SAC_SELECT_ROWS));
    EXPECT_TRUE(reads == wanted_reads_) << "other reads";
    EXPECT_TRUE(writes == wanted_writes_) << "other writes";
    for (size_t i = 0; i < memory.size(); i++) ASSERT_EQ(memory[i], expected[i]) << "at word " << i;
  }

  // Values that agree in some bytes, in all, or in none.
  void Fill(uint32_t at, uint32_t count) {
    const uint64_t kind = random.Pick(0, 7);
    const auto base = static_cast<uint32_t>(random());
    for (uint32_t i = 0; i < count; i++) {
      const auto noise = static_cast<uint32_t>(random());
      static const uint32_t kExtremes[] = {0x80000000u, 0x7fffffffu, 0, 0xffffffffu, 1, 0x80000001u, 0x7f000000u, 0xff00u};
      memory[at + i] = kind < 2 ? noise : kind == 2 ? base : kind == 3 ? kExtremes[noise % 8]
                     : kind < 7 ? base ^ (noise & 3) << 8 * (kind - 4) ^ (noise & 0x10) << 20 : base + i / 3 - (noise & 1);
    }
  }
  void Random_(bool sort, uint32_t most) {
    const auto count = static_cast<uint32_t>(random.Chance(20) ? random.Pick(1, 9) : random.Pick(1, most));
    const auto rows = static_cast<uint32_t>(random.Pick(1, 3));
    const auto k = static_cast<uint32_t>(random.Chance(30) ? count : random.Pick(1, count));
    const uint32_t area = 3 * (most + 16);
    for (uint32_t &word : words) word = 0;
    Put(SAC_SELECT_SORT, sort);
    Put(SAC_SELECT_VALUES, random.Chance(50));
    Put(SAC_SELECT_ROWS, rows);
    Put(SAC_SELECT_COUNT, count);
    Put(SAC_SELECT_K, sort ? static_cast<uint32_t>(random() & 0x1fffff) : k);
    const uint32_t fields[3][2] = {{SAC_SELECT_SOURCE_ADDRESS, SAC_SELECT_SOURCE_STRIDE},
                                   {SAC_SELECT_INDEX_ADDRESS, SAC_SELECT_INDEX_STRIDE},
                                   {SAC_SELECT_VALUE_ADDRESS, SAC_SELECT_VALUE_STRIDE}};
    for (uint32_t i = 0; i < 3; i++) {
      const auto stride = static_cast<uint32_t>(count + random.Pick(0, 9)), first = static_cast<uint32_t>(random.Pick(0, 9));
      const bool back = random.Chance(25);
      Put(fields[i][0], 4 * (i * area + first + (back ? (rows - 1) * stride : 0)));
      Put(fields[i][1], back ? -4 * stride : 4 * stride);
      if (i == 0) for (uint32_t r = 0; r < rows; r++) Fill(first + r * stride, count);
    }
  }

 private:
  std::deque<Request> reading_;
  std::deque<uint64_t> answers_;  // when a write is answered
  std::vector<Request> wanted_reads_, wanted_writes_;
  Request writing_ = {0, 0};      // what is left of the write under way
  uint64_t wait_ = 0;
  bool taken_ = false;            // the beat on data_i

  void Memory() {
    dut->read_ready_i = !random.Chance(stall) && reading_.size() < 4;
    if (taken_) dut->data_valid_i = 0;
    taken_ = false;
    if (!dut->data_valid_i && !reading_.empty() && wait_ == 0 && !random.Chance(stall)) {
      dut->data_valid_i = 1;
      for (unsigned i = 0; i < kBeat / 4; i++) {
        const uint32_t word = 4 * i < reading_.front().bytes ? memory[reading_.front().address / 4 + i] : 0;
        set_port_word(dut->data_i, i, word);
      }
    }
    if (wait_ > 0) wait_--;
    dut->write_ready_i = !random.Chance(stall) && writing_.bytes == 0;
    dut->write_data_ready_i = !random.Chance(stall) && writing_.bytes != 0;
    dut->write_done_i = !answers_.empty() && answers_.front() <= cycles;
    if (dut->write_done_i) answers_.pop_front();
  }
  void Collect() {
    counted += port_word(dut->increments_o, SAC_COUNTER_SELECT_VALUES / 2) >> 16 * (SAC_COUNTER_SELECT_VALUES % 2) & 0xffff;
    if (dut->data_valid_i && dut->data_ready_o) {
      taken_ = true;
      Request &front = reading_.front();
      front.address += std::min(kBeat, front.bytes);
      front.bytes -= std::min(kBeat, front.bytes);
      if (front.bytes == 0) reading_.pop_front(), wait_ = stall ? random.Pick(0, 9) : 0;
    }
    const auto request = [](uint64_t bits) {
      return Request{static_cast<uint32_t>(bits >> 16), static_cast<uint32_t>(bits & 0xffff)};
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

TEST_F(Select, TopKIsThatOfASort) {
  SCOPED_TRACE(random.rerun);
  for (unsigned n = 0; n < 250 && !HasFailure(); n++) {
    SCOPED_TRACE("command " + std::to_string(n));
    stall = random.Chance(30) ? 0 : static_cast<unsigned>(random.Pick(1, 70));
    Random_(false, n % 10 == 9 ? 1100 : 300);
    RunAndCompare();
  }
}

TEST_F(Select, SortIsStable) {
  SCOPED_TRACE(random.rerun);
  for (unsigned n = 0; n < 150 && !HasFailure(); n++) {
    SCOPED_TRACE("command " + std::to_string(n));
    stall = random.Chance(30) ? 0 : static_cast<unsigned>(random.Pick(1, 70));
    Random_(true, n % 10 == 9 ? 1100 : 300);
    RunAndCompare();
  }
}

// Whatever a reset has cut off leaves no trace in the counts and queues.
TEST_F(Select, AResetForgetsEverything) {
  SCOPED_TRACE(random.rerun);
  for (unsigned n = 0; n < 40 && !HasFailure(); n++) {
    stall = static_cast<unsigned>(random.Pick(0, 60));
    Random_(random.Chance(50), 200);
    Run(random.Pick(1, 1500));
    Quiet();
    dut.Reset();
    Random_(random.Chance(50), 200);
    RunAndCompare();
  }
}

TEST_F(Select, FieldsOutOfRangeAreRefusedWithoutARequest) {
  const struct {
    uint32_t field, value, word;
    bool top;
  } kCases[] = {{SAC_SELECT_ROWS, 0, 7, false},       {SAC_SELECT_COUNT, 0, 8, false},
                {SAC_SELECT_COUNT, 0x100001, 8, false}, {SAC_SELECT_COUNT, 0x1fffff, 8, false},
                {SAC_SELECT_K, 0, 9, true},           {SAC_SELECT_K, 101, 9, true},
                {SAC_SELECT_K, 0x100064, 9, true}};
  for (const auto &each : kCases) {
    for (const bool sort : {false, true}) {
      if (sort && each.top) continue;
      SCOPED_TRACE("word " + std::to_string(each.word) + " = " + std::to_string(each.value));
      for (uint32_t &word : words) word = 0;
      Put(SAC_SELECT_SORT, sort);
      Put(SAC_SELECT_ROWS, 2);
      Put(SAC_SELECT_COUNT, 100);
      Put(SAC_SELECT_K, sort ? 0 : 100);
      Put(each.field, each.value);
      Run();
      EXPECT_EQ(code, static_cast<unsigned>(SAC_HW_ERR_RANGE));
      EXPECT_EQ(address, each.word);
      EXPECT_TRUE(reads.empty() && writes.empty());
    }
  }
}

// Beside its values a pass takes a few cycles, a look at the counts at most one for each bin; where few values are
// left, one for 16 bins.
TEST_F(Select, AValueIsTakenEveryCycle) {
  for (const bool sort : {false, true}) {
    for (uint32_t &word : words) word = 0;
    Put(SAC_SELECT_SORT, sort);
    Put(SAC_SELECT_VALUES, 1);
    Put(SAC_SELECT_ROWS, 2);
    Put(SAC_SELECT_COUNT, 5000);
    Put(SAC_SELECT_K, 5000);
    Put(SAC_SELECT_SOURCE_STRIDE, 20000);
    Put(SAC_SELECT_INDEX_ADDRESS, 80000);
    Put(SAC_SELECT_INDEX_STRIDE, 20000);
    Put(SAC_SELECT_VALUE_ADDRESS, 160000);
    Put(SAC_SELECT_VALUE_STRIDE, 20000);
    for (uint32_t i = 0; i < 10000; i++) memory[i] = static_cast<uint32_t>(random());
    RunAndCompare();
    // Sort writes a place every other cycle; top k with values may write two words a value.
    const uint64_t passes = sort ? 5000 + 2 * 5000 : 4 * 5000 + 5000 * (kBeat < 8 ? 2 : 1) * 11 / 10;
    EXPECT_LE(cycles, 2 * (passes + 4 * (256 + 6)) + 100);
  }
}

TEST_F(Select, ShortRowsDoNotWaitForEveryBin) {
  for (uint32_t &word : words) word = 0;
  Put(SAC_SELECT_ROWS, 32);
  Put(SAC_SELECT_COUNT, 8);
  Put(SAC_SELECT_K, 2);
  Put(SAC_SELECT_SOURCE_STRIDE, 32);
  Put(SAC_SELECT_INDEX_ADDRESS, 4096);
  Put(SAC_SELECT_INDEX_STRIDE, 8);
  for (uint32_t i = 0; i < 256; i++) memory[i] = static_cast<uint32_t>(random());
  RunAndCompare();
  EXPECT_LE(cycles, 32 * (5 * (8 + 3) + 4 * (16 + 8) + 8) + 100u);
}

}  // namespace
