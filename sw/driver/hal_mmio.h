// SPDX-License-Identifier: Apache-2.0
// A HAL over two mapped files: the register block (/dev/uioN, /dev/mem) and the device memory
// (another UIO map, /dev/mem, a udmabuf). Waiting is polling; a machine that says nothing for
// timeout_ms after the last register write is reported as stuck.
#ifndef SACCADE_HAL_MMIO_H
#define SACCADE_HAL_MMIO_H

#include "saccade/error.h"
#include "saccade/hal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_mmio_options {
  const char *register_path;
  uint64_t register_offset;  // of the register block in the file, a multiple of the page size
  const char *memory_path;
  uint64_t memory_offset;  // of device address 0 in the file, a multiple of the page size
  size_t memory_bytes;
  uint64_t bus_base;  // bus address of device address 0 (MEMORY_BASE)
  uint32_t timeout_ms;
} sac_mmio_options_t;

// Fills `hal`; its close() unmaps.
bool sac_hal_mmio_open(const sac_mmio_options_t *options, sac_hal_t *hal, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
