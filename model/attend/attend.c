// SPDX-License-Identifier: Apache-2.0
// ATTEND as a command of the machine (rtl/attend/sac_attend.sv): its requests in order, counters and time; then its
// data.
#include <stdatomic.h>
#include <stdlib.h>

#include "../lib/parallel.h"
#include "attend.h"
#include "block.h"
#include "kv.h"
#include "output.h"
#include "tiles.h"
#include "timing.h"

typedef struct {
  sac_model_t *model;
  const sac_attend_job_t *job;
  const sac_attend_plan_t *plan;
  sac_attend_timing_t timing;
} run_t;

static sac_outcome_t request_query(run_t *run, sac_attend_rows_t rows) {
  const uint32_t *d = run->job->d, bytes = 2 * run->job->k.elements;
  for (uint32_t r = 0; r < rows.rows; r++) {
    const uint32_t at =
        sac_attend_place(sac_attend_row(run->job, rows.first + r), sac_field_get(d, SAC_ATTEND_Q_ADDRESS),
                         sac_field_get(d, SAC_ATTEND_Q_POSITION_STRIDE), sac_field_get(d, SAC_ATTEND_Q_HEAD_STRIDE));
    const sac_outcome_t access = sac_model_access(run->model, at, bytes, false);
    if (access.code) return access;
  }
  sac_attend_timing_query(&run->timing, rows.rows, (uint64_t)rows.rows * bytes);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

// Bias and scores of a step.
static sac_outcome_t request_step(run_t *run, const sac_attend_tile_t *tile, sac_attend_rows_t rows) {
  const sac_attend_job_t *job = run->job;
  const uint32_t words = job->bias_words ? tile->count : (tile->key + tile->count - 1) / 32 - tile->key / 32 + 1;
  for (uint32_t r = 0; r < rows.rows; r++) {
    const sac_attend_row_t row = sac_attend_row(job, rows.first + r);
    sac_outcome_t access = sac_outcome(SAC_HW_ERR_NONE, 0);
    if (tile->bias) access = sac_model_access(run->model, sac_attend_bias_place(job, row, tile->key), 4 * words, false);
    if (!access.code && job->scores)
      access = sac_model_access(run->model, sac_attend_y_place(job, row) + 4 * tile->key, 4 * tile->count, true);
    if (access.code) return access;
  }
  uint64_t *counters = run->model->counters;
  counters[SAC_COUNTER_ATTEND_SCORES] += (uint64_t)tile->count * rows.rows;
  counters[SAC_COUNTER_DOT_ATTEND_BEATS] += sac_attend_beats(job, tile->count);
  sac_attend_timing_step(&run->timing, tile->count, rows.rows, tile->bias ? 4ull * words * rows.rows : 0,
                         job->scores ? 4ull * tile->count * rows.rows : 0);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t request_tile(run_t *run, const sac_attend_visit_t *visit, const sac_attend_tile_t *tile) {
  const sac_attend_job_t *job = run->job;
  sac_attend_traffic_t k = {0}, v = {0};
  sac_outcome_t outcome = sac_attend_request_rows(run->model, job, &job->k, tile->key, tile->count, &k);
  if (!outcome.code && !job->scores)
    outcome = sac_attend_request_rows(run->model, job, &job->v, tile->key, tile->count, &v);
  if (outcome.code) return outcome;
  run->model->counters[SAC_COUNTER_ATTEND_TILES]++;
  run->model->counters[SAC_COUNTER_ATTEND_KEYS] += tile->count;
  sac_attend_timing_tile(&run->timing, &k, &v);
  for (uint32_t sub = 0; sub < job->query_blocks && !outcome.code; sub++) {
    if (tile->steps >> sub & 1) outcome = request_step(run, tile, sac_attend_sub_rows(job, visit->block, sub));
  }
  return outcome;
}

static sac_outcome_t request_output(run_t *run, sac_attend_rows_t rows) {
  const sac_attend_job_t *job = run->job;
  const uint32_t bytes = 2 * job->v.elements;
  for (uint32_t r = 0; r < rows.rows && !job->scores; r++) {
    sac_outcome_t access =
        sac_model_access(run->model, sac_attend_y_place(job, sac_attend_row(job, rows.first + r)), bytes, true);
    if (!access.code && job->lse)
      access = sac_model_access(run->model, sac_attend_lse_place(job, rows.first + r), 4, true);
    if (access.code) return access;
  }
  run->model->counters[SAC_COUNTER_ATTEND_BLOCKS]++;
  sac_attend_timing_visit(&run->timing, job->scores ? 0 : rows.rows,
                          job->scores ? 0 : (uint64_t)rows.rows * (bytes + (job->lse ? 4 : 0)));
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t request_all(run_t *run) {
  for (uint64_t n = 0; n < run->plan->visit_count; n++) {
    const sac_attend_visit_t *visit = &run->plan->visits[n];
    const sac_attend_rows_t rows = sac_attend_block_rows(run->job, visit->block);
    sac_outcome_t outcome = request_query(run, rows);
    sac_attend_tile_t tile;
    for (sac_attend_cursor_t cursor = {0};
         !outcome.code && sac_attend_next_tile(run->job, run->plan, visit, &cursor, &tile);) {
      outcome = request_tile(run, visit, &tile);
    }
    if (!outcome.code) outcome = request_output(run, rows);
    if (outcome.code) return outcome;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

typedef struct {
  const run_t *run;
  _Atomic uint64_t masked;
  atomic_bool failed;
} data_t;

static void compute_visit(void *context, size_t n) {
  data_t *data = context;
  const uint64_t masked = sac_attend_block(data->run->job, data->run->plan, &data->run->plan->visits[n]);
  if (masked == UINT64_MAX) data->failed = true;
  else data->masked += masked;
}

// Blocks that are visited again are written in the order of their visits.
static bool compute_all(const run_t *run, uint64_t *masked) {
  data_t data = {.run = run};
  bool apart = true;
  for (uint64_t n = 1; n < run->plan->visit_count; n++)
    apart = apart && run->plan->visits[n].block > run->plan->visits[n - 1].block;
  if (apart) sac_parallel(run->plan->visit_count, compute_visit, &data);
  else for (uint64_t n = 0; n < run->plan->visit_count; n++) compute_visit(&data, n);
  *masked += data.masked;
  return !data.failed;
}

sac_outcome_t sac_model_attend(sac_model_t *model, const uint32_t *descriptor, uint64_t *cycles) {
  sac_attend_job_t *job = calloc(1, sizeof *job);
  if (!job) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  sac_attend_plan_t plan = {0};
  sac_outcome_t outcome = sac_attend_open(job, model, descriptor);
  if (!outcome.code) outcome = sac_attend_plan(&plan, job, model);
  if (!outcome.code) {
    run_t run = {.model = model, .job = job, .plan = &plan};
    sac_attend_timing_open(&run.timing, job, &model->config);
    outcome = request_all(&run);
    if (!outcome.code && !compute_all(&run, &model->counters[SAC_COUNTER_ATTEND_MASKED]))
      outcome = sac_outcome(SAC_HW_ERR_RANGE, 8);
    const uint64_t busy = sac_attend_timing_end(&run.timing);
    model->counters[SAC_COUNTER_ATTEND_BUSY_CYCLES] += busy;
    model->counters[SAC_COUNTER_DOT_ATTEND_GAP_CYCLES] += run.timing.gaps;
    *cycles += busy;
  }
  sac_attend_plan_close(&plan);
  free(job);
  return outcome;
}
