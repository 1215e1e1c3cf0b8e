// SPDX-License-Identifier: Apache-2.0
// Design points: configs/*.yaml, checked against the legal ranges of the specification. An unknown key, a wrong type or
// a value out of range is refused with file and line.
#ifndef SACCADE_TOOLS_CONFIG_H
#define SACCADE_TOOLS_CONFIG_H

#include "model/saccade_model.h"
#include "saccade/error.h"

bool sac_config_load(sac_machine_config_t *config, const char *path, sac_error_t *error);

#endif
