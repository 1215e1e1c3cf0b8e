// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

enum {
  kStart = 40,        // command, context and head records, without memory latency
  kTile = 8,          // a tile's first request to its last beat in the KV RAM, without memory
  kRequest = 2,       // a request at the port
  kReduce = 12,       // last beat of QK to its last score
  kStep = 12,         // between steps in the lanes
  kLogits = 10,       // between rows of logits on their way out
  kSoftmax = 16,      // last score of a row read to its last probability written
  kDrain = 12,        // last beat of PV to its last sum added
  kRow = 16           // from row to row of Y: state, reciprocal, request
};

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }
static uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

void sac_attend_timing_open(sac_attend_timing_t *t, const sac_attend_job_t *job, const sac_machine_config_t *config) {
  memset(t, 0, sizeof *t);
  t->job = job;
  t->latency = config->memory_latency_cycles;
  t->bytes_per_cycle = config->memory_bytes_per_cycle;
  t->lanes = config->capacities[SAC_CAPACITY_LANES];
  t->attend_lanes = config->capacities[SAC_CAPACITY_ATTEND_LANES];
  t->memory = t->array = kStart + 2 * t->latency;
}

// The memory port moves so many bytes; when it is free again.
static uint64_t transfer(sac_attend_timing_t *t, uint64_t requests, uint64_t bytes) {
  t->memory += later(requests * kRequest, divide_up(bytes, t->bytes_per_cycle));
  return t->memory;
}

static uint64_t score_beats(const sac_attend_job_t *job, uint32_t keys) {
  return (uint64_t)keys * job->k.words * (job->k.two_beats ? 2 : 1);
}
static uint64_t sum_beats(const sac_attend_job_t *job, uint32_t keys) {
  return job->scores ? 0 : (uint64_t)keys * job->v.words * (job->v.two_beats ? 2 : 1);
}

uint64_t sac_attend_beats(const sac_attend_job_t *job, uint32_t keys) {
  return score_beats(job, keys) + sum_beats(job, keys);
}

void sac_attend_timing_query(sac_attend_timing_t *t, uint64_t requests, uint64_t bytes) {
  t->k_loaded = transfer(t, requests, bytes) + t->latency;
}

// Two buffers: those of the tile before the last have been read. The page table answers before rows are asked for.
static uint64_t fetch(sac_attend_timing_t *t, uint64_t buffer_free, const sac_attend_traffic_t *traffic) {
  t->memory = later(t->memory, buffer_free);
  return transfer(t, traffic->requests, traffic->bytes) + 2 * t->latency + kTile;
}

void sac_attend_timing_tile(sac_attend_timing_t *t, const sac_attend_traffic_t *k, const sac_attend_traffic_t *v) {
  const uint64_t parity = t->tiles++ % 2;
  t->k_loaded = later(t->k_loaded, fetch(t, t->k_done[parity], k));
  if (v->requests) t->v_loaded = fetch(t, t->v_done[parity], v);
}

// Rows leave one after the other, an element a cycle.
static void write_rows(sac_attend_timing_t *t, uint64_t rows, uint64_t bytes) {
  const uint64_t passed = divide_up(bytes, t->bytes_per_cycle);
  t->output = later(t->output, t->array + kDrain) + later(rows * (t->job->v.elements + kRow), passed);
  t->memory += passed;
  t->context_free[t->visits++ % 2] = t->output;
}

// The PV that is due runs when its probabilities are there; then its visit may end.
static void issue_sums(sac_attend_timing_t *t) {
  if (t->summed_after) {
    t->array = later(later(t->array, t->probabilities), t->context_free[t->visits % 2]) + t->summed_after;
    t->v_done[t->summed_tile] = t->array;
    t->summed_after = 0;
  }
  if (t->ending) write_rows(t, t->ending_rows, t->ending_bytes);
  t->ending = false;
}

void sac_attend_timing_step(sac_attend_timing_t *t, uint32_t keys, uint32_t rows, uint64_t bias_bytes,
                            uint64_t written_bytes) {
  const uint64_t parity = t->steps++ % 2;
  t->array = later(later(t->array, t->k_loaded), t->read[parity]) + score_beats(t->job, keys);
  const uint64_t scored = t->array + kReduce;
  const uint64_t biased = bias_bytes ? transfer(t, rows, bias_bytes) + t->latency : 0;
  // Pass A of a row runs beside pass B of the one before.
  const uint64_t passes = divide_up(rows, t->attend_lanes) * (keys + (written_bytes ? kLogits : 0)) + kStep;
  const uint64_t begin = later(later(scored, biased), t->softmax);
  t->softmax = begin + passes;
  t->read[parity] = begin + passes;
  issue_sums(t);
  t->probabilities = later(begin + passes + keys + kSoftmax, t->v_loaded);
  t->summed_tile = (t->tiles - 1) % 2;
  t->k_done[t->summed_tile] = scored - kReduce;
  t->summed_after = sum_beats(t->job, keys);
  if (written_bytes) t->softmax = later(t->softmax, transfer(t, rows, written_bytes));  // logits leave as they are made
}

void sac_attend_timing_visit(sac_attend_timing_t *t, uint32_t rows, uint64_t bytes) {
  if (t->ending) issue_sums(t);
  t->ending = true;
  t->ending_rows = rows;
  t->ending_bytes = bytes;
}

uint64_t sac_attend_timing_end(sac_attend_timing_t *t) {
  issue_sums(t);
  return later(later(t->memory, t->array), later(t->softmax, t->output)) + 2 * t->latency;
}
