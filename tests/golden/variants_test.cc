// SPDX-License-Identifier: Apache-2.0
// Scenes unlike those at hand: other grids and cells, fewer components, no mask or one on another grid, other sampling,
// other limits, black background. Packed with the defaults and rendered by the model, each stays close to golden.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/golden/render.h"
#include "tests/support/eye.h"
#include "variant_field.h"

namespace {

struct Variant {
  const char *name;
  double least_db;
  void (*change)(VariantField &scene);
  Place eye = {-1.9, -2.2, 1.9};
};

const double kZero[3] = {0, 0, 0}, kOne[3] = {1, 1, 1};

void Scale(sac_field_t &field, double factor) {
  for (int a = 0; a < 3; a++) for (int end = 0; end < 2; end++) {
    field.aabb[end][a] *= factor;
    field.mask_aabb[end][a] *= factor;
  }
  field.near *= factor;
  field.far *= factor;
  field.step *= factor;
  field.distance_scale /= factor;
}

const Variant kVariants[] = {
    {"half the grid", 45, [](VariantField &) {}},
    {"no mask", 45, [](VariantField &s) { s.field.mask = nullptr; }},
    {"mask of another grid", 45, [](VariantField &s) {
       const int grid[3] = {37, 51, 29};
       s.Mask(grid, 0.0);
     }},
    {"mask of another box", 45, [](VariantField &s) {
       const int grid[3] = {40, 60, 60};
       s.Mask(grid, 0.1);
     }},
    {"mask of one cell", 45, [](VariantField &s) {
       const int grid[3] = {2, 2, 2};
       s.Mask(grid, 0.0);
     }},
    {"cropped box", 45, [](VariantField &s) {
       // Whether a sample on the very face of the box counts is a matter of the last bit: the mask keeps off the faces.
       const int grid[3] = {31, 40, 33};
       const double low[3] = {0.2, 0.1, 0.3}, high[3] = {0.8, 0.7, 0.9};
       s.Resample(grid, low, high, 0.5);
       s.MaskInside(2);
     }},
    {"long cells", 45, [](VariantField &s) {
       const int grid[3] = {90, 41, 23};
       s.Resample(grid, kZero, kOne, 0.5);
     }},
    {"fewer components", 45, [](VariantField &s) {
       s.Components(0, 16, 24);
       s.Components(1, 8, 12);
       s.Components(2, 12, 48);
     }},
    {"short steps", 45, [](VariantField &s) { sac_field_sampling(s.field.grid, s.field.aabb, 0.25, &s.field.step, &s.field.samples); }},
    {"long steps", 45, [](VariantField &s) { sac_field_sampling(s.field.grid, s.field.aabb, 1.0, &s.field.step, &s.field.samples); }},
    {"black background", 45, [](VariantField &s) { s.field.white_background = false; }},
    {"near inside the box", 45, [](VariantField &s) { s.field.near = 3.4; }},
    {"near and far out of the way", 45, [](VariantField &s) {
       s.field.near = 0.01;
       s.field.far = 100;
     }},
    {"far inside the box", 45, [](VariantField &s) {
       s.field.near = 0.5;
       s.field.far = 2.5;
     }},
    {"large units", 45, [](VariantField &s) { Scale(s.field, 30); }, {-57, -66, 57}},
    {"small units", 45, [](VariantField &s) { Scale(s.field, 0.02); }, {-0.038, -0.044, 0.038}},
    {"eye inside", 45, [](VariantField &s) { s.field.near = 0.05; }, {-0.5, -0.45, 0.55}},
    {"thin density", 45, [](VariantField &s) { s.field.distance_scale = 2; }},
    {"thick density", 45, [](VariantField &s) { s.field.distance_scale = 250; }},
    {"density shift of minus four", 45, [](VariantField &s) {
       s.AddDensity(-6);
       s.field.density_shift = -4;
     }},
    {"on an axis", 45, [](VariantField &) {}, {0, -3.2, 0}},
};

class Variants : public testing::TestWithParam<Variant> {};

TEST_P(Variants, StayCloseToGolden) {
  VariantField scene("scenes/armillary.safetensors");
  scene.Shrink(2);
  GetParam().change(scene);
  sac_error_t error = {};
  sac_image_t image;
  const sac_pack_options_t options = sac_pack_defaults();
  ASSERT_TRUE(sac_image_pack(&scene.field, &options, &image, &error)) << error.message;
  const sac_camera_t camera = LookAt(GetParam().eye, {0, 0, 0}, 71, 63, 1.2);
  sac_picture_t picture = ModelRender(image, camera);
  const std::vector<double> golden = GoldenRender(scene.field, camera);
  sac_difference_t difference;
  sac_picture_compare_real(&picture, golden.data(), &difference);
  double mean = 0, square = 0;
  for (double v : golden) {
    mean += v / golden.size();
    square += v * v / golden.size();
  }
  printf("%s: %.2f dB (contrast %.2f), largest difference %.3f\n", GetParam().name, difference.psnr_db,
         std::sqrt(square - mean * mean), difference.largest);
  EXPECT_GE(difference.psnr_db, GetParam().least_db);
  sac_picture_free(&picture);
  sac_image_free(&image);
}

INSTANTIATE_TEST_SUITE_P(Armillary, Variants, testing::ValuesIn(kVariants), [](const auto &info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
});

}  // namespace
