// SPDX-License-Identifier: Apache-2.0
// Texts of a Llama: written greedily or by chance, or read and foretold token by token.
#ifndef SACCADE_LLAMA_TEXT_H
#define SACCADE_LLAMA_TEXT_H

#include "llama.h"

#ifdef __cplusplus
extern "C" {
#endif

// Writes token [sequences][tokens], the first of each the start token: always the likeliest token, or (`random` not
// NULL) one drawn by probability; `random` holds the state of the generator.
bool sac_llama_write(const sac_llama_t *llama, const sac_llama_attention_t *attention, uint32_t sequences,
                     uint32_t tokens, uint64_t *random, int32_t *token, sac_error_t *error);

// Reads token [sequences][tokens], `chunk` tokens a step. likeliest [sequences][tokens]: what should follow each; loss
// [sequences][tokens - 1]: -log of the probability of what does follow.
bool sac_llama_read(const sac_llama_t *llama, const sac_llama_attention_t *attention, uint32_t sequences,
                    uint32_t tokens, uint32_t chunk, const int32_t *token, int32_t *likeliest, double *loss,
                    sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
