// SPDX-License-Identifier: Apache-2.0
// The walk of ATTEND (rtl/attend/sac_attend_walk.sv): visits of blocks of query rows, their ranges of keys, cut into
// tiles, and the steps of a tile (docs/attention.md, section 2).
#ifndef SACCADE_MODEL_ATTEND_TILES_H
#define SACCADE_MODEL_ATTEND_TILES_H

#include "attend.h"

// A range of keys, cut at length.
typedef struct {
  uint32_t first, count;
  bool band, bias;
} sac_attend_range_t;

// A block that is computed and written; with list a succession of its entries.
typedef struct {
  uint32_t block;
  uint64_t first_range;
  uint32_t ranges;
} sac_attend_visit_t;

typedef struct {
  sac_attend_visit_t *visits;
  uint64_t visit_count;
  sac_attend_range_t *ranges;
  uint64_t range_count;
} sac_attend_plan_t;

// Reads the list, or makes a visit of every block; RANGE if the list is bad. The caller closes the plan in any case.
sac_outcome_t sac_attend_plan(sac_attend_plan_t *plan, const sac_attend_job_t *job, sac_model_t *model);
void sac_attend_plan_close(sac_attend_plan_t *plan);

// A tile with at least one step.
typedef struct {
  uint32_t key, count;
  bool band, bias;
  uint32_t steps;  // bit c: sub-block c has a step
} sac_attend_tile_t;

// Rows of a block: `rows` from number `first`; of its sub-block c.
typedef struct {
  uint64_t first;
  uint32_t rows;
} sac_attend_rows_t;
sac_attend_rows_t sac_attend_block_rows(const sac_attend_job_t *job, uint32_t block);
sac_attend_rows_t sac_attend_sub_rows(const sac_attend_job_t *job, uint32_t block, uint32_t sub);

// The tiles of a visit in order: start with a zeroed cursor; false at the end.
typedef struct {
  uint32_t range, done;
} sac_attend_cursor_t;
bool sac_attend_next_tile(const sac_attend_job_t *job, const sac_attend_plan_t *plan, const sac_attend_visit_t *visit,
                          sac_attend_cursor_t *cursor, sac_attend_tile_t *tile);

#endif
