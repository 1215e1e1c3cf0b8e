// SPDX-License-Identifier: Apache-2.0
// Shared prefixes: rows of K read for a decode step of B sequences with a prefix of P keys and S of their own, each
// reading its prefix, B (P + S), and by levels, P + B S. From: Juravsky et al., Hydragen, 2024.
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"

enum { kPageLog2 = 7 };

// Every sequence: the prefix's pages, then `own` pages.
static void fill(sac_attention_setup_t *s, uint32_t prefix, uint32_t own, bool with_prefix) {
  const uint32_t shared = with_prefix ? prefix >> kPageLog2 : 0, count = shared + (own >> kPageLog2);
  uint32_t *length = calloc(s->sequences, sizeof *length), *begin = calloc(s->sequences + 1, sizeof *begin);
  uint32_t *pages = calloc((size_t)s->sequences * count, sizeof *pages);
  if (!length || !begin || !pages) exit(1);
  for (uint32_t n = 0; n < s->sequences; n++) {
    length[n] = (with_prefix ? prefix : 0) + own;
    begin[n + 1] = begin[n] + count;
    for (uint32_t p = 0; p < count; p++)
      pages[begin[n] + p] = p < shared ? p : (prefix >> kPageLog2) + n * (own >> kPageLog2) + p - shared;
  }
  s->length = length;
  s->page_begin = begin;
  s->pages = pages;
}

static void measure(json_t *rows, uint32_t batch, uint32_t prefix, uint32_t own) {
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 64u << 20);
  sac_attention_setup_t plain, suffix;
  bench_setup(&plain, batch, 1, 1, 1, 16, kPageLog2);
  bench_setup(&suffix, batch, 1, 1, 1, 16, kPageLog2);
  fill(&plain, prefix, own, true);
  fill(&suffix, prefix, own, false);
  const sac_attention_tensors_t t = bench_tensors(&b, &plain, (prefix + batch * own) >> kPageLog2), input[] = {t, t};
  bench_start(&b);
  bench_run(&b, sac_policy_decode(b.device, &plain, &b.error), &t);
  const double without = bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
  const uint32_t all[] = {0, batch}, pages[] = {0, prefix >> kPageLog2};
  const sac_policy_level_t level = {1, all, &prefix, pages, plain.pages};
  bench_start(&b);
  bench_merge(&b, sac_policy_shared_prefix(b.device, &suffix, 1, &level, &b.error), input, &t.y);
  char what[100];
  snprintf(what, sizeof what, "K rows read a step, B = %u, P = %u, S = %u", batch, prefix, own);
  json_array_append_new(rows, bench_row("Hydragen", what, without, bench_count(&b, SAC_COUNTER_ATTEND_KEYS),
                                        (double)batch * (prefix + own) / (prefix + (double)batch * own)));
  bench_setup_free(&plain);
  bench_setup_free(&suffix);
  bench_close(&b);
}

void measure_prefix(json_t *rows) {
  measure(rows, 1024, 1024, 128);
  measure(rows, 1024, 16384, 128);
}
