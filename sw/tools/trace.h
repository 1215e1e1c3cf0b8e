// SPDX-License-Identifier: Apache-2.0
// Spans of a machine's units as a Trace Event file (JSON), which Perfetto and chrome://tracing open: a track for each
// unit, a microsecond there is a cycle here.
#ifndef SACCADE_TOOLS_TRACE_H
#define SACCADE_TOOLS_TRACE_H

#include "../scene/atomic_file.h"
#include "model/saccade_model.h"

enum { SAC_TRACE_TRACKS = 32 };

typedef struct {
  sac_atomic_file_t file;
  const char *tracks[SAC_TRACE_TRACKS];  // units, in the order of their first span
  int count;
} sac_trace_file_t;

bool sac_trace_open(sac_trace_file_t *trace, const char *path, sac_error_t *error);
// A sac_span_sink_t; `context` is the file.
void sac_trace_take(void *context, const sac_span_t *span);
// One of these ends the file; the first leaves it, complete or not at all.
bool sac_trace_commit(sac_trace_file_t *trace, sac_error_t *error);
void sac_trace_abandon(sac_trace_file_t *trace);

#endif
