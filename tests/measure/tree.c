// SPDX-License-Identifier: Apache-2.0
// Token tree: bytes of K and V read for an accepted token, template of 80 nodes and the last token (depths of 8, 21,
// 25, 15, 8, 3 nodes), a path of three tokens accepted, against one token a step. From: Luo et al., Token Recycling,
// 2024.
#include <stdio.h>

#include "policies.h"

static void measure(json_t *rows, uint32_t past) {
  enum { kNodes = 81, kD = 16, kAccepted = 3 };
  static const int depth[] = {1, 8, 21, 25, 15, 8, 3};
  int32_t parent[kNodes];
  int node = 0, above = 0;
  for (int level = 0; level < 7; level++) {
    for (int n = 0; n < depth[level]; n++) parent[node + n] = level ? above + n % depth[level - 1] : -1;
    above = node;
    node += depth[level];
  }
  bench_t b;
  bench_open(&b, "configs/edge.yaml", 64u << 20);
  sac_attention_setup_t one, tree;
  bench_setup(&one, 1, 1, 1, 1, kD, 7);
  bench_setup(&tree, 1, kNodes, 1, 1, kD, 7);
  bench_one(&one, past + 1);
  bench_one(&tree, past + kNodes);
  sac_attention_tensors_t t = bench_tensors(&b, &tree, (past >> 7) + 1);
  bench_start(&b);
  bench_run(&b, sac_policy_decode(b.device, &one, &b.error), &t);
  const double without = bench_count(&b, SAC_COUNTER_ATTEND_KEYS);
  bench_start(&b);
  bench_run(&b, sac_policy_tree(b.device, &tree, parent, &t.bias, &b.error), &t);
  const double with = bench_count(&b, SAC_COUNTER_ATTEND_KEYS) / kAccepted;
  char what[120];
  snprintf(what, sizeof what, "bytes of K and V an accepted token, %u keys, %d nodes, %d accepted", past, kNodes,
           kAccepted);
  json_array_append_new(rows, bench_row("Token Recycling", what, 4 * kD * without, 4 * kD * with,
                                        kAccepted * (past + 1.0) / (past + kNodes)));
  bench_setup_free(&one);
  bench_setup_free(&tree);
  bench_close(&b);
}

void measure_tree(json_t *rows) {
  measure(rows, 1024);
  measure(rows, 16384);
}
