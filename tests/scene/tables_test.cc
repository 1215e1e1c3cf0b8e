// SPDX-License-Identifier: Apache-2.0
// Function tables against the mathematics they stand for.
#include <gtest/gtest.h>

#include <cmath>

#include "sw/driver/tables.h"

namespace {

void ExpectWellFormed(const sac_function_table_t &table) {
  for (int i = 0; i < SAC_TABLE_ENTRIES; i++) {
    EXPECT_LT(std::abs((long)table.base[i]), 1L << 25) << i;
    EXPECT_LT(std::abs((long)table.delta[i]), 1L << 19) << i;
    if (i > 0) EXPECT_EQ(table.base[i - 1] + table.delta[i - 1], table.base[i]) << i;
  }
  EXPECT_LE(table.shift, 12);
}

TEST(Tables, SoftplusIsWithinTwoPartsInAThousandAndMonotone) {
  sac_function_table_t table;
  sac_table_softplus(&table, 0.2064, -10.0, 9);
  ExpectWellFormed(table);
  int32_t previous = 0;
  for (int x = -32768; x <= 32767; x += 7) {
    const int32_t s = sac_table_evaluate(&table, x);
    const double f = x / 512.0;
    EXPECT_GE(s, previous);
    previous = s;
    if (f < 0) continue;
    const double truth = 0.2064 / std::log(2.0) * std::log1p(std::exp(f - 10.0)) * 1048576.0;
    EXPECT_NEAR(s, truth, 0.002 * truth + 1.0) << "f = " << f;
  }
}

TEST(Tables, SoftplusKeepsItsFieldsForLongStepsAndForeignShifts) {
  for (double distance : {0.001, 0.2, 2.5, 25.0}) {
    for (double shift : {-10.0, 0.0, -5.0}) {
      for (int fraction = 0; fraction <= 14; fraction++) {
        sac_function_table_t table;
        sac_table_softplus(&table, distance, shift, fraction);
        ExpectWellFormed(table);
      }
    }
  }
}

TEST(Tables, Exp2StartsAtOneAndJoinsTheNextOctave) {
  sac_function_table_t table;
  sac_table_exp2(&table);
  ExpectWellFormed(table);
  EXPECT_EQ(sac_table_evaluate(&table, 0), 65536);
  EXPECT_EQ(table.base[255] + table.delta[255], 32768);
  for (int x = 0; x < 1 << 20; x += 991) {
    EXPECT_NEAR(sac_table_evaluate(&table, x), 65536.0 * std::exp2(-x / 1048576.0), 1.1);
  }
}

TEST(Tables, SineIsOddAndTheCosineEvenForEveryExponent) {
  for (int exponent = 0; exponent <= 6; exponent++) {
    sac_function_table_t table;
    sac_table_sine(&table, exponent);
    ExpectWellFormed(table);
    for (int x = 0; x < 65536; x += 13) {
      const double truth = (16384 >> exponent) * std::sin(2.0 * M_PI * x / 65536.0);
      const int32_t y = sac_table_evaluate(&table, x);
      EXPECT_NEAR(y, truth, 2.0);
      EXPECT_NEAR(sac_table_evaluate(&table, 65536 - x), -y, 1);
      EXPECT_EQ(sac_table_evaluate(&table, x + 65536), y);
    }
  }
}

TEST(Tables, SigmoidSaturatesAndStaysWithinTwelveOf65535) {
  sac_function_table_t table;
  sac_table_sigmoid(&table);
  ExpectWellFormed(table);
  for (int x = -32768; x <= 32767; x += 3) {
    const double truth = 65535.0 / (1.0 + std::exp(-x / 2048.0));
    EXPECT_NEAR(sac_table_evaluate(&table, x), truth, 12.0) << x;
  }
}

TEST(Tables, TanhIsMonotoneEndsAtOneAndStaysWithinSixOf65536) {
  sac_function_table_t table;
  sac_table_tanh(&table);
  ExpectWellFormed(table);
  EXPECT_EQ(sac_table_evaluate(&table, 0), 0);
  int32_t previous = 0;
  for (int x = 0; x <= 32767; x++) {
    const int32_t y = sac_table_evaluate(&table, x);
    EXPECT_GE(y, previous) << x;
    EXPECT_LE(y, 65536);
    EXPECT_NEAR(y, 65536.0 * std::tanh(x / 4096.0), 5.5) << x;
    previous = y;
  }
}

TEST(Tables, PowerFallsFromOneToOneHalf) {
  sac_function_table_t table;
  sac_table_power(&table);
  ExpectWellFormed(table);
  EXPECT_EQ(sac_table_evaluate(&table, 0), 65536);
  EXPECT_EQ(table.base[255] + table.delta[255], 32768);
  for (int x = 0; x < 65536; x++) {
    EXPECT_NEAR(sac_table_evaluate(&table, x), 65536.0 * std::exp2(-x / 65536.0), 1.1) << x;
  }
}

TEST(Tables, Log2RisesFromZeroToOne) {
  sac_function_table_t table;
  sac_table_log2(&table);
  ExpectWellFormed(table);
  EXPECT_EQ(sac_table_evaluate(&table, 0), 0);
  EXPECT_EQ(table.base[255] + table.delta[255], 65536);
  for (int x = 0; x < 65536; x++) EXPECT_NEAR(sac_table_evaluate(&table, x), 65536.0 * std::log2(1.0 + x / 65536.0), 1.2) << x;
}

TEST(Tables, TheTablesOfAttendLieOneAfterTheOther) {
  uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES];
  uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
  sac_attend_tables(0x4000, bytes, commands);
  for (uint32_t i = 0; i < SAC_ATTEND_TABLES; i++) {
    EXPECT_EQ(sac_field_get(commands[i], SAC_TABLE_TARGET), SAC_TARGET_TANH + i);
    EXPECT_EQ(sac_field_get(commands[i], SAC_TABLE_SOURCE_ADDRESS), 0x4000 + i * SAC_TABLE_BYTES);
    EXPECT_EQ(sac_field_get(commands[i], SAC_TABLE_COUNT), 256u);
  }
  EXPECT_EQ(sac_field_get(commands[1], SAC_TABLE_SHIFT), 8u);
  EXPECT_EQ(bytes[SAC_TABLE_BYTES + 2], 1) << "65536, the first entry of the power table";
}

TEST(Tables, ControlWordHoldsOffsetShiftAndEnds) {
  sac_function_table_t table;
  sac_table_sigmoid(&table);
  EXPECT_EQ(sac_table_control(&table), 0x00088000u);
  sac_table_softplus(&table, 0.2, -12.0, 9);
  EXPECT_EQ(sac_table_control(&table), 2u << 22 | 6u << 16 | 1024u);
}

}  // namespace
