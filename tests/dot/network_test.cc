// SPDX-License-Identifier: Apache-2.0
// The model's layers, organised for the processor's vectors, against the sums and roundings written plainly.
#include <gtest/gtest.h>

#include <random>
#include <vector>

extern "C" {
#include "model/dot/network.h"
}

namespace {

// y = saturate(round_even((acc + bias) * multiplier, shift), 16), docs/architecture.md, section 5.
int16_t Plain(int64_t sum, const sac_quant_t &quant, bool relu) {
  const __int128 value = (__int128)(sum + quant.bias) * quant.multiplier, unit = (__int128)1 << quant.shift;
  __int128 floor = value / unit;
  if (value % unit < 0) floor--;
  const __int128 twice = 2 * (value - floor * unit);
  if (twice > unit || (twice == unit && floor % 2 != 0)) floor++;
  if (floor > 32767) floor = 32767;
  if (floor < -32768) floor = -32768;
  return relu && floor < 0 ? 0 : (int16_t)floor;
}

TEST(ModelNetwork, LayersOfEveryShapeGiveThePlainSums) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](uint32_t n) { return (int)(random() % n); };
  for (int round = 0; round < 60; round++) {
    const int inputs = 1 + below(152), outputs = 1 + below(128), stride = inputs + inputs % 2, lanes = 1 << below(8);
    const size_t count = 1 + below(20);
    std::vector<int8_t> weights((size_t)((outputs + lanes - 1) / lanes) * inputs * lanes);
    for (auto &w : weights) w = round % 7 == 0 ? -128 : (int8_t)random();
    std::vector<sac_quant_t> quant(outputs);
    for (auto &q : quant) {
      q.bias = (int32_t)(round % 5 == 0 ? (random() & 1 ? INT32_MAX : INT32_MIN) : random());
      q.multiplier = (uint16_t)random();
      q.shift = (uint8_t)below(48);
    }
    std::vector<int16_t> x(count * stride, 0), y(count * outputs, 77);
    for (size_t i = 0; i < count; i++) {
      for (int k = 0; k < inputs; k++) x[i * stride + k] = round % 4 == 0 ? INT16_MIN : (int16_t)random();
    }
    sac_layer_t layer;
    ASSERT_TRUE(sac_layer_open(&layer, weights.data(), lanes, 0, inputs, outputs, quant.data(), round & 1));
    sac_layer_run(&layer, x.data(), stride, y.data(), outputs, count);
    for (size_t i = 0; i < count; i++) {
      for (int n = 0; n < outputs; n++) {
        int64_t sum = 0;
        for (int k = 0; k < inputs; k++) sum += x[i * stride + k] * weights[((size_t)(n / lanes) * inputs + k) * lanes + n % lanes];
        ASSERT_EQ(y[i * outputs + n], Plain(sum, quant[n], round & 1)) << "round " << round << ", input " << i << ", output " << n;
      }
    }
    sac_layer_close(&layer);
  }
}

}  // namespace
