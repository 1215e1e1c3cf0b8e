// SPDX-License-Identifier: Apache-2.0
// Element formats of the driver: bits in memory, errors within what the format says, multipliers with a shift.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

extern "C" {
#include "sw/attention/format.h"
}

namespace {

const std::vector<sac_attention_format_t> kFormats = {
    {SAC_ELEMENT_INT16, false}, {SAC_ELEMENT_INT8, false}, {SAC_ELEMENT_INT4, false}, {SAC_ELEMENT_INT2, false},
    {SAC_ELEMENT_INT16, true},  {SAC_ELEMENT_INT8, true},  {SAC_ELEMENT_INT4, true},  {SAC_ELEMENT_INT2, true}};

TEST(Format, RowsHaveTheBytesOfTheSpecification) {
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT16, false}, 48), 96u);
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT8, false}, 16), 16u);
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT2, false}, 16), 4u);
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT8, true}, 16), 20u);   // one scale, padded to 4
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT8, true}, 48), 52u);   // two
  EXPECT_EQ(sac_attention_row_bytes({SAC_ELEMENT_INT4, true}, 80), 48u);   // 40 + three scales + 2
}

TEST(Format, ElementsArePackedFromTheLowestBits) {
  const double x[16] = {1, -1, 7, -7, 0, 2, 3, -4};
  std::vector<uint8_t> row(8, 0xff);
  sac_format_pack({SAC_ELEMENT_INT4, false}, 8, x, 1.0, row.data());
  EXPECT_EQ(row, (std::vector<uint8_t>{0xf1, 0x97, 0x20, 0xc3, 0, 0, 0, 0}));
  std::vector<uint8_t> wide(32, 0xff);
  sac_format_pack({SAC_ELEMENT_INT16, false}, 2, x, 1.0, wide.data());
  EXPECT_EQ(wide[0] | wide[1] << 8, 1);
  EXPECT_EQ(wide[2] | wide[3] << 8, 0xffff);
  EXPECT_EQ(wide[4], 0);
}

TEST(Format, ScalesStandBehindTheElements) {
  std::vector<double> x(33, 0.0);
  x[0] = 127.0 * 200;   // needs mantissa 200, exponent 0
  x[32] = 127.0 / 4.0;  // 1/4: the largest mantissa of 8 bits is 128 / 2^9
  std::vector<uint8_t> row(sac_attention_row_bytes({SAC_ELEMENT_INT8, true}, 48));
  sac_format_pack({SAC_ELEMENT_INT8, true}, 33, x.data(), 1.0, row.data());
  EXPECT_EQ(row[48], 200);
  EXPECT_EQ(row[49], 0);
  EXPECT_EQ(row[50], 128);
  EXPECT_EQ(row[51], 9);
  EXPECT_EQ(row[0], 127);
  EXPECT_EQ(row[32], 127);
  int32_t value[33];
  sac_format_unpack({SAC_ELEMENT_INT8, true}, 33, row.data(), value);
  EXPECT_EQ(value[0], 25400);
  EXPECT_EQ(value[32], 32);  // 31.75, half to even from 127 * 128 / 512
}

TEST(Format, ErrorsStayWithinTheFormats) {
  std::mt19937 random(5);
  for (const auto &format : kFormats) {
    double worst = 0.0;
    for (int trial = 0; trial < 300; trial++) {
      const uint32_t d = 1 + random() % 70;
      const double unit = std::exp(std::uniform_real_distribution<double>(-20, 20)(random));
      const double most = sac_format_value_max(format) * unit;
      std::vector<double> x(d);
      for (uint32_t e = 0; e < d; e++) {
        const double group = std::exp2(-(double)((e / 32 + trial) % 14));  // groups of quite different size
        x[e] = most * group * std::uniform_real_distribution<double>(-1, 1)(random);
      }
      std::vector<uint8_t> row(sac_attention_row_bytes(format, sac_pad16(d)));
      std::vector<int32_t> value(d);
      sac_format_pack(format, d, x.data(), unit, row.data());
      sac_format_unpack(format, d, row.data(), value.data());
      for (uint32_t e = 0; e < d; e++) {
        double largest = 0.0;
        for (uint32_t i = e / 32 * 32; i < d && i < e / 32 * 32 + 32; i++)
          largest = std::fmax(largest, std::fabs(x[i]) / unit);
        const double share = std::fabs(value[e] - x[e] / unit) / sac_format_error(format, largest);
        ASSERT_LE(share, 1.0 + 1e-9) << "element " << e << " of format " << format.element
                                     << (format.scaled ? " scaled" : "");
        worst = std::fmax(worst, share);
      }
    }
    EXPECT_GT(worst, 0.8) << "the error of format " << format.element << " is not what it can be";
  }
}

TEST(Factor, SixteenBitsAndAShift) {
  std::mt19937 random(6);
  for (int trial = 0; trial < 2000; trial++) {
    const double value = std::exp2(std::uniform_real_distribution<double>(-31, 15.9)(random));
    sac_factor_t nearest, above;
    ASSERT_TRUE(sac_factor_nearest(value, &nearest));
    ASSERT_TRUE(sac_factor_above(value, &above));
    EXPECT_LE(std::fabs(sac_factor_value(nearest) / value - 1.0), 1.0 / 65536);
    EXPECT_GE(sac_factor_value(above), value);
    EXPECT_LE(sac_factor_value(above) / value, 1.0 + 1.0 / 32768);
    EXPECT_LE(nearest.shift, 47);
  }
  sac_factor_t factor;
  EXPECT_FALSE(sac_factor_nearest(65536.0, &factor));
  ASSERT_TRUE(sac_factor_above(1e-30, &factor));  // the least there is
  EXPECT_EQ(factor.multiplier, 1);
  EXPECT_EQ(factor.shift, 47);
  ASSERT_TRUE(sac_factor_above(1.0 - 1e-12, &factor));  // rounds up into a 17th bit
  EXPECT_EQ(sac_factor_value(factor), 1.0);
}

}  // namespace
