// SPDX-License-Identifier: Apache-2.0
// Safetensors files: round trips, documented bytes, and every way in which a file can be wrong.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

extern "C" {
#include "safetensors.h"
}
#include "temporary.h"

namespace {

std::string File(const std::string &header, const std::string &data) {
  std::string out;
  for (int i = 0; i < 8; i++) out += (char)(header.size() >> (8 * i));
  return out + header + data;
}

class Safetensors : public testing::Test {
 protected:
  TemporaryFolder folder_;
  sac_error_t error_ = {};
};

TEST_F(Safetensors, GivesBackEveryTypeThatWasWritten) {
  const std::string path = folder_.File("a.safetensors");
  auto *writer = sac_safetensors_begin(path.c_str(), &error_);
  ASSERT_NE(writer, nullptr);
  const size_t shape[3] = {2, 1, 3};
  std::vector<std::string> bytes;
  for (int t = SAC_DTYPE_BOOL; t <= SAC_DTYPE_F64; t++) {
    const auto dtype = (sac_dtype_t)t;
    bytes.push_back(std::string(6 * sac_dtype_bytes(dtype), (char)(t + 1)));
    ASSERT_TRUE(sac_safetensors_add(writer, sac_dtype_name(dtype), dtype, 3, shape,
                                    bytes.back().data(), &error_));
  }
  const size_t none = 0;
  ASSERT_TRUE(sac_safetensors_add(writer, "empty", SAC_DTYPE_F32, 1, &none, nullptr, &error_));
  ASSERT_TRUE(sac_safetensors_add(writer, "scalar", SAC_DTYPE_U8, 0, nullptr, "x", &error_));
  ASSERT_TRUE(sac_safetensors_add_metadata(writer, "key", "a \"value\"\n", &error_));
  ASSERT_TRUE(sac_safetensors_commit(writer, &error_)) << error_.message;

  auto *file = sac_safetensors_open(path.c_str(), &error_);
  ASSERT_NE(file, nullptr) << error_.message;
  EXPECT_EQ(sac_safetensors_count(file), 13u);
  for (int t = SAC_DTYPE_BOOL; t <= SAC_DTYPE_F64; t++) {
    const auto *tensor = sac_safetensors_find(file, sac_dtype_name((sac_dtype_t)t));
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->dtype, t);
    ASSERT_EQ(tensor->rank, 3);
    EXPECT_EQ(tensor->shape[0], 2u);
    EXPECT_EQ(tensor->shape[2], 3u);
    EXPECT_EQ(tensor->count, 6u);
    EXPECT_EQ(std::string((const char *)tensor->data, tensor->bytes), bytes[(size_t)t]);
    EXPECT_EQ((uintptr_t)tensor->data % sac_dtype_bytes(tensor->dtype), 0u);
  }
  EXPECT_EQ(sac_safetensors_find(file, "scalar")->count, 1u);
  EXPECT_EQ(sac_safetensors_find(file, "empty")->bytes, 0u);
  EXPECT_STREQ(sac_safetensors_metadata(file, "key"), "a \"value\"\n");
  EXPECT_EQ(sac_safetensors_metadata(file, "other"), nullptr);
  EXPECT_EQ(sac_safetensors_find(file, "other"), nullptr);
  sac_safetensors_close(file);
}

TEST_F(Safetensors, EveryTypeBecomesFloat64) {
  const struct {
    sac_dtype_t dtype;
    std::string bytes;
    double value;
  } cases[] = {{SAC_DTYPE_BOOL, "\2", 1.0},
               {SAC_DTYPE_U8, "\xfe", 254.0},
               {SAC_DTYPE_I8, "\xfe", -2.0},
               {SAC_DTYPE_I16, std::string("\xfe\xff", 2), -2.0},
               {SAC_DTYPE_F16, std::string("\0\xc1", 2), -2.5},
               {SAC_DTYPE_BF16, std::string("\x20\xc0", 2), -2.5},
               {SAC_DTYPE_I32, std::string("\xfe\xff\xff\xff", 4), -2.0},
               {SAC_DTYPE_U32, std::string("\xfe\xff\xff\xff", 4), 4294967294.0},
               {SAC_DTYPE_F32, std::string("\0\0\x20\xc0", 4), -2.5},
               {SAC_DTYPE_I64, std::string("\xfe\xff\xff\xff\xff\xff\xff\xff", 8), -2.0},
               {SAC_DTYPE_F64, std::string("\0\0\0\0\0\0\x04\xc0", 8), -2.5}};
  for (const auto &c : cases) {
    sac_tensor_t tensor = {};
    tensor.dtype = c.dtype;
    tensor.count = 2;
    const std::string bytes = c.bytes + c.bytes;
    tensor.data = bytes.data();
    double values[2];
    sac_tensor_doubles(&tensor, values);
    EXPECT_EQ(values[0], c.value) << sac_dtype_name(c.dtype);
    EXPECT_EQ(values[1], c.value) << sac_dtype_name(c.dtype);
  }
}

TEST_F(Safetensors, TheWriterMakesTheDocumentedBytes) {
  const std::string path = folder_.File("a.safetensors");
  auto *writer = sac_safetensors_begin(path.c_str(), &error_);
  const size_t two = 2;
  ASSERT_TRUE(sac_safetensors_add(writer, "small", SAC_DTYPE_U8, 1, &two, "ab", &error_));
  ASSERT_TRUE(sac_safetensors_add(writer, "large", SAC_DTYPE_I16, 1, &two, "wxyz", &error_));
  ASSERT_TRUE(sac_safetensors_add_metadata(writer, "k", "v", &error_));
  ASSERT_TRUE(sac_safetensors_commit(writer, &error_));
  std::string header =
      "{\"__metadata__\":{\"k\":\"v\"},"
      "\"large\":{\"dtype\":\"I16\",\"shape\":[2],\"data_offsets\":[0,4]},"
      "\"small\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}";
  while (header.size() % 8 != 0) header += ' ';
  EXPECT_EQ(TemporaryFolder::Read(path), File(header, "wxyzab"));
  EXPECT_EQ(folder_.Files(), 1u);
}

TEST_F(Safetensors, AnAbandonedOrImpossibleWriteLeavesNothing) {
  const size_t one = 1;
  auto *writer = sac_safetensors_begin(folder_.File("a.safetensors").c_str(), &error_);
  ASSERT_TRUE(sac_safetensors_add(writer, "t", SAC_DTYPE_U8, 1, &one, "x", &error_));
  EXPECT_FALSE(sac_safetensors_add(writer, "t", SAC_DTYPE_U8, 1, &one, "x", &error_));
  EXPECT_NE(std::string(error_.message).find("its name is taken"), std::string::npos);
  sac_safetensors_abandon(writer);
  EXPECT_EQ(folder_.Files(), 0u);

  for (const std::string &path : {folder_.File("missing/a.safetensors"), folder_.File("")}) {
    writer = sac_safetensors_begin(path.c_str(), &error_);
    ASSERT_TRUE(sac_safetensors_add(writer, "t", SAC_DTYPE_U8, 1, &one, "x", &error_));
    EXPECT_FALSE(sac_safetensors_commit(writer, &error_));
    EXPECT_EQ(error_.code, SAC_ERR_FILE);
    EXPECT_NE(std::string(error_.message).find(path), std::string::npos) << error_.message;
  }
  EXPECT_EQ(folder_.Files(), 0u);
}

TEST_F(Safetensors, AMissingFileIsNamed) {
  EXPECT_EQ(sac_safetensors_open("/nonexistent/x.safetensors", &error_), nullptr);
  EXPECT_EQ(error_.code, SAC_ERR_FILE);
  EXPECT_STREQ(error_.message,
               "/nonexistent/x.safetensors: cannot be opened: No such file or directory");
  EXPECT_EQ(sac_safetensors_open(folder_.File("").c_str(), &error_), nullptr);
  EXPECT_EQ(sac_safetensors_open(folder_.File("").c_str(), nullptr), nullptr);
}

std::string Tensor(const std::string &name, const std::string &dtype, const std::string &shape,
                   const std::string &offsets) {
  return "\"" + name + "\":{\"dtype\":" + dtype + ",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

TEST_F(Safetensors, EveryDamageIsRefusedWithAMessageThatNamesFileAndTensor) {
  const std::string good = Tensor("a", "\"F32\"", "[2]", "[0,8]"), eight = "01234567";
  const struct {
    const char *what;
    std::string bytes, message;
  } cases[] = {
      {"nothing", "", "found 0 bytes"},
      {"no whole size", "1234567", "found 7 bytes"},
      {"oversized header", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f") + "{}",
       "found 9223372036854775807"},
      {"truncated header", File("{" + good + "}", eight).substr(0, 40), "truncated"},
      {"text", "# Trained TensoRF scenes", "no safetensors file"},
      {"truncated data", File("{" + good + "}", "0123"),
       "tensor \"a\": data_offsets [0, 8] leave the file, which has 4 bytes"},
      {"no JSON", File("{\"a\":", eight), "header: line 1"},
      {"a list", File("[]", ""), "expected a JSON object"},
      {"rest after JSON", File("{} x", ""), "header: line 1"},
      {"a name twice", File("{" + good + "," + good + "}", eight), "duplicate object key"},
      {"unknown dtype", File("{" + Tensor("a", "\"F8\"", "[8]", "[0,8]") + "}", eight),
       "tensor \"a\": expected dtype BOOL"},
      {"no dtype", File("{\"a\":{\"shape\":[8],\"data_offsets\":[0,8]}}", eight), "found no string"},
      {"no shape", File("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,8]}}", eight),
       "expected \"shape\" to be a list"},
      {"negative side", File("{" + Tensor("a", "\"U8\"", "[-8]", "[0,8]") + "}", eight), "shape[0]"},
      {"real side", File("{" + Tensor("a", "\"U8\"", "[8.0]", "[0,8]") + "}", eight), "shape[0]"},
      {"nine axes",
       File("{" + Tensor("a", "\"U8\"", "[1,1,1,1,1,1,1,1,8]", "[0,8]") + "}", eight),
       "at most 8 axes, found 9"},
      {"overflowing shape",
       File("{" + Tensor("a", "\"F64\"", "[4294967296,4294967296]", "[0,8]") + "}", eight),
       "more elements than fit"},
      {"overflowing bytes",
       File("{" + Tensor("a", "\"F64\"", "[4611686018427387904]", "[0,8]") + "}", eight),
       "more elements than fit"},
      {"wrong size", File("{" + Tensor("a", "\"F32\"", "[3]", "[0,8]") + "}", eight),
       "tensor \"a\": expected 12 bytes for its shape and dtype F32, found data_offsets of 8"},
      {"offsets backwards", File("{" + Tensor("a", "\"F32\"", "[2]", "[8,0]") + "}", eight),
       "expected \"data_offsets\" to be [begin, end]"},
      {"one offset", File("{" + Tensor("a", "\"F32\"", "[2]", "[0]") + "}", eight),
       "expected \"data_offsets\""},
      {"unknown key",
       File("{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8],\"x\":1}}", eight),
       "tensor \"a\": unknown key \"x\""},
      {"no object", File("{\"a\":1}", eight), "tensor \"a\": expected an object"},
      {"overlap",
       File("{" + good + "," + Tensor("b", "\"F32\"", "[1]", "[4,8]") + "}", eight),
       "tensors \"a\" and \"b\" overlap"},
      {"hole",
       File("{" + Tensor("a", "\"U8\"", "[2]", "[0,2]") + "," +
                Tensor("b", "\"U8\"", "[4]", "[4,8]") + "}",
            eight),
       "2 bytes before tensor \"b\" belong to no tensor"},
      {"rest", File("{" + good + "}", eight + "89"),
       "2 bytes after the last tensor belong to no tensor"},
      {"number in metadata", File("{\"__metadata__\":{\"k\":1}," + good + "}", eight),
       "expected \"k\" to be a string"},
      {"metadata as list", File("{\"__metadata__\":[]," + good + "}", eight), "\"__metadata__\""},
  };
  for (const auto &damage : cases) {
    const std::string path = folder_.Write("x.safetensors", damage.bytes);
    sac_safetensors_t *file = sac_safetensors_open(path.c_str(), &error_);
    EXPECT_EQ(file, nullptr) << damage.what;
    sac_safetensors_close(file);
    EXPECT_EQ(error_.code, SAC_ERR_FORMAT) << damage.what;
    EXPECT_EQ(std::string(error_.message).find(path), 0u) << damage.what;
    EXPECT_NE(std::string(error_.message).find(damage.message), std::string::npos)
        << damage.what << ": " << error_.message;
  }
}

TEST_F(Safetensors, NoCutOfAGoodFileIsAccepted) {
  const std::string good = File("{" + Tensor("a", "\"F32\"", "[2]", "[0,8]") + "}  ", "01234567");
  for (size_t size = 0; size < good.size(); size++) {
    const std::string path = folder_.Write("x.safetensors", good.substr(0, size));
    EXPECT_EQ(sac_safetensors_open(path.c_str(), &error_), nullptr) << size;
  }
  auto *file = sac_safetensors_open(folder_.Write("x", good).c_str(), &error_);
  EXPECT_NE(file, nullptr) << error_.message;
  sac_safetensors_close(file);
}

TEST_F(Safetensors, AWrongShapeNamesExpectedAndFound) {
  const std::string path =
      folder_.Write("x", File("{" + Tensor("a", "\"F32\"", "[2]", "[0,8]") + "}", "01234567"));
  auto *file = sac_safetensors_open(path.c_str(), &error_);
  ASSERT_NE(file, nullptr);
  const size_t shape[2] = {1, 2};
  EXPECT_EQ(sac_safetensors_require(file, "a", 2, shape, &error_), nullptr);
  EXPECT_EQ(error_.message, path + ": tensor \"a\": expected shape (1, 2), found (2)");
  EXPECT_EQ(sac_safetensors_require(file, "b", 2, shape, &error_), nullptr);
  EXPECT_EQ(error_.message, path + ": tensor \"b\" of shape (1, 2): missing");
  const size_t two = 2;
  const auto *tensor = sac_safetensors_require(file, "a", 1, &two, &error_);
  ASSERT_NE(tensor, nullptr);
  EXPECT_FALSE(sac_tensor_require_dtype(tensor, SAC_DTYPE_U8, &error_));
  EXPECT_EQ(error_.message, path + ": tensor \"a\": expected dtype U8, found F32");
  EXPECT_TRUE(sac_tensor_require_dtype(tensor, SAC_DTYPE_F32, &error_));
  sac_safetensors_close(file);
}

TEST_F(Safetensors, HalvesBecomeTheFloatsOfTheirDefinition) {
  for (uint32_t half = 0; half < 65536; half++) {
    const int exponent = (int)(half >> 10 & 31), fraction = (int)(half & 1023);
    const double sign = half >> 15 ? -1.0 : 1.0;
    const float got = sac_half_to_float((uint16_t)half);
    if (exponent == 31) {
      EXPECT_TRUE(fraction == 0 ? std::isinf(got) : std::isnan(got)) << half;
      continue;
    }
    const double expected = exponent == 0 ? sign * fraction * std::pow(2.0, -24)
                                          : sign * (1024 + fraction) * std::pow(2.0, exponent - 25);
    ASSERT_EQ((double)got, expected) << half;
    ASSERT_EQ(std::signbit(got), half >> 15 != 0) << half;
  }
}

TEST_F(Safetensors, NotANumberAndInfinityAreRefusedWithTheirIndex) {
  float value[3] = {1.0f, 2.0f, 3.0f}, out[3];
  sac_tensor_t tensor = {"f", "t", SAC_DTYPE_F32, 1, {3}, 3, sizeof value, value};
  EXPECT_TRUE(sac_tensor_floats(&tensor, out, &error_));
  EXPECT_EQ(memcmp(value, out, sizeof out), 0);
  value[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(sac_tensor_floats(&tensor, out, &error_));
  EXPECT_STREQ(error_.message, "f: tensor \"t\", element 2: expected a finite number, found NaN");
  const uint16_t half[2] = {0xfc00, 0};
  tensor = {"f", "t", SAC_DTYPE_F16, 1, {2}, 2, sizeof half, half};
  EXPECT_FALSE(sac_tensor_floats(&tensor, out, &error_));
  EXPECT_STREQ(error_.message,
               "f: tensor \"t\", element 0: expected a finite number, found infinity");
  tensor.dtype = SAC_DTYPE_I16;
  EXPECT_FALSE(sac_tensor_floats(&tensor, out, &error_));
  EXPECT_STREQ(error_.message, "f: tensor \"t\": expected dtype F16 or F32, found I16");
}

}  // namespace
