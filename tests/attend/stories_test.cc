// SPDX-License-Identifier: Apache-2.0
// A trained language model whose attention runs on the machine: paged caches, 8 query heads over 4 key heads. With K of
// 16 bits and V of 8 it writes the text that float64 writes; with both of 8 bits it foretells nearly the same tokens.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

extern "C" {
#include "model/saccade_model.h"
#include "sw/llama/trial.h"
#include "sw/scene/safetensors.h"
#include "sw/tools/config.h"
}

namespace {

constexpr sac_attention_format_t kInt16 = {SAC_ELEMENT_INT16, false}, kInt8 = {SAC_ELEMENT_INT8, true};

class Stories : public testing::Test {
 protected:
  static constexpr uint32_t kTexts = 4, kTokens = 512, kGreedy = 256;

  void SetUp() override {
    const std::string folder = std::string(SAC_SHARED_DATA) + "/attention/stories260k/";
    if (!std::filesystem::exists(folder + "model.safetensors")) GTEST_SKIP() << "no " << folder;
    ASSERT_TRUE(sac_llama_load(&llama_, (folder + "model.safetensors").c_str(), &error_)) << error_.message;
    sac_safetensors_t *file = sac_safetensors_open((folder + "qkv_layer0.safetensors").c_str(), &error_);
    const size_t shape[] = {kTexts, kTokens};
    const sac_tensor_t *tensor = file ? sac_safetensors_require(file, "tokens", 2, shape, &error_) : nullptr;
    ASSERT_NE(tensor, nullptr) << error_.message;
    std::vector<double> values(kTexts * kTokens);
    sac_tensor_doubles(tensor, values.data());
    tokens_.assign(values.begin(), values.end());
    sac_safetensors_close(file);
    ASSERT_TRUE(sac_config_load(&config_, "configs/tiny.yaml", &error_)) << error_.message;
  }
  ~Stories() override { sac_llama_free(&llama_); }

  // The trial on a machine of its own.
  void Run(sac_attention_format_t k, sac_attention_format_t v, uint32_t greedy) {
    const sac_llama_trial_t trial = {k, v, true, kTexts, kTokens, greedy, tokens_.data()};
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config_, sac_llama_trial_memory(&llama_, &trial)));
    sac_device_t *device = sac_device_open(&hal, &error_);
    ASSERT_NE(device, nullptr) << error_.message;
    const bool good = sac_llama_trial(device, &llama_, &trial, &result_, &error_);
    sac_device_close(device);
    ASSERT_TRUE(good) << error_.message;
    std::printf("  greedy %u of %u tokens, likeliest tokens %u of %u, loss %.4f (float64 %.4f), clipped %llu\n",
                result_.greedy, greedy, result_.same, result_.tokens, result_.loss, result_.exact_loss,
                (unsigned long long)result_.clipped);
  }

  sac_error_t error_ = {};
  sac_llama_t llama_ = {};
  sac_machine_config_t config_ = {};
  std::vector<int32_t> tokens_;
  sac_llama_trial_result_t result_ = {};
};

// The model on the host is the published one: its greedy text is the stored one.
TEST_F(Stories, Float64WritesTheText) {
  sac_llama_exact_t *exact = sac_llama_exact(&llama_, 1, &error_);
  ASSERT_NE(exact, nullptr) << error_.message;
  const sac_llama_attention_t attention = sac_llama_exact_attention(exact);
  std::vector<int32_t> written(kTokens);
  EXPECT_TRUE(sac_llama_write(&llama_, &attention, 1, kTokens, nullptr, written.data(), &error_)) << error_.message;
  sac_llama_exact_free(exact);
  EXPECT_EQ(written, std::vector<int32_t>(tokens_.begin(), tokens_.begin() + kTokens));
}

TEST_F(Stories, SixteenAndEightBits) {
  ASSERT_NO_FATAL_FAILURE(Run(kInt16, kInt8, kGreedy));
  EXPECT_EQ(result_.greedy, kGreedy);
  EXPECT_GE(result_.same, result_.tokens * 0.998);
  EXPECT_NEAR(result_.loss, result_.exact_loss, 0.001);
}

TEST_F(Stories, EightBits) {
  ASSERT_NO_FATAL_FAILURE(Run(kInt8, kInt8, 1));
  EXPECT_GE(result_.same, result_.tokens * 0.985);
  EXPECT_NEAR(result_.loss, result_.exact_loss, 0.005);
}

}  // namespace
