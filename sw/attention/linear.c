// SPDX-License-Identifier: Apache-2.0
// LinearAttention on a device: every chunk of every head is a sequence of one plan (contract: linear.h).
#include "linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "linear_chunk.h"

enum { kPageLog2 = 20 };

// The chunks of a problem, and where the rows of each begin: bytes in the caches, tokens in Q and Y.
typedef struct {
  const sac_problem_t *p;
  const sac_solve_formats_t *formats;
  sac_device_t *device;
  size_t group;
  uint32_t d_k, d_v, k_bytes, v_bytes, groups;
  sac_chunk_t *chunk;
  size_t chunks;
  uint8_t *q, *k, *v;
  uint32_t *begin, *pages, *page_begin, *length;  // as the plan wants them
  int32_t *position;
  sac_attention_logit_t *logit;
  uint32_t q_at, k_at, v_at, y_at;
  size_t y_bytes;
} job_t;

static bool no_memory(const job_t *job, sac_error_t *error) {
  return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", job->p->path);
}

// Walks every head from its past to its last state.
static bool cut(job_t *job, sac_array_t *present, sac_error_t *error) {
  const sac_problem_t *p = job->p;
  const size_t size = p->d_k * p->d_v, heads = p->batches * p->k_heads;
  double *state = malloc((size + 1) * sizeof *state);
  bool good = state != NULL || no_memory(job, error);
  for (size_t n = 0; good && n < heads; n++) {
    memset(state, 0, size * sizeof *state);
    if (p->past_state.data) memcpy(state, p->past_state.data + n * size, size * sizeof *state);
    for (size_t first = 0; good && first < p->queries;) {
      sac_chunk_t *x = &job->chunk[job->chunks];
      good = sac_chunk_make(p, n / p->k_heads, n % p->k_heads, first, state, x, error);
      if (!good) break;
      job->chunks++;
      first += x->tokens;
      good = sac_chunk_units(p, job->formats, x, error);
    }
    if (good && present) memcpy(present->data + n * size, state, size * sizeof *state);
  }
  free(state);
  return good;
}

static bool pack(job_t *job, sac_error_t *error) {
  static const sac_attention_format_t kInt16 = {SAC_ELEMENT_INT16, false};
  const sac_problem_t *p = job->p;
  size_t tokens = 0, keys = 0;
  for (size_t i = 0; i < job->chunks; i++) {
    tokens += job->chunk[i].tokens;
    keys += job->chunk[i].keys;
  }
  job->q = calloc(tokens * job->group + 1, 2 * job->d_k);
  job->k = calloc(keys + 1, job->k_bytes);
  job->v = calloc(keys + 1, job->v_bytes);
  job->y_bytes = tokens * job->group * 2 * job->d_v;
  if (!job->q || !job->k || !job->v) return no_memory(job, error);
  size_t token = 0, key = 0;
  for (size_t i = 0; i < job->chunks; i++) {
    const sac_chunk_t *x = &job->chunk[i];
    job->begin[i] = (uint32_t)token;
    job->begin[i + 1] = (uint32_t)(token + x->tokens);
    job->page_begin[i + 1] = (uint32_t)i + 1;
    job->pages[i] = (uint32_t)key;
    job->length[i] = (uint32_t)x->keys;
    job->position[i] = (int32_t)x->states;
    for (uint32_t g = 0; g < job->groups; g++) job->logit[i * job->groups + g] = x->logit;
    for (size_t n = 0; n < x->tokens * job->group; n++) {
      sac_format_pack(kInt16, (uint32_t)p->d_k, x->q + n * p->d_k, x->q_unit,
                      job->q + (token * job->group + n) * 2 * job->d_k);
    }
    for (size_t n = 0; n < x->keys; n++) {
      sac_format_pack(job->formats->k, (uint32_t)p->d_k, x->k + n * p->d_k, x->k_unit,
                      job->k + (key + n) * job->k_bytes);
      sac_format_pack(job->formats->v, (uint32_t)p->d_v, x->v + n * p->d_v, x->v_unit,
                      job->v + (key + n) * job->v_bytes);
    }
    token += x->tokens;
    key += x->keys;
  }
  return sac_device_alloc(job->device, tokens * job->group * 2 * job->d_k + 4, &job->q_at, error) &&
         sac_device_alloc(job->device, keys * job->k_bytes + 4, &job->k_at, error) &&
         sac_device_alloc(job->device, keys * job->v_bytes + 4, &job->v_at, error) &&
         sac_device_alloc(job->device, job->y_bytes + 4, &job->y_at, error) &&
         sac_device_write(job->device, job->q_at, job->q, tokens * job->group * 2 * job->d_k, error) &&
         sac_device_write(job->device, job->k_at, job->k, keys * job->k_bytes, error) &&
         sac_device_write(job->device, job->v_at, job->v, keys * job->v_bytes, error);
}

static bool run(job_t *job, sac_solution_t *solution, sac_error_t *error) {
  const uint32_t heads = (uint32_t)job->group;
  // A page is a row, so that a chunk may begin at any; its keys follow in the one page.
  const sac_attention_setup_t setup = {.sequences = (uint32_t)job->chunks,
                                       .q_heads = heads,
                                       .k_heads = 1,
                                       .v_heads = 1,
                                       .d_k = job->d_k,
                                       .d_v = job->d_v,
                                       .k_format = job->formats->k,
                                       .v_format = job->formats->v,
                                       .q_begin = job->begin,
                                       .length = job->length,
                                       .page_log2 = kPageLog2,
                                       .page_begin = job->page_begin,
                                       .pages = job->pages,
                                       .k_cache = {job->k_bytes, 0, job->k_bytes},
                                       .v_cache = {job->v_bytes, 0, job->v_bytes},
                                       .logit = job->logit,
                                       .score_function = SAC_ATTENTION_LINEAR,
                                       .first_position = job->position,
                                       .band = true,
                                       .band_low = -SAC_BAND_OPEN};
  const sac_attention_tensors_t tensors = {.q = {job->q_at, heads * 2 * job->d_k, 2 * job->d_k},
                                           .y = {job->y_at, heads * 2 * job->d_v, 2 * job->d_v},
                                           .k = job->k_at,
                                           .v = job->v_at};
  sac_attention_plan_t *plan = sac_attention_plan(job->device, &setup, error);
  const bool good = plan && sac_solve_run(job->device, plan, &tensors, solution, error);
  sac_attention_plan_free(plan);
  return good || sac_error_in(error, job->p->path);
}

// Integers of Y to the output, the scale of the operator in the same step.
static bool fetch(job_t *job, sac_array_t *out, sac_array_t *bound, sac_solution_t *solution, sac_error_t *error) {
  const sac_problem_t *p = job->p;
  const uint32_t tile = sac_device_capacities(job->device)->value[SAC_CAPACITY_KV_TILE];
  const uint8_t *raw = sac_solve_fetch(job->device, job->y_at, job->y_bytes, solution, error);
  if (!raw) return false;
  for (size_t i = 0; i < job->chunks; i++) {
    const sac_chunk_t *x = &job->chunk[i];
    for (size_t n = 0; n < x->tokens * job->group; n++, raw += 2 * job->d_v) {
      const size_t t = n / job->group, g = n % job->group, h = x->head * job->group + g;
      double *to = sac_output_row(p, out, x->batch, h, x->first + t),
             *most = sac_output_row(p, bound, x->batch, h, x->first + t);
      sac_chunk_bound(p, job->formats, x, tile, t, g, most);
      for (size_t e = 0; e < p->d_v; e++) {
        int16_t value;
        memcpy(&value, raw + 2 * e, sizeof value);
        to[e] = value * x->y_unit * p->scale;
        most[e] *= fabs(p->scale);
      }
    }
  }
  return true;
}

static void release(job_t *job) {
  for (size_t i = 0; i < job->chunks; i++) sac_chunk_free(&job->chunk[i]);
  free(job->chunk);
  free(job->q);
  free(job->k);
  free(job->v);
  free(job->begin);
  free(job->pages);
  free(job->page_begin);
  free(job->length);
  free(job->position);
  free(job->logit);
}

size_t sac_linear_memory(const sac_problem_t *p) {
  const size_t chunks = sac_chunk_count(p), tokens = p->batches * p->queries * p->q_heads;
  // Rows of Q and Y, of keys and values with their scales, records of a command.
  const size_t row = 2 * (p->d_k + p->d_v) + 128, groups = 1 + p->q_heads / p->k_heads / 64;
  return tokens * row + (p->batches * p->k_heads * p->keys + chunks * p->d_k) * row + chunks * groups * 256;
}

bool sac_linear_solve(sac_device_t *device, const sac_problem_t *p, const sac_solve_formats_t *formats,
                      sac_solution_t *solution, sac_error_t *error) {
  job_t job = {.p = p,
               .formats = formats,
               .device = device,
               .group = p->q_heads / p->k_heads,
               .d_k = sac_pad16(p->d_k),
               .d_v = sac_pad16(p->d_v)};
  job.k_bytes = sac_attention_row_bytes(formats->k, job.d_k);
  job.v_bytes = sac_attention_row_bytes(formats->v, job.d_v);
  job.groups = sac_attention_groups((uint32_t)job.group, 1, 1);
  const size_t most = p->batches * p->k_heads * p->queries + 1;  // chunks have a token or more
  job.chunk = calloc(most, sizeof *job.chunk);
  job.begin = calloc(most + 1, sizeof *job.begin);
  job.pages = calloc(most, sizeof *job.pages);
  job.page_begin = calloc(most + 1, sizeof *job.page_begin);
  job.length = calloc(most, sizeof *job.length);
  job.position = calloc(most, sizeof *job.position);
  job.logit = calloc(most * job.groups, sizeof *job.logit);
  sac_array_t *out = sac_outputs_find(&solution->outputs, "output"),
              *bound = sac_outputs_find(&solution->bounds, "output");
  sac_array_t *present = sac_outputs_find(&solution->outputs, "present_state"),
              *present_bound = sac_outputs_find(&solution->bounds, "present_state");
  bool good = (job.chunk && job.begin && job.pages && job.page_begin && job.length && job.position && job.logit) ||
              no_memory(&job, error);
  good = good && cut(&job, present, error) && pack(&job, error) && run(&job, solution, error);
  good = good && (!out || fetch(&job, out, bound, solution, error));
  // The state is float64 on both sides: the order of a few roundings a token.
  for (size_t i = 0; good && present && i < present->count; i++) {
    present_bound->data[i] = 1e-13 * (double)(p->queries + p->d_k) * fmax(1.0, fabs(present->data[i]));
  }
  sac_note(solution->machine, "causal linear attention of chunks, their state as further keys");
  sac_note(solution->host, "conversion to integers, scale");
  if (p->gated) sac_note(solution->host, "exponentials of decays");
  if (p->delta) sac_note(solution->host, "values of the delta rule");
  sac_note(solution->host, "state from chunk to chunk");
  release(&job);
  return good;
}
