// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <string.h>

static bool open_model(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_hal_t *hal, sac_error_t *error) {
  if (options->wave) return sac_error_set(error, SAC_ERR_ARGUMENT, "--wave: the model has no waves; use --backend rtl");
  sac_model_t *model = sac_model_create(config, options->memory_bytes);
  if (!model) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a model with %zu bytes of device memory", options->memory_bytes);
  *hal = sac_model_hal(model);
  return true;
}

static const struct {
  const char *name;
  bool (*open)(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_hal_t *hal, sac_error_t *error);
} kBackends[] = {{"model", open_model}};

sac_device_t *sac_backend_open(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_error_t *error) {
  for (size_t i = 0; i < sizeof kBackends / sizeof *kBackends; i++) {
    sac_hal_t hal;
    if (strcmp(options->name, kBackends[i].name) != 0) continue;
    if (!kBackends[i].open(options, config, &hal, error)) return NULL;
    sac_device_t *device = sac_device_open(&hal, error);
    if (!device) hal.close(hal.self);
    return device;
  }
  sac_error_set(error, SAC_ERR_ARGUMENT, "--backend: expected model or rtl, found '%s'", options->name);
  return NULL;
}
