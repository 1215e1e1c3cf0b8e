// SPDX-License-Identifier: Apache-2.0
// Cycles of ATTEND: a tile is fetched while the one before is worked at, the array does QK and PV as soon as they may run,
// QK first and up to `ahead` steps before its PV (rtl/attend/sac_attend_issue.sv), the softmax lanes work between both; a
// block is written while the next one is computed. Approximate: latencies are constants, reads and writes share the port evenly.
#ifndef SACCADE_MODEL_ATTEND_TIMING_H
#define SACCADE_MODEL_ATTEND_TIMING_H

#include "kv.h"
#include "tiles.h"

// Tiles that the walker, 4 * query_blocks steps ahead, may be ahead of the array: so early are query rows asked for.
enum { SAC_ATTEND_LOOKAHEAD = 4 };
// Most buffers of steps, for scores and for probabilities; most steps whose QK has been issued and whose PV has not.
enum { SAC_ATTEND_BUFFERS = 4, SAC_ATTEND_AHEAD = 6 };

// The PV of a step, in wait.
typedef struct {
  uint64_t beats;
  uint64_t ready;            // its probabilities are there
  uint64_t passes;           // cycles of the lanes for them
  uint64_t tile;             // number of its tile
  bool ends;                 // a visit ends with it:
  uint64_t rows, bytes;
} sac_attend_sums_t;

typedef struct {
  const sac_attend_job_t *job;
  uint64_t latency, bytes_per_cycle, lanes, attend_lanes, output_lanes;
  uint64_t buffers, ahead;   // of the machine
  uint64_t memory;           // the memory port is free for reads
  uint64_t idle[SAC_ATTEND_LOOKAHEAD];  // cycles that it waited for buffers before each of the last tiles
  uint64_t output;           // the rows before are written
  uint64_t array;            // the array is free
  uint64_t gaps;             // cycles without a beat since the first one
  bool begun;                // it has come
  uint64_t k_done[2], v_done[2];  // the last operation of the tile of this parity has read its K, its V
  uint64_t k_loaded, v_loaded;    // the tile's rows are there
  uint64_t read[SAC_ATTEND_BUFFERS];  // softmax has read the scores of the step in this buffer
  uint64_t softmax;          // the lanes are free
  sac_attend_sums_t waiting[SAC_ATTEND_AHEAD + 1];  // with one that only ends a visit
  uint64_t waits;
  uint64_t summed[SAC_ATTEND_BUFFERS];  // the PV of each has added its sums: its probabilities may be overwritten
  uint64_t context_free[2];  // the visit of this parity has left its contexts and states
  uint64_t tiles, steps, sums, visits;
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
