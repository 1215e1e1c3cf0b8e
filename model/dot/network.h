// SPDX-License-Identifier: Apache-2.0
// The colour network and the basis on the array (rtl/ray/sac_network.sv, rtl/dot/sac_array.sv), organised for speed:
// int16 x int8 products two at a time, many inputs against the same weights. Sums are exact in 32 bits
// (150 * 2^15 * 2^7 < 2^30), so any order gives the array's result.
#ifndef SACCADE_MODEL_NETWORK_H
#define SACCADE_MODEL_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "requantise.h"

// One layer: weights re-packed as [pair of inputs][output][2], outputs padded to 32.
typedef struct {
  int inputs, outputs, padded;
  int16_t *pairs;
  const sac_quant_t *quant;
  int64_t *drain;            // the quant entries for vectors: [field][padded], see network.c
  bool relu;
} sac_layer_t;

// weight(n, k) of the table layout [group of lanes][k] at `base` words; false if memory runs out.
bool sac_layer_open(sac_layer_t *layer, const int8_t *weights, unsigned lanes, unsigned base, int inputs, int outputs,
                    const sac_quant_t *quant, bool relu);
// The narrow last layer: weights at word base + o*ceil(inputs/lanes) + k/lanes (reduce mode).
bool sac_layer_open_reduce(sac_layer_t *layer, const int8_t *weights, unsigned lanes, unsigned base, int inputs,
                           int outputs, const sac_quant_t *quant);
void sac_layer_close(sac_layer_t *layer);

// y[i][0..outputs-1] = requantise(x[i] . W): count inputs with strides in values; x has an even number of values
// (a zero after an odd count).
void sac_layer_run(const sac_layer_t *layer, const int16_t *x, size_t x_stride, int16_t *y, size_t y_stride, size_t count);

#endif
