// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

enum {
  kPath = 9,  // a client's request to its first beat, without the memory's latency
  kAway = 4   // of it, cycles before the burst is issued and after its beat has come: another may be under way then
};

void sac_memory_timing_open(sac_memory_timing_t *t, const sac_machine_config_t *config, uint32_t bursts) {
  memset(t, 0, sizeof *t);
  t->latency = config->memory_latency_cycles;
  t->bytes_per_cycle = config->memory_bytes_per_cycle;
  t->beat_bytes = config->capacities[SAC_CAPACITY_AXI_DATA_WIDTH] / 8;
  t->burst_bytes = config->capacities[SAC_CAPACITY_BURST_BYTES];
  t->bursts = bursts;
}

// Takes the bus for `bus` cycles and a place for `place` from `now` on, where there is room: when they begin.
static uint64_t reserve(sac_memory_timing_t *t, uint64_t now, uint32_t bus, uint32_t place) {
  const uint64_t places = t->bursts * SAC_MEMORY_STRETCH;
  for (uint64_t number = now / SAC_MEMORY_STRETCH;; number++) {
    const uint32_t at = number % SAC_MEMORY_STRETCHES;
    if (t->stretch[at].number != number) {
      t->stretch[at].number = number;
      t->stretch[at].bus = t->stretch[at].places = 0;
    }
    if (t->stretch[at].bus >= SAC_MEMORY_STRETCH || t->stretch[at].places >= places) continue;
    t->stretch[at].bus += bus;
    t->stretch[at].places += place;
    return number * SAC_MEMORY_STRETCH > now ? number * SAC_MEMORY_STRETCH : now;
  }
}

uint64_t sac_memory_timing_read(sac_memory_timing_t *t, sac_memory_client_t *client, uint64_t now, uint32_t address,
                                uint64_t bytes) {
  while (bytes > 0) {
    const uint64_t room = t->burst_bytes - address % t->burst_bytes, here = bytes < room ? bytes : room;
    const uint64_t beats = (address % t->beat_bytes + here + t->beat_bytes - 1) / t->beat_bytes;
    const uint64_t passed = (here + t->bytes_per_cycle - 1) / t->bytes_per_cycle;
    const uint64_t bus = beats > passed ? beats : passed;
    uint64_t *const place = &client->done[client->bursts++ % t->bursts];
    const uint64_t begin = reserve(t, now > *place ? now : *place, (uint32_t)bus, (uint32_t)(t->latency + kPath - kAway + bus));
    const uint64_t first = begin + t->latency + kPath;
    client->data = (first > client->data ? first : client->data) + bus;
    *place = client->data - kAway;
    address += (uint32_t)here;
    bytes -= here;
  }
  return client->data;
}
