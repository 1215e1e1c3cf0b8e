// SPDX-License-Identifier: Apache-2.0
// Checks of ATTEND and what it derives once a command (rtl/attend/sac_attend.sv).
#include <string.h>

#include "attend.h"

enum {
  kMaxLength = 1 << 20,
  kMaxPageLog2 = 20,
  kMaxShift = 47,
  kMaxFraction = 15,
  kMergeBytes = 1024,
  kScaleElements = 32
};

static sac_outcome_t check_descriptor(const uint32_t *d) {
  const uint32_t group = sac_field_get(d, SAC_ATTEND_GROUP);
  if (sac_field_get(d, SAC_ATTEND_POSITIONS) == 0 || group == 0 || group > SAC_ATTEND_GROUP_MAX)
    return sac_outcome(SAC_HW_ERR_RANGE, 8);
  if (sac_field_get(d, SAC_ATTEND_LISTED) && sac_field_get(d, SAC_ATTEND_LIST_ENTRIES) == 0)
    return sac_outcome(SAC_HW_ERR_RANGE, 11);
  if (sac_field_get(d, SAC_ATTEND_SCORE_FUNCTION) > SAC_SCORE_POLYNOMIAL) return sac_outcome(SAC_HW_ERR_RANGE, 0);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static bool dimension_bad(const sac_model_t *model, uint32_t d) {
  return d == 0 || d % 16 != 0 || d > model->config.capacities[SAC_CAPACITY_HEAD_DIM];
}

static sac_outcome_t check_context(const sac_model_t *model, const uint32_t *record, bool linear) {
  static const uint32_t kReserved[SAC_CONTEXT_WORDS] = SAC_CONTEXT_RESERVED,
                        kAlign[SAC_CONTEXT_WORDS] = SAC_CONTEXT_ALIGN;
  if (sac_field_get(record, SAC_CONTEXT_MAGIC) != SAC_CONTEXT_MAGIC_VALUE) return sac_outcome(SAC_HW_ERR_RECORD, 0);
  for (uint32_t w = 0; w < SAC_CONTEXT_WORDS; w++) {
    if (record[w] & (kReserved[w] | kAlign[w])) return sac_outcome(SAC_HW_ERR_RECORD, w);
  }
  if (sac_field_get(record, SAC_CONTEXT_LENGTH) > kMaxLength ||
      sac_field_get(record, SAC_CONTEXT_PAGE_LOG2) > kMaxPageLog2)
    return sac_outcome(SAC_HW_ERR_RECORD, 1);
  if (dimension_bad(model, sac_field_get(record, SAC_CONTEXT_D_K)) ||
      dimension_bad(model, sac_field_get(record, SAC_CONTEXT_D_V)))
    return sac_outcome(SAC_HW_ERR_RECORD, 8);
  if (sac_field_get(record, SAC_CONTEXT_SCALE_SHIFT) > kMaxShift ||
      sac_field_get(record, SAC_CONTEXT_OUTPUT_SHIFT) > (linear ? kMaxShift : kMaxFraction))
    return sac_outcome(SAC_HW_ERR_RECORD, 9);
  if (sac_field_get(record, SAC_CONTEXT_SOFTCAP_SHIFT) > kMaxShift) return sac_outcome(SAC_HW_ERR_RECORD, 10);
  if (sac_field_get(record, SAC_CONTEXT_SOFTCAP_OUT_SHIFT) > kMaxShift) return sac_outcome(SAC_HW_ERR_RECORD, 11);
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static void derive_operand(sac_attend_operand_t *operand, uint32_t elements, uint32_t format, bool scaled,
                           uint32_t lanes) {
  operand->elements = elements;
  operand->bits = 16 >> format;
  operand->scaled = scaled;
  operand->two_beats = scaled || format == 0;
  operand->words = (elements + lanes - 1) / lanes;
  operand->segments = 2 * elements <= lanes ? 2 : 1;
  const uint32_t scales = scaled ? (elements + kScaleElements - 1) / kScaleElements : 0;
  operand->bytes = (elements * operand->bits / 8 + 2 * scales + 3) & ~3u;
  operand->merge = 1;
  while (operand->stride == operand->bytes && 2 * operand->merge * operand->bytes <= kMergeBytes) operand->merge *= 2;
}

static void derive(sac_attend_job_t *job, const uint32_t *d, const uint32_t *record, uint32_t lanes) {
  memcpy(job->d, d, sizeof job->d);
  job->group = sac_field_get(d, SAC_ATTEND_GROUP);
  job->rows = (uint64_t)sac_field_get(d, SAC_ATTEND_POSITIONS) * job->group;
  job->first_position = sac_field_get_signed(d, SAC_ATTEND_FIRST_POSITION);
  job->band_low = sac_field_get_signed(d, SAC_ATTEND_BAND_LOW);
  job->band_high = sac_field_get_signed(d, SAC_ATTEND_BAND_HIGH);
  job->scores = sac_field_get(d, SAC_ATTEND_SCORES);
  job->score_function = sac_field_get(d, SAC_ATTEND_SCORE_FUNCTION);
  job->lse = sac_field_get(d, SAC_ATTEND_LSE);
  job->length = sac_field_get(record, SAC_CONTEXT_LENGTH);
  job->page_log2 = sac_field_get(record, SAC_CONTEXT_PAGE_LOG2);
  job->k = (sac_attend_operand_t){.pages = record[2], .offset = record[4], .stride = record[6]};
  job->v = (sac_attend_operand_t){.pages = record[3], .offset = record[5], .stride = record[7]};
  derive_operand(&job->k, sac_field_get(record, SAC_CONTEXT_D_K), sac_field_get(record, SAC_CONTEXT_K_FORMAT),
                 sac_field_get(record, SAC_CONTEXT_K_SCALED), lanes);
  derive_operand(&job->v, sac_field_get(record, SAC_CONTEXT_D_V), sac_field_get(record, SAC_CONTEXT_V_FORMAT),
                 sac_field_get(record, SAC_CONTEXT_V_SCALED), lanes);
  job->scale = sac_field_get(record, SAC_CONTEXT_SCALE);
  job->scale_shift = sac_field_get(record, SAC_CONTEXT_SCALE_SHIFT);
  job->output_shift = sac_field_get(record, SAC_CONTEXT_OUTPUT_SHIFT);
  job->softcap = sac_field_get(record, SAC_CONTEXT_SOFTCAP);
  job->softcap_scale = sac_field_get(record, SAC_CONTEXT_SOFTCAP_SCALE);
  job->softcap_shift = sac_field_get(record, SAC_CONTEXT_SOFTCAP_SHIFT);
  job->softcap_out = sac_field_get(record, SAC_CONTEXT_SOFTCAP_OUT);
  job->softcap_out_shift = sac_field_get(record, SAC_CONTEXT_SOFTCAP_OUT_SHIFT);
  job->bias_words = sac_field_get(record, SAC_CONTEXT_BIAS_WORDS);
  job->bias_address = sac_field_get(record, SAC_CONTEXT_BIAS_ADDRESS);
  job->bias_position_stride = sac_field_get(record, SAC_CONTEXT_BIAS_POSITION_STRIDE);
  job->bias_head_stride = sac_field_get(record, SAC_CONTEXT_BIAS_HEAD_STRIDE);
}

static void read_heads(sac_attend_job_t *job, const uint8_t *source) {
  for (uint32_t h = 0; h < job->group; h++) {
    uint32_t record[SAC_HEAD_WORDS];
    memcpy(record, source + h * sizeof record, sizeof record);
    job->heads[h] =
        (sac_attend_head_t){sac_field_get_signed(record, SAC_HEAD_SLOPE),
                            sac_field_get_signed(record, SAC_HEAD_SINK_MAX), sac_field_get(record, SAC_HEAD_SINK_SUM)};
  }
}

static void spread_tables(sac_attend_job_t *job, const sac_tables_t *tables) {
  for (int t = 0; t < SAC_ATTEND_POWER_INPUTS; t++)
    job->power[t] = (int32_t)sac_lookup(&tables->lookup[SAC_TARGET_POWER], 16 * t);
  for (int u = 0; u < SAC_ATTEND_TANH_INPUTS && job->softcap; u++)
    job->tanh[u] = (int32_t)sac_lookup(&tables->lookup[SAC_TARGET_TANH], u);
  job->log2 = &tables->lookup[SAC_TARGET_LOG2];
}

sac_outcome_t sac_attend_open(sac_attend_job_t *job, sac_model_t *model, const uint32_t *d) {
  sac_outcome_t outcome = check_descriptor(d);
  if (outcome.code) return outcome;
  const uint32_t *capacity = model->config.capacities, context = sac_field_get(d, SAC_ATTEND_CONTEXT_ADDRESS);
  uint32_t record[SAC_CONTEXT_WORDS];
  outcome = sac_model_access(model, context, sizeof record, false);
  if (outcome.code) return outcome;
  memcpy(record, model->memory + context, sizeof record);
  outcome = check_context(model, record, sac_field_get(d, SAC_ATTEND_SCORE_FUNCTION) == SAC_SCORE_LINEAR);
  if (outcome.code) return outcome;
  job->memory = model->memory;
  job->memory_bytes = model->memory_bytes;
  job->array_rows = capacity[SAC_CAPACITY_ROWS];
  job->query_blocks = capacity[SAC_CAPACITY_QUERY_BLOCKS];
  job->kv_tile = capacity[SAC_CAPACITY_KV_TILE];
  derive(job, d, record, capacity[SAC_CAPACITY_LANES]);
  const uint32_t heads = sac_field_get(record, SAC_CONTEXT_HEAD_ADDRESS);
  outcome = sac_model_access(model, heads, 4 * SAC_HEAD_WORDS * job->group, false);
  if (outcome.code) return outcome;
  read_heads(job, model->memory + heads);
  spread_tables(job, &model->tables);
  return outcome;
}
