// SPDX-License-Identifier: Apache-2.0
// Page tables of single rows: any keys of a cache, in any order, without a copy. And the commands that lists of rows
// come from and go to.
#ifndef SACCADE_POLICIES_ROWS_H
#define SACCADE_POLICIES_ROWS_H

#include "draft.h"

// Whether the caches of the base can be read so; `policy` names the caller.
bool sac_rows_check(const sac_attention_setup_t *base, const char *policy, sac_error_t *error);
// Makes the draft one of pages of one row.
void sac_rows_open(sac_draft_t *draft);
// Page number of key j of the base's sequence s in such a draft.
uint32_t sac_rows_page(const sac_attention_setup_t *base, uint32_t s, uint32_t j);

// SELECT: the k largest of `count` values, or with k 0 their order by the low byte, of rows `stride` bytes apart.
bool sac_rows_select(sac_device_t *device, uint32_t values, uint32_t stride, uint32_t rows, uint32_t count, uint32_t k,
                     uint32_t index, sac_error_t *error);
// The largest of `count` values of each row, and its place, [rows]; of equals the first.
bool sac_rows_largest(sac_device_t *device, uint32_t values, uint32_t stride, uint32_t rows, uint32_t count,
                      uint32_t index, uint32_t largest, sac_error_t *error);
// COPY: row i from row index[i] (gather) or to it; index 0: as they are.
bool sac_rows_copy(sac_device_t *device, bool gather, uint32_t index, uint32_t from, uint32_t from_stride, uint32_t to,
                   uint32_t to_stride, uint32_t bytes, uint32_t rows, sac_error_t *error);

#endif
