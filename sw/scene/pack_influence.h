// SPDX-License-Identifier: Apache-2.0
// How much a plane value matters to the picture, and dropping those that do not.
#ifndef SACCADE_PACK_INFLUENCE_H
#define SACCADE_PACK_INFLUENCE_H

#include "occupancy.h"
#include "pack_factors.h"
#include "pack_visibility.h"

typedef struct {
  const float *basis;         // 27 x 144
  const double *sensitivity;  // d(colour) / d(feature), root mean square
  const sac_visibility_t *visibility;
} sac_influence_t;

// Fills `weight` of both kinds: the square of the change of colour that a change of one in a plane
// value makes, to first order, summed over the corners of active cells that read it. Density
// counts by how alpha changes there, appearance by the samples' weights and by the network's
// sensitivity to features.
void sac_influence_weigh(const sac_influence_t *influence, sac_factors_t *density,
                         sac_factors_t *appearance, const sac_occupancy_t *occupancy);

// Zeroes plane values whose influence |value| * sqrt(weight) is below `threshold` times the root
// mean square of the influence of all values of both kinds that have any.
void sac_influence_prune(sac_factors_t *density, sac_factors_t *appearance, double threshold);

// Zeroes plane values, floats and integers, that no corner of an active cell reads. No picture
// changes by this.
void sac_influence_drop_unread(sac_factors_t *factors, const sac_occupancy_t *occupancy);

#endif
