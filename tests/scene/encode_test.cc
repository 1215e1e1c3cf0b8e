// SPDX-License-Identifier: Apache-2.0
// The block codec against an independent reading of the format.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "sw/scene/encode.h"

namespace {

constexpr uint32_t kSeed = 20260101;

std::vector<int16_t> RandomBlock(std::mt19937 &random, double density, int bits) {
  std::vector<int16_t> block(SAC_BLOCK_ENTRIES, 0);
  std::uniform_int_distribution<int> value(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
  std::bernoulli_distribution present(density);
  for (auto &entry : block) {
    if (present(random)) entry = (int16_t)value(random);
  }
  return block;
}

TEST(Encode, DecodingGivesBackWhatWasEncodedInEveryModeAndWidth) {
  std::mt19937 random(kSeed);
  for (int bits : {4, 5, 6, 7, 8, 16}) {
    for (double density : {0.0, 0.004, 0.05, 0.2, 0.6, 1.0}) {
      const auto block = RandomBlock(random, density, bits);
      const int count = sac_block_count(block.data());
      for (auto mode : {SAC_BLOCK_EMPTY, SAC_BLOCK_BITMAP, SAC_BLOCK_COORDINATE, SAC_BLOCK_DENSE}) {
        if (mode == SAC_BLOCK_EMPTY && count > 0) continue;
        if (mode == SAC_BLOCK_COORDINATE && count == 0) continue;
        uint8_t bytes[SAC_BLOCK_BYTES_MAX];
        const size_t size = sac_block_encode(block.data(), mode, bits, bytes);
        EXPECT_EQ(size % 4, 0u);
        EXPECT_EQ(size, sac_block_bytes(mode, count, bits));
        EXPECT_LE(size, (size_t)SAC_BLOCK_BYTES_MAX);
        int16_t back[SAC_BLOCK_ENTRIES];
        ASSERT_EQ(sac_block_decode(bytes, size, mode, bits, back), 0) << "seed " << kSeed;
        for (int e = 0; e < SAC_BLOCK_ENTRIES; e++) {
          ASSERT_EQ(back[e], block[e]) << "seed " << kSeed << " bits " << bits << " mode " << mode;
        }
      }
    }
  }
}

TEST(Encode, ACoordinateBlockHasTheDocumentedBytes) {
  int16_t block[SAC_BLOCK_ENTRIES] = {};
  block[sac_block_entry(5, 2, 3)] = -1;  // texel (1, 2) of its block: entry 16 * 9 + 3
  block[7] = 5;
  uint8_t bytes[SAC_BLOCK_BYTES_MAX];
  ASSERT_EQ(sac_block_encode(block, SAC_BLOCK_COORDINATE, 6, bytes), 8u);
  const uint8_t expected[8] = {1, 7, 147, 0xc5, 0x0f, 0, 0, 0};
  for (int i = 0; i < 8; i++) EXPECT_EQ(bytes[i], expected[i]) << i;
}

TEST(Encode, HybridIsTheSmallestOfTheFourAndTiesTakeTheLowerMode) {
  for (int bits : {4, 6, 8, 16}) {
    for (int count = 0; count <= SAC_BLOCK_ENTRIES; count++) {
      const auto mode = sac_block_choose(SAC_ENCODING_HYBRID, count, bits);
      EXPECT_EQ(mode == SAC_BLOCK_EMPTY, count == 0);
      if (count == 0) continue;
      const size_t bytes = sac_block_bytes(mode, count, bits);
      for (auto other : {SAC_BLOCK_BITMAP, SAC_BLOCK_COORDINATE, SAC_BLOCK_DENSE}) {
        const size_t size = sac_block_bytes(other, count, bits);
        EXPECT_TRUE(bytes < size || (bytes == size && mode <= other)) << count << " " << bits;
      }
    }
  }
}

TEST(Encode, BytesThatAreNoBlockAreRefused) {
  int16_t block[SAC_BLOCK_ENTRIES] = {};
  block[3] = 1;
  block[9] = 2;
  uint8_t bytes[SAC_BLOCK_BYTES_MAX];
  const size_t size = sac_block_encode(block, SAC_BLOCK_COORDINATE, 8, bytes);
  int16_t back[SAC_BLOCK_ENTRIES];
  EXPECT_EQ(sac_block_decode(bytes, size - 4, SAC_BLOCK_COORDINATE, 8, back), -1);
  bytes[2] = bytes[1];
  EXPECT_EQ(sac_block_decode(bytes, size, SAC_BLOCK_COORDINATE, 8, back), -1);
  EXPECT_EQ(sac_block_decode(bytes, 4, SAC_BLOCK_EMPTY, 8, back), -1);
  EXPECT_EQ(sac_block_decode(bytes, 16, SAC_BLOCK_BITMAP, 8, back), -1);
}

}  // namespace
