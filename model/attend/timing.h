// SPDX-License-Identifier: Apache-2.0
// Cycles of ATTEND: a tile is fetched while the one before is worked at, the array does the QK of a step before the PV
// of the one before (rtl/attend/sac_attend_issue.sv), the softmax lanes work between both; a block is written while the
// next one is computed. Approximate: latencies are constants, reads and writes share the port evenly.
#ifndef SACCADE_MODEL_ATTEND_TIMING_H
#define SACCADE_MODEL_ATTEND_TIMING_H

#include "kv.h"
#include "tiles.h"

typedef struct {
  const sac_attend_job_t *job;
  uint64_t latency, bytes_per_cycle, lanes, attend_lanes;
  uint64_t memory;           // the memory port is free for reads
  uint64_t output;           // the rows before are written
  uint64_t array;            // the array is free
  uint64_t k_done[2], v_done[2];  // the last operation of the tile of this parity has read its K, its V
  uint64_t k_loaded, v_loaded;    // the tile's rows are there
  uint64_t read[2];          // softmax has read the scores of the step of this parity
  uint64_t softmax;          // the lanes are free
  uint64_t summed_after;     // beats of the PV that is still to be issued
  uint64_t probabilities;    // it may begin then
  uint64_t summed_tile;      // parity of its tile
  uint64_t context_free[2];  // the visit of this parity has left its contexts and states
  bool ending;               // a visit ends with that PV:
  uint64_t ending_rows, ending_bytes;
  uint64_t tiles, steps, visits;
} sac_attend_timing_t;

void sac_attend_timing_open(sac_attend_timing_t *t, const sac_attend_job_t *job, const sac_machine_config_t *config);
// The first `bytes` in `requests` that a visit waits for: its query rows.
void sac_attend_timing_query(sac_attend_timing_t *t, uint64_t requests, uint64_t bytes);
void sac_attend_timing_tile(sac_attend_timing_t *t, const sac_attend_traffic_t *k, const sac_attend_traffic_t *v);
void sac_attend_timing_step(sac_attend_timing_t *t, uint32_t keys, uint32_t rows, uint64_t bias_bytes,
                            uint64_t written_bytes);
// Beats of a step.
uint64_t sac_attend_beats(const sac_attend_job_t *job, uint32_t keys);
// The end of a visit whose rows take `bytes` in memory.
void sac_attend_timing_visit(sac_attend_timing_t *t, uint32_t rows, uint64_t bytes);
// Cycles of the command.
uint64_t sac_attend_timing_end(sac_attend_timing_t *t);

#endif
