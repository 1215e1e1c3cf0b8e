// SPDX-License-Identifier: Apache-2.0
#include "kv.h"

#include <string.h>

enum { kScaleElements = 32 };

static uint32_t row_address(const sac_attend_job_t *job, const sac_attend_operand_t *operand, uint32_t page,
                            uint32_t key) {
  return page + operand->offset + (key & ((1u << job->page_log2) - 1)) * operand->stride;
}

static bool page_of(const sac_attend_job_t *job, const sac_attend_operand_t *operand, uint32_t key, uint32_t *page) {
  const uint8_t *entry = sac_attend_at(job, operand->pages + 4 * (key >> job->page_log2), 4);
  if (entry) memcpy(page, entry, 4);
  return entry != NULL;
}

sac_outcome_t sac_attend_request_rows(sac_model_t *model, const sac_attend_job_t *job,
                                      const sac_attend_operand_t *operand, uint32_t first, uint32_t count,
                                      sac_attend_traffic_t *traffic) {
  const uint32_t keys = 1u << job->page_log2;
  for (uint32_t key = first; key < first + count;) {
    uint32_t page = 0, run = keys - (key & (keys - 1));
    if (run > first + count - key) run = first + count - key;
    sac_outcome_t access = sac_model_access(model, operand->pages + 4 * (key >> job->page_log2), 4, false);
    if (access.code) return access;
    page_of(job, operand, key, &page);
    traffic->requests++;
    for (const uint32_t beyond = key + run; key < beyond;) {
      const uint32_t rows = operand->merge < beyond - key ? operand->merge : beyond - key;
      access = sac_model_access(model, row_address(job, operand, page, key), rows * operand->bytes, false);
      if (access.code) return access;
      traffic->requests++;
      traffic->bytes += rows * operand->bytes;
      key += rows;
    }
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

// Elements of 16, 8, 4 or 2 bits, LSB first.
static void unpack(const uint8_t *source, uint32_t bits, uint32_t elements, int16_t *out) {
  if (bits == 16) {
    memcpy(out, source, 2 * elements);
    return;
  }
  const uint32_t each = 8 / bits;
  for (uint32_t b = 0; b < elements / each; b++) {
    for (uint32_t n = 0; n < each; n++)
      out[b * each + n] = (int16_t)((int8_t)(source[b] << (8 - bits * (n + 1))) >> (8 - bits));
  }
}

static void apply_scales(const uint8_t *source, uint32_t elements, int16_t *values) {
  for (uint32_t e = 0; e < elements; e += kScaleElements, source += 2) {
    const int64_t mantissa = source[0];
    const unsigned exponent = source[1] & 31;
    const uint32_t beyond = elements - e < kScaleElements ? elements : e + kScaleElements;
    for (uint32_t n = e; n < beyond; n++) values[n] = sac_saturate16(sac_round_even(values[n] * mantissa, exponent));
  }
}

void sac_attend_expand(const uint8_t *row, uint32_t bits, uint32_t elements, bool scaled, int16_t *values) {
  unpack(row, bits, elements, values);
  if (scaled) apply_scales(row + elements * bits / 8, elements, values);
}

void sac_attend_unpack_rows(const sac_attend_job_t *job, const sac_attend_operand_t *operand, uint32_t first,
                            uint32_t count, int16_t *high, int16_t *low) {
  const uint32_t elements = operand->elements;
  for (uint32_t n = 0; n < count; n++, high += elements, low += elements) {
    uint32_t page;
    const bool known = page_of(job, operand, first + n, &page);
    const uint8_t *row = known ? sac_attend_at(job, row_address(job, operand, page, first + n), operand->bytes) : NULL;
    if (!row) {
      memset(high, 0, elements * sizeof *high);
      memset(low, 0, elements * sizeof *low);
      continue;
    }
    sac_attend_expand(row, operand->bits, elements, operand->scaled, high);
    if (!operand->two_beats) continue;
    for (uint32_t e = 0; e < elements; e++) {
      low[e] = high[e] & 255;
      high[e] = (int16_t)(high[e] >> 8);
    }
  }
}
