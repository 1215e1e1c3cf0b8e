// SPDX-License-Identifier: Apache-2.0
// Rotary position embedding in float64: pairs of channels turn by the angle of their token (contract: attention.h).
#include <string.h>

#include "attention.h"

void sac_golden_rotary(const sac_problem_t *p, sac_outputs_t *outputs) {
  sac_array_t *out = sac_outputs_find(outputs, "output");
  const size_t half = p->rotary_dim / 2;
  for (size_t row = 0; out != NULL && row < p->batches * p->q_heads * p->queries; row++) {
    const size_t token = row % p->queries, head = row / p->queries % p->q_heads, batch = row / p->queries / p->q_heads;
    const size_t angle = (batch * p->queries + token) * half;
    const double *x = p->q.data + row * p->d_k;
    double *y = sac_output_row(p, out, batch, head, token);
    memcpy(y, x, p->d_k * sizeof *y);
    for (size_t i = 0; i < half; i++) {
      const size_t re = p->interleaved ? 2 * i : i, im = p->interleaved ? 2 * i + 1 : i + half;
      const double c = p->cosine.data[angle + i], s = p->sine.data[angle + i];
      y[re] = c * x[re] - s * x[im];
      y[im] = s * x[re] + c * x[im];
    }
  }
}
