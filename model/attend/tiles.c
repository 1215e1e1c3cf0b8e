// SPDX-License-Identifier: Apache-2.0
#include "tiles.h"

#include <stdlib.h>
#include <string.h>

enum { kListChunk = 16, kMaxKeys = 1 << 20 };

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }

sac_attend_rows_t sac_attend_block_rows(const sac_attend_job_t *job, uint32_t block) {
  const uint64_t whole = (uint64_t)job->array_rows * job->query_blocks, first = block * whole;
  return (sac_attend_rows_t){first,
                             first < job->rows ? (uint32_t)lesser((int64_t)whole, (int64_t)(job->rows - first)) : 0};
}

sac_attend_rows_t sac_attend_sub_rows(const sac_attend_job_t *job, uint32_t block, uint32_t sub) {
  const sac_attend_rows_t all = sac_attend_block_rows(job, block);
  const uint32_t skipped = sub * job->array_rows;
  return (sac_attend_rows_t){all.first + skipped,
                             skipped < all.rows ? (uint32_t)lesser(job->array_rows, all.rows - skipped) : 0};
}

// Grown by doubling; false if memory runs out.
static bool grow(void **items, uint64_t count, size_t size) {
  if (count & (count - 1)) return true;
  void *larger = realloc(*items, (count ? 2 * count : 1) * size);
  if (larger) *items = larger;
  return larger != NULL;
}

static bool add_visit(sac_attend_plan_t *plan, uint32_t block) {
  if (!grow((void **)&plan->visits, plan->visit_count, sizeof *plan->visits)) return false;
  plan->visits[plan->visit_count++] = (sac_attend_visit_t){block, plan->range_count, 0};
  return true;
}

static bool add_range(sac_attend_plan_t *plan, sac_attend_range_t range) {
  if (!grow((void **)&plan->ranges, plan->range_count, sizeof *plan->ranges)) return false;
  plan->ranges[plan->range_count++] = range;
  plan->visits[plan->visit_count - 1].ranges++;
  return true;
}

// Without list: the keys that the band leaves to any row of the block.
static sac_attend_range_t whole_range(const sac_attend_job_t *job, uint32_t block) {
  const bool band = sac_field_get(job->d, SAC_ATTEND_BAND);
  int64_t low = 0, beyond = job->length;
  if (band) {
    const sac_attend_rows_t rows = sac_attend_block_rows(job, block);
    low = greater(low, (int64_t)sac_attend_row(job, rows.first).index + job->band_low);
    beyond = lesser(beyond, (int64_t)sac_attend_row(job, rows.first + rows.rows - 1).index + job->band_high + 1);
  }
  const bool any = low < beyond;
  return (sac_attend_range_t){any ? (uint32_t)low : 0, any ? (uint32_t)(beyond - low) : 0, band,
                              sac_field_get(job->d, SAC_ATTEND_BIAS)};
}

static sac_attend_range_t listed_range(const sac_attend_job_t *job, const uint32_t *entry) {
  const uint32_t first = sac_field_get(entry, SAC_TILE_FIRST), count = sac_field_get(entry, SAC_TILE_COUNT);
  const uint32_t left = first < job->length ? job->length - first : 0;
  return (sac_attend_range_t){first, count < left ? count : left, sac_field_get(entry, SAC_TILE_BAND),
                              sac_field_get(entry, SAC_TILE_BIAS)};
}

static sac_outcome_t plan_list(sac_attend_plan_t *plan, const sac_attend_job_t *job, sac_model_t *model,
                               uint64_t blocks) {
  const sac_outcome_t bad = sac_outcome(SAC_HW_ERR_RANGE, 10);
  const uint32_t entries = sac_field_get(job->d, SAC_ATTEND_LIST_ENTRIES),
                 list = sac_field_get(job->d, SAC_ATTEND_LIST_ADDRESS);
  uint32_t chunk[kListChunk][SAC_TILE_WORDS];
  uint64_t keys = 0;
  for (uint32_t n = 0; n < entries; n++) {
    if (n % kListChunk == 0) {
      const uint32_t bytes = (uint32_t)lesser(kListChunk, entries - n) * sizeof chunk[0],
                     at = list + n * (uint32_t)sizeof chunk[0];
      const sac_outcome_t access = sac_model_access(model, at, bytes, false);
      if (access.code) return access;
      memcpy(chunk, model->memory + at, bytes);
    }
    const uint32_t *entry = chunk[n % kListChunk], block = sac_field_get(entry, SAC_TILE_BLOCK);
    if (block >= blocks) return bad;
    if (plan->visit_count == 0 || plan->visits[plan->visit_count - 1].block != block) {
      keys = 0;
      if (!add_visit(plan, block)) return bad;
    }
    const sac_attend_range_t range = listed_range(job, entry);
    keys += range.count;
    if (keys > kMaxKeys || !add_range(plan, range)) return bad;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

sac_outcome_t sac_attend_plan(sac_attend_plan_t *plan, const sac_attend_job_t *job, sac_model_t *model) {
  memset(plan, 0, sizeof *plan);
  const uint64_t whole = (uint64_t)job->array_rows * job->query_blocks, blocks = (job->rows + whole - 1) / whole;
  if (sac_field_get(job->d, SAC_ATTEND_LISTED)) return plan_list(plan, job, model, blocks);
  for (uint64_t block = 0; block < blocks; block++) {
    if (!add_visit(plan, (uint32_t)block) || !add_range(plan, whole_range(job, (uint32_t)block)))
      return sac_outcome(SAC_HW_ERR_RANGE, 8);
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

void sac_attend_plan_close(sac_attend_plan_t *plan) {
  free(plan->visits);
  free(plan->ranges);
  memset(plan, 0, sizeof *plan);
}

// Is any pair of a row and a key of the tile in the band?
static bool meets_band(const sac_attend_job_t *job, const sac_attend_tile_t *tile, sac_attend_rows_t rows) {
  const int64_t i0 = sac_attend_row(job, rows.first).index, i1 = sac_attend_row(job, rows.first + rows.rows - 1).index;
  const int64_t j0 = tile->key, j1 = j0 + tile->count - 1;
  return greater(job->band_low, j0 - i1) <= lesser(job->band_high, j1 - i0);
}

bool sac_attend_next_tile(const sac_attend_job_t *job, const sac_attend_plan_t *plan, const sac_attend_visit_t *visit,
                          sac_attend_cursor_t *cursor, sac_attend_tile_t *tile) {
  while (cursor->range < visit->ranges) {
    const sac_attend_range_t *range = &plan->ranges[visit->first_range + cursor->range];
    if (cursor->done >= range->count) {
      *cursor = (sac_attend_cursor_t){cursor->range + 1, 0};
      continue;
    }
    *tile =
        (sac_attend_tile_t){range->first + cursor->done, (uint32_t)lesser(job->kv_tile, range->count - cursor->done),
                            range->band, range->bias, 0};
    cursor->done += tile->count;
    for (uint32_t sub = 0; sub < job->query_blocks; sub++) {
      const sac_attend_rows_t rows = sac_attend_sub_rows(job, visit->block, sub);
      if (rows.rows && (!tile->band || meets_band(job, tile, rows))) tile->steps |= 1u << sub;
    }
    if (tile->steps) return true;
  }
  return false;
}
