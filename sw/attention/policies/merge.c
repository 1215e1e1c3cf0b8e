// SPDX-License-Identifier: Apache-2.0
// Policies of several states (contract: saccade/policies.h). ATTEND leaves the rows of every state one behind another,
// [group][token][head], as their log-sum-exps lie; MERGE takes as many rows at a time as the output's strides allow.
#include "merge.h"

#include <stdlib.h>

enum { kStatesMax = 63, kRowsMax = (1 << 24) - 1 };

struct sac_policy {
  sac_device_t *device;
  uint32_t states, tokens, groups, group, d_v;
  uint32_t y, lse, weights;  // scratch: [state][row][d_v], [state][row]; AFFINE records
  sac_attention_plan_t **plan;
};

static uint32_t rows_of(const sac_policy_t *p) { return p->groups * p->tokens * p->group; }

static bool agree(const sac_attention_setup_t *a, const sac_attention_setup_t *b) {
  return a->q_begin[a->sequences] == b->q_begin[b->sequences] && a->q_heads == b->q_heads && a->d_v == b->d_v &&
         sac_attention_groups(a->q_heads, a->k_heads, a->v_heads) ==
             sac_attention_groups(b->q_heads, b->k_heads, b->v_heads);
}

static bool check(uint32_t states, const sac_attention_setup_t *const *setup, sac_error_t *error) {
  if (states == 0 || states > kStatesMax)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "merge: %u states, expected 1 to %d", states, kStatesMax);
  for (uint32_t n = 0; n < states; n++) {
    if (setup[n]->q_heads == 0 || setup[n]->k_heads == 0 || setup[n]->v_heads == 0)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "merge: state %u has no heads", n);
    if (setup[n]->q_begin[0] != 0)
      return sac_error_set(error, SAC_ERR_ARGUMENT, "merge: state %u: queries begin at %u, expected 0", n,
                           setup[n]->q_begin[0]);
    if (!agree(setup[0], setup[n]))
      return sac_error_set(error, SAC_ERR_ARGUMENT, "merge: state %u has other tokens, heads or d_v than state 0", n);
  }
  return true;
}

static bool reserve(sac_policy_t *p, const sac_policy_weight_t *weight, sac_error_t *error) {
  uint32_t words[kStatesMax * SAC_AFFINE_WORDS] = {0};
  const uint64_t rows = (uint64_t)p->groups * p->tokens * p->group, size = p->states * rows * 2 * p->d_v;
  if (size > UINT32_MAX || rows > UINT32_MAX / 4)
    return sac_error_set(error, SAC_ERR_CAPACITY, "merge: %u states take 4 GiB or more", p->states);
  for (uint32_t n = 0; n < p->states; n++) {
    sac_field_put_signed(&words[n * SAC_AFFINE_WORDS], SAC_AFFINE_A, weight ? weight[n].a : 1 << 16);
    sac_field_put_signed(&words[n * SAC_AFFINE_WORDS], SAC_AFFINE_B, weight ? weight[n].b : 0);
  }
  const size_t bytes = 4 * SAC_AFFINE_WORDS * (size_t)p->states;
  return sac_device_alloc(p->device, (size_t)size + 1, &p->y, error) &&
         sac_device_alloc(p->device, 4 * (size_t)rows * p->states + 1, &p->lse, error) &&
         sac_device_alloc(p->device, bytes, &p->weights, error) &&
         sac_device_write(p->device, p->weights, words, bytes, error);
}

sac_policy_t *sac_policy_merge(sac_device_t *device, uint32_t states, const sac_attention_setup_t *const *setup,
                               const sac_policy_weight_t *weight, sac_error_t *error) {
  if (!check(states, setup, error)) return NULL;
  sac_policy_t *p = calloc(1, sizeof *p);
  sac_attention_plan_t **plan = calloc(states, sizeof *plan);
  if (!p || !plan) {
    free(p);
    free(plan);
    sac_error_set(error, SAC_ERR_MEMORY, "merge: no memory");
    return NULL;
  }
  const uint32_t groups = sac_attention_groups(setup[0]->q_heads, setup[0]->k_heads, setup[0]->v_heads);
  *p = (sac_policy_t){.device = device, .states = states, .tokens = setup[0]->q_begin[setup[0]->sequences],
                      .groups = groups, .group = setup[0]->q_heads / groups, .d_v = setup[0]->d_v, .plan = plan};
  bool good = reserve(p, weight, error);
  for (uint32_t n = 0; good && n < states; n++) good = (plan[n] = sac_attention_plan(device, setup[n], error)) != NULL;
  if (good) return p;
  sac_policy_free(p);
  return NULL;
}

sac_policy_t *sac_policy_merge_drafts(uint32_t states, sac_draft_t *draft, const sac_policy_weight_t *weight,
                                      sac_error_t *error) {
  const sac_attention_setup_t *setup[kStatesMax];
  bool good = states <= kStatesMax || sac_error_set(error, SAC_ERR_ARGUMENT, "merge: %u states, expected at most %d",
                                                    states, kStatesMax);
  for (uint32_t n = 0; good && n < states; n++) {
    good = sac_draft_finish(&draft[n], error);
    setup[n] = &draft[n].setup;
  }
  sac_policy_t *policy = good ? sac_policy_merge(draft[0].device, states, setup, weight, error) : NULL;
  for (uint32_t n = 0; n < states; n++) sac_draft_close(&draft[n]);
  return policy;
}

static bool run_state(sac_policy_t *p, uint32_t n, const sac_attention_tensors_t *input, sac_error_t *error) {
  const uint32_t row = 2 * p->d_v, rows = rows_of(p);
  sac_attention_tensors_t t = *input;
  t.y = (sac_attention_rows_t){p->y + n * rows * row, p->group * row, row};
  t.y_group_stride = p->tokens * p->group * row;
  t.lse = p->lse + 4 * n * rows;
  t.scores = 0;
  return sac_attention_run(p->plan[n], &t, error);
}

// Merges rows first .. first + rows - 1 to rows `stride` apart.
static bool merge_rows(const sac_policy_t *p, uint32_t first, uint32_t rows, uint32_t y, uint32_t stride, uint32_t lse,
                       sac_error_t *error) {
  const uint32_t row = 2 * p->d_v, all = rows_of(p);
  for (uint32_t done = 0, part; done < rows; done += part) {
    uint32_t w[SAC_COMMAND_WORDS] = {0};
    part = rows - done < kRowsMax ? rows - done : kRowsMax;
    sac_field_put(w, SAC_COMMON_OPCODE, SAC_OPCODE_MERGE);
    sac_field_put(w, SAC_MERGE_LSE, lse != 0);
    sac_field_put(w, SAC_MERGE_STATES, p->states);
    sac_field_put(w, SAC_MERGE_AFFINE_ADDRESS, p->weights);
    sac_field_put(w, SAC_MERGE_LSE_ADDRESS, p->lse + 4 * (first + done));
    sac_field_put(w, SAC_MERGE_LSE_STATE_STRIDE, 4 * all);
    sac_field_put(w, SAC_MERGE_Y_ADDRESS, p->y + (first + done) * row);
    sac_field_put(w, SAC_MERGE_Y_STATE_STRIDE, all * row);
    sac_field_put(w, SAC_MERGE_Y_STRIDE, row);
    sac_field_put(w, SAC_MERGE_OUTPUT_ADDRESS, y + done * stride);
    sac_field_put(w, SAC_MERGE_OUTPUT_STRIDE, stride);
    if (lse) sac_field_put(w, SAC_MERGE_OUTPUT_LSE_ADDRESS, lse + 4 * (first + done));
    sac_field_put(w, SAC_MERGE_ROWS, part);
    sac_field_put(w, SAC_MERGE_D, p->d_v);
    if (!sac_queue_submit(p->device, w, 0, error)) return false;
  }
  return true;
}

bool sac_policy_run(sac_policy_t *p, const sac_attention_tensors_t *input, const sac_attention_rows_t *y, uint32_t lse,
                    sac_error_t *error) {
  if ((y->address | y->token_stride | y->head_stride | lse) & 3) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "merge: y at 0x%x, strides %u and %u, lse at 0x%x: expected multiples of 4", y->address,
                         y->token_stride, y->head_stride, lse);
  }
  for (uint32_t n = 0; n < p->states; n++) {
    if (!run_state(p, n, &input[n], error)) return false;
  }
  const bool even = p->group == 1 || y->token_stride == p->group * y->head_stride;  // a group's rows are equally far
  const uint32_t count = even ? 1 : p->tokens, rows = p->tokens * p->group;
  for (uint32_t g = 0; g < p->groups; g++) {
    for (uint32_t t = 0; t < count; t++) {
      const uint32_t out = y->address + g * p->group * y->head_stride + t * y->token_stride;
      if (!merge_rows(p, g * rows + t * p->group, rows / count, out, p->group == 1 ? y->token_stride : y->head_stride,
                      lse, error))
        return false;
    }
  }
  return true;
}

void sac_policy_free(sac_policy_t *p) {
  if (!p) return;
  for (uint32_t n = 0; n < p->states; n++) sac_attention_plan_free(p->plan[n]);
  free(p->plan);
  free(p);
}
