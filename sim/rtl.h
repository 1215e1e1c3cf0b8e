// SPDX-License-Identifier: Apache-2.0
// A Verilated machine with its memory: creation, clocks, register accesses, waves. Several machines may
// live side by side; one is used from one thread.
#ifndef SIM_RTL_H
#define SIM_RTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saccade/error.h"
#include "sim/axi_memory.h"
#include "sim/rtl_configs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_rtl sac_rtl_t;

typedef struct sac_rtl_options {
  const char *config;        // name of a built configuration
  uint32_t seed;             // of stalls and of undefined registers
  size_t memory_bytes;
  uint64_t memory_base;      // bus address of device memory (the driver sets MEMORY_BASE accordingly)
  unsigned latency;          // cycles
  unsigned bytes_per_cycle;  // 0: no limit but the port's width
  unsigned stall_percent;
} sac_rtl_options_t;

// Creates and resets. NULL and an error when the configuration is not built or memory is missing.
sac_rtl_t *sac_rtl_create(const sac_rtl_options_t *options, sac_error_t *error);
void sac_rtl_destroy(sac_rtl_t *rtl);

void sac_rtl_clock(sac_rtl_t *rtl, unsigned cycles);
uint64_t sac_rtl_cycles(const sac_rtl_t *rtl);
bool sac_rtl_irq(const sac_rtl_t *rtl);

// Register accesses take some clocks each. A write gives the strobe; the response is returned (0: OKAY).
uint32_t sac_rtl_read(sac_rtl_t *rtl, uint32_t offset);
unsigned sac_rtl_write(sac_rtl_t *rtl, uint32_t offset, uint32_t value, unsigned strobe);

sac_axi_memory_t *sac_rtl_memory(sac_rtl_t *rtl);
size_t sac_rtl_memory_bytes(const sac_rtl_t *rtl);

// Writes the clocks first <= cycle < last to an FST file; false when this configuration has no waves.
bool sac_rtl_wave(sac_rtl_t *rtl, const char *path, uint64_t first, uint64_t last,
                  sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
