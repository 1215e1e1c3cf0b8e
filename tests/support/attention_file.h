// SPDX-License-Identifier: Apache-2.0
// Files of attention problems for tests: tensors and metadata by name, replaced by the last of a name.
#ifndef SACCADE_TESTS_ATTENTION_FILE_H
#define SACCADE_TESTS_ATTENTION_FILE_H

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

extern "C" {
#include "sw/scene/safetensors.h"
}
#include "temporary.h"

class AttentionFile {
 public:
  using Shape = std::vector<size_t>;

  AttentionFile &Meta(const std::string &key, const std::string &value) {
    metadata_[key] = value;
    return *this;
  }
  AttentionFile &Without(const std::string &name) {
    tensors_.erase(name);
    metadata_.erase(name);
    return *this;
  }
  AttentionFile &Floats(const std::string &name, const Shape &shape, const std::vector<float> &values) {
    return Add(name, SAC_DTYPE_F32, shape, values);
  }
  AttentionFile &Bools(const std::string &name, const Shape &shape, const std::vector<uint8_t> &values) {
    return Add(name, SAC_DTYPE_BOOL, shape, values);
  }
  AttentionFile &Integers(const std::string &name, const Shape &shape, const std::vector<int64_t> &values) {
    return Add(name, SAC_DTYPE_I64, shape, values);
  }
  // Uniform in [-1, 1).
  AttentionFile &Random(const std::string &name, const Shape &shape, std::mt19937 &random) {
    size_t count = 1;
    for (size_t side : shape) count *= side;
    std::vector<float> values(count);
    for (float &value : values) value = std::uniform_real_distribution<float>(-1.0f, 1.0f)(random);
    return Floats(name, shape, values);
  }

  std::string Write(const TemporaryFolder &folder, const std::string &name = "problem.safetensors") const {
    const std::string path = folder.File(name);
    sac_error_t error = {};
    auto *writer = sac_safetensors_begin(path.c_str(), &error);
    EXPECT_NE(writer, nullptr) << error.message;
    for (const auto &[key, t] : tensors_) {
      EXPECT_TRUE(sac_safetensors_add(writer, key.c_str(), t.dtype, (int)t.shape.size(), t.shape.data(),
                                      t.bytes.data(), &error))
          << error.message;
    }
    for (const auto &[key, value] : metadata_) {
      EXPECT_TRUE(sac_safetensors_add_metadata(writer, key.c_str(), value.c_str(), &error)) << error.message;
    }
    EXPECT_TRUE(sac_safetensors_commit(writer, &error)) << error.message;
    return path;
  }

 private:
  struct Tensor {
    sac_dtype_t dtype;
    Shape shape;
    std::string bytes;
  };

  template <typename T>
  AttentionFile &Add(const std::string &name, sac_dtype_t dtype, const Shape &shape, const std::vector<T> &values) {
    size_t count = 1;
    for (size_t side : shape) count *= side;
    EXPECT_EQ(count, values.size()) << name;
    tensors_[name] = {dtype, shape, std::string((const char *)values.data(), values.size() * sizeof(T))};
    return *this;
  }

  std::map<std::string, Tensor> tensors_;
  std::map<std::string, std::string> metadata_;
};

#endif
