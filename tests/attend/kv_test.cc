// SPDX-License-Identifier: Apache-2.0
// verilate: sac_front_bench tiny
// verilate: sac_front_bench odd
// verilate: sac_front_bench edge
// K and V of tiles in the KV RAM against docs/attention.md, sections 1, 4 and 5: every format with and without scales,
// any page size, strides with gaps and without; the requests; buffers are not written while they are used; the rate.
#include <algorithm>

#include "tests/attend/front.h"

namespace {

constexpr uint32_t kContext = 0x1000, kHeads = 0x2000, kTables = 0x4000, kQuery = 0x20000, kData = 0x40000;

class Kv : public testing::Test {
 protected:
  Front front{1, "attend_kv"};

  struct Side {
    bool v;
    uint32_t d, format, scaled, stride, bytes, pages, offset;
    unsigned bits() const { return 16 >> format; }
    unsigned halves() const { return format == 0 || scaled ? 2 : 1; }
  };
  Side k{}, v{};
  uint32_t page_log2 = 0, next = 0;
  unsigned keep_k = 5, keep_v = 5;  // cycles, at most, that a buffer is kept: then it is looked at and given back

  unsigned Pick(unsigned low, unsigned high) { return static_cast<unsigned>(front.random.Pick(low, high)); }

  void SetUp() override {
    for (uint8_t &byte : front.memory) byte = static_cast<uint8_t>(front.random());
  }

  void Begin(unsigned positions, unsigned length) {
    std::fill(std::begin(front.words), std::end(front.words), 0);
    std::fill(std::begin(front.context), std::end(front.context), 0);
    front.Put(SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
    front.Put(SAC_ATTEND_CONTEXT_ADDRESS, kContext);
    front.Put(SAC_ATTEND_POSITIONS, positions), front.Put(SAC_ATTEND_GROUP, 1);
    front.Put(SAC_ATTEND_Q_ADDRESS, kQuery), front.Put(SAC_ATTEND_Q_POSITION_STRIDE, 4);
    front.PutContext(SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
    front.PutContext(SAC_CONTEXT_LENGTH, length), front.PutContext(SAC_CONTEXT_PAGE_LOG2, page_log2);
    front.PutContext(SAC_CONTEXT_HEAD_ADDRESS, kHeads);
    next = kData;
  }

  // `gap`: bytes between rows, pages and what else.
  Side Lay(bool is_v, uint32_t d, uint32_t format, bool scaled, uint32_t gap) {
    Side side{is_v, d, format, scaled, 0, 0, 0, 0};
    side.bytes = d * side.bits() / 8 + (scaled ? (d + 63) / 64 * 4 : 0);
    side.stride = side.bytes + gap;
    side.offset = gap * 3;
    side.pages = kTables + (is_v ? 0x8000 : 0);
    const uint32_t length = front.Context(SAC_CONTEXT_LENGTH), pages = (length + (1u << page_log2) - 1) >> page_log2;
    // Pages lie in descending order, so that nothing happens to be right.
    const uint32_t page_bytes = side.stride * std::min(length, 1u << page_log2) + gap;
    for (uint32_t i = 0; i < pages; i++) {
      const uint32_t address = next + (pages - 1 - i) * page_bytes;
      front.Store(side.pages + 4 * i, &address, 4);
    }
    next += pages * page_bytes + side.offset;
    EXPECT_LE(next, front.memory.size());
    front.PutContext(is_v ? SAC_CONTEXT_D_V : SAC_CONTEXT_D_K, d);
    front.PutContext(is_v ? SAC_CONTEXT_V_FORMAT : SAC_CONTEXT_K_FORMAT, format);
    front.PutContext(is_v ? SAC_CONTEXT_V_SCALED : SAC_CONTEXT_K_SCALED, scaled);
    front.PutContext(is_v ? SAC_CONTEXT_V_STRIDE : SAC_CONTEXT_K_STRIDE, side.stride);
    front.PutContext(is_v ? SAC_CONTEXT_V_OFFSET : SAC_CONTEXT_K_OFFSET, side.offset);
    front.PutContext(is_v ? SAC_CONTEXT_V_PAGES : SAC_CONTEXT_K_PAGES, side.pages);
    return side;
  }

  uint32_t RowAddress(const Side &side, uint32_t key) const {
    const uint32_t page = front.Word(side.pages + 4 * (key >> page_log2));
    return page + side.offset + (key & ((1u << page_log2) - 1)) * side.stride;
  }

  int32_t Value(const Side &side, uint32_t key, uint32_t e) const {
    const uint32_t row = RowAddress(side, key), bits = side.bits(), at = e * bits;
    const uint32_t word = front.Word(row + at / 32 * 4) >> at % 32;
    const auto element = static_cast<int32_t>(word << (32 - bits)) >> (32 - bits);
    if (!side.scaled) return element;
    const uint32_t scale = front.Word(row + side.d * bits / 8 + e / 64 * 4) >> 16 * (e / 32 % 2);
    const int64_t product = int64_t{element} * (scale & 255);
    const unsigned shift = scale >> 8 & 31;
    int64_t value = product >> shift;
    const int64_t rest = product - (value << shift), half = int64_t{1} << shift >> 1;
    if (shift > 0 && (rest > half || (rest == half && (value & 1)))) value++;
    return static_cast<int32_t>(std::clamp<int64_t>(value, -32768, 32767));
  }

  // K or V of the keys of a tile, as the array will read them.
  void Check(const Side &side, bool parity, uint32_t first, uint32_t count) {
    const uint32_t chunks = (side.d + front.lanes - 1) / front.lanes;
    const uint32_t segments = 2 * side.d <= front.lanes ? 2 : 1, width = front.lanes / segments;
    const uint32_t buffer = front.kv_tile * 2 * (front.head_dim / front.lanes);
    const uint32_t base = (side.v ? 2 : 0) * buffer + (parity ? buffer : 0);
    for (uint32_t place = 0; place * segments < count; place++)
      for (uint32_t chunk = 0; chunk < chunks; chunk++)
        for (uint32_t half = 0; half < side.halves(); half++) {
          const uint32_t word = base + half + (side.v ? chunk * 2 * front.kv_tile + place * side.halves()
                                                      : (place * chunks + chunk) * side.halves());
          for (uint32_t lane = 0; lane < front.lanes; lane++) {
            const uint32_t key = place * segments + lane / width, e = chunk * front.lanes + lane % width;
            const int32_t value = key < count && e < side.d ? Value(side, first + key, e) : 0;
            const int32_t want = side.halves() == 2 && half == 0 ? value >> 8 : value;
            ASSERT_EQ(front.kv[word][lane], static_cast<uint8_t>(want))
                << (side.v ? "V" : "K") << " key " << first + key << " element " << e << " half " << half << " value "
                << value;
          }
        }
  }

  void CheckRequests(const Side &side, size_t *at, uint32_t first, uint32_t count) {
    uint32_t merge = 1;
    while (side.stride == side.bytes && 2 * merge * side.bytes <= 1024) merge *= 2;
    for (uint32_t key = first; key < first + count;) {
      const uint32_t run = std::min(first + count, ((key >> page_log2) + 1) << page_log2);
      const uint32_t rows = std::min(merge, run - key);
      ASSERT_LT(*at, front.asked[Front::kRows].size());
      ASSERT_EQ(front.asked[Front::kRows][*at].address, RowAddress(side, key));
      ASSERT_EQ(front.asked[Front::kRows][*at].bytes, rows * side.bytes);
      ++*at, key += rows;
    }
  }

  void RunAndCheck() {
    const bool scores = front.Get(SAC_ATTEND_SCORES) != 0;
    std::vector<FrontStep> tiles;
    size_t used = 0;
    int checked_k = 0, checked_v = 0;
    unsigned left_k = 0, left_v = 0;
    front.Run([&] {
      for (; used < front.steps.size(); used++)
        if (front.steps[used].first_of_tile && !front.steps[used].empty) tiles.push_back(front.steps[used]);
      front.k_may = checked_k, front.v_may = checked_v, front.q_may = front.queries;
      if (HasFatalFailure()) return;
      if (checked_k < front.k_tiles && left_k-- == 0) {
        Check(k, tiles[checked_k].tile, tiles[checked_k].key, tiles[checked_k].count);
        checked_k++, left_k = Pick(0, keep_k);
      }
      if (checked_v < front.v_tiles && left_v-- == 0) {
        Check(v, tiles[checked_v].tile, tiles[checked_v].key, tiles[checked_v].count);
        checked_v++, left_v = Pick(0, keep_v);
      }
    });
    size_t at = 0, pages = 0;
    for (const FrontStep &tile : tiles) {
      CheckRequests(k, &at, tile.key, tile.count);
      if (!scores) CheckRequests(v, &at, tile.key, tile.count);
      pages += (scores ? 1 : 2) * (((tile.key + tile.count - 1) >> page_log2) - (tile.key >> page_log2) + 1);
    }
    EXPECT_EQ(at, front.asked[Front::kRows].size());
    EXPECT_EQ(pages, front.asked[Front::kPages].size());
    EXPECT_EQ(front.k_tiles, static_cast<int>(tiles.size()));
    EXPECT_EQ(front.v_tiles, scores ? 0 : static_cast<int>(tiles.size()));
  }
};

TEST_F(Kv, UnpacksEveryFormatFromPages) {
  SCOPED_TRACE(front.random.rerun);
  for (unsigned round = 0; round < (front.lanes > 32 ? 48u : 160u) && !HasFailure(); round++) {
    SCOPED_TRACE("round " + std::to_string(round));
    page_log2 = front.random.Chance(20) ? 20 : Pick(0, 6);
    Begin(1, Pick(1, 5 * front.kv_tile));
    front.Put(SAC_ATTEND_SCORES, front.random.Chance(10) ? 2 : 0);
    const unsigned most = front.head_dim / 16;
    auto d = [&] { return 16 * (front.random.Chance(30) ? most : Pick(1, most)); };
    auto gap = [&] { return front.random.Chance(50) ? 0 : 4 * Pick(1, 9); };
    k = Lay(false, d(), round % 4, round / 4 % 2, gap());
    v = Lay(true, d(), round / 8 % 4, round / 32 % 2, gap());
    front.memory_chance = Pick(1, 4) * 25, front.use_chance = Pick(1, 4) * 25;
    keep_k = front.random.Chance(20) ? 4000 : 5, keep_v = front.random.Chance(20) ? 4000 : 5;
    RunAndCheck();
  }
}

TEST_F(Kv, TakesABeatACycle) {
  page_log2 = 4;
  front.memory_chance = front.use_chance = front.step_chance = front.x_chance = 100;
  // int16, int8, and int4 where a word holds a beat of it.
  for (uint32_t format = 0; format < 3; format++) {
    Begin(1, 24 * front.kv_tile);
    const uint32_t d = front.head_dim >= 64 ? 64 : front.head_dim;
    k = Lay(false, d, format, false, 0), v = Lay(true, d, format, false, 0);
    int tiles = 0;
    uint64_t first = 0, last = 0;
    front.Run([&] {
      front.k_may = front.k_tiles, front.v_may = front.v_tiles, front.q_may = front.queries;
      if (front.v_tiles != tiles && ++tiles == 4) first = front.cycles;
      if (tiles == 24 && last == 0) last = front.cycles;
    });
    const double beats = 20.0 * front.kv_tile * (k.bytes + v.bytes) / front.beat;
    // A word of `lanes` bytes a cycle is the most that the KV RAM takes.
    const double keys = 20.0 * front.kv_tile / (2 * d <= front.lanes ? 2 : 1);
    const double words = keys * 2 * ((d + front.lanes - 1) / front.lanes) * k.halves();
    std::printf("format %u: %.3f of the bus\n", format, beats / static_cast<double>(last - first));
    EXPECT_GE(std::max(beats, words) / static_cast<double>(last - first), 0.97) << "format " << format;
  }
}

}  // namespace
