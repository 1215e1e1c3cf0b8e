// SPDX-License-Identifier: Apache-2.0
// ATTEND in the model (docs/attention.md; rtl/attend): the constants of a command, as rtl/attend's job_t, and the parts
// that share them. A command is done twice: first its requests are made, checked and counted in order (attend.c),
// then the numbers are computed, blocks in parallel (block.c).
#ifndef SACCADE_MODEL_ATTEND_H
#define SACCADE_MODEL_ATTEND_H

#include "../host/model.h"

enum { SAC_ATTEND_GROUP_MAX = 64, SAC_ATTEND_TANH_INPUTS = 32768, SAC_ATTEND_POWER_INPUTS = 4096 };
enum { SAC_SCORE_SOFTMAX = 0, SAC_SCORE_LINEAR = 1, SAC_SCORE_POLYNOMIAL = 2 };
enum { SAC_LOGIT_SCALED = 1, SAC_LOGIT_CAPPED = 2, SAC_LOGIT_WHOLE = 3 };  // what `scores` asks for

// K or V in memory.
typedef struct {
  uint32_t pages, offset, stride;
  uint32_t elements;  // d
  uint32_t bits;      // of an element
  bool scaled;
  bool two_beats;     // an element takes two beats of the array: a high and a low byte
  uint32_t bytes;     // of a row
  uint32_t merge;     // rows that a request joins
  uint32_t words;     // of `lanes` elements a row
  uint32_t segments;  // keys that share a word: 2 of half the lanes or less each, else 1
} sac_attend_operand_t;

typedef struct {
  int32_t slope;
  int32_t sink_max;
  uint32_t sink_sum;
} sac_attend_head_t;

typedef struct {
  uint32_t d[SAC_COMMAND_WORDS];
  uint8_t *memory;
  size_t memory_bytes;
  // machine
  uint32_t array_rows, query_blocks, kv_tile;
  // command
  uint64_t rows;    // positions * group
  uint32_t group;
  int32_t first_position, band_low, band_high;
  uint32_t scores, score_function;
  bool lse;
  // context
  uint32_t length, page_log2;
  sac_attend_operand_t k, v;
  uint32_t scale, scale_shift, output_shift;
  bool softcap;
  uint32_t softcap_scale, softcap_shift, softcap_out, softcap_out_shift;
  bool bias_words;
  uint32_t bias_address, bias_position_stride, bias_head_stride;
  sac_attend_head_t heads[SAC_ATTEND_GROUP_MAX];
  // function tables, spread out over their inputs
  int32_t tanh[SAC_ATTEND_TANH_INPUTS];    // only with softcap
  int32_t power[SAC_ATTEND_POWER_INPUTS];
  const sac_lookup_t *log2;
} sac_attend_job_t;

// Position, head, index i of row R, and its address in an array with strides.
typedef struct {
  uint32_t position, head;
  int32_t index;
} sac_attend_row_t;

static inline sac_attend_row_t sac_attend_row(const sac_attend_job_t *job, uint64_t row) {
  const uint32_t position = (uint32_t)(row / job->group), head = (uint32_t)(row % job->group);
  return (sac_attend_row_t){position, head, (int32_t)((uint32_t)job->first_position + position)};
}

static inline uint32_t sac_attend_place(sac_attend_row_t row, uint32_t address, uint32_t position_stride,
                                        uint32_t head_stride) {
  return address + row.position * position_stride + row.head * head_stride;
}

static inline uint32_t sac_attend_bias_place(const sac_attend_job_t *job, sac_attend_row_t row, uint32_t key) {
  return sac_attend_place(row, job->bias_address, job->bias_position_stride, job->bias_head_stride) +
         4 * (job->bias_words ? key : key / 32);
}

// Device memory for reading. Requests have been checked; only a command that writes over its own page table gets NULL.
static inline const uint8_t *sac_attend_at(const sac_attend_job_t *job, uint32_t address, size_t bytes) {
  return address <= job->memory_bytes && bytes <= job->memory_bytes - address ? job->memory + address : NULL;
}

// job.c: checks descriptor, context and head records, reads them, derives the rest. The tables of functions are filled.
sac_outcome_t sac_attend_open(sac_attend_job_t *job, sac_model_t *model, const uint32_t *descriptor);

#endif
