// SPDX-License-Identifier: Apache-2.0
// Recycled attention (contract: recycled.h).
#include "recycled.h"

#include <math.h>

#include "softmax.h"

static double score(const sac_golden_decode_t *step, size_t key) {
  double largest = -INFINITY;
  for (size_t g = 0; g < step->group; g++) {
    largest = fmax(largest, sac_golden_dot(step->d_k, step->q + g * step->d_k, step->k + key * step->d_k));
  }
  return largest;
}

size_t sac_golden_top_keys(const sac_golden_decode_t *step, size_t count, size_t *top) {
  size_t found = 0;
  for (size_t key = 0; key < step->keys; key++) {
    const double own = score(step, key);
    size_t better = 0;  // keys that go first
    for (size_t other = 0; other < step->keys && better < count; other++) {
      const double theirs = score(step, other);
      better += theirs > own || (theirs == own && other < key);
    }
    if (better < count) top[found++] = key;
  }
  return found;
}

typedef struct {
  const size_t *index;
  size_t count;
} chosen_t;

static double chosen(const void *context, size_t i, size_t j, double s) {
  const chosen_t *keys = context;
  (void)i;
  for (size_t n = 0; n < keys->count; n++) {
    if (keys->index[n] == j) return s;
  }
  return -INFINITY;
}

void sac_golden_gathered(const sac_golden_decode_t *step, const size_t *index, size_t count, double *out) {
  const chosen_t keys = {index, count};
  const sac_golden_head_t head = {step->group, step->keys,  step->d_k, step->d_v, step->q, step->k,
                                  step->v,     step->scale, -INFINITY, chosen,    &keys};
  sac_golden_head(&head, out, NULL);
}

void sac_golden_recycle(const sac_golden_decode_t *step, int full, size_t capacity, size_t *kept, size_t *count,
                        double *out) {
  if (full) {
    const sac_golden_head_t head = {step->group, step->keys,  step->d_k, step->d_v, step->q, step->k,
                                    step->v,     step->scale, -INFINITY, NULL,      NULL};
    sac_golden_head(&head, out, NULL);
    *count = sac_golden_top_keys(step, capacity, kept);
    return;
  }
  kept[(*count)++] = step->keys - 1;
  sac_golden_gathered(step, kept, *count, out);
  if (*count <= capacity) return;
  size_t worst = 0;  // the last of the lowest
  for (size_t n = 1; n < *count; n++) {
    if (score(step, kept[n]) <= score(step, kept[worst])) worst = n;
  }
  for (size_t n = worst + 1; n < *count; n++) kept[n - 1] = kept[n];
  --*count;
}
