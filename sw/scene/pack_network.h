// SPDX-License-Identifier: Apache-2.0
// The colour network for pack: the float network on the scene's own features, and its integers.
#ifndef SACCADE_PACK_NETWORK_H
#define SACCADE_PACK_NETWORK_H

#include "field.h"
#include "image.h"
#include "occupancy.h"
#include "pack_factors.h"

// Vertices and view directions that stand for what the network will see; fixed by the scene.
typedef struct {
  int count;
  int (*at)[3];          // vertices
  double (*view)[3];     // unit world directions
} sac_samples_t;

// At most `count` corners of active cells, evenly spread, each with a direction.
bool sac_samples_pick(sac_samples_t *samples, const sac_occupancy_t *occupancy, int count,
                      sac_error_t *error);
void sac_samples_free(sac_samples_t *samples);

// Root mean square over the samples of d(colour)/d(feature), for each of the 27 features.
void sac_network_sensitivity(const sac_field_t *field, const sac_factors_t *appearance,
                             const sac_samples_t *samples, double sensitivity[SAC_FEATURES]);

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
