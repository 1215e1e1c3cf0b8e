// SPDX-License-Identifier: Apache-2.0
// Rows of K and V (rtl/attend/sac_kv.sv, sac_kv_unpack.sv): pages, the requests of a tile, formats to beats.
#ifndef SACCADE_MODEL_ATTEND_KV_H
#define SACCADE_MODEL_ATTEND_KV_H

#include "attend.h"

// The requests of the keys first .. first + count - 1: page table and rows; `requests` and `bytes` are added to.
typedef struct {
  uint64_t requests, bytes;
} sac_attend_traffic_t;
sac_outcome_t sac_attend_request_rows(sac_model_t *model, const sac_attend_job_t *job,
                                      const sac_attend_operand_t *operand, uint32_t first, uint32_t count,
                                      sac_attend_traffic_t *traffic);

// A row of `elements` elements of 16, 8, 4 or 2 bits, LSB first, their scales behind them if scaled: its values.
void sac_attend_expand(const uint8_t *row, uint32_t bits, uint32_t elements, bool scaled, int16_t *values);

// The same rows as beats, [key][elements]: one beat: `high` holds the values; two: the value is 256 * high + low, low
// 0..255. Rows are `elements` apart.
void sac_attend_unpack_rows(const sac_attend_job_t *job, const sac_attend_operand_t *operand, uint32_t first,
                            uint32_t count, int16_t *high, int16_t *low);

#endif
