// SPDX-License-Identifier: Apache-2.0
// What plan.c makes and run.c reads.
#ifndef SACCADE_ATTENTION_PLAN_H
#define SACCADE_ATTENTION_PLAN_H

#include "saccade/attention.h"

// One ATTEND: a group of query heads of a sequence.
typedef struct {
  uint32_t words[SAC_COMMAND_WORDS];  // what does not depend on tensors
  uint32_t context;                   // index of its CONTEXT record
  uint32_t token, tokens, head, group;
  uint32_t k_head, v_head, sequence;
} sac_attention_command_t;

struct sac_attention_plan {
  sac_device_t *device;
  uint32_t k_head_stride, v_head_stride, bias_sequence_stride, bias_head_stride;
  uint32_t tokens;                    // of all sequences
  sac_attention_command_t *command;
  uint32_t commands;
  uint32_t *context;                  // CONTEXT records as they lie at context_address
  uint32_t context_address;
  uint32_t k, v, bias;                // addresses in those records
  bool placed;                        // a run has put them there
};

// Refuses what ATTEND would, or would do otherwise than meant; names sequence and field.
bool sac_attention_check(const sac_attention_setup_t *setup, const sac_capacities_t *capacities, sac_error_t *error);

#endif
