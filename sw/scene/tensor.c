// SPDX-License-Identifier: Apache-2.0
// Element types of safetensors and their conversion to floats (contract: safetensors.h).
#include <math.h>
#include <string.h>

#include "safetensors.h"

static const struct {
  const char *name;
  size_t bytes;
} kTypes[] = {
    [SAC_DTYPE_BOOL] = {"BOOL", 1}, [SAC_DTYPE_U8] = {"U8", 1},   [SAC_DTYPE_I8] = {"I8", 1},
    [SAC_DTYPE_I16] = {"I16", 2},   [SAC_DTYPE_F16] = {"F16", 2}, [SAC_DTYPE_BF16] = {"BF16", 2},
    [SAC_DTYPE_I32] = {"I32", 4},   [SAC_DTYPE_U32] = {"U32", 4}, [SAC_DTYPE_F32] = {"F32", 4},
    [SAC_DTYPE_I64] = {"I64", 8},   [SAC_DTYPE_F64] = {"F64", 8},
};

const char *sac_dtype_name(sac_dtype_t dtype) { return kTypes[dtype].name; }

size_t sac_dtype_bytes(sac_dtype_t dtype) { return kTypes[dtype].bytes; }

bool sac_tensor_require_dtype(const sac_tensor_t *tensor, sac_dtype_t dtype, sac_error_t *error) {
  if (tensor->dtype == dtype) return true;
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: tensor \"%s\": expected dtype %s, found %s",
                       tensor->file, tensor->name, sac_dtype_name(dtype),
                       sac_dtype_name(tensor->dtype));
}

float sac_half_to_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  const uint32_t exponent = (half >> 10) & 31u, fraction = half & 1023u;
  uint32_t bits;
  float value;
  if (exponent == 0) {
    value = ldexpf((float)fraction, -24);  // zero and subnormals
    return sign != 0 ? -value : value;
  }
  if (exponent == 31) {
    bits = sign | 0x7f800000u | fraction << 13;
  } else {
    bits = sign | (exponent + 112u) << 23 | fraction << 13;
  }
  memcpy(&value, &bits, sizeof value);
  return value;
}

static double element(sac_dtype_t dtype, const unsigned char *at) {
  union {
    uint8_t u8;
    int8_t i8;
    int16_t i16;
    uint16_t u16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    float f32;
    double f64;
  } value = {0};
  memcpy(&value, at, sac_dtype_bytes(dtype));
  switch (dtype) {
    case SAC_DTYPE_BOOL: return value.u8 != 0;
    case SAC_DTYPE_U8: return value.u8;
    case SAC_DTYPE_I8: return value.i8;
    case SAC_DTYPE_I16: return value.i16;
    case SAC_DTYPE_F16: return (double)sac_half_to_float(value.u16);
    case SAC_DTYPE_BF16:
      value.u32 <<= 16;  // the upper half of a float
      return (double)value.f32;
    case SAC_DTYPE_I32: return value.i32;
    case SAC_DTYPE_U32: return value.u32;
    case SAC_DTYPE_F32: return (double)value.f32;
    case SAC_DTYPE_I64: return (double)value.i64;
    case SAC_DTYPE_F64: return value.f64;
  }
  return 0.0;
}

void sac_tensor_doubles(const sac_tensor_t *tensor, double *out) {
  const size_t bytes = sac_dtype_bytes(tensor->dtype);
  for (size_t i = 0; i < tensor->count; i++) {
    out[i] = element(tensor->dtype, (const unsigned char *)tensor->data + i * bytes);
  }
}

bool sac_tensor_floats(const sac_tensor_t *tensor, float *out, sac_error_t *error) {
  if (tensor->dtype == SAC_DTYPE_F32) {
    if (tensor->bytes > 0) memcpy(out, tensor->data, tensor->bytes);
  } else if (tensor->dtype == SAC_DTYPE_F16) {
    for (size_t i = 0; i < tensor->count; i++) {
      uint16_t half;
      memcpy(&half, (const char *)tensor->data + 2 * i, sizeof half);
      out[i] = sac_half_to_float(half);
    }
  } else {
    return sac_error_set(error, SAC_ERR_FORMAT,
                         "%s: tensor \"%s\": expected dtype F16 or F32, found %s", tensor->file,
                         tensor->name, sac_dtype_name(tensor->dtype));
  }
  for (size_t i = 0; i < tensor->count; i++) {
    if (isfinite(out[i])) continue;
    return sac_error_set(error, SAC_ERR_FORMAT,
                         "%s: tensor \"%s\", element %zu: expected a finite number, found %s",
                         tensor->file, tensor->name, i, isnan(out[i]) ? "NaN" : "infinity");
  }
  return true;
}
