// SPDX-License-Identifier: Apache-2.0
// Checksums of reference jobs (tests/baselines/reference.txt): the bits of the number table. Whoever changes them on
// purpose raises VERSION in scripts/spec/registers.yaml and takes over the file that a failure leaves.
#include "witness.h"

#include <fstream>
#include <map>
#include <sstream>

#include "integer_scene.h"
#include "tests/support/attend_faults.h"
#include "tests/support/eye.h"

extern "C" {
#include "sw/driver/tables.h"
}

namespace {

constexpr char kPath[] = "tests/baselines/reference.txt";

uint32_t Checksum(const std::vector<uint8_t> &bytes) {  // FNV-1a
  uint32_t hash = 2166136261u;
  for (uint8_t byte : bytes) hash = (hash ^ byte) * 16777619u;
  return hash;
}

std::string Line(const WitnessPicture &picture) {
  char text[64];
  snprintf(text, sizeof text, "colour %08x depth %08x", Checksum(picture.rgba), Checksum(picture.depth));
  return text;
}

std::map<std::string, std::string> RenderJobs() {
  std::map<std::string, std::string> lines;
  const struct { const char *name; int bits, zeros, phase, termination, carry; Place eye; } jobs[] = {
      {"render.bits4", 4, 70, 0, 66, 1311, {2, 1.5, 1}},    {"render.bits5", 5, 10, 2, 66, 1311, {-2, 1.5, 1}},
      {"render.bits6", 6, 60, 1, 0, 0, {2, -1.5, 1}},       {"render.bits7", 7, 50, 1, 0, 1311, {2, 1.5, -1}},
      {"render.bits8", 8, 90, 4, 9000, 1, {-2, -1.5, 1}},   {"render.bits16", 16, 40, 1, 66, 1311, {0.25, 0.125, 0}},
      {"render.carry", 6, 60, 1, 66, 40000, {-2, -1.5, -1}}};
  uint64_t seed = 100;
  for (const auto &j : jobs) {
    IntegerScene::Shape shape;
    shape.bits = j.bits;
    shape.zeros = j.zeros;
    shape.phase_exponent = j.phase;
    IntegerScene scene(seed++, shape);
    WitnessJob job;
    job.image = &scene.image;
    job.camera = LookAt(j.eye, {-0.25, -0.25, 0}, 24, 20, 1.0);
    job.crop[2] = 24;
    job.crop[3] = 20;
    job.termination = j.termination;
    job.carry = j.carry;
    const WitnessPicture truth = ReferencePicture(job, SAC_REFERENCE_RAY_ORDER);
    ExpectWitnessesAgree(job, &truth);
    EXPECT_GT(truth.counters[SAC_COUNTER_COMPOSITE_ENTRIES], 50u) << j.name;
    lines[j.name] = Line(truth);
  }
  return lines;
}

// The rows of Y and the log-sum-exp, or the scores, that one small ATTEND leaves in each of its ways.
std::map<std::string, std::string> AttendJobs() {
  constexpr uint32_t kTables = 0x2000, kContext = 0x4000, kList = 0x5000, kSource = 0x8000, kDestination = 0x9000;
  std::map<std::string, std::string> lines;
  const struct {
    const char *name;
    std::vector<std::pair<uint32_t, uint32_t>> command, context;
  } jobs[] = {
      {"attend.softmax", {}, {}},
      {"attend.linear", {{SAC_ATTEND_SCORE_FUNCTION, 1}}, {{SAC_CONTEXT_OUTPUT_SHIFT, 20}}},
      {"attend.polynomial", {{SAC_ATTEND_SCORE_FUNCTION, 2}}, {{SAC_CONTEXT_OUTPUT_SHIFT, 3}}},
      {"attend.softcap",
       {},
       {{SAC_CONTEXT_SOFTCAP, 1},
        {SAC_CONTEXT_SOFTCAP_SCALE, 50000},
        {SAC_CONTEXT_SOFTCAP_SHIFT, 17},
        {SAC_CONTEXT_SOFTCAP_OUT, 40000},
        {SAC_CONTEXT_SOFTCAP_OUT_SHIFT, 15}}},
      {"attend.bits", {{SAC_ATTEND_BIAS, 1}}, {}},
      {"attend.bias", {{SAC_ATTEND_BIAS, 1}}, {{SAC_CONTEXT_BIAS_WORDS, 1}}},
      {"attend.band", {{SAC_ATTEND_BAND, 1}, {SAC_ATTEND_FIRST_POSITION, 15}, {SAC_ATTEND_BAND_LOW, 0xfffffff8u}}, {}},
      {"attend.int8", {}, {{SAC_CONTEXT_K_FORMAT, 1}, {SAC_CONTEXT_V_FORMAT, 1}, {SAC_CONTEXT_SCALE_SHIFT, 28}}},
      {"attend.int4",
       {},
       {{SAC_CONTEXT_K_FORMAT, 2}, {SAC_CONTEXT_K_SCALED, 1}, {SAC_CONTEXT_V_FORMAT, 2}, {SAC_CONTEXT_V_SCALED, 1}}},
      {"attend.int2",
       {},
       {{SAC_CONTEXT_K_FORMAT, 3},
        {SAC_CONTEXT_V_FORMAT, 3},
        {SAC_CONTEXT_V_SCALED, 1},
        {SAC_CONTEXT_SCALE_SHIFT, 22}}},
      {"attend.scores",
       {{SAC_ATTEND_SCORES, 3},
        {SAC_ATTEND_BIAS, 1},
        {SAC_ATTEND_Y_POSITION_STRIDE, 256},
        {SAC_ATTEND_Y_HEAD_STRIDE, 128}},
       {}}};
  for (const auto &job : jobs) {
    std::vector<uint8_t> bytes(0xa000);
    std::unique_ptr<sac_reference_t, decltype(&sac_reference_destroy)> reference(
        sac_reference_create(bytes.data(), bytes.size(), 16, 16), sac_reference_destroy);
    reference->rows = 2;
    reference->query_blocks = 2;
    reference->kv_tile = 8;
    uint32_t capacities[SAC_CAPACITIES] = {}, commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS], noise = 1;
    capacities[SAC_CAPACITY_HEAD_DIM] = 16;
    capacities[SAC_CAPACITY_ROWS] = capacities[SAC_CAPACITY_QUERY_BLOCKS] = 2;
    for (uint32_t i = kSource; i < kSource + 4096; i++)
      bytes[i] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
    sac_attend_tables(kTables, &bytes[kTables], commands);
    for (const auto &command : commands) EXPECT_TRUE(sac_reference_execute(reference.get(), command));
    AttendFaults good(capacities, kContext, kList, kSource, kDestination);
    sac_field_put(good.good_words.data(), SAC_ATTEND_Q_POSITION_STRIDE, 64);
    sac_field_put(good.good_words.data(), SAC_ATTEND_Q_HEAD_STRIDE, 32);
    sac_field_put(good.good_record.data(), SAC_CONTEXT_BIAS_ADDRESS, kSource + 2048);
    sac_field_put(good.good_record.data(), SAC_CONTEXT_SCALE_SHIFT, 36);
    for (const auto &change : job.command) sac_field_put(good.good_words.data(), change.first, change.second);
    for (const auto &change : job.context) sac_field_put(good.good_record.data(), change.first, change.second);
    memcpy(&bytes[kContext], good.good_record.data(), 4 * SAC_CONTEXT_WORDS);
    memcpy(&bytes[kList + 512], good.pages, sizeof good.pages);
    const int32_t heads[4] = {150000, 0x20000001, -70000, 0};  // slope, sink
    memcpy(&bytes[kSource + 64], heads, sizeof heads);
    EXPECT_TRUE(sac_reference_execute(reference.get(), good.good_words.data())) << job.name;
    char text[32];
    snprintf(text, sizeof text, "values %08x", Checksum({bytes.begin() + kDestination, bytes.end()}));
    lines[job.name] = text;
  }
  return lines;
}

// Rows and log-sum-exps of a small MERGE; some states are empty, all of them in one row.
std::map<std::string, std::string> MergeJobs() {
  constexpr uint32_t kAffine = 0x2000, kLogs = 0x2100, kRows = 0x3000, kDestination = 0x7000, kStates = 5, kCount = 12;
  std::vector<uint8_t> bytes(0x8000);
  std::unique_ptr<sac_reference_t, decltype(&sac_reference_destroy)> reference(
      sac_reference_create(bytes.data(), bytes.size(), 16, 16), sac_reference_destroy);
  uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS], words[SAC_COMMAND_WORDS] = {}, noise = 1;
  sac_attend_tables(0, bytes.data(), commands);
  for (const auto &command : commands) EXPECT_TRUE(sac_reference_execute(reference.get(), command));
  for (uint32_t i = kRows; i < kDestination; i++)
    bytes[i] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
  const int32_t affine[2 * kStates] = {65536, 0, 60000, 123456, 70000, -50000, -3000, 7, 65536, 1};
  int32_t logs[kStates * kCount];
  for (uint32_t i = 0; i < kStates * kCount; i++) {
    noise = noise * 1664525u + 1013904223u;
    logs[i] = noise >> 28 == 0 || i % kCount == 7 ? INT32_MIN : (int32_t)noise >> (10 + i % 3);
  }
  memcpy(&bytes[kAffine], affine, sizeof affine);
  memcpy(&bytes[kLogs], logs, sizeof logs);
  const struct { uint32_t field, value;
  } fields[] = {{SAC_COMMON_OPCODE, SAC_OPCODE_MERGE}, {SAC_MERGE_LSE, 1}, {SAC_MERGE_STATES, kStates},
                {SAC_MERGE_AFFINE_ADDRESS, kAffine}, {SAC_MERGE_LSE_ADDRESS, kLogs},
                {SAC_MERGE_LSE_STATE_STRIDE, 4 * kCount}, {SAC_MERGE_Y_ADDRESS, kRows},
                {SAC_MERGE_Y_STATE_STRIDE, 64 * kCount}, {SAC_MERGE_Y_STRIDE, 64},
                {SAC_MERGE_OUTPUT_ADDRESS, kDestination}, {SAC_MERGE_OUTPUT_STRIDE, 64},
                {SAC_MERGE_OUTPUT_LSE_ADDRESS, kDestination + 64 * kCount}, {SAC_MERGE_ROWS, kCount},
                {SAC_MERGE_D, 32}};
  for (const auto &each : fields) sac_field_put(words, each.field, each.value);
  EXPECT_TRUE(sac_reference_execute(reference.get(), words));
  char text[32];
  snprintf(text, sizeof text, "values %08x", Checksum({bytes.begin() + kDestination, bytes.end()}));
  return {{"merge.states", text}};
}

// Every function table at every input it can meet.
std::map<std::string, std::string> TableJobs() {
  std::map<std::string, std::string> lines;
  IntegerScene scene(7, {});
  WitnessJob job;
  job.image = &scene.image;
  job.camera = LookAt({2, 2, 2}, {0, 0, 0}, 8, 8, 1.0);
  job.crop[2] = job.crop[3] = 8;
  WitnessMemory memory(job);
  std::unique_ptr<sac_reference_t, decltype(&sac_reference_destroy)> reference(
      sac_reference_create(memory.bytes.data(), memory.bytes.size(), 16, 16), sac_reference_destroy);
  for (size_t i = 0; i + 1 < memory.commands.size(); i++) {
    EXPECT_TRUE(sac_reference_execute(reference.get(), memory.commands[i].data()));
  }
  uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
  sac_attend_tables(0, memory.bytes.data(), commands);
  for (const auto &command : commands) EXPECT_TRUE(sac_reference_execute(reference.get(), command));
  const struct { const char *name; int target, low, high;
  } tables[] = {{"table.softplus", SAC_TARGET_SOFTPLUS, -32768, 32767},
                {"table.exp2", SAC_TARGET_EXP2, 0, 0xfffff},
                {"table.sine", SAC_TARGET_SINE, 0, 65535},
                {"table.sigmoid", SAC_TARGET_SIGMOID, -32768, 32767},
                {"table.tanh", SAC_TARGET_TANH, 0, 32767},
                {"table.power", SAC_TARGET_POWER, 0, 65535},
                {"table.log2", SAC_TARGET_LOG2, 0, 65535}};
  for (const auto &table : tables) {
    std::vector<uint8_t> bytes;
    for (int x = table.low; x <= table.high; x++) {
      const uint32_t y = (uint32_t)sac_reference_table_evaluate(&reference->tables[table.target], x);
      for (int byte = 0; byte < 4; byte++) bytes.push_back((uint8_t)(y >> 8 * byte));
    }
    char text[32];
    snprintf(text, sizeof text, "values %08x", Checksum(bytes));
    lines[table.name] = text;
  }
  return lines;
}

TEST(Baselines, TheNumberTableHasTheBitsOfItsVersion) {
  std::ifstream file(kPath);
  std::stringstream expected;
  expected << file.rdbuf();
  std::map<std::string, std::string> lines = RenderJobs();
  for (const auto &line : AttendJobs()) lines.insert(line);
  for (const auto &line : MergeJobs()) lines.insert(line);
  for (const auto &line : TableJobs()) lines.insert(line);
  std::string found =
      "# Bits of the number table: FNV-1a of what reference jobs leave (tests/reference/baseline_test.cc).\n";
  found += "version " + std::to_string(SAC_REG_VERSION_RESET) + "\n";
  for (const auto &line : lines) found += line.first + " " + line.second + "\n";
  if (expected.str() == found) return;
  const std::string left = std::string(SAC_BUILD) + "/reference.txt";
  std::ofstream(left) << found;
  const bool same_version =
      expected.str().find("\nversion " + std::to_string(SAC_REG_VERSION_RESET) + "\n") != std::string::npos;
  FAIL() << (same_version ? "bits of the number table changed without a new version: undo that, or raise VERSION in "
                            "scripts/spec/registers.yaml, then"
                          : "the number table has a new version:")
         << " take over " << left << " as " << kPath << "\nexpected:\n" << expected.str() << "found:\n" << found;
}

}  // namespace
