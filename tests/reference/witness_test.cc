// SPDX-License-Identifier: Apache-2.0
// Scalar reference and model on small random scenes: every cube side and tile, eyes everywhere, with and without
// termination and carry. All leave the bytes of ray order, and count the same work.
#include "witness.h"

#include "integer_scene.h"
#include "tests/scene/random_field.h"
#include "tests/support/eye.h"
#include "tests/support/recode.h"

extern "C" {
#include "sw/scene/pack.h"
}

namespace {

struct Eye {
  const char *name;
  Place eye, at;
  double focal;
  bool background;  // nothing but background is expected
};

// Boxes of the scenes here lie within about -1.2 .. 1.2.
const Eye kEyes[] = {{"outside", {1.3, -2.1, 1.6}, {0.1, 0, 0.05}, 1.3, false},
                     {"on an axis", {0, 0, 2.6}, {0, 0, 0}, 1.0, false},
                     {"inside", {0.31, 0.22, -0.13}, {-0.5, -0.6, 0.2}, 0.6, false},
                     {"far away", {40, 30, 20}, {0, 0, 0}, 1.0, true},
                     {"looking away", {2.0, 1.0, 1.5}, {5.0, 2.0, 3.5}, 1.0, true}};

const struct { int termination, carry; } kThresholds[] = {{66, 1311}, {0, 0}, {0, 1311}, {9000, 1}, {66, 65535}};

void ExpectBackground(const WitnessJob &job, const WitnessPicture &picture) {
  EXPECT_EQ(picture.counters[SAC_COUNTER_SAMPLE_SAMPLES], 0u);
  for (size_t i = 0; i < picture.rgba.size(); i++) {
    ASSERT_EQ(picture.rgba[i], i % 4 == 3 ? 0 : job.background[i % 4]);
  }
}

void CheckEverywhere(const sac_image_t &image) {
  enum { kWidth = 18, kHeight = 10 };
  for (const Eye &eye : kEyes) {
    SCOPED_TRACE(eye.name);
    WitnessJob job;
    job.image = &image;
    job.camera = LookAt(eye.eye, eye.at, kWidth + 9, kHeight + 7, eye.focal);
    const int crop[4] = {3, 5, kWidth, kHeight};
    std::copy_n(crop, 4, job.crop);
    for (const auto &threshold : kThresholds) {
      job.termination = threshold.termination;
      job.carry = threshold.carry;
      job.side = 4;
      const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
      if (eye.background) {
        ExpectBackground(job, truth);
      } else if (threshold.carry < 2000) {
        EXPECT_GT(truth.counters[SAC_COUNTER_COMPOSITE_ENTRIES], 50u) << "the scene must show something";
      }
      int turn = 0;
      for (int side : {1, 2, 4, 8}) for (int tile : {8, 16, 64}) {
        // Every pair where the thresholds are the usual ones; elsewhere two, which differ from case to case.
        if (&threshold != kThresholds && (turn++ - (&threshold - kThresholds) - (&eye - kEyes)) % 6) continue;
        job.side = side;
        job.tile = tile;
        ExpectWitnessesAgree(job, &truth);
      }
      if (testing::Test::HasFailure() || eye.background) break;
    }
  }
}

TEST(Witness, PackedRandomFieldsAgreeInBytesAndWorkFromEveryEye) {
  for (uint32_t seed : {1u, 2u}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomField scene(seed, seed == 1 ? 13 : 18, 10, seed == 1 ? 11 : 9);
    if (seed == 2) scene.MaskBelow(6);
    sac_image_t image;
    sac_error_t error = {};
    sac_pack_options_t options = sac_pack_defaults();
    if (seed == 2) options.bits = 16;
    ASSERT_TRUE(sac_image_pack(&scene.field, &options, &image, &error)) << error.message;
    CheckEverywhere(image);
    sac_image_free(&image);
  }
}

TEST(Witness, IntegerScenesAgreeInBytesAndWorkFromEveryEye) {
  const struct { int bits, zeros, phase; sac_encoding_t encoding; } kinds[] = {
      {4, 70, 0, SAC_ENCODING_HYBRID}, {7, 20, 3, SAC_ENCODING_COORDINATE}, {16, 50, 1, SAC_ENCODING_HYBRID}};
  uint64_t seed = 10;
  for (const auto &kind : kinds) {
    SCOPED_TRACE("seed " + std::to_string(++seed));
    IntegerScene::Shape shape;
    shape.bits = kind.bits;
    shape.zeros = kind.zeros;
    shape.phase_exponent = kind.phase;
    shape.encoding = kind.encoding;
    IntegerScene scene(seed, shape);
    CheckEverywhere(scene.image);
  }
}

TEST(Witness, EncodingsChangeNoBitAndEveryKindOfBlockOccurs) {
  for (int bits : {4, 5, 6, 7, 8, 16}) {
    SCOPED_TRACE(std::to_string(bits) + " bits");
    IntegerScene::Shape shape;
    shape.bits = bits;
    IntegerScene scene(20 + (uint64_t)bits, shape);
    WitnessJob job;
    job.image = &scene.image;
    job.camera = LookAt(kEyes[0].eye, kEyes[0].at, 20, 16, 1.2);
    job.crop[2] = 20;
    job.crop[3] = 16;
    job.tile = 13;
    const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
    EXPECT_GT(truth.counters[SAC_COUNTER_COMPOSITE_ENTRIES], 50u);
    for (int e = 0; e < SAC_ENCODINGS; e++) {
      SCOPED_TRACE(sac_encoding_name((sac_encoding_t)e));
      const Recoded other(scene.image, (sac_encoding_t)e);
      job.image = &other.image;
      ExpectWitnessesAgree(job, &truth);
      for (int m = 0; m < 4 && e == SAC_ENCODING_HYBRID; m++) EXPECT_GT(other.modes[m], 0u) << "mode " << m;
    }
  }
}

TEST(Witness, LanesChangeNoBit) {
  IntegerScene scene(5, {});
  WitnessJob job;
  job.image = &scene.image;
  job.camera = LookAt(kEyes[0].eye, kEyes[0].at, 24, 20, 1.2);
  job.crop[2] = 24;
  job.crop[3] = 20;
  const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
  for (int lanes : {8, 32, 128}) {
    job.lanes = lanes;
    ExpectWitnessesAgree(job, &truth);
  }
}

}  // namespace
