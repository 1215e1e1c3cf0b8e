// SPDX-License-Identifier: Apache-2.0
// saccade pack and render on damaged scenes: status 1, a message with file and field, and nothing left behind.
#include "command.h"
#include "scene_file.h"

namespace {

class CliScene : public Cli {
 protected:
  void Damaged(const std::string &bytes, std::vector<std::string> says) {
    const std::string path = folder_.Write("scene.safetensors", bytes);
    says.push_back(path + ": ");
    Refused({"pack", path, "-o", folder_.File("image")}, says);
    Refused({"render", path, "--views", views_, "-o", folder_.File("picture.png")}, says);
  }

  void Header(const std::string &from, const std::string &to, std::vector<std::string> says) {
    Damaged(SceneFile::Bytes(Replaced(scene_.Header(), from, to), scene_.Data()), says);
  }

  void Setting(const std::string &key, const std::string &value, std::vector<std::string> says) {
    SceneFile scene;
    scene.settings[key] = value;
    says.push_back("\"" + key + "\"");
    Damaged(scene.Bytes(), says);
  }

  SceneFile scene_;
  std::string views_ = folder_.Write("views.json", Views(0.2, -0.1, 3.2));
};

TEST_F(CliScene, WhatIsNoSafetensorsFileIsNamed) {
  Refused({"pack", "README.md", "-o", folder_.File("image")}, {"README.md: ", "header", "expected", "found"});
  Refused({"pack", folder_.File("nothing"), "-o", folder_.File("image")}, {folder_.File("nothing"), "No such file"});
  Refused({"pack", folder_.File("."), "-o", folder_.File("image")}, {"expected a safetensors file"});
  Damaged("", {"expected a safetensors file", "found 0 bytes"});
  Damaged(std::string(8, '\xff') + "{}", {"header: expected a size of at most", "found 18446744073709551615"});
  Damaged(SceneFile::Bytes("{not JSON", ""), {"header: line 1"});
  Damaged(SceneFile::Bytes("[]", ""), {"expected a JSON object"});
  const std::string whole = scene_.Bytes();
  Damaged(whole.substr(0, 500), {"header", "truncated"});
  Damaged(whole.substr(0, whole.size() - 1), {"tensor", "leave the file"});
  Damaged(whole + "x", {"1 bytes after the last tensor"});
}

TEST_F(CliScene, DamagedTensorsAreNamed) {
  const std::string data = "\"data_offsets\":[0,";
  Header(data, "\"data_offsets\":[4,", {"tensor \"app_line.0\"", "bytes"});
  Header("\"app_line.1\":{\"dtype\":\"F32\",\"shape\":[1,48,10,1],\"data_offsets\":[2112,4032]",
         "\"app_line.1\":{\"dtype\":\"F32\",\"shape\":[1,48,10,1],\"data_offsets\":[2108,4028]", {"app_line.0", "app_line.1", "overlap"});
  Header("\"data_offsets\":[0,2112]", "\"data_offsets\":[900000000,900002112]", {"app_line.0", "leave the file"});
  Header("\"data_offsets\":[0,2112]", "\"data_offsets\":[-4,2108]", {"app_line.0", "data_offsets"});
  Header("\"dtype\":\"F32\"", "\"dtype\":\"F31\"", {"app_line.0", "dtype", "F31"});
  Header("\"dtype\":\"F32\"", "\"dtype\":\"I32\"", {"app_line.0", "F16 or F32", "I32"});
  Header("[1,48,11,1]", "[1,24,22,1]", {"app_line.0", "expected shape (1, 48, 11, 1)", "found (1, 24, 22, 1)"});
  Header("\"app_line.0\"", "\"app_lime.0\"", {"app_line.0", "missing"});
  scene_.Set("density_plane.1", 7, NAN);
  Damaged(scene_.Bytes(), {"density_plane.1", "element 7", "finite", "NaN"});
  scene_ = SceneFile();
  scene_.Set("renderModule.mlp.2.weight", 130, INFINITY);
  Damaged(scene_.Bytes(), {"renderModule.mlp.2.weight", "element 130", "infinity"});
}

TEST_F(CliScene, SettingsThatTheMachineDoesNotRenderAreNamed) {
  Setting("shadingMode", "SH", {"expected MLP_Fea", "found \"SH\""});
  Setting("model", "TensorCP", {"expected TensorVMSplit", "TensorCP"});
  Setting("fea2denseAct", "relu", {"expected softplus"});
  Setting("featureC", "64", {"128", "64"});
  Setting("gridSize", "[13,10]", {"3 whole numbers", "[13,10]"});
  Setting("gridSize", "[13,10,1]", {"from 2", "[13,10,1]"});
  Setting("aabb", "[[1,1,1],[0,0,0]]", {"second corner"});
  Setting("near_far", "[6,2]", {"near < far"});
  Setting("density_shift", "nan", {"expected a number"});
  Setting("step_ratio", "0", {"above 0"});
}

TEST_F(CliScene, GridsBeyondThePackedFormatAreRefusedWithTheLimit) {
  SceneFile scene;
  scene.settings["nSamples"] = "5000";
  Damaged(scene.Bytes(), {"nSamples", "4095", "5000"});
}

TEST_F(CliScene, APackedSceneOfAnotherVersionNamesBoth) {
  const std::string scene = folder_.Write("scene", scene_.Bytes()), image = folder_.File("image");
  Good({"pack", scene, "-o", image});
  const std::string bytes = TemporaryFolder::Read(image);
  const std::string version = "\"version\":\"1\"";
  ASSERT_NE(bytes.find(version), std::string::npos);
  folder_.Write("image", Replaced(bytes, version, "\"version\":\"9\""));
  Refused({"render", image, "--views", views_, "-o", folder_.File("picture.png")}, {image + ": ", "version", "expected 1", "found 9"});
  folder_.Write("image", Replaced(bytes, "\"white\":\"1\"", "\"white\":\"2\""));
  Refused({"render", image, "--views", views_, "-o", folder_.File("picture.png")}, {image + ": ", "white", "from 0 to 1", "found 2"});
  Refused({"pack", image, "-o", folder_.File("again")}, {image + ": "});
}

TEST_F(CliScene, ASceneThatTheMachineCannotHoldSaysWhichLimitAndWhatWouldFit) {
  const std::string tiny = TemporaryFolder::Read("configs/tiny.yaml");
  const std::string image = folder_.File("image"), picture = folder_.File("picture.png");
  const auto render = [&](const std::string &scene, const std::string &from, const std::string &to, std::vector<std::string> says) {
    const std::string config = folder_.Write("machine.yaml", Replaced(tiny, from, to));
    says.push_back(scene + ": ");
    Refused({"render", scene, "--views", views_, "--config", config, "-o", picture}, says);
  };
  render("scenes/armillary.safetensors", "line_rows: 768", "line_rows: 128", {"line_rows", "needs 290", "has 128", "fits"});
  const std::string scene = folder_.Write("scene", scene_.Bytes());
  render(scene, "weight_words: 4096", "weight_words: 256", {"weight_words", "has 256", "fits"});
  Good({"pack", scene, "-o", image, "--bits", "16", "--encoding", "dense"});
  render(image, "block_bytes: 1024", "block_bytes: 256", {"block_bytes", "needs 512", "has 256", "hybrid", "fits"});
}

}  // namespace
