// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <stdlib.h>

#include "../lib/cycles.h"

enum {
  kLookup = 2,      // look-up to its answer
  kEntries = 3,     // directory entries to the request for bytes
  kHeader = 7,      // of a header: request to its words, without the reads themselves
  kDecode = 17,     // a block handed over to its first texel in the patch RAM
  kDone = 3         // last texel to the end of the request
};

bool sac_sparse_timing_open(sac_sparse_timing_t *t, sac_memory_timing_t *memory, const sac_machine_config_t *config,
                            uint32_t lines, uint32_t sub) {
  const uint32_t lanes = config->capacities[SAC_CAPACITY_DENSITY_LANES];
  const uint32_t values = lanes < 16 ? lanes : 16;
  const uint32_t words = config->capacities[SAC_CAPACITY_AXI_DATA_WIDTH] / 32;
  const uint32_t banks = values == 16 ? 16 : words > 4 ? words : 4;
  *t = (sac_sparse_timing_t){.memory = memory, .sub = sub, .slots = values == 16 ? 16 : 8,
                             .outstanding = values == 16 ? 8 : 4, .values = values, .parts = banks < 8 ? 8 / banks : 1,
                             .line = calloc(lines, sizeof *t->line)};
  return t->line != NULL;
}

void sac_sparse_timing_close(sac_sparse_timing_t *t) {
  free(t->line);
  t->line = NULL;
}

static sac_sparse_pending_t *pending(sac_sparse_timing_t *t, uint64_t number) { return &t->pending[number % t->slots]; }

// Asks for the bytes of the next line, if it is missed.
static void ask(sac_sparse_timing_t *t) {
  sac_sparse_pending_t *const next = pending(t, t->bytes_asked++);
  if (!next->block.missed) return;
  if (next->block.bytes)
    t->data = sac_memory_timing_read(t->memory, &t->port, next->ready, next->block.address, next->block.bytes);
  next->ready = sac_later(t->data, next->ready) + 1;
}

static void decode(sac_sparse_timing_t *t) {
  while (t->bytes_asked <= t->decoded) ask(t);
  const sac_sparse_pending_t *const next = pending(t, t->decoded);
  // With all values at a time headers come ahead; else one waits for each.
  uint64_t work = (uint64_t)next->block.headers * t->parts + next->block.steps;
  if (t->values < 16) work = sac_later(work, next->block.headers * (uint64_t)(kHeader + t->parts));
  t->decode = sac_later(t->decode, next->ready + 1) + work;
  t->slot[t->decoded++ % t->slots] = t->line[next->block.line] = t->decode + kDecode;
}

// Reads the directory for a missed line that was looked up at `now`: when the fetch was taken.
static uint64_t fetch(sac_sparse_timing_t *t, sac_sparse_pending_t *line, uint64_t now) {
  for (uint64_t n = t->decoded; n < t->pushed; n++)
    if (pending(t, n)->block.line == line->block.line) while (t->decoded <= n) decode(t);
  uint32_t fetching = 0;
  for (uint64_t n = t->bytes_asked; n < t->pushed; n++) fetching += pending(t, n)->block.missed;
  now = sac_later(sac_later(now, t->line[line->block.line]), t->asked);
  // Bytes go before entries.
  while (t->bytes_asked < t->pushed && (!pending(t, t->bytes_asked)->block.missed || fetching >= t->outstanding ||
                                        pending(t, t->bytes_asked)->ready <= now)) {
    const sac_sparse_pending_t *const oldest = pending(t, t->bytes_asked);
    if (oldest->block.missed && fetching-- >= t->outstanding) now = sac_later(now, oldest->ready);
    ask(t);
  }
  t->asked = now + 1;
  t->data = sac_memory_timing_read(t->memory, &t->port, now + 1, line->block.entry, 4 * (t->sub + 1));
  line->ready = t->data + kEntries;
  return now;
}

uint64_t sac_sparse_timing_run(sac_sparse_timing_t *t, uint64_t now, const sac_sparse_request_t *request) {
  for (uint32_t i = 0; i < request->count; i++) {
    if (request->block[i].set_up) {
      const uint64_t handed = sac_later(sac_later(now, t->accept) + request->block[i].set_up, t->look);
      t->accept = handed + 1;
      t->look = handed + 1;
    }
    if (t->pushed - t->decoded == t->slots) decode(t);
    uint64_t pushed = sac_later(t->look, t->slot[t->pushed % t->slots]) + kLookup;
    sac_sparse_pending_t line = {.block = request->block[i]};
    if (line.block.missed) pushed = fetch(t, &line, pushed);
    else line.ready = pushed;
    *pending(t, t->pushed++) = line;
    t->look = pushed + 1;
  }
  while (t->decoded < t->pushed) decode(t);
  return t->decode + kDecode + kDone;
}
