// SPDX-License-Identifier: Apache-2.0
// saccade info, pack and render on good input: what --stats holds, what pictures show, which bytes stay the same.
#include <algorithm>
#include <cmath>
#include <map>

#include <jansson.h>

#include "command.h"
#include "scene_file.h"
#include "sw/scene/picture.h"

namespace {

class CliRender : public Cli {
 protected:
  ~CliRender() override { json_decref(stats_); }

  // Runs with --stats and reads it.
  Outcome Stats(std::vector<std::string> words) {
    const std::string path = folder_.File("stats.json");
    words.insert(words.end(), {"--stats", path});
    const Outcome outcome = Good(words);
    json_decref(stats_);
    stats_ = json_load_file(path.c_str(), JSON_REJECT_DUPLICATES, nullptr);
    EXPECT_NE(stats_, nullptr);
    return outcome;
  }

  std::vector<std::string> Render(const std::string &scene, const std::vector<std::string> &more = {}) {
    std::vector<std::string> words = {"render", scene, "--views", views_, "-o", picture_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  const json_t *At(const std::vector<const char *> &keys) {
    const json_t *value = stats_;
    for (const char *key : keys) value = json_object_get(value, key);
    return value;
  }
  double Number(const std::vector<const char *> &keys) {
    EXPECT_TRUE(json_is_number(At(keys))) << keys.back();
    return json_number_value(At(keys));
  }

  // Pixels that are not white.
  int Shown() {
    sac_picture_t picture = {};
    sac_error_t error = {};
    EXPECT_TRUE(sac_picture_read(&picture, picture_.c_str(), &error)) << error.message;
    int shown = 0;
    for (int i = 0; i < picture.width * picture.height; i++) {
      const uint8_t *p = picture.pixel + i * picture.channels;
      shown += p[0] != 255 || p[1] != 255 || p[2] != 255;
    }
    sac_picture_free(&picture);
    return shown;
  }

  std::string scene_ = folder_.Write("scene", SceneFile().Bytes());
  std::string views_ = folder_.Write("views.json", Views(0.2, -0.1, 3.2));
  std::string picture_ = folder_.File("picture.png");
  json_t *stats_ = nullptr;
};

TEST_F(CliRender, InfoTellsTheHashAndEveryCapacity) {
  const Outcome outcome = Stats({"info", "--config", "configs/odd.yaml"});
  EXPECT_STREQ(json_string_value(At({"config"})), "odd");
  const std::string hash = json_string_value(At({"config_hash"}));
  EXPECT_EQ(hash.size(), 8u);
  EXPECT_NE(outcome.out.find("hash " + hash), std::string::npos);
  EXPECT_GT(Number({"capacities", "rows"}), 0);
  EXPECT_GT(Number({"capacities", "burst_bytes"}), 0);
}

// The spans of each unit follow each other, the render's lie within it, and the array's add up to its beats.
TEST_F(CliRender, TracesShowWhatEachUnitDoes) {
  const std::string path = folder_.File("trace.json");
  Stats(Render(scene_, {"--size", "24x24", "--trace", path}));
  json_t *trace = json_load_file(path.c_str(), JSON_REJECT_DUPLICATES, nullptr);
  ASSERT_NE(trace, nullptr);
  std::map<int, std::string> units;
  std::map<std::string, std::vector<std::pair<json_int_t, json_int_t>>> spans;
  json_int_t begin = 0, cycles = 0, beats = 0;
  size_t index = 0;
  json_t *event = nullptr;
  const auto text = [&](const char *key) { return std::string(json_string_value(json_object_get(event, key))); };
  const auto number = [&](const char *key) { return json_integer_value(json_object_get(event, key)); };
  json_array_foreach(json_object_get(trace, "traceEvents"), index, event) {
    if (text("name") == "thread_name") units[int(number("tid"))] = json_string_value(json_object_get(json_object_get(event, "args"), "name"));
    if (text("ph") != "X") continue;
    const std::string unit = units.at(int(number("tid")));
    spans[unit].emplace_back(number("ts"), number("ts") + number("dur"));
    if (unit == "dot") beats += number("dur");
    if (unit == "host" && text("name") == "RENDER") begin = number("ts"), cycles = number("dur");
  }
  EXPECT_EQ(cycles, json_int_t(Number({"cycles"})));
  EXPECT_EQ(beats, json_int_t(Number({"counters", "dot", "network_beats"}) + Number({"counters", "dot", "basis_beats"})));
  for (const char *unit : {"ray", "walk", "sample", "vertex", "sparse.density", "sparse.appearance", "colour.products", "writeback"})
    EXPECT_FALSE(spans[unit].empty()) << unit;
  for (auto &[unit, list] : spans) {
    std::sort(list.begin(), list.end());
    for (size_t i = 0; i < list.size(); i++) {
      if (i) EXPECT_GE(list[i].first, list[i - 1].second) << unit;
      if (unit == "host") continue;
      EXPECT_GE(list[i].first, begin) << unit;
      EXPECT_LE(list[i].second, begin + cycles) << unit;
    }
  }
  json_decref(trace);
}

TEST_F(CliRender, StatsHoldTheKeysOfTheContract) {
  Good(Render(scene_, {"-o", folder_.File("truth.png")}));
  Stats(Render(scene_, {"--check", "--reference", folder_.File("truth.png")}));
  EXPECT_STREQ(json_string_value(At({"backend"})), "model");
  EXPECT_EQ(std::string(json_string_value(At({"config_hash"}))).size(), 8u);
  EXPECT_EQ(Number({"seed"}), 1);
  EXPECT_GT(Number({"cycles"}), 1000);
  EXPECT_EQ(Number({"bytes_different"}), 0);
  EXPECT_GT(Number({"golden", "psnr_db"}), 20);
  EXPECT_EQ(Number({"reference", "psnr_db"}), SAC_PSNR_EQUAL);
  EXPECT_GE(Number({"seconds"}), 0);
  EXPECT_EQ(Number({"width"}), 16);
  EXPECT_EQ(Number({"counters", "ray", "rays"}), 256);
  EXPECT_GT(Number({"counters", "composite", "entries"}), 10);
  EXPECT_GT(Number({"counters", "dot", "network_beats"}), 10);
  EXPECT_GT(Shown(), 20);
}

TEST_F(CliRender, TheDifferencePictureIsBlackWhereNothingDiffers) {
  const std::string truth = folder_.File("truth.png"), difference = folder_.File("difference.png");
  Good(Render(scene_, {"--check", "--difference", difference, "-o", truth}));
  picture_ = difference;
  EXPECT_GT(Shown(), 20) << "golden differs a little";
  picture_ = folder_.File("picture.png");
  Good(Render(scene_, {"--reference", truth, "--difference", difference}));
  sac_picture_t picture = {};
  sac_error_t error = {};
  ASSERT_TRUE(sac_picture_read(&picture, difference.c_str(), &error)) << error.message;
  for (int i = 0; i < 16 * 16 * 3; i++) ASSERT_EQ(picture.pixel[i], 0);
  sac_picture_free(&picture);
}

TEST_F(CliRender, TheVerilatedMachineLeavesTheModelsBytes) {
  Stats(Render(scene_, {"--backend", "rtl", "--check", "--seed", "3", "--crop", "3,5,9x6"}));
  EXPECT_STREQ(json_string_value(At({"backend"})), "rtl");
  EXPECT_EQ(Number({"seed"}), 3);
  EXPECT_EQ(Number({"bytes_different"}), 0);
  EXPECT_EQ(Number({"width"}), 9);
  EXPECT_EQ(Number({"height"}), 6);
  EXPECT_EQ(Number({"counters", "ray", "rays"}), 54);
  EXPECT_GT(Number({"counters", "composite", "entries"}), 10);
  EXPECT_GT(Number({"golden", "psnr_db"}), 20);
}

TEST_F(CliRender, APackedSceneRendersToTheBytesOfItsFloatScene) {
  const std::string image = folder_.File("image");
  Good({"pack", scene_, "-o", image});
  Good(Render(scene_));
  const std::string whole = TemporaryFolder::Read(picture_);
  Good(Render(image));
  EXPECT_EQ(TemporaryFolder::Read(picture_), whole);
  Refused(Render(image, {"--check", "-o", folder_.File("other.png")}), {image + ": ", "--check", "float scene"});
}

TEST_F(CliRender, TheEncodingChangesTheSizeButNoPixel) {
  const std::string image = folder_.File("image");
  Good(Render(scene_));
  const std::string whole = TemporaryFolder::Read(picture_);
  std::map<std::string, size_t> bytes;
  for (const std::string encoding : {"hybrid", "bitmap", "coordinate", "dense"}) {
    const Outcome outcome = Good({"pack", scene_, "-o", image, "--encoding", encoding});
    EXPECT_NE(outcome.out.find("hybrid:"), std::string::npos) << outcome.out;
    bytes[encoding] = TemporaryFolder::Read(image).size();
    Good(Render(image));
    EXPECT_EQ(TemporaryFolder::Read(picture_), whole) << encoding;
  }
  for (const auto &[encoding, size] : bytes) EXPECT_LE(bytes["hybrid"], size) << encoding;
}

TEST_F(CliRender, FewerBitsAndMorePruningMakeSmallerScenes) {
  const std::string image = folder_.File("image");
  const auto size = [&](const std::vector<std::string> &more) {
    std::vector<std::string> words = {"pack", scene_, "-o", image};
    words.insert(words.end(), more.begin(), more.end());
    Good(words);
    Good(Render(image));
    EXPECT_GT(Shown(), 20);
    return TemporaryFolder::Read(image).size();
  };
  const size_t four = size({"--bits", "4"}), eight = size({"--bits", "8"}), sixteen = size({"--bits", "16"});
  EXPECT_LT(four, eight);
  EXPECT_LT(eight, sixteen);
  EXPECT_LT(size({"--prune", "1"}), size({"--prune", "0"}));
}

TEST_F(CliRender, CropsArePartsOfTheWholePicture) {
  sac_error_t error = {};
  sac_picture_t whole = {}, part = {};
  sac_difference_t difference = {};
  Good(Render(scene_));
  ASSERT_TRUE(sac_picture_read(&whole, picture_.c_str(), &error));
  Good(Render(scene_, {"--crop", "4,7,12x9"}));
  ASSERT_TRUE(sac_picture_read(&part, picture_.c_str(), &error));
  ASSERT_TRUE(sac_picture_crop(&whole, 4, 7, 12, 9, &error));
  ASSERT_TRUE(sac_picture_compare(&whole, &part, &difference, &error));
  EXPECT_EQ(difference.largest, 0);
  sac_picture_free(&whole);
  sac_picture_free(&part);
}

TEST_F(CliRender, AnEyeInsideTheBoxSeesWhatGoldenSees) {
  folder_.Write("scene", SceneFile(7, 0.01).Bytes());
  folder_.Write("views.json", Views(0.6, 0.5, 0.7));
  Stats(Render(scene_, {"--check"}));
  EXPECT_GT(Number({"golden", "psnr_db"}), 20);
  EXPECT_GT(Shown(), 20);
  Stats(Render(scene_, {"--check", "--backend", "rtl", "--size", "8x8"}));
  EXPECT_EQ(Number({"bytes_different"}), 0);
}

TEST_F(CliRender, EyesFarAwayOrTurnedAwaySeeTheBackground) {
  for (const std::string &views : {Views(0, 0, 3000), Views(0.2, -0.1, 3.2, true), Views(50, 0, 3)}) {
    folder_.Write("views.json", views);
    for (const std::string backend : {"model", "rtl"}) {
      Stats(Render(scene_, {"--check", "--backend", backend}));
      EXPECT_EQ(Number({"bytes_different"}), 0);
      EXPECT_EQ(Number({"counters", "composite", "entries"}), 0);
      EXPECT_EQ(Number({"golden", "psnr_db"}), SAC_PSNR_EQUAL);
      EXPECT_EQ(Shown(), 0);
    }
  }
  folder_.Write("views.json", Views(0, 0, 1e6));
  Refused(Render(scene_, {"-o", folder_.File("other.png")}), {"the eye", "expected less than"});
}

}  // namespace
