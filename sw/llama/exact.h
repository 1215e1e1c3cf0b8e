// SPDX-License-Identifier: Apache-2.0
// Attention of a Llama in float64, and what a run of it shows about the ranges of queries, keys and values.
#ifndef SACCADE_LLAMA_EXACT_H
#define SACCADE_LLAMA_EXACT_H

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_llama_exact sac_llama_exact_t;

// Caches for so many sequences.
sac_llama_exact_t *sac_llama_exact(const sac_llama_t *llama, uint32_t sequences, sac_error_t *error);
sac_llama_attention_t sac_llama_exact_attention(sac_llama_exact_t *exact);
void sac_llama_exact_free(sac_llama_exact_t *exact);

// Of every channel, [layers][kv_heads][head_dim]: the mean of the keys, and the largest magnitudes of keys without it,
// of queries (of all heads that share the key head) and of values.
typedef struct {
  double *mean, *k, *q, *v;
} sac_llama_ranges_t;

// Of the first `tokens` of all sequences that have been run. `centred`: else the mean is zero.
bool sac_llama_ranges(const sac_llama_exact_t *exact, uint32_t tokens, bool centred, sac_llama_ranges_t *ranges,
                      sac_error_t *error);
void sac_llama_ranges_free(sac_llama_ranges_t *ranges);

#ifdef __cplusplus
}
#endif

#endif
