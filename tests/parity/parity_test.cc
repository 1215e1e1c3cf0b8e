// SPDX-License-Identifier: Apache-2.0
// Cycles of the model beside the RTL's, command by command: the same commands run on both, without random stalls; what
// each took, and every counter, goes to build/parity.json, which scripts/parity.py prints as a table. Work counters must
// be equal. The suite runs small commands on the small configurations; scripts/parity.py also runs the disabled test.
#include <gtest/gtest.h>
#include <jansson.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sim/rtl_configs.h"

extern "C" {
#include "sw/scene/pack.h"
#include "sw/tools/backend.h"
#include "sw/tools/config.h"
#include "sw/tools/render_job.h"
}
#include "tests/scene/random_field.h"

namespace {

constexpr size_t kMemory = 4u << 20;
constexpr uint32_t kSource = 1u << 20, kTarget = 2u << 20, kIndex = 3u << 20;

struct Workload {
  std::string name;
  std::vector<std::pair<uint32_t, uint32_t>> fields;  // of the measured command
};

struct Measured {
  uint32_t cycles = 0;
  uint32_t counters[SAC_COUNTERS] = {};
};

Workload Copy(const char *name, uint32_t bytes, uint32_t rows, uint32_t stride, bool gather = false) {
  return {name,
          {{SAC_COMMON_OPCODE, SAC_OPCODE_COPY}, {SAC_COPY_ROW_BYTES, bytes}, {SAC_COPY_ROWS, rows},
           {SAC_COPY_SOURCE_ADDRESS, kSource}, {SAC_COPY_DESTINATION_ADDRESS, kTarget},
           {SAC_COPY_SOURCE_STRIDE, stride}, {SAC_COPY_DESTINATION_STRIDE, bytes},
           {SAC_COPY_GATHER, gather}, {SAC_COPY_INDEX_ADDRESS, kIndex}}};
}

Workload Matmul(const char *name, uint32_t m, uint32_t k, uint32_t n) {
  return {name,
          {{SAC_COMMON_OPCODE, SAC_OPCODE_MATMUL}, {SAC_MATMUL_M, m}, {SAC_MATMUL_K, k}, {SAC_MATMUL_N, n},
           {SAC_MATMUL_X_ADDRESS, kSource}, {SAC_MATMUL_Y_ADDRESS, kTarget},
           {SAC_MATMUL_X_STRIDE, (2 * k + 3) & ~3u}, {SAC_MATMUL_Y_STRIDE, (2 * n + 3) & ~3u}}};
}

Workload Table(const char *name, uint32_t target, uint32_t count) {
  return {name,
          {{SAC_COMMON_OPCODE, SAC_OPCODE_TABLE}, {SAC_TABLE_TARGET, target}, {SAC_TABLE_COUNT, count},
           {SAC_TABLE_SOURCE_ADDRESS, kSource}, {SAC_TABLE_SHIFT, 4}}};
}

const std::vector<Workload> kCommands = {
    {"NOP", {{SAC_COMMON_OPCODE, SAC_OPCODE_NOP}}},
    Copy("COPY 64 B", 64, 1, 64),
    Copy("COPY 32 KiB", 32768, 1, 32768),
    Copy("COPY 64 x 256 B, strided", 256, 64, 1024),
    Copy("COPY 64 x 100 B, gather", 100, 64, 128, true),
    Table("TABLE general", SAC_TARGET_GENERAL, 256),
    Table("TABLE 64 weight words", SAC_TARGET_WEIGHT, 64),
    Matmul("MATMUL 1 x 64 x 8", 1, 64, 8),
    Matmul("MATMUL 64 x 64 x 32", 64, 64, 32),
    Matmul("MATMUL 64 x 256 x 64", 64, 256, 64),
};

sac_machine_config_t Config(const std::string &name) {
  sac_machine_config_t config = {};
  sac_error_t error = {};
  EXPECT_TRUE(sac_config_load(&config, ("configs/" + name + ".yaml").c_str(), &error)) << error.message;
  return config;
}

sac_device_t *Open(const char *backend, const sac_machine_config_t &config, size_t bytes) {
  sac_error_t error = {};
  const sac_backend_options_t options = {backend, bytes, 0, nullptr, nullptr};
  sac_device_t *device = sac_backend_open(&options, &config, &error);
  EXPECT_NE(device, nullptr) << error.message;
  return device;
}

Measured Run(const char *backend, const sac_machine_config_t &config, const Workload &work) {
  Measured result;
  sac_error_t error = {};
  sac_device_t *device = Open(backend, config, kMemory);
  if (!device) return result;
  std::mt19937 random(7);
  std::vector<uint32_t> data(kMemory / 16);
  for (uint32_t &word : data) word = static_cast<uint32_t>(random());
  EXPECT_TRUE(sac_device_write(device, kSource, data.data(), data.size() * 4, &error)) << error.message;
  for (size_t i = 0; i < 4096; i++) data[i] %= 1024;
  EXPECT_TRUE(sac_device_write(device, kIndex, data.data(), 4096 * 4, &error)) << error.message;
  uint32_t words[SAC_COMMAND_WORDS] = {}, before[SAC_COUNTERS];
  for (auto [field, value] : work.fields) sac_field_put(words, field, value);
  sac_device_counters(device, before);
  EXPECT_TRUE(sac_queue_submit(device, words, 0, &error) && sac_queue_wait(device, &error)) << error.message;
  result.cycles = sac_queue_last(device)->cycles;
  // The record is in memory before the machine has its answer and counts the command.
  const sac_hal_t *hal = sac_device_hal(device);
  while (hal->read32(hal->self, SAC_REG_STATUS) & SAC_STATUS_BUSY_MASK) if (!hal->advance(hal->self)) break;
  sac_device_counters(device, result.counters);
  for (int i = 0; i < SAC_COUNTERS; i++) result.counters[i] -= before[i];
  sac_device_close(device);
  return result;
}

struct View {
  std::string name;
  const sac_image_t *image;
  sac_render_job_t job;
};

Measured Run(const char *backend, const sac_machine_config_t &config, const View &view) {
  Measured result;
  sac_error_t error = {};
  sac_render_result_t picture = {};
  sac_device_t *device = Open(backend, config, sac_render_job_memory(view.image, &view.job));
  if (!device) return result;
  EXPECT_TRUE(sac_render_job_run(device, view.image, &view.job, &picture, &error)) << error.message;
  sac_device_close(device);
  result.cycles = picture.cycles;
  std::copy(picture.counters, picture.counters + SAC_COUNTERS, result.counters);
  sac_render_result_free(&picture);
  return result;
}

json_t *Counters(const Measured &measured) {
  json_t *object = json_object();
  for (int i = 0; i < SAC_COUNTERS; i++)
    json_object_set_new(object, sac_counter_infos[i].name, json_integer(measured.counters[i]));
  return object;
}

template <class Work>
void Compare(json_t *rows, const std::string &config_name, const sac_machine_config_t &config, const Work &work) {
  SCOPED_TRACE(config_name + ": " + work.name);
  const Measured model = Run("model", config, work), rtl = Run("rtl", config, work);
  for (int i = 0; i < SAC_COUNTERS; i++) {
    if (sac_counter_infos[i].time) continue;
    EXPECT_EQ(rtl.counters[i], model.counters[i]) << sac_counter_infos[i].name;
  }
  json_array_append_new(rows, json_pack("{s:s, s:s, s:i, s:i, s:o, s:o}", "config", config_name.c_str(), "command",
                                        work.name.c_str(), "model_cycles", (int)model.cycles, "rtl_cycles",
                                        (int)rtl.cycles, "model", Counters(model), "rtl", Counters(rtl)));
}

sac_render_job_t Job(int size) {
  sac_render_job_t job = {};
  job.camera.width = job.camera.height = size;
  job.camera.focal = size;
  for (int i = 0; i < 3; i++) job.camera.rotation[i][i] = 1;
  job.camera.origin[0] = 0.2;
  job.camera.origin[1] = -0.1;
  job.camera.origin[2] = 3.2;
  job.crop[2] = job.crop[3] = size;
  job.termination = 66;
  job.carry = 1311;
  std::memset(job.background, 255, sizeof job.background);
  return job;
}

void Measure(const std::vector<std::string> &chosen, int size) {
  RandomField scene(7);
  sac_error_t error = {};
  sac_image_t image = {};
  const sac_pack_options_t options = sac_pack_defaults();
  ASSERT_TRUE(sac_image_pack(&scene.field, &options, &image, &error)) << error.message;
  json_t *rows = json_array();
  for (size_t c = 0; c < sac_rtl_config_count; c++) {
    const std::string name = sac_rtl_configs[c].name;
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), name) == chosen.end()) continue;
    const sac_machine_config_t config = Config(name);
    for (const Workload &work : kCommands) Compare(rows, name, config, work);
    Compare(rows, name, config, View{"RENDER " + std::to_string(size) + " x " + std::to_string(size), &image, Job(size)});
  }
  EXPECT_EQ(json_dump_file(rows, SAC_BUILD "/parity.json", JSON_INDENT(1)), 0);
  json_decref(rows);
  sac_image_free(&image);
}

TEST(Parity, WorkCountersAgreeOnSmallMachines) { Measure({"tiny", "odd"}, 12); }

TEST(Parity, DISABLED_Table) { Measure({}, 32); }

}  // namespace
