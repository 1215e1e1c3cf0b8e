// SPDX-License-Identifier: Apache-2.0
// Q, K, V and what belongs to their heads and keys: sinks, slopes, masks (contract: problem_reader.h).
#include <math.h>
#include <string.h>

#include "problem_reader.h"

static bool same(const sac_reader_t *reader, const char *left, int left_axis, size_t left_side, const char *right,
                 int right_axis, size_t right_side) {
  if (left_side == right_side) return true;
  return sac_reader_bad(reader, "tensors \"%s\" and \"%s\": expected axis %d of the first and axis %d of the second "
                        "to agree, found %zu and %zu (as [batch][head][token][channel])",
                        left, right, left_axis, right_axis, left_side, right_side);
}

static bool divides(const sac_reader_t *reader, const char *name, size_t q_heads, size_t heads) {
  if (q_heads % heads == 0) return true;
  return sac_reader_bad(reader, "tensor \"%s\": expected a number of heads that divides the %zu of the queries, "
                        "found %zu", name, q_heads, heads);
}

bool sac_read_heads(const sac_reader_t *reader, const char *const names[3], int rank, size_t q_heads,
                    size_t kv_heads) {
  sac_problem_t *p = reader->problem;
  const sac_tensor_t *query = sac_reader_input(reader, names[0]);
  if (!sac_reader_tokens(reader, names[0], rank, q_heads, &p->q) ||
      !sac_reader_tokens(reader, names[1], query->rank, kv_heads, &p->k) ||
      !sac_reader_tokens(reader, names[2], query->rank, kv_heads, &p->v)) {
    return false;
  }
  p->packed = query->rank == 3;
  p->dtype = query->dtype;
  p->batches = p->q.shape[0];
  p->q_heads = p->q.shape[1];
  p->k_heads = p->k.shape[1];
  p->v_heads = p->v.shape[1];
  p->queries = p->q.shape[2];
  p->keys = p->k.shape[2];
  p->d_k = p->q.shape[3];
  p->d_v = p->v.shape[3];
  return same(reader, names[0], 0, p->batches, names[1], 0, p->k.shape[0]) &&
         same(reader, names[0], 0, p->batches, names[2], 0, p->v.shape[0]) &&
         same(reader, names[1], 2, p->keys, names[2], 2, p->v.shape[2]) &&
         same(reader, names[0], 3, p->d_k, names[1], 3, p->k.shape[3]) &&
         divides(reader, names[1], p->q_heads, p->k_heads) && divides(reader, names[2], p->q_heads, p->v_heads);
}

bool sac_read_extras(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  return sac_reader_array(reader, "sinks", false, 1, &p->q_heads, &p->sink) &&
         sac_reader_array(reader, "alibi_slopes", false, 1, &p->q_heads, &p->slope);
}

// Masks broadcast from the right; only the last axis may be shorter.
bool sac_read_mask(const sac_reader_t *reader, const sac_tensor_t *tensor) {
  sac_problem_t *p = reader->problem;
  const size_t full[4] = {p->batches, p->q_heads, p->queries, p->keys};
  if (tensor->rank < 1 || tensor->rank > 4) {
    return sac_reader_bad(reader, "tensor \"%s\": expected 1 to 4 axes, found %d", tensor->name, tensor->rank);
  }
  size_t shape[4] = {1, 1, 1, 1};
  for (int i = 4 - tensor->rank; i < 4; i++) {
    shape[i] = tensor->shape[i - 4 + tensor->rank];
    if (i == 3 ? shape[i] <= full[i] : shape[i] == 1 || shape[i] == full[i]) continue;
    return sac_reader_bad(reader, "tensor \"%s\": expected %s%zu along axis %d, found %zu", tensor->name,
                          i == 3 ? "at most " : "1 or ", full[i], i - 4 + tensor->rank, shape[i]);
  }
  const bool floats = tensor->dtype == SAC_DTYPE_F32 || tensor->dtype == SAC_DTYPE_F16 ||
                      tensor->dtype == SAC_DTYPE_BF16 || tensor->dtype == SAC_DTYPE_F64;
  if (!floats && tensor->dtype != SAC_DTYPE_BOOL) {
    return sac_reader_bad(reader, "tensor \"%s\": expected dtype BOOL, F16, BF16, F32 or F64, found %s", tensor->name,
                          sac_dtype_name(tensor->dtype));
  }
  p->mask_kind = floats ? SAC_MASK_FLOAT : SAC_MASK_BOOL;
  if (!sac_array_read(&p->mask, tensor, SAC_VALUES_MASK, reader->error)) return false;
  p->mask.rank = 4;
  memcpy(p->mask.shape, shape, sizeof shape);
  return true;
}
