// SPDX-License-Identifier: Apache-2.0
// Choice of the operator, and what all of them need (contract: solve.h).
#include "solve.h"

#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "rotary.h"
#include "softmax.h"

// Rings, tables, and what alignment costs, whatever the shapes.
enum { kReserveBytes = 1 << 20 };

size_t sac_solve_memory(const sac_problem_t *p) {
  // Rows of Q, Y, K and V, padded to 16 elements or with scales; logits, where they are asked for, and the mask.
  const size_t tokens = p->batches * (p->queries * p->q_heads + p->keys * (p->k_heads + p->v_heads));
  const size_t scores = p->op == SAC_OP_LINEAR_ATTENTION ? 0 : p->batches * p->q_heads * p->queries * p->keys;
  const size_t softmax = tokens * (2 * (p->d_k + p->d_v) + 128) + 4 * scores + 8 * p->mask.count + 4 * p->keys +
                         1024 * p->batches * p->q_heads;  // of one run
  const size_t bytes =
      kReserveBytes + (p->op == SAC_OP_LINEAR_ATTENTION ? sac_linear_memory(p) : 2 * softmax);  // or two
  return (bytes + 0xffff) & ~(size_t)0xffff;
}

bool sac_solve(sac_device_t *device, const sac_problem_t *problem, const sac_solve_formats_t *formats,
               sac_solution_t *solution, sac_error_t *error) {
  *solution = (sac_solution_t){0};
  bool good =
      sac_outputs_make(&solution->outputs, problem, error) && sac_outputs_make(&solution->bounds, problem, error);
  if (good && problem->op == SAC_OP_ROTARY) {
    good = sac_rotary_solve(problem, solution);
  } else if (good) {
    good = sac_attention_load_tables(device, error) &&
           (problem->op == SAC_OP_LINEAR_ATTENTION ? sac_linear_solve(device, problem, formats, solution, error)
                                                   : sac_softmax_solve(device, problem, formats, solution, error));
  }
  if (!good) sac_solution_free(solution);
  return good;
}

void sac_solution_free(sac_solution_t *solution) {
  sac_outputs_free(&solution->outputs);
  sac_outputs_free(&solution->bounds);
  free(solution->raw);
  *solution = (sac_solution_t){0};
}

void sac_note(char note[SAC_NOTE_BYTES], const char *text) {
  const size_t length = strlen(note), room = SAC_NOTE_BYTES - 1 - length;
  if (length > 0) strncat(note, ", ", room);
  strncat(note, text, room > 2 ? room - 2 : 0);
}

bool sac_solve_run(sac_device_t *device, sac_attention_plan_t *plan, const sac_attention_tensors_t *tensors,
                   sac_solution_t *solution, sac_error_t *error) {
  uint32_t before[SAC_COUNTERS], after[SAC_COUNTERS];
  sac_device_counters(device, before);
  if (!sac_attention_run(plan, tensors, error) || !sac_queue_wait(device, error)) return false;
  sac_device_counters(device, after);
  for (int i = 0; i < SAC_COUNTERS; i++) solution->counters[i] += after[i] - before[i];
  solution->commands += sac_attention_commands(plan);
  return true;
}

const void *sac_solve_fetch(sac_device_t *device, uint32_t address, size_t bytes, sac_solution_t *solution,
                            sac_error_t *error) {
  uint8_t *raw = realloc(solution->raw, solution->raw_bytes + bytes + 1);
  if (!raw) {
    sac_error_set(error, SAC_ERR_MEMORY, "no memory for %zu bytes of results", bytes);
    return NULL;
  }
  solution->raw = raw;
  if (!sac_device_read(device, address, raw + solution->raw_bytes, bytes, error)) return NULL;
  solution->raw_bytes += bytes;
  return raw + solution->raw_bytes - bytes;
}
