// SPDX-License-Identifier: Apache-2.0
// Rotation of channel pairs on the host (contract: rotary.h).
#include "rotary.h"

#include <math.h>
#include <string.h>

// Products and a difference in float64, and the truth has the same: a few units of the last place.
static const double kRounding = 1e-15;

static void turn(const sac_problem_t *p, const double *x, const double *cosine, const double *sine, double *out,
                 double *bound) {
  const size_t half = p->rotary_dim / 2;
  memcpy(out, x, p->d_k * sizeof *out);
  for (size_t i = 0; i < half; i++) {
    const size_t a = p->interleaved ? 2 * i : i, b = p->interleaved ? 2 * i + 1 : i + half;
    out[a] = cosine[i] * x[a] - sine[i] * x[b];
    out[b] = sine[i] * x[a] + cosine[i] * x[b];
    bound[a] = bound[b] = kRounding * (fabs(x[a]) + fabs(x[b])) * (fabs(cosine[i]) + fabs(sine[i]));
  }
}

bool sac_rotary_solve(const sac_problem_t *p, sac_solution_t *solution) {
  sac_array_t *out = sac_outputs_find(&solution->outputs, "output"),
              *bound = sac_outputs_find(&solution->bounds, "output");
  const size_t half = p->rotary_dim / 2;
  for (size_t row = 0; out && row < p->batches * p->q_heads * p->queries; row++) {
    const size_t t = row % p->queries, h = row / p->queries % p->q_heads, b = row / p->queries / p->q_heads;
    const size_t at = (b * p->queries + t) * half;
    turn(p, p->q.data + row * p->d_k, p->cosine.data + at, p->sine.data + at, sac_output_row(p, out, b, h, t),
         sac_output_row(p, bound, b, h, t));
  }
  sac_note(solution->host, "rotation");
  return true;
}
