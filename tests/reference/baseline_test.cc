// SPDX-License-Identifier: Apache-2.0
// Checksums of reference jobs (tests/baselines/reference.txt): the bits of the number table. Whoever changes them on
// purpose raises VERSION in scripts/spec/registers.yaml and takes over the file that a failure leaves.
#include "witness.h"

#include <fstream>
#include <map>
#include <sstream>

#include "integer_scene.h"
#include "tests/support/eye.h"

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
  const struct { const char *name; int target, low, high; } tables[] = {
      {"table.softplus", SAC_TARGET_SOFTPLUS, -32768, 32767}, {"table.exp2", SAC_TARGET_EXP2, 0, 0xfffff},
      {"table.sine", SAC_TARGET_SINE, 0, 65535}, {"table.sigmoid", SAC_TARGET_SIGMOID, -32768, 32767}};
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
  for (const auto &line : TableJobs()) lines.insert(line);
  std::string found = "# Bits of the number table: FNV-1a of what reference jobs leave (tests/reference/baseline_test.cc).\n";
  found += "version " + std::to_string(SAC_REG_VERSION_RESET) + "\n";
  for (const auto &line : lines) found += line.first + " " + line.second + "\n";
  if (expected.str() == found) return;
  const std::string left = std::string(SAC_BUILD) + "/reference.txt";
  std::ofstream(left) << found;
  const bool same_version = expected.str().find("\nversion " + std::to_string(SAC_REG_VERSION_RESET) + "\n") != std::string::npos;
  FAIL() << (same_version ? "bits of the number table changed without a new version: undo that, or raise VERSION in "
                            "scripts/spec/registers.yaml, then"
                          : "the number table has a new version:")
         << " take over " << left << " as " << kPath << "\nexpected:\n" << expected.str() << "found:\n" << found;
}

}  // namespace
