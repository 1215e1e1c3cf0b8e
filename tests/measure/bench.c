// SPDX-License-Identifier: Apache-2.0
// What the experiments share (contract: policies.h).
#include <stdio.h>
#include <stdlib.h>

#include "policies.h"
#include "sw/tools/config.h"

void bench_must(bench_t *b, bool good) {
  if (good) return;
  fprintf(stderr, "policies: %s\n", b->error.message);
  exit(1);
}

void bench_open(bench_t *b, const char *config, size_t memory_bytes) {
  sac_machine_config_t machine;
  *b = (bench_t){0};
  bench_must(b, sac_config_load(&machine, config, &b->error));
  sac_model_t *model = sac_model_create(&machine, memory_bytes);
  bench_must(b, model || sac_error_set(&b->error, SAC_ERR_MEMORY, "no memory for a model"));
  const sac_hal_t hal = sac_model_hal(model);
  b->device = sac_device_open(&hal, &b->error);
  bench_must(b, b->device && sac_attention_load_tables(b->device, &b->error));
}

void bench_close(bench_t *b) { sac_device_close(b->device); }

uint32_t bench_alloc(bench_t *b, size_t bytes) {
  uint32_t address = 0;
  bench_must(b, sac_device_alloc(b->device, bytes + 1, &address, &b->error));
  return address;
}

uint32_t bench_random(bench_t *b, size_t count, int most) {
  int16_t *x = calloc(count + 1, sizeof *x);
  bench_must(b, x || sac_error_set(&b->error, SAC_ERR_MEMORY, "no memory for %zu values", count));
  static uint64_t state = 1;
  for (size_t i = 0; i < count; i++) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    x[i] = (int16_t)((int)(state >> 33) % (2 * most + 1) - most);
  }
  const uint32_t address = bench_alloc(b, 2 * count);
  bench_must(b, sac_device_write(b->device, address, x, 2 * count, &b->error));
  free(x);
  return address;
}

void bench_start(bench_t *b) { sac_device_counters(b->device, b->before); }

double bench_count(const bench_t *b, sac_counter_t counter) {
  uint32_t now[SAC_COUNTERS];
  sac_device_counters(b->device, now);
  return now[counter] - b->before[counter];
}

void bench_setup(sac_attention_setup_t *s, uint32_t sequences, uint32_t tokens, uint32_t q_heads, uint32_t k_heads,
                 uint32_t d, uint32_t page_log2) {
  const uint32_t page = 1u << page_log2, row = 2 * d;
  uint32_t *q_begin = calloc((size_t)sequences + 1, sizeof *q_begin);
  sac_attention_logit_t *logit = calloc((size_t)sequences * k_heads, sizeof *logit);
  if (!q_begin || !logit) exit(1);
  for (uint32_t n = 0; n < sequences; n++) q_begin[n + 1] = q_begin[n] + tokens;
  for (uint32_t n = 0; n < sequences * k_heads; n++) logit[n] = (sac_attention_logit_t){.scale = 1, .scale_shift = 8};
  *s = (sac_attention_setup_t){.sequences = sequences, .q_heads = q_heads, .k_heads = k_heads, .v_heads = k_heads,
                               .d_k = d, .d_v = d, .q_begin = q_begin, .logit = logit, .page_log2 = page_log2,
                               .k_cache = {page * k_heads * row, page * row, row}};
  s->v_cache = s->k_cache;
}

void bench_setup_free(sac_attention_setup_t *s) {
  free((void *)s->q_begin);
  free((void *)s->logit);
  free((void *)s->length);
  free((void *)s->page_begin);
  free((void *)s->pages);
  *s = (sac_attention_setup_t){0};
}

sac_attention_tensors_t bench_tensors(bench_t *b, const sac_attention_setup_t *s, uint32_t pages) {
  const size_t rows = (size_t)s->q_begin[s->sequences] * s->q_heads;
  const uint32_t q_row = 2 * s->d_k, row = 2 * s->d_v;
  return (sac_attention_tensors_t){
      .q = {bench_random(b, rows * s->d_k, 100), s->q_heads * q_row, q_row},
      .y = {bench_alloc(b, rows * row), s->q_heads * row, row},
      .k = bench_random(b, (size_t)pages * s->k_cache.page_stride / 2, 100),
      .v = bench_random(b, (size_t)pages * s->v_cache.page_stride / 2, 100)};
}

void bench_one(sac_attention_setup_t *s, uint32_t length) {
  const uint32_t count = (length + (1u << s->page_log2) - 1) >> s->page_log2;
  uint32_t *lengths = calloc(1, sizeof *lengths), *begin = calloc(2, sizeof *begin);
  uint32_t *pages = calloc((size_t)count + 1, sizeof *pages);
  if (!lengths || !begin || !pages) exit(1);
  lengths[0] = length;
  begin[1] = count;
  for (uint32_t n = 0; n < count; n++) pages[n] = n;
  s->length = lengths;
  s->page_begin = begin;
  s->pages = pages;
}

void bench_run(bench_t *b, sac_attention_plan_t *plan, const sac_attention_tensors_t *tensors) {
  bench_must(b, plan && sac_attention_run(plan, tensors, &b->error) && sac_queue_wait(b->device, &b->error));
  sac_attention_plan_free(plan);
}

void bench_merge(bench_t *b, sac_policy_t *policy, const sac_attention_tensors_t *input,
                 const sac_attention_rows_t *y) {
  bench_must(b, policy && sac_policy_run(policy, input, y, 0, &b->error) && sac_queue_wait(b->device, &b->error));
  sac_policy_free(policy);
}

json_t *bench_row(const char *paper, const char *what, double without, double with, double figure) {
  json_t *row = json_pack("{s:s, s:s, s:f, s:f}", "paper", paper, "what", what, "without", without, "with", with);
  if (figure > 0) json_object_set_new(row, "figure", json_real(figure));
  return row;
}
