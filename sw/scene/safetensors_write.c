// SPDX-License-Identifier: Apache-2.0
// Writer of safetensors files (contract: safetensors.h).
#define _GNU_SOURCE 1
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "safetensors.h"

typedef struct {
  char *name;
  sac_dtype_t dtype;
  int rank;
  size_t shape[SAC_TENSOR_RANK_MAX];
  size_t bytes;
  void *data;
} entry_t;

struct sac_safetensors_writer {
  char *path;
  json_t *metadata;
  entry_t *entry;
  size_t count;
};

static bool no_memory(const sac_safetensors_writer_t *writer, sac_error_t *error) {
  return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory to write it", writer->path);
}

sac_safetensors_writer_t *sac_safetensors_begin(const char *path, sac_error_t *error) {
  sac_safetensors_writer_t *writer = calloc(1, sizeof *writer);
  if (writer != NULL && (writer->path = strdup(path)) != NULL &&
      (writer->metadata = json_object()) != NULL) {
    return writer;
  }
  sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory to write it", path);
  sac_safetensors_abandon(writer);
  return NULL;
}

bool sac_safetensors_add(sac_safetensors_writer_t *writer, const char *name, sac_dtype_t dtype,
                         int rank, const size_t *shape, const void *data, sac_error_t *error) {
  bool taken = strcmp(name, "__metadata__") == 0;
  for (size_t i = 0; i < writer->count; i++) taken |= strcmp(writer->entry[i].name, name) == 0;
  if (taken || rank < 0 || rank > SAC_TENSOR_RANK_MAX) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: tensor \"%s\": %s", writer->path, name,
                         taken ? "its name is taken" : "expected at most 8 axes");
  }
  entry_t *grown = realloc(writer->entry, (writer->count + 1) * sizeof *grown);
  if (grown == NULL) return no_memory(writer, error);
  writer->entry = grown;
  entry_t *entry = &writer->entry[writer->count];
  *entry = (entry_t){.dtype = dtype, .rank = rank, .bytes = sac_dtype_bytes(dtype)};
  for (int i = 0; i < rank; i++) {
    entry->shape[i] = shape[i];
    entry->bytes *= shape[i];
  }
  entry->name = strdup(name);
  entry->data = malloc(entry->bytes + 1);
  if (entry->name == NULL || entry->data == NULL) {
    free(entry->name);
    free(entry->data);
    return no_memory(writer, error);
  }
  if (entry->bytes > 0) memcpy(entry->data, data, entry->bytes);
  writer->count++;
  return true;
}

bool sac_safetensors_add_metadata(sac_safetensors_writer_t *writer, const char *key,
                                  const char *value, sac_error_t *error) {
  if (json_object_set_new(writer->metadata, key, json_string(value)) == 0) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: metadata \"%s\": expected valid UTF-8",
                       writer->path, key);
}

static json_t *describe(const entry_t *entry, size_t begin) {
  json_t *shape = json_array();
  for (int i = 0; i < entry->rank; i++) {
    json_array_append_new(shape, json_integer((json_int_t)entry->shape[i]));
  }
  return json_pack("{s:s, s:o, s:[I, I]}", "dtype", sac_dtype_name(entry->dtype), "shape", shape,
                   "data_offsets", (json_int_t)begin, (json_int_t)(begin + entry->bytes));
}

// The header, padded with spaces to a multiple of 8 bytes; entries come by falling element size.
static char *make_header(const sac_safetensors_writer_t *writer, const entry_t **order) {
  json_t *header = json_object();
  bool good = header != NULL;
  if (good && json_object_size(writer->metadata) > 0) {
    good = json_object_set(header, "__metadata__", writer->metadata) == 0;
  }
  size_t placed = 0, offset = 0;
  for (size_t size = 8; size > 0; size /= 2) {
    for (size_t i = 0; i < writer->count; i++) {
      const entry_t *entry = &writer->entry[i];
      if (sac_dtype_bytes(entry->dtype) != size) continue;
      order[placed++] = entry;
      good = good && json_object_set_new(header, entry->name, describe(entry, offset)) == 0;
      offset += entry->bytes;
    }
  }
  char *text = good ? json_dumps(header, JSON_COMPACT) : NULL;
  json_decref(header);
  if (text == NULL) return NULL;
  const size_t length = strlen(text), padded = (length + 7) / 8 * 8;
  char *grown = realloc(text, padded + 1);
  if (grown == NULL) {
    free(text);
    return NULL;
  }
  memset(grown + length, ' ', padded - length);
  grown[padded] = '\0';
  return grown;
}

bool sac_safetensors_commit(sac_safetensors_writer_t *writer, sac_error_t *error) {
  const entry_t **order = calloc(writer->count + 1, sizeof *order);
  char *header = order == NULL ? NULL : make_header(writer, order);
  sac_atomic_file_t file;
  bool done = header != NULL || no_memory(writer, error);
  if (done && (done = sac_atomic_open(&file, writer->path, error))) {
    const size_t length = strlen(header);
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++) prefix[i] = (unsigned char)((uint64_t)length >> (8 * i));
    fwrite(prefix, sizeof prefix, 1, file.stream);
    fwrite(header, 1, length, file.stream);
    for (size_t i = 0; i < writer->count; i++) {
      fwrite(order[i]->data, 1, order[i]->bytes, file.stream);
    }
    done = sac_atomic_commit(&file, error);  // a failed write shows there
  }
  free(header);
  free(order);
  sac_safetensors_abandon(writer);
  return done;
}

void sac_safetensors_abandon(sac_safetensors_writer_t *writer) {
  if (writer == NULL) return;
  for (size_t i = 0; i < writer->count; i++) {
    free(writer->entry[i].name);
    free(writer->entry[i].data);
  }
  free(writer->entry);
  json_decref(writer->metadata);
  free(writer->path);
  free(writer);
}
