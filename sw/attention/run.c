// SPDX-License-Identifier: Apache-2.0
// Runs of a plan (contract: saccade/attention.h).
#include "plan.h"

// Caches and bias are addressed by the CONTEXT records, which commands in the queue may still need.
static bool place_caches(sac_attention_plan_t *plan, const sac_attention_tensors_t *t, sac_error_t *error) {
  if (plan->placed && plan->k == t->k && plan->v == t->v && plan->bias == t->bias) return true;
  for (uint32_t i = 0; i < plan->commands; i++) {
    const sac_attention_command_t *c = &plan->command[i];
    uint32_t *w = plan->context + SAC_CONTEXT_WORDS * c->context;
    sac_field_put(w, SAC_CONTEXT_K_OFFSET, t->k + c->k_head * plan->k_head_stride);
    sac_field_put(w, SAC_CONTEXT_V_OFFSET, t->v + c->v_head * plan->v_head_stride);
    sac_field_put(w, SAC_CONTEXT_BIAS_ADDRESS,
                  t->bias + c->sequence * plan->bias_sequence_stride + c->head * plan->bias_head_stride);
  }
  plan->k = t->k;
  plan->v = t->v;
  plan->bias = t->bias;
  // Before the first run nothing in the queue is the plan's: what others queued goes on.
  const bool waited = !plan->placed || sac_queue_wait(plan->device, error);
  plan->placed = true;
  return waited && sac_device_write(plan->device, plan->context_address, plan->context,
                                    4 * SAC_CONTEXT_WORDS * (size_t)plan->commands, error);
}

static uint32_t row_address(const sac_attention_rows_t *rows, uint32_t group_stride,
                            const sac_attention_command_t *c) {
  return rows->address + c->token * rows->token_stride +
         (group_stride ? c->head / c->group * group_stride : c->head * rows->head_stride);
}

static bool check_rows(const char *name, const sac_attention_rows_t *rows, sac_error_t *error) {
  if (((rows->address | rows->token_stride | rows->head_stride) & 3) == 0) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: %s at 0x%x, strides %u and %u: expected multiples of 4",
                       name, rows->address, rows->token_stride, rows->head_stride);
}

bool sac_attention_run(sac_attention_plan_t *plan, const sac_attention_tensors_t *t, sac_error_t *error) {
  if (!check_rows("q", &t->q, error) || !check_rows("y", &t->y, error)) return false;
  if ((t->k | t->v | t->bias | t->lse | t->y_group_stride) & 3) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "attention: k, v, bias, lse at 0x%x, 0x%x, 0x%x, 0x%x, group stride %u: expected multiples of 4",
                         t->k, t->v, t->bias, t->lse, t->y_group_stride);
  }
  if (t->scores > 3)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "attention: scores is %u, expected 0 to 3", t->scores);
  if (!place_caches(plan, t, error)) return false;
  for (uint32_t i = 0; i < plan->commands; i++) {
    const sac_attention_command_t *c = &plan->command[i];
    if (c->tokens == 0) continue;
    uint32_t w[SAC_COMMAND_WORDS];
    for (int j = 0; j < SAC_COMMAND_WORDS; j++) w[j] = c->words[j];
    sac_field_put(w, SAC_ATTEND_LSE, t->lse != 0 && t->scores == 0);
    sac_field_put(w, SAC_ATTEND_SCORES, t->scores);
    sac_field_put(w, SAC_ATTEND_Q_ADDRESS, row_address(&t->q, 0, c));
    sac_field_put(w, SAC_ATTEND_Q_POSITION_STRIDE, t->q.token_stride);
    sac_field_put(w, SAC_ATTEND_Q_HEAD_STRIDE, t->q.head_stride);
    sac_field_put(w, SAC_ATTEND_Y_ADDRESS, row_address(&t->y, t->y_group_stride, c));
    sac_field_put(w, SAC_ATTEND_Y_POSITION_STRIDE, t->y.token_stride);
    sac_field_put(w, SAC_ATTEND_Y_HEAD_STRIDE, t->y.head_stride);
    if (t->lse) sac_field_put(w, SAC_ATTEND_LSE_ADDRESS, t->lse + 4 * (c->head * plan->tokens + c->token * c->group));
    if (!sac_queue_submit(plan->device, w, (uint16_t)i, error)) return false;
  }
  return true;
}
