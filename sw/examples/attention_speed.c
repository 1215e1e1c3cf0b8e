// SPDX-License-Identifier: Apache-2.0
// Runs attention of one shape on random integers and writes what the machine counted, as JSON:
//   attention_speed FILE backend=rtl config=configs/tiny.yaml queries=512 keys=512 d=64 k_bits=8 v_bits=8 ..
// K and V are unscaled, a cache for each sequence and key head in pages of 2^page_log2 keys that lie in no order. With
// kept, every block of queries visits that many tiles, drawn at random, instead of all; no mask then.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saccade/attention.h"
#include "sw/tools/backend.h"
#include "sw/tools/stats.h"

enum { kCausal, kD, kGroup, kKBits, kKept, kKeys, kKvHeads, kPageLog2, kQueries, kSeed, kSequences, kVBits, kNumbers };

static const struct {
  const char *name;
  uint32_t value;
} kDefaults[kNumbers] = {{"causal", 0},   {"d", 64},        {"group", 1},  {"k_bits", 8},    {"kept", 0},
                         {"keys", 512},   {"kv_heads", 1},  {"page_log2", 9}, {"queries", 512}, {"seed", 0},
                         {"sequences", 1}, {"v_bits", 8}};

typedef struct {
  const char *file, *backend, *config;
  uint32_t n[kNumbers];
} request_t;

static uint32_t draw(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33);
}

static bool parse(int argc, char **argv, request_t *r, sac_error_t *error) {
  *r = (request_t){.file = argc > 1 ? argv[1] : "", .backend = "model", .config = "configs/tiny.yaml"};
  for (int i = 0; i < kNumbers; i++) r->n[i] = kDefaults[i].value;
  for (int a = 2; a < argc; a++) {
    const char *value = strchr(argv[a], '=');
    const size_t length = value ? (size_t)(value - argv[a]) : 0;
    int i = 0;
    while (i < kNumbers && (strlen(kDefaults[i].name) != length || memcmp(argv[a], kDefaults[i].name, length))) i++;
    if (i < kNumbers) r->n[i] = (uint32_t)strtoul(value + 1, NULL, 10);
    else if (length == 7 && memcmp(argv[a], "backend", 7) == 0) r->backend = value + 1;
    else if (length == 6 && memcmp(argv[a], "config", 6) == 0) r->config = value + 1;
    else return sac_error_set(error, SAC_ERR_ARGUMENT, "'%s' is no setting", argv[a]);
  }
  if (r->n[kPageLog2] > 20) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "page_log2: expected at most 20, found %u", r->n[kPageLog2]);
  }
  return *r->file || sac_error_set(error, SAC_ERR_ARGUMENT, "usage: attention_speed FILE [NAME=VALUE ..]");
}

static sac_attention_format_t format(uint32_t bits) {
  return (sac_attention_format_t){bits == 16  ? SAC_ELEMENT_INT16
                                  : bits == 8 ? SAC_ELEMENT_INT8
                                  : bits == 4 ? SAC_ELEMENT_INT4
                                              : SAC_ELEMENT_INT2, false};
}

// Random bytes on the device.
static bool put(sac_device_t *device, size_t bytes, uint32_t *address, sac_error_t *error) {
  uint8_t *data = malloc(bytes);
  for (size_t i = 0; data && i < bytes; i++) data[i] = (uint8_t)draw();
  const bool good = data ? sac_device_alloc(device, bytes, address, error) &&
                               sac_device_write(device, *address, data, bytes, error)
                         : sac_error_set(error, SAC_ERR_MEMORY, "no memory for %zu bytes", bytes);
  free(data);
  return good;
}

// Numbers of a setup that are one for each sequence, page, command or tile.
typedef struct {
  uint32_t *begin, *length, *page_begin, *pages, *tile_begin;
  int32_t *position;
  sac_attention_logit_t *logit;
  sac_attention_tile_t *tiles;
} lists_t;

static void *list(size_t count, size_t size) {
  void *out = calloc(count + 1, size);
  if (!out) abort();
  return out;
}

static void describe(const uint32_t *n, const sac_capacities_t *machine, lists_t *l, sac_attention_setup_t *s) {
  const uint32_t sequences = n[kSequences], commands = sequences * n[kKvHeads];
  const uint32_t pages = (n[kKeys] + (1u << n[kPageLog2]) - 1) >> n[kPageLog2];
  *l = (lists_t){list(sequences + 1, 4), list(sequences, 4), list(sequences + 1, 4), list(sequences * pages, 4),
                 list(commands + 1, 4), list(sequences, 4), list(commands, sizeof *l->logit), NULL};
  for (uint32_t i = 0; i <= sequences; i++) l->begin[i] = i * n[kQueries], l->page_begin[i] = i * pages;
  for (uint32_t i = 0; i < sequences; i++) l->length[i] = n[kKeys], l->position[i] = (int32_t)(n[kKeys] - n[kQueries]);
  for (uint32_t i = 0; i < sequences * pages; i++) {
    const uint32_t other = draw() % (i + 1);
    l->pages[i] = l->pages[other];
    l->pages[other] = i;
  }
  // A standard deviation of some units whatever the format.
  const uint8_t shift = (uint8_t)(n[kKBits] + 21);
  for (uint32_t i = 0; i < commands; i++) l->logit[i] = (sac_attention_logit_t){.scale = 47274, .scale_shift = shift};
  const uint32_t k_row = sac_attention_row_bytes(format(n[kKBits]), n[kD]);
  const uint32_t v_row = sac_attention_row_bytes(format(n[kVBits]), n[kD]);
  *s = (sac_attention_setup_t){
      .sequences = sequences, .q_heads = n[kGroup] * n[kKvHeads], .k_heads = n[kKvHeads], .v_heads = n[kKvHeads],
      .d_k = n[kD], .d_v = n[kD], .k_format = format(n[kKBits]), .v_format = format(n[kVBits]), .q_begin = l->begin,
      .length = l->length, .page_log2 = n[kPageLog2], .page_begin = l->page_begin, .pages = l->pages,
      .k_cache = {(k_row * n[kKvHeads]) << n[kPageLog2], k_row << n[kPageLog2], k_row},
      .v_cache = {(v_row * n[kKvHeads]) << n[kPageLog2], v_row << n[kPageLog2], v_row}, .logit = l->logit,
      .first_position = l->position, .band = n[kCausal], .band_low = -SAC_BAND_OPEN};
  if (!n[kKept]) return;
  const uint32_t side = machine->value[SAC_CAPACITY_ROWS] * machine->value[SAC_CAPACITY_QUERY_BLOCKS];
  const uint32_t tile = machine->value[SAC_CAPACITY_KV_TILE], tiles = n[kKeys] / tile;
  const uint32_t blocks = (n[kQueries] * n[kGroup] + side - 1) / side;
  sac_attention_tile_t *to = l->tiles = list(commands * blocks * n[kKept], sizeof *l->tiles);
  for (uint32_t c = 0; c < commands; c++) {
    for (uint32_t b = 0; b < blocks; b++) {
      uint32_t left = n[kKept];
      for (uint32_t t = 0; t < tiles; t++) {
        if (draw() % (tiles - t) >= left) continue;
        *to++ = (sac_attention_tile_t){.block = b, .first = t * tile, .count = tile};
        left--;
      }
    }
    l->tile_begin[c + 1] = (uint32_t)(to - l->tiles);
  }
  s->tiles = l->tiles, s->tile_begin = l->tile_begin;
}

static bool measure(const request_t *r, sac_device_t *device, json_t *stats, sac_error_t *error) {
  const uint32_t *n = r->n, heads = n[kGroup] * n[kKvHeads], row = 2 * n[kD];
  lists_t lists;
  sac_attention_setup_t setup;
  describe(n, sac_device_capacities(device), &lists, &setup);
  const size_t rows = (size_t)n[kSequences] * n[kQueries] * heads, pages = lists.page_begin[n[kSequences]];
  sac_attention_tensors_t t = {.q = {0, heads * row, row}, .y = {0, heads * row, row}};
  sac_attention_plan_t *plan = NULL;
  uint32_t before[SAC_COUNTERS], after[SAC_COUNTERS];
  bool good = put(device, rows * row, &t.q.address, error) && put(device, rows * row, &t.y.address, error) &&
              put(device, pages * setup.k_cache.page_stride, &t.k, error) &&
              put(device, pages * setup.v_cache.page_stride, &t.v, error) &&
              sac_attention_load_tables(device, error) && (plan = sac_attention_plan(device, &setup, error));
  if (good) {
    sac_device_counters(device, before);
    good = sac_attention_run(plan, &t, error) && sac_queue_wait(device, error);
    sac_device_counters(device, after);
    for (int i = 0; i < SAC_COUNTERS; i++) after[i] -= before[i];
    sac_stats_counters(stats, after);
  }
  sac_attention_plan_free(plan);
  void *const parts[] = {lists.begin, lists.length, lists.page_begin, lists.pages, lists.tile_begin, lists.position,
                         lists.logit, lists.tiles};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) free(parts[i]);
  return good;
}

int main(int argc, char **argv) {
  sac_error_t error = {0};
  sac_machine_config_t config;
  request_t r;
  json_t *stats = json_object();
  sac_device_t *device = NULL;
  bool good = parse(argc, argv, &r, &error) && sac_config_load(&config, r.config, &error);
  if (good) {
    const sac_backend_options_t options = {.name = r.backend, .memory_bytes = 64 << 20, .seed = r.n[kSeed]};
    sac_stats_config(stats, &config);
    const uint32_t port = config.capacities[SAC_CAPACITY_AXI_DATA_WIDTH] / 8, memory = config.memory_bytes_per_cycle;
    json_object_set_new(stats, "bytes_per_cycle", json_integer(memory < port ? memory : port));
    good = (device = sac_backend_open(&options, &config, &error)) && measure(&r, device, stats, &error) &&
           sac_stats_write(json_incref(stats), r.file, &error);
  }
  if (!good) fprintf(stderr, "attention_speed: %s\n", error.message);
  json_decref(stats);
  sac_device_close(device);
  return good ? 0 : 1;
}
