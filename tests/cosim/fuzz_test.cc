// SPDX-License-Identifier: Apache-2.0
// Random descriptors, most of them nearly right, on the Verilated machine and the model: the same outcome, the same
// bytes where both succeed, no hang, no break of the protocol, and a soft reset that always recovers.
#include <memory>

#include "tests/cosim/commands.h"
#include "tests/cosim/pair.h"

namespace {

class Fuzz : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Pair> pair_;
  std::unique_ptr<CommandMaker> maker_;

  uint32_t Pick(uint32_t low, uint32_t high) { return maker_->Pick(low, high); }

  // RENDER needs whole scenes; here only what it refuses before it reads more than its records.
  Command Render() {
    Command words = NewCommand(SAC_OPCODE_RENDER);
    sac_field_put(words.data(), SAC_RENDER_SCENE_ADDRESS, 64 * Pick(0x100, 0xfff));
    sac_field_put(words.data(), SAC_RENDER_CAMERA_ADDRESS, 64 * Pick(0x100, 0xfff));
    sac_field_put(words.data(), SAC_RENDER_WIDTH, Pick(0, 20));
    sac_field_put(words.data(), SAC_RENDER_HEIGHT, Pick(0, 20));
    sac_field_put(words.data(), SAC_RENDER_STRIDE, Pick(0, 40));
    return words;
  }

  Command Random() {
    Command words = Pick(0, 9) ? maker_->Next() : Render();
    switch (Pick(0, 5)) {
      case 0:  // one bit
        words[Pick(0, 8)] ^= 1u << Pick(0, 31);
        break;
      case 1:  // one word
        words[Pick(1, 8)] = maker_->random() >> Pick(0, 31);
        break;
      case 2:  // a word of any value that keeps reserved and alignment bits clear
        if (const sac_command_info_t *info = sac_command_info(sac_field_get(words.data(), SAC_COMMON_OPCODE))) {
          const uint32_t at = Pick(1, 8);
          words[at] = (maker_->random() >> Pick(0, 31)) & ~info->reserved[at] & ~info->align[at];
        }
        break;
      case 3:  // all words, with a known opcode
        for (uint32_t &word : words) word = maker_->random() >> Pick(0, 31);
        sac_field_put(words.data(), SAC_COMMON_OPCODE,
                      Pick(0, 7) ? Pick(0, SAC_OPCODE_ATTEND) : Pick(0, 1) ? +SAC_OPCODE_MERGE : +SAC_OPCODE_RECODE);
        if (const sac_command_info_t *info = sac_command_info(sac_field_get(words.data(), SAC_COMMON_OPCODE))) {
          for (int i = 0; i < SAC_COMMAND_WORDS; i++) words[i] &= ~info->reserved[i] & ~info->align[i];
        }
        break;
      default: break;  // right as it is
    }
    Tame(words.data());
    return words;
  }

  // Keeps work small: the number of rows decides how long a command takes, not what it does.
  void Tame(uint32_t *words) {
    switch (sac_field_get(words, SAC_COMMON_OPCODE)) {
      case SAC_OPCODE_COPY:
        if (sac_field_get(words, SAC_COPY_ROWS) > 64) sac_field_put(words, SAC_COPY_ROWS, Pick(1, 64));
        if (sac_field_get(words, SAC_COPY_ROWS) > 8 && sac_field_get(words, SAC_COPY_ROW_BYTES) > 1024) {
          sac_field_put(words, SAC_COPY_ROWS, Pick(1, 8));
        }
        break;
      case SAC_OPCODE_MATMUL:
        if (sac_field_get(words, SAC_MATMUL_M) > 8) sac_field_put(words, SAC_MATMUL_M, Pick(1, 8));
        break;
      case SAC_OPCODE_MERGE:
        if (sac_field_get(words, SAC_MERGE_ROWS) > 8) sac_field_put(words, SAC_MERGE_ROWS, Pick(1, 8));
        break;
      case SAC_OPCODE_SELECT:
        if (sac_field_get(words, SAC_SELECT_ROWS) > 4) sac_field_put(words, SAC_SELECT_ROWS, Pick(1, 4));
        break;
      case SAC_OPCODE_RECODE:
        if (sac_field_get(words, SAC_RECODE_ROWS) > 64) sac_field_put(words, SAC_RECODE_ROWS, Pick(1, 64));
        break;
      default: break;
    }
  }

  // May a row of MERGE write what a later row reads, or the rings?
  bool MergeDefined(const uint32_t *words) {
    auto get = [words](uint32_t field) { return sac_field_get(words, field); };
    const uint32_t rows = get(SAC_MERGE_ROWS), bytes = 2 * get(SAC_MERGE_D);
    std::vector<char> last(pair_->memory_bytes);  // the last row that reads a byte, + 1
    for (uint32_t row = 0; row < rows; row++) {
      for (uint32_t i = 0; i < get(SAC_MERGE_STATES); i++) {
        const uint32_t lse = get(SAC_MERGE_LSE_ADDRESS) + i * get(SAC_MERGE_LSE_STATE_STRIDE) + 4 * row;
        const uint32_t y = get(SAC_MERGE_Y_ADDRESS) + i * get(SAC_MERGE_Y_STATE_STRIDE) + row * get(SAC_MERGE_Y_STRIDE);
        for (uint32_t k = 0; k < 4 && lse + k < last.size(); k++) last[lse + k] = static_cast<char>(row + 1);
        for (uint32_t k = 0; k < bytes && y + k < last.size(); k++) last[y + k] = static_cast<char>(row + 1);
      }
    }
    auto good = [&last](uint32_t row, uint32_t at, uint32_t count) {
      for (uint32_t k = 0; k < count && at + k < last.size(); k++) {
        if (at + k < CommandMaker::kHost || static_cast<uint32_t>(last[at + k]) > row + 1) return false;
      }
      return true;
    };
    for (uint32_t row = 0; row < rows; row++) {
      if (!good(row, get(SAC_MERGE_OUTPUT_ADDRESS) + row * get(SAC_MERGE_OUTPUT_STRIDE), bytes)) return false;
      if (get(SAC_MERGE_LSE) && !good(row, get(SAC_MERGE_OUTPUT_LSE_ADDRESS) + 4 * row, 4)) return false;
    }
    return true;
  }

  // May SELECT write what it reads, or twice, or the rings?
  bool SelectDefined(const uint32_t *words) {
    auto get = [words](uint32_t field) { return sac_field_get(words, field); };
    const bool sort = get(SAC_SELECT_SORT), values = get(SAC_SELECT_VALUES) && !sort;
    const uint64_t bytes = pair_->memory_bytes, taken = sort ? get(SAC_SELECT_COUNT) : get(SAC_SELECT_K);
    std::vector<char> used(bytes);
    auto mark = [&](uint32_t address, uint32_t stride, uint64_t count, bool write) {
      for (uint32_t row = 0; row < get(SAC_SELECT_ROWS); row++) {
        for (uint64_t at = address + row * stride, end = std::min(at + 4 * count, bytes); at < end; at++) {
          if (write && (used[at] || at < CommandMaker::kHost)) return false;
          used[at] = 1;
        }
      }
      return true;
    };
    return mark(get(SAC_SELECT_SOURCE_ADDRESS), get(SAC_SELECT_SOURCE_STRIDE), get(SAC_SELECT_COUNT), false) &&
           mark(get(SAC_SELECT_INDEX_ADDRESS), get(SAC_SELECT_INDEX_STRIDE), taken, true) &&
           (!values || mark(get(SAC_SELECT_VALUE_ADDRESS), get(SAC_SELECT_VALUE_STRIDE), taken, true));
  }

  // Do the bytes of a command's sources and destinations meet? Then what it leaves is not defined, nor what MERGE does
  // with tables of its own.
  bool Defined(const uint32_t *words) {
    const unsigned opcode = sac_field_get(words, SAC_COMMON_OPCODE);
    auto get = [words](uint32_t field) { return sac_field_get(words, field); };
    if (opcode == SAC_OPCODE_MERGE) return MergeDefined(words);
    if (opcode == SAC_OPCODE_SELECT) return SelectDefined(words);
    const uint32_t table = opcode == SAC_OPCODE_TABLE ? get(SAC_TABLE_TARGET) : 0;
    if (table == SAC_TARGET_POWER || table == SAC_TARGET_LOG2) return false;
    const bool copy = opcode == SAC_OPCODE_COPY;
    uint32_t rows = 0, in = 0, out = 0, from = 0, to = 0, from_stride = 0, to_stride = 0;
    if (copy) {
      rows = get(SAC_COPY_ROWS), in = out = get(SAC_COPY_ROW_BYTES);
      from = get(SAC_COPY_SOURCE_ADDRESS), from_stride = get(SAC_COPY_SOURCE_STRIDE);
      to = get(SAC_COPY_DESTINATION_ADDRESS), to_stride = get(SAC_COPY_DESTINATION_STRIDE);
    } else if (opcode == SAC_OPCODE_MATMUL) {
      rows = get(SAC_MATMUL_M), in = (2 * get(SAC_MATMUL_K) + 3) & ~3u, out = (2 * get(SAC_MATMUL_N) + 3) & ~3u;
      from = get(SAC_MATMUL_X_ADDRESS), from_stride = get(SAC_MATMUL_X_STRIDE);
      to = get(SAC_MATMUL_Y_ADDRESS), to_stride = get(SAC_MATMUL_Y_STRIDE);
    } else if (opcode == SAC_OPCODE_RECODE) {
      rows = get(SAC_RECODE_ROWS), in = RecodeBytes(words, false), out = RecodeBytes(words, true);
      from = get(SAC_RECODE_SOURCE_ADDRESS), from_stride = get(SAC_RECODE_SOURCE_STRIDE);
      to = get(SAC_RECODE_DESTINATION_ADDRESS), to_stride = get(SAC_RECODE_DESTINATION_STRIDE);
    } else {
      return true;
    }
    // Lists move rows anywhere.
    const bool listed = copy && (get(SAC_COPY_GATHER) || get(SAC_COPY_SCATTER));
    std::vector<char> read(pair_->memory_bytes), written(pair_->memory_bytes);
    auto mark = [this](std::vector<char> &bytes, uint32_t at, uint32_t count) {
      bool twice = false;
      for (uint32_t i = 0; i < count && at + i < bytes.size(); i++) twice |= bytes[at + i]++ != 0;
      return twice;
    };
    bool twice = false;
    for (uint32_t row = 0; row < rows; row++) {
      uint32_t source = row, target = row;
      if (listed) {
        const uint32_t entry = get(SAC_COPY_INDEX_ADDRESS) + 4 * row;
        uint32_t number = 0;
        if (entry <= pair_->memory_bytes - 4) std::memcpy(&number, pair_->rtl_memory() + entry, 4);
        if (get(SAC_COPY_GATHER)) source = number;
        else target = number;
        mark(read, entry, 4);
      }
      mark(read, from + source * from_stride, in);
      twice |= mark(written, to + target * to_stride, out);
    }
    if (twice && opcode == SAC_OPCODE_MATMUL) return false;
    for (size_t i = 0; i < read.size(); i++) {
      // The rings may be read and overwritten too: by what is under way.
      if (written[i] && (read[i] || i < CommandMaker::kHost)) return false;
    }
    return true;
  }
};

TEST_P(Fuzz, RandomDescriptorsEndAlikeOnRtlAndModel) {
  const uint32_t seed = TestSeed(99);
  SCOPED_TRACE(Rerun("cosim_fuzz", seed));
  PairOptions options;
  options.seed = seed;
  options.latency = seed % 20;
  options.stall_percent = 15;
  pair_ = std::make_unique<Pair>(GetParam(), options);
  maker_ = std::make_unique<CommandMaker>(pair_->config, static_cast<uint32_t>(pair_->memory_bytes), seed, 300,
                                          [this](uint32_t a, const void *d, size_t n) { pair_->Store(a, d, n); });
  std::vector<uint32_t> noise(pair_->memory_bytes / 4);
  for (uint32_t &word : noise) word = maker_->random();
  pair_->Store(0, noise.data(), pair_->memory_bytes);
  pair_->Start();
  for (const Command &words : maker_->Preload(true)) pair_->Queue(words);
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  unsigned done = 0, refused = 0, skipped = 0, early = 0;
  for (unsigned i = 0; i < 2000 && !HasFailure(); i++) {
    maker_->Recycle();
    const Command words = Random();
    std::string text = "descriptor " + std::to_string(i) + ":";
    for (uint32_t word : words) {
      char hex[12];
      std::snprintf(hex, sizeof hex, " %x", word);
      text += hex;
    }
    SCOPED_TRACE(text);
    if (!Defined(words.data())) {
      skipped++;
      continue;
    }
    pair_->Queue(words);
    pair_->Ring();
    ASSERT_TRUE(pair_->Settle());
    const uint32_t code = pair_->Get(SAC_REG_ERROR_CODE);
    if (code == SAC_HW_ERR_NONE) {
      done++;
      pair_->CompareState(i % 8 == 0);
      pair_->CompareMemory();
      continue;
    }
    refused++;
    // Where a write leaves the window, a read of a later row that does so too may be found before it.
    const uint32_t mine = pair_->rtl.read32(pair_->rtl.self, SAC_REG_ERROR_ADDRESS);
    const uint32_t theirs = pair_->model.read32(pair_->model.self, SAC_REG_ERROR_ADDRESS);
    const unsigned opcode = sac_field_get(words.data(), SAC_COMMON_OPCODE);
    const bool ahead = opcode == SAC_OPCODE_COPY || opcode == SAC_OPCODE_MATMUL || opcode == SAC_OPCODE_MERGE ||
                       opcode == SAC_OPCODE_SELECT || opcode == SAC_OPCODE_RECODE;
    if (mine == theirs || code != SAC_HW_ERR_WINDOW || !ahead) {
      pair_->CompareState(false);
    } else {
      early++;
      EXPECT_GT(uint64_t{mine} + pair_->capacity(SAC_CAPACITY_BURST_BYTES), pair_->memory_bytes) << "not outside";
      for (uint32_t offset : {SAC_REG_STATUS, SAC_REG_RING_HEAD, SAC_REG_ERROR_INDEX, SAC_REG_IRQ_STATUS}) pair_->Get(offset);
    }
    ASSERT_TRUE(pair_->Reset());
    pair_->Start();
    const std::vector<uint8_t> bytes = pair_->Memory(pair_->rtl);
    pair_->Store(0, bytes.data(), bytes.size());
    if (code == SAC_HW_ERR_WINDOW && sac_field_get(words.data(), SAC_COMMON_OPCODE) == SAC_OPCODE_TABLE) {
      // It failed half-way.
      maker_->Recycle();
      for (const Command &table : maker_->Preload(true)) pair_->Queue(table);
      pair_->Ring();
      ASSERT_TRUE(pair_->Settle());
      pair_->CompareMemory();
    }
  }
  std::printf("%u done, %u refused (%u at another address), %u undefined\n", done, refused, early, skipped);
  EXPECT_LT(early, 60u);
}

INSTANTIATE_TEST_SUITE_P(Built, Fuzz, testing::Values("tiny"),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
