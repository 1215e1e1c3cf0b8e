// SPDX-License-Identifier: Apache-2.0
// Attention problems: one form whatever the file's layout, and a message for everything that can be wrong.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

extern "C" {
#include "sw/attention/problem.h"
}
#include "attention_file.h"

namespace {

class Problem : public testing::Test {
 protected:
  bool Load(const AttentionFile &file) {
    sac_problem_free(&problem_);
    error_ = {};
    return sac_problem_load(&problem_, file.Write(folder_).c_str(), &error_);
  }
  ~Problem() override { sac_problem_free(&problem_); }

  // Attention of 2 batches, 4 heads over 2, 3 queries, 5 keys, 8 and 6 channels.
  AttentionFile Attention() {
    return AttentionFile()
        .Meta("op", "Attention")
        .Meta("attributes", "{}")
        .Random("Q", {2, 4, 3, 8}, random_)
        .Random("K", {2, 2, 5, 8}, random_)
        .Random("V", {2, 2, 5, 6}, random_);
  }
  AttentionFile Linear() {
    return AttentionFile()
        .Meta("op", "LinearAttention")
        .Meta("attributes", R"({"q_num_heads": 4, "kv_num_heads": 2})")
        .Random("query", {2, 3, 32}, random_)
        .Random("key", {2, 3, 16}, random_)
        .Random("value", {2, 3, 12}, random_)
        .Random("decay", {2, 3, 16}, random_)
        .Random("beta", {2, 3, 2}, random_);
  }
  AttentionFile Rotary() {
    return AttentionFile()
        .Meta("op", "RotaryEmbedding")
        .Meta("attributes", "{}")
        .Random("input", {2, 4, 3, 8}, random_)
        .Random("cos_cache", {10, 4}, random_)
        .Random("sin_cache", {10, 4}, random_)
        .Integers("position_ids", {2, 3}, {0, 1, 2, 9, 4, 4});
  }

  void Refuses(const AttentionFile &file, const std::string &text) {
    EXPECT_FALSE(Load(file)) << "expected: " << text;
    EXPECT_NE(std::string(error_.message).find(text), std::string::npos) << error_.message << "\nexpected: " << text;
    EXPECT_EQ(std::string(error_.message).find(folder_.File("")), 0u) << error_.message;
    EXPECT_EQ(problem_.path, nullptr);
  }

  TemporaryFolder folder_;
  std::mt19937 random_{1};
  sac_problem_t problem_ = {};
  sac_error_t error_ = {};
};

TEST_F(Problem, KnowsShapesAndDefaults) {
  ASSERT_TRUE(Load(Attention())) << error_.message;
  EXPECT_EQ(problem_.batches, 2u);
  EXPECT_EQ(problem_.q_heads, 4u);
  EXPECT_EQ(problem_.k_heads, 2u);
  EXPECT_EQ(problem_.queries, 3u);
  EXPECT_EQ(problem_.keys, 5u);
  EXPECT_EQ(problem_.d_k, 8u);
  EXPECT_EQ(problem_.d_v, 6u);
  EXPECT_DOUBLE_EQ(problem_.scale, 1.0 / std::sqrt(8.0));
  EXPECT_FALSE(problem_.packed);
  EXPECT_EQ(problem_.length[1], 5u);
  ASSERT_EQ(problem_.expected.count, 1u);  // Y is asked for also where the file has none
  EXPECT_STREQ(problem_.expected.output[0].name, "Y");
  EXPECT_EQ(problem_.expected.output[0].value.data, nullptr);
  EXPECT_EQ(problem_.expected.output[0].value.shape[3], 6u);
}

TEST_F(Problem, PackedTokensAreUnpackedByHead) {
  std::vector<float> q(2 * 3 * 4), kv(2 * 3 * 2);
  for (size_t i = 0; i < q.size(); i++) q[i] = (float)i;
  for (size_t i = 0; i < kv.size(); i++) kv[i] = (float)i;
  ASSERT_TRUE(Load(AttentionFile()
                       .Meta("op", "Attention")
                       .Meta("attributes", R"({"q_num_heads": 2, "kv_num_heads": 1})")
                       .Floats("Q", {2, 3, 4}, q)
                       .Floats("K", {2, 3, 2}, kv)
                       .Floats("V", {2, 3, 2}, kv)))
      << error_.message;
  EXPECT_TRUE(problem_.packed);
  // batch 1, head 1, token 2, channel 0
  EXPECT_EQ(problem_.q.data[((1 * 2 + 1) * 3 + 2) * 2], (1 * 3 + 2) * 4 + 2);
  sac_array_t y = {};
  const size_t shape[3] = {2, 3, 4};
  ASSERT_TRUE(sac_array_make(&y, 3, shape, &error_));
  EXPECT_EQ(sac_output_row(&problem_, &y, 1, 1, 2) - y.data, (1 * 3 + 2) * 4 + 2);
  sac_array_free(&y);
}

TEST_F(Problem, PastStandsInFrontAndShiftsTheQueries) {
  ASSERT_TRUE(Load(Attention()
                       .Meta("attributes", R"({"is_causal": 1})")
                       .Floats("past_key", {2, 2, 1, 8}, std::vector<float>(32, 5.0f))
                       .Floats("past_value", {2, 2, 1, 6}, std::vector<float>(24, 7.0f))))
      << error_.message;
  EXPECT_EQ(problem_.keys, 6u);
  EXPECT_EQ(problem_.past, 1u);
  EXPECT_EQ(problem_.k.data[6 * 8 + 7], 5.0);
  EXPECT_EQ(problem_.v.data[6 * 6], 7.0);
  EXPECT_TRUE(sac_problem_visible(&problem_, 0, 0, 1));
  EXPECT_FALSE(sac_problem_visible(&problem_, 0, 0, 2));
}

TEST_F(Problem, LengthsHideKeysAndAlignTheQueriesToTheirEnd) {
  ASSERT_TRUE(Load(Attention()
                       .Meta("attributes", R"({"is_causal": 1, "left_window_size": 1})")
                       .Integers("nonpad_kv_seqlen", {2}, {5, 2})))
      << error_.message;
  EXPECT_EQ(problem_.offset[0], 2);
  EXPECT_EQ(problem_.offset[1], -1);
  const std::vector<std::vector<std::string>> visible = {{"01100", "00110", "00011"}, {"00000", "10000", "11000"}};
  for (size_t b = 0; b < 2; b++) {
    for (size_t i = 0; i < 3; i++) {
      std::string row;
      for (size_t j = 0; j < 5; j++) row += sac_problem_visible(&problem_, b, i, j) ? '1' : '0';
      EXPECT_EQ(row, visible[b][i]) << b << " " << i;
    }
  }
}

TEST_F(Problem, MasksBroadcastFromTheRightAndEndEarly) {
  ASSERT_TRUE(Load(Attention().Bools("attn_mask", {4}, {1, 0, 1, 1}))) << error_.message;
  EXPECT_EQ(problem_.mask_kind, SAC_MASK_BOOL);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < 5; j++) {
      EXPECT_EQ(sac_problem_mask(&problem_, 1, 3, i, j), j == 1 || j == 4 ? -INFINITY : 0.0);
    }
  }
  std::vector<float> values(4 * 3 * 5);
  for (size_t i = 0; i < values.size(); i++) values[i] = (float)i;
  ASSERT_TRUE(Load(Attention().Floats("attn_mask", {4, 3, 5}, values))) << error_.message;
  EXPECT_EQ(sac_problem_mask(&problem_, 1, 2, 1, 4), (2 * 3 + 1) * 5 + 4);
  values.resize(10);
  ASSERT_TRUE(Load(Attention().Floats("attn_mask", {2, 1, 1, 5}, values))) << error_.message;
  EXPECT_EQ(sac_problem_mask(&problem_, 1, 3, 2, 1), 6.0);
}

TEST_F(Problem, EmptySequencesAreProblemsToo) {
  EXPECT_TRUE(Load(Attention().Floats("K", {2, 2, 0, 8}, {}).Floats("V", {2, 2, 0, 6}, {}))) << error_.message;
  EXPECT_EQ(problem_.keys, 0u);
  EXPECT_TRUE(Load(Attention().Floats("Q", {2, 4, 0, 8}, {}))) << error_.message;
  EXPECT_TRUE(Load(Attention().Floats("past_key", {2, 2, 0, 8}, {}).Floats("past_value", {2, 2, 0, 6}, {})))
      << error_.message;
}

TEST_F(Problem, RawTensorsTakeScalesAsNumPyPrintsThem) {
  auto raw = Attention().Without("op").Without("attributes").Meta("causal", "1").Meta("scale", "np.float64(0.25)");
  ASSERT_TRUE(Load(raw)) << error_.message;
  EXPECT_EQ(problem_.scale, 0.25);
  EXPECT_TRUE(problem_.causal);
  EXPECT_STREQ(problem_.expected.output[0].name, "O");
  Refuses(raw.Meta("scale", "np.float64(0.25"), "metadata \"scale\": expected a number");
  Refuses(raw.Meta("scale", "quarter"), "metadata \"scale\": expected a number, found quarter");
  Refuses(raw.Meta("scale", "1").Meta("causal", "2"), "\"causal\": expected 0 or 1");
  Refuses(raw.Meta("causal", "0").Meta("kv_num_heads", "3"), "found 0 and 3");
  raw.Meta("kv_num_heads", "2");
  Refuses(raw.Bools("key_mask", {2, 4}, std::vector<uint8_t>(8)), "\"key_mask\": expected shape (2, 5)");
}

TEST_F(Problem, RefusesWhatIsNoProblem) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  std::vector<float> q(2 * 4 * 3 * 8);
  q[5] = nan;
  Refuses(Attention().Floats("Q", {2, 4, 3, 8}, q), "tensor \"Q\", element 5: expected a finite number, found NaN");
  q[5] = infinity;
  Refuses(Attention().Floats("Q", {2, 4, 3, 8}, q), "element 5: expected a finite number, found infinity");
  Refuses(Attention().Floats("attn_mask", {1}, {nan}), "or -infinity, found NaN");
  Refuses(Attention().Meta("op", "Gemm"), "\"op\": expected Attention");
  Refuses(Attention().Meta("attributes", "[]"), "\"attributes\": expected a JSON object");
  Refuses(Attention().Meta("inputs", "[1]"), "\"inputs\": expected a JSON list of strings");
  Refuses(Attention().Meta("inputs", R"(["Q", "K", "V", "bias"])"), "input \"bias\": unknown");
  Refuses(Attention().Meta("inputs", R"(["Q", "K", "V", "attn_mask"])"), "input \"attn_mask\": no tensor");
  Refuses(Attention().Meta("inputs", R"(["Q", "K"])"), "input \"V\": missing");
  Refuses(Attention().Without("Q"), "input \"Q\": missing");
}

TEST_F(Problem, RefusesShapesThatDoNotFit) {
  Refuses(Attention().Random("Q", {3, 8}, random_), "\"Q\": expected 3 or 4 axes, found 2");
  Refuses(Attention().Random("K", {2, 5, 16}, random_), "\"K\": expected 4 axes, found 3");
  Refuses(Attention().Random("Q", {2, 3, 8}, random_), "\"q_num_heads\": missing");
  Refuses(Attention().Random("K", {1, 2, 5, 8}, random_), "\"Q\" and \"K\": expected axis 0");
  Refuses(Attention().Random("K", {2, 2, 4, 8}, random_), "\"K\" and \"V\": expected axis 2");
  Refuses(Attention().Random("K", {2, 2, 5, 7}, random_), "\"Q\" and \"K\": expected axis 3");
  Refuses(Attention().Random("K", {2, 3, 5, 8}, random_), "a number of heads that divides the 4");
  Refuses(Attention().Random("V", {2, 4, 5, 6}, random_), "\"V\": expected 2 heads as in \"K\", found 4");
  Refuses(Attention().Random("attn_mask", {1, 2, 4, 3, 5}, random_), "expected 1 to 4 axes, found 5");
  Refuses(Attention().Random("attn_mask", {2, 5}, random_), "expected 1 or 3 along axis 0, found 2");
  Refuses(Attention().Random("attn_mask", {3, 6}, random_), "expected at most 5 along axis 1, found 6");
  Refuses(Attention().Integers("attn_mask", {1}, {1}), "expected dtype BOOL, F16, BF16, F32 or F64, found I64");
  Refuses(Attention().Random("past_key", {2, 2, 1, 8}, random_), "expected both or none");
  Refuses(Attention().Random("past_key", {2, 2, 1, 8}, random_).Random("past_value", {2, 2, 2, 6}, random_),
          "\"past_value\": expected shape (2, 2, 1, 6), found (2, 2, 2, 6)");
  Refuses(Attention().Random("past_key", {2, 2, 1, 8}, random_).Random("past_value", {2, 2, 1, 6}, random_).Integers(
              "nonpad_kv_seqlen", {2}, {1, 1}), "at most one of them");
  Refuses(Attention().Integers("nonpad_kv_seqlen", {2}, {5, 6}), "element 1: expected 0 to 5 (the keys), found 6");
  Refuses(Attention().Integers("nonpad_kv_seqlen", {2}, {-1, 5}), "element 0: expected 0 to 5");
  Refuses(Attention().Random("nonpad_kv_seqlen", {2}, random_), "expected dtype I64 or I32, found F32");
  Refuses(Attention().Random("sinks", {2}, random_), "\"sinks\": expected shape (4), found (2)");
  Refuses(Attention().Random("Y", {2, 4, 3, 8}, random_), "\"Y\": expected shape (2, 4, 3, 6)");
}

TEST_F(Problem, RefusesAttributesThatConflictOrDoNotExist) {
  const auto with = [this](const std::string &attributes) { return Attention().Meta("attributes", attributes); };
  Refuses(with(R"({"casual": 1})"), "attribute \"casual\": unknown");
  Refuses(with(R"({"is_causal": 2})"), "\"is_causal\": expected a whole number from 0 to 1, found 2");
  Refuses(with(R"({"is_causal": true})"), "expected a whole number from 0 to 1, found true");
  Refuses(with(R"({"scale": -1})"), "\"scale\": expected a number from 0, found -1");
  Refuses(with(R"({"softcap": "2"})"), "\"softcap\": expected a number from 0, found \"2\"");
  Refuses(with(R"({"qk_matmul_output_mode": 4})"), "expected a whole number from 0 to 3, found 4");
  Refuses(with(R"({"softmax_precision": 2})"), "expected 1, 10, 11 or 16, found 2");
  Refuses(with(R"({"q_num_heads": 2, "kv_num_heads": 2})"), "expected 4 and 2, as in \"Q\" and \"K\", found 2 and 2");
  Refuses(with(R"({"left_window_size": -2})"), "expected a whole number from -1");
  Refuses(Attention()
              .Random("Q", {2, 3, 32}, random_)
              .Random("K", {2, 5, 16}, random_)
              .Random("V", {2, 5, 12}, random_)
              .Meta("attributes", R"({"q_num_heads": 5, "kv_num_heads": 2})"),
          "\"Q\": expected a multiple of 5 heads along the last axis, found 32");
  const auto flex = [&](const std::string &attributes) { return with(attributes).Meta("op", "FlexAttention"); };
  EXPECT_TRUE(Load(flex(R"({"score_mod": {"kind": "relative"}})"))) << error_.message;
  Refuses(flex(R"({"is_causal": 1})"), "\"is_causal\": unknown");
  Refuses(flex(R"({"score_mod": {"kind": "cube"}})"), "relative or causal, found cube");
  Refuses(flex(R"({"score_mod": {"kind": "add"}})"), "expected a number \"value\" beside \"kind\" add");
  Refuses(flex(R"({"score_mod": {"kind": "causal", "value": 1}})"), "expected nothing beside \"kind\" causal");
  Refuses(flex(R"({"score_mod": {"kind": "softcap", "value": 0}})"), "expected a \"value\" above 0");
  Refuses(flex(R"({"prob_mod": {"kind": "causal"}})"), "other than causal");
}

TEST_F(Problem, LinearAttentionNeedsTheGatesOfItsRule) {
  ASSERT_TRUE(Load(Linear())) << error_.message;
  EXPECT_TRUE(problem_.gated && problem_.delta);
  EXPECT_EQ(problem_.decay.shape[3], 8u);
  const float one[6] = {1, 2, 3, 4, 5, 6};
  ASSERT_TRUE(Load(Linear().Floats("beta", {2, 3, 1}, std::vector<float>(one, one + 6)))) << error_.message;
  EXPECT_EQ(problem_.beta.data[(1 * 2 + 1) * 3 + 2], 6.0);
  EXPECT_EQ(problem_.beta.data[(0 * 2 + 1) * 3 + 0], 1.0);
  const std::string heads = R"({"q_num_heads": 4, "kv_num_heads": 2, "update_rule": )";
  Refuses(Linear().Without("beta"), "\"beta\": expected one with update_rule gated_delta");
  Refuses(Linear().Meta("attributes", heads + "\"linear\"}"), "\"decay\": expected none with update_rule linear");
  Refuses(Linear().Meta("attributes", heads + "\"oja\"}"), "expected linear, gated, delta or gated_delta, found oja");
  Refuses(Linear().Meta("attributes", R"({"kv_num_heads": 2})"), "\"q_num_heads\": missing");
  Refuses(Linear().Random("decay", {2, 3, 3}, random_), "\"decay\": expected 3 axes, the last of 2 or 16");
  Refuses(Linear().Random("key", {2, 4, 16}, random_).Random("value", {2, 4, 12}, random_),
          "\"key\": expected 3 tokens as in \"query\", found 4");
  Refuses(Linear().Random("past_state", {2, 2, 8, 8}, random_), "expected shape (2, 2, 8, 6)");
}

TEST_F(Problem, RotaryLooksPositionsUp) {
  const auto file = Rotary();
  ASSERT_TRUE(Load(file)) << error_.message;
  EXPECT_EQ(problem_.rotary_dim, 8u);
  EXPECT_EQ(problem_.cosine.count, 2u * 3 * 4);
  Refuses(Rotary().Integers("position_ids", {2, 3}, {0, 1, 2, 10, 4, 4}), "element 3: expected 0 to below 10");
  Refuses(Rotary().Without("position_ids"), "\"cos_cache\": expected shape (2, 3, 4), found (10, 4)");
  Refuses(Rotary().Without("sin_cache"), "\"sin_cache\": missing");
  Refuses(Rotary().Meta("attributes", R"({"rotary_embedding_dim": 3})"), "expected an even number up to 8");
  Refuses(Rotary().Meta("attributes", R"({"rotary_embedding_dim": 10})"), "expected an even number up to 8");
  Refuses(Rotary().Random("input", {2, 3, 32}, random_), "\"num_heads\": missing");
  Refuses(Rotary().Random("cos_cache", {10, 2}, random_), "\"cos_cache\": expected shape (10, 4)");
}

}  // namespace
