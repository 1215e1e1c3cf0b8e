// SPDX-License-Identifier: Apache-2.0
// Random commands that succeed, for any configuration: COPY, TABLE, MATMUL, MERGE, SELECT, RECODE, NOP, FENCE. Lists and
// table entries go to an area that only the host writes; sources and destinations lie in different halves of the rest,
// so that neither overlaps itself, but each command works on what those before it left.
#ifndef SACCADE_TESTS_COMMANDS_H
#define SACCADE_TESTS_COMMANDS_H

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

#include "tests/cosim/pair.h"

extern "C" {
#include "sw/driver/tables.h"
}

// Bytes of a row of RECODE.
inline uint32_t RecodeBytes(const uint32_t *words, bool destination) {
  const uint32_t d = sac_field_get(words, SAC_RECODE_D);
  const uint32_t form = sac_field_get(words, destination ? SAC_RECODE_DESTINATION_FORMAT : SAC_RECODE_SOURCE_FORMAT);
  const bool scaled = sac_field_get(words, destination ? SAC_RECODE_DESTINATION_SCALED : SAC_RECODE_SOURCE_SCALED);
  return (2 * d >> form) + (scaled ? (d + 63) / 64 * 4 : 0);
}

struct Half {
  uint32_t base, bytes;
};

class CommandMaker {
 public:
  static constexpr uint32_t kHost = 0x4000, kHostEnd = 0x10000;  // written by the host only
  using Store = std::function<void(uint32_t address, const void *data, size_t bytes)>;

  // `effort`: how much work a usual command may be, in beats and array cycles.
  CommandMaker(const sac_machine_config_t &config, uint32_t memory_bytes, uint32_t seed, unsigned effort, Store store)
      : random(seed), config_(config), effort_(effort), store_(std::move(store)) {
    const uint32_t half = (memory_bytes - kHostEnd) / 2;
    halves_[0] = {kHostEnd, half};
    halves_[1] = {kHostEnd + half, half};
    loaded_ = std::min(cap(SAC_CAPACITY_WEIGHT_WORDS) / 2, std::max(64u, 4096 / cap(SAC_CAPACITY_LANES)));
  }

  std::mt19937 random;

  uint32_t Pick(uint32_t low, uint32_t high) { return std::uniform_int_distribution<uint32_t>(low, high)(random); }
  bool Chance(unsigned percent) { return Pick(0, 99) < percent; }

  // Between batches: what the host wrote may be overwritten.
  void Recycle() { host_ = kHost; }

  // TABLE commands that define every entry that later commands may use, or all that there are.
  std::vector<Command> Preload(bool all = false) {
    std::vector<Command> out;
    if (all) out.push_back(TableOf(SAC_TARGET_WEIGHT, 0, cap(SAC_CAPACITY_WEIGHT_WORDS), halves_[Pick(0, 1)].base));
    else for (uint32_t first : {0u, cap(SAC_CAPACITY_WEIGHT_WORDS) - loaded_}) {
      const Half &half = halves_[Pick(0, 1)];
      out.push_back(TableOf(SAC_TARGET_WEIGHT, first, loaded_, half.base + 4 * Pick(0, 64)));
    }
    const uint32_t quants = cap(SAC_CAPACITY_QUANT_ENTRIES);
    out.push_back(TableOf(SAC_TARGET_QUANT, 0, quants, QuantEntries(quants)));
    out.push_back(TableOf(SAC_TARGET_GENERAL, 0, 256, halves_[0].base));
    for (uint32_t target : {SAC_TARGET_POWER, SAC_TARGET_LOG2}) out.push_back(TrueTable(target, 0, 256));
    return out;
  }

  Command Next() {
    const unsigned dice = Pick(0, 99);
    Command words = dice < 27   ? Matmul()
                    : dice < 54 ? Copy()
                    : dice < 67 ? Table()
                    : dice < 75 ? Merge()
                    : dice < 84 ? Select()
                    : dice < 92 ? Recode()
                                : NewCommand(SAC_OPCODE_NOP);
    if (dice >= 96) {
      words = NewCommand(SAC_OPCODE_FENCE);
      sac_field_put(words.data(), SAC_FENCE_INTERRUPT, Pick(0, 1));
    }
    sac_field_put(words.data(), SAC_COMMON_TAG, Pick(0, 65535));
    return words;
  }

  Command Copy() {
    Command words = NewCommand(SAC_OPCODE_COPY);
    const unsigned from = Pick(0, 1), mode = Pick(0, 3);  // half of memory they come from; 1 gather, 2 scatter
    uint32_t bytes = 4 * (Chance(60) ? Pick(1, 16) : Pick(1, 128));
    if (Chance(8)) bytes = 4 * Pick(1, effort_);
    uint32_t rows = Pick(1, std::max(1u, std::min(40u, effort_ * 4 / bytes)));
    if (Chance(1)) bytes = 32768 - 4 * Pick(0, 9), rows = 1;
    const uint32_t indices = mode == 1 || mode == 2 ? Pick(1, 60) : rows;
    const Strides source = Place(halves_[from], mode == 1 ? indices : rows, bytes, true);
    const Strides target = Place(halves_[1 - from], mode == 2 ? indices : rows, bytes, true);
    sac_field_put(words.data(), SAC_COPY_SOURCE_ADDRESS, source.base);
    sac_field_put(words.data(), SAC_COPY_SOURCE_STRIDE, source.stride);
    sac_field_put(words.data(), SAC_COPY_DESTINATION_ADDRESS, target.base);
    sac_field_put(words.data(), SAC_COPY_DESTINATION_STRIDE, target.stride);
    sac_field_put(words.data(), SAC_COPY_ROW_BYTES, bytes);
    sac_field_put(words.data(), SAC_COPY_ROWS, rows);
    sac_field_put(words.data(), SAC_COPY_INDEX_ADDRESS, 4 * Pick(0, 0x3fffffff));  // not used without a list
    if (mode == 1 || mode == 2) {
      sac_field_put(words.data(), mode == 1 ? SAC_COPY_GATHER : SAC_COPY_SCATTER, 1);
      const uint32_t stride = (mode == 1 ? source : target).stride;
      std::vector<uint32_t> list(rows);
      for (uint32_t &number : list) {
        number = Pick(0, indices - 1);
        // The product of number and stride counts modulo 2^32.
        const int zeros = stride ? __builtin_ctz(stride) : 31;
        if (Chance(10)) number += Pick(1, 3) << (31 - zeros) << 1;
      }
      sac_field_put(words.data(), SAC_COPY_INDEX_ADDRESS, Host(list.data(), 4 * rows));
    }
    return words;
  }

  Command Table() {
    static const uint32_t kTargets[] = {SAC_TARGET_WEIGHT, SAC_TARGET_WEIGHT, SAC_TARGET_WEIGHT, SAC_TARGET_QUANT,
                                        SAC_TARGET_QUANT, SAC_TARGET_GENERAL, SAC_TARGET_GENERAL, SAC_TARGET_GENERAL,
                                        SAC_TARGET_SOFTPLUS, SAC_TARGET_EXP2, SAC_TARGET_SINE, SAC_TARGET_SIGMOID,
                                        SAC_TARGET_DENSITY_LINE, SAC_TARGET_APPEARANCE_LINE,
                                        SAC_TARGET_TANH, SAC_TARGET_POWER, SAC_TARGET_LOG2};
    const uint32_t target = kTargets[Pick(0, 16)];
    const bool weights = target == SAC_TARGET_WEIGHT, quants = target == SAC_TARGET_QUANT;
    const uint32_t entries = weights ? cap(SAC_CAPACITY_WEIGHT_WORDS) : quants ? cap(SAC_CAPACITY_QUANT_ENTRIES)
                             : target <= SAC_TARGET_LOG2 ? 256 : cap(SAC_CAPACITY_LINE_ROWS);
    const uint32_t bytes = weights ? cap(SAC_CAPACITY_LANES) : target == SAC_TARGET_DENSITY_LINE ? 32
                           : target == SAC_TARGET_APPEARANCE_LINE ? 96 : 8;
    const uint32_t count = Pick(1, std::min(entries, std::max(2u, (Chance(3) ? 8 : 1) * effort_ / bytes)));
    const uint32_t first = Chance(20) ? entries - count : Pick(0, entries - count);
    if (target == SAC_TARGET_POWER || target == SAC_TARGET_LOG2) return TrueTable(target, first, count);
    const Half &half = halves_[Pick(0, 1)];
    const uint32_t address = quants ? QuantEntries(count) : half.base + 4 * Pick(0, (half.bytes - count * bytes) / 4);
    return TableOf(target, first, count, address);
  }

  Command Matmul() {
    Command words = NewCommand(SAC_OPCODE_MATMUL);
    const uint32_t lanes = cap(SAC_CAPACITY_LANES), array_rows = cap(SAC_CAPACITY_ROWS);
    const bool table = Pick(0, 1), heavy = Chance(3);
    uint32_t k = Chance(85) ? Pick(1, 24) : Pick(1, std::min(loaded_, cap(SAC_CAPACITY_MATMUL_K)));
    k = std::min(k, cap(SAC_CAPACITY_MATMUL_K));
    const uint32_t most = std::min(loaded_ / k, 3u) * lanes;
    const uint32_t n = std::min(cap(SAC_CAPACITY_QUANT_ENTRIES), Chance(30) ? Pick(1, 4) : Pick(1, most));
    const uint32_t groups = (n + lanes - 1) / lanes;
    const uint32_t row_cost = groups * (table ? lanes + 12 : lanes / 4 + 12);
    const uint32_t m = Pick(1, std::min(2 * array_rows + 1, std::max(1u, (heavy ? 10 : 1) * effort_ / row_cost)));
    const uint32_t words_used = groups * k, base = Pick(0, loaded_ - words_used);
    const unsigned from = Pick(0, 1);
    const Strides x = Place(halves_[from], m, (2 * k + 3) & ~3u, true);
    const Strides y = Place(halves_[1 - from], m, (2 * n + 3) & ~3u, false);
    sac_field_put(words.data(), SAC_MATMUL_RELU, Pick(0, 1));
    sac_field_put(words.data(), SAC_MATMUL_THROUGH_TABLE, table);
    sac_field_put(words.data(), SAC_MATMUL_X_ADDRESS, x.base);
    sac_field_put(words.data(), SAC_MATMUL_X_STRIDE, x.stride);
    sac_field_put(words.data(), SAC_MATMUL_Y_ADDRESS, y.base);
    sac_field_put(words.data(), SAC_MATMUL_Y_STRIDE, y.stride);
    sac_field_put(words.data(), SAC_MATMUL_M, m);
    sac_field_put(words.data(), SAC_MATMUL_K, k);
    sac_field_put(words.data(), SAC_MATMUL_N, n);
    sac_field_put(words.data(), SAC_MATMUL_WEIGHT_BASE,
                  Pick(0, 1) ? base : cap(SAC_CAPACITY_WEIGHT_WORDS) - loaded_ + base);
    sac_field_put(words.data(), SAC_MATMUL_QUANT_BASE, Pick(0, cap(SAC_CAPACITY_QUANT_ENTRIES) - n));
    return words;
  }

  // Log-sum-exps that lie near each other, or whatever memory holds; the output in place of a state, or elsewhere.
  Command Merge() {
    Command words = NewCommand(SAC_OPCODE_MERGE);
    const unsigned from = Pick(0, 1);
    const uint32_t states = Chance(90) ? Pick(1, 6) : Pick(7, 63), dims = cap(SAC_CAPACITY_HEAD_DIM) / 16;
    const uint32_t d = 16 * (Chance(70) ? Pick(1, std::min(4u, dims)) : Pick(1, dims));
    const uint32_t rows = Pick(1, std::max(1u, std::min(12u, 8 * effort_ / (states * d))));
    const bool in_place = Chance(40), rows_inside = Chance(50);
    const Strides y = Place(halves_[from], states * rows, 2 * d, !in_place);
    const uint32_t y_stride = rows_inside ? y.stride : states * y.stride;
    const uint32_t state_stride = rows_inside ? rows * y.stride : y.stride;
    const uint32_t quarter = halves_[1 - from].bytes / 8 * 4;
    const Half outputs = {halves_[1 - from].base, quarter}, logs = {halves_[1 - from].base + quarter, quarter};
    const Strides output = Place(outputs, rows, 2 * d, false);
    Strides lse = Place(logs, states, 4 * rows, false);
    uint32_t output_lse = lse.base + Pick(0, states - 1) * lse.stride;
    if (Chance(80)) {
      std::vector<uint32_t> values(states * rows);
      for (uint32_t &value : values) value = Chance(12) ? 0x80000000u : random() >> 10 >> Pick(0, 4);
      output_lse = Place(logs, 1, 4 * rows, false).base;
      lse = {Host(values.data(), 4 * states * rows), 4 * rows};
    }
    std::vector<uint32_t> affine(2 * states);
    for (uint32_t i = 0; i < states; i++) {
      affine[2 * i] = Chance(60) ? 65536 : random() >> Pick(0, 31);
      affine[2 * i + 1] = Chance(60) ? 0 : random() >> Pick(0, 31);
    }
    sac_field_put(words.data(), SAC_MERGE_LSE, Pick(0, 1));
    sac_field_put(words.data(), SAC_MERGE_STATES, states);
    sac_field_put(words.data(), SAC_MERGE_AFFINE_ADDRESS, Host(affine.data(), 8 * states));
    sac_field_put(words.data(), SAC_MERGE_LSE_ADDRESS, lse.base);
    sac_field_put(words.data(), SAC_MERGE_LSE_STATE_STRIDE, lse.stride);
    sac_field_put(words.data(), SAC_MERGE_Y_ADDRESS, y.base);
    sac_field_put(words.data(), SAC_MERGE_Y_STATE_STRIDE, state_stride);
    sac_field_put(words.data(), SAC_MERGE_Y_STRIDE, y_stride);
    sac_field_put(words.data(), SAC_MERGE_OUTPUT_ADDRESS,
                  in_place ? y.base + Pick(0, states - 1) * state_stride : output.base);
    sac_field_put(words.data(), SAC_MERGE_OUTPUT_STRIDE, in_place ? y_stride : output.stride);
    sac_field_put(words.data(), SAC_MERGE_OUTPUT_LSE_ADDRESS, output_lse);
    sac_field_put(words.data(), SAC_MERGE_ROWS, rows);
    sac_field_put(words.data(), SAC_MERGE_D, d);
    return words;
  }

  Command Recode() {
    Command words = NewCommand(SAC_OPCODE_RECODE);
    const uint32_t most = cap(SAC_CAPACITY_HEAD_DIM) / 16, d = 16 * (Chance(20) ? most : Pick(1, most));
    sac_field_put(words.data(), SAC_RECODE_SOURCE_FORMAT, Pick(0, 3));
    sac_field_put(words.data(), SAC_RECODE_SOURCE_SCALED, Pick(0, 1));
    sac_field_put(words.data(), SAC_RECODE_DESTINATION_FORMAT, Pick(0, 3));
    sac_field_put(words.data(), SAC_RECODE_DESTINATION_SCALED, Pick(0, 1));
    sac_field_put(words.data(), SAC_RECODE_D, d);
    const uint32_t rows = Pick(1, std::max(1u, std::min(40u, (Chance(8) ? 16 : 4) * effort_ / d)));
    const unsigned from = Pick(0, 1);
    const Strides source = Place(halves_[from], rows, RecodeBytes(words.data(), false), true);
    const Strides target = Place(halves_[1 - from], rows, RecodeBytes(words.data(), true), true);
    sac_field_put(words.data(), SAC_RECODE_SOURCE_ADDRESS, source.base);
    sac_field_put(words.data(), SAC_RECODE_SOURCE_STRIDE, source.stride);
    sac_field_put(words.data(), SAC_RECODE_DESTINATION_ADDRESS, target.base);
    sac_field_put(words.data(), SAC_RECODE_DESTINATION_STRIDE, target.stride);
    sac_field_put(words.data(), SAC_RECODE_ROWS, rows);
    sac_field_put(words.data(), SAC_RECODE_SHIFT, Chance(50) ? Pick(0, 31) : Pick(0, 3));
    return words;
  }

  Command Select() {
    Command words = NewCommand(SAC_OPCODE_SELECT);
    const bool sort = Chance(35);
    const unsigned from = Pick(0, 1);
    uint32_t count = Chance(70) ? Pick(1, 40) : Pick(1, std::max(40u, effort_ / 2));
    const uint32_t rows = Pick(1, std::max(1u, std::min(5u, effort_ / (sort ? 3 : 1) / count)));
    const uint32_t k = Chance(25) ? count : Pick(1, count), taken = sort ? count : k;
    Strides source = Place(halves_[from], rows, 4 * count, true);
    if (Chance(30) && rows * count <= 200) {  // values that agree in all but a byte
      std::vector<uint32_t> values(rows * count);
      const uint32_t base = random(), shift = 8 * Pick(0, 3), mask = (1u << Pick(0, 3)) - 1;
      for (uint32_t &value : values) value = base ^ (random() & mask) << shift;
      source = {Host(values.data(), 4 * rows * count), 4 * count};
    }
    // Places and values in a quarter of memory each.
    const uint32_t quarter = halves_[1 - from].bytes / 8 * 4;
    const Half places = {halves_[1 - from].base, quarter}, values = {halves_[1 - from].base + quarter, quarter};
    const Strides index = Place(places, rows, 4 * taken, false), value = Place(values, rows, 4 * taken, false);
    sac_field_put(words.data(), SAC_SELECT_SORT, sort);
    sac_field_put(words.data(), SAC_SELECT_VALUES, Pick(0, 1));
    sac_field_put(words.data(), SAC_SELECT_SOURCE_ADDRESS, source.base);
    sac_field_put(words.data(), SAC_SELECT_SOURCE_STRIDE, source.stride);
    sac_field_put(words.data(), SAC_SELECT_INDEX_ADDRESS, index.base);
    sac_field_put(words.data(), SAC_SELECT_INDEX_STRIDE, index.stride);
    sac_field_put(words.data(), SAC_SELECT_VALUE_ADDRESS, value.base);
    sac_field_put(words.data(), SAC_SELECT_VALUE_STRIDE, value.stride);
    sac_field_put(words.data(), SAC_SELECT_ROWS, rows);
    sac_field_put(words.data(), SAC_SELECT_COUNT, count);
    sac_field_put(words.data(), SAC_SELECT_K, sort ? Pick(0, 0x1fffff) : k);
    return words;
  }

 private:
  struct Strides {
    uint32_t base, stride;
  };

  uint32_t cap(sac_capacity_t which) const { return config_.capacities[which]; }

  // Rows that lie within a half: apart, with gaps, backwards, overlapping (on request) or across 4 KiB.
  Strides Place(const Half &half, uint32_t rows, uint32_t bytes, bool overlap) {
    int64_t stride = bytes + 4 * (Chance(50) ? 0 : Pick(0, 12));
    if (overlap && Chance(15)) stride = 4 * Pick(0, bytes / 4);
    if (rows > 1 && Chance(10)) stride = std::max<int64_t>(stride, (half.bytes - bytes) / (rows - 1) / 4 * 4);
    while (stride * (rows - 1) + bytes > half.bytes) stride = overlap ? stride / 8 * 4 : bytes;
    const uint32_t extent = static_cast<uint32_t>(stride * (rows - 1)) + bytes;
    uint32_t low = half.base + 4 * Pick(0, (half.bytes - extent) / 4);
    if (Chance(30)) {  // the first row crosses 4 KiB, or ends there
      const uint32_t page = (low + 4095) / 4096 * 4096 - 4 * Pick(1, bytes / 4);
      if (page >= half.base && page + extent <= half.base + half.bytes) low = page;
    }
    if (Chance(15)) return {low + extent - bytes, static_cast<uint32_t>(-stride)};
    return {low, static_cast<uint32_t>(stride)};
  }

  uint32_t Host(const void *data, uint32_t bytes) {
    if (host_ + bytes > kHostEnd) std::abort();
    const uint32_t address = host_;
    store_(address, data, bytes);
    host_ += (bytes + 3) / 4 * 4 + 4 * Pick(0, 3);
    return address;
  }

  uint32_t QuantEntries(uint32_t count) {
    std::vector<uint32_t> entries(2 * count);
    for (uint32_t i = 0; i < count; i++) {
      entries[2 * i] = random() >> 1 >> Pick(0, 30);
      if (Pick(0, 1)) entries[2 * i] = -entries[2 * i];
      const uint32_t shift = Chance(80) ? Pick(14, 34) : Pick(0, 47);
      entries[2 * i + 1] = (random() & 0xffff) >> Pick(0, 15) | shift << 16;
    }
    return Host(entries.data(), 8 * count);
  }

  // What MERGE works with is defined only with the tables that the driver loads.
  Command TrueTable(uint32_t target, uint32_t first, uint32_t count) {
    sac_function_table_t table;
    uint8_t bytes[SAC_TABLE_BYTES];
    Command words(SAC_COMMAND_WORDS);
    if (target == SAC_TARGET_POWER) sac_table_power(&table);
    else sac_table_log2(&table);
    sac_table_serialise(&table, bytes);
    sac_table_descriptor(words.data(), target, Host(bytes + 8 * first, 8 * count), count, &table);
    sac_field_put(words.data(), SAC_TABLE_FIRST, first);
    return words;
  }

  Command TableOf(uint32_t target, uint32_t first, uint32_t count, uint32_t address) {
    Command words = NewCommand(SAC_OPCODE_TABLE);
    sac_field_put(words.data(), SAC_TABLE_SOURCE_ADDRESS, address);
    sac_field_put(words.data(), SAC_TABLE_TARGET, target);
    sac_field_put(words.data(), SAC_TABLE_FIRST, first);
    sac_field_put(words.data(), SAC_TABLE_COUNT, count);
    sac_field_put(words.data(), SAC_TABLE_OFFSET, Pick(0, 65535));
    sac_field_put(words.data(), SAC_TABLE_SHIFT, Pick(0, 12));
    sac_field_put(words.data(), SAC_TABLE_LOW_END, Pick(0, 1));
    sac_field_put(words.data(), SAC_TABLE_HIGH_END, Pick(0, 2));
    return words;
  }

  const sac_machine_config_t &config_;
  unsigned effort_;
  Store store_;
  Half halves_[2];
  uint32_t loaded_;  // weight words at either end of the table
  uint32_t host_ = kHost;
};

#endif
