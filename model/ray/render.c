// SPDX-License-Identifier: Apache-2.0
#include "render.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/parallel.h"
#include "colour.h"

typedef struct {
  const sac_render_machine_t *machine;
  const uint32_t *descriptor;
  sac_render_t *render;
  sac_network_t network;
  sac_work_t *work;
  int columns;
  atomic_bool failed;
} job_t;

static void write_tile(const job_t *job, const sac_tile_t *tile) {
  const uint32_t *d = job->descriptor;
  uint8_t *memory = job->machine->memory;
  const uint64_t colour = sac_field_get(d, SAC_RENDER_COLOUR_ADDRESS), depth = sac_field_get(d, SAC_RENDER_DEPTH_ADDRESS);
  const uint64_t stride = sac_field_get(d, SAC_RENDER_STRIDE);
  const uint32_t background = sac_field_get(d, SAC_RENDER_BACKGROUND);
  for (int j = tile->area.y0; j <= tile->area.y1; j++) for (int i = tile->area.x0; i <= tile->area.x1; i++) {
    uint8_t rgba[4];
    uint32_t distance;
    sac_pixel_finish(&tile->pixels[(size_t)(j - tile->area.y0) * tile->width + i - tile->area.x0], background, rgba, &distance);
    const uint64_t at = ((uint64_t)(j - (int)sac_field_get(d, SAC_RENDER_Y)) * stride + (uint64_t)(i - (int)sac_field_get(d, SAC_RENDER_X))) * 4;
    memcpy(memory + colour + at, rgba, 4);
    if (sac_field_get(d, SAC_RENDER_DEPTH)) memcpy(memory + depth + at, &distance, 4);
  }
}

static void run_tile(void *context, size_t index) {
  job_t *job = context;
  const uint32_t *d = job->descriptor;
  const int side = (int)job->machine->tile, x = (int)sac_field_get(d, SAC_RENDER_X), y = (int)sac_field_get(d, SAC_RENDER_Y);
  const int right = x + (int)sac_field_get(d, SAC_RENDER_WIDTH) - 1, bottom = y + (int)sac_field_get(d, SAC_RENDER_HEIGHT) - 1;
  sac_rectangle_t area = {.x0 = x + (int)(index % (size_t)job->columns) * side, .y0 = y + (int)(index / (size_t)job->columns) * side};
  area.x1 = area.x0 + side - 1 < right ? area.x0 + side - 1 : right;
  area.y1 = area.y0 + side - 1 < bottom ? area.y0 + side - 1 : bottom;
  sac_tile_t tile;
  if (sac_tile_run(&tile, job->render, area) && sac_tile_colour(&tile, &job->network)) write_tile(job, &tile);
  else job->failed = true;
  job->work->tiles[index] = tile.work;
  sac_tile_close(&tile);
}

static void tabulate(sac_render_t *render) {
  for (int i = 0; i < 65536; i++) {
    const int32_t s = sac_lookup(&render->tables->lookup[SAC_TARGET_SOFTPLUS], i - 32768);
    render->softplus[i] = s < 0 ? 0 : s;
    render->sine[i] = (int16_t)sac_lookup(&render->tables->lookup[SAC_TARGET_SINE], i);
  }
}

sac_hw_error_t sac_render_run(const sac_render_machine_t *machine, const uint32_t *descriptor, sac_work_t *work) {
  const unsigned width = sac_field_get(descriptor, SAC_RENDER_WIDTH), height = sac_field_get(descriptor, SAC_RENDER_HEIGHT);
  uint32_t record[SAC_SCENE_WORDS];
  sac_render_t *render = calloc(1, sizeof *render);
  job_t job = {.machine = machine, .descriptor = descriptor, .render = render, .work = work};
  memset(work, 0, sizeof *work);
  memcpy(record, machine->memory + sac_field_get(descriptor, SAC_RENDER_SCENE_ADDRESS), sizeof record);
  memcpy(render->camera, machine->memory + sac_field_get(descriptor, SAC_RENDER_CAMERA_ADDRESS), sizeof render->camera);
  const sac_scene_result_t result = sac_scene_open(&render->scene, record, machine->memory, machine->memory_bytes,
                                                   machine->tables, machine->lanes, machine->line_rows);
  if (result != SAC_SCENE_GOOD) {
    free(render);
    return result == SAC_SCENE_RECORD ? SAC_HW_ERR_RECORD : SAC_HW_ERR_WINDOW;
  }
  render->tables = machine->tables;
  render->entry_group = machine->entry_group;
  render->termination = (int32_t)sac_field_get(descriptor, SAC_RENDER_TERMINATION);
  render->carry = (int32_t)sac_field_get(descriptor, SAC_RENDER_CARRY);
  if (render->carry < 1) render->carry = 1;
  for (int a = 0; a < 3; a++) {
    const int64_t cell = (int32_t)render->camera[9 + a] >> 15;
    render->eye_cube[a] = (int)sac_clamp(cell, 0, render->scene.vertices[a] - 2) >> render->scene.side_log2;
  }
  tabulate(render);
  job.columns = (int)((width + machine->tile - 1) / machine->tile);
  work->tile_count = (size_t)job.columns * ((height + machine->tile - 1) / machine->tile);
  work->tiles = calloc(work->tile_count, sizeof *work->tiles);
  work->width = width;
  work->height = height;
  work->depth = sac_field_get(descriptor, SAC_RENDER_DEPTH);
  job.failed = !work->tiles || !sac_network_open(&job.network, machine->tables, machine->lanes);
  if (!job.failed) sac_parallel(work->tile_count, run_tile, &job);
  sac_network_close(&job.network);
  work->scene = render->scene;  // now the work's
  free(render);
  if (job.failed) sac_work_close(work);
  return job.failed ? SAC_HW_ERR_RANGE : SAC_HW_ERR_NONE;
}

void sac_work_close(sac_work_t *work) {
  for (size_t i = 0; work->tiles && i < work->tile_count; i++) {
    free(work->tiles[i].cubes);
    free(work->tiles[i].groups);
  }
  free(work->tiles);
  sac_scene_close(&work->scene);
  memset(work, 0, sizeof *work);
}
