// SPDX-License-Identifier: Apache-2.0
// SELECT of the scalar reference, by a stable sort of the places (docs/attention.md, section 7).
#include <stdlib.h>
#include <string.h>

#include "reference.h"

typedef struct {
  int32_t value;
  uint32_t place;
} item_t;

// The largest first; among equals the lower place.
static int by_value(const void *a, const void *b) {
  const item_t *x = a, *y = b;
  if (x->value != y->value) return x->value > y->value ? -1 : 1;
  return x->place < y->place ? -1 : 1;
}

static int by_place(const void *a, const void *b) {
  return ((const item_t *)a)->place < ((const item_t *)b)->place ? -1 : 1;
}

static int by_bucket(const void *a, const void *b) {
  const int x = ((const item_t *)a)->value & 255, y = ((const item_t *)b)->value & 255;
  return x != y ? x - y : by_place(a, b);
}

static uint8_t *at(const sac_reference_t *reference, uint32_t address, uint64_t words) {
  return address + 4 * words <= reference->memory_bytes ? reference->memory + address : NULL;
}

static bool select_row(sac_reference_t *reference, const uint32_t *d, uint32_t row, item_t *items) {
  const uint32_t count = sac_field_get(d, SAC_SELECT_COUNT);
  const bool sort = sac_field_get(d, SAC_SELECT_SORT), values = !sort && sac_field_get(d, SAC_SELECT_VALUES);
  const uint32_t taken = sort ? count : sac_field_get(d, SAC_SELECT_K);
  const uint8_t *source = at(
      reference, sac_field_get(d, SAC_SELECT_SOURCE_ADDRESS) + row * sac_field_get(d, SAC_SELECT_SOURCE_STRIDE), count);
  uint8_t *places = at(
      reference, sac_field_get(d, SAC_SELECT_INDEX_ADDRESS) + row * sac_field_get(d, SAC_SELECT_INDEX_STRIDE), taken);
  uint8_t *chosen = at(
      reference, sac_field_get(d, SAC_SELECT_VALUE_ADDRESS) + row * sac_field_get(d, SAC_SELECT_VALUE_STRIDE), taken);
  if (!source || !places || (values && !chosen)) return false;
  for (uint32_t i = 0; i < count; i++) {
    memcpy(&items[i].value, source + 4 * i, 4);
    items[i].place = i;
  }
  qsort(items, count, sizeof *items, sort ? by_bucket : by_value);
  if (!sort) qsort(items, taken, sizeof *items, by_place);
  for (uint32_t i = 0; i < taken; i++) {
    memcpy(places + 4 * i, &items[i].place, 4);
    if (values) memcpy(chosen + 4 * i, &items[i].value, 4);
  }
  return true;
}

bool sac_reference_select(sac_reference_t *reference, const uint32_t *d) {
  item_t *items = calloc(sac_field_get(d, SAC_SELECT_COUNT) + 1, sizeof *items);
  bool good = items != NULL;
  for (uint32_t row = 0; row < sac_field_get(d, SAC_SELECT_ROWS) && good; row++) {
    good = select_row(reference, d, row, items);
    if (good) reference->counters[SAC_COUNTER_SELECT_VALUES] += sac_field_get(d, SAC_SELECT_COUNT);
  }
  free(items);
  return good;
}
