// SPDX-License-Identifier: Apache-2.0
// Back ends by name: the table behind --backend.
#ifndef SACCADE_TOOLS_BACKEND_H
#define SACCADE_TOOLS_BACKEND_H

#include "config.h"
#include "saccade/saccade.h"
#include "trace.h"

typedef struct {
  const char *name;          // "model", "rtl"
  size_t memory_bytes;
  unsigned seed;             // of random stalls and undefined values (rtl)
  const char *wave;          // FST file of the whole run, or NULL (rtl)
  sac_trace_file_t *trace;   // takes the spans of the units, or NULL (model)
} sac_backend_options_t;

// Whether there is a back end of that name.
bool sac_backend_check(const char *name, sac_error_t *error);

// A device on a new machine of that kind and configuration; NULL with a message that names what is there.
sac_device_t *sac_backend_open(const sac_backend_options_t *options, const sac_machine_config_t *config, sac_error_t *error);

#endif
