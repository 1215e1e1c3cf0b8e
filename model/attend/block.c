// SPDX-License-Identifier: Apache-2.0
#include "block.h"

#include <stdlib.h>
#include <string.h>

#include "kv.h"
#include "output.h"
#include "products.h"

// A block in work: operands of a tile, and query row, state and O of every row.
typedef struct {
  const sac_attend_job_t *job;
  int16_t *q, *k_high, *k_low, *v_high, *v_low;
  int64_t *o;
  sac_attend_state_t *states;
  uint64_t masked;
} block_t;

static bool open_block(block_t *block, const sac_attend_job_t *job, uint32_t rows) {
  const size_t k = (size_t)job->kv_tile * job->k.elements, v = (size_t)job->kv_tile * job->v.elements;
  *block = (block_t){.job = job,
                     .q = calloc((size_t)rows * job->k.elements, sizeof *block->q),
                     .k_high = malloc(2 * k * sizeof *block->k_high),
                     .v_high = malloc(2 * v * sizeof *block->v_high),
                     .o = calloc((size_t)rows * job->v.elements, sizeof *block->o),
                     .states = calloc(rows, sizeof *block->states)};
  if (!block->q || !block->k_high || !block->v_high || !block->o || !block->states) return false;
  block->k_low = block->k_high + k;
  block->v_low = block->v_high + v;
  return true;
}

static void close_block(block_t *block) {
  free(block->q);
  free(block->k_high);
  free(block->v_high);
  free(block->o);
  free(block->states);
}

static void begin_rows(block_t *block, sac_attend_rows_t rows) {
  const sac_attend_job_t *job = block->job;
  const uint32_t *d = job->d;
  for (uint32_t r = 0; r < rows.rows; r++) {
    const sac_attend_row_t row = sac_attend_row(job, rows.first + r);
    const uint32_t at =
        sac_attend_place(row, sac_field_get(d, SAC_ATTEND_Q_ADDRESS), sac_field_get(d, SAC_ATTEND_Q_POSITION_STRIDE),
                         sac_field_get(d, SAC_ATTEND_Q_HEAD_STRIDE));
    memcpy(block->q + (size_t)r * job->k.elements, job->memory + at, job->k.elements * sizeof *block->q);
    block->states[r] = sac_attend_first_state(job, row.head);
  }
}

static void add_values(block_t *block, uint32_t r, const sac_attend_tile_t *tile, const int32_t *p, unsigned dm) {
  const sac_attend_operand_t *v = &block->job->v;
  int64_t sums[1024], *o = block->o + (size_t)r * v->elements;
  sac_attend_sums(p, block->job->score_function == SAC_SCORE_LINEAR, tile->count, block->v_high,
                  v->two_beats ? block->v_low : NULL, v->elements, sums);
  for (uint32_t e = 0; e < v->elements; e++) o[e] = (dm > 62 ? 0 : sac_round_up(o[e], dm)) + sac_round_up(sums[e], 8);
}

// A row of a step; `r` counts within the block.
static void step_row(block_t *block, uint32_t r, uint64_t number, const sac_attend_tile_t *tile) {
  const sac_attend_job_t *job = block->job;
  const sac_attend_row_t row = sac_attend_row(job, number);
  int64_t scores[SAC_ATTEND_TILE_MAX];
  int32_t z[SAC_ATTEND_TILE_MAX], p[SAC_ATTEND_TILE_MAX];
  uint8_t masked[SAC_ATTEND_TILE_MAX];
  sac_attend_scores(block->q + (size_t)r * job->k.elements, job->k.elements, block->k_high,
                    job->k.two_beats ? block->k_low : NULL, tile->count, scores);
  const uint32_t number_masked =
      sac_attend_logits(job, row, tile->key, tile->count, tile->band, tile->bias, scores, z, masked);
  block->masked += number_masked;
  if (job->scores) {
    sac_attend_write_scores(job, row, tile->key, tile->count, z);
  } else if (number_masked < tile->count) {  // else nothing changes
    const unsigned dm = sac_attend_probabilities(job, &block->states[r], z, masked, tile->count, p);
    add_values(block, r, tile, p, dm);
  }
}

uint64_t sac_attend_block(const sac_attend_job_t *job, const sac_attend_plan_t *plan, const sac_attend_visit_t *visit) {
  const sac_attend_rows_t rows = sac_attend_block_rows(job, visit->block);
  block_t block;
  if (!open_block(&block, job, rows.rows)) {
    close_block(&block);
    return UINT64_MAX;
  }
  begin_rows(&block, rows);
  sac_attend_tile_t tile;
  for (sac_attend_cursor_t cursor = {0}; sac_attend_next_tile(job, plan, visit, &cursor, &tile);) {
    sac_attend_unpack_rows(job, &job->k, tile.key, tile.count, block.k_high, block.k_low);
    if (!job->scores) sac_attend_unpack_rows(job, &job->v, tile.key, tile.count, block.v_high, block.v_low);
    for (uint32_t r = 0; r < rows.rows; r++) {
      if (tile.steps >> r / job->array_rows & 1) step_row(&block, r, rows.first + r, &tile);
    }
  }
  for (uint32_t r = 0; r < rows.rows && !job->scores; r++) {
    sac_attend_write_row(job, rows.first + r, &block.states[r], block.o + (size_t)r * job->v.elements);
  }
  const uint64_t masked = block.masked;
  close_block(&block);
  return masked;
}
