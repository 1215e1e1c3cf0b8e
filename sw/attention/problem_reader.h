// SPDX-License-Identifier: Apache-2.0
// What the readers of the operators share: attributes and inputs of a file by name, refused with a message that names
// file and field, and tensors of tokens brought into one form.
#ifndef SACCADE_ATTENTION_PROBLEM_READER_H
#define SACCADE_ATTENTION_PROBLEM_READER_H

#include <jansson.h>

#include "problem.h"

typedef struct {
  sac_problem_t *problem;
  const sac_safetensors_t *file;
  const json_t *attributes;  // object
  const json_t *inputs;      // list, or NULL: an input is given if its tensor is there
  sac_error_t *error;
} sac_reader_t;

// Fails with "PATH: text".
bool sac_reader_bad(const sac_reader_t *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Refuses attributes and inputs that are not in these lists (ended by NULL).
bool sac_reader_names(const sac_reader_t *reader, const char *const *attributes, const char *const *inputs);

// Attributes; *value stays what it is where the attribute is not given.
bool sac_reader_integer(const sac_reader_t *reader, const char *name, int64_t low, int64_t high, int64_t *value);
bool sac_reader_number(const sac_reader_t *reader, const char *name, double low, double *value);
bool sac_reader_has(const sac_reader_t *reader, const char *name);

// The tensor of an input, NULL (and no error) if it is not given.
const sac_tensor_t *sac_reader_input(const sac_reader_t *reader, const char *name);
// Reads an input of this shape. Not given: true and no data, or an error if it is required.
bool sac_reader_array(const sac_reader_t *reader, const char *name, bool required, int rank, const size_t *shape,
                      sac_array_t *out);
// Reads a required input of tokens, [B][H][S][d], or [B][S][H * d] with `heads` heads, as [B][H][S][d].
// rank: 3 or 4 is expected, 0 either.
bool sac_reader_tokens(const sac_reader_t *reader, const char *name, int rank, size_t heads, sac_array_t *out);
// [B][S][H * n] to [B][H][S][n], in place of `array`.
bool sac_reader_unpack(const sac_reader_t *reader, size_t heads, sac_array_t *array);

// Notes an output and its shape, with the values of the file where it has them. Unless `outputs` names it, it is left
// out; without list (NULL) those that are in the file are noted, and the first in any case.
bool sac_reader_output(const sac_reader_t *reader, const json_t *outputs, const char *name, int rank,
                       const size_t *shape);

// The operators: attributes and inputs into the problem, then its outputs.
bool sac_read_attention(const sac_reader_t *reader);
bool sac_read_flex_attention(const sac_reader_t *reader);
bool sac_read_raw_attention(const sac_reader_t *reader);
bool sac_read_linear_attention(const sac_reader_t *reader);
bool sac_read_rotary(const sac_reader_t *reader);

// Parts of the above: Q, K, V and their agreement; per-head values; the mask.
bool sac_read_heads(const sac_reader_t *reader, const char *const names[3], int rank, size_t q_heads, size_t kv_heads);
bool sac_read_extras(const sac_reader_t *reader);
bool sac_read_mask(const sac_reader_t *reader, const sac_tensor_t *tensor);

#endif
