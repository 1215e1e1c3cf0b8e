// SPDX-License-Identifier: Apache-2.0
// Stored types of outputs, and the file that holds them (contract: attend_file.h).
#include "attend_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint16_t bfloat_of(double x) {
  const float single = (float)x;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  if (!isfinite(single)) return (uint16_t)(bits >> 16);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static double from_bfloat(uint16_t half) {
  const uint32_t bits = (uint32_t)half << 16;
  float single;
  memcpy(&single, &bits, sizeof single);
  return single;
}

// The type that a file gets for outputs of problems in `dtype`.
static sac_dtype_t stored(sac_dtype_t dtype) {
  return dtype == SAC_DTYPE_F16 || dtype == SAC_DTYPE_BF16 || dtype == SAC_DTYPE_F64 ? dtype : SAC_DTYPE_F32;
}

static void put(sac_dtype_t dtype, double x, void *to) {
  const _Float16 half = (_Float16)x;
  const float single = (float)x;
  const uint16_t brain = bfloat_of(x);
  switch (dtype) {
    case SAC_DTYPE_F16: memcpy(to, &half, sizeof half); break;
    case SAC_DTYPE_BF16: memcpy(to, &brain, sizeof brain); break;
    case SAC_DTYPE_F64: memcpy(to, &x, sizeof x); break;
    default: memcpy(to, &single, sizeof single); break;
  }
}

void sac_outputs_round(sac_outputs_t *outputs, sac_dtype_t dtype) {
  for (size_t n = 0; n < outputs->count; n++) {
    double *x = outputs->output[n].value.data;
    for (size_t i = 0; i < outputs->output[n].value.count; i++) {
      switch (stored(dtype)) {
        case SAC_DTYPE_F16: x[i] = (double)(_Float16)x[i]; break;
        case SAC_DTYPE_BF16: x[i] = from_bfloat(bfloat_of(x[i])); break;
        case SAC_DTYPE_F64: break;
        default: x[i] = (float)x[i]; break;
      }
    }
  }
}

double sac_stored_error(sac_dtype_t dtype, double x) {
  if (!isfinite(x)) return 0.0;
  switch (stored(dtype)) {
    case SAC_DTYPE_F16: return ldexp(fabs(x), -11) + ldexp(1.0, -25);
    case SAC_DTYPE_BF16: return ldexp(fabs(x), -8);
    case SAC_DTYPE_F64: return 0.0;
    default: return ldexp(fabs(x), -24) + ldexp(1.0, -150);
  }
}

bool sac_outputs_write(const sac_outputs_t *outputs, sac_dtype_t dtype, const char *path, sac_error_t *error) {
  const sac_dtype_t type = stored(dtype);
  const size_t bytes = sac_dtype_bytes(type);
  sac_safetensors_writer_t *writer = sac_safetensors_begin(path, error);
  if (!writer) return false;
  for (size_t n = 0; n < outputs->count; n++) {
    const sac_array_t *value = &outputs->output[n].value;
    unsigned char *data = malloc(value->count * bytes + 1);
    bool good = data != NULL || sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory for an output", path);
    for (size_t i = 0; good && i < value->count; i++) put(type, value->data[i], data + i * bytes);
    good = good && sac_safetensors_add(writer, outputs->output[n].name, type, value->rank, value->shape, data, error);
    free(data);
    if (good) continue;
    sac_safetensors_abandon(writer);
    return false;
  }
  return sac_safetensors_commit(writer, error);
}
