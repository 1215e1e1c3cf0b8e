// SPDX-License-Identifier: Apache-2.0
// A Verilated machine and the model side by side behind their HALs: the same registers, memory and commands go to both,
// and both are compared afterwards. Device memory begins with the rings, then comes what only the host writes.
#ifndef SACCADE_TESTS_PAIR_H
#define SACCADE_TESTS_PAIR_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "sim/hal_rtl.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

// The seed of a random test: SAC_SEED, else the test's own. Failures print it with the line that runs them again.
inline uint32_t TestSeed(uint32_t own) {
  const char *text = std::getenv("SAC_SEED");
  return text ? static_cast<uint32_t>(std::strtoul(text, nullptr, 0)) : own;
}

// How many random commands a test draws: SAC_COMMANDS, else the test's own number.
inline unsigned TestCommands(unsigned own) {
  const char *text = std::getenv("SAC_COMMANDS");
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 0)) : own;
}

inline std::string Rerun(const std::string &program, uint32_t seed) {
  const testing::TestInfo *info = testing::UnitTest::GetInstance()->current_test_info();
  return "seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) + " make test T=" + program + ":" +
         info->test_suite_name() + "." + info->name();
}

// Names of the built configurations, for INSTANTIATE_TEST_SUITE_P.
inline std::vector<std::string> BuiltConfigs() {
  std::vector<std::string> names;
  for (size_t i = 0; i < sac_rtl_config_count; i++) names.push_back(sac_rtl_configs[i].name);
  return names;
}

struct PairOptions {
  uint32_t seed = 1;
  unsigned latency = 4, stall_percent = 0, bytes_per_cycle = 0;
  uint64_t memory_base = 0;
  size_t memory_bytes = 256 << 10;
};

using Command = std::vector<uint32_t>;  // SAC_COMMAND_WORDS words

inline Command NewCommand(unsigned opcode, unsigned tag = 0) {
  Command words(SAC_COMMAND_WORDS);
  sac_field_put(words.data(), SAC_COMMON_OPCODE, opcode);
  sac_field_put(words.data(), SAC_COMMON_TAG, tag);
  return words;
}

class Pair {
 public:
  static constexpr unsigned kSettleLimit = 3000000;  // cycles

  sac_machine_config_t config{};
  sac_hal_t rtl{}, model{};
  sac_model_t *twin = nullptr;  // behind `model`
  sac_rtl_t *machine = nullptr;
  uint32_t ring_base = 0, ring_log2 = 3, completion_base = 0x1000, tail = 0;
  size_t memory_bytes;

  Pair(const std::string &name, const PairOptions &options) : memory_bytes(options.memory_bytes) {
    sac_error_t error = {};
    const std::string path = "configs/" + name + ".yaml";
    good_ = sac_config_load(&config, path.c_str(), &error);
    sac_rtl_options_t rtl_options = {};
    rtl_options.config = name.c_str();
    rtl_options.seed = options.seed;
    rtl_options.memory_bytes = memory_bytes;
    rtl_options.memory_base = options.memory_base;
    rtl_options.latency = options.latency;
    rtl_options.bytes_per_cycle = options.bytes_per_cycle;
    rtl_options.stall_percent = options.stall_percent;
    good_ = good_ && sac_hal_rtl_open(&rtl_options, &rtl, &error);
    EXPECT_TRUE(good_) << error.message;
    if (!good_) std::abort();
    machine = sac_hal_rtl_machine(&rtl);
    twin = sac_model_create(&config, memory_bytes);
    model = sac_model_hal(twin);
    Window(0, 0, static_cast<uint32_t>(memory_bytes), 3);
  }
  ~Pair() {
    rtl.close(rtl.self);
    model.close(model.self);
  }
  Pair(const Pair &) = delete;
  Pair &operator=(const Pair &) = delete;

  uint32_t capacity(sac_capacity_t which) const { return config.capacities[which]; }
  unsigned beat_bytes() const { return capacity(SAC_CAPACITY_AXI_DATA_WIDTH) / 8; }
  uint8_t *rtl_memory() { return sac_axi_memory_bytes(sac_rtl_memory(machine)); }

  void Put(uint32_t offset, uint32_t value) {
    rtl.write32(rtl.self, offset, value);
    model.write32(model.self, offset, value);
  }

  // A register that both must agree on; the model's value.
  uint32_t Get(uint32_t offset) {
    const uint32_t value = model.read32(model.self, offset);
    EXPECT_EQ(rtl.read32(rtl.self, offset), value) << "register 0x" << std::hex << offset;
    return value;
  }

  void Window(unsigned i, uint32_t base, uint32_t limit, unsigned access) {
    Put(SAC_REG_WINDOW_BASE + SAC_REG_WINDOW_BASE_STRIDE * i, base);
    Put(SAC_REG_WINDOW_LIMIT + SAC_REG_WINDOW_BASE_STRIDE * i, limit);
    Put(SAC_REG_WINDOW_ACCESS + SAC_REG_WINDOW_BASE_STRIDE * i, access);
  }

  void Store(uint32_t address, const void *data, size_t bytes) {
    ASSERT_TRUE(rtl.memory_write(rtl.self, address, data, bytes));
    ASSERT_TRUE(model.memory_write(model.self, address, data, bytes));
  }

  // Whole beats from first to last fail in both; NONE mends them.
  void Fail(sac_hw_error_t code, uint32_t first, uint32_t last) {
    first = first / beat_bytes() * beat_bytes();
    last = last / beat_bytes() * beat_bytes() + beat_bytes() - 1;
    sac_model_fault(twin, code, first, last);
    sac_axi_memory_clear_fault(sac_rtl_memory(machine));
    if (code == SAC_HW_ERR_NONE) return;
    sac_axi_memory_fault(sac_rtl_memory(machine), code == SAC_HW_ERR_SLVERR ? SAC_AXI_FAULT_SLVERR
                         : code == SAC_HW_ERR_DECERR ? SAC_AXI_FAULT_DECERR : SAC_AXI_FAULT_SILENT, first, last);
  }

  // Sets up the queue after a reset.
  void Start(uint32_t control = SAC_CONTROL_ENABLE_MASK) {
    Put(SAC_REG_RING_BASE, ring_base);
    Put(SAC_REG_RING_SIZE, ring_log2);
    Put(SAC_REG_COMPLETION_BASE, completion_base);
    Put(SAC_REG_CONTROL, control);
    tail = 0;
  }

  // Soft reset of both; false if the hardware does not come back.
  bool Reset() {
    Put(SAC_REG_CONTROL, SAC_CONTROL_SOFT_RESET_MASK);
    for (unsigned i = 0; i < kSettleLimit / 16; i++) {
      if (!(rtl.read32(rtl.self, SAC_REG_STATUS) & SAC_STATUS_RESETTING_MASK)) return true;
      sac_rtl_clock(machine, 16);
    }
    return false;
  }

  uint32_t record_address(uint32_t index) const {
    return completion_base + (index & ((1u << ring_log2) - 1)) * 4 * SAC_COMPLETION_WORDS;
  }

  // Writes a descriptor into the ring and clears its completion record; Ring() makes it known.
  void Queue(const Command &words) {
    const uint32_t empty[SAC_COMPLETION_WORDS] = {};
    Store(record_address(tail), empty, sizeof empty);
    Store(ring_base + (tail & ((1u << ring_log2) - 1)) * SAC_COMMAND_BYTES, words.data(), SAC_COMMAND_BYTES);
    tail++;
  }
  void Ring() { Put(SAC_REG_RING_TAIL, tail); }

  // Lets both work until they are idle or have stopped; false if the hardware hangs.
  bool Settle() {
    while (model.advance(model.self)) {
    }
    const uint64_t begin = sac_rtl_cycles(machine);
    while (sac_rtl_cycles(machine) - begin < kSettleLimit) {
      const uint32_t status = rtl.read32(rtl.self, SAC_REG_STATUS);
      if (status & SAC_STATUS_STOPPED_MASK || !(status & SAC_STATUS_BUSY_MASK)) return true;
      sac_rtl_clock(machine, 12);
    }
    return false;
  }

  std::vector<uint8_t> Memory(const sac_hal_t &hal) const {
    std::vector<uint8_t> bytes(memory_bytes);
    EXPECT_TRUE(hal.memory_read(hal.self, 0, bytes.data(), bytes.size()));
    return bytes;
  }

  // Registers of the queue, counters of work (with `counters`), and the protocol.
  void CompareState(bool counters = true) {
    for (const uint32_t offset : {SAC_REG_STATUS, SAC_REG_RING_HEAD, SAC_REG_IRQ_STATUS, SAC_REG_ERROR_CODE,
                                  SAC_REG_ERROR_INDEX, SAC_REG_ERROR_ADDRESS}) {
      Get(offset);
    }
    const char *violation = sac_axi_memory_violation(sac_rtl_memory(machine));
    EXPECT_EQ(violation, nullptr) << violation;
    if (!counters) return;
    for (uint32_t i = 0; i < SAC_COUNTERS; i++) {
      if (sac_counter_infos[i].time) continue;
      EXPECT_EQ(rtl.read32(rtl.self, SAC_REG_COUNTERS + 4 * i), model.read32(model.self, SAC_REG_COUNTERS + 4 * i))
          << sac_counter_infos[i].name;
    }
  }

  // All of memory, byte for byte, but for the cycles in the completion records, which become the model's.
  void CompareMemory() {
    const std::vector<uint8_t> theirs = Memory(model);
    for (uint32_t i = 0; i < 1u << ring_log2; i++) {
      std::memcpy(rtl_memory() + record_address(i), &theirs[record_address(i)], 4);
    }
    ExpectSame(Memory(rtl), theirs, 0, memory_bytes, "model");
  }

  static void ExpectSame(const std::vector<uint8_t> &a, const std::vector<uint8_t> &b, size_t from, size_t to,
                         const char *witness) {
    if (std::memcmp(&a[from], &b[from], to - from) == 0) return;
    size_t first = from, count = 0;
    while (a[first] == b[first]) first++;
    for (size_t i = first; i < to; i++) count += a[i] != b[i];
    ADD_FAILURE() << count << " bytes differ from the " << witness << ", the first at 0x" << std::hex << first << ": "
                  << +a[first] << ", expected " << +b[first];
  }

 private:
  bool good_ = false;
};

#endif
