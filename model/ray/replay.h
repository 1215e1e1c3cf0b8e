// SPDX-License-Identifier: Apache-2.0
// Replays the record of a RENDER (work.h) on a configuration: memory accesses and caches in the machine's order, work
// counters, and the cycles of each unit by "reserve, then run": a token starts when its input is there, its output has
// room and its unit is free.
#ifndef SACCADE_MODEL_REPLAY_H
#define SACCADE_MODEL_REPLAY_H

#include "../host/model.h"
#include "render.h"

sac_outcome_t sac_time_replay(sac_model_t *model, const sac_work_t *work, uint64_t *cycles);

#endif
