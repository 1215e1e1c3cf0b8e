// SPDX-License-Identifier: Apache-2.0
// The Verilated configurations of this build: a generated table (build/rtl_configs.c) of the functions
// that each configuration's shim (shim.cpp) exports.
#ifndef SIM_RTL_CONFIGS_H
#define SIM_RTL_CONFIGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/pins.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sac_rtl_shim {
  unsigned data_bytes;  // of the memory port
  void *(*create)(uint32_t seed);  // undefined registers start at random values made from the seed
  void (*destroy)(void *design);
  // One clock: the inputs at the rising edge, the outputs after it.
  void (*clock)(void *design, const sac_rtl_inputs_t *inputs, sac_rtl_outputs_t *outputs);
  bool (*wave_open)(void *design, const char *path);  // false: this build has no waves
  void (*wave_close)(void *design);
} sac_rtl_shim_t;

typedef struct sac_rtl_config {
  const char *name;
  uint32_t hash;  // register CONFIG_HASH
  const sac_rtl_shim_t *shim;
} sac_rtl_config_t;

extern const sac_rtl_config_t sac_rtl_configs[];
extern const size_t sac_rtl_config_count;

#define SAC_RTL_CONFIG_DECLARE(name) extern const sac_rtl_shim_t sac_rtl_shim_##name;
#define SAC_RTL_CONFIG(name, hash) {#name, hash, &sac_rtl_shim_##name}
#define SAC_RTL_CONFIG_END {NULL, 0, NULL}

#ifdef __cplusplus
}
#endif

#endif
