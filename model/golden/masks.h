// SPDX-License-Identifier: Apache-2.0
// Masks of policies as logits of sac_golden_head: window with sinks, token tree, blocks. Query i stands at key
// `offset` + i; what is off is -infinity.
#ifndef SACCADE_GOLDEN_MASKS_H
#define SACCADE_GOLDEN_MASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Causal, and of the keys before: the first `sinks`, and the `recent` last ones, the query's own among them. A
// streaming head of DuoAttention (Xiao et al., ICLR 2025); recent SIZE_MAX: a full head.
typedef struct {
  size_t offset, sinks, recent;
} sac_golden_window_t;
double sac_golden_window(const void *window, size_t i, size_t j, double s);

// Verification of a token tree: the first `offset` keys are the past, seen by all; then every query's own key. A query
// sees itself and its ancestors; parent[i] < i, or -1 where the past is the parent.
typedef struct {
  size_t offset;
  const int *parent;
} sac_golden_tree_t;
double sac_golden_tree(const void *tree, size_t i, size_t j, double s);

// Blocks of `side` queries and keys: on[query block * key_blocks + key block]; causal within if asked.
typedef struct {
  size_t offset, side, key_blocks;
  const uint8_t *on;
  bool causal;
} sac_golden_blocks_t;
double sac_golden_blocks(const void *blocks, size_t i, size_t j, double s);

#ifdef __cplusplus
}
#endif

#endif
