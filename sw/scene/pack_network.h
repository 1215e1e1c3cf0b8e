// SPDX-License-Identifier: Apache-2.0
// The colour network for pack: basis and layers in integers.
#ifndef SACCADE_PACK_NETWORK_H
#define SACCADE_PACK_NETWORK_H

#include "field.h"
#include "image.h"
#include "occupancy.h"
#include "pack_factors.h"
#include "pack_samples.h"

// Units of the 144 appearance products up to a common factor: those that make the basis' columns
// equally large, so that 8 bits serve them all.
void sac_network_product_units(const sac_field_t *field, double unit[SAC_PRODUCTS]);

// Fills basis, layers, quant entries and phase exponent of the image. `unit` is the value of one
// unit of each quantised product.
bool sac_network_quantise(sac_image_t *image, const sac_field_t *field,
                          const sac_factors_t *appearance, const sac_occupancy_t *occupancy,
                          const sac_samples_t *samples, const double unit[SAC_PRODUCTS],
                          sac_error_t *error);

#endif
