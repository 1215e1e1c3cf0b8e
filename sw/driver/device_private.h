// SPDX-License-Identifier: Apache-2.0
// What device.c and queue.c share. Device memory begins with the ring and the completion ring.
#ifndef SACCADE_DEVICE_PRIVATE_H
#define SACCADE_DEVICE_PRIVATE_H

#include "saccade/saccade.h"

enum {
  SAC_RING_LOG2 = 6,
  SAC_RING_SLOTS = 1 << SAC_RING_LOG2,
  SAC_RING_ADDRESS = 0,
  SAC_COMPLETION_ADDRESS_BASE = SAC_RING_ADDRESS + SAC_RING_SLOTS * SAC_COMMAND_BYTES,
  SAC_HEAP_ADDRESS = SAC_COMPLETION_ADDRESS_BASE + SAC_RING_SLOTS * 4 * SAC_COMPLETION_WORDS,
  SAC_ALLOCATION_ALIGNMENT = 64,
};

struct sac_device {
  sac_hal_t hal;
  sac_capacities_t capacities;
  uint64_t heap;       // first free byte of device memory
  uint32_t submitted;  // commands since reset
  uint32_t completed;
  bool stopped;
  sac_completion_t last;
  uint8_t opcodes[SAC_RING_SLOTS];  // of the commands in the ring, for messages
};

static inline uint32_t sac_device_get(const sac_device_t *device, uint32_t offset) {
  return device->hal.read32(device->hal.self, offset);
}

static inline void sac_device_put(sac_device_t *device, uint32_t offset, uint32_t value) {
  device->hal.write32(device->hal.self, offset, value);
}

#endif
