// SPDX-License-Identifier: Apache-2.0
// saccade attend as a user meets it: files of every operator, outputs and stats, checks that can fail, and bad input.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "attention_file.h"
#include "command.h"

namespace {

class CliAttend : public Cli {
 protected:
  std::vector<std::string> Words(const std::string &file, const std::vector<std::string> &more = {}) {
    std::vector<std::string> words = {"attend", file, "-o", out_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  // 1 batch, 2 heads, 3 queries, 5 keys of 8 and 4 channels.
  AttentionFile Attention(const std::string &attributes = "{}") {
    return AttentionFile()
        .Meta("op", "Attention")
        .Meta("attributes", attributes)
        .Random("Q", {1, 2, 3, 8}, random_)
        .Random("K", {1, 2, 5, 8}, random_)
        .Random("V", {1, 2, 5, 4}, random_);
  }

  std::string File(const AttentionFile &file) { return file.Write(folder_); }

  // The verb refuses the file with these words, and with the file's name.
  void RefusedFile(const AttentionFile &file, std::vector<std::string> says) {
    const std::string path = File(file);
    says.push_back(path);
    Refused(Words(path), says);
  }

  std::mt19937 random_{17};
  std::string out_ = folder_.File("out.safetensors");
};

TEST_F(CliAttend, WritesOutputsAndStats) {
  const std::string stats = folder_.File("stats.json");
  const Outcome outcome =
      Good(Words(File(Attention()), {"--check", "--stats", stats, "--config", "configs/tiny.yaml"}));
  EXPECT_NE(outcome.out.find("golden Y: largest error"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("on the machine: softmax attention"), std::string::npos) << outcome.out;
  const std::string text = TemporaryFolder::Read(stats);
  for (const char *key :
       {"\"backend\": \"model\"", "\"config_hash\"", "\"seed\"", "\"cycles\"", "\"bytes_different\": 0", "\"golden\"",
        "\"max_error\"", "\"snr_db\"", "\"bound\"", "\"counters\"", "\"attend\"", "\"scores\": 30", "\"seconds\""}) {
    EXPECT_NE(text.find(key), std::string::npos) << key << "\n" << text;
  }
  sac_error_t error = {};
  sac_safetensors_t *file = sac_safetensors_open(out_.c_str(), &error);
  ASSERT_NE(file, nullptr) << error.message;
  const size_t shape[4] = {1, 2, 3, 4};
  EXPECT_NE(sac_safetensors_require(file, "Y", 4, shape, &error), nullptr) << error.message;
  sac_safetensors_close(file);
}

TEST_F(CliAttend, EverySharedFileWithinItsBounds) {
  const std::filesystem::path folder = std::string(SAC_SHARED_DATA) + "/attention/onnx";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  int files = 0;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    SCOPED_TRACE(entry.path().filename().string());
    files++;
    const Outcome outcome = Good(Words(entry.path().string(), {"--check", "--config", "configs/odd.yaml"}));
    EXPECT_NE(outcome.out.find("file "), std::string::npos) << "the file's own values are not compared";
  }
  EXPECT_EQ(files, 54);
}

TEST_F(CliAttend, TheRtlGivesTheModelsBytesUnderStalls) {
  AttentionFile file = Attention(R"({"is_causal": 1, "softcap": 2.0, "qk_matmul_output_mode": 3})");
  file.Meta("outputs", R"(["Y", "", "", "qk_matmul_output", "LSE"])").Floats("sinks", {2}, {0.5f, -1.0f});
  const std::string path = File(file), stats = folder_.File("stats.json");
  for (const char *seed : {"0", "1", "2"}) {
    const Outcome outcome = Good(Words(path, {"--check", "--backend", "rtl", "--config", "configs/tiny.yaml", "--seed",
                                              seed, "--k-format", "4", "--stats", stats}));
    EXPECT_NE(outcome.out.find(" 0 of "), std::string::npos) << outcome.out;
    EXPECT_NE(TemporaryFolder::Read(stats).find("\"bytes_different\": 0"), std::string::npos);
  }
}

TEST_F(CliAttend, MoreCommandsThanTheRingHoldsOnTheRtl) {
  std::vector<float> decay(2 * 20 * 2, -2.0f);  // ends a chunk after each token: 80 commands
  AttentionFile file;
  file.Meta("op", "LinearAttention")
      .Meta("attributes", R"({"q_num_heads": 2, "kv_num_heads": 2, "update_rule": "gated"})");
  file.Random("query", {2, 20, 16}, random_).Random("key", {2, 20, 16}, random_).Random("value", {2, 20, 8}, random_);
  file.Floats("decay", {2, 20, 2}, decay).Meta("outputs", R"(["output", "present_state"])");
  const Outcome outcome = Good(Words(File(file), {"--check", "--backend", "rtl", "--config", "configs/tiny.yaml"}));
  EXPECT_NE(outcome.out.find("80 commands"), std::string::npos) << outcome.out;
}

TEST_F(CliAttend, FormatsOfKeysAndValues) {
  const std::string path = File(Attention());
  for (const char *k : {"16", "8", "4", "2", "int8", "int4", "int2"})
    Good(Words(path, {"--check", "--k-format", k, "--v-format", k}));
  Refused(Words(path, {"--k-format", "3"}), {"--k-format", "16, 8, 4, 2", "'3'"});
  Refused(Words(path, {"--v-format", ""}), {"--v-format", "''"});
}

TEST_F(CliAttend, AWrongExpectedValueFailsTheCheck) {
  AttentionFile file = Attention().Floats("Y", {1, 2, 3, 4}, std::vector<float>(24, 0.5f)).Meta("outputs", R"(["Y"])");
  const std::string path = File(file);
  Good(Words(path));
  const Outcome outcome = Run(Words(path, {"--check"}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("Y: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("outside their bound to file"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("golden Y: "), std::string::npos) << outcome.out;
}

TEST_F(CliAttend, CommandLines) {
  const std::string path = File(Attention());
  Refused({"attend"}, {"expected a file of tensors"});
  Refused({"attend", path}, {"no output", "-o"});
  Refused({"attend", path, "more", "-o", out_}, {"'more'"});
  Refused(Words(path, {"--backend", "fpga"}), {"fpga", "model"});
  Refused(Words(path, {"--config", "configs/none.yaml"}), {"configs/none.yaml"});
  Refused(Words(path, {"--wave", "w.fst"}), {"--wave", "rtl"});
  Refused(Words(path, {"--seed", "-1"}), {"--seed", "-1"});
  Refused({"attend", path, "-o", folder_.File("none/out")}, {"none/out"});
  Refused(Words(path, {"--stats", folder_.File("none/stats")}), {"none/stats"});
  Refused(Words(folder_.File("missing")), {"missing"});
  Refused(Words(folder_.Write("text", "no tensors here")), {"text"});
}

TEST_F(CliAttend, BadTensors) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  std::vector<float> q(48, 0.25f);
  q[7] = nan;
  RefusedFile(Attention().Floats("Q", {1, 2, 3, 8}, q), {"\"Q\", element 7", "NaN"});
  q[7] = -infinity;
  RefusedFile(Attention().Floats("Q", {1, 2, 3, 8}, q), {"\"Q\", element 7", "infinity"});
  RefusedFile(Attention().Without("V"), {"V"});
  RefusedFile(Attention().Random("K", {1, 2, 40}, random_), {"\"K\""});
  RefusedFile(Attention().Random("K", {1, 2, 5, 7}, random_), {"\"K\"", "8", "7"});
  RefusedFile(Attention().Random("Q", {1, 3, 3, 8}, random_), {"heads"});
  RefusedFile(Attention().Random("attn_mask", {2, 5}, random_), {"attn_mask", "3"});
  RefusedFile(Attention().Floats("attn_mask", {3, 5}, std::vector<float>(15, nan)), {"attn_mask", "NaN"});
  RefusedFile(Attention().Integers("nonpad_kv_seqlen", {1}, {6}), {"nonpad_kv_seqlen", "6"});
  RefusedFile(Attention()
                  .Integers("nonpad_kv_seqlen", {1}, {3})
                  .Random("past_key", {1, 2, 1, 8}, random_)
                  .Random("past_value", {1, 2, 1, 4}, random_),
              {"past_key", "nonpad_kv_seqlen"});
  RefusedFile(Attention().Random("past_key", {1, 2, 1, 8}, random_), {"past_value"});
  RefusedFile(Attention(R"({"q_num_heads": 4, "kv_num_heads": 2})"), {"q_num_heads"});
  RefusedFile(Attention(R"({"qk_matmul_output_mode": 4})"), {"qk_matmul_output_mode", "4"});
  RefusedFile(Attention(R"({"is_causal": 2})"), {"is_causal"});
  RefusedFile(Attention(R"({"flavour": 1})"), {"flavour"});
  RefusedFile(Attention("{"), {"attributes"});
  RefusedFile(Attention().Meta("op", "Convolution"), {"Convolution"});
}

TEST_F(CliAttend, LargerThanTheMachine) {
  RefusedFile(Attention().Random("Q", {1, 2, 3, 160}, random_).Random("K", {1, 2, 5, 160}, random_),
              {"d_k is 160", "128"});
  RefusedFile(Attention().Floats("sinks", {2}, {1e6f, 0.0f}), {"head 0", "sink"});
}

}  // namespace
