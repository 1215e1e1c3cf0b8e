// SPDX-License-Identifier: Apache-2.0
// Plans and runs of the driver on the model: what is written as records and commands, layouts that must give the same
// bytes, and every setup that is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "model/saccade_model.h"
#include "sw/attention/plan.h"
#include "sw/tools/config.h"
}

namespace {

// Two sequences of 3 and 6 queries, 21 and 50 keys, 4 query heads over 2, 32 and 16 channels.
class Driver : public testing::Test {
 protected:
  static constexpr uint32_t kSequences = 2, kHeads = 4, kKvHeads = 2, kDk = 32, kDv = 16, kTokens = 9, kKeys = 71;
  static constexpr size_t kMemory = 1 << 20;

  Driver() {
    sac_machine_config_t config = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error_)) << error_.message;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config, kMemory));
    device_ = sac_device_open(&hal, &error_);
    EXPECT_TRUE(device_ && sac_attention_load_tables(device_, &error_)) << error_.message;
    std::mt19937 random(3);
    auto fill = [&](std::vector<int16_t> &x, size_t count) {
      x.resize(count);
      for (int16_t &value : x) value = (int16_t)random();
    };
    fill(q_, kTokens * kHeads * kDk);
    fill(k_, kKeys * kKvHeads * kDk);  // [key of all sequences][head][channel]
    fill(v_, kKeys * kKvHeads * kDv);
    logit_.assign(kSequences * kKvHeads, sac_attention_logit_t{});
    for (auto &l : logit_) l.scale = 40000, l.scale_shift = 32, l.output_shift = 0;
  }
  ~Driver() override { sac_device_close(device_); }

  // Contiguous: each sequence is one page of 128 keys.
  sac_attention_setup_t Described() {
    sac_attention_setup_t s = {};
    s.sequences = kSequences;
    s.q_heads = kHeads, s.k_heads = s.v_heads = kKvHeads;
    s.d_k = kDk, s.d_v = kDv;
    s.q_begin = q_begin_.data(), s.length = length_.data();
    s.page_log2 = 7, s.page_begin = page_begin_.data(), s.pages = pages_.data();
    s.k_cache = {128 * kKvHeads * kDk * 2, kDk * 2, kKvHeads * kDk * 2};
    s.v_cache = {128 * kKvHeads * kDv * 2, kDv * 2, kKvHeads * kDv * 2};
    s.logit = logit_.data();
    s.first_position = position_.data();
    s.band_low = -SAC_BAND_OPEN, s.band_high = SAC_BAND_OPEN;
    return s;
  }

  uint32_t Put(const void *data, size_t bytes) {
    uint32_t address = 0;
    EXPECT_TRUE(sac_device_alloc(device_, bytes, &address, &error_) &&
                sac_device_write(device_, address, data, bytes, &error_))
        << error_.message;
    return address;
  }

  // The cache of a setup: key n of sequence s lies in its page n >> page_log2.
  uint32_t PutCache(const sac_attention_setup_t &s, const sac_attention_cache_t &cache, const std::vector<int16_t> &x,
                    uint32_t d) {
    std::vector<uint8_t> bytes(kMemory / 4);
    for (uint32_t n = 0, first = 0; n < kSequences; first += s.length[n++]) {
      for (uint32_t j = 0; j < s.length[n]; j++) {
        const uint32_t page = s.pages[s.page_begin[n] + (j >> s.page_log2)], in = j & ((1u << s.page_log2) - 1);
        for (uint32_t h = 0; h < kKvHeads; h++) {
          memcpy(&bytes.at(page * cache.page_stride + h * cache.head_stride + in * cache.token_stride),
                 &x.at(((first + j) * kKvHeads + h) * d), 2 * d);
        }
      }
    }
    return Put(bytes.data(), bytes.size());
  }

  struct Result {
    std::vector<int16_t> y;
    std::vector<int32_t> lse;
    bool operator==(const Result &other) const { return y == other.y && lse == other.lse; }
  };

  Result Run(const sac_attention_setup_t &s, uint32_t bias = 0) {
    sac_device_free_all(device_);
    uint32_t reserved;
    EXPECT_TRUE(sac_device_alloc(device_, 1 << 16, &reserved, &error_));  // what `bias` may lie in
    Result result = {std::vector<int16_t>(kTokens * kHeads * kDv, 99), std::vector<int32_t>(kTokens * kHeads, 99)};
    sac_attention_tensors_t t = {};
    t.q = {Put(q_.data(), 2 * q_.size()), kHeads * kDk * 2, kDk * 2};
    t.y = {Put(result.y.data(), 2 * result.y.size()), kHeads * kDv * 2, kDv * 2};
    t.lse = Put(result.lse.data(), 4 * result.lse.size());
    t.k = PutCache(s, s.k_cache, k_, kDk);
    t.v = PutCache(s, s.v_cache, v_, kDv);
    t.bias = bias;
    sac_attention_plan_t *plan = sac_attention_plan(device_, &s, &error_);
    EXPECT_TRUE(plan && sac_attention_run(plan, &t, &error_) && sac_queue_wait(device_, &error_)) << error_.message;
    sac_attention_plan_free(plan);
    sac_device_read(device_, t.y.address, result.y.data(), 2 * result.y.size(), &error_);
    sac_device_read(device_, t.lse, result.lse.data(), 4 * result.lse.size(), &error_);
    return result;
  }

  void Refused(const std::function<void(sac_attention_setup_t &)> &change, const std::string &says) {
    sac_attention_setup_t s = Described();
    change(s);
    error_ = {};
    sac_attention_plan_t *plan = sac_attention_plan(device_, &s, &error_);
    EXPECT_EQ(plan, nullptr) << says;
    EXPECT_NE(std::string(error_.message).find(says), std::string::npos) << error_.message << "\nwanted: " << says;
    sac_attention_plan_free(plan);
  }

  sac_error_t error_ = {};
  sac_device_t *device_ = nullptr;
  std::vector<int16_t> q_, k_, v_;
  std::vector<uint32_t> q_begin_ = {0, 3, 9}, length_ = {21, 50}, page_begin_ = {0, 1, 2}, pages_ = {0, 1};
  std::vector<int32_t> position_ = {18, 44};
  std::vector<sac_attention_logit_t> logit_;
};

TEST_F(Driver, GroupsShareKeyAndValueHeads) {
  EXPECT_EQ(sac_attention_groups(8, 4, 4), 4u);
  EXPECT_EQ(sac_attention_groups(8, 4, 2), 4u);
  EXPECT_EQ(sac_attention_groups(12, 4, 6), 12u);  // no two heads share both
  EXPECT_EQ(sac_attention_groups(128, 1, 1), 2u);  // a command takes 64 heads
  EXPECT_EQ(sac_attention_groups(1, 1, 1), 1u);
}

TEST_F(Driver, RecordsAndCommandsSayWhatTheSetupSays) {
  sac_attention_setup_t s = Described();
  const sac_attention_head_t heads[kHeads] = {{-5, -7, 9}, {6, 8, 0}, {0, 0, 0}, {1 << 30, 4095, 65535}};
  s.head = heads;
  s.band = true, s.band_high = 0;
  s.k_format = {SAC_ELEMENT_INT4, true};
  sac_attention_plan_t *plan = sac_attention_plan(device_, &s, &error_);
  ASSERT_NE(plan, nullptr) << error_.message;
  EXPECT_EQ(sac_attention_commands(plan), 4u);
  const sac_attention_command_t &c = plan->command[3];
  uint32_t context[SAC_CONTEXT_WORDS], head[2 * SAC_HEAD_WORDS];
  const uint32_t at = sac_field_get(c.words, SAC_ATTEND_CONTEXT_ADDRESS);
  ASSERT_TRUE(sac_device_read(device_, at, context, sizeof context, &error_));
  ASSERT_TRUE(sac_device_read(device_, sac_field_get(context, SAC_CONTEXT_HEAD_ADDRESS), head, sizeof head, &error_));
  EXPECT_EQ(at % 64, 0u);
  EXPECT_EQ(sac_field_get(context, SAC_CONTEXT_LENGTH), 50u);
  EXPECT_EQ(sac_field_get(context, SAC_CONTEXT_K_FORMAT), (uint32_t)SAC_ELEMENT_INT4);
  EXPECT_EQ(sac_field_get(context, SAC_CONTEXT_K_SCALED), 1u);
  EXPECT_EQ(sac_field_get(context, SAC_CONTEXT_V_SCALED), 0u);
  EXPECT_EQ(sac_field_get_signed(head, SAC_HEAD_SLOPE), 0);
  EXPECT_EQ(sac_field_get_signed(head + 2, SAC_HEAD_SLOPE), 1 << 30);
  EXPECT_EQ(sac_field_get(head + 2, SAC_HEAD_SINK_SUM), 65535u);
  EXPECT_EQ(sac_field_get(c.words, SAC_ATTEND_POSITIONS), 6u);
  EXPECT_EQ(sac_field_get(c.words, SAC_ATTEND_GROUP), 2u);
  EXPECT_EQ(sac_field_get_signed(c.words, SAC_ATTEND_FIRST_POSITION), 44);
  EXPECT_EQ(sac_field_get(c.words, SAC_ATTEND_BAND), 1u);
  EXPECT_EQ(sac_field_get_signed(c.words, SAC_ATTEND_BAND_HIGH), 0);
  sac_attention_plan_free(plan);
}

TEST_F(Driver, PagesAnywhereAndHeadsFirstGiveTheSameBytes) {
  const Result contiguous = Run(Described());
  // 8 keys a page, in no order, heads before tokens.
  const std::vector<uint32_t> begin = {0, 3, 10}, pages = {9, 2, 5, 0, 7, 3, 11, 1, 4, 8};
  sac_attention_setup_t s = Described();
  s.page_log2 = 3, s.page_begin = begin.data(), s.pages = pages.data();
  s.k_cache = {8 * kKvHeads * kDk * 2 + 64, 8 * kDk * 2, kDk * 2};
  s.v_cache = {8 * kKvHeads * (kDv * 2 + 4), 8 * (kDv * 2 + 4), kDv * 2 + 4};
  EXPECT_TRUE(Run(s) == contiguous);
  EXPECT_NE(contiguous.y, std::vector<int16_t>(contiguous.y.size(), 0));
}

TEST_F(Driver, ListsAndMasksThatSayTheSameGiveTheSameBytes) {
  sac_attention_setup_t s = Described();
  s.band = true, s.band_low = -44, s.band_high = 0;  // from key 0 in the first block, so that all have the same tiles
  const Result band = Run(s);
  // The same by lists, then by mask bits.
  const std::vector<sac_attention_tile_t> tiles = {
      {0, 0, 64, true, false}, {0, 0, 64, true, false}, {0, 0, 64, true, false}, {0, 0, 64, true, false}};
  const std::vector<uint32_t> begin = {0, 1, 2, 3, 4};
  s.tile_begin = begin.data(), s.tiles = tiles.data();
  EXPECT_TRUE(Run(s) == band);
  s = Described();
  s.bias = SAC_BIAS_BITS, s.bias_position_stride = 8, s.bias_sequence_stride = 6 * 8;
  std::vector<uint32_t> bits(2 * 6 * 2);
  for (uint32_t n = 0; n < kSequences; n++) {
    for (uint32_t i = 0; i < q_begin_[n + 1] - q_begin_[n]; i++) {
      for (int j = 0; j < (int)length_[n]; j++) {
        const int distance = j - (position_[n] + (int)i);
        if (distance <= 0 && distance >= -44) bits[n * 12 + 2 * i + (unsigned)j / 32] |= 1u << (j % 32);
      }
    }
  }
  sac_device_free_all(device_);
  EXPECT_TRUE(Run(s, Put(bits.data(), 4 * bits.size())) == band);
}

TEST_F(Driver, SequencesWithoutQueriesOrKeys) {
  q_begin_ = {0, 0, 9};
  length_ = {21, 0};
  page_begin_ = {0, 1, 1};
  sac_attention_setup_t s = Described();
  const Result result = Run(s);
  EXPECT_EQ(result.y, std::vector<int16_t>(result.y.size(), 0));
  EXPECT_EQ(result.lse, std::vector<int32_t>(result.lse.size(), INT32_MIN));
}

TEST_F(Driver, OtherCachesInTheNextRunOfAPlan) {
  sac_attention_setup_t s = Described();
  sac_attention_plan_t *plan = sac_attention_plan(device_, &s, &error_);
  ASSERT_NE(plan, nullptr) << error_.message;
  std::vector<int16_t> y[2] = {std::vector<int16_t>(kTokens * kHeads * kDv),
                               std::vector<int16_t>(kTokens * kHeads * kDv)};
  sac_attention_tensors_t t = {};
  t.q = {Put(q_.data(), 2 * q_.size()), kHeads * kDk * 2, kDk * 2};
  t.k = PutCache(s, s.k_cache, k_, kDk);
  uint32_t caches[2], place[2];
  for (int n = 0; n < 2; n++) {
    caches[n] = PutCache(s, s.v_cache, v_, kDv);
    place[n] = Put(y[n].data(), 2 * y[n].size());
    for (int16_t &x : v_) x = (int16_t)(x / 2 * 2 == x ? x / 2 : x);  // another V
  }
  for (int n = 0; n < 2; n++) {
    t.v = caches[n], t.y = {place[n], kHeads * kDv * 2, kDv * 2};
    ASSERT_TRUE(sac_attention_run(plan, &t, &error_)) << error_.message;
  }
  ASSERT_TRUE(sac_queue_wait(device_, &error_)) << error_.message;
  for (int n = 0; n < 2; n++) sac_device_read(device_, place[n], y[n].data(), 2 * y[n].size(), &error_);
  EXPECT_NE(y[0], y[1]);
  t.y.address += 2;
  EXPECT_FALSE(sac_attention_run(plan, &t, &error_));
  EXPECT_NE(std::string(error_.message).find("y at 0x"), std::string::npos) << error_.message;
  t.y.address -= 2;
  t.scores = 4;
  EXPECT_FALSE(sac_attention_run(plan, &t, &error_));
  sac_attention_plan_free(plan);
}

TEST_F(Driver, APageOutsideOfTheWindowsStopsTheQueueWithItsAddress) {
  pages_ = {0, 1 << 16};
  sac_attention_setup_t s = Described();
  sac_attention_plan_t *plan = sac_attention_plan(device_, &s, &error_);
  ASSERT_NE(plan, nullptr) << error_.message;
  uint32_t room = 0;
  ASSERT_TRUE(sac_device_alloc(device_, kMemory / 2, &room, &error_));
  const sac_attention_rows_t rows = {room, kHeads * kDk * 2, kDk * 2};
  sac_attention_tensors_t t = {};
  t.q = t.y = rows, t.k = t.v = room;
  EXPECT_FALSE(sac_attention_run(plan, &t, &error_) && sac_queue_wait(device_, &error_));
  EXPECT_EQ(error_.code, SAC_ERR_DEVICE);
  for (const char *says : {"ATTEND", "WINDOW", "address 0x4000"}) {
    EXPECT_NE(std::string(error_.message).find(says), std::string::npos) << error_.message;
  }
  sac_attention_plan_free(plan);
}

TEST_F(Driver, BadSetupsAreNamed) {
  using S = sac_attention_setup_t;
  const std::vector<uint32_t> lists = {0, 1, 1, 2, 3}, few = {0, 1, 1};
  std::vector<sac_attention_tile_t> tiles(3);
  Refused([](S &s) { s.d_k = 24; }, "d_k is 24, expected a multiple of 16");
  Refused([](S &s) { s.d_v = 0; }, "d_v is 0");
  Refused([](S &s) { s.d_v = 144, s.v_cache.token_stride = 288; }, "d_v is 144, this machine has room for 128");
  Refused([](S &s) { s.k_heads = 3; }, "3 key and 2 value heads do not divide 4");
  Refused([](S &s) { s.v_heads = 0; }, "0 value heads");
  Refused([](S &s) { s.k_cache.token_stride = 60; }, "tokens at least 64 apart");
  Refused([](S &s) { s.v_cache.head_stride = 34; }, "multiples of 4");
  Refused([](S &s) { s.page_log2 = 21; }, "page_log2 is 21");
  Refused([](S &s) { s.page_log2 = 5; }, "sequence 1 has 50 keys beyond its 1 pages of 32");
  Refused([&](S &s) { s.page_begin = few.data(); }, "sequence 1 has 50 keys beyond its 0 pages");
  Refused([](S &s) { s.bias = SAC_BIAS_WORDS, s.bias_head_stride = 2; }, "bias strides");
  Refused([&](S &s) { logit_[3].scale_shift = 48, s.logit = logit_.data(); }, "logit 3: shifts 48");
  logit_[3].scale_shift = 30;
  Refused([&](S &s) { logit_[0].output_shift = 16, s.logit = logit_.data(); }, "expected at most 47, 15");
  logit_[0].output_shift = 0;
  Refused([&](S &s) { s.tile_begin = lists.data(), s.tiles = tiles.data(); }, "list 1: entries 1 to 1");
  const std::vector<uint32_t> ones = {0, 1, 2, 3, 4};
  tiles.resize(4);
  tiles[2] = {1, 0, 8, false, false};
  Refused([&](S &s) { s.tile_begin = ones.data(), s.tiles = tiles.data(); },
          "list 2, entry 0: block 1, expected less than 1");
  position_[1] = -(1 << 30);
  Refused([](S &) {}, "sequence 1: first position");
  position_[1] = 44;
  pages_[1] = 1 << 20;
  Refused([](S &) {}, "sequence 1, page 0: number 1048576 lies beyond 4 GiB");
  pages_[1] = 1;
  length_[0] = (1 << 20) + 1;
  Refused([](S &) {}, "sequence 0 has 1048577 keys, expected at most 1048576");
  length_[0] = 21;
  q_begin_ = {0, 3, 2};
  Refused([](S &) {}, "sequence 1: queries 3 to 2");
}

}  // namespace
