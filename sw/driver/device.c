// SPDX-License-Identifier: Apache-2.0
// Life of a device, its memory, windows, reset and counters (contract: saccade/saccade.h).
#include <stdlib.h>

#include "device_private.h"

// The 32-bit address space less its last block, so that every limit is an address.
static uint64_t memory_end(const sac_device_t *device) {
  const uint64_t largest = 0xffffffc0u;
  return device->hal.memory_bytes < largest ? device->hal.memory_bytes : largest;
}

static bool identify(sac_device_t *device, sac_error_t *error) {
  const uint32_t id = sac_device_get(device, SAC_REG_ID);
  if (id != SAC_REG_ID_RESET) {
    return sac_error_set(error, SAC_ERR_DEVICE,
                         "%s: register ID is 0x%08x, expected 0x%08x: not a Saccade machine",
                         device->hal.name, id, SAC_REG_ID_RESET);
  }
  const uint32_t version = sac_device_get(device, SAC_REG_VERSION);
  if (version != SAC_REG_VERSION_RESET) {
    return sac_error_set(error, SAC_ERR_DEVICE, "%s: register VERSION is %u, this driver knows %u",
                         device->hal.name, version, SAC_REG_VERSION_RESET);
  }
  if (memory_end(device) < SAC_HEAP_ADDRESS) {
    return sac_error_set(error, SAC_ERR_CAPACITY,
                         "%s: device memory has %zu bytes, the command ring alone takes %d",
                         device->hal.name, device->hal.memory_bytes, SAC_HEAP_ADDRESS);
  }
  for (unsigned i = 0; i < SAC_CAPACITIES; i++) {
    device->capacities.value[i] = sac_device_get(device, SAC_REG_CAPACITIES + 4 * i);
  }
  device->capacities.config_hash = sac_device_get(device, SAC_REG_CONFIG_HASH);
  return true;
}

sac_device_t *sac_device_open(const sac_hal_t *hal, sac_error_t *error) {
  sac_device_t *device = calloc(1, sizeof *device);
  if (device == NULL) {
    sac_error_set(error, SAC_ERR_MEMORY, "no memory for a device");
    return NULL;
  }
  device->hal = *hal;
  if (!identify(device, error) || !sac_device_reset(device, error) ||
      !sac_device_window(device, 0, 0, (uint32_t)memory_end(device),
                         SAC_WINDOW_READ | SAC_WINDOW_WRITE, error)) {
    free(device);
    return NULL;
  }
  for (unsigned i = 1; i < SAC_REG_WINDOW_BASE_COUNT; i++)
    sac_device_window(device, i, 0, 0, 0, NULL);
  sac_device_free_all(device);
  return device;
}

void sac_device_close(sac_device_t *device) {
  if (device == NULL) return;
  device->hal.close(device->hal.self);
  free(device);
}

const sac_hal_t *sac_device_hal(const sac_device_t *device) { return &device->hal; }

const sac_capacities_t *sac_device_capacities(const sac_device_t *device) {
  return &device->capacities;
}

bool sac_device_alloc(sac_device_t *device, size_t bytes, uint32_t *address, sac_error_t *error) {
  const uint64_t end = memory_end(device), left = end - device->heap;
  if (bytes > left) {
    return sac_error_set(
        error, SAC_ERR_CAPACITY, "%s: %zu bytes of device memory asked for, %llu of %llu are free",
        device->hal.name, bytes, (unsigned long long)left, (unsigned long long)end);
  }
  *address = (uint32_t)device->heap;
  const uint64_t next = device->heap + bytes + SAC_ALLOCATION_ALIGNMENT - 1;
  device->heap = next - next % SAC_ALLOCATION_ALIGNMENT;
  if (device->heap > end) device->heap = end;
  return true;
}

void sac_device_free_all(sac_device_t *device) { device->heap = SAC_HEAP_ADDRESS; }

bool sac_device_write(sac_device_t *device, uint32_t address, const void *data, size_t bytes,
                      sac_error_t *error) {
  if (device->hal.memory_write(device->hal.self, address, data, bytes)) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT,
                       "%s: write of %zu bytes at 0x%08x leaves the device memory (%zu bytes)",
                       device->hal.name, bytes, address, device->hal.memory_bytes);
}

bool sac_device_read(sac_device_t *device, uint32_t address, void *data, size_t bytes,
                     sac_error_t *error) {
  if (device->hal.memory_read(device->hal.self, address, data, bytes)) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT,
                       "%s: read of %zu bytes at 0x%08x leaves the device memory (%zu bytes)",
                       device->hal.name, bytes, address, device->hal.memory_bytes);
}

bool sac_device_window(sac_device_t *device, unsigned index, uint32_t base, uint32_t limit,
                       unsigned access, sac_error_t *error) {
  if (index >= SAC_REG_WINDOW_BASE_COUNT || base > limit ||
      access > (SAC_WINDOW_READ | SAC_WINDOW_WRITE)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "%s: window %u of 0x%08x to 0x%08x, access %u: expected window 0 to %d, "
                         "base <= limit, access 0 to 3",
                         device->hal.name, index, base, limit, access,
                         SAC_REG_WINDOW_BASE_COUNT - 1);
  }
  const uint32_t offset = SAC_REG_WINDOW_BASE_STRIDE * index;
  sac_device_put(device, SAC_REG_WINDOW_ACCESS + offset, 0);  // closed while it changes
  sac_device_put(device, SAC_REG_WINDOW_BASE + offset, base);
  sac_device_put(device, SAC_REG_WINDOW_LIMIT + offset, limit);
  if (access) sac_device_put(device, SAC_REG_WINDOW_ACCESS + offset, access);
  return true;
}

bool sac_device_reset(sac_device_t *device, sac_error_t *error) {
  sac_device_put(device, SAC_REG_CONTROL, SAC_CONTROL_SOFT_RESET_MASK);
  while (sac_device_get(device, SAC_REG_STATUS) & SAC_STATUS_RESETTING_MASK) {
    if (!device->hal.advance(device->hal.self)) {
      return sac_error_set(error, SAC_ERR_TIMEOUT, "%s: soft reset does not end", device->hal.name);
    }
  }
  device->submitted = device->completed = 0;
  device->stopped = false;
  device->last = (sac_completion_t){0};
  sac_device_put(device, SAC_REG_RING_BASE, SAC_RING_ADDRESS);
  sac_device_put(device, SAC_REG_RING_SIZE, SAC_RING_LOG2);
  sac_device_put(device, SAC_REG_COMPLETION_BASE, SAC_COMPLETION_ADDRESS_BASE);
  sac_device_put(device, SAC_REG_CONTROL, SAC_CONTROL_ENABLE_MASK);
  return true;
}

void sac_device_counters(const sac_device_t *device, uint32_t counters[SAC_COUNTERS]) {
  for (unsigned i = 0; i < SAC_COUNTERS; i++)
    counters[i] = sac_device_get(device, SAC_REG_COUNTERS + 4 * i);
}
