// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <string.h>

#include "sim/hal_rtl.h"

static bool open_model(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_hal_t *hal, sac_error_t *error) {
  sac_model_t *model = sac_model_create(config, options->memory_bytes);
  if (!model) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a model with %zu bytes of device memory", options->memory_bytes);
  if (options->trace) sac_model_trace(model, sac_trace_take, options->trace);
  *hal = sac_model_hal(model);
  return true;
}

// Percent of cycles in which each channel of the memory stalls where a seed asks for stalls.
enum { kStallPercent = 20 };

static bool open_rtl(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_hal_t *hal, sac_error_t *error) {
  const sac_rtl_config_t *built = NULL;
  for (size_t i = 0; i < sac_rtl_config_count; i++) {
    if (sac_rtl_configs[i].hash == config->hash) built = &sac_rtl_configs[i];
  }
  if (!built) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "configuration %s (hash %08x) is not built as RTL: make all RTL_CONFIGS=\"%s\"",
                         config->name, config->hash, config->name);
  }
  const sac_rtl_options_t rtl = {.config = built->name, .seed = options->seed, .memory_bytes = options->memory_bytes,
                                 .latency = config->memory_latency_cycles, .bytes_per_cycle = config->memory_bytes_per_cycle,
                                 .stall_percent = options->seed ? kStallPercent : 0};
  if (!sac_hal_rtl_open(&rtl, hal, error)) return false;
  if (!options->wave || sac_rtl_wave(sac_hal_rtl_machine(hal), options->wave, 0, UINT64_MAX, error)) return true;
  hal->close(hal->self);
  return false;
}

static const struct {
  const char *name;
  bool (*open)(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_hal_t *hal, sac_error_t *error);
} kBackends[] = {{"model", open_model}, {"rtl", open_rtl}};

bool sac_backend_check(const char *name, sac_error_t *error) {
  for (size_t i = 0; i < sizeof kBackends / sizeof *kBackends; i++) {
    if (strcmp(name, kBackends[i].name) == 0) return true;
  }
  return sac_error_set(error, SAC_ERR_ARGUMENT, "--backend: expected model or rtl, found '%s'", name);
}

sac_device_t *sac_backend_open(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_error_t *error) {
  for (size_t i = 0; i < sizeof kBackends / sizeof *kBackends; i++) {
    sac_hal_t hal;
    if (strcmp(options->name, kBackends[i].name) != 0) continue;
    if (!kBackends[i].open(options, config, &hal, error)) return NULL;
    sac_device_t *device = sac_device_open(&hal, error);
    if (!device) hal.close(hal.self);
    return device;
  }
  sac_backend_check(options->name, error);
  return NULL;
}
