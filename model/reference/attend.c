// SPDX-License-Identifier: Apache-2.0
// ATTEND of the scalar reference: docs/attention.md read aloud, one query row after the other. Steps matter to the
// numbers (sums are rounded a step at a time), so rows follow the same ranges, tiles and steps as the machine.
#include <stdlib.h>
#include <string.h>

#include "reference.h"

typedef struct {
  sac_reference_t *reference;
  const uint32_t *d;   // descriptor
  const uint32_t *c;   // CONTEXT record
  int64_t rows, block_rows, length, group;
  bool good;           // no address has left memory
  // of the row
  int64_t position, head, index;
  // its state
  bool none;
  int64_t m, l, o[1024];
} attend_t;

static uint8_t *memory_at(attend_t *a, uint32_t address, uint64_t bytes) {
  static uint8_t nothing[4096];
  if (address + bytes <= a->reference->memory_bytes) return a->reference->memory + address;
  a->good = false;
  return nothing;
}

static uint32_t word_at(attend_t *a, uint32_t address) {
  uint32_t word;
  memcpy(&word, memory_at(a, address, 4), 4);
  return word;
}

static uint32_t field(const attend_t *a, uint32_t which) { return sac_field_get(a->d, which); }
static uint32_t context(const attend_t *a, uint32_t which) { return sac_field_get(a->c, which); }
static int64_t clamp24(int64_t x) { return sac_reference_saturate(x, 24); }
static int64_t wrap32(int64_t x) { return (int32_t)(uint32_t)x; }

static int64_t index_of(const attend_t *a, int64_t row) {
  return wrap32(sac_field_get_signed(a->d, SAC_ATTEND_FIRST_POSITION) + row / a->group);
}

static int64_t last_row(const attend_t *a, int64_t first, int64_t count) {
  return (first + count < a->rows ? first + count : a->rows) - 1;
}

static void choose_row(attend_t *a, int64_t row) {
  a->position = row / a->group;
  a->head = row % a->group;
  a->index = index_of(a, row);
}

// Element e of the row of K or V of key j.
static int64_t element(attend_t *a, bool value, int64_t j, unsigned e) {
  const unsigned log2 = context(a, SAC_CONTEXT_PAGE_LOG2);
  const uint32_t page =
      word_at(a, context(a, value ? SAC_CONTEXT_V_PAGES : SAC_CONTEXT_K_PAGES) + 4 * (uint32_t)(j >> log2));
  const uint32_t row = page + context(a, value ? SAC_CONTEXT_V_OFFSET : SAC_CONTEXT_K_OFFSET) +
                       (uint32_t)(j % (1 << log2)) * context(a, value ? SAC_CONTEXT_V_STRIDE : SAC_CONTEXT_K_STRIDE);
  const unsigned bits = 16u >> context(a, value ? SAC_CONTEXT_V_FORMAT : SAC_CONTEXT_K_FORMAT);
  const unsigned elements = context(a, value ? SAC_CONTEXT_D_V : SAC_CONTEXT_D_K);
  int64_t x = 0;
  for (unsigned b = 0; b < bits; b++) {
    const unsigned bit = e * bits + b;
    if (*memory_at(a, row + bit / 8, 1) >> bit % 8 & 1) x += b == bits - 1 ? -((int64_t)1 << b) : (int64_t)1 << b;
  }
  if (!context(a, value ? SAC_CONTEXT_V_SCALED : SAC_CONTEXT_K_SCALED)) return x;
  const uint8_t *scale = memory_at(a, row + elements * bits / 8 + 2 * (e / 32), 2);
  return sac_reference_saturate(sac_reference_round_even(x * scale[0], scale[1] & 31u), 16);
}

static int64_t score(attend_t *a, int64_t j) {
  const uint32_t row = field(a, SAC_ATTEND_Q_ADDRESS) + (uint32_t)a->position * field(a, SAC_ATTEND_Q_POSITION_STRIDE) +
                       (uint32_t)a->head * field(a, SAC_ATTEND_Q_HEAD_STRIDE);
  int64_t sum = 0;
  for (unsigned e = 0; e < context(a, SAC_CONTEXT_D_K); e++) {
    int16_t q;
    memcpy(&q, memory_at(a, row + 2 * e, 2), 2);
    sum += q * element(a, false, j, e);
  }
  const int64_t low = sum & (((int64_t)1 << 40) - 1);  // 40 bits wrap
  return low >> 39 ? low - ((int64_t)1 << 40) : low;
}

static int64_t capped(const attend_t *a, int64_t logit) {
  if (!context(a, SAC_CONTEXT_SOFTCAP)) return logit;
  const int64_t u = sac_reference_saturate(
      sac_reference_round_even(logit * context(a, SAC_CONTEXT_SOFTCAP_SCALE), context(a, SAC_CONTEXT_SOFTCAP_SHIFT)),
      16);
  const int64_t magnitude = u < 0 ? -u : u;
  const int64_t h = sac_reference_table_evaluate(&a->reference->tables[SAC_TARGET_TANH],
                                                 (int32_t)(magnitude > 32767 ? 32767 : magnitude));
  const int64_t y =
      sac_reference_round_even(h * context(a, SAC_CONTEXT_SOFTCAP_OUT), context(a, SAC_CONTEXT_SOFTCAP_OUT_SHIFT));
  return clamp24(u < 0 ? -y : y);
}

typedef struct {
  int64_t first, count;  // keys of the tile
  bool band, bias;
} tile_t;

// The three logits of a key for the chosen row; true if it is masked.
static bool logits(attend_t *a, const tile_t *tile, int64_t j, int64_t out[3]) {
  const int64_t distance = wrap32(j - a->index);
  bool masked = tile->band && (distance < sac_field_get_signed(a->d, SAC_ATTEND_BAND_LOW) ||
                               distance > sac_field_get_signed(a->d, SAC_ATTEND_BAND_HIGH));
  int64_t bias = 0;
  if (tile->bias) {
    const bool words = context(a, SAC_CONTEXT_BIAS_WORDS);
    const uint32_t word = word_at(
        a, context(a, SAC_CONTEXT_BIAS_ADDRESS) + (uint32_t)a->position * context(a, SAC_CONTEXT_BIAS_POSITION_STRIDE) +
               (uint32_t)a->head * context(a, SAC_CONTEXT_BIAS_HEAD_STRIDE) + 4 * (uint32_t)(words ? j : j / 32));
    if (words ? word == 0x80000000u : !(word >> j % 32 & 1)) masked = true;
    else if (words) bias = (int32_t)word;
  }
  const int64_t slope = (int32_t)word_at(a, context(a, SAC_CONTEXT_HEAD_ADDRESS) + 8 * (uint32_t)a->head);
  out[0] = clamp24(
      sac_reference_round_even(score(a, j) * context(a, SAC_CONTEXT_SCALE), context(a, SAC_CONTEXT_SCALE_SHIFT)));
  out[1] = capped(a, out[0]);
  out[2] = clamp24(out[1] + clamp24(sac_reference_round_even(slope * distance, 12)) + bias);
  return masked;
}

static void begin(attend_t *a) {
  const uint32_t sink = word_at(a, context(a, SAC_CONTEXT_HEAD_ADDRESS) + 8 * (uint32_t)a->head + 4);
  const uint32_t function = field(a, SAC_ATTEND_SCORE_FUNCTION), sum = sink >> 16;
  a->m = function == 0 && sum ? ((sink & 0x1fff) ^ 0x1000) - (int64_t)0x1000 : 0;
  a->l = function == 1 ? 0 : sum;
  a->none = function == 0 && sum == 0;
  memset(a->o, 0, sizeof a->o);
}

static int64_t moved(int64_t x, int64_t places) {
  return places >= 63 ? 0 : sac_reference_round_up(x, (unsigned)places);
}

static int64_t probability(attend_t *a, int64_t z, int64_t maximum) {
  switch (field(a, SAC_ATTEND_SCORE_FUNCTION)) {
    case 0: {
      const int64_t t = maximum * 4096 - z;
      if (t / 4096 >= 32) return 0;
      const int64_t p = sac_reference_round_up(
          sac_reference_table_evaluate(&a->reference->tables[SAC_TARGET_POWER], (int32_t)(t % 4096 * 16)),
          (unsigned)(t / 4096));
      return p > 65535 ? 65535 : p;
    }
    case 1: return sac_reference_saturate(z, 16);
    default: {
      const int64_t p = 4096 + z + sac_reference_round_even(z * z, 13);
      return p < 0 ? 0 : p > 65535 ? 65535 : p;
    }
  }
}

// A step of the chosen row.
static void step(attend_t *a, const tile_t *tile) {
  const uint32_t wanted = field(a, SAC_ATTEND_SCORES), function = field(a, SAC_ATTEND_SCORE_FUNCTION);
  int64_t z[256][3], p[256], maximum = INT64_MIN, total = 0;
  bool masked[256];
  for (int64_t n = 0; n < tile->count; n++) {
    masked[n] = logits(a, tile, tile->first + n, z[n]);
    a->reference->counters[SAC_COUNTER_ATTEND_MASKED] += masked[n];
    if (!masked[n] && z[n][2] > maximum) maximum = z[n][2];
    if (wanted) {
      const int32_t out = wanted == 3 && masked[n] ? INT32_MIN : (int32_t)z[n][wanted - 1];
      memcpy(memory_at(a,
                       field(a, SAC_ATTEND_Y_ADDRESS) + (uint32_t)a->position * field(a, SAC_ATTEND_Y_POSITION_STRIDE) +
                           (uint32_t)a->head * field(a, SAC_ATTEND_Y_HEAD_STRIDE) + 4 * (uint32_t)(tile->first + n),
                       4),
             &out, 4);
    }
  }
  if (wanted || maximum == INT64_MIN) return;
  int64_t ceiling = maximum / 4096, dm = 0;
  if (ceiling * 4096 < maximum) ceiling++;
  if (function == 0) {
    if (!a->none && a->m > ceiling) ceiling = a->m;
    dm = a->none ? 0 : ceiling - a->m;
    a->m = ceiling;
    a->none = false;
  }
  for (int64_t n = 0; n < tile->count; n++) {
    p[n] = masked[n] ? 0 : probability(a, z[n][2], ceiling);
    total += p[n];
  }
  if (function != 1) a->l = moved(a->l, dm) + total;
  for (unsigned e = 0; e < context(a, SAC_CONTEXT_D_V); e++) {
    int64_t sum = 0;
    for (int64_t n = 0; n < tile->count; n++) sum += p[n] * element(a, true, tile->first + n, e);
    a->o[e] = moved(a->o[e], dm) + sac_reference_round_up(sum, 8);
  }
}

// Does the row's sub-block take this step?
static bool is_step(const attend_t *a, const tile_t *tile, int64_t row) {
  if (!tile->band) return true;
  const int64_t side = a->reference->rows, within = row % a->block_rows, first = row - within + within / side * side;
  const int64_t block_end = row - within + a->block_rows, last = last_row(a, first, side);
  for (int64_t r = first; r <= last && r < block_end; r++) {
    for (int64_t j = tile->first; j < tile->first + tile->count; j++) {
      const int64_t distance = j - index_of(a, r);
      if (distance >= sac_field_get_signed(a->d, SAC_ATTEND_BAND_LOW) &&
          distance <= sac_field_get_signed(a->d, SAC_ATTEND_BAND_HIGH))
        return true;
    }
  }
  return false;
}

static void write_row(attend_t *a, int64_t row) {
  const uint32_t y = field(a, SAC_ATTEND_Y_ADDRESS) + (uint32_t)a->position * field(a, SAC_ATTEND_Y_POSITION_STRIDE) +
                     (uint32_t)a->head * field(a, SAC_ATTEND_Y_HEAD_STRIDE);
  const unsigned fraction = context(a, SAC_CONTEXT_OUTPUT_SHIFT);
  int64_t e = 0, n = 0;
  while (a->l >> (e + 1)) e++;
  n = e > 23 ? a->l >> (e - 23) : a->l << (23 - e);
  for (unsigned i = 0; i < context(a, SAC_CONTEXT_D_V); i++) {
    int64_t value = 0;
    if (field(a, SAC_ATTEND_SCORE_FUNCTION) == 1) value = sac_reference_round_even(a->o[i] * 256, fraction);
    else if (a->l)
      value = sac_reference_round_even(a->o[i] * (((int64_t)1 << 40) / n),
                                       e + 9 > fraction ? (unsigned)(e + 9 - fraction) : 0);
    const int16_t out = (int16_t)sac_reference_saturate(value, 16);
    memcpy(memory_at(a, y + 2 * i, 2), &out, 2);
  }
  if (!field(a, SAC_ATTEND_LSE)) return;
  int32_t lse = INT32_MIN;
  if (a->l)
    lse = (int32_t)((a->m + e - 16) * 65536 + sac_reference_table_evaluate(&a->reference->tables[SAC_TARGET_LOG2],
                                                                           (int32_t)((n - (1 << 23)) / 128)));
  memcpy(memory_at(a, field(a, SAC_ATTEND_LSE_ADDRESS) + 4 * (uint32_t)row, 4), &lse, 4);
}

// The ranges of a block: all that are listed from entry `first` on, or the one that the descriptor means.
typedef struct {
  tile_t *range;
  uint32_t count;
} ranges_t;

static void block(attend_t *a, int64_t number, const ranges_t *ranges) {
  const int64_t first = number * a->block_rows, last = last_row(a, first, a->block_rows),
                tile_keys = a->reference->kv_tile;
  uint64_t *counters = a->reference->counters;
  for (int64_t row = first; row <= last; row++) {
    choose_row(a, row);
    begin(a);
    for (uint32_t n = 0; n < ranges->count; n++) {
      tile_t tile = ranges->range[n];
      const int64_t end = tile.first + tile.count;
      for (; tile.first < end; tile.first += tile_keys) {
        tile.count = end - tile.first < tile_keys ? end - tile.first : tile_keys;
        bool any = false;  // a tile counts once, with the block's first row
        for (int64_t r = first; row == first && r <= last && !any; r++) any = is_step(a, &tile, r);
        counters[SAC_COUNTER_ATTEND_TILES] += any;
        counters[SAC_COUNTER_ATTEND_KEYS] += any ? (uint64_t)tile.count : 0;
        if (!is_step(a, &tile, row)) continue;
        counters[SAC_COUNTER_ATTEND_SCORES] += (uint64_t)tile.count;
        step(a, &tile);
      }
    }
    if (!field(a, SAC_ATTEND_SCORES)) write_row(a, row);
  }
  counters[SAC_COUNTER_ATTEND_BLOCKS]++;
}

static void blocks_without_list(attend_t *a) {
  for (int64_t number = 0; number * a->block_rows < a->rows; number++) {
    const int64_t first = number * a->block_rows, last = last_row(a, first, a->block_rows);
    int64_t low = 0, beyond = a->length;
    if (field(a, SAC_ATTEND_BAND)) {
      const int64_t l = index_of(a, first) + sac_field_get_signed(a->d, SAC_ATTEND_BAND_LOW);
      const int64_t b = index_of(a, last) + sac_field_get_signed(a->d, SAC_ATTEND_BAND_HIGH) + 1;
      low = l > low ? l : low;
      beyond = b < beyond ? b : beyond;
    }
    tile_t range = {low, beyond - low, field(a, SAC_ATTEND_BAND), field(a, SAC_ATTEND_BIAS)};
    block(a, number, &(ranges_t){&range, 1});
  }
}

static bool blocks_of_list(attend_t *a) {
  const uint32_t entries = field(a, SAC_ATTEND_LIST_ENTRIES);
  tile_t *range = calloc(entries, sizeof *range);
  ranges_t open = {range, 0};
  for (uint32_t n = 0; n < entries && a->good; n++) {
    uint32_t entry[SAC_TILE_WORDS], next[SAC_TILE_WORDS];
    const uint32_t at = field(a, SAC_ATTEND_LIST_ADDRESS) + 16 * n;
    memcpy(entry, memory_at(a, at, sizeof entry), sizeof entry);
    const int64_t first = sac_field_get(entry, SAC_TILE_FIRST), count = sac_field_get(entry, SAC_TILE_COUNT);
    const int64_t end = first + count < a->length ? first + count : a->length;
    open.range[open.count++] =
        (tile_t){first, end - first, sac_field_get(entry, SAC_TILE_BAND), sac_field_get(entry, SAC_TILE_BIAS)};
    const bool last = n + 1 == entries;
    if (!last) memcpy(next, memory_at(a, at + 16, sizeof next), sizeof next);
    if (!last && sac_field_get(next, SAC_TILE_BLOCK) == sac_field_get(entry, SAC_TILE_BLOCK)) continue;
    block(a, sac_field_get(entry, SAC_TILE_BLOCK), &open);
    open.count = 0;
  }
  free(range);
  return a->good;
}

bool sac_reference_attend(sac_reference_t *reference, const uint32_t *d) {
  attend_t *a = calloc(1, sizeof *a);
  uint32_t record[SAC_CONTEXT_WORDS];
  a->reference = reference;
  a->d = d;
  a->good = true;
  memcpy(record, memory_at(a, field(a, SAC_ATTEND_CONTEXT_ADDRESS), sizeof record), sizeof record);
  a->c = record;
  a->group = field(a, SAC_ATTEND_GROUP);
  a->rows = (int64_t)field(a, SAC_ATTEND_POSITIONS) * a->group;
  a->block_rows = (int64_t)reference->rows * reference->query_blocks;
  a->length = context(a, SAC_CONTEXT_LENGTH);
  if (field(a, SAC_ATTEND_LISTED)) blocks_of_list(a);
  else blocks_without_list(a);
  const bool good = a->good;
  free(a);
  return good;
}
