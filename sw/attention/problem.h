// SPDX-License-Identifier: Apache-2.0
// An attention problem: what a safetensors file of one operator (ONNX Attention, FlexAttention, LinearAttention,
// RotaryEmbedding) or of raw Q, K, V asks for, checked and in one form. Golden and driver both start from it.
//
// Whatever the file's layout, q, k, v are [batch][head][token][channel], the past stands in front of k and v, masks
// have four axes, per-head values one. `packed` says that inputs and outputs of tokens are [batch][token][head *
// channel].
// Query head h reads key head h * k_heads / q_heads and value head h * v_heads / q_heads (rounded down).
//
// Files: metadata `op`, `attributes` (a JSON object), `inputs` and `outputs` (JSON lists of names; an empty name is an
// input that is left out) and, optional, `max_abs_error_vs_float64` (a JSON object). Without `op`: tensors Q, K, V,
// optional key_mask, sinks, alibi_slopes, outputs O and LSE; metadata `scale`, `causal`. Beyond ONNX, Attention takes
// inputs `sinks` [q_heads] (a logit without a value) and `alibi_slopes` [q_heads], and gives output `LSE` (natural
// logarithm; -infinity for a row without keys).
#ifndef SACCADE_ATTENTION_PROBLEM_H
#define SACCADE_ATTENTION_PROBLEM_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_OUTPUTS_MAX = 5, SAC_OUTPUT_NAME_BYTES = 24 };

typedef enum { SAC_OP_ATTENTION, SAC_OP_FLEX_ATTENTION, SAC_OP_LINEAR_ATTENTION, SAC_OP_ROTARY } sac_op_t;

typedef enum { SAC_MASK_NONE, SAC_MASK_BOOL, SAC_MASK_FLOAT } sac_mask_kind_t;

// FlexAttention's modifier of a score or probability s at query i and key j.
typedef enum {
  SAC_MODIFIER_NONE,
  SAC_MODIFIER_ADD,       // s + value
  SAC_MODIFIER_MUL,       // s * value
  SAC_MODIFIER_SOFTCAP,   // value * tanh(s / value)
  SAC_MODIFIER_RELATIVE,  // s + i - j
  SAC_MODIFIER_CAUSAL,    // j <= i ? s : -infinity
} sac_modifier_kind_t;

typedef struct {
  sac_modifier_kind_t kind;
  double value;
} sac_modifier_t;

// Which intermediate `qk_matmul_output` holds; the numbers are ONNX's.
typedef enum { SAC_QK_RAW, SAC_QK_SOFTCAPPED, SAC_QK_BIASED, SAC_QK_PROBABILITIES } sac_qk_mode_t;

// One output: its shape as stored in a file and its values there (data NULL where the file has none).
typedef struct {
  char name[SAC_OUTPUT_NAME_BYTES];  // Y, present_key, present_value, qk_matmul_output, LSE; O; output, present_state
  sac_array_t value;
  double max_error;  // stated difference of the stored values to float64; negative: not stated
} sac_output_t;

typedef struct {
  size_t count;
  sac_output_t output[SAC_OUTPUTS_MAX];
} sac_outputs_t;

typedef struct {
  char *path;
  sac_op_t op;
  bool packed;
  sac_dtype_t dtype;  // of Q: what outputs are stored as
  size_t batches, q_heads, k_heads, v_heads, queries, keys, d_k, d_v;  // rotary: q_heads, queries, d_k
  sac_array_t q, k, v;

  // Softmax attention, in the order of evaluation: S = scale * q . k; softcap > 0: S = softcap * tanh(S / softcap);
  // score_modifier; S + slope[h] * (j - p), p = i + offset[b]; + mask; visible(b, i, j); softmax (with sink[h]);
  // probability_modifier; times V.
  double scale, softcap;
  sac_modifier_t score_modifier, probability_modifier;
  sac_array_t slope, sink;      // [q_heads], or no data
  sac_mask_kind_t mask_kind;
  sac_array_t mask;             // [B or 1][q_heads or 1][queries or 1][up to keys]; bool: 1 = attend; beyond: masked
  size_t past;                  // tokens of k and v that come from past_key, past_value
  size_t *length;               // [B] keys from here on are off (keys, or nonpad_kv_seqlen)
  int64_t *offset;              // [B] index of query 0 among the keys, may be negative (-1 000 000 000 at least)
  bool causal;                  // j <= p
  int64_t left_window, right_window;  // p - left <= j <= p + right; -1: open
  sac_qk_mode_t qk_mode;

  // Linear attention: S = exp(decay) * S (gated), v' = beta * (v - S^T k) (delta), S += k v'^T, o = scale * S^T q.
  bool gated, delta;
  sac_array_t decay;       // [B][k_heads][token][1 or d_k]
  sac_array_t beta;        // [B][k_heads][token]
  sac_array_t past_state;  // [B][k_heads][d_k][d_v], or no data: zeros

  // Rotary: channels 0 .. rotary_dim - 1 of q turn in pairs: (2i, 2i + 1) interleaved, else (i, i + rotary_dim / 2).
  bool interleaved;
  size_t rotary_dim;
  sac_array_t cosine, sine;  // [B][token][rotary_dim / 2]: position ids are looked up already

  sac_outputs_t expected;
} sac_problem_t;

bool sac_problem_load(sac_problem_t *problem, const char *path, sac_error_t *error);
void sac_problem_free(sac_problem_t *problem);

// Whether lengths, causality and window let query i of batch b see key j (the mask apart).
bool sac_problem_visible(const sac_problem_t *problem, size_t batch, size_t i, size_t j);
// What the mask adds to a logit: 0 or -infinity for a bool mask; 0 without mask.
double sac_problem_mask(const sac_problem_t *problem, size_t batch, size_t head, size_t i, size_t j);

// Zeros for every expected output, in its stored shape.
bool sac_outputs_make(sac_outputs_t *outputs, const sac_problem_t *problem, sac_error_t *error);
void sac_outputs_free(sac_outputs_t *outputs);
// The array of this output, or NULL if it is not asked for.
sac_array_t *sac_outputs_find(sac_outputs_t *outputs, const char *name);
// Element of an output of tokens (Y, O, output) for [batch][head][token], followed by its other channels.
double *sac_output_row(const sac_problem_t *problem, const sac_array_t *value, size_t batch, size_t head, size_t token);

#ifdef __cplusplus
}
#endif

#endif
