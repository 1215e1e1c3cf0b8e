// SPDX-License-Identifier: Apache-2.0
// Softmax problems on a device: upload, runs, results back to real numbers (contract: softmax.h).
#include "softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LN2 0.69314718055994530942
enum { kLogitOne = 4096, kLseOne = 65536 };

// Addresses on the device; 0 where there is none.
typedef struct {
  uint32_t q, k, v, bias, y, lse, scores;
  size_t y_bytes, lse_bytes, score_bytes;
} places_t;

typedef struct {
  sac_device_t *device;
  const sac_softmax_t *s;
  sac_solution_t *solution;
  places_t at;
  bool *guess;          // [B][v_heads], cleared where a value of Y is at the end of a guessed range; NULL: no guesses
  bool clipped;         // some were cleared
  double *probability;  // [B][q_heads][queries][keys] where they are needed
} job_t;

static bool upload(job_t *job, size_t bytes, void (*pack)(const sac_softmax_t *, uint8_t *), uint32_t *address,
                   sac_error_t *error) {
  if (!sac_device_alloc(job->device, bytes + 4, address, error)) return false;
  uint8_t *data = calloc(1, bytes + 4);
  if (!data) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for %zu bytes of tensors", bytes);
  pack(job->s, data);
  const bool good = sac_device_write(job->device, *address, data, bytes + 4, error);
  free(data);
  return good;
}

// A place for results, filled with what the machine leaves where it visits no key.
static bool reserve(job_t *job, size_t bytes, int32_t fill, uint32_t *address, sac_error_t *error) {
  if (!sac_device_alloc(job->device, bytes + 4, address, error)) return false;
  int32_t *data = malloc(bytes + 4);
  if (!data) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for %zu bytes of results", bytes);
  for (size_t i = 0; i < bytes / 4 + 1; i++) data[i] = fill;
  const bool good = sac_device_write(job->device, *address, data, bytes + 4, error);
  free(data);
  return good;
}

static bool prepare(job_t *job, bool scores, sac_error_t *error) {
  const sac_problem_t *p = job->s->problem;
  const size_t rows = p->batches * p->queries * p->q_heads;
  places_t *at = &job->at;
  at->y_bytes = rows * 2 * job->s->d_v;
  at->lse_bytes = rows * 4;
  at->score_bytes = scores ? rows * p->keys * 4 : 0;
  return upload(job, sac_softmax_q_bytes(job->s), sac_softmax_pack_q, &at->q, error) &&
         upload(job, sac_softmax_k_bytes(job->s), sac_softmax_pack_k, &at->k, error) &&
         upload(job, sac_softmax_v_bytes(job->s), sac_softmax_pack_v, &at->v, error) &&
         (job->s->bias == SAC_BIAS_NONE ||
          upload(job, sac_softmax_bias_bytes(job->s), sac_softmax_pack_bias, &at->bias, error)) &&
         reserve(job, at->y_bytes, 0, &at->y, error) && reserve(job, at->lse_bytes, INT32_MIN, &at->lse, error) &&
         (!scores || reserve(job, at->score_bytes, INT32_MIN, &at->scores, error));
}

static bool run(job_t *job, uint32_t scores, bool whole, sac_error_t *error) {
  const sac_softmax_t *s = job->s;
  const uint32_t heads = (uint32_t)s->problem->q_heads, keys = (uint32_t)s->problem->keys;
  const sac_attention_rows_t y = {job->at.y, heads * 2 * s->d_v, 2 * s->d_v},
                             logits = {job->at.scores, heads * 4 * keys, 4 * keys};
  const sac_attention_tensors_t tensors = {.q = {job->at.q, heads * 2 * s->d_k, 2 * s->d_k},
                                           .y = scores ? logits : y,
                                           .k = job->at.k,
                                           .v = job->at.v,
                                           .bias = whole ? 0 : job->at.bias,
                                           .lse = scores ? 0 : job->at.lse,
                                           .scores = scores};
  sac_attention_plan_t *plan = sac_softmax_plan(job->device, s, whole, error);
  const bool good = plan && sac_solve_run(job->device, plan, &tensors, job->solution, error);
  sac_attention_plan_free(plan);
  return good;
}

static bool fetch_y(job_t *job, sac_array_t *y, sac_error_t *error) {
  const sac_softmax_t *s = job->s;
  const sac_problem_t *p = s->problem;
  const uint8_t *raw = sac_solve_fetch(job->device, job->at.y, job->at.y_bytes, job->solution, error);
  if (!raw) return false;
  for (size_t row = 0; row < p->batches * p->queries * p->q_heads; row++) {
    const size_t h = row % p->q_heads, i = row / p->q_heads % p->queries, b = row / p->q_heads / p->queries;
    const sac_attention_logit_t *l = &s->logit[b * s->groups + h / s->group];
    const size_t head = b * p->v_heads + h * p->v_heads / p->q_heads;
    const double unit = ldexp(s->v_unit[head], -l->output_shift);
    double *out = sac_output_row(p, y, b, h, i);
    for (size_t e = 0; e < p->d_v; e++) {
      int16_t value;
      memcpy(&value, raw + 2 * (row * s->d_v + e), sizeof value);
      if (s->y_shift[head] && abs(value) >= INT16_MAX) {
        job->guess[head] = false;
        job->clipped = true;
      }
      out[e] = value * unit * s->v_scale[head * p->d_v + e];
    }
  }
  return true;
}

// What a row's logits lack: the mean of the keys, a large bias.
static double row_shift(const sac_softmax_t *s, size_t b, size_t h, size_t i) {
  const sac_problem_t *p = s->problem;
  const double offset = sac_softmax_bias_offset(s, b, h, i);
  if (!s->k_mean) return offset;
  const double *q = p->q.data + ((b * p->q_heads + h) * p->queries + i) * p->d_k;
  const double *mean = s->k_mean + (b * p->k_heads + h * p->k_heads / p->q_heads) * p->d_k;
  double sum = 0.0;
  for (size_t e = 0; e < p->d_k; e++) sum += q[e] * mean[e];
  return sum * s->chain.scale + offset;
}

// Natural logarithms, [B][q_heads][queries], from [group][token][head of the group].
static bool fetch_lse(job_t *job, double *lse, sac_error_t *error) {
  const sac_softmax_t *s = job->s;
  const sac_problem_t *p = s->problem;
  const size_t tokens = p->batches * p->queries;
  const uint8_t *raw = sac_solve_fetch(job->device, job->at.lse, job->at.lse_bytes, job->solution, error);
  if (!raw) return false;
  for (size_t n = 0; n < tokens * p->q_heads; n++) {
    const size_t g = n / s->group / tokens, token = n / s->group % tokens, h = g * s->group + n % s->group;
    int32_t value;
    memcpy(&value, raw + 4 * n, 4);
    const size_t b = token / p->queries, i = token % p->queries;
    lse[(b * p->q_heads + h) * p->queries + i] =
        value == INT32_MIN ? -INFINITY : value * LN2 / kLseOne + row_shift(s, b, h, i);
  }
  return true;
}

// Natural logits, [B][q_heads][queries][keys].
static bool fetch_scores(job_t *job, double *out, sac_error_t *error) {
  const sac_problem_t *p = job->s->problem;
  const uint8_t *raw = sac_solve_fetch(job->device, job->at.scores, job->at.score_bytes, job->solution, error);
  if (!raw) return false;
  for (size_t row = 0; row < p->batches * p->queries * p->q_heads; row++) {
    const size_t h = row % p->q_heads, i = row / p->q_heads % p->queries, b = row / p->q_heads / p->queries;
    double *to = out + ((b * p->q_heads + h) * p->queries + i) * p->keys;
    for (size_t j = 0; j < p->keys; j++) {
      int32_t value;
      memcpy(&value, raw + 4 * (row * p->keys + j), 4);
      to[j] = value == INT32_MIN ? -INFINITY : value * LN2 / kLogitOne;
    }
  }
  return true;
}

static double modified(const sac_modifier_t *m, double x, size_t i, size_t j) {
  switch (m->kind) {
    case SAC_MODIFIER_ADD: return x + m->value;
    case SAC_MODIFIER_MUL: return x * m->value;
    case SAC_MODIFIER_SOFTCAP: return m->value * tanh(x / m->value);
    case SAC_MODIFIER_RELATIVE: return x + (double)i - (double)j;
    case SAC_MODIFIER_CAUSAL: return j <= i ? x : -INFINITY;
    default: return x;
  }
}

// Y of modified probabilities: a factor is applied to the machine's Y, anything else needs the probabilities.
static void modify(job_t *job, sac_array_t *y) {
  const sac_problem_t *p = job->s->problem;
  const sac_modifier_t *m = &p->probability_modifier;
  for (size_t row = 0; row < p->batches * p->queries * p->q_heads; row++) {
    const size_t i = row % p->queries, h = row / p->queries % p->q_heads, b = row / p->queries / p->q_heads;
    const double *v = p->v.data + (b * p->v_heads + h * p->v_heads / p->q_heads) * p->keys * p->d_v;
    double *out = sac_output_row(p, y, b, h, i);
    for (size_t e = 0; e < p->d_v; e++) out[e] = m->kind == SAC_MODIFIER_MUL ? out[e] * m->value : 0.0;
    for (size_t j = 0; m->kind != SAC_MODIFIER_MUL && j < p->keys; j++) {
      const double weight = modified(m, job->probability[row * p->keys + j], i, j);
      for (size_t e = 0; e < p->d_v; e++) out[e] += weight * v[j * p->d_v + e];
    }
  }
}

static void divide(job_t *job, const double *lse) {
  const sac_problem_t *p = job->s->problem;
  for (size_t n = 0; n < p->batches * p->queries * p->q_heads * p->keys; n++) {
    double *x = &job->probability[n];
    *x = *x == -INFINITY ? 0.0 : exp(*x - lse[n / p->keys]);
  }
}

static bool work(job_t *job, double *lse, sac_error_t *error) {
  const sac_problem_t *p = job->s->problem;
  sac_solution_t *solution = job->solution;
  sac_array_t *y = sac_outputs_find(&solution->outputs, "Y");
  if (!y) y = sac_outputs_find(&solution->outputs, "O");
  sac_array_t *qk = sac_outputs_find(&solution->outputs, "qk_matmul_output"),
              *sums = sac_outputs_find(&solution->outputs, "LSE");
  const bool modify_y =
      p->probability_modifier.kind > SAC_MODIFIER_MUL || p->probability_modifier.kind == SAC_MODIFIER_ADD;
  const bool whole = qk && p->qk_mode < SAC_QK_BIASED;
  if (!prepare(job, qk || modify_y, error) || !run(job, 0, false, error) || !fetch_lse(job, lse, error)) return false;
  sac_note(solution->machine, "softmax attention");
  if (y && !fetch_y(job, y, error)) return false;
  if (sums) memcpy(sums->data, lse, sums->count * sizeof *lse);
  if (qk || modify_y) {
    if (!run(job, whole ? (uint32_t)p->qk_mode + 1 : 3, whole, error) || !fetch_scores(job, job->probability, error))
      return false;
    sac_note(solution->machine, "logits");
    if (modify_y || p->qk_mode == SAC_QK_PROBABILITIES) {
      divide(job, lse);
      sac_note(solution->host, "division into probabilities");
    }
    if (qk) memcpy(qk->data, job->probability, qk->count * sizeof *qk->data);
  }
  if (y && p->probability_modifier.kind != SAC_MODIFIER_NONE) {
    modify(job, y);
    sac_note(solution->host,
             modify_y ? "modifier of probabilities and their product with V" : "factor of probabilities");
  }
  const sac_array_t *const past[2] = {&p->k, &p->v};
  for (int i = 0; i < 2; i++) {
    sac_array_t *present = sac_outputs_find(&solution->outputs, i == 0 ? "present_key" : "present_value");
    if (!present) continue;
    memcpy(present->data, past[i]->data, present->count * sizeof *present->data);
    sac_note(solution->host, i == 0 ? "present_key" : "present_value");
  }
  return true;
}

static bool attempt(sac_device_t *device, const sac_problem_t *p, const sac_solve_formats_t *formats, bool *guess,
                    bool *clipped, sac_solution_t *solution, sac_error_t *error) {
  sac_softmax_t s;
  if (!sac_softmax_open(&s, p, formats, guess, error)) return false;
  const size_t rows = p->batches * p->q_heads * p->queries;
  const bool scores =
      sac_outputs_find(&solution->outputs, "qk_matmul_output") || p->probability_modifier.kind != SAC_MODIFIER_NONE;
  job_t job = {.device = device, .s = &s, .solution = solution, .guess = guess};
  job.probability = malloc((scores ? rows * p->keys : 0) * sizeof(double) + 8);
  double *lse = malloc(rows * sizeof *lse + 8);
  const uint32_t tile = sac_device_capacities(device)->value[SAC_CAPACITY_KV_TILE];
  bool good = (job.probability && lse) || sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  *solution->machine = *solution->host = 0;
  sac_note(solution->host, s.k_mean ? "conversion to integers, mean of the keys" : "conversion to integers");
  if (guess) sac_note(solution->host, "a sample of rows for the range of the output");
  good = good && work(&job, lse, error);
  *clipped = job.clipped;
  good = good && (job.clipped || sac_softmax_bound(&s, tile, &solution->bounds, error));
  free(lse);
  free(job.probability);
  sac_softmax_close(&s);
  return good;
}

// A guess of the range of Y that does not hold shows: some value is at its end. Then again, these heads with V's range.
bool sac_softmax_solve(sac_device_t *device, const sac_problem_t *p, const sac_solve_formats_t *formats,
                       sac_solution_t *solution, sac_error_t *error) {
  const bool narrow = formats->v.element == SAC_ELEMENT_INT16 && !formats->v.scaled;
  const size_t heads = p->batches * p->v_heads;
  bool *guess = malloc(heads + 1), clipped;
  if (!guess) return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", p->path);
  memset(guess, true, heads);
  bool good = attempt(device, p, formats, narrow ? guess : NULL, &clipped, solution, error);
  if (good && clipped) {
    good = attempt(device, p, formats, guess, &clipped, solution, error);
    sac_note(solution->host, "run twice: outputs of some heads were wider than their sample");
  }
  free(guess);
  return good;
}
