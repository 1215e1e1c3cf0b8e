// SPDX-License-Identifier: Apache-2.0
// Verbs of the saccade command. argv[0] is the verb; each returns true only if all that was asked held.
#ifndef SACCADE_TOOLS_VERBS_H
#define SACCADE_TOOLS_VERBS_H

#include "saccade/error.h"

bool sac_verb_attend(int argc, char **argv, sac_error_t *error);
bool sac_verb_info(int argc, char **argv, sac_error_t *error);
bool sac_verb_pack(int argc, char **argv, sac_error_t *error);
bool sac_verb_render(int argc, char **argv, sac_error_t *error);

#endif
