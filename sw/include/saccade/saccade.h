// SPDX-License-Identifier: Apache-2.0
// The driver: one machine behind a HAL, its memory and its command queue. The same binary drives
// the model, the Verilated RTL and memory-mapped hardware; what the machine can do is read from its
// capacity registers.
//
//   sac_device_t *device = sac_device_open(&hal, &error);
//   sac_device_alloc(device, bytes, &address, &error);
//   sac_device_write(device, address, data, bytes, &error);
//   uint32_t words[SAC_COMMAND_WORDS] = {0};
//   sac_field_put(words, SAC_COMMON_OPCODE, SAC_OPCODE_COPY); ...
//   sac_queue_submit(device, words, tag, &error) && sac_queue_wait(device, &error);
//   sac_device_close(device);
//
// Functions that can fail return false or NULL and fill the error. A device is used from one
// thread.
#ifndef SACCADE_SACCADE_H
#define SACCADE_SACCADE_H

#include "saccade/error.h"
#include "saccade/hal.h"
#include "saccade/regs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_device sac_device_t;

typedef struct sac_capacities {
  uint32_t value[SAC_CAPACITIES];  // by sac_capacity_t
  uint32_t config_hash;            // of the build parameters
} sac_capacities_t;

// How a command ended.
typedef struct sac_completion {
  uint16_t tag;
  sac_hw_error_t error;
  uint32_t cycles;   // from dispatch to done
  uint32_t index;    // number of the command since reset
  uint32_t address;  // device address of a failed access or word of a bad field, else 0
} sac_completion_t;

enum {
  SAC_WINDOW_READ = 1,
  SAC_WINDOW_WRITE = 2,
};

// Checks ID and VERSION, resets the machine, reads its capacities, opens window 0 over the whole
// device memory, sets up the ring and enables the queue. The device owns the HAL from then on;
// after a failure the caller still does.
sac_device_t *sac_device_open(const sac_hal_t *hal, sac_error_t *error);
// Closes the HAL too. NULL is fine.
void sac_device_close(sac_device_t *device);

const sac_hal_t *sac_device_hal(const sac_device_t *device);
const sac_capacities_t *sac_device_capacities(const sac_device_t *device);

// Device memory: addresses are multiples of 64; there is no freeing of single pieces.
bool sac_device_alloc(sac_device_t *device, size_t bytes, uint32_t *address, sac_error_t *error);
void sac_device_free_all(sac_device_t *device);
bool sac_device_write(sac_device_t *device, uint32_t address, const void *data, size_t bytes,
                      sac_error_t *error);
bool sac_device_read(sac_device_t *device, uint32_t address, void *data, size_t bytes,
                     sac_error_t *error);

// What the machine may access: from base to limit (exclusive); access 0 closes the window. The ring
// needs window 0 or another one over the first pages of device memory.
bool sac_device_window(sac_device_t *device, unsigned index, uint32_t base, uint32_t limit,
                       unsigned access, sac_error_t *error);

// Puts a descriptor (its tag field is replaced) into the ring; waits for room when the ring is
// full.
bool sac_queue_submit(sac_device_t *device, const uint32_t words[SAC_COMMAND_WORDS], uint16_t tag,
                      sac_error_t *error);
// Until everything submitted is done. After a hardware error the queue stands still until
// sac_device_reset.
bool sac_queue_wait(sac_device_t *device, sac_error_t *error);
// How the last command that sac_queue_wait (or a full ring) saw ended; zeros before the first one.
const sac_completion_t *sac_queue_last(const sac_device_t *device);

// Drains the machine and starts anew: empty ring, counters zero, on-chip tables undefined; windows
// and memory stay.
bool sac_device_reset(sac_device_t *device, sac_error_t *error);

// By sac_counter_t; names in sac_counter_infos.
void sac_device_counters(const sac_device_t *device, uint32_t counters[SAC_COUNTERS]);

#ifdef __cplusplus
}
#endif

#endif
