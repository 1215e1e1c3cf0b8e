// SPDX-License-Identifier: Apache-2.0
// The same packed values under another encoding.
#ifndef SACCADE_TESTS_RECODE_H
#define SACCADE_TESTS_RECODE_H

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

extern "C" {
#include "sw/scene/image.h"
}

class Recoded {
 public:
  Recoded(const sac_image_t &from, sac_encoding_t encoding) : image(from), directory_(from.blocks + 1) {
    bytes_.resize(from.blocks * SAC_BLOCK_BYTES_MAX);
    size_t end = 0;
    for (size_t b = 0; b < from.blocks; b++) {
      int16_t value[SAC_BLOCK_ENTRIES];
      const uint32_t first = from.directory[b] & ~3u, next = from.directory[b + 1] & ~3u;
      EXPECT_EQ(sac_block_decode(from.block_data + first, next - first, (sac_block_mode_t)(from.directory[b] & 3),
                                 from.value_bits, value), 0);
      const sac_block_mode_t mode = sac_block_choose(encoding, sac_block_count(value), from.value_bits);
      modes[mode]++;
      directory_[b] = (uint32_t)end | (uint32_t)mode;
      end += sac_block_encode(value, mode, from.value_bits, &bytes_[end]);
    }
    directory_[from.blocks] = (uint32_t)end;
    image.encoding = encoding;
    image.directory = directory_.data();
    image.block_data = bytes_.data();
    image.block_bytes = end;
  }
  Recoded(const Recoded &) = delete;

  sac_image_t image;  // shares all but the blocks with `from`
  size_t modes[4] = {};

 private:
  std::vector<uint32_t> directory_;
  std::vector<uint8_t> bytes_;
};

#endif
