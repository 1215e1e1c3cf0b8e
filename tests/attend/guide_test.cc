// SPDX-License-Identifier: Apache-2.0
// The worked example of docs/attention-guide.md: the page shows the program that is built, and what the program prints,
// on the model and on the Verilated machine, is attention by its definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temporary.h"

namespace {

std::string Read(const std::string &path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Output(const std::string &arguments) {
  const TemporaryFolder folder;
  const std::string out = folder.File("out");
  EXPECT_EQ(std::system((SAC_EXAMPLES "paged_decode " + arguments + " > '" + out + "'").c_str()), 0);
  return Read(out);
}

// The program's numbers, and attention on them: no pages, no groups, float64.
double Number(uint32_t i) { return static_cast<double>(i * 2654435761u >> 24) - 128.0; }

std::array<double, 3> FirstChannels(uint32_t sequence, uint32_t head) {
  constexpr uint32_t kD = 64, kPage = 16;
  static const std::vector<std::vector<uint32_t>> kPages = {{6, 1, 3}, {0}, {7, 2, 5, 4}};
  static const uint32_t kLength[] = {40, 5, 64};
  std::vector<double> weight(kLength[sequence]);
  std::array<double, 3> y = {};
  double sum = 0.0;
  for (uint32_t j = 0; j < weight.size(); j++) {
    const uint32_t row = ((kPages[sequence][j / kPage] * kPage + j % kPage) * 2 + head / 4) * kD;
    double s = 0.0;
    for (uint32_t e = 0; e < kD; e++) {
      s += 64.0 * Number((sequence * 8 + head) * kD + e) / 4096.0 * Number(10000 + row + e) / 32.0;
    }
    weight[j] = std::exp(s / 8.0);
    sum += weight[j];
    for (uint32_t e = 0; e < 3; e++) y[e] += weight[j] * Number(50000 + row + e) / 32.0;
  }
  for (double &value : y) value /= sum;
  return y;
}

TEST(Guide, ShowsTheProgramThatIsBuilt) {
  const std::string page = Read("docs/attention-guide.md"), program = Read("sw/examples/paged_decode.c");
  EXPECT_NE(page.find("```c\n" + program + "```\n"), std::string::npos)
      << "copy sw/examples/paged_decode.c into the page";
}

TEST(Guide, ThePolicyThatItShowsCompiles) {
  const std::string page = Read("docs/attention-guide.md"), start = "```c\n// SPDX-License-Identifier: Apache-2.0\n// Dil";
  const size_t first = page.find(start), end = page.find("```\n", first + 4);
  ASSERT_NE(first, std::string::npos);
  const TemporaryFolder folder;
  std::ofstream(folder.File("dilated.c")) << page.substr(first + 5, end - first - 5);
  const std::string compile =
      "gcc -std=gnu11 -Wall -Wextra -Werror -I. -Isw/include -Isw/attention/policies -fsyntax-only '";
  EXPECT_EQ(std::system((compile + folder.File("dilated.c") + "'").c_str()), 0);
}

TEST(Guide, TheExampleIsAttention) {
  const std::string text = Output("model");
  std::istringstream lines(text);
  std::string line;
  double largest = 0.0;
  for (uint32_t i = 0; i < 24; i++) {
    ASSERT_TRUE(std::getline(lines, line)) << text;
    unsigned sequence = 0, head = 0;
    double y[3] = {};
    const char *format = "sequence %u head %u: %lf %lf %lf ..";
    ASSERT_EQ(std::sscanf(line.c_str(), format, &sequence, &head, &y[0], &y[1], &y[2]), 5) << line;
    EXPECT_EQ(sequence, i / 8);
    EXPECT_EQ(head, i % 8);
    const std::array<double, 3> expected = FirstChannels(sequence, head);
    for (int e = 0; e < 3; e++) {
      largest = std::max(largest, std::fabs(expected[e]));
      // Logits are rounded to 2^-12, probabilities to 2^-16, y to 2^-12; values are at most 4.
      EXPECT_NEAR(y[e], expected[e], 0.004) << line;
    }
  }
  EXPECT_GT(largest, 0.5);
}

TEST(Guide, RtlPrintsWhatTheModelPrints) { EXPECT_EQ(Output("rtl"), Output("model")); }

}  // namespace
