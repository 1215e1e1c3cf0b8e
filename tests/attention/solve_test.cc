// SPDX-License-Identifier: Apache-2.0
// Problems solved on the model against golden: every element within the bound that the formats give it, the bounds
// themselves small, and for every feature once a planted error that they do not cover.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

extern "C" {
#include "model/golden/attention.h"
#include "model/saccade_model.h"
#include "sw/attention/solve.h"
#include "sw/tools/config.h"
}
#include "attention_file.h"

namespace {

const sac_solve_formats_t kSixteen = {{SAC_ELEMENT_INT16, false}, {SAC_ELEMENT_INT16, false}};

class Solve : public testing::Test {
 protected:
  ~Solve() override {
    sac_solution_free(&solution_);
    sac_outputs_free(&golden_);
    sac_problem_free(&problem_);
  }

  bool Run(const AttentionFile &file, const sac_solve_formats_t &formats = kSixteen,
           const std::string &config = "tiny") {
    sac_solution_free(&solution_);
    sac_outputs_free(&golden_);
    sac_problem_free(&problem_);
    error_ = {};
    sac_machine_config_t machine = {};
    EXPECT_TRUE(sac_config_load(&machine, ("configs/" + config + ".yaml").c_str(), &error_)) << error_.message;
    if (!sac_problem_load(&problem_, file.Write(folder_).c_str(), &error_)) return false;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&machine, sac_solve_memory(&problem_)));
    sac_device_t *device = sac_device_open(&hal, &error_);
    const bool good = sac_solve(device, &problem_, &formats, &solution_, &error_);
    sac_device_close(device);
    return good && sac_outputs_make(&golden_, &problem_, &error_) && sac_golden_attention(&problem_, &golden_, &error_);
  }

  // Largest share of its bound that an element of any output takes, where `change` is done to golden first.
  double Share(const std::function<double(double)> &change = [](double x) { return x; }) {
    double worst = 0.0;
    for (size_t n = 0; n < golden_.count; n++) {
      for (size_t i = 0; i < golden_.output[n].value.count; i++) {
        const double x = solution_.outputs.output[n].value.data[i], t = change(golden_.output[n].value.data[i]);
        const double bound = solution_.bounds.output[n].value.data[i];
        EXPECT_FALSE(std::isnan(x) || std::isnan(bound)) << golden_.output[n].name << " element " << i;
        if (x == t) continue;
        worst = std::fmax(worst, std::fabs(x - t) / (bound + 1e-12));
      }
    }
    return worst;
  }

  // Good, and a hundredth of the output is not within the bounds.
  void Good(const AttentionFile &file, const sac_solve_formats_t &formats = kSixteen) {
    for (const char *config : {"tiny", "odd", "edge"}) {
      SCOPED_TRACE(config);
      ASSERT_TRUE(Run(file, formats, config)) << error_.message;
      EXPECT_LE(Share(), 1.0);
      if (formats.k.element == SAC_ELEMENT_INT16) {
        EXPECT_GT(Share([](double x) { return 1.01 * x; }), 1.0) << "bounds hide an error of 1 %";
      }
    }
  }

  // 2 batches, 4 heads over 2, 13 queries, 37 keys, 20 and 9 channels.
  AttentionFile Attention(const std::string &attributes = "{}") {
    return AttentionFile()
        .Meta("op", "Attention")
        .Meta("attributes", attributes)
        .Meta("outputs", R"(["Y", "LSE"])")
        .Random("Q", {2, 4, 13, 20}, random_)
        .Random("K", {2, 2, 37, 20}, random_)
        .Random("V", {2, 2, 37, 9}, random_);
  }

  AttentionFile Linear(const std::string &rule, size_t tokens = 70) {
    AttentionFile file = AttentionFile()
        .Meta("op", "LinearAttention")
        .Meta("attributes", R"({"q_num_heads": 4, "kv_num_heads": 2, "update_rule": ")" + rule + "\"}")
        .Meta("outputs", R"(["output", "present_state"])")
        .Random("query", {2, tokens, 4 * 12}, random_)
        .Random("key", {2, tokens, 2 * 12}, random_)
        .Random("value", {2, tokens, 2 * 10}, random_);
    if (rule.find("gated") == 0) file.Floats("decay", {2, tokens, 24}, Uniform(2 * tokens * 24, -0.5f, 0.0f));
    if (rule.find("delta") != std::string::npos)
      file.Floats("beta", {2, tokens, 2}, Uniform(2 * tokens * 2, 0.0f, 0.3f));
    return file;
  }

  std::vector<float> Uniform(size_t count, float low, float high) {
    std::vector<float> values(count);
    for (float &value : values) value = std::uniform_real_distribution<float>(low, high)(random_);
    return values;
  }

  TemporaryFolder folder_;
  std::mt19937 random_{11};
  sac_problem_t problem_ = {};
  sac_solution_t solution_ = {};
  sac_outputs_t golden_ = {};
  sac_error_t error_ = {};
};

TEST_F(Solve, PlainAttentionWithGroupsAndOddChannels) { Good(Attention()); }

TEST_F(Solve, CausalWindows) {
  Good(Attention(R"({"is_causal": 1})"));
  Good(Attention(R"({"is_causal": 1, "left_window_size": 3})"));
  Good(Attention(R"({"left_window_size": 2, "right_window_size": 5})"));
  EXPECT_NE(std::string(solution_.machine).find("softmax"), std::string::npos);
}

TEST_F(Solve, ScalesOfEverySize) {
  for (const char *scale : {"1e-6", "0.01", "12.5"}) Good(Attention(std::string(R"({"scale": )") + scale + "}"));
}

TEST_F(Solve, Softcap) { Good(Attention(R"({"softcap": 0.7, "scale": 0.6})")); }

TEST_F(Solve, MasksOfEveryRankAndFullyMaskedRows) {
  std::vector<float> one(37), two(13 * 37);
  for (float &x : one) x = std::uniform_real_distribution<float>(-2, 2)(random_);
  for (float &x : two) x = random_() % 3 ? std::uniform_real_distribution<float>(-2, 2)(random_) : -INFINITY;
  for (size_t j = 0; j < 37; j++) two[5 * 37 + j] = -INFINITY;
  Good(Attention().Floats("attn_mask", {37}, one));
  Good(Attention().Floats("attn_mask", {13, 37}, two));
  const double *y = solution_.outputs.output[0].value.data;
  for (int e = 0; e < 9; e++) EXPECT_EQ(y[5 * 9 + e], 0.0) << "a row without keys";
  EXPECT_EQ(solution_.outputs.output[1].value.data[5], -INFINITY);
  std::vector<uint8_t> bits(2 * 4 * 13 * 33);
  for (uint8_t &bit : bits) bit = random_() % 4 != 0;
  Good(Attention(R"({"is_causal": 1})").Bools("attn_mask", {2, 4, 13, 33}, bits));
  // Masked by a number so low that the others decide.
  for (float &x : one) x = random_() % 2 ? -10000.0f : 0.5f;
  Good(Attention().Floats("attn_mask", {37}, one));
  // All by such a number, some more: the row counts as if they were not there.
  for (float &x : one) x = random_() % 2 ? -10000.0f : -10002.0f;
  Good(Attention().Floats("attn_mask", {37}, one));
}

TEST_F(Solve, LengthsPastAndEmptySequences) {
  Good(Attention().Integers("nonpad_kv_seqlen", {2}, {37, 0}));
  Good(Attention(R"({"is_causal": 1})").Integers("nonpad_kv_seqlen", {2}, {5, 21}));
  Good(Attention(R"({"is_causal": 1})")
           .Random("past_key", {2, 2, 11, 20}, random_)
           .Random("past_value", {2, 2, 11, 9}, random_)
           .Meta("outputs", R"(["Y", "present_key", "present_value"])"));
}

TEST_F(Solve, SinksAndSlopes) {
  Good(Attention().Floats("sinks", {4}, {0.3f, -4.0f, 2.0f, -3000.0f}));
  Good(Attention(R"({"is_causal": 1})").Floats("alibi_slopes", {4}, {0.5f, 0.25f, 0.0625f, -1.0f}));
}

TEST_F(Solve, LogitsOfEveryStage) {
  for (int mode = 0; mode < 4; mode++) {
    const std::string attributes =
        R"({"is_causal": 1, "softcap": 1.5, "qk_matmul_output_mode": )" + std::to_string(mode) + "}";
    Good(Attention(attributes)
             .Meta("outputs", R"(["Y", "", "", "qk_matmul_output"])")
             .Integers("nonpad_kv_seqlen", {2}, {30, 12}));
  }
}

TEST_F(Solve, ProbabilitiesOfLogitsFarApart) {
  const std::string attributes = R"({"scale": 400.0, "qk_matmul_output_mode": 3})";
  const AttentionFile file = Attention(attributes).Meta("outputs", R"(["Y", "", "", "qk_matmul_output"])");
  for (const sac_element_t element : {SAC_ELEMENT_INT16, SAC_ELEMENT_INT2}) {
    ASSERT_TRUE(Run(file, {{element, false}, {element, false}})) << error_.message;
    EXPECT_LE(Share(), 1.0);
  }
}

TEST_F(Solve, EveryFormat) {
  for (int k = 0; k < 8; k++) {
    const sac_solve_formats_t formats = {{(sac_element_t)(k % 4), k > 3}, {(sac_element_t)(k * 3 % 4), k < 4}};
    SCOPED_TRACE(k);
    Good(Attention(R"({"is_causal": 1})"), formats);
  }
}

TEST_F(Solve, ModifiersOfFlexAttention) {
  const AttentionFile plain = Attention().Meta("op", "FlexAttention").Meta("outputs", R"(["Y"])");
  for (const std::string modifier :
       {R"({"kind": "add", "value": 3.5})", R"({"kind": "mul", "value": -1.5})", R"({"kind": "softcap", "value": 0.5})",
        R"({"kind": "relative"})", R"({"kind": "causal"})"}) {
    SCOPED_TRACE(modifier);
    Good(AttentionFile(plain).Meta("attributes", R"({"score_mod": )" + modifier + "}"));
    if (modifier.find("causal") != std::string::npos) continue;  // probabilities of -infinity
    Good(AttentionFile(plain).Meta("attributes", R"({"prob_mod": )" + modifier + "}"));
  }
}

TEST_F(Solve, LinearAttentionOfEveryRule) {
  for (const char *rule : {"linear", "gated", "delta", "gated_delta"}) {
    SCOPED_TRACE(rule);
    Good(Linear(rule));
    EXPECT_NE(std::string(solution_.host).find("state"), std::string::npos);
  }
  Good(Linear("gated_delta", 5).Random("past_state", {2, 2, 12, 10}, random_));
}

TEST_F(Solve, DecaysThatKillTheStateAndOnesThatGrowIt) {
  Good(Linear("gated", 20).Floats("decay", {2, 20, 24}, Uniform(2 * 20 * 24, -40.0f, 0.0f)));
  Good(Linear("gated", 20).Floats("decay", {2, 20, 2}, Uniform(2 * 20 * 2, 0.0f, 0.7f)));
}

TEST_F(Solve, ARowWiderThanTheSampleOfTheOutputIsSeen) {
  std::vector<float> q(100 * 16, 0.0f), k(100 * 16), v(100 * 4);
  for (float &x : k) x = std::uniform_real_distribution<float>(-1, 1)(random_);
  for (float &x : v) x = std::uniform_real_distribution<float>(-1, 1)(random_);
  for (int e = 0; e < 16; e++) q[50 * 16 + e] = 100.0f * k[7 * 16 + e];  // this query sees key 7 alone
  for (int e = 0; e < 4; e++) v[7 * 4 + e] = 60.0f;
  const AttentionFile file = AttentionFile()
                                 .Meta("op", "Attention")
                                 .Floats("Q", {1, 1, 100, 16}, q)
                                 .Floats("K", {1, 1, 100, 16}, k)
                                 .Floats("V", {1, 1, 100, 4}, v);
  Good(file);
  EXPECT_NE(std::string(solution_.host).find("run twice"), std::string::npos) << solution_.host;
  q.assign(q.size(), 0.0f);
  Good(AttentionFile(file).Floats("Q", {1, 1, 100, 16}, q));
  EXPECT_EQ(std::string(solution_.host).find("run twice"), std::string::npos) << solution_.host;
}

TEST_F(Solve, ConstantAndZeroTensors) {
  const std::vector<float> zero(2 * 4 * 13 * 20, 0.0f);
  ASSERT_TRUE(Run(Attention().Floats("Q", {2, 4, 13, 20}, zero)));
  EXPECT_LE(Share(), 1.0);
  ASSERT_TRUE(Run(Attention().Floats("V", {2, 2, 37, 9}, std::vector<float>(2 * 2 * 37 * 9, 0.0f))));
  EXPECT_LE(Share(), 1.0);
  ASSERT_TRUE(Run(Attention().Floats("K", {2, 2, 37, 20}, std::vector<float>(2 * 2 * 37 * 20, 1e30f))));
  EXPECT_LE(Share(), 1.0);
}

TEST_F(Solve, WhatIsBeyondTheMachineIsNamed) {
  EXPECT_FALSE(Run(AttentionFile()
                       .Meta("op", "Attention")
                       .Random("Q", {1, 1, 2, 144}, random_)
                       .Random("K", {1, 1, 3, 144}, random_)
                       .Random("V", {1, 1, 3, 16}, random_)));
  EXPECT_NE(std::string(error_.message).find("d_k is 144, this machine has room for 128"), std::string::npos)
      << error_.message;
  EXPECT_FALSE(Run(Attention().Floats("alibi_slopes", {4}, {100.0f, 0, 0, 0})));
  EXPECT_NE(std::string(error_.message).find("slope of 100"), std::string::npos) << error_.message;
  EXPECT_FALSE(Run(Attention().Floats("sinks", {4}, {4000.0f, 0, 0, 0})));
  EXPECT_NE(std::string(error_.message).find("sink of 4000"), std::string::npos) << error_.message;
}

}  // namespace
