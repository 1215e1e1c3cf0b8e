// SPDX-License-Identifier: Apache-2.0
// Reads numpy's .npz files (zip of .npy) as far as tests need: stored or deflated members,
// little-endian float32, float64 and int64 arrays in C order, given back as doubles.
#ifndef SACCADE_TESTS_NPZ_H
#define SACCADE_TESTS_NPZ_H

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct NpyArray {
  std::vector<size_t> shape;
  std::vector<double> value;
};

namespace npz {

inline uint32_t Little(const std::string &bytes, size_t at, int count) {
  if (at + (size_t)count > bytes.size()) throw std::runtime_error("npz: cut short");
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; i--) value = value << 8 | (uint8_t)bytes[at + (size_t)i];
  return value;
}

inline std::string Inflate(const std::string &packed, size_t size) {
  std::string out(size, '\0');
  z_stream stream = {};
  stream.next_in = (Bytef *)packed.data();
  stream.avail_in = (uInt)packed.size();
  stream.next_out = (Bytef *)&out[0];
  stream.avail_out = (uInt)size;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("npz: zlib");
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.avail_out != 0) throw std::runtime_error("npz: damaged");
  return out;
}

template <typename T>
std::vector<double> Values(const std::string &bytes, size_t at) {
  std::vector<double> out((bytes.size() - at) / sizeof(T));
  for (size_t i = 0; i < out.size(); i++) {
    T value;
    memcpy(&value, bytes.data() + at + i * sizeof(T), sizeof(T));
    out[i] = (double)value;
  }
  return out;
}

inline NpyArray Parse(const std::string &bytes) {
  if (bytes.compare(0, 6, "\x93NUMPY") != 0) throw std::runtime_error("npy: no array");
  const int length = bytes[6] == 1 ? 2 : 4;
  const size_t at = 8 + (size_t)length + Little(bytes, 8, length);
  const std::string header = bytes.substr(8 + (size_t)length, at - 8 - (size_t)length);
  NpyArray array;
  size_t count = 1;
  const size_t open = header.find('(', header.find("'shape'"));
  for (size_t i = open + 1; header[i] != ')';) {
    char *end = nullptr;
    const size_t side = strtoul(&header[i], &end, 10);
    if (end == &header[i]) {
      i++;
      continue;
    }
    array.shape.push_back(side);
    count *= side;
    i = (size_t)(end - header.data());
  }
  if (header.find("'fortran_order': False") == std::string::npos) {
    throw std::runtime_error("npy: order");
  }
  if (header.find("<f4") != std::string::npos) {
    array.value = Values<float>(bytes, at);
  } else if (header.find("<f8") != std::string::npos) {
    array.value = Values<double>(bytes, at);
  } else if (header.find("<i8") != std::string::npos) {
    array.value = Values<int64_t>(bytes, at);
  } else {
    throw std::runtime_error("npy: type");
  }
  if (array.value.size() != count) throw std::runtime_error("npy: size");
  return array;
}

// All arrays of a file by name; follows the central directory, as local headers may lack sizes.
inline std::map<std::string, NpyArray> Read(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string zip((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const size_t end = zip.rfind("PK\5\6");
  if (end == std::string::npos) throw std::runtime_error(path + ": no zip file");
  const uint32_t members = Little(zip, end + 10, 2);
  size_t at = Little(zip, end + 16, 4);
  std::map<std::string, NpyArray> out;
  for (uint32_t i = 0; i < members; i++) {
    const uint32_t method = Little(zip, at + 10, 2), packed = Little(zip, at + 20, 4);
    const uint32_t size = Little(zip, at + 24, 4), name_size = Little(zip, at + 28, 2);
    const size_t local = Little(zip, at + 42, 4);
    const std::string name = zip.substr(at + 46, name_size);
    const size_t data = local + 30 + Little(zip, local + 26, 2) + Little(zip, local + 28, 2);
    const std::string bytes = zip.substr(data, packed);
    out[name.substr(0, name.rfind(".npy"))] = Parse(method == 8 ? Inflate(bytes, size) : bytes);
    at += 46 + name_size + Little(zip, at + 30, 2) + Little(zip, at + 32, 2);
  }
  return out;
}

}  // namespace npz

#endif
