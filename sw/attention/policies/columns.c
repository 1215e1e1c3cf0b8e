// SPDX-License-Identifier: Apache-2.0
// What attention says of its keys (contract: saccade/policies.h). The machine reduces over keys, so queries and keys
// change places: the rows of K, as 16 bits, are the queries of a second pass, whose keys are the queries with a bias of
// minus their log-sum-exp. The log-sum-exp of a row is then log2 of the sum of its column, its largest logit log2 of the
// column's largest probability. Accumulated attention as H2O and SnapKV keep it.
#include <stdlib.h>

#include "rows.h"

enum {
  kDv = 16,             // of the second pass, whose Y nobody reads
  kMostQueries = 8192,  // a row of COPY in logits
};

// Where one group's second pass finds what.
typedef struct {
  sac_device_t *device;
  const sac_attention_setup_t *base;
  const sac_attention_tensors_t *input;
  uint32_t groups, group, tokens, most, keys;  // query tokens of all sequences, of the longest; keys of all sequences
  uint32_t copied, rows, bias, y, lse, places, values;
} pass_t;

static bool fail(sac_error_t *error) { return sac_error_set(error, SAC_ERR_MEMORY, "columns: no memory"); }

static bool open_pass(pass_t *p, sac_device_t *device, const sac_attention_setup_t *base,
                      const sac_attention_tensors_t *input, sac_error_t *error) {
  *p = (pass_t){.device = device, .base = base, .input = input};
  if (!sac_rows_check(base, "columns", error)) return false;
  if (input->lse == 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "columns: no log-sum-exps of the first pass");
  p->groups = sac_attention_groups(base->q_heads, base->k_heads, base->v_heads);
  p->group = base->q_heads / p->groups;
  p->tokens = base->q_begin[base->sequences];
  for (uint32_t s = 0; s < base->sequences; s++) {
    if (sac_draft_tokens(base, s) > p->most) p->most = sac_draft_tokens(base, s);
    p->keys += base->length[s];
  }
  if (p->most > kMostQueries) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "columns: %u queries of a sequence, expected at most %u", p->most,
                         (unsigned)kMostQueries);
  }
  const uint32_t row = sac_attention_row_bytes(base->k_format, base->d_k);
  const uint64_t scores = 4ull * p->group * p->most, rows = 2ull * kDv * p->group, y = scores > rows ? scores : rows;
  return sac_device_alloc(device, (size_t)p->keys * row + 4, &p->copied, error) &&
         sac_device_alloc(device, 2 * (size_t)p->keys * base->d_k + 4, &p->rows, error) &&
         sac_device_alloc(device, 4 * (size_t)base->sequences * p->group * p->most + 4, &p->bias, error) &&
         sac_device_alloc(device, p->keys * y + 4, &p->y, error) &&
         sac_device_alloc(device, 4 * (size_t)p->keys * p->group + 4, &p->lse, error) &&
         sac_device_alloc(device, 4 * (size_t)p->keys + 4, &p->places, error) &&
         sac_device_alloc(device, 4 * (size_t)p->keys + 4, &p->values, error);
}

// The keys of a group as queries: gathered from their pages, then as 16 bits.
static bool key_rows(pass_t *p, uint32_t g, sac_error_t *error) {
  const sac_attention_setup_t *b = p->base;
  const uint32_t row = sac_attention_row_bytes(b->k_format, b->d_k), stride = b->k_cache.token_stride;
  uint32_t *index = malloc(4 * (size_t)p->keys + 4), n = 0;
  if (!index) return fail(error);
  for (uint32_t s = 0; s < b->sequences; s++) {
    for (uint32_t j = 0; j < b->length[s]; j++) index[n++] = sac_rows_page(b, s, j);
  }
  const uint32_t head = g * b->k_heads / p->groups;
  const bool good = sac_device_write(p->device, p->places, index, 4 * (size_t)p->keys, error) &&
                    sac_rows_copy(p->device, true, p->places, p->input->k + head * b->k_cache.head_stride, stride,
                                  p->copied, row, row, p->keys, error);
  free(index);
  uint32_t w[SAC_COMMAND_WORDS] = {0};
  sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_RECODE);
  sac_field_put(w, SAC_RECODE_SOURCE_FORMAT, b->k_format.element);
  sac_field_put(w, SAC_RECODE_SOURCE_SCALED, b->k_format.scaled);
  sac_field_put(w, SAC_RECODE_SOURCE_ADDRESS, p->copied);
  sac_field_put(w, SAC_RECODE_SOURCE_STRIDE, row);
  sac_field_put(w, SAC_RECODE_DESTINATION_ADDRESS, p->rows);
  sac_field_put(w, SAC_RECODE_DESTINATION_STRIDE, 2 * b->d_k);
  sac_field_put(w, SAC_RECODE_ROWS, p->keys);
  sac_field_put(w, SAC_RECODE_D, b->d_k);
  return good && sac_queue_submit(p->device, w, 0, error);
}

// Minus the log-sum-exps of a group's queries, in .12: [sequences][heads][most].
static bool biases(pass_t *p, uint32_t g, sac_error_t *error) {
  const size_t rows = (size_t)p->tokens * p->group, words = (size_t)p->base->sequences * p->group * p->most;
  int32_t *lse = malloc(4 * rows + 4), *bias = calloc(words + 1, sizeof *bias);
  bool good = (lse && bias) || fail(error);
  good = good && sac_device_read(p->device, p->input->lse + 4 * (uint32_t)(g * rows), lse, 4 * rows, error);
  for (uint32_t s = 0; good && s < p->base->sequences; s++) {
    for (uint32_t t = 0; t < sac_draft_tokens(p->base, s); t++) {
      for (uint32_t h = 0; h < p->group; h++) {
        const int32_t x = lse[(p->base->q_begin[s] + t) * p->group + h];
        bias[(s * p->group + h) * p->most + t] = x == INT32_MIN ? INT32_MIN : -((x + 8) >> 4);
      }
    }
  }
  good = good && sac_device_write(p->device, p->bias, bias, 4 * words, error);
  free(lse);
  free(bias);
  return good;
}

// The second pass: every head has a key head of its own, the query rows where they lie.
static sac_attention_plan_t *plan_pass(pass_t *p, uint32_t g, bool causal, sac_error_t *error) {
  const sac_attention_setup_t *b = p->base;
  const uint32_t n = b->sequences;
  uint32_t *q_begin = calloc(n + 1, sizeof *q_begin), *length = calloc(n + 1, sizeof *length);
  uint32_t *page_begin = calloc(n + 1, sizeof *page_begin), *pages = malloc(4 * (size_t)p->tokens + 4);
  int32_t *position = calloc(n + 1, sizeof *position);
  sac_attention_logit_t *logit = calloc((size_t)n * p->group + 1, sizeof *logit);
  sac_attention_plan_t *plan = NULL;
  if (q_begin && length && page_begin && pages && position && logit) {
    for (uint32_t t = 0; t < p->tokens; t++) pages[t] = t;
    for (uint32_t s = 0; s < n; s++) {
      length[s] = sac_draft_tokens(b, s);
      q_begin[s + 1] = q_begin[s] + b->length[s];
      page_begin[s] = b->q_begin[s];
      page_begin[s + 1] = b->q_begin[s + 1];
      position[s] = -sac_draft_position(b, s);
      for (uint32_t h = 0; h < p->group; h++) logit[s * p->group + h] = b->logit[s * p->groups + g];
    }
    const sac_attention_rows_t *q = &p->input->q;
    const sac_attention_cache_t cache = {q->token_stride, q->head_stride, q->token_stride};
    const sac_attention_setup_t setup = {
        .sequences = n, .q_heads = p->group, .k_heads = p->group, .v_heads = p->group, .d_k = b->d_k, .d_v = kDv,
        .q_begin = q_begin, .length = length, .page_begin = page_begin, .pages = pages, .k_cache = cache,
        .v_cache = cache, .logit = logit, .first_position = position, .band = causal, .band_high = SAC_BAND_OPEN,
        .bias = SAC_BIAS_WORDS, .bias_sequence_stride = 4 * p->group * p->most, .bias_head_stride = 4 * p->most};
    plan = sac_attention_plan(p->device, &setup, error);
  } else {
    fail(error);
  }
  free(q_begin);
  free(length);
  free(page_begin);
  free(pages);
  free(position);
  free(logit);
  return plan;
}

static bool run_pass(pass_t *p, sac_attention_plan_t *plan, uint32_t g, bool scores, sac_error_t *error) {
  const sac_attention_rows_t *q = &p->input->q;
  const uint32_t first = q->address + g * p->group * q->head_stride, row = scores ? 4 * p->most : 2 * kDv;
  const sac_attention_tensors_t t = {
      .q = {p->rows, 2 * p->base->d_k, 0}, .y = {p->y, p->group * row, row}, .k = first, .v = first, .bias = p->bias,
      .lse = scores ? 0 : p->lse, .scores = scores ? 3 : 0};
  return sac_attention_run(plan, &t, error);
}

// Values of one head's keys, [keys of all sequences], to their rows of the result.
static void place(const pass_t *p, uint32_t head, const int32_t *from, uint32_t width, int32_t *to) {
  for (uint32_t s = 0; s < p->base->sequences; s++) {
    int32_t *row = to + ((size_t)s * p->base->q_heads + head) * width;
    for (uint32_t j = 0; j < width; j++) row[j] = j < p->base->length[s] ? *from++ : INT32_MIN;
  }
}

static bool sums(pass_t *p, sac_attention_plan_t *plan, uint32_t g, uint32_t width, int32_t *to, int32_t *column,
                 sac_error_t *error) {
  bool good = run_pass(p, plan, g, false, error) && sac_queue_wait(p->device, error);
  for (uint32_t h = 0; good && h < p->group; h++) {
    good = sac_device_read(p->device, p->lse + 4 * h * p->keys, column, 4 * (size_t)p->keys, error);
    if (good) place(p, g * p->group + h, column, width, to);
  }
  return good;
}

// Logits are written where steps are visited, and a causal pass visits no others: first all are masked.
static bool mask_scores(pass_t *p, sac_error_t *error) {
  const uint32_t words = p->most, bytes = 4 * words;
  int32_t *row = malloc(bytes + 4);
  if (!row) return fail(error);
  for (uint32_t i = 0; i < words; i++) row[i] = INT32_MIN;
  bool good = sac_queue_wait(p->device, error) && sac_device_write(p->device, p->y, row, bytes, error);
  if (good && p->keys * p->group > 1)
    good = sac_rows_copy(p->device, false, 0, p->y, 0, p->y + bytes, bytes, bytes, p->keys * p->group - 1, error);
  free(row);
  return good;
}

static bool maxima(pass_t *p, sac_attention_plan_t *plan, uint32_t g, uint32_t width, int32_t *to, int32_t *column,
                   sac_error_t *error) {
  bool good = mask_scores(p, error) && run_pass(p, plan, g, true, error);
  for (uint32_t h = 0; good && h < p->group; h++) {
    uint32_t done = 0;
    for (uint32_t s = 0; good && s < p->base->sequences; done += p->base->length[s++]) {
      const uint32_t tokens = sac_draft_tokens(p->base, s), row = 4 * p->group * p->most;
      if (tokens && p->base->length[s])
        good = sac_rows_largest(p->device, p->y + done * row + 4 * h * p->most, row, p->base->length[s], tokens,
                                p->places + 4 * done, p->values + 4 * done, error);
    }
    good = good && sac_queue_wait(p->device, error) &&
           sac_device_read(p->device, p->values, column, 4 * (size_t)p->keys, error);
    done = 0;
    for (uint32_t s = 0; good && s < p->base->sequences; done += p->base->length[s++]) {
      if (sac_draft_tokens(p->base, s)) continue;
      for (uint32_t j = 0; j < p->base->length[s]; j++) column[done + j] = INT32_MIN;
    }
    if (good) place(p, g * p->group + h, column, width, to);
  }
  return good;
}

bool sac_policy_columns(sac_device_t *device, const sac_attention_setup_t *base, const sac_attention_tensors_t *input,
                        bool causal, uint32_t width, int32_t *sum, int32_t *largest, sac_error_t *error) {
  pass_t p;
  for (uint32_t s = 0; s < base->sequences; s++) {
    if (base->length[s] > width)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "columns: sequence %u has %u keys, expected at most %u", s,
                           base->length[s], width);
  }
  if (!open_pass(&p, device, base, input, error)) return false;
  int32_t *column = malloc(4 * (size_t)p.keys + 4);
  bool good = (column && sac_queue_wait(device, error)) || (!column && fail(error));
  for (uint32_t g = 0; good && p.keys && g < p.groups; g++) {
    good = key_rows(&p, g, error) && biases(&p, g, error);
    sac_attention_plan_t *plan = good ? plan_pass(&p, g, causal, error) : NULL;
    good = plan && (!sum || sums(&p, plan, g, width, sum, column, error)) &&
           (!largest || maxima(&p, plan, g, width, largest, column, error));
    sac_attention_plan_free(plan);
  }
  free(column);
  return good;
}
