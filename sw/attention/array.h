// SPDX-License-Identifier: Apache-2.0
// A float64 array with its shape, row major: how tensors of an attention problem are held.
#ifndef SACCADE_ATTENTION_ARRAY_H
#define SACCADE_ATTENTION_ARRAY_H

#include "sw/scene/safetensors.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int rank;
  size_t shape[SAC_TENSOR_RANK_MAX];
  size_t count;
  double *data;  // NULL: there is none (an array of no elements has some address)
} sac_array_t;

typedef enum {
  SAC_VALUES_FINITE,  // NaN and infinity are refused
  SAC_VALUES_MASK,    // as FINITE, but -infinity is allowed
  SAC_VALUES_ANY,
} sac_values_t;

// Zeros of this shape.
bool sac_array_make(sac_array_t *array, int rank, const size_t *shape, sac_error_t *error);
// Copies a tensor of any type; a refused value is named by tensor and index.
bool sac_array_read(sac_array_t *array, const sac_tensor_t *tensor, sac_values_t values,
                    sac_error_t *error);
void sac_array_free(sac_array_t *array);

#ifdef __cplusplus
}
#endif

#endif
