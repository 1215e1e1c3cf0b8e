// SPDX-License-Identifier: Apache-2.0
// An AXI4 memory for simulation: latency in cycles, bandwidth in bytes a cycle (reads and writes share
// it), random stalls on every channel made from a seed, faults on chosen addresses, and a judge of the
// protocol: valid and payload stay until ready, INCR bursts of full width, none crosses 4 KiB, WLAST where
// AWLEN says. Answers come in the order of the addresses; W beats may arrive before their AW.
#ifndef SIM_AXI_MEMORY_H
#define SIM_AXI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/pins.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_axi_memory sac_axi_memory_t;

typedef struct sac_axi_options {
  size_t bytes;             // size; an access beyond answers DECERR
  uint64_t base;            // bus address of byte 0, a multiple of 4 KiB
  unsigned data_bytes;      // width of the port
  unsigned latency;         // cycles from the address (last write beat) to the first answer
  unsigned bytes_per_cycle; // 0: as the port is wide
  unsigned stall_percent;   // of the cycles, each channel by itself
  uint32_t seed;
} sac_axi_options_t;

typedef enum {
  SAC_AXI_FAULT_SLVERR,
  SAC_AXI_FAULT_DECERR,
  SAC_AXI_FAULT_SILENT,  // bursts that touch the range, and all after them, wait until the fault is cleared
} sac_axi_fault_t;

// NULL when there is not enough memory.
sac_axi_memory_t *sac_axi_memory_create(const sac_axi_options_t *options);
void sac_axi_memory_destroy(sac_axi_memory_t *memory);

// One clock: what the memory drives at this edge, then what it makes of the master's side of it.
void sac_axi_memory_drive(sac_axi_memory_t *memory, sac_axi_from_memory_t *out);
void sac_axi_memory_sample(sac_axi_memory_t *memory, const sac_axi_to_memory_t *in,
                           const sac_axi_from_memory_t *out);

uint8_t *sac_axi_memory_bytes(sac_axi_memory_t *memory);
// Beats (reads) and bursts (writes) that touch first <= byte offset <= last fail; one fault at a time.
void sac_axi_memory_fault(sac_axi_memory_t *memory, sac_axi_fault_t kind, uint64_t first,
                          uint64_t last);
void sac_axi_memory_clear_fault(sac_axi_memory_t *memory);
// First break of the protocol, or NULL.
const char *sac_axi_memory_violation(const sac_axi_memory_t *memory);
// Handshakes so far on all channels: tells progress.
uint64_t sac_axi_memory_handshakes(const sac_axi_memory_t *memory);
// Bursts that are not answered yet.
unsigned sac_axi_memory_outstanding(const sac_axi_memory_t *memory);

#ifdef __cplusplus
}
#endif

#endif
