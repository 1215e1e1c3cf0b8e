// SPDX-License-Identifier: Apache-2.0
// Packing and machine numbers against the float mathematics, on trained scenes: what the default packing with the
// default thresholds costs in picture quality, and what it saves in bytes.
#include <gtest/gtest.h>

#include "tests/golden/render.h"
#include "tests/support/test_scenes.h"

namespace {

constexpr double kLeastDb = 45.0;   // model against golden
constexpr double kLossDb = 0.1;     // against the true picture

struct Scene {
  explicit Scene(const std::string &path) {
    sac_error_t error = {};
    EXPECT_TRUE(sac_field_load(&field, path.c_str(), &error)) << error.message;
  }
  ~Scene() { sac_field_free(&field); }
  sac_field_t field = {};
};

struct Image {
  Image(const Scene &scene, const sac_pack_options_t &options) {
    sac_error_t error = {};
    EXPECT_TRUE(sac_image_pack(&scene.field, &options, &image, &error)) << error.message;
  }
  ~Image() { sac_image_free(&image); }
  sac_image_t image = {};
};

sac_camera_t Camera(const TestScene &scene, int view, int size, std::string *truth = nullptr) {
  sac_error_t error = {};
  sac_camera_t camera = {};
  sac_views_t *views = sac_views_open(scene.views.c_str(), &error);
  EXPECT_NE(views, nullptr) << error.message;
  EXPECT_TRUE(sac_views_camera(views, view, size, size, &camera, &error)) << error.message;
  if (truth) *truth = sac_views_image(views, view);
  sac_views_close(views);
  return camera;
}

sac_picture_t Truth(const std::string &path) {
  sac_error_t error = {};
  sac_picture_t truth = {};
  EXPECT_TRUE(sac_picture_read(&truth, path.c_str(), &error)) << error.message;
  sac_picture_on(&truth, 255);
  return truth;
}

double Db(const sac_picture_t &a, const sac_picture_t &b) {
  sac_error_t error = {};
  sac_difference_t difference = {};
  EXPECT_TRUE(sac_picture_compare(&a, &b, &difference, &error)) << error.message;
  return difference.psnr_db;
}

double Db(const sac_picture_t &a, const std::vector<double> &b) {
  sac_difference_t difference = {};
  sac_picture_compare_real(&a, b.data(), &difference);
  return difference.psnr_db;
}

class Quality : public testing::TestWithParam<const char *> {};

TEST_P(Quality, DefaultPackingIsWithin45DbOfGoldenAndATenthOfADbOfItAgainstTheTruth) {
  const TestScene scene = TestScene::Named(GetParam());
  SKIP_WITHOUT_SCENE(scene);
  const Scene whole(scene.field);
  const Image packed(whole, sac_pack_defaults());
  double loss = 0;
  const int views[] = {0, 1};
  for (int view : views) {
    std::string path;
    Camera(scene, view, 400, &path);
    sac_picture_t truth = Truth(path);
    const sac_camera_t camera = Camera(scene, view, truth.width);
    sac_picture_t picture = ModelRender(packed.image, camera);
    const std::vector<double> golden = GoldenRender(whole.field, camera);
    const double against_golden = Db(picture, golden), ours = Db(picture, truth), theirs = Db(truth, golden);
    printf("%s view %d, %d x %d: golden %.2f dB; against the truth %.2f dB, golden %.2f dB\n", GetParam(), view,
           truth.width, truth.height, against_golden, ours, theirs);
    EXPECT_GE(against_golden, kLeastDb);
    loss += theirs - ours;
    sac_picture_free(&picture);
    sac_picture_free(&truth);
  }
  EXPECT_LE(loss / std::size(views), kLossDb);
  const sac_camera_t camera = Camera(scene, 2, 400);
  sac_picture_t picture = ModelRender(packed.image, camera);
  if (Camera(scene, 2, 0).width != 400) EXPECT_GE(Db(picture, GoldenRender(whole.field, camera)), kLeastDb);
  sac_picture_free(&picture);
}

INSTANTIATE_TEST_SUITE_P(Trained, Quality, testing::Values("armillary", "lego", "chair"),
                         [](const auto &info) { return std::string(info.param); });

class Storage : public testing::TestWithParam<const char *> {};

// Hybrid against the better single format, and against a byte for every value.
void ExpectSmall(const sac_image_t &image, double of_single, double of_dense8) {
  sac_error_t error = {};
  sac_factor_sizes_t sizes[6];
  ASSERT_TRUE(sac_image_sizes(&image, sizes, &error)) << error.message;
  size_t hybrid = 0, bitmap = 0, coordinate = 0, dense = 0, dense8 = 0, modes[4] = {};
  for (const auto &s : sizes) {
    EXPECT_LE(s.hybrid, std::min({s.bitmap, s.coordinate, s.dense, s.bitmap_flag})) << s.name;
    hybrid += s.hybrid;
    bitmap += s.bitmap;
    coordinate += s.coordinate;
    dense += s.dense;
    dense8 += s.dense8;
    for (int m = 0; m < 4; m++) modes[m] += s.modes[m];
  }
  EXPECT_EQ(hybrid, image.block_bytes);
  EXPECT_LE((double)hybrid / std::min({bitmap, coordinate, dense}), of_single);
  EXPECT_LE((double)hybrid / dense8, of_dense8);
  for (int m = 0; m < 4; m++) EXPECT_GT(modes[m], 0u) << "mode " << m;
}

TEST_P(Storage, HybridKeepsItsGoalsAtATenthOfADbLessThanUnprunedSixteenBits) {
  const TestScene scene = TestScene::Named(GetParam());
  SKIP_WITHOUT_SCENE(scene);
  sac_pack_options_t fine = sac_pack_defaults();
  fine.prune = 0;
  fine.bits = 16;
  for (bool pruned : {false, true}) {
    SCOPED_TRACE(pruned ? "pruned" : "scene");
    const Scene whole(pruned ? scene.pruned : scene.field);
    const Image packed(whole, sac_pack_defaults()), exact(whole, fine);
    ExpectSmall(packed.image, pruned ? 0.90 : 0.93, pruned ? 0.37 : 0.49);
    double loss = 0;
    for (int view : {0, 3}) {
      std::string path;
      Camera(scene, view, 400, &path);
      sac_picture_t truth = Truth(path);
      const sac_camera_t camera = Camera(scene, view, truth.width);
      sac_picture_t a = ModelRender(packed.image, camera), b = ModelRender(exact.image, camera);
      loss += (Db(b, truth) - Db(a, truth)) / 2;
      sac_picture_free(&a);
      sac_picture_free(&b);
      sac_picture_free(&truth);
    }
    printf("%s, %s: loss of default packing %.3f dB\n", GetParam(), pruned ? "pruned" : "scene", loss);
    EXPECT_LE(loss, kLossDb);
  }
}

INSTANTIATE_TEST_SUITE_P(Trained, Storage, testing::Values("lego", "chair"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
