// SPDX-License-Identifier: Apache-2.0
// Shared prefixes and parallel contexts (contract: shared.h).
#include "shared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "masks.h"
#include "softmax.h"

// Keys and values of parts one after the other, as one block of memory at *k.
static bool join(const sac_golden_shared_t *s, size_t parts, size_t *keys, double **k, double **v) {
  *keys = 0;
  for (size_t n = 0; n < parts; n++) *keys += s->part[n].keys;
  *k = malloc((*keys * (s->d_k + s->d_v) + 1) * sizeof **k);
  if (*k == NULL) return false;
  *v = *k + *keys * s->d_k;
  double *to_k = *k, *to_v = *v;
  for (size_t n = 0; n < parts; n++) {
    const size_t count = s->part[n].keys;
    if (count == 0) continue;
    memcpy(to_k, s->part[n].k, count * s->d_k * sizeof *to_k);
    memcpy(to_v, s->part[n].v, count * s->d_v * sizeof *to_v);
    to_k += count * s->d_k;
    to_v += count * s->d_v;
  }
  return true;
}

bool sac_golden_shared_prefix(const sac_golden_shared_t *s, double *out, double *lse) {
  size_t keys;
  double *k, *v;
  if (!join(s, s->parts, &keys, &k, &v)) return false;
  const sac_golden_window_t causal = {.offset = keys - s->queries, .recent = SIZE_MAX};
  const sac_golden_head_t head = {s->queries, keys, s->d_k, s->d_v, s->q, k, v, s->scale, -INFINITY,
                                  sac_golden_window, &causal};
  sac_golden_head(&head, out, lse);
  free(k);
  return true;
}

bool sac_golden_parallel_contexts(const sac_golden_shared_t *s, double temperature, double scaling, double *out) {
  const sac_golden_part_t *own = &s->part[s->parts - 1];
  const sac_golden_window_t causal = {.offset = own->keys - s->queries, .recent = SIZE_MAX};
  size_t keys;
  double *k, *v, *work = malloc((s->queries * (2 * s->d_v + 2) + 1) * sizeof *work);
  if (work == NULL || !join(s, s->parts - 1, &keys, &k, &v)) {
    free(work);
    return false;
  }
  double *part[2] = {work, work + s->queries * s->d_v}, *lse[2];
  lse[0] = part[1] + s->queries * s->d_v;
  lse[1] = lse[0] + s->queries;
  const sac_golden_head_t heads[2] = {
      {s->queries, keys, s->d_k, s->d_v, s->q, k, v, s->scale / temperature, -INFINITY, NULL, NULL},
      {s->queries, own->keys, s->d_k, s->d_v, s->q, own->k, own->v, s->scale, -INFINITY, sac_golden_window, &causal}};
  for (int n = 0; n < 2; n++) sac_golden_head(&heads[n], part[n], lse[n]);
  const double a[2] = {scaling * temperature, 1.0};
  for (size_t i = 0; i < s->queries; i++) {
    const double sums[2] = {lse[0][i], lse[1][i]};
    const double *const rows[2] = {part[0] + i * s->d_v, part[1] + i * s->d_v};
    sac_golden_merge(2, s->d_v, sums, a, NULL, rows, out + i * s->d_v);
  }
  free(k);
  free(work);
  return true;
}
