// SPDX-License-Identifier: Apache-2.0
// How near a Llama with its attention on a machine is to one in float64: tokens that it writes and foretells.
#ifndef SACCADE_LLAMA_TRIAL_H
#define SACCADE_LLAMA_TRIAL_H

#include "paged.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  sac_attention_format_t k, v;
  bool centred;                    // keys lose their mean
  uint32_t texts, length, greedy;  // texts of so many tokens are read; one of `greedy` is written
  const int32_t *token;            // [texts][length]
} sac_llama_trial_t;

typedef struct {
  uint32_t greedy;          // tokens of the written text before it differs from that of float64
  uint32_t tokens, same;    // of the texts: all, and those after which the same token is the likeliest
  double loss, exact_loss;  // mean -log of the probability of the texts' tokens
  uint64_t clipped;         // values beyond their fixed ranges
  uint32_t commands, cycles;
} sac_llama_trial_result_t;

size_t sac_llama_trial_memory(const sac_llama_t *llama, const sac_llama_trial_t *trial);
// On a device whose memory is free. Ranges of keys and values come from texts that float64 draws from the model; none
// of the texts of the trial is looked at.
bool sac_llama_trial(sac_device_t *device, const sac_llama_t *llama, const sac_llama_trial_t *trial,
                     sac_llama_trial_result_t *result, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
