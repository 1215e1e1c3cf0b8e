// SPDX-License-Identifier: Apache-2.0
// One RENDER job done by the scalar reference and by the model, from the same bytes of device memory.
#ifndef SACCADE_TESTS_WITNESS_H
#define SACCADE_TESTS_WITNESS_H

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "model/reference/reference.h"
#include "model/saccade_model.h"
#include "saccade/saccade.h"
#include "sw/driver/camera_record.h"
#include "sw/driver/scene_layout.h"
#include "sw/tools/config.h"
}

struct WitnessJob {
  const sac_image_t *image = nullptr;
  sac_camera_t camera = {};
  int crop[4] = {};  // x, y, width, height
  int side = 4, tile = 16, lanes = 16;
  int termination = 66, carry = 1311;
  uint8_t background[3] = {255, 128, 0};
};

struct WitnessPicture {
  std::vector<uint8_t> rgba, depth;
  std::array<uint64_t, SAC_COUNTERS> counters = {};
  bool operator==(const WitnessPicture &other) const { return rgba == other.rgba && depth == other.depth; }
};

// What both count: defined by data alone.
constexpr sac_counter_t kWitnessCounters[] = {
    SAC_COUNTER_RAY_RAYS,         SAC_COUNTER_RAY_HITS,         SAC_COUNTER_WALK_SUPERCUBES,
    SAC_COUNTER_WALK_CUBES,       SAC_COUNTER_COVER_TESTS,      SAC_COUNTER_RENDER_CUBES_VISITED,
    SAC_COUNTER_RENDER_CUBES_DEAD, SAC_COUNTER_RENDER_PIXELS_TESTED, SAC_COUNTER_VERTEX_VERTICES,
    SAC_COUNTER_SAMPLE_RAYS,      SAC_COUNTER_SAMPLE_CANDIDATES, SAC_COUNTER_SAMPLE_SAMPLES,
    SAC_COUNTER_COMPOSITE_CONTRIBUTING, SAC_COUNTER_COMPOSITE_ENTRIES, SAC_COUNTER_WRITEBACK_PIXELS};

// Device memory and commands of a job: the same for every machine with that many lanes.
class WitnessMemory {
 public:
  explicit WitnessMemory(const WitnessJob &job) : job_(job) {
    sac_error_t error = {};
    sac_scene_layout_t layout;
    const sac_scene_limits_t limits = {(uint32_t)job.lanes, 8, 2048, 65536, 4096, 1024, 1024};
    uint32_t record[SAC_CAMERA_RECORD_WORDS];
    EXPECT_TRUE(sac_scene_layout(job.image, &limits, job.side, kBase, &layout, &error)) << error.message;
    EXPECT_TRUE(sac_camera_record(&job.camera, job.image, job.side, record, &error)) << error.message;
    const uint32_t camera = kBase + (uint32_t)layout.size, size = (uint32_t)(4 * job.crop[2] * job.crop[3]);
    colour_ = camera + sizeof record;
    depth_ = colour_ + (size + 63) / 64 * 64;
    bytes.resize((depth_ + size + 4095) / 4096 * 4096);
    memcpy(&bytes[kBase], layout.bytes, layout.size);
    memcpy(&bytes[camera], record, sizeof record);
    for (const auto &table : layout.tables) commands.push_back(Command(table));
    sac_render_request_t request = {};
    request.scene_address = layout.scene_address;
    request.camera_address = camera;
    request.colour_address = colour_;
    request.depth_address = depth_;
    request.depth = true;
    request.x = job.crop[0];
    request.y = job.crop[1];
    request.width = request.stride = job.crop[2];
    request.height = job.crop[3];
    request.termination = (uint16_t)job.termination;
    request.carry = (uint16_t)job.carry;
    memcpy(request.background, job.background, sizeof request.background);
    uint32_t words[SAC_DESCRIPTOR_WORDS];
    sac_render_descriptor(&request, words);
    commands.push_back(Command(words));
    sac_scene_layout_free(&layout);
  }

  void Picture(const uint8_t *memory, WitnessPicture *out) const {
    const size_t size = (size_t)(4 * job_.crop[2] * job_.crop[3]);
    out->rgba.assign(memory + colour_, memory + colour_ + size);
    out->depth.assign(memory + depth_, memory + depth_ + size);
  }

  using Words = std::array<uint32_t, SAC_DESCRIPTOR_WORDS>;
  static constexpr uint32_t kBase = 1 << 20;  // behind the driver's ring
  std::vector<uint8_t> bytes;
  std::vector<Words> commands;

 private:
  static Words Command(const uint32_t *words) {
    Words out;
    memcpy(out.data(), words, sizeof out);
    return out;
  }
  const WitnessJob &job_;
  uint32_t colour_ = 0, depth_ = 0;
};

inline WitnessPicture ReferencePicture(const WitnessJob &job, sac_reference_order_t order) {
  WitnessMemory memory(job);
  WitnessPicture out;
  std::unique_ptr<sac_reference_t, decltype(&sac_reference_destroy)> reference(
      sac_reference_create(memory.bytes.data(), memory.bytes.size(), (unsigned)job.lanes, (unsigned)job.tile),
      sac_reference_destroy);
  reference->order = order;
  for (const auto &command : memory.commands) EXPECT_TRUE(sac_reference_execute(reference.get(), command.data()));
  memory.Picture(memory.bytes.data(), &out);
  std::copy_n(reference->counters, (size_t)SAC_COUNTERS, out.counters.begin());
  return out;
}

// The model with the job's cube side, tile and lanes; everything else as in configs/tiny.yaml, but with room for any
// scene, and seeing dead pixels at once, as the reference does.
inline sac_machine_config_t WitnessConfig(const WitnessJob &job) {
  sac_machine_config_t config = {};
  sac_error_t error = {};
  EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error)) << error.message;
  uint32_t *capacity = config.capacities;
  capacity[SAC_CAPACITY_LANES] = (uint32_t)job.lanes;
  capacity[SAC_CAPACITY_TILE] = (uint32_t)job.tile;
  capacity[SAC_CAPACITY_CUBE_SIDE] = 8;
  capacity[SAC_CAPACITY_LINE_ROWS] = 2048;
  capacity[SAC_CAPACITY_WEIGHT_WORDS] = 65536;
  capacity[SAC_CAPACITY_QUANT_ENTRIES] = 4096;
  capacity[SAC_CAPACITY_X_WORDS] = 1024;
  capacity[SAC_CAPACITY_ALIVE_LAG] = 1;
  return config;
}

inline WitnessPicture ModelPicture(const WitnessJob &job, const sac_machine_config_t &config) {
  const WitnessMemory memory(job);
  WitnessPicture out;
  sac_error_t error = {};
  const sac_hal_t hal = sac_model_hal(sac_model_create(&config, memory.bytes.size()));
  sac_device_t *device = sac_device_open(&hal, &error);
  EXPECT_NE(device, nullptr) << error.message;
  if (!device) return out;
  const size_t base = WitnessMemory::kBase;
  EXPECT_TRUE(sac_device_write(device, base, &memory.bytes[base], memory.bytes.size() - base, &error)) << error.message;
  for (const auto &command : memory.commands) {
    EXPECT_TRUE(sac_queue_submit(device, command.data(), 0, &error)) << error.message;
  }
  EXPECT_TRUE(sac_queue_wait(device, &error)) << error.message;
  std::vector<uint8_t> after(memory.bytes.size());
  EXPECT_TRUE(sac_device_read(device, base, &after[base], after.size() - base, &error)) << error.message;
  memory.Picture(after.data(), &out);
  uint32_t counters[SAC_COUNTERS];
  sac_device_counters(device, counters);
  std::copy_n(counters, (size_t)SAC_COUNTERS, out.counters.begin());
  sac_device_close(device);
  return out;
}

inline WitnessPicture ModelPicture(const WitnessJob &job) { return ModelPicture(job, WitnessConfig(job)); }

// First byte that differs, in words.
inline std::string FirstDifference(const WitnessJob &job, const WitnessPicture &a, const WitnessPicture &b) {
  for (size_t i = 0; i < a.rgba.size() && i < b.rgba.size(); i++) {
    const size_t pixel = i / 4;
    if (a.rgba[i] == b.rgba[i] && a.depth[i] == b.depth[i]) continue;
    return "pixel " + std::to_string(pixel % job.crop[2]) + "," + std::to_string(pixel / job.crop[2]) + " byte " +
           std::to_string(i % 4) + ": colour " + std::to_string(a.rgba[i]) + " and " + std::to_string(b.rgba[i]) +
           ", depth " + std::to_string(a.depth[i]) + " and " + std::to_string(b.depth[i]);
  }
  return "equal";
}

// Reference in cube order and model agree in bytes and counters; bytes also with `truth` where it is given.
inline void ExpectWitnessesAgree(const WitnessJob &job, const WitnessPicture *truth) {
  SCOPED_TRACE("side " + std::to_string(job.side) + ", tile " + std::to_string(job.tile) + ", termination " +
               std::to_string(job.termination) + ", carry " + std::to_string(job.carry));
  const WitnessPicture reference = ReferencePicture(job, SAC_REFERENCE_CUBE_ORDER), model = ModelPicture(job);
  EXPECT_TRUE(reference == model) << "reference and model: " << FirstDifference(job, reference, model);
  if (truth) EXPECT_TRUE(reference == *truth) << "cube and ray order: " << FirstDifference(job, reference, *truth);
  for (sac_counter_t counter : kWitnessCounters) {
    EXPECT_EQ(reference.counters[counter], model.counters[counter]) << sac_counter_infos[counter].name;
  }
}

#endif
