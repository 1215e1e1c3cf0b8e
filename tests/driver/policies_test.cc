// SPDX-License-Identifier: Apache-2.0
// Attention policies under the sanitizers, and what they refuse, by message.
#include "tests/support/policy_cases.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

namespace {

class PolicyRefusals : public testing::Test {
 protected:
  PolicyRefusals() {
    sac_machine_config_t config = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error_)) << error_.message;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config, 8 << 20));
    device_ = sac_device_open(&hal, &error_);
    EXPECT_TRUE(device_ && sac_attention_load_tables(device_, &error_)) << error_.message;
  }
  ~PolicyRefusals() override { sac_device_close(device_); }

  void Refused(sac_attention_plan_t *plan, const std::string &says) {
    EXPECT_EQ(plan, nullptr);
    Said(says);
    sac_attention_plan_free(plan);
  }
  void Refused(sac_policy_t *policy, const std::string &says) {
    EXPECT_EQ(policy, nullptr);
    Said(says);
    sac_policy_free(policy);
  }
  void Refused(bool done, const std::string &says) {
    EXPECT_FALSE(done);
    Said(says);
  }
  void Said(const std::string &says) {
    EXPECT_NE(std::string(error_.message).find(says), std::string::npos) << error_.message << "\nwanted: " << says;
    error_ = {};
  }

  static PolicyShape Two() {
    PolicyShape shape;
    shape.tokens = {1, 1}, shape.length = {9, 20}, shape.q_heads = 2;
    return shape;
  }

  sac_error_t error_ = {};
  sac_device_t *device_ = nullptr;
};

TEST_F(PolicyRefusals, EveryCaseRuns) {
  for (const policies::Case &each : policies::kCases) {
    SCOPED_TRACE(each.name);
    each.run(device_, true).Check(each.least_db);
  }
}

TEST_F(PolicyRefusals, OnePlan) {
  PolicyProblem p(device_, Two(), 1);
  sac_attention_setup_t base = p.Setup();
  const uint32_t more[] = {0, 2, 3}, begin[] = {0, 1, 11};
  const int32_t parent[] = {-1, -1, -1}, wrong[] = {0, -1}, low[] = {-2, -1};
  const uint8_t on[4] = {};
  uint32_t bias;
  Refused(sac_policy_window(device_, &base, 4, 0, &error_), "0 recent keys, expected 1 or more");
  Refused(sac_policy_taylor(device_, &base, 0, &error_), "0 recent keys, expected 1 or more");
  Refused(sac_policy_blocks(device_, &base, 0, 2, on, true, &error_), "2 key blocks of 0");
  Refused(sac_policy_blocks(device_, &base, 1 << 20, 2, on, true, &error_), "2 key blocks of 1048576");
  Refused(sac_policy_tree(device_, &base, wrong, &bias, &error_), "parent of node 0 is 0, expected -1 to -1");
  Refused(sac_policy_tree(device_, &base, low, &bias, &error_), "parent of node 0 is -2");
  base.q_begin = more;
  Refused(sac_policy_decode(device_, &base, &error_), "sequence 0 has 2 queries, expected 1 or none");
  base.q_begin = begin;
  const uint32_t lengths[] = {9, 9};
  base.length = lengths;
  Refused(sac_policy_tree(device_, &base, parent, &bias, &error_), "sequence 1 has 10 nodes, expected at most its 9");
  base.k_heads = 0;
  Refused(sac_policy_prefill(device_, &base, true, &error_), "0 key");
  Refused(sac_policy_put_units(device_, 16, {SAC_ELEMENT_INT2, false}, 2, 0, &error_),
          "a value of 2, expected at most 1");
}

TEST_F(PolicyRefusals, States) {
  PolicyProblem p(device_, Two(), 2);
  sac_attention_setup_t base = p.Setup(), other = base, third = base;
  const sac_attention_setup_t *pair[] = {&base, &other};
  const uint32_t late[] = {1, 2, 3};
  Refused(sac_policy_merge(device_, 0, pair, nullptr, &error_), "0 states, expected 1 to 63");
  Refused(sac_policy_merge(device_, 64, pair, nullptr, &error_), "64 states");
  other.d_v = 32;
  Refused(sac_policy_merge(device_, 2, pair, nullptr, &error_), "state 1 has other tokens, heads or d_v");
  third.q_begin = late;
  pair[1] = &third;
  Refused(sac_policy_merge(device_, 2, pair, nullptr, &error_), "state 1: queries begin at 1, expected 0");
  const uint32_t short_of[] = {0, 1}, all[] = {0, 2};
  const sac_attention_head_t sloped[] = {{0, 0, 0}, {5, 0, 0}};
  sac_policy_level_t level = {1, short_of, &p.shape.length[0], p.page_begin.data(), p.pages.data()};
  Refused(sac_policy_shared_prefix(device_, &base, 1, &level, &error_), "level 0 does not divide 2 sequences");
  level.sequence_begin = all;
  p.logit[1].scale++;
  Refused(sac_policy_shared_prefix(device_, &base, 1, &level, &error_), "logit 1 is not that of sequence 0");
  p.logit[1].scale--;
  base.head = sloped;
  Refused(sac_policy_channels(device_, &base, &base, &error_), "head 1 has a slope");
  Refused(sac_policy_shared_prefix(device_, &base, 1, &level, &error_), "head 1 has a slope");
  const uint32_t contexts[] = {0, 0, 0};
  sac_policy_contexts_t c = {contexts, p.shape.length.data(), p.pages.data(), 0.9, 0.9};
  Refused(sac_policy_parallel_contexts(device_, &base, &c, &error_), "head 1 has a slope");
  base.head = nullptr;
  c.temperature = 0.0;
  Refused(sac_policy_parallel_contexts(device_, &base, &c, &error_), "temperature 0");
  c.temperature = 1.0;
  p.logit[1].softcap = true;
  Refused(sac_policy_parallel_contexts(device_, &base, &c, &error_), "logit 1 has a softcap");
}

TEST_F(PolicyRefusals, Choices) {
  PolicyProblem p(device_, Two(), 3);
  sac_attention_setup_t base = p.Setup();
  const uint32_t beyond[] = {0, 9, 0, 19};
  uint32_t keys[64];
  Refused(sac_policy_gathered(device_, &base, beyond, 2, &error_), "sequence 0: key 9 of 9");
  Refused(sac_policy_top_keys(device_, &base, &p.tensors, nullptr, 0, 10, keys, &error_), "10 keys of sequence 0's 9");
  Refused(sac_policy_top_keys(device_, &base, &p.tensors, nullptr, 0, 0, keys, &error_), "0 keys of sequence 0's 9");
  base.k_heads = 0;
  Refused(sac_policy_gathered(device_, &base, beyond, 1, &error_), "2 query, 0 key, 1 value heads");
  base.k_heads = 1;
  base.v_cache.page_stride += 4;
  Refused(sac_policy_gathered(device_, &base, beyond, 1, &error_), "expected pages of as many tokens");
  base = p.Setup();
  int32_t columns[2 * 2 * 20];
  Refused(sac_policy_columns(device_, &base, &p.tensors, true, 19, columns, columns, &error_), "sequence 1 has 20 keys");
  const uint32_t lse = p.tensors.lse;
  p.tensors.lse = 0;
  Refused(sac_policy_columns(device_, &base, &p.tensors, true, 20, columns, columns, &error_), "no log-sum-exps");
  p.tensors.lse = lse;
  const int16_t projection[32] = {};
  sac_policy_buckets_t b = {2, 8, 8, 4, projection, policies::Draw, nullptr};
  Refused(sac_policy_bucketed(device_, &base, &b, false, &p.tensors, &error_), "2 sequences, 2 heads");
  base.sequences = 1, base.q_heads = 1;
  Refused(sac_policy_bucketed(device_, &base, &b, true, &p.tensors, &error_), "1 queries of 9 keys, expected as many");
  b.projections = 9;
  Refused(sac_policy_bucketed(device_, &base, &b, false, &p.tensors, &error_), "9 projections, blocks of 8");
  const sac_attention_head_t sink[] = {{0, 0, 1}};
  base.head = sink;
  Refused(sac_policy_bucketed(device_, &base, &b, false, &p.tensors, &error_), "the head has a sink");
}

}  // namespace
