// SPDX-License-Identifier: Apache-2.0
// A Llama with random weights: paged attention on the machine against float64, in every order of steps that writes the
// same text; what files, tokens and steps are refused. A trained one: stories_test.cc.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "tests/support/attention_file.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/llama/trial.h"
#include "sw/tools/config.h"
}

namespace {

constexpr sac_attention_format_t kInt16 = {SAC_ELEMENT_INT16, false}, kInt8 = {SAC_ELEMENT_INT8, true},
                                 kPlain8 = {SAC_ELEMENT_INT8, false};

class Llama : public testing::Test {
 protected:
  static constexpr uint32_t kVocab = 40, kTokens = 41, kTexts = 3;

  static AttentionFile File() {
    std::mt19937 random(5);
    AttentionFile file;
    file.Meta("config", R"({"n_heads": 4, "n_kv_heads": 2, "max_seq_len": 41, "rope_theta": 100, "bos": 1})");
    file.Random("tok_emb", {kVocab, 32}, random).Random("wq", {2, 32, 32}, random).Random("wk", {2, 16, 32}, random);
    file.Random("wv", {2, 16, 32}, random).Random("wo", {2, 32, 32}, random).Random("w1", {2, 24, 32}, random);
    file.Random("w2", {2, 32, 24}, random).Random("w3", {2, 24, 32}, random).Random("rms_att", {2, 32}, random);
    return file.Random("rms_ffn", {2, 32}, random).Random("rms_final", {32}, random);
  }

  void Load() {
    ASSERT_TRUE(sac_llama_load(&llama_, File().Write(folder_).c_str(), &error_)) << error_.message;
    std::mt19937 random(6);
    for (uint32_t i = 0; i < kTexts * kTokens; i++) tokens_.push_back(static_cast<int32_t>(random() % kVocab));
  }
  ~Llama() override { sac_llama_free(&llama_); }

  // Losses of the texts, read `chunk` tokens a step.
  std::vector<double> Read(const sac_llama_attention_t &attention, uint32_t chunk) {
    std::vector<int32_t> likeliest(kTexts * kTokens);
    std::vector<double> loss(kTexts * (kTokens - 1));
    EXPECT_TRUE(sac_llama_read(&llama_, &attention, kTexts, kTokens, chunk, tokens_.data(), likeliest.data(),
                               loss.data(), &error_))
        << error_.message;
    return loss;
  }

  // On the machine, with ranges of a run over the same texts.
  std::vector<double> Machine(sac_attention_format_t k, sac_attention_format_t v, uint32_t page_log2, uint32_t chunk) {
    sac_llama_exact_t *exact = sac_llama_exact(&llama_, kTexts, &error_);
    exact_ = Read(sac_llama_exact_attention(exact), kTokens);
    sac_llama_ranges_t ranges = {};
    EXPECT_TRUE(sac_llama_ranges(exact, kTokens, true, &ranges, &error_));
    sac_llama_exact_free(exact);
    sac_machine_config_t config = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error_)) << error_.message;
    const sac_llama_paged_setup_t setup = {k, v, kTexts, page_log2};
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config, sac_llama_paged_memory(&llama_, &setup, chunk)));
    sac_device_t *device = sac_device_open(&hal, &error_);
    sac_llama_paged_t *paged = sac_llama_paged(device, &llama_, &ranges, &setup, &error_);
    EXPECT_NE(paged, nullptr) << error_.message;
    const std::vector<double> loss = Read(sac_llama_paged_attention(paged), chunk);
    EXPECT_EQ(sac_llama_paged_clipped(paged), 0u);
    sac_llama_paged_free(paged);
    sac_llama_ranges_free(&ranges);
    sac_device_close(device);
    return loss;
  }

  static double Worst(const std::vector<double> &a, const std::vector<double> &b) {
    double worst = 0.0;
    for (size_t i = 0; i < a.size(); i++) worst = std::max(worst, std::fabs(a.at(i) - b.at(i)));
    return worst;
  }

  TemporaryFolder folder_;
  sac_error_t error_ = {};
  sac_llama_t llama_ = {};
  std::vector<int32_t> tokens_;
  std::vector<double> exact_;
};

TEST_F(Llama, Float64DoesNotDependOnSteps) {
  ASSERT_NO_FATAL_FAILURE(Load());
  sac_llama_exact_t *exact = sac_llama_exact(&llama_, kTexts, &error_);
  const std::vector<double> whole = Read(sac_llama_exact_attention(exact), kTokens);
  EXPECT_LT(Worst(whole, Read(sac_llama_exact_attention(exact), 1)), 1e-9);
  EXPECT_LT(Worst(whole, Read(sac_llama_exact_attention(exact), 7)), 1e-9);
  sac_llama_exact_free(exact);
}

TEST_F(Llama, MachineIsNearFloat64) {
  ASSERT_NO_FATAL_FAILURE(Load());
  for (uint32_t page_log2 : {0u, 3u, 6u}) {
    for (uint32_t chunk : {1u, 7u, kTokens}) {
      SCOPED_TRACE("pages of 2^" + std::to_string(page_log2) + ", steps of " + std::to_string(chunk));
      EXPECT_LT(Worst(Machine(kInt16, kInt16, page_log2, chunk), exact_), 0.015);
    }
  }
  EXPECT_LT(Worst(Machine(kInt16, kInt8, 3, 5), exact_), 0.2);
  EXPECT_LT(Worst(Machine(kInt8, kPlain8, 3, 5), exact_), 0.4);
}

TEST_F(Llama, RefusesFiles) {
  EXPECT_FALSE(sac_llama_load(&llama_, "nowhere.safetensors", &error_));
  const std::pair<AttentionFile, const char *> bad[] = {
      {File().Without("wv"), "wv"},
      {File().Without("tok_emb"), "tok_emb"},
      {File().Without("config"), "n_heads"},
      {File().Meta("config", R"({"n_heads": 0})"), "n_heads"},
      {File().Meta("config", R"({"n_heads": 5, "n_kv_heads": 5, "max_seq_len": 9, "rope_theta": 9, "bos": 1})"),
       "heads"},
      {File().Meta("config", R"({"n_heads": 4, "n_kv_heads": 3, "max_seq_len": 9, "rope_theta": 9, "bos": 1})"),
       "heads"},
      {File().Floats("rms_att", {2, 31}, std::vector<float>(62)), "rms_att"}};
  for (const auto &[file, word] : bad) {
    EXPECT_FALSE(sac_llama_load(&llama_, file.Write(folder_).c_str(), &error_)) << word;
    EXPECT_NE(std::string(error_.message).find(word), std::string::npos) << error_.message;
  }
}

TEST_F(Llama, RefusesSteps) {
  ASSERT_NO_FATAL_FAILURE(Load());
  sac_llama_exact_t *exact = sac_llama_exact(&llama_, 1, &error_);
  const sac_llama_attention_t attention = sac_llama_exact_attention(exact);
  std::vector<double> logits(2 * kVocab);
  const int32_t good[] = {1, 2}, large[] = {1, kVocab}, negative[] = {-1, 2};
  EXPECT_TRUE(sac_llama_forward(&llama_, &attention, 1, 0, 2, good, logits.data(), &error_));
  EXPECT_FALSE(sac_llama_forward(&llama_, &attention, 1, 0, 2, large, logits.data(), &error_));
  EXPECT_FALSE(sac_llama_forward(&llama_, &attention, 1, 0, 2, negative, logits.data(), &error_));
  EXPECT_FALSE(sac_llama_forward(&llama_, &attention, 1, kTokens - 1, 2, good, logits.data(), &error_));
  EXPECT_FALSE(sac_llama_forward(&llama_, &attention, 2, 0, 1, good, logits.data(), &error_));
  sac_llama_exact_free(exact);
}

}  // namespace
