// SPDX-License-Identifier: Apache-2.0
// The command line, configurations, cameras and outputs that cannot be: each is refused before any work, with status 1,
// a message that names it, and nothing left behind.
#include <sys/stat.h>

#include "command.h"
#include "scene_file.h"

namespace {

class CliRefuse : public Cli {
 protected:
  std::vector<std::string> Render(const std::vector<std::string> &more = {}) {
    std::vector<std::string> words = {"render", scene_, "--views", views_, "-o", out_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  std::string scene_ = folder_.Write("scene", SceneFile().Bytes());
  std::string views_ = folder_.Write("views.json", Views(0.2, -0.1, 3.2));
  std::string out_ = folder_.File("picture.png");
};

TEST_F(CliRefuse, EveryVerbExplainsItself) {
  const Outcome all = Good({"--help"});
  for (const std::string verb : {"info", "pack", "render"}) {
    EXPECT_NE(all.out.find("  " + verb + " "), std::string::npos) << all.out;
    for (const char *flag : {"--help", "-h"}) {
      const Outcome help = Good({verb, flag});
      EXPECT_EQ(help.out.rfind("usage: saccade " + verb + " ", 0), 0u) << help.out;
      EXPECT_NE(help.out.find("--help"), std::string::npos);
    }
  }
}

TEST_F(CliRefuse, UnknownVerbsGetTheListOfVerbs) {
  for (const std::vector<std::string> &words : {std::vector<std::string>{}, {"fly"}, {"--fly"}}) {
    const Outcome outcome = Run(words);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("render"), std::string::npos) << outcome.err;
    if (!words.empty()) EXPECT_NE(outcome.err.find("'" + words[0] + "'"), std::string::npos) << outcome.err;
  }
}

TEST_F(CliRefuse, OptionsAreNamed) {
  Refused({"info", "--fly"}, {"--fly", "not an option"});
  Refused({"info", "-x"}, {"-x", "not an option"});
  Refused({"info", "--config"}, {"--config needs a value"});
  Refused({"info", "more"}, {"'more'"});
  Refused({"pack"}, {"expected a scene"});
  Refused({"pack", scene_}, {"no output", "-o"});
  Refused({"pack", scene_, "-o", ""}, {"no output", "-o"});
  Refused({"pack", scene_, "more", "-o", out_}, {"'more'"});
  Refused({"pack", scene_, "-o", out_, "--bits", "9"}, {"bits", "4 to 8 or 16", "found 9"});
  Refused({"pack", scene_, "-o", out_, "--bits", "8x"}, {"--bits", "'8x'"});
  Refused({"pack", scene_, "-o", out_, "--encoding", "zip"}, {"--encoding", "hybrid", "'zip'"});
  Refused({"pack", scene_, "-o", out_, "--prune", "-1"}, {"prun", "0 to 100", "-1"});
  Refused({"pack", scene_, "-o", out_, "--prune", "nan"}, {"--prune", "'nan'"});
  Refused({"pack", scene_, "-o", out_, "--occupancy", "1"}, {"occupancy", "0 to 1", "found 1"});
  Refused({"render"}, {"expected a scene"});
  Refused({"render", scene_}, {"--views"});
  Refused({"render", scene_, "--views", views_}, {"no output", "-o"});
  Refused(Render({"--backend", "paper"}), {"--backend", "model or rtl", "'paper'"});
  Refused(Render({"--pipeline", "other"}), {"--pipeline", "rtnerf or uniform", "'other'"});
  Refused(Render({"--pipeline", "uniform", "--backend", "rtl"}), {"--pipeline uniform", "rtl"});
  Refused(Render({"--wave", folder_.File("w.fst")}), {"--wave", "rtl", "model"});
  Refused(Render({"--trace", folder_.File("t.json"), "--backend", "rtl"}), {"--trace", "model", "rtl"});
  Refused(Render({"--trace", folder_.File("t.json"), "--pipeline", "uniform"}), {"--trace", "model", "uniform"});
  Refused(Render({"--backend", "rtl", "--config", "configs/cloud.yaml"}), {"cloud", "not built"});
  Refused(Render({"--difference", folder_.File("d.png")}), {"--difference", "--check or --reference"});
  Refused(Render({"--seed", "-1"}), {"--seed", "0 or more", "-1"});
  Refused(Render({"--termination", "1"}), {"--termination", "below 1", "found 1"});
  Refused(Render({"--carry", "-0.5"}), {"--carry", "-0.5"});
}

TEST_F(CliRefuse, SizesAndCropsOutsideAreNamed) {
  for (const std::string size : {"0x16", "16x0", "16", "16x16x16", "-4x4", "+4x4", " 4x4", "4 x4", "99999999999x4", "x", ""}) {
    Refused(Render({"--size", size}), {"--size", "WxH", "'" + size + "'"});
  }
  Refused(Render({"--size", "8193x4"}), {"8192", "8193x4"});
  Refused(Render({"--size", "2147483647x2147483647"}), {"8192", "2147483647x2147483647"});
  for (const std::string crop : {"0,0,17x16", "16,0,1x1", "0,15,1x2", "2147483647,0,1x1", "0,2147483647,1x1", "0,0,2147483647x1"}) {
    Refused(Render({"--crop", crop}), {"--crop", crop, "16x16"});
  }
  for (const std::string crop : {"0,0,0x1", "-1,0,2x2", "1,2", "1,2,3", "0,0,1x1x", "0;0;1x1"}) {
    Refused(Render({"--crop", crop}), {"--crop", "X,Y,WxH", "'" + crop + "'"});
  }
  Refused(Render({"--view", "1"}), {views_, "view 1 does not exist", "has 1"});
  Refused(Render({"--view", "-1"}), {views_, "view -1"});
  Refused(Render({"--view", "one"}), {"--view", "'one'"});
}

TEST_F(CliRefuse, CamerasAreCheckedByFieldOrLine) {
  const auto cameras = [&](const std::string &text, std::vector<std::string> says) {
    folder_.Write("views.json", text);
    says.push_back(views_ + ": ");
    Refused(Render(), says);
  };
  const std::string good = Views(0.2, -0.1, 3.2);
  cameras(Views(0, 0, 3, false, ""), {"camera_angle_x: missing"});
  cameras(Views(0, 0, 3, false, "\"camera_angle_x\":\"wide\","), {"camera_angle_x", "radians"});
  cameras(Views(0, 0, 3, false, "\"camera_angle_x\":3.2,"), {"camera_angle_x", "3.2"});
  cameras(Replaced(good, "[1,0,0,", "[0,0,0,"), {"frames[0].transform_matrix", "singular"});
  cameras(Replaced(good, "[1,0,0,", "[2,0,0,"), {"frames[0].transform_matrix", "rotation"});
  cameras(Replaced(good, "[1,0,0,", "[0,0,"), {"frames[0].transform_matrix", "4 rows of 4"});
  cameras(Replaced(good, "[1,0,0,", "[\"1\",0,0,"), {"frames[0].transform_matrix", "numbers"});
  cameras(Replaced(good, "\"w\":16", "\"w\":0"), {"w: ", "8192"});
  cameras("{\"camera_angle_x\":0.9,\n\"frames\":[}", {"line 2"});
  cameras("{\"camera_angle_x\":0.9,\"frames\":[]}", {"frames", "1 to"});
  cameras("[1]", {"expected a JSON object"});
  cameras("", {"line 1"});
  views_ = folder_.File("nothing.json");
  Refused(Render(), {views_, "No such file"});
  views_ = folder_.File("");
  Refused(Render(), {views_});
}

TEST_F(CliRefuse, ConfigurationsAreCheckedByLine) {
  const std::string tiny = TemporaryFolder::Read("configs/tiny.yaml"), path = folder_.Write("machine.yaml", tiny);
  Good({"info", "--config", path});
  const auto config = [&](const std::string &from, const std::string &to, int line, std::vector<std::string> says) {
    folder_.Write("machine.yaml", Replaced(tiny, from, to));
    says.push_back(path + (line ? ":" + std::to_string(line) + ": " : ":"));
    Refused({"info", "--config", path}, says);
  };
  for (const std::string value : {"four", "4.5", "-4", "4x", "5000000000", "99999999999999999999", "0", "0x4"}) {
    config("  rows: 4\n", "  rows: " + value + "\n", 4, {"build.rows", "whole number from 1 to", "found " + value});
  }
  config("  cube_side: 4\n", "  cube_side: 3\n", 7, {"build.cube_side", "expected one of", " 4, 8", "found 3"});
  config("  rows: 4\n", "  rows: [4]\n", 4, {"SEQUENCE"});
  config("  rows: 4\n", "  rowz: 4\n", 4, {"rowz"});
  config("  rows: 4\n", "  rows: 4\n  rows: 4\n", 0, {"rows", "already"});
  config("  rows: 4\n", "", 0, {"rows", "Missing"});
  config("clock_mhz: 100\n", "", 0, {"clock_mhz", "Missing"});
  const auto line_of = [&](const std::string &text) {
    const auto end = tiny.begin() + static_cast<std::ptrdiff_t>(tiny.find(text));
    return static_cast<int>(std::count(tiny.begin(), end, '\n')) + 1;
  };
  config("clock_mhz: 100\n", "clock_mhz: 0\n", line_of("clock_mhz:"), {"clock_mhz", "1 to 10000", "found 0"});
  config("latency_cycles: 20\n", "latency_cycles: soon\n", line_of("latency_cycles:"),
         {"latency_cycles", "1 to 4096", "found soon"});
  config("name: tiny\n", "name: [tiny\n", 0, {});
  config("name: tiny\n", "colour: red\nname: tiny\n", 2, {"colour"});
  config(tiny, "", 0, {"found nothing"});
  Refused({"info", "--config", folder_.File("nothing.yaml")}, {"nothing.yaml", "No such file"});
  Refused({"info", "--config", folder_.File("")}, {"directory"});
  Refused({"info", "--config", "README.md"}, {"README.md:2: "});
}

TEST_F(CliRefuse, OutputsThatCannotBeWrittenAreRefusedFirst) {
  const std::string folder = folder_.File(""), nowhere = folder_.File("no/such/file");
  for (const auto &place : {folder, nowhere}) {
    Refused({"pack", scene_, "-o", place}, {place, "cannot be written"});
    Refused({"info", "--stats", place}, {place, "cannot be written"});
    Refused({"pack", scene_, "-o", out_, "--stats", place}, {place, "cannot be written"});
    Refused(Render({"-o", place}), {place, "cannot be written"});
    Refused(Render({"--stats", place}), {place, "cannot be written"});
    Refused(Render({"--trace", place}), {place, "cannot be written"});
    Refused(Render({"--check", "--difference", place}), {place, "cannot be written"});
  }
  Refused(Render({"--backend", "rtl", "--wave", nowhere}), {nowhere});
}

TEST_F(CliRefuse, AFullDiskIsReportedAndADeviceStaysADevice) {
  Refused({"pack", scene_, "-o", "/dev/full"}, {"/dev/full", "No space left"});
  Refused({"info", "--stats", "/dev/full"}, {"/dev/full", "No space left"});
  Refused(Render({"-o", "/dev/full"}), {"/dev/full", "No space left"});
  const Outcome outcome = Run(Render({"--stats", "/dev/full"}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("No space left"), std::string::npos) << outcome.err;
  struct stat status;
  ASSERT_EQ(stat("/dev/full", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST_F(CliRefuse, ReferencePicturesMustBePicturesOfTheView) {
  Refused(Render({"--reference", "README.md"}), {"README.md: ", "PNG"});
  Refused(Render({"--reference", folder_.File("nothing.png")}), {"nothing.png", "No such file"});
  Refused(Render({"--reference", "scenes/armillary/test/r_0.png"}), {"r_0.png", "expected a picture of 16x16"});
}

}  // namespace
