// SPDX-License-Identifier: Apache-2.0
// Figures of attention papers that do not depend on hardware, by counters of the model: what the experiments share.
// Values of tensors do not matter for what is counted; they are random where they choose keys.
#ifndef SACCADE_TESTS_MEASURE_POLICIES_H
#define SACCADE_TESTS_MEASURE_POLICIES_H

#include <jansson.h>

#include "model/saccade_model.h"
#include "saccade/policies.h"

// A machine and what it has counted since bench_start. Failures end the program with a message.
typedef struct {
  sac_device_t *device;
  sac_error_t error;
  uint32_t before[SAC_COUNTERS];
} bench_t;

void bench_open(bench_t *bench, const char *config, size_t memory_bytes);
void bench_close(bench_t *bench);
void bench_must(bench_t *bench, bool good);
uint32_t bench_alloc(bench_t *bench, size_t bytes);
// Random int16 values of at most `most`.
uint32_t bench_random(bench_t *bench, size_t count, int most);
void bench_start(bench_t *bench);
double bench_count(const bench_t *bench, sac_counter_t counter);

// int16 heads of d channels whose pages of 2^page_log2 tokens are [head][token]; every sequence has `tokens` queries.
// Fills shapes, caches and multipliers; lengths and pages are the caller's.
void bench_setup(sac_attention_setup_t *setup, uint32_t sequences, uint32_t tokens, uint32_t q_heads, uint32_t k_heads,
                 uint32_t d, uint32_t page_log2);
void bench_setup_free(sac_attention_setup_t *setup);
// Tensors for it: queries, outputs, a cache of so many pages.
sac_attention_tensors_t bench_tensors(bench_t *bench, const sac_attention_setup_t *setup, uint32_t pages);
// One sequence of `length` keys in pages 0, 1, ..: fills length, page_begin, pages.
void bench_one(sac_attention_setup_t *setup, uint32_t length);

// Runs, waits, frees.
void bench_run(bench_t *bench, sac_attention_plan_t *plan, const sac_attention_tensors_t *tensors);
void bench_merge(bench_t *bench, sac_policy_t *policy, const sac_attention_tensors_t *input,
                 const sac_attention_rows_t *y);

// A row of the table: what, without the method, with it, the ratio as the paper's definition gives it (0: none).
json_t *bench_row(const char *paper, const char *what, double without, double with, double figure);

// Experiments; each appends rows.
void measure_prefix(json_t *rows);
void measure_heads(json_t *rows);
void measure_recycled(json_t *rows);
void measure_channels(json_t *rows);
void measure_buckets(json_t *rows);
void measure_taylor(json_t *rows);
void measure_contexts(json_t *rows);
void measure_tree(json_t *rows);

#endif
