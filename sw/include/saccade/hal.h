// SPDX-License-Identifier: Apache-2.0
// What the driver needs of a machine: 32-bit registers (map: registers.yaml), device memory, and a way to let time pass.
// The model, the Verilated RTL, memory-mapped hardware and the tests' mock implement it; the caller chooses one and
// hands it to sac_device_open. All functions are called from one thread.
#ifndef SACCADE_HAL_H
#define SACCADE_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sac_hal {
  const char *name;  // "model", "rtl", "mmio": for reports
  void *self;        // handed back to every function
  uint32_t (*read32)(void *self, uint32_t offset);
  void (*write32)(void *self, uint32_t offset, uint32_t value);
  // Device memory from byte address 0; false if the range is not there.
  bool (*memory_write)(void *self, uint32_t address, const void *data, size_t bytes);
  bool (*memory_read)(void *self, uint32_t address, void *data, size_t bytes);
  size_t memory_bytes;  // size of device memory
  // Lets the machine work until something may have changed (a command completed, an interrupt, some cycles);
  // false when it can make no progress any more (the driver then reports a time-out).
  bool (*advance)(void *self);
  void (*close)(void *self);
} sac_hal_t;

#endif
