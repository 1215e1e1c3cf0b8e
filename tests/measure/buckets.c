// SPDX-License-Identifier: Apache-2.0
// Bucketed block attention with a sampled residual: logits of one causal head, blocks and samples of 256, exact up to
// 4096 keys, against n (n + 1) / 2. From: Han et al., HyperAttention, ICLR 2024, parameters of its published code.
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"

enum { kProjections = 7, kBlock = 256, kSamples = 256, kExact = 4096, kD = 16 };

static void draw(void *context, size_t keys, size_t samples, size_t *place) {
  uint64_t *state = context;
  for (size_t i = 0; i < samples; i++) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    place[i] = (size_t)(*state >> 33) % keys;
  }
}

// Logits by the paper's definition: halves down to kExact, then full triangles.
static double by_definition(double n) {
  return n <= kExact ? n * n / 2 : 2 * by_definition(n / 2) + n / 2 * (kBlock + kSamples);
}

static void measure(json_t *rows, uint32_t n) {
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 256u << 20);
  sac_attention_setup_t s;
  bench_setup(&s, 1, n, 1, 1, kD, 7);
  bench_one(&s, n);
  const sac_attention_tensors_t t = bench_tensors(&b, &s, n >> 7);
  int16_t projection[kProjections * kD];
  uint64_t state = 7;
  for (int i = 0; i < kProjections * kD; i++) {
    size_t value;
    draw(&state, 401, 1, &value);
    projection[i] = (int16_t)((int)value - 200);
  }
  const sac_policy_buckets_t buckets = {kProjections, kBlock, kSamples, kExact, projection, draw, &state};
  bench_start(&b);
  bench_must(&b, sac_policy_bucketed(b.device, &s, &buckets, true, &t, &b.error));
  const double all = bench_count(&b, SAC_COUNTER_ATTEND_SCORES), masked = bench_count(&b, SAC_COUNTER_ATTEND_MASKED);
  const double whole = n * (n + 1.0) / 2, figure = (double)n * n / 2 / by_definition(n);
  char what[100];
  snprintf(what, sizeof what, "logits of a causal head, %u keys", n);
  json_array_append_new(rows, bench_row("HyperAttention", what, whole, all - masked, figure));
  json_array_append_new(
      rows, bench_row("HyperAttention", "the same with what tiles compute beyond the diagonal", whole, all, 0));
  bench_setup_free(&s);
  bench_close(&b);
}

void measure_buckets(json_t *rows) {
  measure(rows, 32768);
  measure(rows, 131072);
}
