// SPDX-License-Identifier: Apache-2.0
// Golden attention where no vector reaches: cases by hand, and identities that hold exactly.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

extern "C" {
#include "model/golden/attention.h"
#include "model/golden/softmax.h"
}
#include "attention_file.h"

namespace {

constexpr double kTiny = 1e-12;
using Values = std::vector<double>;

class Cases : public testing::Test {
 protected:
  // Evaluates a file; results by name.
  std::map<std::string, Values> Run(const AttentionFile &file) {
    sac_error_t error = {};
    sac_problem_t problem;
    sac_outputs_t outputs = {};
    std::map<std::string, Values> found;
    if (!sac_problem_load(&problem, file.Write(folder_).c_str(), &error)) {
      ADD_FAILURE() << error.message;
      return found;
    }
    EXPECT_TRUE(sac_outputs_make(&outputs, &problem, &error) && sac_golden_attention(&problem, &outputs, &error))
        << error.message;
    for (size_t i = 0; i < outputs.count; i++) {
      const sac_array_t &value = outputs.output[i].value;
      found[outputs.output[i].name] = Values(value.data, value.data + value.count);
    }
    sac_outputs_free(&outputs);
    sac_problem_free(&problem);
    return found;
  }

  // Keys of logit ln 1, ln 2, ln 3, ln 4 (as exact as float32 is) and values 12, 24, 36, 48, seen by `queries` ones.
  AttentionFile Logs(size_t queries) {
    std::vector<float> k, v, q(queries, 1.0f);
    for (int j = 1; j <= 4; j++) {
      k.push_back((float)std::log(j));
      v.push_back(12.0f * (float)j);
    }
    return AttentionFile()
        .Meta("op", "Attention")
        .Meta("attributes", "{}")
        .Meta("outputs", R"(["Y", "LSE"])")
        .Floats("Q", {1, 1, queries, 1}, q)
        .Floats("K", {1, 1, 4, 1}, k)
        .Floats("V", {1, 1, 4, 1}, v);
  }

  static void Near(const Values &found, const Values &expected, double tolerance = 1e-5) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); i++) {
      if (found[i] == expected[i]) continue;
      EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
    }
  }

  TemporaryFolder folder_;
  std::mt19937 random_{7};
};

TEST_F(Cases, ASoftmaxByHand) {
  auto found = Run(Logs(1));
  Near(found["Y"], {36.0});  // 12 * (1 + 4 + 9 + 16) / 10
  Near(found["LSE"], {std::log(10.0)});
}

TEST_F(Cases, SinksTakeWeightAndGiveNoValue) {
  auto found = Run(Logs(1).Floats("sinks", {1}, {(float)std::log(10.0)}));
  Near(found["Y"], {18.0});
  Near(found["LSE"], {std::log(20.0)});
}

TEST_F(Cases, RowsWithoutKeysGiveZerosAndNoNumberElse) {
  auto file = Logs(2).Bools("attn_mask", {2, 4}, {0, 0, 0, 0, 1, 0, 1, 0});
  auto found = Run(file);
  Near(found["Y"], {0.0, 30.0});
  Near(found["LSE"], {-INFINITY, std::log(4.0)});
  file.Meta("attributes", R"({"qk_matmul_output_mode": 3})").Meta("outputs", R"(["qk_matmul_output"])");
  Near(Run(file)["qk_matmul_output"], {0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.75, 0.0});
  file.Meta("attributes", R"({"qk_matmul_output_mode": 2})");
  Near(Run(file)["qk_matmul_output"],
       {-INFINITY, -INFINITY, -INFINITY, -INFINITY, 0.0, -INFINITY, std::log(3.0), -INFINITY});
  found = Run(Logs(1).Bools("attn_mask", {1, 4}, {0, 0, 0, 0}).Floats("sinks", {1}, {2.0f}));
  Near(found["Y"], {0.0});
  Near(found["LSE"], {2.0});
}

TEST_F(Cases, MasksOfOneAxisAndShorterThanTheKeys) {
  Near(Run(Logs(2).Bools("attn_mask", {4}, {1, 0, 0, 1}))["Y"], {40.8, 40.8});  // (12 + 4 * 48) / 5
  Near(Run(Logs(2).Bools("attn_mask", {2}, {1, 1}))["Y"], {20.0, 20.0});        // (12 + 2 * 24) / 3
  const float ln2 = (float)std::log(2.0);
  Near(Run(Logs(1).Floats("attn_mask", {2}, {ln2, 0.0f}))["Y"], {18.0});  // (2 * 12 + 2 * 24) / 4
  Near(Run(Logs(1).Floats("attn_mask", {4}, {-INFINITY, 0.0f, -INFINITY, -INFINITY}))["Y"], {24.0});
}

TEST_F(Cases, WindowsCountFromTheQuerysPlaceAmongTheKeys) {
  // Four queries over four keys: y of each with what it sees.
  Near(Run(Logs(4).Meta("attributes", R"({"is_causal": 1})"))["Y"], {12.0, 20.0, 28.0, 36.0});
  Near(Run(Logs(4).Meta("attributes", R"({"left_window_size": 0, "right_window_size": 0})"))["Y"],
       {12.0, 24.0, 36.0, 48.0});
  Near(Run(Logs(4).Meta("attributes", R"({"is_causal": 1, "left_window_size": 1})"))["Y"],
       {12.0, 20.0, 31.2, 300.0 / 7.0});
  Near(Run(Logs(4).Meta("attributes", R"({"right_window_size": 1})"))["Y"], {20.0, 28.0, 36.0, 36.0});
  // A past of two: queries 0, 1 stand at 2, 3.
  auto past = Logs(2)
                  .Floats("K", {1, 1, 2, 1}, {(float)std::log(3.0), (float)std::log(4.0)})
                  .Floats("V", {1, 1, 2, 1}, {36.0f, 48.0f})
                  .Floats("past_key", {1, 1, 2, 1}, {0.0f, (float)std::log(2.0)})
                  .Floats("past_value", {1, 1, 2, 1}, {12.0f, 24.0f});
  Near(Run(past.Meta("attributes", R"({"is_causal": 1})"))["Y"], {28.0, 36.0});
  Near(Run(past.Meta("attributes", R"({"is_causal": 1, "left_window_size": 0})"))["Y"], {36.0, 48.0});
  Near(Run(Logs(1).Integers("nonpad_kv_seqlen", {1}, {2}))["Y"], {20.0});
  // Fewer valid keys than queries: the first query stands before all keys.
  Near(Run(Logs(3).Meta("attributes", R"({"is_causal": 1})").Integers("nonpad_kv_seqlen", {1}, {2}))["Y"],
       {0.0, 12.0, 20.0});
}

TEST_F(Cases, SlopesFallWithTheDistance) {
  // Slope ln 2: key j weighs (j + 1) * 2^j.
  const float ln2 = (float)std::log(2.0);
  Near(Run(Logs(1).Floats("alibi_slopes", {1}, {ln2}))["Y"], {12.0 * (1 + 8 + 36 + 128) / (1 + 4 + 12 + 32)}, 1e-4);
  // At query i all weights are 2^-i: the same result, another sum.
  auto found = Run(Logs(2).Floats("alibi_slopes", {1}, {ln2}));
  EXPECT_NEAR(found["Y"][0], found["Y"][1], kTiny);
  EXPECT_NEAR(found["LSE"][0] - found["LSE"][1], (double)ln2, kTiny);
  // Two valid keys: the last query stands at the second.
  found = Run(Logs(2).Floats("alibi_slopes", {1}, {ln2}).Integers("nonpad_kv_seqlen", {1}, {2}));
  Near(found["LSE"], {std::log(1.0 + 4.0), std::log(0.5 + 2.0)});
  Near(found["Y"], {21.6, 21.6});  // (12 + 4 * 24) / 5
}

TEST_F(Cases, SoftcapBendsBeforeTheMaskIsAdded) {
  auto file = Logs(1).Meta("attributes", R"({"softcap": 1, "qk_matmul_output_mode": 1})").Meta(
      "outputs", R"(["Y", "qk_matmul_output"])");
  Near(Run(file)["qk_matmul_output"], {0.0, std::tanh(std::log(2.0)), 0.8, std::tanh(std::log(4.0))});
  Near(Run(file.Floats("attn_mask", {4}, {-INFINITY, -INFINITY, 0.0f, -INFINITY}))["Y"], {36.0});
}

TEST_F(Cases, KeysAndValuesMayHaveHeadsOfTheirOwn) {
  // Four query heads, one key head, two value heads: tensors without operator.
  auto found = Run(AttentionFile()
                       .Floats("Q", {1, 4, 1, 1}, {0.0f, 0.0f, 0.0f, 0.0f})
                       .Floats("K", {1, 1, 2, 1}, {0.0f, 1.0f})
                       .Floats("V", {1, 2, 2, 1}, {1.0f, 3.0f, 10.0f, 30.0f}));
  Near(found["O"], {2.0, 2.0, 20.0, 20.0});
}

TEST_F(Cases, EmptySequencesGiveZerosOrNothing) {
  auto found = Run(Logs(2).Floats("K", {1, 1, 0, 1}, {}).Floats("V", {1, 1, 0, 1}, {}));
  Near(found["Y"], {0.0, 0.0});
  Near(found["LSE"], {-INFINITY, -INFINITY});
  EXPECT_TRUE(Run(Logs(0))["Y"].empty());
}

TEST_F(Cases, PartsMergeToTheWholeInAnyOrder) {
  const size_t keys = 7, d = 3;
  Values q(d), k(keys * d), v(keys * d), whole(d), merged(d);
  for (Values *values : {&q, &k, &v}) {
    for (double &value : *values) value = std::normal_distribution<double>(0.0, 3.0)(random_);
  }
  sac_golden_head_t head = {1, keys, d, d, q.data(), k.data(), v.data(), 0.5, 0.25, nullptr, nullptr};
  double lse;
  sac_golden_head(&head, whole.data(), &lse);
  // Keys 0-1, none, 2-6, and the sink as a part of its own.
  const size_t first[3] = {0, 2, 2}, count[3] = {2, 0, 5};
  double parts[4][3] = {}, sums[4] = {0, 0, 0, 0.25};
  for (size_t n = 0; n < 3; n++) {
    sac_golden_head_t part = {1,   count[n], d,   d,         q.data(), k.data() + first[n] * d, v.data() + first[n] * d,
                              0.5, -INFINITY, nullptr, nullptr};
    sac_golden_head(&part, parts[n], &sums[n]);
  }
  EXPECT_EQ(sums[1], -INFINITY);
  const double *rows[4] = {parts[0], parts[1], parts[2], parts[3]};
  EXPECT_NEAR(sac_golden_merge(4, d, sums, nullptr, nullptr, rows, merged.data()), lse, kTiny);
  Near(merged, whole, kTiny);
  const double *turned[4] = {parts[2], parts[3], parts[0], parts[1]};
  const double turned_sums[4] = {sums[2], sums[3], sums[0], sums[1]};
  EXPECT_NEAR(sac_golden_merge(4, d, turned_sums, nullptr, nullptr, turned, merged.data()), lse, kTiny);
  Near(merged, whole, kTiny);
}

TEST_F(Cases, MergeWeightsAreAffineInTheLogSum) {
  const double one = 1.0, four = 4.0, sums[2] = {std::log(2.0), std::log(3.0)};
  const double *rows[2] = {&one, &four};
  double out;
  const double a[2] = {2.0, 1.0}, b[2] = {0.0, std::log(4.0)};  // weights 4 and 12
  EXPECT_NEAR(sac_golden_merge(2, 1, sums, a, b, rows, &out), std::log(16.0), kTiny);
  EXPECT_NEAR(out, (4.0 + 48.0) / 16.0, kTiny);
  const double none[2] = {-INFINITY, -INFINITY}, zero[2] = {0.0, 0.0};
  EXPECT_EQ(sac_golden_merge(2, 1, none, zero, b, rows, &out), -INFINITY);
  EXPECT_EQ(out, 0.0);
}

class LinearCases : public Cases {
 protected:
  AttentionFile File(const std::string &rule, size_t tokens) {
    return AttentionFile()
        .Meta("op", "LinearAttention")
        .Meta("outputs", R"(["output", "present_state"])")
        .Meta("attributes", R"({"q_num_heads": 1, "kv_num_heads": 1, "scale": 1, "update_rule": ")" + rule + "\"}")
        .Random("query", {1, tokens, 2}, random_)
        .Random("key", {1, tokens, 2}, random_)
        .Random("value", {1, tokens, 2}, random_);
  }
};

TEST_F(LinearCases, TheDeltaRuleOverwritesWhatAKeyHeld) {
  auto found = Run(File("delta", 3)
                       .Floats("key", {1, 3, 2}, {1, 0, 0, 1, 1, 0})
                       .Floats("value", {1, 3, 2}, {1, 2, 3, 4, 5, 6})
                       .Floats("query", {1, 3, 2}, {1, 0, 1, 1, 1, 0})
                       .Floats("beta", {1, 3, 1}, {1, 1, 0.5}));
  Near(found["output"], {1, 2, 4, 6, 3, 4}, kTiny);  // the last write is half of the way from (1, 2) to (5, 6)
  Near(found["present_state"], {3, 4, 3, 4}, kTiny);
}

TEST_F(LinearCases, DecayComesBeforeTheUpdateByKeyChannel) {
  const float half = (float)std::log(0.5);
  auto found = Run(File("gated", 2)
                       .Floats("key", {1, 2, 2}, {1, 1, 0, 0})
                       .Floats("value", {1, 2, 2}, {8, 4, 0, 0})
                       .Floats("query", {1, 2, 2}, {1, 0, 1, 1})
                       .Floats("decay", {1, 2, 2}, {half, half, half, 0}));
  Near(found["output"], {8, 4, 12, 6}, 1e-6);  // channel 0 was halved, channel 1 kept
}

TEST_F(LinearCases, AStateCarriesOverAnyCut) {
  const std::map<std::string, size_t> widths = {{"query", 2}, {"key", 2}, {"value", 2}, {"decay", 2}, {"beta", 1}};
  std::map<std::string, std::vector<float>> values;
  for (const auto &[name, width] : widths) {
    for (size_t i = 0; i < 5 * width; i++) {
      values[name].push_back(std::uniform_real_distribution<float>(-1.0f, 1.0f)(random_));
    }
  }
  const auto tokens = [&](size_t from, size_t to) {
    auto file = File("gated_delta", 1);
    for (const auto &[name, width] : widths) {
      const float *v = values[name].data();
      file.Floats(name, {1, to - from, width}, std::vector<float>(v + from * width, v + to * width));
    }
    return file;
  };
  const auto whole = Run(tokens(0, 5));
  for (size_t cut = 1; cut < 5; cut++) {
    auto begin = Run(tokens(0, cut));
    const std::vector<float> state(begin["present_state"].begin(), begin["present_state"].end());
    auto end = Run(tokens(cut, 5).Floats("past_state", {1, 1, 2, 2}, state));
    Near(end["present_state"], whole.at("present_state"), 1e-6);
    Values both = begin["output"];
    both.insert(both.end(), end["output"].begin(), end["output"].end());
    Near(both, whole.at("output"), 1e-6);
  }
}

TEST_F(Cases, RotationsKeepLengthsAndSeeOnlyDistances) {
  // Two tokens at positions p and p + 3 with one vector each: their product is the same for every p.
  std::vector<float> cosine, sine;
  for (int p = 0; p < 12; p++) {
    for (double rate : {1.0, 0.3, 0.1}) {
      cosine.push_back((float)std::cos(p * rate));
      sine.push_back((float)std::sin(p * rate));
    }
  }
  for (const std::string interleaved : {"0", "1"}) {
    double first = 0.0;
    for (int64_t p : {0, 2, 8}) {
      const auto y = Run(AttentionFile()
                             .Meta("op", "RotaryEmbedding")
                             .Meta("attributes", R"({"rotary_embedding_dim": 6, "interleaved": )" + interleaved + "}")
                             .Floats("input", {1, 1, 2, 7}, {1, 2, 3, 4, 1, -1, 5, -2, 1, 0.5, 3, 1, 2, 6})
                             .Floats("cos_cache", {12, 3}, cosine)
                             .Floats("sin_cache", {12, 3}, sine)
                             .Integers("position_ids", {1, 2}, {p, p + 3}))["output"];
      ASSERT_EQ(y.size(), 14u);
      EXPECT_EQ(y[6], 5.0);  // beyond the rotated channels
      EXPECT_NEAR(sac_golden_dot(6, &y[0], &y[0]), 32.0, 1e-5);
      const double product = sac_golden_dot(6, &y[0], &y[7]);
      if (p == 0) first = product;
      EXPECT_NEAR(product, first, 1e-5);
      EXPECT_GT(std::abs(product - (-2 + 2 + 1.5 + 12 + 1 - 2)), 0.5);
    }
  }
}

}  // namespace
