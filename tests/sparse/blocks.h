// SPDX-License-Identifier: Apache-2.0
// Random embedding blocks and their encodings, written from docs/architecture.md 1.1 (not from the packer), plus
// bit access to Verilator ports of any width.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

enum Mode { Empty = 0, Bitmap = 1, Coordinate = 2, Dense = 3 };

using Block = std::array<int16_t, 256>;  // value of entry 16 * (4 * v + u) + component

inline Block random_block(std::mt19937 &random, int bits, double density) {
  std::uniform_real_distribution<double> unit(0, 1);
  int64_t low = -(int64_t{1} << (bits - 1)), high = -low - 1;
  std::uniform_int_distribution<int> value(static_cast<int>(low), static_cast<int>(high));
  Block block{};
  for (auto &x : block)
    if (unit(random) < density) do x = static_cast<int16_t>(value(random)); while (x == 0);
  return block;
}

inline void append_values(std::vector<uint8_t> &bytes, const std::vector<int> &values, int bits) {
  size_t start = bytes.size() * 8;
  bytes.resize((start + values.size() * bits + 7) / 8);
  for (size_t i = 0; i < values.size(); i++)
    for (int b = 0; b < bits; b++) {
      size_t at = start + i * bits + b;
      if (values[i] >> b & 1) bytes[at / 8] |= 1 << at % 8;
    }
}

inline std::vector<uint8_t> encode_block(const Block &block, Mode mode, int bits) {
  std::vector<uint8_t> bytes;
  std::vector<int> where, values;
  for (int e = 0; e < 256; e++)
    if (block[e] || mode == Dense) where.push_back(e), values.push_back(block[e]);
  if (mode == Empty) return bytes;
  if (mode == Bitmap) {
    bytes.resize(32);
    for (int e : where) bytes[e / 8] |= 1 << e % 8;
  } else if (mode == Coordinate) {
    bytes.push_back(static_cast<uint8_t>(where.size() - 1));
    for (int e : where) bytes.push_back(static_cast<uint8_t>(e));
  }
  append_values(bytes, values, bits);
  while (bytes.size() % 4) bytes.push_back(0);
  return bytes;
}

// Ports of up to 64 bits are integers, wider ones VlWide.
template <typename T> uint32_t port_word(const T &port, unsigned i) {
  if constexpr (std::is_integral_v<T>) return static_cast<uint32_t>(static_cast<uint64_t>(port) >> 32 * i);
  else return port[i];
}
template <typename T> void set_port_word(T &port, unsigned i, uint32_t word) {
  if constexpr (std::is_integral_v<T>) {
    uint64_t mask = uint64_t{0xffffffff} << 32 * i;
    port = static_cast<T>((static_cast<uint64_t>(port) & ~mask) | (uint64_t{word} << 32 * i));
  } else {
    port[i] = word;
  }
}
template <typename T> int16_t port_half(const T &port, unsigned i) {
  return static_cast<int16_t>(port_word(port, i / 2) >> 16 * (i % 2));
}
