// SPDX-License-Identifier: Apache-2.0
// Channel-pruned keys: bytes of K and V and multiplications of Q K for a token, lambda = 0.4 of 128 channels, the last
// 32 keys whole. 77 channels are left, which rows of a multiple of 16 hold in 80. From: Xu et al., ThinK, ICLR 2025.
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"

enum { kD = 128, kLength = 4096, kRecent = 32, kPruned = 80 };

static void set_rows(sac_attention_setup_t *s, uint32_t d_k, uint32_t length) {
  s->d_k = d_k;
  s->k_cache.page_stride = (1u << s->page_log2) * 2 * d_k;
  s->k_cache.token_stride = 2 * d_k;
  bench_one(s, length);
}

void measure_channels(json_t *rows) {
  bench_t b;
  bench_open(&b, "configs/tiny.yaml", 64u << 20);
  sac_attention_setup_t whole, part[2];
  bench_setup(&whole, 1, 1, 1, 1, kD, 7);
  for (int n = 0; n < 2; n++) bench_setup(&part[n], 1, 1, 1, 1, kD, 7);
  set_rows(&whole, kD, kLength);
  set_rows(&part[0], kPruned, kLength - kRecent);
  set_rows(&part[1], kD, kRecent);
  const sac_attention_tensors_t t = bench_tensors(&b, &whole, kLength >> 7), input[] = {t, t};
  bench_start(&b);
  bench_run(&b, sac_policy_decode(b.device, &whole, &b.error), &t);
  const double keys = bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
  const double bytes = bench_count(&b, SAC_COUNTER_MEMORY_READ_BYTES);
  const double scores = bench_count(&b, SAC_COUNTER_ATTEND_SCORES);
  const double beats = bench_count(&b, SAC_COUNTER_DOT_ATTEND_BEATS);
  double count[2];
  for (int n = 0; n < 2; n++) {  // products of each state
    bench_start(&b);
    bench_run(&b, sac_policy_decode(b.device, &part[n], &b.error), &t);
    count[n] = bench_count(&b, SAC_COUNTER_ATTEND_SCORES);
  }
  bench_start(&b);
  bench_merge(&b, sac_policy_channels(b.device, &part[0], &part[1], &b.error), input, &t.y);
  const double lean_bytes = bench_count(&b, SAC_COUNTER_MEMORY_READ_BYTES);
  const double lean_beats = bench_count(&b, SAC_COUNTER_DOT_ATTEND_BEATS);
  bench_must(&b, keys == kLength || sac_error_set(&b.error, SAC_ERR_DEVICE, "channels: %.0f keys", keys));
  json_array_append_new(rows, bench_row("ThinK", "bytes read for a token, 4096 keys of 128 channels, 0.4 of K pruned",
                                        bytes, lean_bytes, 1 / 0.8));
  json_array_append_new(rows, bench_row("ThinK", "multiplications of Q K", scores * kD,
                                        count[0] * kPruned + count[1] * kD, 1 / 0.6));
  const double v_beats = kD / 16 * keys * 2;  // tiny has 16 lanes, int16 takes two beats
  json_array_append_new(rows, bench_row("ThinK", "beats of the array for Q K (16 lanes)", beats - v_beats,
                                        lean_beats - v_beats, 1 / 0.6));
  bench_setup_free(&whole);
  for (int n = 0; n < 2; n++) bench_setup_free(&part[n]);
  bench_close(&b);
}
