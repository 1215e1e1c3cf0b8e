// SPDX-License-Identifier: Apache-2.0
// Attention policies: how methods of papers become lists, tables and plans of saccade/attention.h. Each is one file of
// sw/attention/policies, and none needs more of the machine than ATTEND, MERGE, SELECT and COPY.
//
// A policy starts from a setup, the `base`, which says shapes, formats, caches, page tables, lengths, multipliers and
// heads. The queries of a sequence are its last tokens: positions follow from that. Masks, lists and positions are the
// policy's: first_position, band*, bias*, tile* and own_keys of a base are not looked at, and it has no own keys.
// Nothing of what is passed is kept. Functions that return a plan are run by sac_attention_run; device memory that a
// policy takes is not given back (as with plans).
#ifndef SACCADE_POLICIES_H
#define SACCADE_POLICIES_H

#include "saccade/attention.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- One plan ----

// Dense prefill: every query sees all keys, or those up to its own position.
sac_attention_plan_t *sac_policy_prefill(sac_device_t *device, const sac_attention_setup_t *base, bool causal,
                                         sac_error_t *error);

// Paged decode: one query a sequence, none for those at rest; all keys. (vLLM, FlashInfer.)
sac_attention_plan_t *sac_policy_decode(sac_device_t *device, const sac_attention_setup_t *base, sac_error_t *error);

// Causal window with sinks: the first `sinks` keys and the last `recent` ones, the query's own among them.
// (StreamingLLM; sinks 0: sliding windows.) recent 1 or more; SAC_POLICY_ALL: all keys.
enum { SAC_POLICY_ALL = 1 << 29 };
sac_attention_plan_t *sac_policy_window(sac_device_t *device, const sac_attention_setup_t *base, uint32_t sinks,
                                        uint32_t recent, sac_error_t *error);

// The same for some heads: full[g] says that group g (sac_attention_groups) sees all keys. (DuoAttention: retrieval and
// streaming heads.)
sac_attention_plan_t *sac_policy_heads(sac_device_t *device, const sac_attention_setup_t *base, const bool *full,
                                       uint32_t sinks, uint32_t recent, sac_error_t *error);

// Block-sparse: blocks of `side` positions; on[query block * key_blocks + key block]. Of a sequence of n queries and L
// keys, query block b has queries b * side .. of the n, key block c keys c * side .. of the L. All sequences and heads
// share `on`, which has a row for every query block of the longest. Causal within if asked.
sac_attention_plan_t *sac_policy_blocks(sac_device_t *device, const sac_attention_setup_t *base, uint32_t side,
                                        uint32_t key_blocks, const uint8_t *on, bool causal, sac_error_t *error);

// Verification of token trees: the queries of a sequence are nodes, whose keys are its last ones; a node sees itself,
// its ancestors and all keys before the tree. parent[q_begin[s] + i] < i is node i's parent, or -1. (Medusa, Token
// Recycling, ..) *bias: for the run's tensors.
sac_attention_plan_t *sac_policy_tree(sac_device_t *device, const sac_attention_setup_t *base, const int32_t *parent,
                                      uint32_t *bias, sac_error_t *error);

// Taylor linear attention: weights 1 + s + s^2 / 2 instead of exp(s), causal; logits are s itself in .12, without the
// log2 e of a softmax. recent as in a window. (Based; its windows are sac_policy_window.)
sac_attention_plan_t *sac_policy_taylor(sac_device_t *device, const sac_attention_setup_t *base, uint32_t recent,
                                        sac_error_t *error);

// The same with a state that does not grow. phi(q) . phi(k) = 1 + s + s^2 / 2 for s = scale * q . k; features: 1, x_a,
// x_a^2 and x_a x_b (a < b), 1 + d + d (d + 1) / 2 of them. State: S [features][d_v] = sum of phi(k) v^T; a value that
// is always 1 makes a column of S the denominators. Both are plans of sums without a softmax, sac_policy_sums, with
// these pages of keys: one of unit rows, with S as its values, then those of new tokens, phi(k) and v:
//   new state   = the sums of queries that are unit rows themselves (features rows, into the place of the next S)
//   outputs     = the sums of queries phi(q); the host divides by the denominators' column
sac_attention_plan_t *sac_policy_sums(sac_device_t *device, const sac_attention_setup_t *base, sac_error_t *error);
uint32_t sac_policy_taylor_features(uint32_t d);
void sac_policy_taylor_map(uint32_t d, double scale, const double *x, double *phi);
// Writes unit rows: row r has `value` at element r, zeros elsewhere; packed in the format, one behind another.
bool sac_policy_put_units(sac_device_t *device, uint32_t d, sac_attention_format_t format, int16_t value,
                          uint32_t address, sac_error_t *error);

// ---- Several states, merged ----

// Weight of a state: its log-sum-exp x (base 2, .16) counts as a * x / 2^16 + b.
typedef struct {
  int32_t a, b;
} sac_policy_weight_t;

typedef struct sac_policy sac_policy_t;

// States over disjoint keys, merged: setup n gives state n of the same query rows; setups are taken as they are. They
// agree in tokens, query heads, groups and d_v; at most 63. weight NULL: (65536, 0), plain softmax over all keys.
sac_policy_t *sac_policy_merge(sac_device_t *device, uint32_t states, const sac_attention_setup_t *const *setup,
                               const sac_policy_weight_t *weight, sac_error_t *error);

// Submits ATTEND of every state, then MERGE. input[n]: q, k, v, bias of state n; y, lse: where the merged rows and, if
// not 0, their log-sum-exps go, laid out as sac_attention_run does.
bool sac_policy_run(sac_policy_t *policy, const sac_attention_tensors_t *input, const sac_attention_rows_t *y,
                    uint32_t lse, sac_error_t *error);
void sac_policy_free(sac_policy_t *policy);

// Shared prefixes (Hydragen, cascade attention): the keys of the base are those after the prefixes; levels of prefixes
// come before them, the outermost first. A level reads the keys of each prefix once for all its sequences. States: the
// levels, then the base, causal. No slopes (a prefix has no one position in several sequences); sinks count once. The
// sequences of a prefix have the same multipliers.
typedef struct {
  uint32_t prefixes;
  const uint32_t *sequence_begin;  // [prefixes + 1] prefix p is shared by sequences sequence_begin[p] .. ; covers all
  const uint32_t *length;          // [prefixes] keys
  const uint32_t *page_begin;      // [prefixes + 1]
  const uint32_t *pages;
} sac_policy_level_t;
sac_policy_t *sac_policy_shared_prefix(sac_device_t *device, const sac_attention_setup_t *base, uint32_t levels,
                                       const sac_policy_level_t *level, sac_error_t *error);

// Parallel contexts (APE): a sequence has contexts that were encoded each by itself, and its own keys (prefix and
// query: the base, causal). States: the contexts, at temperature T (logits / T), whose log-sum-exp is multiplied by
// S * T; then the base. Each context begins on a page. No slopes, no softcap.
typedef struct {
  const uint32_t *context_begin;  // [sequences + 1] contexts of a sequence
  const uint32_t *length;         // [contexts] keys
  const uint32_t *pages;          // the pages of all contexts, each as many as its length needs
  double temperature, scaling;
} sac_policy_contexts_t;
sac_policy_t *sac_policy_parallel_contexts(sac_device_t *device, const sac_attention_setup_t *base,
                                           const sac_policy_contexts_t *contexts, sac_error_t *error);

// Channel-pruned keys (ThinK): older keys lie in a cache of their own without the weakest channels (`pruned`: d_k of
// the kept ones, padded), the newest whole (`recent`, which ends with the query's own key). Logits are divided as if no
// channel were missing: the multipliers are the same. States: pruned, recent. Sinks are the recent
// keys'; no slopes.
sac_policy_t *sac_policy_channels(sac_device_t *device, const sac_attention_setup_t *pruned,
                                  const sac_attention_setup_t *recent, sac_error_t *error);
// kept[c] for channel c: false for the floor(d * share) of least sum(q_c^2) * sum(k_c^2), among equals the later ones.
// Returns how many are kept.
uint32_t sac_policy_weakest_channels(uint32_t d, size_t q_rows, const int16_t *q, size_t k_rows, const int16_t *k,
                                     double share, bool *kept);
// The kept channels of rows of d values, padded with zeros to a multiple of 16.
void sac_policy_gather_channels(uint32_t d, const bool *kept, size_t rows, const int16_t *in, int16_t *out);

// ---- Keys chosen by their scores ----

// Recycled attention, top-k decode: one query a sequence, no slopes. For every group of every sequence the
// `count` keys of the largest logit that a head of the group gives them, as [sequences][groups][count] key indices in
// rising order; among equals the earlier wins. ATTEND writes logits, SELECT takes the largest; the host reads `count`
// numbers a group (and, for groups of several heads, reduces the logits). chosen: NULL, or the choice so far, [..][of]:
// only these keys compete. Waits for the queue.
bool sac_policy_top_keys(sac_device_t *device, const sac_attention_setup_t *base, const sac_attention_tensors_t *input,
                         const uint32_t *chosen, uint32_t of, uint32_t count, uint32_t *keys, sac_error_t *error);
// What a pass says of its keys, after sac_policy_prefill or another full pass with the same base and `input`, whose lse
// it reads: [sequences][q_heads][width] for every key of a sequence, INT32_MIN where no query sees it and beyond its keys.
//   sum      log2 of the sum of its probabilities over all queries, .16     (accumulated attention: H2O, SnapKV, ..)
//   largest  log2 of the largest of them, .12
// Either may be NULL. Values are off by the formats of logits (2^-12) and log-sum-exps. No slopes, no sinks but in lse.
// Waits for the queue. Rows of K are gathered and recoded, so the caches are as in sac_policy_gathered. At most 8,192
// queries a sequence.
bool sac_policy_columns(sac_device_t *device, const sac_attention_setup_t *base, const sac_attention_tensors_t *input,
                        bool causal, uint32_t width, int32_t *sum, int32_t *largest, sac_error_t *error);
// Decode over chosen keys only, [sequences][groups][of] as above: page tables of single rows, nothing is copied. Tokens
// of a page must lie one behind another in both caches: page_stride a multiple of token_stride, the same one for both.
sac_attention_plan_t *sac_policy_gathered(sac_device_t *device, const sac_attention_setup_t *base,
                                          const uint32_t *chosen, uint32_t of, sac_error_t *error);

// Bucketed block attention with a sampled residual (HyperAttention), one head of one sequence: the base has one group
// and one head, int16 keys and as many queries as keys if causal. Queries and keys are sorted by the signs of their
// products with `projections` (at most 8) vectors, blocks of sorted queries see their block of sorted keys, and
// `samples` of the others with weight keys / samples. Causal: by halves, exact up to exact_keys keys.
typedef struct {
  uint32_t projections, block, samples, exact_keys;
  const int16_t *projection;  // [projections][d_k]
  // Draws places among the sorted keys, 0 .. keys - 1, with replacement.
  void (*draw)(void *context, size_t keys, size_t samples, size_t *place);
  void *context;
} sac_policy_buckets_t;
// Waits for the queue. lse of the tensors: s32 [queries], or 0.
bool sac_policy_bucketed(sac_device_t *device, const sac_attention_setup_t *base, const sac_policy_buckets_t *buckets,
                         bool causal, const sac_attention_tensors_t *tensors, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
