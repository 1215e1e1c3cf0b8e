// SPDX-License-Identifier: Apache-2.0
// Trials of a Llama (contract: trial.h).
#include "trial.h"

#include <stdlib.h>
#include <string.h>

enum { kDrawn = 4, kSeed = 1, kChunk = 32, kPageLog2 = 4 };

static sac_llama_paged_setup_t setup_of(const sac_llama_trial_t *t, uint32_t sequences) {
  return (sac_llama_paged_setup_t){t->k, t->v, sequences, kPageLog2};
}

size_t sac_llama_trial_memory(const sac_llama_t *l, const sac_llama_trial_t *t) {
  const sac_llama_paged_setup_t one = setup_of(t, 1), all = setup_of(t, t->texts);
  const size_t written = sac_llama_paged_memory(l, &one, 1), read = sac_llama_paged_memory(l, &all, kChunk);
  return written > read ? written : read;
}

// Ranges in texts that the model draws by itself.
static bool draw_ranges(const sac_llama_t *l, bool centred, sac_llama_ranges_t *ranges, sac_error_t *error) {
  sac_llama_exact_t *exact = sac_llama_exact(l, kDrawn, error);
  int32_t *token = malloc((size_t)kDrawn * l->max_tokens * sizeof *token + 1);
  uint64_t random = kSeed;
  bool good = exact != NULL && (token || sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for texts"));
  if (good) {
    const sac_llama_attention_t attention = sac_llama_exact_attention(exact);
    good = sac_llama_write(l, &attention, kDrawn, l->max_tokens, &random, token, error) &&
           sac_llama_ranges(exact, l->max_tokens - 1, centred, ranges, error);  // the last token is not read
  }
  free(token);
  sac_llama_exact_free(exact);
  return good;
}

// The whole trial on the machine, or (ranges NULL) in float64.
typedef struct {
  int32_t *written, *likeliest;
  double *loss;
} findings_t;

static bool work(sac_device_t *device, const sac_llama_t *l, const sac_llama_trial_t *t, bool reading,
                 const sac_llama_ranges_t *ranges, findings_t *f, uint64_t *clipped, sac_error_t *error) {
  sac_llama_exact_t *exact = NULL;
  sac_llama_paged_t *paged = NULL;
  const uint32_t sequences = reading ? t->texts : 1;
  const sac_llama_paged_setup_t setup = setup_of(t, sequences);
  if (ranges) {
    sac_device_free_all(device);
    paged = sac_llama_paged(device, l, ranges, &setup, error);
  } else {
    exact = sac_llama_exact(l, sequences, error);
  }
  if (!paged && !exact) return false;
  const sac_llama_attention_t attention = paged ? sac_llama_paged_attention(paged) : sac_llama_exact_attention(exact);
  const bool good =
      reading ? sac_llama_read(l, &attention, sequences, t->length, kChunk, t->token, f->likeliest, f->loss, error)
              : sac_llama_write(l, &attention, 1, t->greedy, NULL, f->written, error);
  if (paged) *clipped += sac_llama_paged_clipped(paged);
  sac_llama_paged_free(paged);
  sac_llama_exact_free(exact);
  return good;
}

static double mean_of(const double *x, size_t count) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += x[i];
  return sum / (double)count;
}

static void compare(const sac_llama_trial_t *t, const findings_t f[2], sac_llama_trial_result_t *r) {
  const size_t count = (size_t)t->texts * t->length;
  r->tokens = (uint32_t)count;
  while (r->greedy < t->greedy && f[0].written[r->greedy] == f[1].written[r->greedy]) r->greedy++;
  for (size_t i = 0; i < count; i++) r->same += f[0].likeliest[i] == f[1].likeliest[i];
  r->exact_loss = mean_of(f[0].loss, count - t->texts);
  r->loss = mean_of(f[1].loss, count - t->texts);
}

bool sac_llama_trial(sac_device_t *device, const sac_llama_t *l, const sac_llama_trial_t *t,
                     sac_llama_trial_result_t *result, sac_error_t *error) {
  const size_t count = (size_t)t->texts * t->length;
  sac_llama_ranges_t ranges = {0};
  findings_t f[2] = {{0}};  // float64, machine
  *result = (sac_llama_trial_result_t){0};
  bool good = true;
  for (int i = 0; i < 2; i++) {
    f[i].written = malloc(t->greedy * sizeof *f[i].written + 1);
    f[i].likeliest = malloc(count * sizeof *f[i].likeliest + 1);
    f[i].loss = malloc(count * sizeof *f[i].loss + 1);
    good = good && f[i].written && f[i].likeliest && f[i].loss;
  }
  if (!good) sac_error_set(error, SAC_ERR_MEMORY, "llama: no memory for %zu tokens", count);
  good = good && draw_ranges(l, t->centred, &ranges, error);
  uint32_t before[SAC_COUNTERS], after[SAC_COUNTERS];
  sac_device_counters(device, before);
  for (int i = 0; good && i < 2; i++) {
    for (int reading = 0; good && reading < 2; reading++)
      good = work(device, l, t, reading, i == 0 ? NULL : &ranges, &f[i], &result->clipped, error);
  }
  sac_device_counters(device, after);
  if (good) compare(t, f, result);
  result->cycles = after[SAC_COUNTER_HOST_CYCLES] - before[SAC_COUNTER_HOST_CYCLES];
  result->commands = after[SAC_COUNTER_HOST_COMMANDS] - before[SAC_COUNTER_HOST_COMMANDS];
  for (int i = 0; i < 2; i++) {
    free(f[i].written);
    free(f[i].likeliest);
    free(f[i].loss);
  }
  sac_llama_ranges_free(&ranges);
  return good;
}
