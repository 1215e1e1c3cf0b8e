// SPDX-License-Identifier: Apache-2.0
// saccade attend: attention operators of a safetensors file on a back end, with proofs on request.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../attention/solve.h"
#include "../scene/atomic_file.h"
#include "attend_check.h"
#include "attend_file.h"
#include "backend.h"
#include "options.h"
#include "stats.h"
#include "verbs.h"

typedef struct {
  const char *tensors, *backend, *config, *out, *stats, *wave, *k_format, *v_format;
  int seed;
  bool check;
} request_t;

// Everything the verb holds, so that one place frees it.
typedef struct {
  sac_machine_config_t config;
  sac_problem_t problem;
  sac_solve_formats_t formats;
  sac_solution_t solution;
  json_t *stats;
} state_t;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool read_format(const char *option, const char *text, sac_attention_format_t *format, sac_error_t *error) {
  static const struct {
    const char *name;
    sac_attention_format_t format;
  } kFormats[] = {{"16", {SAC_ELEMENT_INT16, false}},  {"8", {SAC_ELEMENT_INT8, true}},
                  {"4", {SAC_ELEMENT_INT4, true}},     {"2", {SAC_ELEMENT_INT2, true}},
                  {"int8", {SAC_ELEMENT_INT8, false}}, {"int4", {SAC_ELEMENT_INT4, false}},
                  {"int2", {SAC_ELEMENT_INT2, false}}};
  for (size_t i = 0; i < sizeof kFormats / sizeof *kFormats; i++) {
    if (strcmp(text, kFormats[i].name) != 0) continue;
    *format = kFormats[i].format;
    return true;
  }
  return sac_error_set(
      error, SAC_ERR_ARGUMENT,
      "%s: expected 16, 8, 4, 2 (with a scale for 32 elements), int8, int4 or int2 (without), found '%s'", option,
      text);
}

static bool run_on(const char *backend, const request_t *r, const state_t *s, sac_solution_t *solution,
                   sac_error_t *error) {
  const sac_backend_options_t options = {.name = backend,
                                         .memory_bytes = sac_solve_memory(&s->problem),
                                         .seed = (unsigned)r->seed,
                                         .wave = strcmp(backend, r->backend) == 0 ? r->wave : NULL};
  sac_device_t *device = sac_backend_open(&options, &s->config, error);
  if (!device) return false;
  const bool good = sac_solve(device, &s->problem, &s->formats, solution, error);
  sac_device_close(device);
  return good || sac_error_in(error, r->tensors);
}

// The model beside another back end: all that the machine wrote, byte for byte.
static bool check_bytes(const request_t *r, state_t *s, sac_error_t *error) {
  sac_solution_t model;
  if (!run_on("model", r, s, &model, error)) return false;
  size_t different = 0, first = 0;
  for (size_t i = s->solution.raw_bytes; i-- > 0;) {
    if (s->solution.raw[i] == model.raw[i]) continue;
    different++;
    first = i;
  }
  json_object_set_new(s->stats, "bytes_different", json_integer((json_int_t)different));
  json_object_set_new(s->stats, "model_cycles", json_integer(model.counters[SAC_COUNTER_HOST_CYCLES]));
  printf("model: %u cycles, %zu of %zu bytes different\n", model.counters[SAC_COUNTER_HOST_CYCLES], different,
         model.raw_bytes);
  if (different) {
    sac_error_set(error, SAC_ERR_DEVICE,
                  "ATTEND on %s: %zu bytes differ from the model, first at byte %zu of the results: found %u, expected "
                  "%u (seed %d)",
                  r->backend, different, first, s->solution.raw[first], model.raw[first], r->seed);
  }
  sac_solution_free(&model);
  return different == 0;
}

static void report(const request_t *r, state_t *s, double took) {
  const sac_solution_t *x = &s->solution;
  const uint32_t cycles = x->counters[SAC_COUNTER_HOST_CYCLES];
  json_object_set_new(s->stats, "commands", json_integer(x->commands));
  json_object_set_new(s->stats, "cycles", json_integer(cycles));
  json_object_set_new(s->stats, "seconds", json_real(took));
  json_object_set_new(s->stats, "machine", json_string(x->machine));
  json_object_set_new(s->stats, "host", json_string(x->host));
  sac_stats_counters(s->stats, x->counters);
  printf("%s %s: %u commands, %u cycles, %u scores, %.2f s\n", r->backend, s->config.name, x->commands, cycles,
         x->counters[SAC_COUNTER_ATTEND_SCORES], took);
  printf("on the machine: %s\non the host: %s\n", *x->machine ? x->machine : "nothing", x->host);
}

static bool attend(const request_t *r, state_t *s, sac_error_t *error) {
  if (!sac_config_load(&s->config, r->config, error) || !sac_problem_load(&s->problem, r->tensors, error)) return false;
  s->stats = json_object();
  json_object_set_new(s->stats, "backend", json_string(r->backend));
  json_object_set_new(s->stats, "tensors", json_string(r->tensors));
  json_object_set_new(s->stats, "seed", json_integer(r->seed));
  json_object_set_new(s->stats, "k_format", json_string(r->k_format));
  json_object_set_new(s->stats, "v_format", json_string(r->v_format));
  sac_stats_config(s->stats, &s->config);
  const double start = seconds();
  if (!run_on(r->backend, r, s, &s->solution, error)) return false;
  report(r, s, seconds() - start);
  sac_outputs_round(&s->solution.outputs, s->problem.dtype);
  bool good = sac_outputs_write(&s->solution.outputs, s->problem.dtype, r->out, error);
  if (good && r->check && strcmp(r->backend, "model") != 0) good = check_bytes(r, s, error);
  else if (good) json_object_set_new(s->stats, "bytes_different", json_integer(0));
  if (r->check) good = sac_attend_check(&s->problem, &s->formats, &s->solution, s->stats, good ? error : NULL) && good;
  if (r->stats) good = sac_stats_write(json_incref(s->stats), r->stats, good ? error : NULL) && good;
  return good;
}

// What can be refused before anything is read.
static bool check_request(const request_t *r, sac_solve_formats_t *formats, sac_error_t *error) {
  if (!sac_backend_check(r->backend, error)) return false;
  if (r->wave && strcmp(r->backend, "rtl") != 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "--wave: only rtl has waves, found --backend %s", r->backend);
  }
  if (r->seed < 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "--seed: expected 0 or more, found %d", r->seed);
  return read_format("--k-format", r->k_format, &formats->k, error) &&
         read_format("--v-format", r->v_format, &formats->v, error) && sac_atomic_check(r->out, error) &&
         (!r->stats || sac_atomic_check(r->stats, error));
}

bool sac_verb_attend(int argc, char **argv, sac_error_t *error) {
  request_t r = {.backend = "model", .config = "configs/tiny.yaml", .seed = 1, .k_format = "16", .v_format = "16"};
  state_t state = {0};
  int positional = 0;
  const sac_option_t options[] = {
      {"o", SAC_OPTION_TEXT, &r.out, "OUT.safetensors", "outputs to write"},
      {"backend", SAC_OPTION_TEXT, &r.backend, "NAME", "model or rtl (default model)"},
      {"config", SAC_OPTION_TEXT, &r.config, "FILE", "design point (default configs/tiny.yaml)"},
      {"check", SAC_OPTION_FLAG, &r.check, NULL,
       "compare with golden and the file's outputs, within what the formats allow; on rtl also with the model, byte "
       "for byte"},
      {"k-format", SAC_OPTION_TEXT, &r.k_format, "BITS",
       "of K: 16 (default), 8, 4, 2 with a scale for 32 elements, or int8, int4, int2 without"},
      {"v-format", SAC_OPTION_TEXT, &r.v_format, "BITS", "of V"},
      {"seed", SAC_OPTION_INTEGER, &r.seed, "N", "of random stalls on rtl (0: none; default 1)"},
      {"wave", SAC_OPTION_TEXT, &r.wave, "W.fst", "record waves (rtl)"},
      {"stats", SAC_OPTION_TEXT, &r.stats, "FILE", "write results as JSON"},
      {0}};
  const sac_command_line_t line = {"attend", "TENSORS.safetensors -o OUT.safetensors",
                                   "Computes the attention operator that a file describes.", options};
  const sac_options_result_t parsed = sac_options_parse(&line, argc, argv, &positional, error);
  if (parsed != SAC_OPTIONS_GOOD) return parsed == SAC_OPTIONS_HELP;
  if (positional == 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "expected a file of tensors (see --help)");
  if (positional > 1)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "expected one file of tensors, found also '%s'", argv[1]);
  if (!r.out || !*r.out)
    return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: no output given (-o OUT.safetensors)", argv[0]);
  r.tensors = argv[0];
  const bool good = check_request(&r, &state.formats, error) && attend(&r, &state, error);
  sac_solution_free(&state.solution);
  sac_problem_free(&state.problem);
  json_decref(state.stats);
  return good;
}
