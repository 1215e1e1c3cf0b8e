// SPDX-License-Identifier: Apache-2.0
// The driver's hardware abstraction over a Verilated machine (contract: hal_rtl.h).
#include "sim/hal_rtl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saccade/regs.h"

enum {
  ADVANCE_CYCLES = 256,
  // A machine that has not touched its memory for so long does not do so any more.
  IDLE_LIMIT = 2000000,
};

typedef struct hal_rtl {
  sac_rtl_t *rtl;
  uint64_t handshakes, active_cycle;
} hal_rtl_t;

static uint32_t read32(void *self, uint32_t offset) {
  return sac_rtl_read(((hal_rtl_t *)self)->rtl, offset);
}

static void write32(void *self, uint32_t offset, uint32_t value) {
  hal_rtl_t *hal = self;
  sac_rtl_write(hal->rtl, offset, value, 15);
  hal->active_cycle = sac_rtl_cycles(hal->rtl);
}

static bool inside(const hal_rtl_t *hal, uint32_t address, size_t bytes) {
  const size_t size = sac_rtl_memory_bytes(hal->rtl);
  return address <= size && bytes <= size - address;
}

static bool memory_write(void *self, uint32_t address, const void *data, size_t bytes) {
  hal_rtl_t *hal = self;
  if (!inside(hal, address, bytes)) return false;
  memcpy(sac_axi_memory_bytes(sac_rtl_memory(hal->rtl)) + address, data, bytes);
  return true;
}

static bool memory_read(void *self, uint32_t address, void *data, size_t bytes) {
  hal_rtl_t *hal = self;
  if (!inside(hal, address, bytes)) return false;
  memcpy(data, sac_axi_memory_bytes(sac_rtl_memory(hal->rtl)) + address, bytes);
  return true;
}

static bool advance(void *self) {
  hal_rtl_t *hal = self;
  sac_rtl_clock(hal->rtl, ADVANCE_CYCLES);
  const char *violation = sac_axi_memory_violation(sac_rtl_memory(hal->rtl));
  if (violation) {
    fprintf(stderr, "rtl: AXI protocol: %s\n", violation);
    return false;
  }
  const uint64_t handshakes = sac_axi_memory_handshakes(sac_rtl_memory(hal->rtl));
  if (handshakes != hal->handshakes) {
    hal->handshakes = handshakes;
    hal->active_cycle = sac_rtl_cycles(hal->rtl);
  }
  return sac_rtl_cycles(hal->rtl) - hal->active_cycle < IDLE_LIMIT;
}

static void close_hal(void *self) {
  hal_rtl_t *hal = self;
  sac_rtl_destroy(hal->rtl);
  free(hal);
}

bool sac_hal_rtl_open(const sac_rtl_options_t *options, sac_hal_t *out, sac_error_t *error) {
  hal_rtl_t *hal = calloc(1, sizeof *hal);
  if (hal == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a machine");
  hal->rtl = sac_rtl_create(options, error);
  if (hal->rtl == NULL) {
    free(hal);
    return false;
  }
  sac_rtl_write(hal->rtl, SAC_REG_MEMORY_BASE_LOW, (uint32_t)options->memory_base, 15);
  sac_rtl_write(hal->rtl, SAC_REG_MEMORY_BASE_HIGH, (uint32_t)(options->memory_base >> 32), 15);
  *out = (sac_hal_t){
      .name = "rtl",
      .self = hal,
      .read32 = read32,
      .write32 = write32,
      .memory_write = memory_write,
      .memory_read = memory_read,
      .memory_bytes = options->memory_bytes,
      .advance = advance,
      .close = close_hal,
  };
  return true;
}

sac_rtl_t *sac_hal_rtl_machine(const sac_hal_t *hal) { return ((hal_rtl_t *)hal->self)->rtl; }
