// SPDX-License-Identifier: Apache-2.0
// Attributes, inputs and outputs of an operator's file (contract: problem_reader.h).
#include "problem_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 1 << 24 };

bool sac_reader_bad(const sac_reader_t *reader, const char *format, ...) {
  char text[SAC_ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return sac_error_set(reader->error, SAC_ERR_FORMAT, "%s: %s", sac_safetensors_path(reader->file), text);
}

static bool listed(const char *const *names, const char *name) {
  while (*names != NULL && strcmp(*names, name) != 0) names++;
  return *names != NULL;
}

bool sac_reader_names(const sac_reader_t *reader, const char *const *attributes, const char *const *inputs) {
  const char *name;
  json_t *value;
  json_object_foreach((json_t *)reader->attributes, name, value) {
    if (!listed(attributes, name)) return sac_reader_bad(reader, "attribute \"%.60s\": unknown", name);
  }
  for (size_t i = 0; i < json_array_size(reader->inputs); i++) {
    name = json_string_value(json_array_get(reader->inputs, i));
    if (*name == '\0') continue;
    if (!listed(inputs, name)) return sac_reader_bad(reader, "input \"%.60s\": unknown", name);
    if (sac_safetensors_find(reader->file, name) == NULL) {
      return sac_reader_bad(reader, "input \"%s\": no tensor of this name", name);
    }
  }
  return true;
}

bool sac_reader_has(const sac_reader_t *reader, const char *name) {
  return json_object_get(reader->attributes, name) != NULL;
}

bool sac_reader_integer(const sac_reader_t *reader, const char *name, int64_t low, int64_t high, int64_t *value) {
  const json_t *found = json_object_get(reader->attributes, name);
  if (found == NULL) return true;
  *value = json_is_integer(found) ? json_integer_value(found) : low - 1;
  if (*value >= low && *value <= high) return true;
  char *text = json_dumps(found, JSON_ENCODE_ANY);
  sac_reader_bad(reader, "attribute \"%s\": expected a whole number from %lld to %lld, found %.40s", name,
                 (long long)low, (long long)high, text == NULL ? "something else" : text);
  free(text);
  return false;
}

bool sac_reader_number(const sac_reader_t *reader, const char *name, double low, double *value) {
  const json_t *found = json_object_get(reader->attributes, name);
  if (found == NULL) return true;
  *value = json_number_value(found);
  if (json_is_number(found) && isfinite(*value) && *value >= low) return true;
  char *text = json_dumps(found, JSON_ENCODE_ANY);
  sac_reader_bad(reader, "attribute \"%s\": expected a number from %g, found %.40s", name, low,
                 text == NULL ? "something else" : text);
  free(text);
  return false;
}

const sac_tensor_t *sac_reader_input(const sac_reader_t *reader, const char *name) {
  bool given = reader->inputs == NULL;
  for (size_t i = 0; i < json_array_size(reader->inputs) && !given; i++) {
    given = strcmp(json_string_value(json_array_get(reader->inputs, i)), name) == 0;
  }
  return given ? sac_safetensors_find(reader->file, name) : NULL;
}

static const char *shape_text(char text[160], int rank, const size_t *shape) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < rank && used < 140; i++) {
    used += (size_t)snprintf(text + used, 160 - used, i > 0 ? ", %zu" : "%zu", shape[i]);
  }
  return text;
}

static bool has_shape(const sac_reader_t *reader, const sac_tensor_t *tensor, int rank, const size_t *shape) {
  bool same = tensor->rank == rank;
  for (int i = 0; same && i < rank; i++) same = tensor->shape[i] == shape[i];
  if (same) return true;
  char expected[160], found[160];
  return sac_reader_bad(reader, "tensor \"%s\": expected shape (%s), found (%s)", tensor->name,
                        shape_text(expected, rank, shape), shape_text(found, tensor->rank, tensor->shape));
}

bool sac_reader_array(const sac_reader_t *reader, const char *name, bool required, int rank, const size_t *shape,
                      sac_array_t *out) {
  const sac_tensor_t *tensor = sac_reader_input(reader, name);
  if (tensor == NULL) return !required || sac_reader_bad(reader, "input \"%s\": missing", name);
  return has_shape(reader, tensor, rank, shape) && sac_array_read(out, tensor, SAC_VALUES_FINITE, reader->error);
}

bool sac_reader_unpack(const sac_reader_t *reader, size_t heads, sac_array_t *array) {
  const size_t batches = array->shape[0], tokens = array->shape[1], width = array->shape[2] / heads;
  const size_t shape[4] = {batches, heads, tokens, width};
  sac_array_t out;
  if (!sac_array_make(&out, 4, shape, reader->error)) return sac_error_in(reader->error, reader->problem->path);
  for (size_t row = 0; row < batches * heads * tokens; row++) {
    const size_t token = row % tokens, head = row / tokens % heads, batch = row / tokens / heads;
    memcpy(out.data + row * width, array->data + ((batch * tokens + token) * heads + head) * width,
           width * sizeof *out.data);
  }
  sac_array_free(array);
  *array = out;
  return true;
}

bool sac_reader_tokens(const sac_reader_t *reader, const char *name, int rank, size_t heads, sac_array_t *out) {
  const sac_tensor_t *tensor = sac_reader_input(reader, name);
  if (tensor == NULL) return sac_reader_bad(reader, "input \"%s\": missing", name);
  if (rank == 0 ? tensor->rank != 3 && tensor->rank != 4 : tensor->rank != rank) {
    return sac_reader_bad(reader, "tensor \"%s\": expected %s axes, found %d", name,
                          rank == 0 ? "3 or 4" : rank == 3 ? "3" : "4", tensor->rank);
  }
  for (int i = 0; i < tensor->rank; i++) {
    if (tensor->shape[i] <= SIDE_MAX) continue;
    return sac_reader_bad(reader, "tensor \"%s\": expected at most %d along axis %d, found %zu", name, SIDE_MAX, i,
                          tensor->shape[i]);
  }
  const size_t width = tensor->shape[tensor->rank - 1];
  if (width == 0 || (tensor->rank == 4 && tensor->shape[1] == 0)) {
    return sac_reader_bad(reader, "tensor \"%s\": expected heads and channels, found none", name);
  }
  if (tensor->rank == 3 && width % heads != 0) {
    return sac_reader_bad(reader, "tensor \"%s\": expected a multiple of %zu heads along the last axis, found %zu",
                          name, heads, width);
  }
  return sac_array_read(out, tensor, SAC_VALUES_FINITE, reader->error) &&
         (tensor->rank == 4 || sac_reader_unpack(reader, heads, out));
}

static double stated_error(const sac_reader_t *reader, const char *name) {
  const char *text = sac_safetensors_metadata(reader->file, "max_abs_error_vs_float64");
  json_t *errors = text == NULL ? NULL : json_loads(text, JSON_REJECT_DUPLICATES, NULL);
  const json_t *found = json_object_get(errors, name);
  const double error = json_is_number(found) ? json_number_value(found) : -1.0;
  json_decref(errors);
  return error;
}

bool sac_reader_output(const sac_reader_t *reader, const json_t *outputs, const char *name, int rank,
                       const size_t *shape) {
  const sac_tensor_t *tensor = sac_safetensors_find(reader->file, name);
  bool asked = outputs == NULL && (tensor != NULL || reader->problem->expected.count == 0);
  for (size_t i = 0; i < json_array_size(outputs); i++) {
    asked |= strcmp(json_string_value(json_array_get(outputs, i)), name) == 0;
  }
  if (!asked) return true;
  sac_output_t *output = &reader->problem->expected.output[reader->problem->expected.count++];
  snprintf(output->name, sizeof output->name, "%s", name);
  output->max_error = stated_error(reader, name);
  output->value.rank = rank;
  output->value.count = 1;
  for (int i = 0; i < rank; i++) {
    output->value.shape[i] = shape[i];
    if (!__builtin_mul_overflow(output->value.count, shape[i], &output->value.count)) continue;
    return sac_reader_bad(reader, "output \"%s\": too large", name);
  }
  return tensor == NULL || (has_shape(reader, tensor, rank, shape) &&
                            sac_array_read(&output->value, tensor, SAC_VALUES_ANY, reader->error));
}
