// SPDX-License-Identifier: Apache-2.0
// verilate: sac_requantise tiny
// The requantiser against the definition in wide integers: ties, signs, both ends of every shift, saturation.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>

#include "Vsac_requantise.h"

namespace {

constexpr int kLatency = 5;

// y = saturate((sum + bias) * multiplier / 2^shift), a tie to the even neighbour: by quotient and remainder.
int Expected(int64_t sum, int32_t bias, unsigned multiplier, unsigned shift) {
  const __int128 product = (static_cast<__int128>(sum) + bias) * multiplier, unit = static_cast<__int128>(1) << shift;
  __int128 quotient = product / unit, rest = product % unit;
  if (rest < 0) rest += unit, quotient--;
  if (2 * rest > unit || (2 * rest == unit && quotient % 2 != 0)) quotient++;
  return quotient > 32767 ? 32767 : quotient < -32768 ? -32768 : static_cast<int>(quotient);
}

class Requantise : public ::testing::Test {
 protected:
  Vsac_requantise dut;

  void SetUp() override {  // an edge is seen only after the level before it
    dut.clk_i = 0;
    dut.eval();
  }
  int Run(int64_t sum, int32_t bias, unsigned multiplier, unsigned shift) {
    dut.accumulator_i = static_cast<uint64_t>(sum) & 0xffffffffffu;
    dut.bias_i = static_cast<uint32_t>(bias);
    dut.multiplier_i = static_cast<uint16_t>(multiplier);
    dut.shift_i = static_cast<uint8_t>(shift);
    dut.en_i = 1;
    for (int i = 0; i < kLatency; i++) {
      dut.clk_i = 1;
      dut.eval();
      dut.clk_i = 0;
      dut.eval();
    }
    return static_cast<int16_t>(dut.y_o);
  }
  void Check(int64_t sum, int32_t bias, unsigned multiplier, unsigned shift) {
    ASSERT_EQ(Run(sum, bias, multiplier, shift), Expected(sum, bias, multiplier, shift))
        << "sum " << sum << " bias " << bias << " multiplier " << multiplier << " shift " << shift;
  }
};

TEST_F(Requantise, RoundsTiesToEvenAndTheirNeighboursToTheNearest) {
  for (unsigned shift = 1; shift <= 38; shift++) {
    const int64_t half = int64_t{1} << (shift - 1);
    for (int64_t n : {-3, -2, -1, 0, 1, 2, 3}) {
      for (int64_t beside : {-1, 0, 1}) {
        if (std::abs(n) * 2 * half + half + 1 >= int64_t{1} << 39) continue;
        Check(2 * n * half + half + beside, 0, 1, shift);
        Check(2 * n * half + half + beside + 77, -77, 1, shift);
      }
    }
  }
}

TEST_F(Requantise, SaturatesAtBothEnds) {
  for (int64_t sum : {32766, 32767, 32768, 65536, -32767, -32768, -32769, -65537}) Check(sum, 0, 1, 0);
  for (int64_t sum : {(int64_t{1} << 39) - 1, -(int64_t{1} << 39)}) {
    for (unsigned shift : {0u, 1u, 23u, 24u, 39u, 40u, 47u}) {
      Check(sum, INT32_MAX, 65535, shift);
      Check(sum, INT32_MIN, 65535, shift);
    }
  }
}

TEST_F(Requantise, AgreesOnRandomValuesOfEverySize) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000 && !HasFailure(); i++) {
    const int64_t sum = static_cast<int64_t>(random()) >> (24 + random() % 40);
    const auto bias = static_cast<int32_t>(static_cast<int64_t>(random()) >> (32 + random() % 32));
    Check(sum, bias, static_cast<unsigned>(random() >> (48 + random() % 16)), static_cast<unsigned>(random() % 48));
  }
}

}  // namespace
