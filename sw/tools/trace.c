// SPDX-License-Identifier: Apache-2.0
#include "trace.h"

#include <inttypes.h>
#include <string.h>

bool sac_trace_open(sac_trace_file_t *trace, const char *path, sac_error_t *error) {
  *trace = (sac_trace_file_t){0};
  if (!sac_atomic_open(&trace->file, path, error)) return false;
  fputs("{\"displayTimeUnit\": \"ms\", \"otherData\": {\"ts\": \"cycles\"}, \"traceEvents\": [\n", trace->file.stream);
  return true;
}

// Number of a unit's track, named in the file when it is new.
static int track_of(sac_trace_file_t *trace, const char *unit) {
  for (int i = 0; i < trace->count; i++) {
    if (strcmp(trace->tracks[i], unit) == 0) return i;
  }
  if (trace->count == SAC_TRACE_TRACKS) return SAC_TRACE_TRACKS;  // the rest share one
  trace->tracks[trace->count] = unit;
  fprintf(trace->file.stream, "{\"ph\": \"M\", \"pid\": 0, \"tid\": %d, \"name\": \"thread_name\", \"args\": {\"name\": \"%s\"}},\n",
          trace->count, unit);
  return trace->count++;
}

void sac_trace_take(void *context, const sac_span_t *span) {
  sac_trace_file_t *trace = context;
  const int track = track_of(trace, span->unit);
  fprintf(trace->file.stream, "{\"ph\": \"X\", \"pid\": 0, \"tid\": %d, \"name\": \"%s\", \"ts\": %" PRIu64 ", \"dur\": %" PRIu64
          ", \"args\": {\"number\": %" PRIu64 "}},\n", track, span->work, span->begin, span->end - span->begin, span->number);
}

bool sac_trace_commit(sac_trace_file_t *trace, sac_error_t *error) {
  fputs("{\"ph\": \"M\", \"pid\": 0, \"name\": \"process_name\", \"args\": {\"name\": \"saccade\"}}\n]}\n", trace->file.stream);
  return sac_atomic_commit(&trace->file, error);
}

void sac_trace_abandon(sac_trace_file_t *trace) { sac_atomic_abandon(&trace->file); }
