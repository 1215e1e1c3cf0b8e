// SPDX-License-Identifier: Apache-2.0
// Float64 arrays (contract: array.h).
#include "array.h"

#include <math.h>
#include <stdlib.h>

bool sac_array_make(sac_array_t *array, int rank, const size_t *shape, sac_error_t *error) {
  *array = (sac_array_t){.rank = rank, .count = 1};
  bool fits = true;
  for (int i = 0; i < rank; i++) {
    array->shape[i] = shape[i];
    fits &= !__builtin_mul_overflow(array->count, shape[i], &array->count);
  }
  if (fits) array->data = calloc(array->count + 1, sizeof *array->data);
  if (array->data != NULL) return true;
  return sac_error_set(error, SAC_ERR_MEMORY, "no memory for an array of %s%zu elements", fits ? "" : "more than ",
                       fits ? array->count : SIZE_MAX);
}

bool sac_array_read(sac_array_t *array, const sac_tensor_t *tensor, sac_values_t values, sac_error_t *error) {
  if (!sac_array_make(array, tensor->rank, tensor->shape, error)) return sac_error_in(error, tensor->file);
  sac_tensor_doubles(tensor, array->data);
  for (size_t i = 0; values != SAC_VALUES_ANY && i < array->count; i++) {
    const double value = array->data[i];
    if (isfinite(value) || (values == SAC_VALUES_MASK && value == -INFINITY)) continue;
    sac_array_free(array);
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: tensor \"%s\", element %zu: expected a finite number%s, found %s",
                         tensor->file, tensor->name, i, values == SAC_VALUES_MASK ? " or -infinity" : "",
                         isnan(value) ? "NaN" : value < 0 ? "-infinity" : "infinity");
  }
  return true;
}

void sac_array_free(sac_array_t *array) {
  free(array->data);
  *array = (sac_array_t){0};
}
