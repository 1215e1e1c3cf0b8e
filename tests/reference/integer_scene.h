// SPDX-License-Identifier: Apache-2.0
// A packed scene made of integers alone, from a seed: no floating point stands between it and its bits. Values, lines,
// weights and active cells are random over their whole ranges, around a blob of density, so that saturation, wrapping
// phases and ragged cubes occur.
#ifndef SACCADE_TESTS_INTEGER_SCENE_H
#define SACCADE_TESTS_INTEGER_SCENE_H

#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" {
#include "sw/scene/image.h"
}

class IntegerScene {
 public:
  struct Shape {
    int grid[3] = {19, 14, 17};
    int bits = 6;
    int zeros = 60;  // percent of plane values
    int phase_exponent = 1;
    sac_encoding_t encoding = SAC_ENCODING_HYBRID;
  };

  IntegerScene(uint64_t seed, const Shape &shape) : state_(seed * 2 + 1), shape_(shape) {
    image.value_bits = shape.bits;
    image.encoding = shape.encoding;
    for (int a = 0; a < 3; a++) {
      image.grid[a] = shape.grid[a];
      image.aabb[0][a] = -(shape.grid[a] - 1) / 16.0;  // cells are cubes of 1/8
      image.aabb[1][a] = (shape.grid[a] - 1) / 16.0;
    }
    image.step = 1.0 / 16;
    image.near = 0.25;
    image.far = 8;
    image.samples = 2 * (shape.grid[0] + shape.grid[1] + shape.grid[2]);
    image.distance = 0.25;
    image.density_bias = -10;
    image.fraction = 9;
    image.density_shift = shape.bits;
    image.product_shift = shape.bits - 1;
    image.phase_exponent = shape.phase_exponent;
    Planes();
    Lines();
    Cells();
    Network();
  }
  ~IntegerScene() { sac_image_free(&image); }
  IntegerScene(const IntegerScene &) = delete;
  IntegerScene &operator=(const IntegerScene &) = delete;

  sac_image_t image = {};

 private:
  // Uniform from low to high, both included.
  int Random(int low, int high) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return low + (int)((state_ >> 33) % (uint64_t)(high - low + 1));
  }

  int Distance(int at, int axis) const { return std::abs(2 * at - (shape_.grid[axis] - 1)); }

  // A value of component c: component 0 of density is the blob, the rest is noise with zeros; some blocks are all zero.
  int Value(bool appearance, int u, int v, int c, int au, int av) {
    const int limit = (1 << (shape_.bits - 1)) - 1;
    if (!appearance && c == 0) {
      const int far = Distance(u, au) * Distance(u, au) + Distance(v, av) * Distance(v, av);
      const int side = shape_.grid[au] * shape_.grid[av];
      return far >= side ? 0 : (int)((int64_t)limit * (side - far) / side);
    }
    const bool keep = Random(0, 99) >= shape_.zeros;
    const int value = Random(-limit - 1, limit);
    return keep ? value / (appearance ? 1 : 4) : 0;
  }

  void Planes() {
    const size_t blocks = sac_image_block_count(image.grid);
    image.directory = (uint32_t *)calloc(blocks + 1, 4);
    image.block_data = (uint8_t *)calloc(blocks, SAC_BLOCK_BYTES_MAX);
    for (int kind = 0; kind < 2; kind++) {
      if (kind == 1) image.appearance_block = image.blocks;
      for (int p = 0; p < 3; p++) {
        int au, av, aw;
        sac_plane_axes(p, &au, &av, &aw);
        for (int v0 = 0; v0 < image.grid[av]; v0 += 4) for (int u0 = 0; u0 < image.grid[au]; u0 += 4) {
          for (int c0 = 0; c0 < (kind ? 48 : 16); c0 += 16) Block(kind, u0, v0, c0, au, av);
        }
      }
    }
    image.directory[image.blocks] = (uint32_t)image.block_bytes;
  }

  void Block(bool appearance, int u0, int v0, int c0, int au, int av) {
    int16_t value[SAC_BLOCK_ENTRIES] = {0};
    const bool empty = (appearance || c0) && Random(0, 9) == 0, thin = Random(0, 4) == 0, full = Random(0, 7) == 0;
    for (int e = 0; e < SAC_BLOCK_ENTRIES && !empty; e++) {
      const int u = u0 + e / 16 % 4, v = v0 + e / 64, c = c0 + e % 16;
      if (u >= image.grid[au] || v >= image.grid[av]) continue;
      const int x = Value(appearance, u, v, c, au, av);
      const bool drop = thin && Random(0, 9) && (appearance || c);
      value[e] = (int16_t)(drop ? 0 : full && x == 0 ? 1 : x);
    }
    const sac_block_mode_t mode = sac_block_choose(image.encoding, sac_block_count(value), image.value_bits);
    image.directory[image.blocks++] = (uint32_t)image.block_bytes | (uint32_t)mode;
    image.block_bytes += sac_block_encode(value, mode, image.value_bits, image.block_data + image.block_bytes);
  }

  void Lines() {
    const int rows = sac_image_line_rows(&image);
    image.density_line = (int16_t *)calloc(16 * rows, 2);
    image.appearance_line = (int16_t *)calloc(48 * rows, 2);
    const int axis_rows[3] = {image.grid[2], image.grid[1], image.grid[0]};
    for (int p = 0, row = 0; p < 3; p++) for (int w = 0; w < axis_rows[p]; w++, row++) {
      for (int c = 0; c < 16; c++) image.density_line[16 * row + c] = (int16_t)Random(-300, 300);
      image.density_line[16 * row] = (int16_t)(9000 - 12000 * Distance(w, 2 - p) / axis_rows[p]);
      for (int c = 0; c < 48; c++) image.appearance_line[48 * row + c] = (int16_t)Random(-32768, 32767);
    }
  }

  void Cells() {
    image.cells = (uint8_t *)calloc(1, sac_image_cell_bytes(&image));
    size_t bit = 0;
    for (int z = 0; z < image.grid[2] - 1; z++) for (int y = 0; y < image.grid[1] - 1; y++) {
      for (int x = 0; x < image.grid[0] - 1; x++, bit++) {
        const int far = Distance(x, 0) + Distance(y, 1) + Distance(z, 2);
        const int chance = far < 18 ? 90 : far < 30 ? 40 : 3;
        if (Random(0, 99) < chance) image.cells[bit >> 3] |= (uint8_t)(1u << (bit & 7));
      }
    }
  }

  template <size_t N>
  void Layer(int8_t (&row)[N], sac_quant_t *quant, int shift, int bias) {
    for (int8_t &weight : row) weight = (int8_t)Random(-127, 127);
    *quant = {Random(-bias, bias), (uint16_t)Random(32768, 65535), (uint8_t)(shift + 16)};
  }

  void Network() {
    for (int o = 0; o < SAC_FEATURES; o++) Layer(image.basis[o], &image.basis_quant[o], 8, 1 << 16);
    for (int o = 0; o < SAC_HIDDEN; o++) Layer(image.layer1[o], &image.layer1_quant[o], 10, 1 << 20);
    for (int o = 0; o < SAC_HIDDEN; o++) Layer(image.layer2[o], &image.layer2_quant[o], 9, 1 << 20);
    for (int o = 0; o < SAC_CHANNELS; o++) Layer(image.layer3[o], &image.layer3_quant[o], 8, 1 << 20);
  }

  uint64_t state_;
  Shape shape_;
};

#endif
