// SPDX-License-Identifier: Apache-2.0
// verilate: sac_front_bench tiny
// verilate: sac_front_bench odd
// From commands, records and lists to steps, against docs/attention.md, sections 2 and 4: which steps there are, every
// field of them, query rows in the x RAM, counters, requests of the list, and what is refused with which word.
#include <algorithm>
#include <set>

#include "tests/attend/front.h"

namespace {

constexpr uint32_t kContext = 0x1000, kHeads = 0x2000, kList = 0x4000, kPages = 0x80000, kQuery = 0x100000;

struct Entry {
  uint32_t block;
  bool band, bias;
  uint32_t first, count;
};

class Walk : public testing::Test {
 protected:
  Front front{1, "attend_walk"};
  std::vector<Entry> list;

  unsigned Pick(unsigned low, unsigned high) { return static_cast<unsigned>(front.random.Pick(low, high)); }

  void Blank(unsigned positions, unsigned group, unsigned length) {
    std::fill(std::begin(front.words), std::end(front.words), 0);
    std::fill(std::begin(front.context), std::end(front.context), 0);
    front.Put(SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
    front.Put(SAC_ATTEND_CONTEXT_ADDRESS, kContext);
    front.Put(SAC_ATTEND_POSITIONS, positions), front.Put(SAC_ATTEND_GROUP, group);
    front.Put(SAC_ATTEND_Q_ADDRESS, kQuery);
    front.Put(SAC_ATTEND_Q_POSITION_STRIDE, 2 * 16 * group + 4 * Pick(0, 3));
    front.Put(SAC_ATTEND_Q_HEAD_STRIDE, 2 * 16);
    front.PutContext(SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
    front.PutContext(SAC_CONTEXT_LENGTH, length), front.PutContext(SAC_CONTEXT_PAGE_LOG2, 20);
    front.PutContext(SAC_CONTEXT_K_PAGES, kPages), front.PutContext(SAC_CONTEXT_V_PAGES, kPages);
    front.PutContext(SAC_CONTEXT_K_STRIDE, 4), front.PutContext(SAC_CONTEXT_V_STRIDE, 4);
    front.PutContext(SAC_CONTEXT_D_K, 16), front.PutContext(SAC_CONTEXT_D_V, 16);
    front.PutContext(SAC_CONTEXT_K_FORMAT, 3), front.PutContext(SAC_CONTEXT_V_FORMAT, 3);
    front.PutContext(SAC_CONTEXT_HEAD_ADDRESS, kHeads);
    list.clear();
  }

  void StoreList() {
    front.Put(SAC_ATTEND_LISTED, 1), front.Put(SAC_ATTEND_LIST_ADDRESS, kList);
    front.Put(SAC_ATTEND_LIST_ENTRIES, static_cast<uint32_t>(list.size()));
    for (size_t i = 0; i < list.size(); i++) {
      // What no field covers is not looked at.
      uint32_t words[4] = {static_cast<uint32_t>(front.random()), static_cast<uint32_t>(front.random()),
                           static_cast<uint32_t>(front.random()), static_cast<uint32_t>(front.random())};
      sac_field_put(words, SAC_TILE_BLOCK, list[i].block), sac_field_put(words, SAC_TILE_BAND, list[i].band);
      sac_field_put(words, SAC_TILE_BIAS, list[i].bias), sac_field_put(words, SAC_TILE_FIRST, list[i].first);
      sac_field_put(words, SAC_TILE_COUNT, list[i].count);
      front.Store(kList + 16 * static_cast<uint32_t>(i), words, sizeof words);
    }
  }

  // The definition, key by key where there is a band. `entries` may end early, at a bad one.
  std::vector<FrontStep> Expected(const std::vector<Entry> &entries) {
    const uint32_t group = front.Get(SAC_ATTEND_GROUP), rows = front.Get(SAC_ATTEND_POSITIONS) * group;
    const int64_t first_position = static_cast<int32_t>(front.Get(SAC_ATTEND_FIRST_POSITION));
    const int64_t low = static_cast<int32_t>(front.Get(SAC_ATTEND_BAND_LOW));
    const int64_t high = static_cast<int32_t>(front.Get(SAC_ATTEND_BAND_HIGH));
    const uint32_t length = front.Context(SAC_CONTEXT_LENGTH);
    std::vector<FrontStep> out;
    bool block_parity = false, tile_parity = false, step_parity = false;
    for (size_t e = 0; e < entries.size(); block_parity = !block_parity) {
      const uint32_t block = entries[e].block, row0 = block * front.block_rows();
      std::vector<FrontStep> steps;
      std::set<uint32_t> begun;
      auto step = [&](uint32_t sub) {
        FrontStep s{};
        s.block = block_parity, s.block_row = row0, s.block_position = row0 / group, s.block_head = row0 % group;
        s.sub = sub, s.row = row0 + sub * front.rows, s.rows = std::min(front.rows, rows - s.row);
        s.position = s.row / group, s.head = s.row % group;
        s.index = static_cast<uint32_t>(first_position + s.position);
        s.first_of_context = begun.insert(sub).second;
        return s;
      };
      for (; e < entries.size() && entries[e].block == block; e++) {
        const uint32_t end = std::min(entries[e].first + entries[e].count, length);
        for (uint32_t key = entries[e].first; key < end; key += front.kv_tile) {
          const uint32_t count = std::min(front.kv_tile, end - key);
          const size_t before = steps.size();
          for (uint32_t sub = 0; sub < front.query_blocks; sub++) {
            const uint32_t row = row0 + sub * front.rows;
            bool reached = row < rows && !entries[e].band;
            if (row < rows && entries[e].band)
              for (uint32_t r = row; r < std::min(row + front.rows, rows); r++)
                for (uint32_t j = key; j < key + count; j++) {
                  const int64_t distance = int64_t{j} - (first_position + r / group);
                  reached = reached || (distance >= low && distance <= high);
                }
            if (!reached) continue;
            FrontStep s = step(sub);
            s.tile = tile_parity, s.step = step_parity, s.band = entries[e].band, s.bias = entries[e].bias;
            s.key = key, s.count = count;
            step_parity = !step_parity;
            steps.push_back(s);
          }
          if (steps.size() == before) continue;
          steps[before].first_of_tile = steps.back().last_of_tile = true;
          tile_parity = !tile_parity;
        }
      }
      if (steps.empty()) {
        steps.push_back(step(0));
        steps[0].empty = steps[0].first_of_tile = steps[0].last_of_tile = true;
      }
      steps[0].first_of_block = steps.back().last_of_block = true;
      out.insert(out.end(), steps.begin(), steps.end());
    }
    if (!out.empty()) out.back().last_of_command = true;
    return out;
  }

  // Without list: one entry a block, cut to the band of the block.
  std::vector<Entry> Ranges() {
    const uint32_t group = front.Get(SAC_ATTEND_GROUP), rows = front.Get(SAC_ATTEND_POSITIONS) * group;
    const bool band = front.Get(SAC_ATTEND_BAND), bias = front.Get(SAC_ATTEND_BIAS);
    std::vector<Entry> out;
    for (uint32_t block = 0; block * front.block_rows() < rows; block++) {
      int64_t first = 0, end = front.Context(SAC_CONTEXT_LENGTH);
      if (band) {
        const uint32_t last_row = std::min((block + 1) * front.block_rows(), rows) - 1;
        const int64_t offset = static_cast<int32_t>(front.Get(SAC_ATTEND_FIRST_POSITION));
        first = std::max<int64_t>(0, offset + block * front.block_rows() / group +
                                         static_cast<int32_t>(front.Get(SAC_ATTEND_BAND_LOW)));
        end = std::min<int64_t>(end, offset + last_row / group +
                                         static_cast<int32_t>(front.Get(SAC_ATTEND_BAND_HIGH)) + 1);
      }
      out.push_back({block, band, bias, static_cast<uint32_t>(first),
                     static_cast<uint32_t>(std::max<int64_t>(0, end - first))});
    }
    return out;
  }

  void RunAndCompare(const std::vector<FrontStep> &want) {
    std::deque<size_t> blocks;  // steps that begin one, whose query rows must have come
    for (size_t i = 0; i < want.size(); i++) if (want[i].first_of_block) blocks.push_back(i);
    int seen = 0;
    front.Run([&] {
      for (; seen < front.queries && !blocks.empty(); seen++) {
        CheckQuery(want[blocks.front()]);
        blocks.pop_front();
        front.q_may++;
      }
      front.k_may = front.k_tiles, front.v_may = front.v_tiles;
    });
    ASSERT_EQ(front.steps.size(), want.size());
    uint64_t tiles = 0, keys = 0, scores = 0;
    for (size_t i = 0; i < want.size(); i++) {
      ASSERT_EQ(front.steps[i].Text(), want[i].Text()) << "step " << i;
      if (want[i].empty) continue;
      scores += want[i].rows * want[i].count;
      if (want[i].first_of_tile) tiles++, keys += want[i].count;
    }
    EXPECT_EQ(front.tiles, tiles);
    EXPECT_EQ(front.keys, keys);
    EXPECT_EQ(front.scores, scores);
    EXPECT_TRUE(blocks.empty()) << "query rows are missing";
  }

  void CheckQuery(const FrontStep &s) {
    const uint32_t group = front.Get(SAC_ATTEND_GROUP), rows = front.Get(SAC_ATTEND_POSITIONS) * group;
    for (uint32_t r = s.block_row; r < std::min(s.block_row + front.block_rows(), rows); r++) {
      const uint32_t from = front.Get(SAC_ATTEND_Q_ADDRESS) + r / group * front.Get(SAC_ATTEND_Q_POSITION_STRIDE) +
                            r % group * front.Get(SAC_ATTEND_Q_HEAD_STRIDE);
      const uint32_t row = (r - s.block_row) % front.rows, sub = (r - s.block_row) / front.rows;
      const int16_t *got = &front.x[row][(s.block * front.query_blocks + sub) * front.head_dim];
      ASSERT_EQ(std::memcmp(got, &front.memory[from], 2 * front.Context(SAC_CONTEXT_D_K)), 0) << "row " << r;
    }
  }

  void Randomize() {
    const unsigned group = front.random.Chance(50) ? 1 : front.random.Chance(20) ? 64 : Pick(1, 12);
    const unsigned positions = Pick(1, std::max(1u, 3 * front.block_rows() / group + 2));
    Blank(positions, group, front.random.Chance(10) ? 0 : Pick(1, 6 * front.kv_tile));
    const unsigned d = 16 * Pick(1, front.head_dim / 16);
    front.PutContext(SAC_CONTEXT_D_K, d);
    if (front.random.Chance(50))
      front.Put(SAC_ATTEND_Q_HEAD_STRIDE, 2 * d), front.Put(SAC_ATTEND_Q_POSITION_STRIDE, 2 * d * group);
    front.PutContext(SAC_CONTEXT_K_STRIDE, d / 4);
    if (front.random.Chance(50)) front.Put(SAC_ATTEND_FIRST_POSITION, static_cast<uint32_t>(Pick(0, 300)) - 150);
    if (front.random.Chance(5))
      front.Put(SAC_ATTEND_FIRST_POSITION, 0x7fffff00u), front.Put(SAC_ATTEND_POSITIONS, Pick(1, 5));
    front.Put(SAC_ATTEND_BAND, Pick(0, 1)), front.Put(SAC_ATTEND_BIAS, Pick(0, 1));
    front.Put(SAC_ATTEND_SCORES, Pick(0, 3));
    const uint32_t low = Pick(0, 400) - 300u, extremes[] = {0x80000000u, 0x7fffffffu, 0u};
    front.Put(SAC_ATTEND_BAND_LOW, front.random.Chance(20) ? extremes[Pick(0, 2)] : low);
    front.Put(SAC_ATTEND_BAND_HIGH, front.random.Chance(20) ? extremes[Pick(0, 2)] : low + Pick(0, 200) - 10);
    front.memory_chance = Pick(1, 4) * 25, front.step_chance = Pick(1, 4) * 25, front.x_chance = Pick(1, 4) * 25;
  }
};

TEST_F(Walk, SendsTheStepsOfBandsAndLists) {
  SCOPED_TRACE(front.random.rerun);
  for (uint8_t &byte : front.memory) byte = static_cast<uint8_t>(front.random());
  const uint32_t page = 0x200000;
  front.Store(kPages, &page, 4);
  for (int round = 0; round < 300 && !HasFailure(); round++) {
    SCOPED_TRACE("round " + std::to_string(round));
    Randomize();
    std::vector<Entry> entries = Ranges();
    bool bad = false;
    if (front.random.Chance(50)) {
      const unsigned blocks = static_cast<unsigned>(entries.size()), length = front.Context(SAC_CONTEXT_LENGTH);
      uint32_t block = Pick(0, blocks - 1);
      for (unsigned i = 0, n = front.random.Chance(20) ? Pick(30, 60) : Pick(1, 12); i < n; i++) {
        if (front.random.Chance(40)) block = Pick(0, blocks - 1);
        list.push_back({block, front.random.Chance(50), front.random.Chance(50), Pick(0, length + 10),
                        front.random.Chance(20) ? 0 : Pick(0, 3 * front.kv_tile)});
      }
      entries = list;
      if (front.random.Chance(15)) {
        const size_t at = Pick(0, static_cast<unsigned>(list.size()) - 1);
        list[at].block = blocks + (front.random.Chance(50) ? 0 : Pick(0, (1 << 24) - 1 - blocks));
        entries.assign(list.begin(), list.begin() + static_cast<long>(at));
        bad = true;
      }
      StoreList();
    }
    RunAndCompare(Expected(entries));
    EXPECT_EQ(front.code, bad ? SAC_HW_ERR_RANGE : SAC_HW_ERR_NONE);
    EXPECT_EQ(front.address, bad ? 10u : 0u);
  }
}

TEST_F(Walk, ReadsTheListSixteenEntriesAtATime) {
  Blank(1, 1, 10);
  for (unsigned i = 0; i < 37; i++) list.push_back({0, false, false, i, 0});
  StoreList();
  RunAndCompare(Expected(list));
  ASSERT_EQ(front.asked[0].size(), 5u);
  EXPECT_EQ(front.asked[0][1].bytes, 8u) << "one head";
  for (unsigned i = 0; i < 3; i++) {
    EXPECT_EQ(front.asked[0][2 + i].address, kList + 256 * i);
    EXPECT_EQ(front.asked[0][2 + i].bytes, i < 2 ? 256u : 80u);
  }
}

TEST_F(Walk, RefusesABlockWithTooManyKeys) {
  Blank(front.block_rows() * 2, 1, 1 << 20);
  front.Put(SAC_ATTEND_BAND_LOW, 0), front.Put(SAC_ATTEND_BAND_HIGH, 0);
  list = {{0, true, false, 0, 1 << 20}, {1, true, false, 0, 1 << 20}, {1, true, false, (1 << 20) - 1, 5}};
  StoreList();
  front.Run([&] { front.k_may = front.k_tiles, front.v_may = front.v_tiles, front.q_may = front.queries; });
  EXPECT_EQ(front.code, SAC_HW_ERR_RANGE);
  EXPECT_EQ(front.address, 10u);
  // What came before is complete; the band lies within the first keys.
  ASSERT_FALSE(front.steps.empty());
  EXPECT_TRUE(front.steps.back().last_of_command && front.steps.back().last_of_block);
  EXPECT_EQ(front.steps.back().block_row, front.block_rows());
  list.pop_back();
  StoreList();
  front.Run([&] { front.k_may = front.k_tiles, front.v_may = front.v_tiles, front.q_may = front.queries; });
  EXPECT_EQ(front.code, SAC_HW_ERR_NONE);
}

TEST_F(Walk, RefusesWhatTheDocumentRefuses) {
  struct Case {
    uint32_t field, value;
    bool record;
    unsigned code, word;
  };
  const std::vector<Case> cases = {
      {SAC_ATTEND_POSITIONS, 0, false, SAC_HW_ERR_RANGE, 8}, {SAC_ATTEND_GROUP, 0, false, SAC_HW_ERR_RANGE, 8},
      {SAC_ATTEND_GROUP, 65, false, SAC_HW_ERR_RANGE, 8}, {SAC_ATTEND_LISTED, 1, false, SAC_HW_ERR_RANGE, 11},
      {SAC_ATTEND_SCORE_FUNCTION, 3, false, SAC_HW_ERR_RANGE, 0}, {SAC_CONTEXT_MAGIC, 1, true, SAC_HW_ERR_RECORD, 0},
      {SAC_FIELD(1, 21, 1), 1, true, SAC_HW_ERR_RECORD, 1},
      {SAC_CONTEXT_LENGTH, (1 << 20) + 1, true, SAC_HW_ERR_RECORD, 1},
      {SAC_CONTEXT_PAGE_LOG2, 21, true, SAC_HW_ERR_RECORD, 1}, {SAC_CONTEXT_K_PAGES, 2, true, SAC_HW_ERR_RECORD, 2},
      {SAC_CONTEXT_V_STRIDE, 1, true, SAC_HW_ERR_RECORD, 7}, {SAC_CONTEXT_D_K, 0, true, SAC_HW_ERR_RECORD, 8},
      {SAC_CONTEXT_D_V, 24, true, SAC_HW_ERR_RECORD, 8},
      {SAC_CONTEXT_D_V, front.head_dim + 16, true, SAC_HW_ERR_RECORD, 8},
      {SAC_FIELD(8, 31, 1), 1, true, SAC_HW_ERR_RECORD, 8}, {SAC_CONTEXT_SCALE_SHIFT, 48, true, SAC_HW_ERR_RECORD, 9},
      {SAC_CONTEXT_OUTPUT_SHIFT, 16, true, SAC_HW_ERR_RECORD, 9},
      {SAC_CONTEXT_SOFTCAP_SHIFT, 48, true, SAC_HW_ERR_RECORD, 10},
      {SAC_CONTEXT_SOFTCAP_OUT_SHIFT, 63, true, SAC_HW_ERR_RECORD, 11},
      {SAC_CONTEXT_BIAS_HEAD_STRIDE, 2, true, SAC_HW_ERR_RECORD, 15},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE("word " + std::to_string(c.word) + " value " + std::to_string(c.value));
    Blank(1, 1, 10);
    if (c.record) front.PutContext(c.field, c.value);
    else front.Put(c.field, c.value);
    front.Run();
    EXPECT_EQ(front.code, c.code);
    EXPECT_EQ(front.address, c.word);
    EXPECT_TRUE(front.steps.empty());
  }
  Blank(1, 1, 10);
  front.Put(SAC_ATTEND_SCORE_FUNCTION, 1), front.PutContext(SAC_CONTEXT_OUTPUT_SHIFT, 47);
  RunAndCompare(Expected(Ranges()));
  EXPECT_EQ(front.code, SAC_HW_ERR_NONE) << "linear allows a shift of 47";
}

TEST_F(Walk, KeepsTheHeadsOfTheGroup) {
  Blank(1, 64, 1);
  for (unsigned i = 0; i < 128; i++) {
    const uint32_t word = static_cast<uint32_t>(front.random());
    front.Store(kHeads + 4 * i, &word, 4);
  }
  RunAndCompare(Expected(Ranges()));
  for (unsigned h = 0; h < 64; h++) {
    front.dut->head_index_i = h;
    front.dut.Tick();
    EXPECT_EQ(front.dut->head_slope_o, front.Word(kHeads + 8 * h));
    EXPECT_EQ(front.dut->head_sink_max_o, front.Word(kHeads + 8 * h + 4) & 0x1fff);
    EXPECT_EQ(front.dut->head_sink_sum_o, front.Word(kHeads + 8 * h + 4) >> 16);
  }
}

}  // namespace
