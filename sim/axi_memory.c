// SPDX-License-Identifier: Apache-2.0
// An AXI4 memory for simulation (contract: axi_memory.h).
#include "sim/axi_memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE = 64, W_QUEUE = 512, OKAY = 0, SLVERR = 2, DECERR = 3 };

typedef struct burst {
  uint64_t offset;   // of its first beat from the base
  uint64_t ready_at; // cycle of the first answer
  unsigned beats, done;
  uint8_t id, resp;
} burst_t;

typedef struct queue {
  burst_t bursts[QUEUE];
  unsigned head, count;
} queue_t;

typedef struct w_beat {
  uint8_t data[SAC_AXI_MAX_BYTES];
  uint32_t strobe;
  uint8_t last;
} w_beat_t;

struct sac_axi_memory {
  sac_axi_options_t options;
  uint8_t *bytes;
  uint64_t cycle, handshakes, random;
  int64_t credit;  // bytes that may pass now
  queue_t reads, writes, answers;
  w_beat_t w[W_QUEUE];
  unsigned w_head, w_count;
  sac_axi_from_memory_t held;  // R and B keep their valid until ready
  bool r_held, b_held;
  bool faulty;
  sac_axi_fault_t fault;
  uint64_t fault_first, fault_last;
  sac_axi_to_memory_t before;  // what the master offered and was not taken
  bool aw_waiting, w_waiting, ar_waiting;
  char violation[160];
};

sac_axi_memory_t *sac_axi_memory_create(const sac_axi_options_t *options) {
  sac_axi_memory_t *memory = calloc(1, sizeof *memory);
  if (memory == NULL) return NULL;
  memory->options = *options;
  if (memory->options.bytes_per_cycle == 0) memory->options.bytes_per_cycle = 2 * options->data_bytes;
  memory->random = 0x9e3779b97f4a7c15u * (options->seed + 1u) | 1;
  memory->bytes = calloc(options->bytes, 1);
  if (memory->bytes == NULL) {
    free(memory);
    return NULL;
  }
  return memory;
}

void sac_axi_memory_destroy(sac_axi_memory_t *memory) {
  if (memory == NULL) return;
  free(memory->bytes);
  free(memory);
}

uint8_t *sac_axi_memory_bytes(sac_axi_memory_t *memory) { return memory->bytes; }

void sac_axi_memory_fault(sac_axi_memory_t *memory, sac_axi_fault_t kind, uint64_t first,
                          uint64_t last) {
  memory->faulty = true;
  memory->fault = kind;
  memory->fault_first = first;
  memory->fault_last = last;
}

void sac_axi_memory_clear_fault(sac_axi_memory_t *memory) { memory->faulty = false; }

const char *sac_axi_memory_violation(const sac_axi_memory_t *memory) {
  return memory->violation[0] ? memory->violation : NULL;
}

uint64_t sac_axi_memory_handshakes(const sac_axi_memory_t *memory) { return memory->handshakes; }

unsigned sac_axi_memory_outstanding(const sac_axi_memory_t *memory) {
  return memory->reads.count + memory->writes.count + memory->answers.count + memory->b_held;
}

__attribute__((format(printf, 2, 3))) static void violate(sac_axi_memory_t *memory,
                                                          const char *format, ...) {
  if (memory->violation[0]) return;
  int used = snprintf(memory->violation, sizeof memory->violation, "cycle %" PRIu64 ": ",
                      memory->cycle);
  va_list list;
  va_start(list, format);
  vsnprintf(memory->violation + used, sizeof memory->violation - (size_t)used, format, list);
  va_end(list);
}

static bool stall(sac_axi_memory_t *memory) {
  if (memory->options.stall_percent == 0) return false;
  memory->random ^= memory->random << 13;
  memory->random ^= memory->random >> 7;
  memory->random ^= memory->random << 17;
  return (memory->random >> 20) % 100 < memory->options.stall_percent;
}

static bool touches(const sac_axi_memory_t *memory, uint64_t offset, uint64_t bytes) {
  return memory->faulty && offset <= memory->fault_last && offset + bytes > memory->fault_first;
}

static bool silent(const sac_axi_memory_t *memory, const burst_t *burst) {
  return memory->fault == SAC_AXI_FAULT_SILENT &&
         touches(memory, burst->offset, (uint64_t)burst->beats * memory->options.data_bytes);
}

static uint8_t response(const sac_axi_memory_t *memory, uint64_t offset) {
  const unsigned width = memory->options.data_bytes;
  if (offset > memory->options.bytes || memory->options.bytes - offset < width) return DECERR;
  if (memory->fault != SAC_AXI_FAULT_SILENT && touches(memory, offset, width))
    return memory->fault == SAC_AXI_FAULT_SLVERR ? SLVERR : DECERR;
  return OKAY;
}

static void drive_read(sac_axi_memory_t *memory) {
  const unsigned width = memory->options.data_bytes;
  burst_t *burst = &memory->reads.bursts[memory->reads.head];
  if (memory->r_held || memory->reads.count == 0 || memory->cycle < burst->ready_at ||
      memory->credit < (int64_t)width || silent(memory, burst) || stall(memory))
    return;
  const uint64_t offset = burst->offset + (uint64_t)burst->done * width;
  memory->held.rresp = response(memory, offset);
  memset(memory->held.rdata, 0xa5, width);
  if (memory->held.rresp == OKAY) memcpy(memory->held.rdata, memory->bytes + offset, width);
  memory->held.rid = burst->id;
  memory->held.rlast = ++burst->done == burst->beats;
  memory->credit -= width;
  memory->r_held = true;
  if (memory->held.rlast) {
    memory->reads.head = (memory->reads.head + 1) % QUEUE;
    memory->reads.count--;
  }
}

static void drive_answer(sac_axi_memory_t *memory) {
  const burst_t *burst = &memory->answers.bursts[memory->answers.head];
  if (memory->b_held || memory->answers.count == 0 || memory->cycle < burst->ready_at ||
      silent(memory, burst) || stall(memory))
    return;
  memory->held.bresp = burst->resp;
  memory->held.bid = burst->id;
  memory->b_held = true;
  memory->answers.head = (memory->answers.head + 1) % QUEUE;
  memory->answers.count--;
}

void sac_axi_memory_drive(sac_axi_memory_t *memory, sac_axi_from_memory_t *out) {
  const unsigned rate = memory->options.bytes_per_cycle;
  const int64_t most = (int64_t)(rate + memory->options.data_bytes);
  memory->credit += rate;
  if (memory->credit > most) memory->credit = most;
  drive_read(memory);
  drive_answer(memory);
  if (memory->r_held) {
    memcpy(out->rdata, memory->held.rdata, memory->options.data_bytes);
    out->rresp = memory->held.rresp;
    out->rid = memory->held.rid;
    out->rlast = memory->held.rlast;
  }
  out->rvalid = memory->r_held;
  out->bvalid = memory->b_held;
  out->bresp = memory->held.bresp;
  out->bid = memory->held.bid;
  out->arready = memory->reads.count < QUEUE && !stall(memory);
  out->awready = memory->writes.count + memory->answers.count < QUEUE && !stall(memory);
  out->wready = memory->w_count < W_QUEUE && memory->credit >= (int64_t)memory->options.data_bytes &&
                !stall(memory);
}

static void take_address(sac_axi_memory_t *memory, queue_t *queue, const char *channel,
                         uint64_t address, unsigned len, unsigned size, unsigned kind, uint8_t id) {
  const unsigned width = memory->options.data_bytes;
  const uint64_t bytes = (uint64_t)(len + 1) * width;
  if (kind != 1) violate(memory, "%s: burst type %u, expected INCR", channel, kind);
  if (1u << size != width) violate(memory, "%s: size %u on a port of %u bytes", channel, size, width);
  if (address % width) violate(memory, "%s: address 0x%" PRIx64 " not aligned", channel, address);
  if (address / 4096 != (address + bytes - 1) / 4096)
    violate(memory, "%s: burst of %" PRIu64 " bytes at 0x%" PRIx64 " crosses 4 KiB", channel, bytes,
            address);
  queue->bursts[(queue->head + queue->count++) % QUEUE] = (burst_t){
      .offset = address - memory->options.base,
      .ready_at = memory->cycle + memory->options.latency,
      .beats = len + 1,
      .id = id,
  };
}

// Collected beats go to memory when their address is known.
static void apply_writes(sac_axi_memory_t *memory) {
  const unsigned width = memory->options.data_bytes;
  while (memory->writes.count && memory->w_count) {
    burst_t *burst = &memory->writes.bursts[memory->writes.head];
    const w_beat_t *beat = &memory->w[memory->w_head];
    const uint64_t offset = burst->offset + (uint64_t)burst->done * width;
    const uint8_t resp = response(memory, offset);
    if (resp > burst->resp) burst->resp = resp;
    if (resp == OKAY)
      for (unsigned i = 0; i < width; i++)
        if (beat->strobe >> i & 1) memory->bytes[offset + i] = beat->data[i];
    burst->done++;
    if (beat->last != (burst->done == burst->beats))
      violate(memory, "W: last is %u at beat %u of %u", beat->last, burst->done, burst->beats);
    memory->w_head = (memory->w_head + 1) % W_QUEUE;
    memory->w_count--;
    if (burst->done == burst->beats) {
      burst->ready_at = memory->cycle + memory->options.latency;
      queue_t *answers = &memory->answers;
      answers->bursts[(answers->head + answers->count++) % QUEUE] = *burst;
      memory->writes.head = (memory->writes.head + 1) % QUEUE;
      memory->writes.count--;
    }
  }
}

static void judge_stability(sac_axi_memory_t *memory, const sac_axi_to_memory_t *in) {
  const sac_axi_to_memory_t *was = &memory->before;
  if (memory->ar_waiting && (!in->arvalid || in->araddr != was->araddr || in->arlen != was->arlen ||
                             in->arsize != was->arsize || in->arid != was->arid))
    violate(memory, "AR changed while it waited");
  if (memory->aw_waiting && (!in->awvalid || in->awaddr != was->awaddr || in->awlen != was->awlen ||
                             in->awsize != was->awsize || in->awid != was->awid))
    violate(memory, "AW changed while it waited");
  if (memory->w_waiting && (!in->wvalid || in->wlast != was->wlast || in->wstrb != was->wstrb ||
                            memcmp(in->wdata, was->wdata, memory->options.data_bytes) != 0))
    violate(memory, "W changed while it waited");
}

void sac_axi_memory_sample(sac_axi_memory_t *memory, const sac_axi_to_memory_t *in,
                           const sac_axi_from_memory_t *out) {
  judge_stability(memory, in);
  memory->ar_waiting = in->arvalid && !out->arready;
  memory->aw_waiting = in->awvalid && !out->awready;
  memory->w_waiting = in->wvalid && !out->wready;
  if (memory->ar_waiting || memory->aw_waiting || memory->w_waiting) memory->before = *in;
  if (in->arvalid && out->arready) {
    take_address(memory, &memory->reads, "AR", in->araddr, in->arlen, in->arsize, in->arburst,
                 in->arid);
    memory->handshakes++;
  }
  if (in->awvalid && out->awready) {
    take_address(memory, &memory->writes, "AW", in->awaddr, in->awlen, in->awsize, in->awburst,
                 in->awid);
    memory->handshakes++;
  }
  if (in->wvalid && out->wready) {
    w_beat_t *beat = &memory->w[(memory->w_head + memory->w_count++) % W_QUEUE];
    memcpy(beat->data, in->wdata, memory->options.data_bytes);
    beat->strobe = in->wstrb;
    beat->last = in->wlast;
    memory->credit -= memory->options.data_bytes;
    memory->handshakes++;
  }
  if (memory->r_held && in->rready) {
    memory->r_held = false;
    memory->handshakes++;
  }
  if (memory->b_held && in->bready) {
    memory->b_held = false;
    memory->handshakes++;
  }
  if (memory->w_count) apply_writes(memory);
  memory->cycle++;
}
