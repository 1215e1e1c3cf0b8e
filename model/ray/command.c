// SPDX-License-Identifier: Apache-2.0
// RENDER as a command of the machine: checks, data, then time (rtl/ray/sac_render.sv).
#include <string.h>

#include "../host/model.h"
#include "render.h"
#include "replay.h"

// Output of the rectangle against windows: a request a row of a tile, tile by tile, colour before depth.
static sac_outcome_t check_rows(sac_model_t *model, const uint32_t *d, uint32_t address, uint32_t first_x, uint32_t first_y) {
  const uint32_t width = sac_field_get(d, SAC_RENDER_WIDTH), height = sac_field_get(d, SAC_RENDER_HEIGHT);
  const uint32_t tile = model->config.capacities[SAC_CAPACITY_TILE];
  const uint32_t columns = width - first_x < tile ? width - first_x : tile;
  for (uint32_t y = first_y; y < height && y < first_y + tile; y++) {
    const uint32_t at = address + 4 * (y * sac_field_get(d, SAC_RENDER_STRIDE) + first_x);
    const sac_outcome_t access = sac_model_access(model, at, 4 * columns, true);
    if (access.code) return access;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_outcome_t check_output(sac_model_t *model, const uint32_t *d) {
  const uint32_t width = sac_field_get(d, SAC_RENDER_WIDTH), height = sac_field_get(d, SAC_RENDER_HEIGHT);
  const uint32_t tile = model->config.capacities[SAC_CAPACITY_TILE];
  for (uint32_t y = 0; y < height; y += tile) for (uint32_t x = 0; x < width; x += tile) {
    sac_outcome_t outcome = check_rows(model, d, sac_field_get(d, SAC_RENDER_COLOUR_ADDRESS), x, y);
    if (!outcome.code && sac_field_get(d, SAC_RENDER_DEPTH)) {
      outcome = check_rows(model, d, sac_field_get(d, SAC_RENDER_DEPTH_ADDRESS), x, y);
    }
    if (outcome.code) return outcome;
  }
  return sac_outcome(SAC_HW_ERR_NONE, 0);
}

static sac_render_machine_t machine_of(const sac_model_t *model) {
  const uint32_t *capacity = model->config.capacities;
  return (sac_render_machine_t){
      .lanes = capacity[SAC_CAPACITY_LANES], .tile = capacity[SAC_CAPACITY_TILE], .line_rows = capacity[SAC_CAPACITY_LINE_ROWS],
      .entry_group = capacity[SAC_CAPACITY_ENTRY_GROUP], .sample_lanes = capacity[SAC_CAPACITY_SAMPLE_LANES], .alive_lag = capacity[SAC_CAPACITY_ALIVE_LAG],
      .memory = model->memory, .memory_bytes = model->memory_bytes,
      .tables = &model->tables};
}

// Everything that the machine refuses before it starts.
static sac_outcome_t check(sac_model_t *model, const uint32_t *d) {
  if (sac_field_get(d, SAC_RENDER_WIDTH) == 0 || sac_field_get(d, SAC_RENDER_HEIGHT) == 0) return sac_outcome(SAC_HW_ERR_RANGE, 5);
  if (sac_field_get(d, SAC_RENDER_STRIDE) < sac_field_get(d, SAC_RENDER_WIDTH)) return sac_outcome(SAC_HW_ERR_RANGE, 7);
  const uint32_t scene = sac_field_get(d, SAC_RENDER_SCENE_ADDRESS), camera = sac_field_get(d, SAC_RENDER_CAMERA_ADDRESS);
  sac_outcome_t outcome = sac_model_access(model, scene, 4 * SAC_SCENE_WORDS, false);
  if (!outcome.code) outcome = sac_model_access(model, camera, 4 * SAC_CAMERA_WORDS, false);
  if (outcome.code) return outcome;
  uint32_t record[SAC_SCENE_WORDS];
  memcpy(record, model->memory + scene, sizeof record);
  const uint32_t side_log2 = sac_field_get(record, SAC_SCENE_SIDE_LOG2);
  if (!sac_scene_record_good(record, model->config.capacities[SAC_CAPACITY_LINE_ROWS]) || side_log2 > 3 ||
      1u << side_log2 > model->config.capacities[SAC_CAPACITY_CUBE_SIDE]) {
    return sac_outcome(SAC_HW_ERR_RECORD, scene);
  }
  return check_output(model, d);
}

sac_outcome_t sac_model_render(sac_model_t *model, const uint32_t *d, uint64_t *cycles) {
  sac_outcome_t outcome = check(model, d);
  if (outcome.code) return outcome;
  const sac_render_machine_t machine = machine_of(model);
  sac_work_t work;
  const sac_hw_error_t error = sac_render_run(&machine, d, &work);
  if (error) return sac_outcome(error, sac_field_get(d, SAC_RENDER_SCENE_ADDRESS));
  outcome = sac_time_replay(model, &work, cycles);
  sac_work_close(&work);
  return outcome;
}

bool sac_model_uniform(sac_model_t *model, const uint32_t descriptor[SAC_COMMAND_WORDS], int32_t threshold,
                       sac_uniform_work_t *work) {
  const sac_render_machine_t machine = machine_of(model);
  return check(model, descriptor).code == SAC_HW_ERR_NONE &&
         sac_render_uniform(&machine, descriptor, threshold, work) == SAC_HW_ERR_NONE;
}
