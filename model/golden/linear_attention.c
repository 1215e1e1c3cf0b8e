// SPDX-License-Identifier: Apache-2.0
// Linear attention in float64, token by token: decay of the state, delta rule, update, read (contract: attention.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"

// S[d_k][d_v] of one key head takes in token t; `value` [d_v] is room for what is written.
static void update(const sac_problem_t *p, size_t head, size_t t, double *state, double *value) {
  const size_t row = head * p->queries + t;  // head counts over the batches
  const double *k = p->k.data + row * p->d_k;
  if (p->gated) {
    const size_t width = p->decay.shape[3];
    for (size_t c = 0; c < p->d_k; c++) {
      const double factor = exp(p->decay.data[row * width + c % width]);
      for (size_t e = 0; e < p->d_v; e++) state[c * p->d_v + e] *= factor;
    }
  }
  memcpy(value, p->v.data + row * p->d_v, p->d_v * sizeof *value);
  if (p->delta) {
    for (size_t c = 0; c < p->d_k; c++) {
      for (size_t e = 0; e < p->d_v; e++) value[e] -= state[c * p->d_v + e] * k[c];
    }
    for (size_t e = 0; e < p->d_v; e++) value[e] *= p->beta.data[row];
  }
  for (size_t c = 0; c < p->d_k; c++) {
    for (size_t e = 0; e < p->d_v; e++) state[c * p->d_v + e] += k[c] * value[e];
  }
}

static void read_state(const sac_problem_t *p, size_t batch, size_t head, size_t t, const double *state, double *out) {
  const double *q = p->q.data + ((batch * p->q_heads + head) * p->queries + t) * p->d_k;
  for (size_t c = 0; c < p->d_k; c++) {
    for (size_t e = 0; e < p->d_v; e++) out[e] += p->scale * q[c] * state[c * p->d_v + e];
  }
}

bool sac_golden_linear_attention(const sac_problem_t *p, sac_outputs_t *outputs, sac_error_t *error) {
  const size_t size = p->d_k * p->d_v, group = p->q_heads / p->k_heads;
  sac_array_t *out = sac_outputs_find(outputs, "output"), *present = sac_outputs_find(outputs, "present_state");
  double *state = calloc(size + p->d_v, sizeof *state);
  if (state == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for a state", p->path);
  for (size_t head = 0; head < p->batches * p->k_heads; head++) {
    memset(state, 0, size * sizeof *state);
    if (p->past_state.data != NULL) memcpy(state, p->past_state.data + head * size, size * sizeof *state);
    for (size_t t = 0; t < p->queries; t++) {
      update(p, head, t, state, state + size);
      for (size_t g = 0; out != NULL && g < group; g++) {
        const size_t batch = head / p->k_heads, query = head % p->k_heads * group + g;
        read_state(p, batch, query, t, state, sac_output_row(p, out, batch, query, t));
      }
    }
    if (present != NULL) memcpy(present->data + head * size, state, size * sizeof *state);
  }
  free(state);
  return true;
}
