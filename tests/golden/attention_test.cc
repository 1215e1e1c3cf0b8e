// SPDX-License-Identifier: Apache-2.0
// Golden attention against the vectors of ONNX and against what float64 gave on tensors of two trained models.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

extern "C" {
#include "model/golden/attention.h"
}

namespace {

// Half a step of the stored type at this size: what rounding to it may cost.
double HalfStep(double value, sac_dtype_t dtype) {
  const int bits = dtype == SAC_DTYPE_F16 ? 11 : 24, lowest = dtype == SAC_DTYPE_F16 ? -13 : -125;
  int exponent;
  frexp(value, &exponent);
  return std::ldexp(0.5, std::max(exponent, lowest) - bits);
}

std::vector<std::string> Files(const std::string &folder) {
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto &entry : std::filesystem::directory_iterator(folder, missing)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

struct Difference {
  double largest = 0.0, excess = 0.0;  // excess: largest difference over what is allowed there
};

// What is allowed: the stated error (three digits, so one in the last more), or half a step where there is none.
Difference Compare(const sac_output_t &expected, const sac_array_t &found, sac_dtype_t dtype) {
  Difference difference;
  for (size_t i = 0; i < found.count; i++) {
    const double a = expected.value.data[i], b = found.data[i];
    if (a == b) continue;  // infinities too
    const double d = std::abs(a - b);
    const double allowed = expected.max_error >= 0.0 ? 1.005 * expected.max_error : 1.01 * HalfStep(b, dtype);
    difference.largest = std::max(difference.largest, std::isnan(d) ? INFINITY : d);
    difference.excess = std::max(difference.excess, std::isnan(d) || d > allowed ? d / allowed : 0.0);
  }
  return difference;
}

// Checks every output of a file; prints the largest differences.
void Check(const std::string &path) {
  SCOPED_TRACE(path);
  const std::string name = std::filesystem::path(path).stem();
  sac_error_t error = {};
  sac_problem_t problem;
  sac_outputs_t outputs;
  ASSERT_TRUE(sac_problem_load(&problem, path.c_str(), &error)) << error.message;
  ASSERT_TRUE(sac_outputs_make(&outputs, &problem, &error)) << error.message;
  ASSERT_TRUE(sac_golden_attention(&problem, &outputs, &error)) << error.message;
  EXPECT_GT(outputs.count, 0u);
  for (size_t i = 0; i < outputs.count; i++) {
    const sac_output_t &expected = problem.expected.output[i];
    ASSERT_NE(expected.value.data, nullptr) << expected.name;
    const Difference difference = Compare(expected, outputs.output[i].value, problem.dtype);
    EXPECT_EQ(difference.excess, 0.0) << expected.name << ": largest " << difference.largest << ", stated "
                                      << expected.max_error;
    printf("  %-66s %-16s %.3g\n", name.c_str(), expected.name, difference.largest);
  }
  sac_outputs_free(&outputs);
  sac_problem_free(&problem);
}

TEST(Attention, VectorsOfOnnxAreReproducedWithinTheirStatedError) {
  const std::string folder = std::string(SAC_SHARED_DATA) + "/attention/onnx";
  const auto files = Files(folder);
  if (files.empty()) GTEST_SKIP() << "no test data in " << folder;
  EXPECT_EQ(files.size(), 54u);
  for (const auto &file : files) Check(file);
}

class Real : public testing::TestWithParam<const char *> {};

TEST_P(Real, OutputAndLogSumOfTrainedModelsAreReproducedToTheRoundingOfTheFile) {
  const std::string path = std::string(SAC_SHARED_DATA) + "/attention/" + GetParam() + ".safetensors";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no test data: " << path;
  Check(path);
}

INSTANTIATE_TEST_SUITE_P(Layers, Real,
                         testing::Values("stories260k/qkv_layer0", "stories260k/qkv_layer1", "minilm/qkv_layer0",
                                         "minilm/qkv_layer3"));

}  // namespace
