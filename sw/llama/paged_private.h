// SPDX-License-Identifier: Apache-2.0
// What paged.c makes and paged_step.c runs.
#ifndef SACCADE_LLAMA_PAGED_PRIVATE_H
#define SACCADE_LLAMA_PAGED_PRIVATE_H

#include "paged.h"

struct sac_llama_paged {
  sac_device_t *device;
  const sac_llama_t *llama;
  sac_llama_paged_setup_t setup;
  uint32_t pages;                         // of each sequence
  uint32_t d, k_bytes, v_bytes;           // channels padded; bytes of a row
  double *mean, *k_factor, *v_factor;     // [layers][kv_heads][head_dim]
  double *k_unit, *v_unit;                // [layers][kv_heads] real number for each step of a value
  uint8_t output_shift;
  uint32_t k, v, q, y;                    // in device memory: caches of layer 0, rows of a step
  uint64_t clipped;
};

// Bytes of a layer's cache of rows of so many bytes.
static inline size_t sac_llama_cache_bytes(const sac_llama_paged_t *p, uint32_t row_bytes) {
  return (size_t)p->pages * p->setup.sequences * p->llama->kv_heads * row_bytes << p->setup.page_log2;
}

bool sac_llama_paged_attend(void *self, const sac_llama_step_t *step, const double *q, const double *k, const double *v,
                            double *y, sac_error_t *error);

#endif
