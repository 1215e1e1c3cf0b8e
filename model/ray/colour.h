// SPDX-License-Identifier: Apache-2.0
// The colour network of a scene: layers re-packed from the on-chip tables (docs/architecture.md, sections 4 and 5).
#ifndef SACCADE_MODEL_COLOUR_H
#define SACCADE_MODEL_COLOUR_H

#include "../dot/network.h"
#include "tile.h"

typedef struct sac_network {
  sac_layer_t layer[3];
} sac_network_t;

// False if memory runs out.
bool sac_network_open(sac_network_t *network, const sac_tables_t *tables, unsigned lanes);
void sac_network_close(sac_network_t *network);

#endif
