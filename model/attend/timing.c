// SPDX-License-Identifier: Apache-2.0
#include "timing.h"

#include <string.h>

#include "../lib/cycles.h"

enum {
  kStart = 40,        // command, context and head records, without memory latency
  kTile = 8,          // a tile's first request to its last beat in the KV RAM, without memory
  kRequest = 2,       // a request at the port
  kReduce = 12,       // last beat of QK to its last score
  kLoad = 4,          // rows of the lanes are loaded, one a cycle, while those before are read: beside that
  kLogits = 10,       // between rows of logits on their way out
  kLogit = 29,        // last score of a row read to its maximum
  kProbability = 18,  // last logit of a row read to its probability written
  kDrain = 12,        // last beat of PV to its last sum added
  kRow = 2,           // from row to row of Y
  kState = 22         // state and reciprocal of a row, while the row before it is read
};

void sac_attend_timing_open(sac_attend_timing_t *t, const sac_attend_job_t *job, const sac_machine_config_t *config) {
  memset(t, 0, sizeof *t);
  t->job = job;
  t->latency = config->memory_latency_cycles;
  t->bytes_per_cycle = config->memory_bytes_per_cycle;
  t->lanes = config->capacities[SAC_CAPACITY_LANES];
  t->output_lanes = config->capacities[SAC_CAPACITY_OUTPUT_LANES];
  // Where KV words may hold two keys (sac_attend_pkg).
  t->buffers = t->lanes >= 32 ? 4 : 2;
  t->ahead = t->lanes >= 32 ? 6 : 3;
  t->attend_lanes = config->capacities[SAC_CAPACITY_ATTEND_LANES];
  t->memory = t->array = kStart + 2 * t->latency;
}

// The memory port moves so many bytes; when it is free again.
static uint64_t transfer(sac_attend_timing_t *t, uint64_t requests, uint64_t bytes) {
  t->memory += sac_later(requests * kRequest, sac_divide_up(bytes, t->bytes_per_cycle));
  return t->memory;
}

static uint64_t beats(const sac_attend_operand_t *operand, uint32_t keys) {
  return sac_divide_up(keys, operand->segments) * operand->words * (operand->two_beats ? 2 : 1);
}
static uint64_t score_beats(const sac_attend_job_t *job, uint32_t keys) { return beats(&job->k, keys); }
static uint64_t sum_beats(const sac_attend_job_t *job, uint32_t keys) { return job->scores ? 0 : beats(&job->v, keys); }

uint64_t sac_attend_beats(const sac_attend_job_t *job, uint32_t keys) {
  return score_beats(job, keys) + sum_beats(job, keys);
}

// They came in cycles that the tiles before left, as far as there were any.
void sac_attend_timing_query(sac_attend_timing_t *t, uint64_t requests, uint64_t bytes) {
  uint64_t left = sac_later(requests * kRequest, sac_divide_up(bytes, t->bytes_per_cycle));
  for (int i = 0; i < SAC_ATTEND_LOOKAHEAD; i++) {
    const uint64_t used = left < t->idle[i] ? left : t->idle[i];
    t->idle[i] -= used;
    left -= used;
  }
  t->memory += left;
  if (left) t->k_loaded = t->memory + t->latency;
}

// Rows leave one after the other, output_lanes elements a cycle.
static void write_rows(sac_attend_timing_t *t, uint64_t rows, uint64_t bytes) {
  const uint64_t passed = sac_divide_up(bytes, t->bytes_per_cycle);
  const uint64_t row = sac_later(t->job->v.elements / t->output_lanes + kRow, kState);
  t->output = sac_later(t->output, t->array + kDrain) + sac_later(rows * row, passed);
  t->memory += passed;
  t->context_free[t->visits++ % 2] = t->output;
}

// The array works at an operation of so many beats from `begin` on.
static void work(sac_attend_timing_t *t, uint64_t begin, uint64_t beats) {
  if (t->begun) t->gaps += begin - t->array;
  t->begun = true;
  t->array = begin + beats;
}

// When the PV in front may begin: its probabilities are there, which were made when the sums before the last had been
// added, and its visit has contexts.
static uint64_t sums_begin(const sac_attend_timing_t *t) {
  const sac_attend_sums_t *const front = &t->waiting[0];
  const uint64_t before = t->summed[t->sums % t->buffers];
  const uint64_t made = sac_later(front->ready, before ? before + front->passes : 0);
  return sac_later(sac_later(t->array, made), t->context_free[t->visits % 2]);
}

static void issue_sums(sac_attend_timing_t *t) {
  const sac_attend_sums_t front = t->waiting[0];
  if (front.beats) {
    work(t, sums_begin(t), front.beats);
    t->v_done[front.tile % 2] = t->array;
    t->summed[t->sums++ % t->buffers] = t->array + kDrain;
  }
  if (front.ends) write_rows(t, front.rows, front.bytes);
  memmove(&t->waiting[0], &t->waiting[1], --t->waits * sizeof t->waiting[0]);
}

// Two buffers: those of the tile before the last have been read. The page table answers before rows are asked for.
static uint64_t fetch(sac_attend_timing_t *t, uint64_t buffer_free, const sac_attend_traffic_t *traffic) {
  t->idle[t->tiles % SAC_ATTEND_LOOKAHEAD] += sac_later(t->memory, buffer_free) - t->memory;
  t->memory = sac_later(t->memory, buffer_free);
  return transfer(t, traffic->requests, traffic->bytes) + 2 * t->latency + kTile;
}

void sac_attend_timing_tile(sac_attend_timing_t *t, const sac_attend_traffic_t *k, const sac_attend_traffic_t *v) {
  const uint64_t parity = t->tiles++ % 2;
  t->idle[t->tiles % SAC_ATTEND_LOOKAHEAD] = 0;
  t->k_loaded = sac_later(t->k_loaded, fetch(t, t->k_done[parity], k));
  if (!v->requests) return;
  while (t->waits && t->waiting[0].tile + 2 < t->tiles) issue_sums(t);
  t->v_loaded = fetch(t, t->v_done[parity], v);
}

void sac_attend_timing_step(sac_attend_timing_t *t, uint32_t keys, uint32_t rows, uint64_t bias_bytes,
                            uint64_t written_bytes) {
  const uint64_t buffer = t->steps++ % t->buffers;
  // Sums go first where QK may not begin yet.
  const uint64_t scores_may = sac_later(t->k_loaded, t->read[buffer]);
  while (t->waits && (t->waits >= t->ahead || sums_begin(t) < scores_may)) issue_sums(t);
  work(t, sac_later(t->array, scores_may), score_beats(t->job, keys));
  const uint64_t scored = t->array + kReduce;
  const uint64_t biased = bias_bytes ? transfer(t, rows, bias_bytes) + t->latency : 0;
  // Pass A of a row runs beside pass B of the one before.
  const uint64_t groups = sac_divide_up(rows, t->attend_lanes);
  const uint64_t passes = groups * sac_later(keys + (written_bytes ? kLogits : 0), t->attend_lanes + kLoad);
  const uint64_t begin = sac_later(sac_later(scored, biased), t->softmax);
  t->softmax = begin + passes;
  t->read[buffer] = t->softmax + t->attend_lanes;  // lanes read a cycle after each other
  t->k_done[(t->tiles - 1) % 2] = scored - kReduce;
  const uint64_t sums = sum_beats(t->job, keys);
  if (sums) {
    t->waiting[t->waits++] = (sac_attend_sums_t){
        .beats = sums, .ready = sac_later(t->softmax + kLogit + keys + kProbability + t->attend_lanes, t->v_loaded),
        .passes = groups * keys + kProbability + t->attend_lanes, .tile = t->tiles - 1};
  }
  // Logits leave as they are made.
  if (written_bytes) t->softmax = sac_later(t->softmax, transfer(t, rows, written_bytes));
}

void sac_attend_timing_visit(sac_attend_timing_t *t, uint32_t rows, uint64_t bytes) {
  if (!t->waits || t->waiting[t->waits - 1].ends) {
    if (t->waits > t->ahead) issue_sums(t);
    t->waiting[t->waits++] = (sac_attend_sums_t){.tile = t->tiles};
  }
  sac_attend_sums_t *const last = &t->waiting[t->waits - 1];
  last->ends = true;
  last->rows = rows;
  last->bytes = bytes;
}

uint64_t sac_attend_timing_end(sac_attend_timing_t *t) {
  while (t->waits) issue_sums(t);
  return sac_later(sac_later(t->memory, t->array), sac_later(t->softmax, t->output)) + 2 * t->latency;
}
