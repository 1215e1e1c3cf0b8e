// SPDX-License-Identifier: Apache-2.0
// Loading of attention problems, and what all of their users ask (contract: problem.h).
#include "problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem_reader.h"

static const struct {
  const char *op;
  sac_op_t kind;
  bool (*read)(const sac_reader_t *);
} kOperators[] = {
    {"Attention", SAC_OP_ATTENTION, sac_read_attention},
    {"FlexAttention", SAC_OP_FLEX_ATTENTION, sac_read_flex_attention},
    {"LinearAttention", SAC_OP_LINEAR_ATTENTION, sac_read_linear_attention},
    {"RotaryEmbedding", SAC_OP_ROTARY, sac_read_rotary},
};

// JSON of a metadata string; NULL and an error unless it is an object (or a list of strings) or missing.
static json_t *parse(const sac_reader_t *reader, const char *key, bool object, bool *good) {
  const char *text = sac_safetensors_metadata(reader->file, key);
  json_error_t reason;
  json_t *value = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, &reason);
  *good = text == NULL || (object ? json_is_object(value) : json_is_array(value));
  for (size_t i = 0; i < json_array_size(value); i++) *good &= json_is_string(json_array_get(value, i));
  if (!*good) {
    sac_reader_bad(reader, "metadata \"%s\": expected %s", key, object ? "a JSON object" : "a JSON list of strings");
  }
  return value;
}

static bool read_problem(sac_reader_t *reader) {
  const char *op = sac_safetensors_metadata(reader->file, "op");
  bool good[3];
  json_t *attributes = parse(reader, "attributes", true, &good[0]);
  json_t *inputs = parse(reader, "inputs", false, &good[1]);
  json_decref(parse(reader, "outputs", false, &good[2]));
  reader->attributes = attributes;
  reader->inputs = inputs;
  bool done = false, read = good[0] && good[1] && good[2];
  if (read && op == NULL) {
    done = true;
    read = sac_read_raw_attention(reader);
  }
  for (size_t i = 0; read && !done && i < sizeof kOperators / sizeof *kOperators; i++) {
    if (strcmp(op, kOperators[i].op) != 0) continue;
    done = true;
    reader->problem->op = kOperators[i].kind;
    read = kOperators[i].read(reader);
  }
  if (read && !done) {
    read = sac_reader_bad(reader, "metadata \"op\": expected Attention, FlexAttention, LinearAttention or "
                          "RotaryEmbedding, found %.40s", op);
  }
  json_decref(attributes);
  json_decref(inputs);
  return read;
}

bool sac_problem_load(sac_problem_t *problem, const char *path, sac_error_t *error) {
  *problem = (sac_problem_t){.path = strdup(path)};
  if (problem->path == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", path);
  sac_safetensors_t *file = sac_safetensors_open(path, error);
  sac_reader_t reader = {.problem = problem, .file = file, .error = error};
  const bool good = file != NULL && read_problem(&reader);
  sac_safetensors_close(file);
  if (!good) sac_problem_free(problem);
  return good;
}

void sac_problem_free(sac_problem_t *problem) {
  sac_array_t *const arrays[] = {&problem->q,      &problem->k,          &problem->v,    &problem->slope,
                                 &problem->sink,   &problem->mask,       &problem->decay, &problem->beta,
                                 &problem->cosine, &problem->past_state, &problem->sine};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) sac_array_free(arrays[i]);
  sac_outputs_free(&problem->expected);
  free(problem->length);
  free(problem->offset);
  free(problem->path);
  *problem = (sac_problem_t){0};
}

bool sac_problem_visible(const sac_problem_t *problem, size_t batch, size_t i, size_t j) {
  const int64_t distance = (int64_t)j - ((int64_t)i + problem->offset[batch]);
  return j < problem->length[batch] && (!problem->causal || distance <= 0) &&
         (problem->left_window < 0 || -distance <= problem->left_window) &&
         (problem->right_window < 0 || distance <= problem->right_window);
}

double sac_problem_mask(const sac_problem_t *problem, size_t batch, size_t head, size_t i, size_t j) {
  if (problem->mask_kind == SAC_MASK_NONE) return 0.0;
  const size_t at[4] = {batch, head, i, j}, *shape = problem->mask.shape;
  if (j >= shape[3]) return -INFINITY;
  size_t place = 0;
  for (int axis = 0; axis < 4; axis++) {
    place = place * shape[axis] + (axis < 3 && shape[axis] == 1 ? 0 : at[axis]);
  }
  const double value = problem->mask.data[place];
  if (problem->mask_kind == SAC_MASK_FLOAT) return value;
  return value != 0.0 ? 0.0 : -INFINITY;
}

bool sac_outputs_make(sac_outputs_t *outputs, const sac_problem_t *problem, sac_error_t *error) {
  *outputs = (sac_outputs_t){0};
  for (size_t i = 0; i < problem->expected.count; i++) {
    sac_output_t *output = &outputs->output[outputs->count++];
    const sac_array_t *value = &problem->expected.output[i].value;
    *output = problem->expected.output[i];
    output->value.data = NULL;
    if (sac_array_make(&output->value, value->rank, value->shape, error)) continue;
    sac_outputs_free(outputs);
    return sac_error_in(error, problem->path);
  }
  return true;
}

void sac_outputs_free(sac_outputs_t *outputs) {
  for (size_t i = 0; i < outputs->count; i++) sac_array_free(&outputs->output[i].value);
  *outputs = (sac_outputs_t){0};
}

sac_array_t *sac_outputs_find(sac_outputs_t *outputs, const char *name) {
  for (size_t i = 0; i < outputs->count; i++) {
    if (strcmp(outputs->output[i].name, name) == 0) return &outputs->output[i].value;
  }
  return NULL;
}

double *sac_output_row(const sac_problem_t *problem, const sac_array_t *value, size_t batch, size_t head,
                       size_t token) {
  if (problem->packed) {
    const size_t width = value->shape[2] / problem->q_heads;
    return value->data + (batch * problem->queries + token) * value->shape[2] + head * width;
  }
  return value->data + ((batch * problem->q_heads + head) * problem->queries + token) * value->shape[3];
}
