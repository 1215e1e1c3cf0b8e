// SPDX-License-Identifier: Apache-2.0
// Strict reader of safetensors files (contract: safetensors.h). The whole file is read, so that a
// file that changes underneath cannot hurt.
#define _GNU_SOURCE 1
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "safetensors.h"

enum { HEADER_MAX = 100000000, MESSAGE_NAME_MAX = 80 };

struct sac_safetensors {
  char *path;
  json_t *header;
  unsigned char *data;
  uint64_t data_bytes;
  sac_tensor_t *tensor;  // by place in the file
  size_t count;
};

static bool bad(const sac_safetensors_t *file, sac_error_t *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool bad(const sac_safetensors_t *file, sac_error_t *error, const char *format, ...) {
  char text[SAC_ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: %s", file->path, text);
}

static bool read_shape(sac_safetensors_t *file, sac_tensor_t *tensor, const json_t *shape,
                       sac_error_t *error) {
  if (!json_is_array(shape)) {
    return bad(file, error, "tensor \"%.*s\": expected \"shape\" to be a list", MESSAGE_NAME_MAX,
               tensor->name);
  }
  if (json_array_size(shape) > SAC_TENSOR_RANK_MAX) {
    return bad(file, error, "tensor \"%.*s\": expected at most %d axes, found %zu",
               MESSAGE_NAME_MAX, tensor->name, SAC_TENSOR_RANK_MAX, json_array_size(shape));
  }
  tensor->rank = (int)json_array_size(shape);
  size_t count = 1;
  for (int i = 0; i < tensor->rank; i++) {
    const json_t *side = json_array_get(shape, (size_t)i);
    if (!json_is_integer(side) || json_integer_value(side) < 0) {
      return bad(file, error, "tensor \"%.*s\": expected shape[%d] to be a whole number from 0",
                 MESSAGE_NAME_MAX, tensor->name, i);
    }
    tensor->shape[i] = (size_t)json_integer_value(side);
    if (__builtin_mul_overflow(count, tensor->shape[i], &count)) {
      return bad(file, error, "tensor \"%.*s\": its shape has more elements than fit a file",
                 MESSAGE_NAME_MAX, tensor->name);
    }
  }
  tensor->count = count;
  if (__builtin_mul_overflow(count, sac_dtype_bytes(tensor->dtype), &tensor->bytes)) {
    return bad(file, error, "tensor \"%.*s\": its shape has more elements than fit a file",
               MESSAGE_NAME_MAX, tensor->name);
  }
  return true;
}

static bool read_dtype(sac_safetensors_t *file, sac_tensor_t *tensor, const json_t *dtype,
                       sac_error_t *error) {
  const char *name = json_string_value(dtype);
  for (int i = SAC_DTYPE_BOOL; name != NULL && i <= SAC_DTYPE_F64; i++) {
    if (strcmp(name, sac_dtype_name((sac_dtype_t)i)) != 0) continue;
    tensor->dtype = (sac_dtype_t)i;
    return true;
  }
  return bad(file, error,
             "tensor \"%.*s\": expected dtype BOOL, U8, I8, I16, F16, BF16, I32, U32, F32, I64 or F64, "
             "found %.*s",
             MESSAGE_NAME_MAX, tensor->name, 20, name == NULL ? "no string" : name);
}

static bool read_offsets(sac_safetensors_t *file, sac_tensor_t *tensor, const json_t *offsets,
                         sac_error_t *error) {
  const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
  if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
      json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin)) {
    return bad(file, error, "tensor \"%.*s\": expected \"data_offsets\" to be [begin, end]",
               MESSAGE_NAME_MAX, tensor->name);
  }
  const uint64_t from = (uint64_t)json_integer_value(begin);
  const uint64_t to = (uint64_t)json_integer_value(end);
  if (to > file->data_bytes) {
    return bad(file, error,
               "tensor \"%.*s\": data_offsets [%llu, %llu] leave the file, which has %llu bytes of "
               "data",
               MESSAGE_NAME_MAX, tensor->name, (unsigned long long)from, (unsigned long long)to,
               (unsigned long long)file->data_bytes);
  }
  if (to - from != tensor->bytes) {
    return bad(file, error,
               "tensor \"%.*s\": expected %zu bytes for its shape and dtype %s, found data_offsets "
               "of %llu bytes",
               MESSAGE_NAME_MAX, tensor->name, tensor->bytes, sac_dtype_name(tensor->dtype),
               (unsigned long long)(to - from));
  }
  tensor->data = file->data + from;
  return true;
}

static bool read_tensor(sac_safetensors_t *file, const char *name, json_t *entry,
                        sac_error_t *error) {
  sac_tensor_t *tensor = &file->tensor[file->count++];
  tensor->file = file->path;
  tensor->name = name;
  if (!json_is_object(entry)) {
    return bad(file, error, "tensor \"%.*s\": expected an object", MESSAGE_NAME_MAX, name);
  }
  const char *key;
  json_t *value;
  json_object_foreach(entry, key, value) {
    if (strcmp(key, "dtype") != 0 && strcmp(key, "shape") != 0 &&
        strcmp(key, "data_offsets") != 0) {
      return bad(file, error, "tensor \"%.*s\": unknown key \"%.*s\"", MESSAGE_NAME_MAX, name,
                 MESSAGE_NAME_MAX, key);
    }
  }
  return read_dtype(file, tensor, json_object_get(entry, "dtype"), error) &&
         read_shape(file, tensor, json_object_get(entry, "shape"), error) &&
         read_offsets(file, tensor, json_object_get(entry, "data_offsets"), error);
}

static bool check_metadata(const sac_safetensors_t *file, json_t *metadata, sac_error_t *error) {
  if (!json_is_object(metadata)) {
    return bad(file, error, "\"__metadata__\": expected an object of strings");
  }
  const char *key;
  json_t *value;
  json_object_foreach(metadata, key, value) {
    if (json_is_string(value)) continue;
    return bad(file, error, "\"__metadata__\": expected \"%.*s\" to be a string", MESSAGE_NAME_MAX,
               key);
  }
  return true;
}

static int by_place(const void *left, const void *right) {
  const sac_tensor_t *a = left, *b = right;
  if (a->data != b->data) return (const char *)a->data < (const char *)b->data ? -1 : 1;
  if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
  return strcmp(a->name, b->name);
}

// The tensors must follow each other from the first to the last byte.
static bool check_cover(sac_safetensors_t *file, sac_error_t *error) {
  if (file->count > 0) qsort(file->tensor, file->count, sizeof *file->tensor, by_place);
  const unsigned char *place = file->data;
  for (size_t i = 0; i < file->count; i++) {
    const sac_tensor_t *tensor = &file->tensor[i];
    const unsigned char *begin = tensor->data;
    if (begin < place) {
      return bad(file, error, "tensors \"%.*s\" and \"%.*s\" overlap", MESSAGE_NAME_MAX,
                 file->tensor[i - 1].name, MESSAGE_NAME_MAX, tensor->name);
    }
    if (begin > place) {
      return bad(file, error, "%zu bytes before tensor \"%.*s\" belong to no tensor",
                 (size_t)(begin - place), MESSAGE_NAME_MAX, tensor->name);
    }
    place = begin + tensor->bytes;
  }
  const size_t rest = (size_t)(file->data + file->data_bytes - place);
  if (rest == 0) return true;
  return bad(file, error, "%zu bytes after the last tensor belong to no tensor", rest);
}

static bool parse_header(sac_safetensors_t *file, const char *text, size_t bytes,
                         sac_error_t *error) {
  json_error_t reason;
  file->header = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &reason);
  if (file->header == NULL) {
    return bad(file, error, "header: line %d, column %d: %s", reason.line, reason.column,
               reason.text);
  }
  if (!json_is_object(file->header)) return bad(file, error, "header: expected a JSON object");
  file->tensor = calloc(json_object_size(file->header) + 1, sizeof *file->tensor);
  if (file->tensor == NULL) {
    return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for its header", file->path);
  }
  const char *name;
  json_t *entry;
  json_object_foreach(file->header, name, entry) {
    const bool metadata = strcmp(name, "__metadata__") == 0;
    if (metadata ? !check_metadata(file, entry, error) : !read_tensor(file, name, entry, error)) {
      return false;
    }
  }
  return check_cover(file, error);
}

static bool read_stream(sac_safetensors_t *file, FILE *stream, sac_error_t *error) {
  struct stat status;
  if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode)) {
    return sac_error_set(error, SAC_ERR_FILE, "%s: expected a safetensors file, found no file",
                         file->path);
  }
  const uint64_t size = (uint64_t)status.st_size;
  unsigned char prefix[8];
  if (size < sizeof prefix || fread(prefix, sizeof prefix, 1, stream) != 1) {
    return bad(file, error,
               "expected a safetensors file (8 bytes of header size first), found %llu bytes",
               (unsigned long long)size);
  }
  uint64_t header = 0;
  for (int i = 7; i >= 0; i--) header = header << 8 | prefix[i];
  if (header > HEADER_MAX || header > size - sizeof prefix) {
    return bad(file, error,
               "header: expected a size of at most %llu bytes (what the file has, and %d), found "
               "%llu; truncated, or no safetensors file",
               (unsigned long long)(size - sizeof prefix), HEADER_MAX, (unsigned long long)header);
  }
  file->data_bytes = size - sizeof prefix - header;
  char *text = malloc((size_t)header + 1);
  file->data = malloc((size_t)file->data_bytes + 1);
  bool good = text != NULL && file->data != NULL;
  if (!good) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for its %llu bytes", file->path,
                  (unsigned long long)size);
  } else if (fread(text, 1, (size_t)header, stream) != header ||
             fread(file->data, 1, (size_t)file->data_bytes, stream) != file->data_bytes) {
    good = sac_error_set(error, SAC_ERR_FILE, "%s: cannot be read to its end", file->path);
  } else {
    good = parse_header(file, text, (size_t)header, error);
  }
  free(text);
  return good;
}

sac_safetensors_t *sac_safetensors_open(const char *path, sac_error_t *error) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) {
    sac_error_set(error, SAC_ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    return NULL;
  }
  sac_safetensors_t *file = calloc(1, sizeof *file);
  bool good = file != NULL && (file->path = strdup(path)) != NULL;
  if (good) {
    good = read_stream(file, stream, error);
  } else {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", path);
  }
  fclose(stream);
  if (good) return file;
  sac_safetensors_close(file);
  return NULL;
}

void sac_safetensors_close(sac_safetensors_t *file) {
  if (file == NULL) return;
  json_decref(file->header);
  free(file->tensor);
  free(file->data);
  free(file->path);
  free(file);
}

const char *sac_safetensors_path(const sac_safetensors_t *file) { return file->path; }

size_t sac_safetensors_count(const sac_safetensors_t *file) { return file->count; }

const sac_tensor_t *sac_safetensors_at(const sac_safetensors_t *file, size_t index) {
  return &file->tensor[index];
}

const sac_tensor_t *sac_safetensors_find(const sac_safetensors_t *file, const char *name) {
  for (size_t i = 0; i < file->count; i++) {
    if (strcmp(file->tensor[i].name, name) == 0) return &file->tensor[i];
  }
  return NULL;
}

const char *sac_safetensors_metadata(const sac_safetensors_t *file, const char *key) {
  return json_string_value(json_object_get(json_object_get(file->header, "__metadata__"), key));
}

static void print_shape(char text[128], int rank, const size_t *shape) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < rank && used < 100; i++) {
    used += (size_t)snprintf(text + used, 128 - used, "%s%zu", i > 0 ? ", " : "", shape[i]);
  }
}

const sac_tensor_t *sac_safetensors_require(const sac_safetensors_t *file, const char *name,
                                            int rank, const size_t *shape, sac_error_t *error) {
  const sac_tensor_t *tensor = sac_safetensors_find(file, name);
  char expected[128], found[128];
  print_shape(expected, rank, shape);
  if (tensor == NULL) {
    bad(file, error, "tensor \"%s\" of shape (%s): missing", name, expected);
    return NULL;
  }
  bool same = tensor->rank == rank;
  for (int i = 0; same && i < rank; i++) same = tensor->shape[i] == shape[i];
  if (same) return tensor;
  print_shape(found, tensor->rank, tensor->shape);
  bad(file, error, "tensor \"%s\": expected shape (%s), found (%s)", name, expected, found);
  return NULL;
}
