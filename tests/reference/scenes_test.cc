// SPDX-License-Identifier: Apache-2.0
// Scalar reference and model on trained scenes: the same bytes and the same work, from outside and from within.
#include "witness.h"

#include "tests/support/eye.h"
#include "tests/support/recode.h"
#include "tests/support/test_scenes.h"

extern "C" {
#include "sw/scene/pack.h"
}

namespace {

class Scenes : public testing::TestWithParam<const char *> {};

TEST_P(Scenes, AgreeInBytesAndWorkForEveryCubeSideAndTile) {
  const TestScene scene = TestScene::Named(GetParam());
  SKIP_WITHOUT_SCENE(scene);
  sac_error_t error = {};
  sac_field_t field;
  sac_image_t image;
  const sac_pack_options_t options = sac_pack_defaults();
  ASSERT_TRUE(sac_field_load(&field, scene.field.c_str(), &error)) << error.message;
  ASSERT_TRUE(sac_image_pack(&field, &options, &image, &error)) << error.message;
  sac_field_free(&field);
  sac_views_t *views = sac_views_open(scene.views.c_str(), &error);
  ASSERT_NE(views, nullptr) << error.message;
  WitnessJob job;
  job.image = &image;
  ASSERT_TRUE(sac_views_camera(views, 1, 60, 60, &job.camera, &error)) << error.message;
  sac_views_close(views);
  const int middle[4] = {17, 25, 26, 17};
  std::copy_n(middle, 4, job.crop);
  {
    SCOPED_TRACE("a view of the scene");
    const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
    EXPECT_GT(truth.counters[SAC_COUNTER_COMPOSITE_ENTRIES], 300u) << "the scene must show something";
    const struct { int side, tile; } pairs[] = {{1, 64}, {2, 8}, {2, 16}, {4, 8}, {4, 16}, {4, 64}, {8, 16}};
    for (const auto &pair : pairs) {
      job.side = pair.side;
      job.tile = pair.tile;
      ExpectWitnessesAgree(job, &truth);
    }
  }
  {
    SCOPED_TRACE("encodings");
    const WitnessPicture truth = ModelPicture(job);
    for (int e = 0; e < SAC_ENCODINGS; e++) {
      const Recoded other(image, (sac_encoding_t)e);
      job.image = &other.image;
      const WitnessPicture picture = ModelPicture(job);
      EXPECT_TRUE(picture == truth) << sac_encoding_name((sac_encoding_t)e) << ": " << FirstDifference(job, picture, truth);
      for (int m = 0; m < 4 && e == SAC_ENCODING_HYBRID; m++) EXPECT_GT(other.modes[m], 0u) << "mode " << m;
    }
    job.image = &image;
  }
  SCOPED_TRACE("an eye inside the box");
  Place eye, at;
  for (int a = 0; a < 3; a++) {
    eye[a] = 0.55 * image.aabb[0][a] + 0.45 * image.aabb[1][a];
    at[a] = image.aabb[a == 1][a];
  }
  job.camera = LookAt(eye, at, 60, 60, 0.7);
  job.termination = 0;
  const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
  job.side = 4;
  job.tile = 8;
  ExpectWitnessesAgree(job, &truth);
  sac_image_free(&image);
}

INSTANTIATE_TEST_SUITE_P(Trained, Scenes, testing::Values("armillary", "lego", "chair"),
                         [](const auto &info) { return std::string(info.param); });

}  // namespace
