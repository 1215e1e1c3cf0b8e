// SPDX-License-Identifier: Apache-2.0
// Accuracy on tensors of two trained models, by formats of K and V: 16 bits reach what a prototype of the number path
// reached within 1 dB, and with fewer bits the machine adds nothing to the error of the format.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

extern "C" {
#include "model/golden/attention.h"
#include "model/saccade_model.h"
#include "sw/attention/solve.h"
#include "sw/tools/config.h"
}

namespace {

struct Case {
  const char *file;
  double sixteen_db;  // of the prototype
};

class Accuracy : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const std::string path = std::string(SAC_SHARED_DATA) + "/attention/" + GetParam().file + ".safetensors";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
    ASSERT_TRUE(sac_config_load(&config_, "configs/edge.yaml", &error_)) << error_.message;
    ASSERT_TRUE(sac_problem_load(&problem_, path.c_str(), &error_)) << error_.message;
    ASSERT_TRUE(sac_outputs_make(&golden_, &problem_, &error_) && sac_golden_attention(&problem_, &golden_, &error_));
  }
  ~Accuracy() override {
    sac_outputs_free(&golden_);
    sac_problem_free(&problem_);
  }

  // Of output O against golden, without queries that are padding: those that no query attends as a key.
  double Snr(const sac_outputs_t &outputs) {
    double signal = 0.0, noise = 0.0;
    const size_t row = problem_.d_v, rows = problem_.queries, heads = problem_.q_heads;
    const double *x = outputs.output[0].value.data, *t = golden_.output[0].value.data;
    for (size_t n = 0; n < problem_.batches * heads * rows * row; n++) {
      const size_t i = n / row % rows, b = n / row / rows / heads;
      if (problem_.mask_kind == SAC_MASK_BOOL && sac_problem_mask(&problem_, b, 0, 0, i) != 0.0) continue;
      signal += t[n] * t[n];
      noise += (x[n] - t[n]) * (x[n] - t[n]);
    }
    return 10.0 * std::log10(signal / noise);
  }

  double Machine(const sac_solve_formats_t &formats) {
    sac_solution_t solution;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config_, sac_solve_memory(&problem_)));
    sac_device_t *device = sac_device_open(&hal, &error_);
    EXPECT_TRUE(sac_solve(device, &problem_, &formats, &solution, &error_)) << error_.message;
    const double snr = Snr(solution.outputs);
    sac_solution_free(&solution);
    sac_device_close(device);
    return snr;
  }

  double Float64(const sac_solve_formats_t &formats) {
    sac_problem_t quantised = problem_;
    sac_outputs_t outputs;
    EXPECT_TRUE(sac_solve_quantised(&problem_, &formats, &quantised.k, &quantised.v, &error_)) << error_.message;
    EXPECT_TRUE(sac_outputs_make(&outputs, &problem_, &error_) && sac_golden_attention(&quantised, &outputs, &error_));
    const double snr = Snr(outputs);
    sac_outputs_free(&outputs);
    sac_array_free(&quantised.k);
    sac_array_free(&quantised.v);
    return snr;
  }

  sac_machine_config_t config_ = {};
  sac_problem_t problem_ = {};
  sac_outputs_t golden_ = {};
  sac_error_t error_ = {};
};

TEST_P(Accuracy, ByFormat) {
  const sac_attention_format_t k16 = {SAC_ELEMENT_INT16, false}, k8 = {SAC_ELEMENT_INT8, true};
  const double sixteen = Machine({k16, k16});
  EXPECT_GE(sixteen, GetParam().sixteen_db - 1.0);
  EXPECT_GE(Machine({k16, k8}), Float64({k16, k8}) - 0.5);
  EXPECT_GE(Machine({k8, k8}), Float64({k8, k8}) - 0.5);
}

INSTANTIATE_TEST_SUITE_P(Models, Accuracy,
                         testing::Values(Case{"stories260k/qkv_layer0", 69.0}, Case{"stories260k/qkv_layer1", 66.0},
                                         Case{"minilm/qkv_layer0", 82.0}, Case{"minilm/qkv_layer3", 80.0}),
                         [](const auto &info) { return "Case" + std::to_string(info.index); });

}  // namespace
