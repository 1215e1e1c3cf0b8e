// SPDX-License-Identifier: Apache-2.0
// Damaged files of attention problems: each loads, and golden evaluates it, or is refused by a message that names it.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

extern "C" {
#include "model/golden/attention.h"
}
#include "attention_file.h"

namespace {

std::vector<AttentionFile> Seeds(std::mt19937 &random) {
  AttentionFile attention, packed, raw, flex, linear, rotary;
  attention.Meta("op", "Attention")
      .Meta("attributes", R"({"is_causal": 1, "softcap": 2.5, "scale": 0.5, "qk_matmul_output_mode": 3})")
      .Meta("inputs", R"(["Q", "K", "V", "attn_mask", "past_key", "past_value", "sinks"])")
      .Meta("outputs", R"(["Y", "present_key", "present_value", "qk_matmul_output", "LSE"])")
      .Random("Q", {2, 4, 3, 2}, random)
      .Random("K", {2, 2, 5, 2}, random)
      .Random("V", {2, 2, 5, 3}, random)
      .Random("attn_mask", {3, 6}, random)
      .Random("past_key", {2, 2, 1, 2}, random)
      .Random("past_value", {2, 2, 1, 3}, random)
      .Random("sinks", {4}, random);
  packed.Meta("op", "Attention")
      .Meta("attributes", R"({"q_num_heads": 4, "kv_num_heads": 2, "left_window_size": 1})")
      .Random("Q", {2, 3, 8}, random)
      .Random("K", {2, 5, 4}, random)
      .Random("V", {2, 5, 6}, random)
      .Integers("nonpad_kv_seqlen", {2}, {5, 1});
  raw.Meta("scale", "np.float64(0.5)")
      .Meta("causal", "1")
      .Random("Q", {1, 2, 3, 2}, random)
      .Random("K", {1, 2, 3, 2}, random)
      .Random("V", {1, 2, 3, 2}, random)
      .Bools("key_mask", {1, 3}, {1, 0, 1});
  flex.Meta("op", "FlexAttention")
      .Meta("attributes", R"({"score_mod": {"kind": "softcap", "value": 2}, "prob_mod": {"kind": "mul", "value": 3}})")
      .Random("Q", {1, 2, 3, 2}, random)
      .Random("K", {1, 2, 3, 2}, random)
      .Random("V", {1, 2, 3, 2}, random);
  linear.Meta("op", "LinearAttention")
      .Meta("attributes", R"({"q_num_heads": 4, "kv_num_heads": 2, "update_rule": "gated_delta"})")
      .Random("query", {2, 3, 8}, random)
      .Random("key", {2, 3, 4}, random)
      .Random("value", {2, 3, 6}, random)
      .Random("decay", {2, 3, 4}, random)
      .Random("beta", {2, 3, 1}, random)
      .Random("past_state", {2, 2, 2, 3}, random);
  rotary.Meta("op", "RotaryEmbedding")
      .Meta("attributes", R"({"num_heads": 2, "rotary_embedding_dim": 2})")
      .Random("input", {2, 3, 8}, random)
      .Random("cos_cache", {10, 1}, random)
      .Random("sin_cache", {10, 1}, random)
      .Integers("position_ids", {2, 3}, {0, 1, 2, 9, 4, 4});
  return {attention, packed, raw, flex, linear, rotary};
}

TEST(ProblemFuzz, DamagedFilesAreRefusedOrEvaluated) {
  std::mt19937 random(5);
  const TemporaryFolder folder;
  int loaded = 0, refused = 0;
  for (const auto &seed : Seeds(random)) {
    const std::string good = TemporaryFolder::Read(seed.Write(folder));
    size_t header = 0;
    for (int i = 7; i >= 0; i--) header = header << 8 | (unsigned char)good[(size_t)i];
    for (int n = 0; n < 400; n++) {
      std::string bytes = good;
      const int changes = n == 0 ? 0 : 1 + n % 3;
      for (int c = 0; c < changes; c++) {
        // A digit for a digit, any character of the header for another, or a byte of data.
        const size_t at = 8 + random() % (n % 4 == 3 ? good.size() - 8 : header);
        bytes[at] = isdigit((unsigned char)bytes[at]) && n % 2 == 0 ? (char)('0' + random() % 10)
                                                                   : bytes[8 + random() % header];
      }
      const std::string path = folder.Write("damaged.safetensors", bytes);
      sac_error_t error = {};
      sac_problem_t problem;
      if (!sac_problem_load(&problem, path.c_str(), &error)) {
        ASSERT_EQ(std::string(error.message).find(path + ": "), 0u) << error.message;
        ASSERT_GT(n, 0) << error.message;
        refused++;
        continue;
      }
      sac_outputs_t outputs;
      ASSERT_TRUE(sac_outputs_make(&outputs, &problem, &error)) << error.message;
      EXPECT_TRUE(sac_golden_attention(&problem, &outputs, &error)) << error.message;
      sac_outputs_free(&outputs);
      sac_problem_free(&problem);
      loaded++;
    }
  }
  printf("%d files loaded, %d refused\n", loaded, refused);
  EXPECT_GT(loaded, 50);
  EXPECT_GT(refused, 1000);
}

}  // namespace
