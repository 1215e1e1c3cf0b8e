// SPDX-License-Identifier: Apache-2.0
// Results as JSON (--stats): keys in a fixed order, written whole or not at all.
#ifndef SACCADE_TOOLS_STATS_H
#define SACCADE_TOOLS_STATS_H

#include <jansson.h>

#include "config.h"

// Adds config, config_hash and capacities.
void sac_stats_config(json_t *root, const sac_machine_config_t *config);
// Adds counters.{unit}.{name}.
void sac_stats_counters(json_t *root, const uint32_t counters[SAC_COUNTERS]);
// Writes and releases `root`.
bool sac_stats_write(json_t *root, const char *path, sac_error_t *error);

#endif
