// SPDX-License-Identifier: Apache-2.0
// A small Llama in float64 on the host, whose attention is the caller's: exact (exact.h) or a machine's (paged.h).
// Tokens enter in batches: the next `tokens` of each of `sequences` sequences, all at the same place.
#ifndef SACCADE_LLAMA_LLAMA_H
#define SACCADE_LLAMA_LLAMA_H

#include <stddef.h>
#include <stdint.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t dim, hidden, layers, heads, kv_heads, head_dim, vocab, max_tokens, bos;
  double rope_theta;
  // Matrices are [out][in], a layer after the other.
  double *tok_emb, *wq, *wk, *wv, *wo, *w1, *w2, *w3, *rms_att, *rms_ffn, *rms_final;
} sac_llama_t;

// A safetensors file with these tensors; metadata `config` is a JSON object with n_heads, n_kv_heads, max_seq_len,
// rope_theta and bos. The embedding is the output matrix, too.
bool sac_llama_load(sac_llama_t *llama, const char *path, sac_error_t *error);
void sac_llama_free(sac_llama_t *llama);

// Rows of q, k, v, y: token t of sequence s is row s * tokens + t.
typedef struct {
  uint32_t layer, sequences, first, tokens;  // the tokens are numbers first .. first + tokens - 1 of their sequences
} sac_llama_step_t;

// Appends k and v [rows][kv_heads][head_dim] to the caches of the layer; y [rows][heads][head_dim] = causal attention
// of q (as y) on them, scale 1 / sqrt(head_dim). Keys and queries are rotated already.
typedef struct {
  void *self;
  bool (*attend)(void *self, const sac_llama_step_t *step, const double *q, const double *k, const double *v, double *y,
                 sac_error_t *error);
} sac_llama_attention_t;

// token [sequences][tokens]; logits [sequences][tokens][vocab] of what follows each.
bool sac_llama_forward(const sac_llama_t *llama, const sac_llama_attention_t *attention, uint32_t sequences,
                       uint32_t first, uint32_t tokens, const int32_t *token, double *logits, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
