// SPDX-License-Identifier: Apache-2.0
// Taylor linear attention: rows of K read for a token by the keys themselves and by a state, 16 channels a key, 64 and
// a denominator a value. From: Arora et al., Based, 2024: 273 features of 65 values for each of 16 heads are as many
// values as K and V of 139 tokens of a layer 1024 wide. By symmetry 153 features do, in rows of 160, and 65 values lie
// in 80.
#include <stdio.h>

#include "policies.h"

enum { kD = 16, kDv = 80, kRows = 160, kHeads = 16, kWidth = 1024 };

static double by_keys(bench_t *b, uint32_t length) {
  sac_attention_setup_t s;
  bench_setup(&s, 1, 1, 1, 1, kD, 7);
  bench_one(&s, length);
  const sac_attention_tensors_t t = bench_tensors(b, &s, (length + 127) >> 7);
  bench_start(b);
  bench_run(b, sac_policy_taylor(b->device, &s, SAC_POLICY_ALL, &b->error), &t);
  const double keys = bench_count(b, SAC_COUNTER_ATTEND_KEYS);
  bench_setup_free(&s);
  return keys;
}

// A token: the state takes it in, then the query reads the state. Returns rows read.
static double by_state(bench_t *b) {
  const sac_attention_format_t narrow = {SAC_ELEMENT_INT2, false}, wide = {SAC_ELEMENT_INT16, false};
  const uint32_t units = bench_alloc(b, kRows * kRows * 2), keys = bench_alloc(b, (kRows + 1) * kRows * 2);
  const uint32_t picks = bench_alloc(b, kRows * kRows / 4);
  bench_must(b, sac_policy_put_units(b->device, kRows, wide, 1, units, &b->error) &&
                    sac_policy_put_units(b->device, kRows, wide, 1, keys, &b->error) &&
                    sac_policy_put_units(b->device, kRows, narrow, 1, picks, &b->error));
  const uint32_t state[2] = {bench_alloc(b, (kRows + 1) * kDv * 2), bench_alloc(b, (kRows + 1) * kDv * 2)};
  double rows = 0;
  for (int read = 0; read < 2; read++) {
    sac_attention_setup_t s;
    bench_setup(&s, 1, read ? 1 : kRows, 1, 1, kRows, 8);
    bench_one(&s, read ? kRows : kRows + 1);
    s.d_v = kDv;
    s.v_cache.token_stride = 2 * kDv;
    if (read) s.k_format = narrow, s.k_cache.token_stride = kRows / 4;
    const sac_attention_tensors_t t = {.q = {units, 2 * kRows, 0},
                                       .k = read ? picks : keys,
                                       .v = state[read],
                                       .y = {read ? bench_alloc(b, 2 * kDv) : state[1], 2 * kDv, 0}};
    bench_start(b);
    bench_run(b, sac_policy_sums(b->device, &s, &b->error), &t);
    rows += bench_count(b, SAC_COUNTER_ATTEND_KEYS);
    bench_setup_free(&s);
  }
  return rows;
}

void measure_taylor(json_t *rows) {
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 64u << 20);
  const double constant = by_state(&b);
  static const uint32_t lengths[] = {1024, 16384, 131072};
  for (int n = 0; n < 3; n++) {
    char what[100];
    snprintf(what, sizeof what, "rows of K read for a token after %u; with a state: those of the state", lengths[n]);
    json_array_append_new(rows, bench_row("Based", what, by_keys(&b, lengths[n]), constant, 0));
  }
  json_array_append_new(rows, bench_row("Based", "values of K and V of 139 tokens, 1024 wide; of a layer's state",
                                        139.0 * 2 * kWidth, (double)kHeads * kRows * kDv, 1));
  bench_close(&b);
}
