// SPDX-License-Identifier: Apache-2.0
// One token for each of three sequences: eight query heads share two key and value heads, int8 keys and values lie in
// pages of 16 wherever there was room. Usage: paged_decode [model|rtl]
#include <stdio.h>

#include "saccade/policies.h"
#include "sw/tools/backend.h"

enum { kSequences = 3, kHeads = 8, kKvHeads = 2, kD = 64, kPage = 16, kPages = 8 };

static int8_t k[kPages][kPage][kKvHeads][kD], v[kPages][kPage][kKvHeads][kD];  // units of 1 / 32
static int16_t q[kSequences][kHeads][kD], y[kSequences][kHeads][kD];           // units of 1 / 4096

static int number(uint32_t i) { return (int)(i * 2654435761u >> 24) - 128; }  // stands for a network

int main(int argc, char **argv) {
  sac_error_t error = {0};
  sac_machine_config_t config;
  const sac_backend_options_t options = {.name = argc > 1 ? argv[1] : "model", .memory_bytes = 1 << 20};
  sac_device_t *device = NULL;
  bool good = sac_config_load(&config, "configs/tiny.yaml", &error) &&
              (device = sac_backend_open(&options, &config, &error)) && sac_attention_load_tables(device, &error);

  for (uint32_t i = 0; i < sizeof q / 2; i++) (&q[0][0][0])[i] = (int16_t)(64 * number(i));
  for (uint32_t i = 0; i < sizeof k; i++) (&k[0][0][0][0])[i] = (int8_t)number(i + 10000);
  for (uint32_t i = 0; i < sizeof v; i++) (&v[0][0][0][0])[i] = (int8_t)number(i + 50000);
  uint32_t at[4];  // q, k, v, y in device memory
  const void *data[] = {q, k, v, y};
  const size_t bytes[] = {sizeof q, sizeof k, sizeof v, sizeof y};
  for (int i = 0; i < 4; i++) {
    good = good && sac_device_alloc(device, bytes[i], &at[i], &error) &&
           sac_device_write(device, at[i], data[i], bytes[i], &error);
  }

  sac_attention_logit_t logit[kSequences * kKvHeads];  // 2^12 log2(e) / sqrt(64) / (4096 * 32) = 47274 / 2^23
  for (int i = 0; i < kSequences * kKvHeads; i++) {
    logit[i] = (sac_attention_logit_t){.scale = 47274, .scale_shift = 23, .output_shift = 7};  // y: 1 / (32 * 2^7)
  }
  const sac_attention_setup_t setup = {
      .sequences = kSequences, .q_heads = kHeads, .k_heads = kKvHeads, .v_heads = kKvHeads, .d_k = kD, .d_v = kD,
      .k_format = {SAC_ELEMENT_INT8, false}, .v_format = {SAC_ELEMENT_INT8, false},
      .q_begin = (const uint32_t[]){0, 1, 2, 3}, .length = (const uint32_t[]){40, 5, 64}, .page_log2 = 4,
      .page_begin = (const uint32_t[]){0, 3, 4, 8}, .pages = (const uint32_t[]){6, 1, 3, 0, 7, 2, 5, 4},
      .k_cache = {sizeof *k, sizeof ***k, sizeof **k}, .v_cache = {sizeof *v, sizeof ***v, sizeof **v}, .logit = logit};
  const sac_attention_tensors_t tensors = {.q = {at[0], sizeof *q, sizeof **q}, .k = at[1], .v = at[2],
                                           .y = {at[3], sizeof *y, sizeof **y}};
  sac_attention_plan_t *plan = good ? sac_policy_decode(device, &setup, &error) : NULL;  // once a batch
  good = plan && sac_attention_run(plan, &tensors, &error) && sac_queue_wait(device, &error) &&
         sac_device_read(device, at[3], y, sizeof y, &error);
  for (int i = 0; good && i < kSequences * kHeads; i++) {
    const int16_t *row = y[i / kHeads][i % kHeads];
    printf("sequence %d head %d: %.4f %.4f %.4f ..\n", i / kHeads, i % kHeads, row[0] / 4096.0, row[1] / 4096.0,
           row[2] / 4096.0);
  }
  if (!good) fprintf(stderr, "paged_decode: %s\n", error.message);
  sac_attention_plan_free(plan);
  sac_device_close(device);
  return good ? 0 : 1;
}
