// SPDX-License-Identifier: Apache-2.0
// Files of ONNX LinearAttention (contract: problem_reader.h).
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem_reader.h"

static bool read_rule(const sac_reader_t *reader) {
  sac_problem_t *p = reader->problem;
  const json_t *found = json_object_get(reader->attributes, "update_rule");
  const char *rule = found == NULL ? "gated_delta" : json_string_value(found);
  if (rule == NULL || (strcmp(rule, "linear") != 0 && strcmp(rule, "gated") != 0 && strcmp(rule, "delta") != 0 &&
                       strcmp(rule, "gated_delta") != 0)) {
    return sac_reader_bad(reader, "attribute \"update_rule\": expected linear, gated, delta or gated_delta, found "
                          "%.40s", rule == NULL ? "no string" : rule);
  }
  p->gated = strncmp(rule, "gated", 5) == 0;
  p->delta = strstr(rule, "delta") != NULL;
  const struct {
    const char *name;
    bool needed;
  } kGates[] = {{"decay", p->gated}, {"beta", p->delta}};
  for (size_t i = 0; i < 2; i++) {
    if ((sac_reader_input(reader, kGates[i].name) != NULL) == kGates[i].needed) continue;
    return sac_reader_bad(reader, "input \"%s\": expected %s with update_rule %s", kGates[i].name,
                          kGates[i].needed ? "one" : "none", rule);
  }
  return true;
}

// [B][S][width of one of two] to [B][k_heads][S][width / k_heads].
static bool read_gate(const sac_reader_t *reader, const char *name, size_t width, size_t other, sac_array_t *out) {
  const sac_problem_t *p = reader->problem;
  const sac_tensor_t *tensor = sac_reader_input(reader, name);
  if (tensor->rank != 3 || (tensor->shape[2] != width && tensor->shape[2] != other)) {
    return sac_reader_bad(reader, "tensor \"%s\": expected 3 axes, the last of %zu or %zu", name, width, other);
  }
  const size_t shape[3] = {p->batches, p->queries, tensor->shape[2]};
  if (!sac_reader_array(reader, name, true, 3, shape, out)) return false;
  if (shape[2] >= p->k_heads) return sac_reader_unpack(reader, p->k_heads, out);
  sac_array_t all;  // one for all heads
  const size_t full[4] = {p->batches, p->k_heads, p->queries, 1};
  if (!sac_array_make(&all, 4, full, reader->error)) return sac_error_in(reader->error, p->path);
  for (size_t i = 0; i < all.count; i++) {
    all.data[i] = out->data[i / p->queries / p->k_heads * p->queries + i % p->queries];
  }
  sac_array_free(out);
  *out = all;
  return true;
}

static bool note_outputs(const sac_reader_t *reader) {
  const sac_problem_t *p = reader->problem;
  const char *text = sac_safetensors_metadata(reader->file, "outputs");
  json_t *outputs = text == NULL ? NULL : json_loads(text, 0, NULL);
  const size_t shape[3] = {p->batches, p->queries, p->q_heads * p->d_v};
  const size_t state[4] = {p->batches, p->k_heads, p->d_k, p->d_v};
  const bool good = sac_reader_output(reader, outputs, "output", 3, shape) &&
                    sac_reader_output(reader, outputs, "present_state", 4, state);
  json_decref(outputs);
  return good;
}

bool sac_read_linear_attention(const sac_reader_t *reader) {
  static const char *const kAttributes[] = {"chunk_size", "kv_num_heads", "q_num_heads", "scale", "update_rule", NULL};
  static const char *const kInputs[] = {"query", "key", "value", "past_state", "decay", "beta", NULL};
  static const char *const kNames[3] = {"query", "key", "value"};
  sac_problem_t *p = reader->problem;
  int64_t q_heads = 0, kv_heads = 0, chunk = 64;
  if (!sac_reader_names(reader, kAttributes, kInputs) ||
      !sac_reader_integer(reader, "q_num_heads", 1, INT32_MAX, &q_heads) ||
      !sac_reader_integer(reader, "kv_num_heads", 1, INT32_MAX, &kv_heads) ||
      !sac_reader_integer(reader, "chunk_size", 1, INT32_MAX, &chunk)) {
    return false;
  }
  if (q_heads == 0 || kv_heads == 0) {
    return sac_reader_bad(reader, "attribute \"%s\": missing", q_heads == 0 ? "q_num_heads" : "kv_num_heads");
  }
  if (!sac_read_heads(reader, kNames, 3, (size_t)q_heads, (size_t)kv_heads)) return false;
  if (p->queries != p->keys) {
    return sac_reader_bad(reader, "tensor \"key\": expected %zu tokens as in \"query\", found %zu", p->queries,
                          p->keys);
  }
  if (!sac_reader_number(reader, "scale", 0.0, &p->scale) || !read_rule(reader)) return false;
  if (p->scale == 0.0) p->scale = 1.0 / sqrt((double)p->d_k);
  const size_t state[4] = {p->batches, p->k_heads, p->d_k, p->d_v};
  if (!sac_reader_array(reader, "past_state", false, 4, state, &p->past_state)) return false;
  if (p->gated && !read_gate(reader, "decay", p->k_heads, p->k_heads * p->d_k, &p->decay)) return false;
  if (p->delta) {
    if (!read_gate(reader, "beta", p->k_heads, 1, &p->beta)) return false;
    p->beta.rank = 3;
  }
  return note_outputs(reader);
}
