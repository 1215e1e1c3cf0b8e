// SPDX-License-Identifier: Apache-2.0
// Safetensors files: a JSON header (names, types, shapes, places; string metadata) before raw
// little-endian data. The reader is strict: a tensor's bytes must follow from its type and shape,
// and the tensors must cover the data without overlap, hole or rest. The writer's bytes depend on
// nothing but what it is given.
#ifndef SACCADE_SAFETENSORS_H
#define SACCADE_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_TENSOR_RANK_MAX = 8 };

typedef enum {
  SAC_DTYPE_BOOL,
  SAC_DTYPE_U8,
  SAC_DTYPE_I8,
  SAC_DTYPE_I16,
  SAC_DTYPE_F16,
  SAC_DTYPE_BF16,
  SAC_DTYPE_I32,
  SAC_DTYPE_U32,
  SAC_DTYPE_F32,
  SAC_DTYPE_I64,
  SAC_DTYPE_F64,
} sac_dtype_t;

typedef struct {
  const char *file;  // path that the file was opened with: for messages
  const char *name;
  sac_dtype_t dtype;
  int rank;
  size_t shape[SAC_TENSOR_RANK_MAX];
  size_t count;      // elements
  size_t bytes;
  const void *data;  // maybe not aligned: use memcpy or a conversion below
} sac_tensor_t;

const char *sac_dtype_name(sac_dtype_t dtype);  // "F16"
size_t sac_dtype_bytes(sac_dtype_t dtype);

// Reading. What the functions return belongs to the file and lives until it is closed.
typedef struct sac_safetensors sac_safetensors_t;

sac_safetensors_t *sac_safetensors_open(const char *path, sac_error_t *error);
void sac_safetensors_close(sac_safetensors_t *file);
const char *sac_safetensors_path(const sac_safetensors_t *file);
size_t sac_safetensors_count(const sac_safetensors_t *file);
const sac_tensor_t *sac_safetensors_at(const sac_safetensors_t *file, size_t index);
const sac_tensor_t *sac_safetensors_find(const sac_safetensors_t *file, const char *name);
const char *sac_safetensors_metadata(const sac_safetensors_t *file, const char *key);

// The tensor with this name and shape, or NULL with an error that says what is there instead.
const sac_tensor_t *sac_safetensors_require(const sac_safetensors_t *file, const char *name,
                                            int rank, const size_t *shape, sac_error_t *error);
bool sac_tensor_require_dtype(const sac_tensor_t *tensor, sac_dtype_t dtype, sac_error_t *error);

// Copies an F16 or F32 tensor into floats (exact). NaN and infinity are refused, with their index.
bool sac_tensor_floats(const sac_tensor_t *tensor, float *out, sac_error_t *error);
float sac_half_to_float(uint16_t half);
// Any type, exact up to 2^53; NaN and infinity are kept.
void sac_tensor_doubles(const sac_tensor_t *tensor, double *out);

// Writing: begin, add in any order, then commit or abandon, which both free the writer.
// Data and strings are copied. Larger elements come first in the file, so that all are aligned.
typedef struct sac_safetensors_writer sac_safetensors_writer_t;

sac_safetensors_writer_t *sac_safetensors_begin(const char *path, sac_error_t *error);
bool sac_safetensors_add(sac_safetensors_writer_t *writer, const char *name, sac_dtype_t dtype,
                         int rank, const size_t *shape, const void *data, sac_error_t *error);
bool sac_safetensors_add_metadata(sac_safetensors_writer_t *writer, const char *key,
                                  const char *value, sac_error_t *error);
// Writes beside the path, then renames: a failure leaves nothing behind.
bool sac_safetensors_commit(sac_safetensors_writer_t *writer, sac_error_t *error);
void sac_safetensors_abandon(sac_safetensors_writer_t *writer);

#ifdef __cplusplus
}
#endif

#endif
