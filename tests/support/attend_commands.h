// SPDX-License-Identifier: Apache-2.0
// Random ATTEND commands that succeed, for any configuration, every feature switched at random. Records, lists and page
// tables go to an area that only the host writes; queries, keys, values and biases are read anywhere in the lower half
// of the rest, which holds what Fill() gives; outputs go to the upper half and do not overlap within a command.
#ifndef SACCADE_TESTS_ATTEND_COMMANDS_H
#define SACCADE_TESTS_ATTEND_COMMANDS_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

extern "C" {
#include "saccade/regs.h"
#include "sw/driver/tables.h"
}

class AttendMaker {
 public:
  using Words = std::vector<uint32_t>;  // SAC_COMMAND_WORDS words
  using Store = std::function<void(uint32_t address, const void *data, size_t bytes)>;
  static constexpr uint32_t kHost = 0x4000, kHostEnd = 0x10000, kBiases = 0x4000;  // bytes of biases at kHostEnd

  // `effort`: scores of a usual command, at most.
  AttendMaker(const uint32_t *capacities, uint32_t memory_bytes, uint32_t seed, unsigned effort, Store store)
      : random(seed), capacities_(capacities), effort_(effort), store_(std::move(store)) {
    middle_ = kHostEnd + (memory_bytes - kHostEnd) / 8 * 4;
    end_ = memory_bytes;
  }

  std::mt19937 random;

  uint32_t Pick(uint32_t low, uint32_t high) { return std::uniform_int_distribution<uint32_t>(low, high)(random); }
  bool Chance(unsigned percent) { return Pick(0, 99) < percent; }
  // Between batches: what the host wrote may be overwritten.
  void Recycle() { host_ = kHost; }

  // What the lower half holds: biases first, then noise, small numbers, and stretches of extremes.
  void Fill() {
    std::vector<uint32_t> words((middle_ - kHostEnd) / 4);
    for (uint32_t i = 0; i < words.size();) {
      const uint32_t count = std::min<uint32_t>(Pick(16, 512), static_cast<uint32_t>(words.size()) - i),
                     kind = Pick(0, 11);
      for (const uint32_t beyond = i + count; i < beyond; i++) words[i] = 4 * i < kBiases ? Bias() : Content(kind);
    }
    store_(kHostEnd, words.data(), 4 * words.size());
  }

  // TABLE commands for the tables of ATTEND.
  std::vector<Words> Preload() {
    uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES];
    uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
    const uint32_t address = Allot(sizeof bytes, 64);
    sac_attend_tables(address, bytes, commands);
    store_(address, bytes, sizeof bytes);
    std::vector<Words> out;
    for (const auto &command : commands) out.emplace_back(command, command + SAC_COMMAND_WORDS);
    return out;
  }

  Words Next() {
    words_ = Words(SAC_COMMAND_WORDS);
    record_ = Words(SAC_CONTEXT_WORDS);
    Put(SAC_COMMON_OPCODE, SAC_OPCODE_ATTEND);
    Put(SAC_COMMON_TAG, Pick(0, 65535));
    scores_ = Chance(20) ? Pick(1, 3) : 0;
    function_ = Chance(55) ? 0 : Pick(0, 2);
    Put(SAC_ATTEND_SCORES, scores_);
    Put(SAC_ATTEND_SCORE_FUNCTION, function_);
    Put(SAC_ATTEND_LSE, Pick(0, 1));
    Sizes();
    Numbers();
    Operand(d_k_, SAC_CONTEXT_K_PAGES, SAC_CONTEXT_K_OFFSET, SAC_CONTEXT_K_STRIDE, SAC_CONTEXT_K_FORMAT,
            SAC_CONTEXT_K_SCALED, true);
    Operand(d_v_, SAC_CONTEXT_V_PAGES, SAC_CONTEXT_V_OFFSET, SAC_CONTEXT_V_STRIDE, SAC_CONTEXT_V_FORMAT,
            SAC_CONTEXT_V_SCALED, !scores_);
    Heads();
    Band();
    Biases();
    List();
    Queries();
    Outputs();
    Put(SAC_ATTEND_CONTEXT_ADDRESS, Host(record_, 64));
    return words_;
  }

 private:
  uint32_t cap(sac_capacity_t which) const { return capacities_[which]; }
  void Put(uint32_t field, uint32_t value) { sac_field_put(words_.data(), field, value); }
  void PutContext(uint32_t field, uint32_t value) { sac_field_put(record_.data(), field, value); }
  uint32_t Garbage() { return 4 * Pick(0, 0x3fffffff); }  // where the command must not look

  uint32_t Allot(uint32_t bytes, uint32_t align) {
    const uint32_t address = (host_ + align - 1) / align * align;
    if (address + bytes > kHostEnd) std::abort();
    host_ = address + (bytes + 3) / 4 * 4 + 4 * Pick(0, 3);
    return address;
  }
  uint32_t Host(const Words &words, uint32_t align) {
    const uint32_t address = Allot(static_cast<uint32_t>(4 * words.size()), align);
    store_(address, words.data(), 4 * words.size());
    return address;
  }

  uint32_t Bias() {
    if (Chance(20)) return 0x80000000u;
    return static_cast<uint32_t>(static_cast<int32_t>(random()) >> Pick(8, 31));
  }
  uint32_t Content(uint32_t kind) {
    const uint32_t noise = random();
    switch (kind) {
      case 0: return 0x7fff7fffu;
      case 1: return 0x80008000u;
      case 2: return 0x7fff8000u;
      case 3: return 0x7f807f80u;
      case 4: return 0;
      case 5: return 0x01ff01ffu & noise;
      case 6: return (noise & 0x01ff01ffu) + 0xff01ff01u;
      default: return noise;
    }
  }

  void Sizes() {
    const uint32_t dims = cap(SAC_CAPACITY_HEAD_DIM) / 16;
    d_k_ = 16 * (Chance(60) ? Pick(1, std::min(4u, dims)) : Pick(1, dims));
    d_v_ = Chance(40) ? d_k_ : 16 * (Chance(60) ? Pick(1, std::min(4u, dims)) : Pick(1, dims));
    group_ = Chance(45) ? 1 : Chance(95) ? Pick(2, 6) : Pick(7, 64);
    positions_ = Pick(1, std::max(1u, (Chance(80) ? 12u : 40u) / std::min(group_, 4u)));
    const uint32_t most =
        (middle_ - kHostEnd) / (std::max(2 * std::max(d_k_, d_v_), 240u) + 44);  // rows that fit, with gaps
    const uint32_t side = cap(SAC_CAPACITY_ROWS) * cap(SAC_CAPACITY_QUERY_BLOCKS);
    if (Chance(4)) positions_ = (side * Pick(1, 2) + Pick(0, 9)) / group_ + 1;  // more than one block, however large
    group_ = std::min(group_, most);
    positions_ = std::min(positions_, most / group_);
    const uint32_t rows = positions_ * group_;
    length_ = Chance(4) ? 0 : Pick(1, std::max(1u, std::min(Chance(70) ? 30u : 60u, effort_ / rows)));
    page_log2_ = Chance(70) ? Pick(0, 6) : Pick(7, 20);
    PutContext(SAC_CONTEXT_MAGIC, SAC_CONTEXT_MAGIC_VALUE);
    PutContext(SAC_CONTEXT_LENGTH, length_);
    PutContext(SAC_CONTEXT_PAGE_LOG2, page_log2_);
    PutContext(SAC_CONTEXT_D_K, d_k_);
    PutContext(SAC_CONTEXT_D_V, d_v_);
    Put(SAC_ATTEND_POSITIONS, positions_);
    Put(SAC_ATTEND_GROUP, group_);
  }

  void Numbers() {
    // Logits of noise that spread over 2^target, 4096 = 1.
    const int sum = 43 + (31 - __builtin_clz(d_k_)) / 2, target = static_cast<int>(Pick(8, 24));
    PutContext(SAC_CONTEXT_SCALE, Chance(90) ? Pick(16384, 65535) : Pick(0, 65535));
    PutContext(
        SAC_CONTEXT_SCALE_SHIFT,
        Chance(90) ? static_cast<uint32_t>(std::clamp(sum - target - (Chance(40) ? 8 : 0), 0, 47)) : Pick(0, 47));
    PutContext(SAC_CONTEXT_OUTPUT_SHIFT, function_ == 1 ? (Chance(70) ? Pick(10, 30) : Pick(0, 47))
                                         : Chance(70)   ? 0
                                                        : Pick(0, 15));
    PutContext(SAC_CONTEXT_SOFTCAP, Chance(25));
    PutContext(SAC_CONTEXT_SOFTCAP_SCALE, Pick(0, 65535));
    PutContext(SAC_CONTEXT_SOFTCAP_SHIFT, Chance(85) ? Pick(12, 22) : Pick(0, 47));
    PutContext(SAC_CONTEXT_SOFTCAP_OUT, Pick(0, 65535));
    PutContext(SAC_CONTEXT_SOFTCAP_OUT_SHIFT, Chance(85) ? Pick(10, 22) : Pick(0, 47));
  }

  // Places something that reaches from `below` bytes under its address to `above` bytes over it.
  uint32_t Within(uint32_t low, uint32_t high, int64_t below, int64_t above) {
    if (below + above > high - low) std::abort();
    return low + static_cast<uint32_t>(below) + 4 * Pick(0, static_cast<uint32_t>(high - low - below - above) / 4);
  }

  void Operand(uint32_t d, uint32_t pages, uint32_t offset, uint32_t stride, uint32_t format, uint32_t scaled,
               bool read) {
    const uint32_t kind = Chance(40) ? 0 : Pick(0, 3), scales = Chance(35);
    const uint32_t bytes = (d * (16 >> kind) / 8 + (scales ? 2 * ((d + 31) / 32) : 0) + 3) / 4 * 4;
    PutContext(format, kind);
    PutContext(scaled, scales);
    int64_t step = bytes;
    if (Chance(40)) step = 4 * Pick(0, bytes / 4 + 12);
    if (Chance(15)) step = -step;
    PutContext(stride, static_cast<uint32_t>(step));
    const uint32_t shift = Chance(30) ? 0 : Garbage() >> (Chance(50) ? 0 : 20);
    PutContext(offset, shift & ~3u);
    if (!read || length_ == 0) {
      PutContext(pages, Garbage());
      return;
    }
    const int64_t keys = std::min<int64_t>(length_, int64_t{1} << std::min(page_log2_, 20u)), reach = (keys - 1) * step;
    Words table((length_ - 1) / (uint64_t{1} << page_log2_) + 1);
    for (uint32_t &page : table)
      page = Within(kHostEnd, middle_, reach < 0 ? -reach : 0, std::max<int64_t>(reach, 0) + bytes) - (shift & ~3u);
    PutContext(pages, Host(table, 4));
  }

  void Heads() {
    Words heads(2 * group_);
    for (uint32_t h = 0; h < group_; h++) {
      if (Chance(50))
        heads[2 * h] = static_cast<uint32_t>(static_cast<int32_t>(random()) >> (Chance(95) ? Pick(4, 20) : 0));
      if (Chance(30)) heads[2 * h + 1] = (random() & 0xffff0000u) | ((Pick(0, 200) - 100) & 0x1fffu);
      if (Chance(2)) heads[2 * h + 1] = random() & 0xffff1fffu;
    }
    PutContext(SAC_CONTEXT_HEAD_ADDRESS, Host(heads, 4));
  }

  void Band() {
    int32_t first = Chance(50) ? static_cast<int32_t>(length_ - positions_) : static_cast<int32_t>(Pick(0, 80)) - 40;
    if (Chance(3)) first = static_cast<int32_t>(random()) / 2;
    int32_t low = Chance(40) ? INT32_MIN / 2 : -static_cast<int32_t>(Pick(0, 40)),
            high = Chance(60) ? 0 : static_cast<int32_t>(Pick(0, 30)) - 8;
    if (Chance(10)) high = INT32_MAX / 2;
    if (Chance(3)) low = static_cast<int32_t>(Pick(0, 20));
    sac_field_put_signed(words_.data(), SAC_ATTEND_FIRST_POSITION, first);
    sac_field_put_signed(words_.data(), SAC_ATTEND_BAND_LOW, low);
    sac_field_put_signed(words_.data(), SAC_ATTEND_BAND_HIGH, high);
    Put(SAC_ATTEND_BAND, Chance(45));
    biased_ = Chance(40);
    Put(SAC_ATTEND_BIAS, biased_);
  }

  struct Strides {
    uint32_t position, head;
    int64_t below, above;  // reach of all rows
  };
  // Rows of a position and a head; `apart` if they must not overlap.
  Strides Rows(uint32_t bytes, bool apart) {
    int64_t inner = bytes + (Chance(60) ? 0 : 4 * Pick(0, 5));
    if (!apart && Chance(30)) inner = 4 * Pick(0, bytes / 4);
    const bool heads_inside = Chance(60);
    const int64_t inner_count = heads_inside ? group_ : positions_, outer_count = heads_inside ? positions_ : group_;
    int64_t outer = inner * inner_count + (Chance(60) ? 0 : 4 * Pick(0, 5));
    if (!apart && Chance(30)) outer = 4 * Pick(0, static_cast<uint32_t>(outer / 4));
    if (Chance(15)) inner = -inner;
    if (Chance(15)) outer = -outer;
    const int64_t a = inner * (inner_count - 1), b = outer * (outer_count - 1);
    return {static_cast<uint32_t>(heads_inside ? outer : inner), static_cast<uint32_t>(heads_inside ? inner : outer),
            -std::min<int64_t>(a, 0) - std::min<int64_t>(b, 0),
            std::max<int64_t>(a, 0) + std::max<int64_t>(b, 0) + bytes};
  }

  void Biases() {
    const bool words = Chance(50);
    PutContext(SAC_CONTEXT_BIAS_WORDS, words);
    listed_ = Chance(45);
    if (!biased_ && !listed_) {
      PutContext(SAC_CONTEXT_BIAS_ADDRESS, Garbage());
      PutContext(SAC_CONTEXT_BIAS_POSITION_STRIDE, Garbage());
      return;
    }
    Strides rows = Rows(std::max(4u, words ? 4 * length_ : (length_ + 31) / 32 * 4), false);
    if (Chance(20)) rows.position = 0;
    if (Chance(40)) rows.head = 0;
    const bool tame = words && rows.below + rows.above <= kBiases && Chance(85);
    PutContext(SAC_CONTEXT_BIAS_ADDRESS, Within(kHostEnd, tame ? kHostEnd + kBiases : middle_, rows.below, rows.above));
    PutContext(SAC_CONTEXT_BIAS_POSITION_STRIDE, rows.position);
    PutContext(SAC_CONTEXT_BIAS_HEAD_STRIDE, rows.head);
  }

  void List() {
    Put(SAC_ATTEND_LISTED, listed_);
    Put(SAC_ATTEND_LIST_ADDRESS, Garbage() & ~15u);
    Put(SAC_ATTEND_LIST_ENTRIES, Pick(0, 0xffffff));
    if (!listed_) return;
    const uint32_t side = cap(SAC_CAPACITY_ROWS) * cap(SAC_CAPACITY_QUERY_BLOCKS), rows = positions_ * group_;
    const uint32_t blocks = (rows + side - 1) / side, entries = Chance(90) ? Pick(1, 12) : Pick(13, 40);
    Words list;
    uint64_t scores = 0;
    for (uint32_t n = 0, block = Pick(0, blocks - 1); n < entries; n++) {
      if (Chance(40)) block = Chance(50) ? Pick(0, blocks - 1) : (block + 1) % blocks;
      const uint32_t first = Chance(10) ? Pick(0, (1 << 21) - 1) : Pick(0, length_ + 2);
      uint32_t count = Chance(10) ? 0 : Chance(10) ? Pick(0, (1 << 21) - 1) : Pick(1, 1 + length_);
      const uint64_t cost = uint64_t{std::min(rows, side)} * std::min(count, first < length_ ? length_ - first : 0);
      if (scores + cost > 2 * effort_) count = 0;
      else scores += cost;
      list.insert(list.end(), {block | Pick(0, 1) << 24 | Pick(0, 1) << 25, first, count, 0});
    }
    Put(SAC_ATTEND_LIST_ADDRESS, Host(list, 16));
    Put(SAC_ATTEND_LIST_ENTRIES, entries);
  }

  void Queries() {
    const Strides rows = Rows(2 * d_k_, false);
    Put(SAC_ATTEND_Q_ADDRESS, Within(kHostEnd, middle_, rows.below, rows.above));
    Put(SAC_ATTEND_Q_POSITION_STRIDE, rows.position);
    Put(SAC_ATTEND_Q_HEAD_STRIDE, rows.head);
  }

  void Outputs() {
    const Strides rows = Rows(scores_ ? std::max(4u, 4 * length_) : 2 * d_v_, true);
    const uint32_t lse = 4 * positions_ * group_, first = Chance(50);  // which lies lower
    Put(SAC_ATTEND_Y_ADDRESS, Within(middle_ + (first ? lse : 0), end_ - (first ? 0 : lse), rows.below, rows.above));
    Put(SAC_ATTEND_Y_POSITION_STRIDE, rows.position);
    Put(SAC_ATTEND_Y_HEAD_STRIDE, rows.head);
    Put(SAC_ATTEND_LSE_ADDRESS, first ? middle_ : end_ - lse);
  }

  const uint32_t *capacities_;
  unsigned effort_;
  Store store_;
  uint32_t middle_, end_, host_ = kHost;
  // the command that is being made
  Words words_, record_;
  uint32_t scores_ = 0, function_ = 0, d_k_ = 0, d_v_ = 0, positions_ = 0, group_ = 0, length_ = 0, page_log2_ = 0;
  bool biased_ = false, listed_ = false;
};

#endif
