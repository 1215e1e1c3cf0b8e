// SPDX-License-Identifier: Apache-2.0
// Full and streaming heads: bytes of K and V read for a token at a long context, a quarter and a half of the key heads
// full, 64 sinks and 256 recent keys. From: Xiao et al., DuoAttention, ICLR 2025 (4 and 2 times fewer in the limit).
#include <stdio.h>

#include "policies.h"

static void measure(json_t *rows, uint32_t length, uint32_t every) {
  enum { kHeads = 4, kD = 16 };
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 128u << 20);
  sac_attention_setup_t s;
  bench_setup(&s, 1, 1, kHeads, kHeads, kD, 7);
  bench_one(&s, length);
  const sac_attention_tensors_t t = bench_tensors(&b, &s, length >> 7);
  bool full[kHeads];
  for (uint32_t h = 0; h < kHeads; h++) full[h] = h % every == 0;
  bench_start(&b);
  bench_run(&b, sac_policy_decode(b.device, &s, &b.error), &t);
  const double without = bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
  bench_start(&b);
  bench_run(&b, sac_policy_heads(b.device, &s, full, 64, 256, &b.error), &t);
  char what[100];
  snprintf(what, sizeof what, "bytes of K and V a token, 1 / %u of the heads full, %u keys", every, length);
  const double bytes = 4 * kD;  // of a key and its value
  json_array_append_new(rows, bench_row("DuoAttention", what, bytes * without,
                                        bytes * bench_count(&b, SAC_COUNTER_ATTEND_KEYS), every));
  bench_setup_free(&s);
  bench_close(&b);
}

void measure_heads(json_t *rows) {
  measure(rows, 131072, 2);
  measure(rows, 16384, 4);
  measure(rows, 131072, 4);
}
