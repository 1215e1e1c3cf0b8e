// SPDX-License-Identifier: Apache-2.0
#include "work.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "work_spec.h"

enum { kQuantityCount = sizeof kQuantities / sizeof *kQuantities };
static_assert((int)kQuantityCount <= (int)SAC_WORK_QUANTITIES_MAX, "more quantities than sac_work_counts_t holds");

sac_work_counts_t sac_work_rtnerf(const uint32_t counters[SAC_COUNTERS]) {
  sac_work_counts_t out = {0};
  for (int q = 0; q < kQuantityCount; q++) {
    for (const sac_work_term_t *term = kQuantities[q].rtnerf; term->times; term++) out.value[q] += term->times * counters[term->count];
  }
  return out;
}

sac_work_counts_t sac_work_uniform(const sac_uniform_work_t *work, int value_bits) {
  sac_work_counts_t out = {0};
  for (int q = 0; q < kQuantityCount; q++) {
    for (const sac_work_term_t *term = kQuantities[q].uniform; term->times; term++) {
      uint64_t count;
      memcpy(&count, (const char *)work + term->count, sizeof count);
      out.value[q] += term->times * count;
    }
    if (kQuantities[q].uniform_in_values) out.value[q] = out.value[q] * (uint64_t)value_bits / 8;
  }
  return out;
}

void sac_work_report(json_t *stats, const sac_work_counts_t *work) {
  json_t *object = json_object();
  const uint64_t hits = work->value[0];  // rays_hit
  for (int q = 0; q < kQuantityCount; q++) {
    json_object_set_new(object, kQuantities[q].name, json_integer((json_int_t)work->value[q]));
    printf("  %-24s %14llu  %8.2f a hit ray\n", kQuantities[q].name, (unsigned long long)work->value[q],
           hits ? (double)work->value[q] / (double)hits : 0.0);
  }
  json_object_set_new(stats, "work", object);
}
