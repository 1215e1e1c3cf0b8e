// SPDX-License-Identifier: Apache-2.0
// Softmax attention of a float64 problem on the machine (operators Attention and FlexAttention, raw tensors).
//
// On the machine: scores, scale, softcap, slopes, masks, biases, windows, causality, sinks, softmax, P V, log-sum-exp,
// logits on request. On the host: the choice of units and the conversion to integers, the present (a copy), dividing
// exponentials into probabilities where they are asked for, and FlexAttention's modifiers of probabilities beyond a
// factor. FlexAttention's modifiers of scores become scale, softcap, bias, slope or band.
#ifndef SACCADE_ATTENTION_SOFTMAX_H
#define SACCADE_ATTENTION_SOFTMAX_H

#include "format.h"
#include "solve.h"

#ifdef __cplusplus
extern "C" {
#endif

// A problem's chain from score to logit: S = scale * q . k; cap_in > 0: S = cap_out * tanh(S / cap_in); + add;
// + slope * (j - p); + mask; band. Natural logarithm.
typedef struct {
  double scale, cap_in, cap_out, add, slope;  // slope: beside that of each head
  bool causal;
} sac_chain_t;

// Integers of a problem. First its tensors are conditioned, which changes no result but for float64's rounding:
// channels of V are divided by their largest value, which the output gets back; channels of K by a factor that Q gets,
// so that both use their bits alike; and keys lose their mean where only differences of logits count. Then units are
// chosen: real numbers, one for each step of an integer.
typedef struct {
  const sac_problem_t *problem;
  sac_solve_formats_t formats;
  sac_chain_t chain;
  uint32_t groups, group, d_k, d_v;     // d padded
  uint32_t k_bytes, v_bytes;            // of a row
  double *q, *k, *v;                    // conditioned, in the problem's shapes
  double *v_scale;                      // [B][v_heads][d_v] v = conditioned v * v_scale
  uint8_t *y_shift;                     // [B][v_heads] fraction bits of Y beyond those that V's range leaves
  const bool *guess;                    // [B][v_heads] Y's range is that of a sample of rows, not V's; NULL: no head's
  double *k_scale;                      // [B][k_heads][d_k] k = conditioned k * k_scale + k_mean
  double *k_mean;  // [B][k_heads][d_k] taken from the keys: a constant of a row's logits; NULL: nothing
  double *q_unit;                       // [B][groups]
  double *k_unit, *v_unit;              // [B][k_heads], [B][v_heads]
  sac_attention_logit_t *logit;         // [B][groups]
  sac_attention_head_t *head;           // [q_heads]
  uint32_t *length;                     // [B] keys that are read: none beyond the mask
  int32_t *position;                    // [B]
  sac_attention_bias_t bias;
  size_t bias_shape[3], bias_keys;      // rows [B or 1][q_heads or 1][queries or 1] of so many keys
  uint32_t bias_bytes;                  // of a row
  double *bias_offset;  // of each row: taken from its words, which the machine's range may not hold; or NULL
} sac_softmax_t;

// `guess` [B][v_heads]: Y of these heads may get a narrower range than V, from a sample of its rows; NULL: none.
bool sac_softmax_open(sac_softmax_t *softmax, const sac_problem_t *problem, const sac_solve_formats_t *formats,
                      const bool *guess, sac_error_t *error);
void sac_softmax_close(sac_softmax_t *softmax);
// Part of open: q, k, v, v_scale, k_mean, y_shift.
bool sac_softmax_condition(sac_softmax_t *softmax, sac_error_t *error);
// Largest |y| of each channel in a sample of rows, [B][v_heads][d_v].
bool sac_softmax_sample(const sac_softmax_t *softmax, double *largest, sac_error_t *error);

// What query i's biases, and with them its logits, lack.
double sac_softmax_bias_offset(const sac_softmax_t *softmax, size_t b, size_t h, size_t i);
// Whether outputs hold logits (or probabilities), so that constants of a row count.
bool sac_softmax_asks_logits(const sac_problem_t *problem);

// Bytes of the packed tensors: q [B][queries][q_heads], k [B][k_heads][keys], v [B][v_heads][keys], bias rows.
size_t sac_softmax_q_bytes(const sac_softmax_t *softmax);
size_t sac_softmax_k_bytes(const sac_softmax_t *softmax);
size_t sac_softmax_v_bytes(const sac_softmax_t *softmax);
size_t sac_softmax_bias_bytes(const sac_softmax_t *softmax);
void sac_softmax_pack_q(const sac_softmax_t *softmax, uint8_t *out);
void sac_softmax_pack_k(const sac_softmax_t *softmax, uint8_t *out);
void sac_softmax_pack_v(const sac_softmax_t *softmax, uint8_t *out);
void sac_softmax_pack_bias(const sac_softmax_t *softmax, uint8_t *out);

// A plan of it; `whole`: every key without mask or band, for logits before the mask.
sac_attention_plan_t *sac_softmax_plan(sac_device_t *device, const sac_softmax_t *softmax, bool whole,
                                       sac_error_t *error);

// Errors that the formats allow, into arrays of the outputs' shapes. `tile`: the machine's kv_tile.
bool sac_softmax_bound(const sac_softmax_t *softmax, uint32_t tile, sac_outputs_t *bounds, sac_error_t *error);

bool sac_softmax_solve(sac_device_t *device, const sac_problem_t *problem, const sac_solve_formats_t *formats,
                       sac_solution_t *solution, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
