// SPDX-License-Identifier: Apache-2.0
// Recycled attention: most decode steps see only the keys that mattered at the last full step.
// From: Xu et al., Recycled Attention, 2024. A group of query heads shares the keys of one head; a key's score is the
// largest logit that any head of the group gives it.
#ifndef SACCADE_GOLDEN_RECYCLED_H
#define SACCADE_GOLDEN_RECYCLED_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  size_t group, keys, d_k, d_v;
  const double *q, *k, *v;  // [group][d_k], [keys][d_k], [keys][d_v]
  double scale;
} sac_golden_decode_t;

// The `count` keys of highest score (all, if there are fewer), in rising order; among equals the earlier key wins.
// Returns how many there are.
size_t sac_golden_top_keys(const sac_golden_decode_t *step, size_t count, size_t *top);

// Attention of the group over these keys only: out [group][d_v].
void sac_golden_gathered(const sac_golden_decode_t *step, const size_t *index, size_t count, double *out);

// One step of decoding; the newest key is the last of `step`. kept [capacity + 1] holds *count keys in rising order. A
// full step attends to all keys and keeps the best; another one attends to those kept and the newest, then drops the
// one of lowest score if they are too many.
void sac_golden_recycle(const sac_golden_decode_t *step, int full, size_t capacity, size_t *kept, size_t *count,
                        double *out);

#ifdef __cplusplus
}
#endif

#endif
