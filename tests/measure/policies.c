// SPDX-License-Identifier: Apache-2.0
// Prints the figures of all policies as JSON: an array of rows (policies.h).
#include "policies.h"

int main(void) {
  json_t *rows = json_array();
  measure_prefix(rows);
  measure_heads(rows);
  measure_recycled(rows);
  measure_channels(rows);
  measure_taylor(rows);
  measure_contexts(rows);
  measure_tree(rows);
  measure_buckets(rows);
  const int failed = json_dumpf(rows, stdout, JSON_INDENT(1));
  json_decref(rows);
  return failed ? 1 : 0;
}
