// SPDX-License-Identifier: Apache-2.0
// Quantisers of pack and the rounding primitives of docs/architecture.md: 8-bit weight rows with a
// requantiser an output, and the step of a plane's values.
#ifndef SACCADE_QUANTISE_H
#define SACCADE_QUANTISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"

#ifdef __cplusplus
extern "C" {
#endif

// x / 2^n, half to even.
int64_t sac_quantise_round_even(int64_t x, int n);

// Clamp to the signed range of `bits`.
int64_t sac_quantise_saturate(int64_t x, int bits);

// The entry that multiplies an accumulator by `factor` > 0 after adding `bias` accumulator units.
sac_quant_t sac_quant_make(double factor, double bias);

// What the hardware's requantiser gives.
int32_t sac_quant_apply(const sac_quant_t *quant, int64_t accumulator, bool relu);

// Quantises rows of weights to 8 bits: out[r][c] * unit[r] stands for weight[r][c]. `covariance`
// (columns x columns, of the inputs) makes it minimise the variance of the output's error instead
// of the weights': rounding errors of correlated inputs then cancel.
void sac_quantise_rows(const double *weight, int rows, int columns, const double *covariance,
                       int8_t *out, double *unit);

// Step of a uniform quantiser of `count` values (stride apart) with `bits` bits that minimises the
// squared error weighted by `weight` (same places): the largest magnitude over 2^(bits-1) - 1, or
// less where clipping a few values pays. 0 where all values are zero.
double sac_quantise_step(const float *value, const float *weight, size_t count, size_t stride,
                         int bits);

#ifdef __cplusplus
}
#endif

#endif
