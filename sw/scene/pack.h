// SPDX-License-Identifier: Apache-2.0
// Float scene to packed scene: drop what no sample reads, prune what no eye sees, quantise, encode
// (docs/architecture.md, sections 1 and 5).
#ifndef SACCADE_PACK_H
#define SACCADE_PACK_H

#include "field.h"
#include "image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  // Plane values are dropped whose influence is below prune times the root mean square of their
  // kind (density, appearance). Influence: the change of the picture's colours, summed over the
  // vertices that read the value, that dropping it makes to first order.
  double prune;
  int bits;  // of a plane value: 4 to 8 or 16
  sac_encoding_t encoding;
  double occupancy;  // alpha above which a cell is active
} sac_pack_options_t;

// What `saccade pack` uses where nothing is said.
sac_pack_options_t sac_pack_defaults(void);

bool sac_image_pack(const sac_field_t *field, const sac_pack_options_t *options,
                    sac_image_t *image, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
