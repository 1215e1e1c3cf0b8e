// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

#include "../lib/cycles.h"

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

// Takes the bus for `bus` cycles and a place for `place` from `now` on, where there is room: when they begin. What a
// stretch has no room for goes to those after it.
static uint64_t reserve(sac_memory_timing_t *t, uint64_t now, uint64_t bus, uint64_t place) {
  const uint64_t places = t->bursts * SAC_MEMORY_STRETCH;
  uint64_t begin = UINT64_MAX;
  for (uint64_t number = now / SAC_MEMORY_STRETCH; bus > 0 || place > 0; number++) {
    const uint32_t at = number % SAC_MEMORY_STRETCHES;
    if (t->stretch[at].number != number) {
      t->stretch[at].number = number;
      t->stretch[at].bus = t->stretch[at].places = 0;
    }
    const uint64_t bus_room = SAC_MEMORY_STRETCH - t->stretch[at].bus, place_room = places - t->stretch[at].places;
    if (begin == UINT64_MAX && (bus_room == 0 || place_room == 0)) continue;
    if (begin == UINT64_MAX) begin = sac_later(now, number * SAC_MEMORY_STRETCH);
    const uint64_t bus_here = bus < bus_room ? bus : bus_room, place_here = place < place_room ? place : place_room;
    t->stretch[at].bus += (uint32_t)bus_here;
    t->stretch[at].places += (uint32_t)place_here;
    bus -= bus_here;
    place -= place_here;
  }
  return begin;
}

uint64_t sac_memory_timing_read(sac_memory_timing_t *t, sac_memory_client_t *client, uint64_t now, uint32_t address,
                                uint64_t bytes) {
  while (bytes > 0) {
    const uint64_t room = t->burst_bytes - address % t->burst_bytes, here = bytes < room ? bytes : room;
    const uint64_t beats = sac_divide_up(address % t->beat_bytes + here, t->beat_bytes);
    const uint64_t bus = sac_later(beats, sac_divide_up(here, t->bytes_per_cycle));
    uint64_t *const place = &client->done[client->bursts++ % t->bursts];
    const uint64_t begin = reserve(t, sac_later(now, *place), bus, t->latency + kPath - kAway + bus);
    client->data = sac_later(begin + t->latency + kPath, client->data) + bus;
    *place = client->data - kAway;
    address += (uint32_t)here;
    bytes -= here;
  }
  return client->data;
}
