// SPDX-License-Identifier: Apache-2.0
// Cycles of reads over the one memory port (rtl/memory): its clients share the bus and the bursts that may be under way.
// Clients are replayed one by one, not in the order of time, so the port keeps how much of each stretch of time is taken:
// a client waits for its own reads before, and for those of others only where a whole stretch is taken.
#ifndef SACCADE_MODEL_MEMORY_TIMING_H
#define SACCADE_MODEL_MEMORY_TIMING_H

#include "../saccade_model.h"

enum { SAC_MEMORY_STRETCH = 256, SAC_MEMORY_STRETCHES = 4096, SAC_MEMORY_BURSTS = 64 };

typedef struct {
  uint64_t latency, bytes_per_cycle, beat_bytes, burst_bytes, bursts;
  struct {
    uint64_t number;       // of the stretch: its first cycle / SAC_MEMORY_STRETCH
    uint32_t bus, places;  // cycles taken of the bus, of the places for bursts
  } stretch[SAC_MEMORY_STRETCHES];
} sac_memory_timing_t;

// A client's own reads: data come in order.
typedef struct {
  uint64_t bursts, data;               // asked for; the bus is free
  uint64_t done[SAC_MEMORY_BURSTS];    // the last of them
} sac_memory_client_t;

// `bursts` may be under way: those of reads, or of writes.
void sac_memory_timing_open(sac_memory_timing_t *t, const sac_machine_config_t *config, uint32_t bursts);
// A read (or write) of `bytes` from `address` on by a client, asked for at `now`: the cycle after its last beat (its
// answer).
uint64_t sac_memory_timing_read(sac_memory_timing_t *t, sac_memory_client_t *client, uint64_t now, uint32_t address,
                                uint64_t bytes);

#endif
