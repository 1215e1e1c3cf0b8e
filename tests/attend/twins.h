// SPDX-License-Identifier: Apache-2.0
// A model and a scalar reference over the same bytes of device memory; commands go to both.
#ifndef SACCADE_TESTS_ATTEND_TWINS_H
#define SACCADE_TESTS_ATTEND_TWINS_H

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

extern "C" {
#include "model/reference/reference.h"
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

struct Twins {
  static constexpr uint32_t kMemory = 512 << 10, kData = 0x4000;  // below: rings

  sac_machine_config_t config = {};
  sac_hal_t model;
  std::vector<uint8_t> bytes;
  std::unique_ptr<sac_reference_t, decltype(&sac_reference_destroy)> reference{nullptr, sac_reference_destroy};
  uint32_t tail = 0;

  // A machine like tiny, its array and tiles of any shape.
  explicit Twins(uint32_t seed) : bytes(kMemory) {
    sac_error_t error = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error)) << error.message;
    std::mt19937 random(seed);
    uint32_t *capacity = config.capacities;
    capacity[SAC_CAPACITY_ROWS] = 1 + random() % 9;
    capacity[SAC_CAPACITY_LANES] = 8u << random() % 5;
    capacity[SAC_CAPACITY_QUERY_BLOCKS] = 1 + random() % 8;
    capacity[SAC_CAPACITY_KV_TILE] = 8 + random() % 40;
    capacity[SAC_CAPACITY_HEAD_DIM] = std::max(16u, capacity[SAC_CAPACITY_LANES]) << random() % 4;
    model = sac_model_hal(sac_model_create(&config, kMemory));
    reference.reset(sac_reference_create(bytes.data(), bytes.size(), capacity[SAC_CAPACITY_LANES], 16));
    reference->rows = capacity[SAC_CAPACITY_ROWS];
    reference->query_blocks = capacity[SAC_CAPACITY_QUERY_BLOCKS];
    reference->kv_tile = capacity[SAC_CAPACITY_KV_TILE];
    const struct { uint32_t offset, value;
    } registers[] = {{SAC_REG_WINDOW_LIMIT, kMemory},
                     {SAC_REG_WINDOW_ACCESS, 3},
                     {SAC_REG_RING_SIZE, 4},
                     {SAC_REG_COMPLETION_BASE, 0x2000},
                     {SAC_REG_CONTROL, SAC_CONTROL_ENABLE_MASK}};
    for (const auto &each : registers) model.write32(model.self, each.offset, each.value);
  }
  ~Twins() { model.close(model.self); }

  void Store(uint32_t address, const void *data, size_t size) {
    ASSERT_TRUE(model.memory_write(model.self, address, data, size));
    std::memcpy(&bytes[address], data, size);
  }

  void Execute(const std::vector<uint32_t> &words) {
    Store(tail % 16 * SAC_COMMAND_BYTES, words.data(), SAC_COMMAND_BYTES);
    model.write32(model.self, SAC_REG_RING_TAIL, ++tail);
    while (model.advance(model.self)) {
    }
    ASSERT_EQ(model.read32(model.self, SAC_REG_ERROR_CODE), 0u)
        << "at " << model.read32(model.self, SAC_REG_ERROR_ADDRESS);
    if (reference) ASSERT_TRUE(sac_reference_execute(reference.get(), words.data()));
  }

  void Compare() {
    if (!reference) return;  // a test may do without
    std::vector<uint8_t> mine(kMemory);
    ASSERT_TRUE(model.memory_read(model.self, 0, mine.data(), mine.size()));
    for (uint32_t i = kData; i < kMemory; i++) {
      ASSERT_EQ(mine[i], bytes[i]) << "at 0x" << std::hex << i;
    }
    for (sac_counter_t counter : {SAC_COUNTER_ATTEND_BLOCKS, SAC_COUNTER_ATTEND_TILES, SAC_COUNTER_ATTEND_KEYS,
                                  SAC_COUNTER_ATTEND_SCORES, SAC_COUNTER_ATTEND_MASKED}) {
      EXPECT_EQ(model.read32(model.self, SAC_REG_COUNTERS + 4 * counter), reference->counters[counter])
          << sac_counter_infos[counter].name;
    }
  }
};

#endif
