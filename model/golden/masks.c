// SPDX-License-Identifier: Apache-2.0
// Masks of policies (contract: masks.h).
#include "masks.h"

#include <math.h>

double sac_golden_window(const void *window, size_t i, size_t j, double s) {
  const sac_golden_window_t *w = window;
  const size_t at = w->offset + i;
  return j <= at && (j < w->sinks || at - j < w->recent) ? s : -INFINITY;
}

double sac_golden_tree(const void *tree, size_t i, size_t j, double s) {
  const sac_golden_tree_t *t = tree;
  if (j < t->offset) return s;
  int node = (int)i;
  while (node >= 0 && (size_t)node != j - t->offset) node = t->parent[node];
  return node >= 0 ? s : -INFINITY;
}

double sac_golden_blocks(const void *blocks, size_t i, size_t j, double s) {
  const sac_golden_blocks_t *b = blocks;
  if (b->causal && j > b->offset + i) return -INFINITY;
  return b->on[i / b->side * b->key_blocks + j / b->side] != 0 ? s : -INFINITY;
}
