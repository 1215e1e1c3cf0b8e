// SPDX-License-Identifier: Apache-2.0
// K and V as the machine's formats leave them (contract: solve.h).
#include <stdlib.h>
#include <string.h>

#include "softmax.h"

// Rows of one side back from their bytes: (value * unit) * scale + mean.
static bool restore(size_t rows, size_t rows_a_head, size_t d, sac_attention_format_t format, const uint8_t *bytes,
                    const double *unit, const double *scale, const double *mean, double *out) {
  int32_t *value = malloc((d + 1) * sizeof *value);
  const uint32_t row_bytes = sac_attention_row_bytes(format, sac_pad16(d));
  for (size_t row = 0; value && row < rows; row++) {
    const size_t head = row / rows_a_head;
    sac_format_unpack(format, (uint32_t)d, bytes + row * row_bytes, value);
    for (size_t e = 0; e < d; e++)
      out[row * d + e] = value[e] * unit[head] * scale[head * d + e] + (mean ? mean[head * d + e] : 0.0);
  }
  const bool good = value != NULL;
  free(value);
  return good;
}

bool sac_solve_quantised(const sac_problem_t *p, const sac_solve_formats_t *formats, sac_array_t *k, sac_array_t *v,
                         sac_error_t *error) {
  sac_softmax_t s;
  *k = *v = (sac_array_t){0};
  if (!sac_softmax_open(&s, p, formats, NULL, error)) return false;
  uint8_t *k_bytes = malloc(sac_softmax_k_bytes(&s) + 1), *v_bytes = malloc(sac_softmax_v_bytes(&s) + 1);
  bool good = sac_array_make(k, p->k.rank, p->k.shape, error) && sac_array_make(v, p->v.rank, p->v.shape, error);
  if (good && k_bytes && v_bytes) {
    sac_softmax_pack_k(&s, k_bytes);
    sac_softmax_pack_v(&s, v_bytes);
    good = restore(p->batches * p->k_heads * p->keys, p->keys, p->d_k, formats->k, k_bytes, s.k_unit, s.k_scale,
                   s.k_mean, k->data) &&
           restore(p->batches * p->v_heads * p->keys, p->keys, p->d_v, formats->v, v_bytes, s.v_unit, s.v_scale, NULL,
                   v->data);
  }
  if (!good || !k_bytes || !v_bytes) {
    good = sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
    sac_array_free(k);
    sac_array_free(v);
  }
  free(k_bytes);
  free(v_bytes);
  sac_softmax_close(&s);
  return good;
}
