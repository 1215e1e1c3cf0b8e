// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <stdlib.h>

#include "../lib/cycles.h"
#include "../memory/timing.h"

enum {
  kStart = 5,      // command to the first request
  kRequests = 8,   // of rows, whose data have not begun (sac_read_stream.sv)
  kLoad = 3,       // last beat of a batch to its operation
  kDrain = 9,      // last beat of an operation to its first row, besides the drain of the lanes
  kRow = 4,        // from row to row, besides its beats
  kTable = 9,      // through the general table, besides a cycle a value
  kPath = 9        // a request to its first beat, of which a write has nothing left at its end
};

typedef struct {
  sac_memory_timing_t reads, writes;
  sac_memory_client_t reader, writer;
} port_t;

bool sac_matmul_cycles(const sac_machine_config_t *config, const uint32_t *d, uint64_t *cycles) {
  port_t *port = calloc(1, sizeof *port);
  if (!port) return false;
  sac_memory_timing_open(&port->reads, config, config->capacities[SAC_CAPACITY_READ_BURSTS]);
  sac_memory_timing_open(&port->writes, config, config->capacities[SAC_CAPACITY_WRITE_BURSTS]);
  const uint32_t lanes = config->capacities[SAC_CAPACITY_LANES], rows = config->capacities[SAC_CAPACITY_ROWS];
  const uint32_t beat = config->capacities[SAC_CAPACITY_AXI_DATA_WIDTH] / 8;
  const uint32_t m = sac_field_get(d, SAC_MATMUL_M), k = sac_field_get(d, SAC_MATMUL_K);
  const uint32_t n = sac_field_get(d, SAC_MATMUL_N);
  const uint32_t groups = (n + lanes - 1) / lanes, x_bytes = (2 * k + 3) & ~3u;
  const bool table = sac_field_get(d, SAC_MATMUL_THROUGH_TABLE);
  uint64_t data[kRequests] = {0}, half[2] = {0}, slot[2] = {0};
  uint64_t asked = kStart, array = 0, drained = 0, output = 0, answered = 0, operations = 0, written = 0;
  for (uint32_t first = 0, batch = 0; first < m; first += rows, batch++) {
    const uint32_t count = m - first < rows ? m - first : rows;
    asked = sac_later(asked, half[batch % 2]);
    uint64_t loaded = 0;
    // What is written meanwhile takes its share of the memory.
    const uint64_t come = asked + config->memory_latency_cycles + kPath;
    port->reader.data = sac_later(port->reader.data, come) + written / config->memory_bytes_per_cycle;
    written = 0;
    for (uint32_t row = first; row < first + count; row++) {
      uint64_t *const before = &data[row % kRequests];
      asked = sac_later(asked, *before) + 1;
      const uint32_t from = sac_field_get(d, SAC_MATMUL_X_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_X_STRIDE);
      loaded = sac_memory_timing_read(&port->reads, &port->reader, asked, from, x_bytes);
      *before = loaded - (x_bytes + beat - 1) / beat;
    }
    array = sac_later(array, loaded + kLoad);
    for (uint32_t group = 0; group < groups; group++) {
      uint64_t *const free_slot = &slot[operations++ % 2];
      // An operation ends when the sums of the one before have left the accumulators' shadow.
      array = sac_later(sac_later(array, *free_slot) + k, drained);
      drained = array + lanes;
      output = sac_later(output, drained + kDrain);
      const uint32_t left = n - group * lanes, bytes = (2 * (left < lanes ? left : lanes) + 3) & ~3u;
      for (uint32_t row = first; row < first + count; row++) {
        written += bytes;
        output += kRow + (bytes + beat - 1) / beat + (table ? lanes + kTable : 0);
        const uint32_t to = sac_field_get(d, SAC_MATMUL_Y_ADDRESS) + row * sac_field_get(d, SAC_MATMUL_Y_STRIDE);
        answered = sac_memory_timing_read(&port->writes, &port->writer, output, to + 2 * group * lanes, bytes);
        // The stream keeps two bursts: beyond them rows wait for the bus.
        const uint64_t bus = answered - config->memory_latency_cycles - kPath;
        const uint64_t kept = 2 * config->capacities[SAC_CAPACITY_BURST_BYTES] / config->memory_bytes_per_cycle;
        if (bus > output + kept) output = bus - kept;
      }
      *free_slot = output;
    }
    half[batch % 2] = array;
  }
  *cycles = answered - kPath;
  free(port);
  return true;
}
