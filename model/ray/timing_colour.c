// SPDX-License-Identifier: Apache-2.0
#include "timing_colour.h"

#include <string.h>

#include "timing_unit.h"

// Latencies as built (rtl/ray, rtl/dot).
enum {
  kEncodeLatency = 24,
  kFeatureLatency = 6,     // last word out of the array to the features' read
  kDrain = 16,             // last beat to the first word of results
  kEarly = 8,              // a basis operation may follow when the slot is sure to be free
  kInFlight = 6,           // batches from the first entry to blended
  kHidden = 128, kInputs = 150, kFeatures = 27, kChannels = 30
};

static uint32_t capacity(const sac_timing_colour_t *c, sac_capacity_t which) { return c->config->capacities[which]; }
static uint32_t words_of(const sac_timing_colour_t *c, uint32_t outputs) {
  return (uint32_t)sac_divide_up(outputs, capacity(c, SAC_CAPACITY_LANES));
}
static uint32_t rows_of(const sac_timing_colour_t *c) { return capacity(c, SAC_CAPACITY_ROWS); }

static uint64_t layer_beats(const sac_timing_colour_t *c, int layer) {
  const uint64_t hidden = words_of(c, kHidden);
  return layer == 0 ? hidden * kInputs : layer == 1 ? hidden * kHidden : 3 * hidden;
}

// Last beat to the word of results: multiply, tree, drain, requantise.
static uint64_t drain_cycles(const sac_timing_colour_t *c, int layer) {
  return (layer == 2 ? 3 : capacity(c, SAC_CAPACITY_LANES)) + kDrain;
}

void sac_timing_colour_open(sac_timing_colour_t *c, const sac_machine_config_t *config, uint64_t *counters,
                            const sac_trace_t *trace) {
  memset(c, 0, sizeof *c);
  c->config = config;
  c->counters = counters;
  c->trace = trace;
}

static uint32_t sets_of(const sac_timing_colour_t *c) { return capacity(c, SAC_CAPACITY_LANES) >= 64 ? 4 : 2; }

static void finish_tiles(sac_timing_colour_t *c, uint64_t at) {
  while (c->tiles_done < c->tiles && c->tile_batch[c->tiles_done % SAC_COLOUR_TILES] <= c->finished) {
    c->tile_time[c->tiles_done++ % SAC_COLOUR_TILES] = at;
  }
}

// The operation that the array takes next: the earliest, of several the latest layer. False: none is there.
static bool next_operation(const sac_timing_colour_t *c, int *layer, uint64_t *at) {
  bool found = false;
  for (int l = 2; l >= 0; l--) {
    const uint64_t before = l ? c->issued[l-1] : c->closed;
    if (c->issued[l] == before || (l < 2 && c->issued[l] - c->issued[l+1] >= 2)) continue;
    uint64_t start = sac_later(c->array_free, c->batches[c->issued[l] % SAC_COLOUR_BATCHES].ready);
    if (l == 2) start = sac_later(start, c->slot_free);
    if (found && start >= *at) continue;
    found = true;
    *layer = l;
    *at = start;
  }
  return found;
}

static void issue(sac_timing_colour_t *c, int layer, uint64_t at) {
  static const char *const kLayers[] = {"layer 1", "layer 2", "layer 3"};
  sac_colour_batch_t *batch = &c->batches[c->issued[layer] % SAC_COLOUR_BATCHES];
  const uint64_t beats = layer_beats(c, layer);
  c->array_free = at + beats;
  c->counters[SAC_COUNTER_DOT_NETWORK_BEATS] += beats;
  sac_trace_span(c->trace, "dot", kLayers[layer], at, c->array_free, c->issued[layer]);
  if (layer == 0) c->read[c->issued[0] % 2] = c->array_free;
  batch->ready = c->array_free + drain_cycles(c, layer);
  c->issued[layer]++;
  if (layer < 2) return;
  c->slot_free = sac_later(c->slot_free, batch->ready) + batch->rows;
  c->finished++;
  finish_tiles(c, c->slot_free);
}

static void close_batch(sac_timing_colour_t *c) {
  c->batches[c->closed++ % SAC_COLOUR_BATCHES] =
      (sac_colour_batch_t){.ready = c->encode_free + kEncodeLatency, .rows = (uint32_t)c->open_entries};
  c->taken[c->closes++ % SAC_COLOUR_CLOSES] = (sac_colour_taken_t){.entries = c->entries, .at = c->encode_free};
  c->counters[SAC_COUNTER_DOT_NETWORK_ROWS] += c->open_entries;
  sac_trace_span(c->trace, "colour.encode", "batch", c->open_at, c->encode_free, c->closes);
  c->open_entries = 0;
  c->old = false;
}

// When the oldest token goes on. False: there is none, or it waits for the array.
static bool next_token(const sac_timing_colour_t *c, uint64_t *at) {
  if (c->first_token == c->end_token) return false;
  const sac_colour_token_t *token = &c->tokens[c->first_token % SAC_COLOUR_TOKENS];
  *at = sac_later(c->encode_free, token->ready);
  if (token->end || c->open_entries > 0) return true;
  if (c->closed - c->finished >= kInFlight || (c->closed >= 2 && c->issued[0] < c->closed - 1)) return false;
  if (c->closed >= 2) *at = sac_later(*at, c->read[c->closed % 2]);
  return true;
}

static void end_tile(sac_timing_colour_t *c, const sac_colour_token_t *token, uint64_t at) {
  c->encode_free = at;
  if (c->open_entries > 0 && (token->last || c->old)) close_batch(c);
  c->old = c->open_entries > 0;
  c->tile_batch[c->tiles++ % SAC_COLOUR_TILES] = c->closed + c->old;
  finish_tiles(c, at);
}

// Entries of the oldest group: up to the end of the batch, those that are taken before `until`, `most` at most.
static void encode(sac_timing_colour_t *c, sac_colour_token_t *token, uint64_t at, uint64_t until, uint64_t most) {
  const uint64_t channels = sac_divide_up(kChannels, capacity(c, SAC_CAPACITY_ENCODE_CHANNELS));
  const uint64_t interval = sac_later(words_of(c, kInputs) + 2, channels), room = rows_of(c) - c->open_entries;
  uint64_t count = token->entries < room ? token->entries : room;
  if (count > most) count = most;
  if (until - at < count * interval) count = sac_divide_up(until - at, interval);
  if (c->open_entries == 0) c->open_at = at;
  c->encode_free = at + count * interval;
  c->entries += count;
  c->open_entries += count;
  token->entries -= (uint32_t)count;
  if (token->entries == 0) {
    c->set_read[c->groups++ % sets_of(c)] = c->encode_free;
    c->first_token++;
  }
  if (c->open_entries == rows_of(c)) close_batch(c);
}

// The next thing that happens before `until`. False: nothing does.
static bool step(sac_timing_colour_t *c, uint64_t until, uint64_t most) {
  uint64_t token_at = UINT64_MAX, array_at = UINT64_MAX;
  int layer = 0;
  const bool token_next = next_token(c, &token_at), array_next = next_operation(c, &layer, &array_at);
  if (token_next && token_at <= array_at && token_at < until) {
    sac_colour_token_t *token = &c->tokens[c->first_token % SAC_COLOUR_TOKENS];
    if (token->end) {
      c->first_token++;
      end_tile(c, token, token_at);
    } else {
      encode(c, token, token_at, array_next && array_at < until ? array_at + 1 : until, most);
    }
    return true;
  }
  if (!array_next || array_at >= until) return false;
  issue(c, layer, array_at);
  return true;
}

uint64_t sac_timing_colour_basis(sac_timing_colour_t *c, uint64_t at, uint32_t rows, uint64_t group,
                                 uint64_t *ready) {
  const uint32_t lanes = capacity(c, SAC_CAPACITY_LANES), sets = sets_of(c);
  const uint64_t row = (lanes < 32 ? lanes : 32) / capacity(c, SAC_CAPACITY_ENCODE_CHANNELS);
  for (uint32_t word = 0; word < words_of(c, kFeatures); word++) {
    const uint64_t early = SAC_TIMING_PRODUCTS - kEarly, slot = c->unload_free > early ? c->unload_free - early : 0;
    const uint64_t ask = sac_later(at, slot);
    while (step(c, ask, UINT64_MAX)) continue;
    c->array_free = sac_later(c->array_free, ask) + SAC_TIMING_PRODUCTS;
    c->counters[SAC_COUNTER_DOT_BASIS_BEATS] += SAC_TIMING_PRODUCTS;
    sac_trace_span(c->trace, "dot", "basis", c->array_free - SAC_TIMING_PRODUCTS, c->array_free, group);
    uint64_t begin = sac_later(c->array_free + drain_cycles(c, 0), c->unload_free);
    if (group >= sets) {
      while (c->groups + sets <= group && step(c, UINT64_MAX, UINT64_MAX)) continue;
      begin = sac_later(begin, c->set_read[group % sets]);
    }
    c->unload_free = begin + rows * row;
    at = c->array_free;
  }
  *ready = c->unload_free + kFeatureLatency;
  return at;
}

static void queue(sac_timing_colour_t *c, sac_colour_token_t token) {
  while (c->end_token - c->first_token == SAC_COLOUR_TOKENS && step(c, UINT64_MAX, UINT64_MAX)) continue;
  c->tokens[c->end_token++ % SAC_COLOUR_TOKENS] = token;
}

void sac_timing_colour_group(sac_timing_colour_t *c, uint64_t ready, uint32_t entries) {
  queue(c, (sac_colour_token_t){.ready = ready, .entries = entries});
}

void sac_timing_colour_tile_end(sac_timing_colour_t *c, uint64_t ready, bool last) {
  queue(c, (sac_colour_token_t){.ready = ready, .end = true, .last = last});
}

uint64_t sac_timing_colour_taken(sac_timing_colour_t *c, uint64_t count) {
  while (c->entries < count && step(c, UINT64_MAX, count - c->entries)) continue;
  if (c->closes - c->asked > SAC_COLOUR_CLOSES) c->asked = c->closes - SAC_COLOUR_CLOSES;
  while (c->asked < c->closes && c->taken[c->asked % SAC_COLOUR_CLOSES].entries < count) c->asked++;
  return c->asked < c->closes ? c->taken[c->asked % SAC_COLOUR_CLOSES].at : c->encode_free;
}

uint64_t sac_timing_colour_tile(sac_timing_colour_t *c, uint64_t tile) {
  while (c->tiles_done <= tile && step(c, UINT64_MAX, UINT64_MAX)) continue;
  return c->tile_time[tile % SAC_COLOUR_TILES];
}

uint64_t sac_timing_colour_idle(sac_timing_colour_t *c, uint64_t at) {
  while (step(c, at, UINT64_MAX)) continue;
  const bool idle = c->first_token == c->end_token && c->open_entries == 0 && c->closed == c->finished;
  return idle ? c->slot_free : UINT64_MAX;
}
