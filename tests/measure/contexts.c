// SPDX-License-Identifier: Apache-2.0
// Parallel contexts: logits of the prefill of contexts of n_i tokens, each by itself, sum n_i^2 / 2, against one of all
// their tokens. From: Yang et al., APE, ICLR 2025.
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"

enum { kContexts = 8, kPageLog2 = 7 };

static double prefill(uint32_t sequences, uint32_t length) {
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 64u << 20);
  sac_attention_setup_t s;
  bench_setup(&s, sequences, length, 1, 1, 16, kPageLog2);
  const uint32_t each = length >> kPageLog2;
  uint32_t *lengths = calloc(sequences, sizeof *lengths), *begin = calloc((size_t)sequences + 1, sizeof *begin);
  uint32_t *pages = calloc((size_t)sequences * each, sizeof *pages);
  if (!lengths || !begin || !pages) exit(1);
  for (uint32_t n = 0; n < sequences; n++) lengths[n] = length, begin[n + 1] = begin[n] + each;
  for (uint32_t n = 0; n < sequences * each; n++) pages[n] = n;
  s.length = lengths;
  s.page_begin = begin;
  s.pages = pages;
  const sac_attention_tensors_t t = bench_tensors(&b, &s, sequences * each);
  bench_start(&b);
  bench_run(&b, sac_policy_prefill(b.device, &s, true, &b.error), &t);
  const double logits = bench_count(&b, SAC_COUNTER_ATTEND_SCORES) - bench_count(&b, SAC_COUNTER_ATTEND_MASKED);
  bench_setup_free(&s);
  bench_close(&b);
  return logits;
}

void measure_contexts(json_t *rows) {
  enum { kLength = 2048 };
  char what[100];
  snprintf(what, sizeof what, "logits of the prefill of %d contexts of %d tokens", kContexts, kLength);
  json_array_append_new(rows, bench_row("APE", what, prefill(1, kContexts * kLength), prefill(kContexts, kLength),
                                        kContexts));
}
