// SPDX-License-Identifier: Apache-2.0
// Attention problems on a machine: quantised, planned, run, and back to real numbers, beside the largest error of every
// output element that the number formats allow. The error is derived from formats and the problem alone, not measured.
#ifndef SACCADE_ATTENTION_SOLVE_H
#define SACCADE_ATTENTION_SOLVE_H

#include "problem.h"
#include "saccade/attention.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  sac_attention_format_t k, v;
} sac_solve_formats_t;

enum { SAC_NOTE_BYTES = 256 };

typedef struct {
  sac_outputs_t outputs;            // shapes and names of problem->expected
  sac_outputs_t bounds;             // of the same shapes: |output - exact| at most
  uint8_t *raw;                     // all that the machine wrote
  size_t raw_bytes;
  uint32_t commands;                // ATTEND commands
  uint32_t counters[SAC_COUNTERS];  // of these alone
  char machine[SAC_NOTE_BYTES];     // what was done where
  char host[SAC_NOTE_BYTES];
} sac_solution_t;

// Device memory that a problem needs, generously.
size_t sac_solve_memory(const sac_problem_t *problem);

// On a device whose memory is free; loads the tables that it needs.
bool sac_solve(sac_device_t *device, const sac_problem_t *problem, const sac_solve_formats_t *formats,
               sac_solution_t *solution, sac_error_t *error);
void sac_solution_free(sac_solution_t *solution);

// K and V of a softmax problem as the formats leave them: float64 attention on these is what a perfect machine would
// do.
bool sac_solve_quantised(const sac_problem_t *problem, const sac_solve_formats_t *formats, sac_array_t *k,
                         sac_array_t *v, sac_error_t *error);

// For the operators: appends ", text" to a note.
void sac_note(char note[SAC_NOTE_BYTES], const char *text);
// Runs a plan and waits; adds its commands and counters to the solution.
bool sac_solve_run(sac_device_t *device, sac_attention_plan_t *plan, const sac_attention_tensors_t *tensors,
                   sac_solution_t *solution, sac_error_t *error);
// Reads `bytes` of device memory and appends them to the solution's raw bytes; the place of the copy, which is valid
// until the next call, or NULL.
const void *sac_solve_fetch(sac_device_t *device, uint32_t address, size_t bytes, sac_solution_t *solution,
                            sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
