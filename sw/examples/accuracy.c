// SPDX-License-Identifier: Apache-2.0
// accuracy CONFIG STATS.json STORIES FILE...: what formats of K and V cost, on the model.
//
// Each FILE holds Q, K, V of a trained model: output against float64, beside what float64 makes of the same K and V in
// that format. Queries that are padding are left out: those that no query attends as a key. STORIES is the folder of a
// small language model and four texts: tokens that it writes and foretells (sw/llama/trial.h).
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/golden/attention.h"
#include "model/saccade_model.h"
#include "sw/attention/solve.h"
#include "sw/llama/trial.h"
#include "sw/tools/config.h"
#include "sw/tools/stats.h"

enum { kTexts = 4, kTokens = 512, kGreedy = 256 };

static const struct {
  const char *k, *v;
  sac_solve_formats_t formats;
} kFormats[] = {{"16", "16", {{SAC_ELEMENT_INT16, false}, {SAC_ELEMENT_INT16, false}}},
                {"16", "8", {{SAC_ELEMENT_INT16, false}, {SAC_ELEMENT_INT8, true}}},
                {"8", "8", {{SAC_ELEMENT_INT8, true}, {SAC_ELEMENT_INT8, true}}},
                {"8", "4", {{SAC_ELEMENT_INT8, true}, {SAC_ELEMENT_INT4, true}}},
                {"4", "4", {{SAC_ELEMENT_INT4, true}, {SAC_ELEMENT_INT4, true}}}};
enum { kFormatCount = sizeof kFormats / sizeof *kFormats };

static sac_device_t *open_model(const sac_machine_config_t *config, size_t memory, sac_error_t *error) {
  sac_model_t *model = sac_model_create(config, memory);
  if (!model) {
    sac_error_set(error, SAC_ERR_MEMORY, "no memory for a model with %zu bytes", memory);
    return NULL;
  }
  const sac_hal_t hal = sac_model_hal(model);
  sac_device_t *device = sac_device_open(&hal, error);
  if (!device) hal.close(hal.self);
  return device;
}

static json_t *add(json_t *list, int format) {
  json_t *one = json_object();
  json_array_append_new(list, one);
  json_object_set_new(one, "k", json_string(kFormats[format].k));
  json_object_set_new(one, "v", json_string(kFormats[format].v));
  return one;
}

// Adds NAME_db, and unless NULL the largest error of output O as a share of the largest value.
static void compare(const sac_problem_t *p, const sac_outputs_t *x, const sac_outputs_t *truth, json_t *to,
                    const char *name, const char *share) {
  double signal = 0.0, noise = 0.0, error = 0.0, largest = 0.0;
  for (size_t n = 0; n < truth->output[0].value.count; n++) {
    const size_t i = n / p->d_v % p->queries, b = n / p->d_v / p->queries / p->q_heads;
    if (p->mask_kind == SAC_MASK_BOOL && sac_problem_mask(p, b, 0, 0, i) != 0.0) continue;
    const double t = truth->output[0].value.data[n], difference = x->output[0].value.data[n] - t;
    signal += t * t;
    noise += difference * difference;
    error = fmax(error, fabs(difference));
    largest = fmax(largest, fabs(t));
  }
  json_object_set_new(to, name, json_real(10.0 * log10(signal / noise)));
  if (share) json_object_set_new(to, share, json_real(error / largest));
}

static bool measure_format(const sac_machine_config_t *config, const sac_problem_t *p, const sac_outputs_t *golden,
                           int format, json_t *to, sac_error_t *error) {
  const sac_solve_formats_t *formats = &kFormats[format].formats;
  sac_problem_t quantised = *p;
  sac_outputs_t outputs = {0};
  sac_solution_t solution;
  sac_device_t *device = open_model(config, sac_solve_memory(p), error);
  if (!device) return false;
  bool good = sac_solve(device, p, formats, &solution, error);
  sac_device_close(device);
  if (!good) return false;
  compare(p, &solution.outputs, golden, to, "snr_db", "largest_error");
  sac_solution_free(&solution);
  good = sac_solve_quantised(p, formats, &quantised.k, &quantised.v, error);
  if (!good) return false;
  good = sac_outputs_make(&outputs, p, error) && sac_golden_attention(&quantised, &outputs, error);
  if (good) compare(p, &outputs, golden, to, "format_snr_db", NULL);
  sac_outputs_free(&outputs);
  sac_array_free(&quantised.k);
  sac_array_free(&quantised.v);
  return good;
}

static bool measure_file(const sac_machine_config_t *config, const char *path, json_t *list, sac_error_t *error) {
  sac_problem_t problem;
  sac_outputs_t golden = {0};
  if (!sac_problem_load(&problem, path, error)) return false;
  bool good = sac_outputs_make(&golden, &problem, error) && sac_golden_attention(&problem, &golden, error);
  for (int i = 0; good && i < kFormatCount; i++) {
    json_t *one = add(list, i);
    json_object_set_new(one, "file", json_string(path));
    good = measure_format(config, &problem, &golden, i, one, error);
  }
  sac_outputs_free(&golden);
  sac_problem_free(&problem);
  return good;
}

static bool run_trial(const sac_machine_config_t *config, const sac_llama_t *llama, const int32_t *token, int format,
                      bool centred, json_t *to, sac_error_t *error) {
  const sac_solve_formats_t *formats = &kFormats[format].formats;
  const sac_llama_trial_t trial = {formats->k, formats->v, centred, kTexts, kTokens, kGreedy, token};
  sac_llama_trial_result_t r;
  sac_device_t *device = open_model(config, sac_llama_trial_memory(llama, &trial), error);
  const bool good = device && sac_llama_trial(device, llama, &trial, &r, error);
  sac_device_close(device);
  if (!good) return false;
  const json_int_t numbers[] = {r.greedy, r.tokens, r.same, (json_int_t)r.clipped, r.commands};
  const char *const names[] = {"greedy", "tokens", "same", "clipped", "commands"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) json_object_set_new(to, names[i], json_integer(numbers[i]));
  json_object_set_new(to, "centred", json_boolean(centred));
  json_object_set_new(to, "loss", json_real(r.loss));
  json_object_set_new(to, "exact_loss", json_real(r.exact_loss));
  return true;
}

static bool measure_stories(const sac_machine_config_t *config, const char *folder, json_t *list, sac_error_t *error) {
  char path[2][4096];
  snprintf(path[0], sizeof path[0], "%s/model.safetensors", folder);
  snprintf(path[1], sizeof path[1], "%s/qkv_layer0.safetensors", folder);
  static double value[kTexts * kTokens];
  static int32_t token[kTexts * kTokens];
  const size_t shape[2] = {kTexts, kTokens};
  sac_llama_t llama = {0};
  sac_safetensors_t *file = sac_safetensors_open(path[1], error);
  const sac_tensor_t *tensor = file ? sac_safetensors_require(file, "tokens", 2, shape, error) : NULL;
  if (tensor) sac_tensor_doubles(tensor, value);
  sac_safetensors_close(file);
  for (size_t i = 0; i < kTexts * kTokens; i++) token[i] = (int32_t)value[i];
  bool good = tensor && sac_llama_load(&llama, path[0], error);
  for (int i = 0; good && i < 2 * kFormatCount; i++) {
    good = run_trial(config, &llama, token, i / 2, i % 2 == 0, add(list, i / 2), error);
  }
  sac_llama_free(&llama);
  return good;
}

int main(int argc, char **argv) {
  sac_error_t error = {0};
  sac_machine_config_t config;
  if (argc < 4) {
    fprintf(stderr, "usage: accuracy CONFIG.yaml STATS.json STORIES FILE...\n");
    return 2;
  }
  json_t *root = json_object(), *tensors = json_array(), *stories = json_array();
  json_object_set_new(root, "tensors", tensors);
  json_object_set_new(root, "stories", stories);
  bool good = sac_config_load(&config, argv[1], &error);
  if (good) sac_stats_config(root, &config);
  for (int i = 4; good && i < argc; i++) good = measure_file(&config, argv[i], tensors, &error);
  good = good && measure_stories(&config, argv[3], stories, &error);
  if (good) good = sac_stats_write(json_incref(root), argv[2], &error);
  json_decref(root);
  if (!good) fprintf(stderr, "accuracy: %s\n", error.message);
  return good ? 0 : 1;
}
