// SPDX-License-Identifier: Apache-2.0
// Packing: integers against the float scene that they stand for.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "random_field.h"
#include "sw/driver/tables.h"
#include "sw/scene/pack.h"
#include "sw/scene/quantise.h"

namespace {

constexpr uint32_t kSeed = 7;

sac_image_t Pack(const sac_field_t &field, double prune, int bits,
                 sac_encoding_t encoding = SAC_ENCODING_HYBRID) {
  sac_pack_options_t options = sac_pack_defaults();
  options.prune = prune;
  options.bits = bits;
  options.encoding = encoding;
  sac_image_t image;
  sac_error_t error;
  EXPECT_TRUE(sac_image_pack(&field, &options, &image, &error)) << error.message;
  return image;
}

std::vector<int16_t> Plane(const sac_image_t &image, bool appearance, int p) {
  int u, v, w;
  sac_plane_axes(p, &u, &v, &w);
  std::vector<int16_t> plane((size_t)image.grid[u] * image.grid[v] * (appearance ? 48 : 16));
  sac_error_t error;
  EXPECT_TRUE(sac_image_decode_plane(&image, appearance, p, plane.data(), &error))
      << error.message;
  return plane;
}

// f of every vertex by section 1 of docs/architecture.md, in units of 2^-fraction.
std::vector<int> Densities(const sac_image_t &image) {
  std::vector<int16_t> plane[3];
  for (int p = 0; p < 3; p++) plane[p] = Plane(image, false, p);
  std::vector<int> out;
  int at[3];
  for (at[2] = 0; at[2] < image.grid[2]; at[2]++) {
    for (at[1] = 0; at[1] < image.grid[1]; at[1]++) {
      for (at[0] = 0; at[0] < image.grid[0]; at[0]++) {
        int64_t sum = 0;
        for (int p = 0; p < 3; p++) {
          int u, v, w;
          sac_plane_axes(p, &u, &v, &w);
          const int row = sac_plane_row_base(image.grid, p) + at[w];
          for (int c = 0; c < 16; c++) {
            sum += (int64_t)plane[p][((size_t)at[v] * image.grid[u] + at[u]) * 16 + c] *
                   image.density_line[row * 16 + c];
          }
        }
        out.push_back((int)sac_quantise_saturate(
            sac_quantise_round_even(sum, image.density_shift), 16));
      }
    }
  }
  return out;
}

size_t Vertex(const sac_image_t &image, int x, int y, int z) {
  return x + (size_t)image.grid[0] * (y + (size_t)image.grid[1] * z);
}

template <typename Function>
void ForEachCell(const sac_image_t &image, Function function) {
  for (int z = 0; z < image.grid[2] - 1; z++) {
    for (int y = 0; y < image.grid[1] - 1; y++) {
      for (int x = 0; x < image.grid[0] - 1; x++) function(x, y, z);
    }
  }
}

TEST(Pack, SixteenBitDensityIsWithinThreeUnitsOfTheFloatsAtCornersOfActiveCells) {
  RandomField scene(kSeed);
  sac_image_t image = Pack(scene.field, 0.0, 16);
  const auto density = Densities(image);
  int active = 0;
  ForEachCell(image, [&](int x, int y, int z) {
    if (!sac_image_cell(&image, x, y, z)) return;
    active++;
    for (int c = 0; c < 8; c++) {
      const int i = x + (c & 1), j = y + (c >> 1 & 1), k = z + (c >> 2);
      ASSERT_NEAR(density[Vertex(image, i, j, k)],
                  std::ldexp(scene.Density(i, j, k), image.fraction), 3.0);
    }
  });
  EXPECT_GT(active, 50);
  sac_image_free(&image);
}

TEST(Pack, ACellIsActiveIffItsLargestCornerIsAboveTheThresholdAndTheMaskReachesIt) {
  RandomField scene(kSeed);
  scene.MaskBelow(5);
  sac_image_t image = Pack(scene.field, 0.0, 8);
  const auto density = Densities(image);
  int active = 0, masked = 0;
  ForEachCell(image, [&](int x, int y, int z) {
    double largest = -1e9, truth = -1e9;
    for (int c = 0; c < 8; c++) {
      const int i = x + (c & 1), j = y + (c >> 1 & 1), k = z + (c >> 2);
      largest = std::max<double>(largest, density[Vertex(image, i, j, k)]);
      truth = std::max(truth, scene.Density(i, j, k));
    }
    const double alpha =
        1.0 - std::exp(-image.distance * std::log1p(std::exp(std::ldexp(largest, -image.fraction) +
                                                             image.density_bias)));
    const bool is_active = sac_image_cell(&image, x, y, z);
    active += is_active;
    if (x + 1 < 5) {
      EXPECT_FALSE(is_active);
      masked++;
    } else if (is_active) {
      EXPECT_GT(alpha, 0.99e-2);
    } else if (std::ldexp(largest, -image.fraction) > truth - 0.2) {
      EXPECT_LT(alpha, 1.01e-2);  // elsewhere its planes are dropped: nobody reads them
    }
  });
  EXPECT_GT(active, 20);
  EXPECT_GT(masked, 0);
  sac_image_free(&image);
}

TEST(Pack, EveryEncodingHoldsTheSameValuesAndHybridIsTheSmallest) {
  RandomField scene(kSeed);
  sac_image_t hybrid = Pack(scene.field, 0.3, 6);
  for (auto encoding : {SAC_ENCODING_BITMAP, SAC_ENCODING_COORDINATE, SAC_ENCODING_DENSE}) {
    sac_image_t other = Pack(scene.field, 0.3, 6, encoding);
    for (int p = 0; p < 3; p++) {
      for (bool appearance : {false, true}) {
        EXPECT_EQ(Plane(hybrid, appearance, p), Plane(other, appearance, p));
      }
    }
    EXPECT_LE(hybrid.block_bytes, other.block_bytes) << sac_encoding_name(encoding);
    sac_factor_sizes_t sizes[6];
    sac_error_t error;
    ASSERT_TRUE(sac_image_sizes(&hybrid, sizes, &error));
    size_t bytes = 0;
    for (const auto &s : sizes) {
      const size_t single = encoding == SAC_ENCODING_BITMAP       ? s.bitmap
                            : encoding == SAC_ENCODING_COORDINATE ? s.coordinate
                                                                  : s.dense;
      EXPECT_LE(s.hybrid, single) << s.name << " as " << sac_encoding_name(encoding);
      bytes += single;
    }
    EXPECT_EQ(bytes, other.block_bytes) << sac_encoding_name(encoding);
    sac_image_free(&other);
  }
  sac_image_free(&hybrid);
}

TEST(Pack, PruningMoreLeavesFewerValues) {
  RandomField scene(kSeed);
  size_t previous = SIZE_MAX;
  for (double prune : {0.0, 0.05, 0.2, 1.0}) {
    sac_image_t image = Pack(scene.field, prune, 8);
    sac_factor_sizes_t sizes[6];
    sac_error_t error;
    ASSERT_TRUE(sac_image_sizes(&image, sizes, &error));
    size_t nonzero = 0;
    for (const auto &s : sizes) nonzero += s.nonzero;
    EXPECT_LT(nonzero, previous);
    previous = nonzero;
    sac_image_free(&image);
  }
}

TEST(Pack, AnImageIsTheSameAfterSavingAndLoading) {
  RandomField scene(kSeed);
  sac_image_t image = Pack(scene.field, 0.1, 5), back;
  const std::string path = testing::TempDir() + "pack_test_image.safetensors";
  sac_error_t error;
  ASSERT_TRUE(sac_image_save(&image, path.c_str(), &error)) << error.message;
  EXPECT_TRUE(sac_image_recognise(path.c_str()));
  ASSERT_TRUE(sac_image_load(&back, path.c_str(), &error)) << error.message;
  EXPECT_EQ(back.blocks, image.blocks);
  EXPECT_EQ(back.appearance_block, image.appearance_block);
  ASSERT_EQ(back.block_bytes, image.block_bytes);
  EXPECT_EQ(std::memcmp(back.block_data, image.block_data, image.block_bytes), 0);
  EXPECT_EQ(std::memcmp(back.directory, image.directory, 4 * (image.blocks + 1)), 0);
  EXPECT_EQ(std::memcmp(back.cells, image.cells, sac_image_cell_bytes(&image)), 0);
  EXPECT_EQ(std::memcmp(back.layer1, image.layer1, sizeof image.layer1), 0);
  EXPECT_EQ(back.layer2_quant[77].bias, image.layer2_quant[77].bias);
  EXPECT_EQ(back.layer2_quant[77].multiplier, image.layer2_quant[77].multiplier);
  EXPECT_EQ(back.basis_quant[26].shift, image.basis_quant[26].shift);
  EXPECT_EQ(back.step, image.step);
  EXPECT_EQ(back.distance, image.distance);
  EXPECT_EQ(back.value_bits, 5);
  EXPECT_TRUE(back.white);
  sac_image_free(&back);
  sac_image_free(&image);
  std::remove(path.c_str());
}

TEST(Pack, AnImageOfAnotherVersionIsRefusedNamingBoth) {
  RandomField scene(kSeed);
  sac_image_t image = Pack(scene.field, 0.0, 8), back;
  const std::string path = testing::TempDir() + "pack_test_version.safetensors";
  sac_error_t error;
  ASSERT_TRUE(sac_image_save(&image, path.c_str(), &error)) << error.message;
  sac_image_free(&image);
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  const size_t at = bytes.find("\"version\"");
  ASSERT_NE(at, std::string::npos);
  const size_t digit = bytes.find('1', at);
  bytes[digit] = '7';
  std::ofstream(path, std::ios::binary) << bytes;
  ASSERT_FALSE(sac_image_load(&back, path.c_str(), &error));
  EXPECT_EQ(error.code, SAC_ERR_UNSUPPORTED);
  EXPECT_NE(std::string(error.message).find("expected 1, found 7"), std::string::npos)
      << error.message;
  std::remove(path.c_str());
}

TEST(Pack, OptionsOutsideTheirRangeAreRefused) {
  RandomField scene(kSeed);
  sac_image_t image;
  sac_error_t error;
  sac_pack_options_t options = sac_pack_defaults();
  options.bits = 9;
  EXPECT_FALSE(sac_image_pack(&scene.field, &options, &image, &error));
  EXPECT_NE(std::string(error.message).find("found 9"), std::string::npos);
  options = sac_pack_defaults();
  options.occupancy = 1.0;
  EXPECT_FALSE(sac_image_pack(&scene.field, &options, &image, &error));
  options = sac_pack_defaults();
  options.prune = -1.0;
  EXPECT_FALSE(sac_image_pack(&scene.field, &options, &image, &error));
}

}  // namespace
