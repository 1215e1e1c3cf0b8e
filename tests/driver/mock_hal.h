// SPDX-License-Identifier: Apache-2.0
// A machine made of tables: it logs every register and memory access as text, and advance() runs
// what a test scripts.
#ifndef TESTS_DRIVER_MOCK_HAL_H
#define TESTS_DRIVER_MOCK_HAL_H

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "saccade/saccade.h"

class MockHal {
 public:
  std::vector<std::string> log;
  std::map<uint32_t, uint32_t> registers;
  std::vector<uint8_t> memory = std::vector<uint8_t>(64 * 1024, 0xa5);
  std::function<bool()> on_advance = [] { return false; };
  bool closed = false;

  MockHal() {
    registers[SAC_REG_ID] = SAC_REG_ID_RESET;
    registers[SAC_REG_VERSION] = SAC_REG_VERSION_RESET;
  }

  sac_hal_t hal() {
    sac_hal_t hal = {};
    hal.name = "mock";
    hal.self = this;
    hal.read32 = [](void *self, uint32_t offset) { return Of(self).registers[offset]; };
    hal.write32 = [](void *self, uint32_t offset, uint32_t value) {
      Of(self).Log("write %03x %08x", offset, value);
      Of(self).registers[offset] = value;
    };
    hal.memory_write = [](void *self, uint32_t address, const void *data, size_t bytes) {
      if (!Of(self).Inside(address, bytes)) return false;
      Of(self).Log("memory %x +%x", address, static_cast<uint32_t>(bytes));
      memcpy(&Of(self).memory[address], data, bytes);
      return true;
    };
    hal.memory_read = [](void *self, uint32_t address, void *data, size_t bytes) {
      if (!Of(self).Inside(address, bytes)) return false;
      memcpy(data, &Of(self).memory[address], bytes);
      return true;
    };
    hal.memory_bytes = memory.size();
    hal.advance = [](void *self) { return Of(self).on_advance(); };
    hal.close = [](void *self) { Of(self).closed = true; };
    return hal;
  }

  uint32_t Word(uint32_t address) const {
    uint32_t word;
    memcpy(&word, &memory[address], sizeof word);
    return word;
  }

  // Writes a completion record as the machine would.
  void Complete(uint32_t address, uint16_t tag, uint32_t index, uint8_t error = 0,
                uint32_t where = 0, uint32_t cycles = 100) {
    const uint32_t record[4] = {cycles, index, where,
                                0x80000000u | static_cast<uint32_t>(error) << 16 | tag};
    memcpy(&memory[address], record, sizeof record);
  }

 private:
  static MockHal &Of(void *self) { return *static_cast<MockHal *>(self); }
  bool Inside(uint32_t address, size_t bytes) const {
    return bytes <= memory.size() && address <= memory.size() - bytes;
  }
  void Log(const char *format, uint32_t a, uint32_t b) {
    char text[64];
    snprintf(text, sizeof text, format, a, b);
    log.push_back(text);
  }
};

#endif
