// SPDX-License-Identifier: Apache-2.0
// The check of saccade attend (contract: attend_check.h).
#include "attend_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "attend_file.h"
#include "model/golden/attention.h"

// Of an output against a truth.
typedef struct {
  double max_error, bound;  // largest of each
  double share;             // largest error / bound
  double snr_db;
  size_t outside, worst;    // elements beyond their bound; that of the largest share
} difference_t;

// Of the truth itself, at element i.
static double truth_error(const sac_problem_t *p, const sac_output_t *expected, double x) {
  return expected->max_error >= 0.0 ? 1.01 * expected->max_error : sac_stored_error(p->dtype, x);
}

static difference_t compare(const sac_problem_t *p, const sac_array_t *x, const sac_array_t *bound,
                            const sac_array_t *truth, const sac_output_t *expected) {
  difference_t d = {.snr_db = 200.0};
  double signal = 0.0, noise = 0.0;
  for (size_t i = 0; i < x->count; i++) {
    const double t = truth->data[i];
    double allowed = bound->data[i] + sac_stored_error(p->dtype, fabs(t) + bound->data[i]) + 1e-14 * fabs(t);
    if (expected) allowed += truth_error(p, expected, t);
    if (t == x->data[i] && !isfinite(t)) continue;  // masked in both
    const double error = fabs(x->data[i] - t);
    if (isfinite(t)) signal += t * t;
    if (isfinite(t)) noise += error * error;
    d.max_error = fmax(d.max_error, error);
    d.bound = fmax(d.bound, allowed);
    const double share = error <= allowed                   ? (error > 0.0 ? error / allowed : 0.0)
                         : isfinite(error) && allowed > 0.0 ? error / allowed
                                                            : INFINITY;
    if (!(error <= allowed)) d.outside++;
    if (share > d.share) {
      d.share = share;
      d.worst = i;
    }
  }
  if (noise > 0.0 && signal > 0.0) d.snr_db = fmin(200.0, 10.0 * log10(signal / noise));
  return d;
}

static void add_number(json_t *object, const char *name, double value) {
  json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());  // JSON has no infinity
}

static void report(json_t *object, const difference_t *d) {
  add_number(object, "max_error", d->max_error);
  add_number(object, "bound", d->bound);
  add_number(object, "share", d->share);
  add_number(object, "snr_db", d->snr_db);
}

// All outputs against one truth; `from_file`: what the file expects, else golden.
static bool check(const sac_problem_t *p, const sac_solution_t *s, const sac_outputs_t *truth, bool from_file,
                  json_t *stats, sac_error_t *error) {
  const char *name = from_file ? "file" : "golden";
  json_t *object = json_object(), *each = json_object();
  difference_t all = {.snr_db = 200.0};
  bool good = true, some = false;
  for (size_t n = 0; n < s->outputs.count; n++) {
    const sac_output_t *out = &s->outputs.output[n], *other = &truth->output[n];
    if (!other->value.data) continue;
    some = true;
    const difference_t d =
        compare(p, &out->value, &s->bounds.output[n].value, &other->value, from_file ? &p->expected.output[n] : NULL);
    printf("%s %s: largest error %.3g, allowed up to %.3g, at most %.0f %% of what is allowed, %.1f dB\n", name,
           out->name, d.max_error, d.bound, 100.0 * d.share, d.snr_db);
    json_t *one = json_object();
    report(one, &d);
    json_object_set_new(each, out->name, one);
    if (n == 0) all.snr_db = d.snr_db;
    all.max_error = fmax(all.max_error, d.max_error);
    all.bound = fmax(all.bound, d.bound);
    all.share = fmax(all.share, d.share);
    if (d.outside && good) {
      good = sac_error_set(error, SAC_ERR_DEVICE,
                           "%s: %s: %zu of %zu elements lie outside their bound to %s, worst element %zu: found %.9g, "
                           "expected %.9g within %.3g",
                           p->path, out->name, d.outside, out->value.count, name, d.worst, out->value.data[d.worst],
                           other->value.data[d.worst], s->bounds.output[n].value.data[d.worst]);
    }
  }
  report(object, &all);
  json_object_set_new(object, "outputs", each);
  if (some) json_object_set_new(stats, name, object);
  else json_decref(object);
  return good;
}

// How far golden is from the file's values: the vectors' own precision.
static void report_vectors(const sac_problem_t *p, const sac_outputs_t *golden, json_t *stats) {
  json_t *object = json_object();
  for (size_t n = 0; n < golden->count; n++) {
    const sac_array_t *a = &golden->output[n].value, *b = &p->expected.output[n].value;
    if (!b->data) continue;
    double largest = 0.0;
    for (size_t i = 0; i < a->count; i++) {
      if (a->data[i] != b->data[i]) largest = fmax(largest, fabs(a->data[i] - b->data[i]));
    }
    add_number(object, golden->output[n].name, largest);
  }
  if (json_object_size(object) > 0) json_object_set_new(stats, "golden_to_file", object);
  else json_decref(object);
}

// What the formats of K and V alone cost the first output.
static bool report_formats(const sac_problem_t *p, const sac_solve_formats_t *formats, const sac_outputs_t *golden,
                           json_t *stats, sac_error_t *error) {
  if (p->op != SAC_OP_ATTENTION && p->op != SAC_OP_FLEX_ATTENTION) return true;
  sac_problem_t quantised = *p;
  sac_outputs_t outputs = {0};
  if (!sac_solve_quantised(p, formats, &quantised.k, &quantised.v, error)) return false;
  const bool good = sac_outputs_make(&outputs, p, error) && sac_golden_attention(&quantised, &outputs, error);
  if (good && outputs.count > 0) {
    const difference_t d =
        compare(p, &outputs.output[0].value, &golden->output[0].value, &golden->output[0].value, NULL);
    add_number(json_object_get(stats, "golden"), "format_snr_db", d.snr_db);
    printf("golden %s from K and V in these formats: %.1f dB\n", outputs.output[0].name, d.snr_db);
  }
  sac_outputs_free(&outputs);
  sac_array_free(&quantised.k);
  sac_array_free(&quantised.v);
  return good;
}

bool sac_attend_check(const sac_problem_t *problem, const sac_solve_formats_t *formats, const sac_solution_t *solution,
                      json_t *stats, sac_error_t *error) {
  sac_outputs_t golden;
  if (!sac_outputs_make(&golden, problem, error)) return false;
  bool good = sac_golden_attention(problem, &golden, error);
  if (good) {
    report_vectors(problem, &golden, stats);
    good = check(problem, solution, &golden, false, stats, error);
    good = check(problem, solution, &problem->expected, true, stats, good ? error : NULL) && good;
    good = report_formats(problem, formats, &golden, stats, good ? error : NULL) && good;
  }
  sac_outputs_free(&golden);
  return good;
}
