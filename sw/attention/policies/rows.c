// SPDX-License-Identifier: Apache-2.0
// Rows by number (contract: rows.h).
#include "rows.h"

bool sac_rows_check(const sac_attention_setup_t *b, const char *policy, sac_error_t *error) {
  const sac_attention_cache_t *k = &b->k_cache, *v = &b->v_cache;
  if (k->token_stride == 0 || v->token_stride == 0 || k->page_stride % k->token_stride ||
      v->page_stride % v->token_stride || k->page_stride / k->token_stride != v->page_stride / v->token_stride) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "%s: pages of %u and %u bytes, tokens %u and %u apart: expected pages of as many tokens",
                         policy, k->page_stride, v->page_stride, k->token_stride, v->token_stride);
  }
  return sac_draft_check_heads(b, policy, error);
}

void sac_rows_open(sac_draft_t *d) {
  sac_attention_setup_t *s = &d->setup;
  s->page_log2 = 0;
  s->k_cache.page_stride = s->k_cache.token_stride;
  s->v_cache.page_stride = s->v_cache.token_stride;
}

uint32_t sac_rows_page(const sac_attention_setup_t *b, uint32_t s, uint32_t j) {
  const uint32_t page = b->pages[b->page_begin[s] + (j >> b->page_log2)];
  return page * (b->k_cache.page_stride / b->k_cache.token_stride) + (j & ((1u << b->page_log2) - 1));
}

static bool submit_select(sac_device_t *device, uint32_t values, uint32_t stride, uint32_t rows, uint32_t count,
                          uint32_t k, uint32_t index, uint32_t chosen, sac_error_t *error) {
  uint32_t w[SAC_COMMAND_WORDS] = {0};
  sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_SELECT);
  sac_field_put(w, SAC_SELECT_SORT, k == 0);
  sac_field_put(w, SAC_SELECT_VALUES, chosen != 0);
  sac_field_put(w, SAC_SELECT_SOURCE_ADDRESS, values);
  sac_field_put(w, SAC_SELECT_SOURCE_STRIDE, stride);
  sac_field_put(w, SAC_SELECT_INDEX_ADDRESS, index);
  sac_field_put(w, SAC_SELECT_INDEX_STRIDE, 4 * (k ? k : count));
  if (chosen) {
    sac_field_put(w, SAC_SELECT_VALUE_ADDRESS, chosen);
    sac_field_put(w, SAC_SELECT_VALUE_STRIDE, 4 * k);
  }
  sac_field_put(w, SAC_SELECT_ROWS, rows);
  sac_field_put(w, SAC_SELECT_COUNT, count);
  sac_field_put(w, SAC_SELECT_K, k);
  return sac_queue_submit(device, w, 0, error);
}

bool sac_rows_select(sac_device_t *device, uint32_t values, uint32_t stride, uint32_t rows, uint32_t count, uint32_t k,
                     uint32_t index, sac_error_t *error) {
  return submit_select(device, values, stride, rows, count, k, index, 0, error);
}

bool sac_rows_largest(sac_device_t *device, uint32_t values, uint32_t stride, uint32_t rows, uint32_t count,
                      uint32_t index, uint32_t largest, sac_error_t *error) {
  return submit_select(device, values, stride, rows, count, 1, index, largest, error);
}

bool sac_rows_copy(sac_device_t *device, bool gather, uint32_t index, uint32_t from, uint32_t from_stride, uint32_t to,
                   uint32_t to_stride, uint32_t bytes, uint32_t rows, sac_error_t *error) {
  uint32_t w[SAC_COMMAND_WORDS] = {0};
  sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_COPY);
  sac_field_put(w, SAC_COPY_GATHER, index && gather);
  sac_field_put(w, SAC_COPY_SCATTER, index && !gather);
  sac_field_put(w, SAC_COPY_SOURCE_ADDRESS, from);
  sac_field_put(w, SAC_COPY_DESTINATION_ADDRESS, to);
  sac_field_put(w, SAC_COPY_ROW_BYTES, bytes);
  sac_field_put(w, SAC_COPY_ROWS, rows);
  sac_field_put(w, SAC_COPY_SOURCE_STRIDE, from_stride);
  sac_field_put(w, SAC_COPY_DESTINATION_STRIDE, to_stride);
  sac_field_put(w, SAC_COPY_INDEX_ADDRESS, index);
  return sac_queue_submit(device, w, 0, error);
}
