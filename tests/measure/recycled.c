// SPDX-License-Identifier: Apache-2.0
// Recycled attention: rows read in S decode steps at L keys, of which one attends to all and the others to K of them,
// (L + (S - 1) K) / S against L. The choices read rows of K once more, without V. From: Xu et al., 2024.
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"

enum { kKept = 4096, kSteps = 50 };

static void measure(json_t *rows, uint32_t length) {
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 128u << 20);
  sac_attention_setup_t s;
  bench_setup(&s, 1, 1, 1, 1, 16, 7);
  bench_one(&s, length + kSteps - 1);
  const sac_attention_tensors_t t = bench_tensors(&b, &s, (length >> 7) + 1);
  uint32_t *kept = calloc(kKept + 1, sizeof *kept), *own = (uint32_t *)s.length;
  if (!kept) exit(1);
  double attended = 0, chosen = 0;
  for (uint32_t step = 0; step < kSteps; step++) {
    *own = length + step;
    if (step) kept[kKept] = *own - 1;
    bench_start(&b);
    bench_run(&b,
              step ? sac_policy_gathered(b.device, &s, kept, kKept + 1, &b.error)
                   : sac_policy_decode(b.device, &s, &b.error),
              &t);
    attended += bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
    bench_start(&b);
    bench_must(&b, sac_policy_top_keys(b.device, &s, &t, step ? kept : NULL, kKept + 1, kKept, kept, &b.error));
    chosen += bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
  }
  const double paper = (double)length * kSteps / (length + (kSteps - 1.0) * kKept);
  char what[120];
  snprintf(what, sizeof what, "rows of K and V read in %d steps at %u keys, K = %d", kSteps, length, kKept);
  json_array_append_new(rows, bench_row("Recycled", what, (double)length * kSteps, attended, paper));
  snprintf(what, sizeof what, "the same in rows of K or V, with those of K that the choices read");
  json_array_append_new(rows, bench_row("Recycled", what, 2.0 * length * kSteps, 2.0 * attended + chosen, 0));
  free(kept);
  bench_setup_free(&s);
  bench_close(&b);
}

void measure_recycled(json_t *rows) {
  measure(rows, 65536);
  measure(rows, 131072);
}
