// SPDX-License-Identifier: Apache-2.0
#include "render.h"

#include <pthread.h>
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
  sac_work_t *work;               // rtnerf
  sac_uniform_work_t *uniform;    // uniform: one of them is NULL
  int32_t threshold;
  pthread_mutex_t lock;           // of the sums in `uniform`
  int columns;
  size_t tiles;
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

static void add_work(job_t *job, const sac_uniform_work_t *work) {
  pthread_mutex_lock(&job->lock);
  job->uniform->rays += work->rays;
  job->uniform->hits += work->hits;
  job->uniform->mask_lookups += work->mask_lookups;
  job->uniform->interpolated += work->interpolated;
  job->uniform->evaluations += work->evaluations;
  pthread_mutex_unlock(&job->lock);
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
  sac_uniform_work_t work = {0};
  const bool done = job->uniform ? sac_uniform_tile(&tile, job->render, area, job->threshold, &work)
                                 : sac_tile_run(&tile, job->render, area);
  if (done && sac_tile_colour(&tile, &job->network)) write_tile(job, &tile);
  else job->failed = true;
  if (job->work) job->work->tiles[index] = tile.work;
  if (job->uniform) add_work(job, &work);
  sac_tile_close(&tile);
}

static void tabulate(sac_render_t *render) {
  for (int i = 0; i < 65536; i++) {
    const int32_t s = (int32_t)sac_lookup(&render->tables->lookup[SAC_TARGET_SOFTPLUS], i - 32768);
    render->softplus[i] = s < 0 ? 0 : s;
    render->sine[i] = (int16_t)sac_lookup(&render->tables->lookup[SAC_TARGET_SINE], i);
  }
}

// Opens the scene and what tiles share; the scene is the caller's to close when this succeeds.
static sac_hw_error_t open_render(const sac_render_machine_t *machine, const uint32_t *descriptor, sac_render_t *render) {
  uint32_t record[SAC_SCENE_WORDS];
  memcpy(record, machine->memory + sac_field_get(descriptor, SAC_RENDER_SCENE_ADDRESS), sizeof record);
  memcpy(render->camera, machine->memory + sac_field_get(descriptor, SAC_RENDER_CAMERA_ADDRESS), sizeof render->camera);
  const sac_scene_result_t result = sac_scene_open(&render->scene, record, machine->memory, machine->memory_bytes,
                                                   machine->tables, machine->lanes, machine->line_rows);
  if (result != SAC_SCENE_GOOD) return result == SAC_SCENE_RECORD ? SAC_HW_ERR_RECORD : SAC_HW_ERR_WINDOW;
  render->tables = machine->tables;
  render->entry_group = machine->entry_group;
  render->sample_lanes = machine->sample_lanes;
  render->alive_lag = machine->alive_lag;
  render->termination = (int32_t)sac_field_get(descriptor, SAC_RENDER_TERMINATION);
  render->carry = (int32_t)sac_clamp(sac_field_get(descriptor, SAC_RENDER_CARRY), 1, 65535);
  for (int a = 0; a < 3; a++) {
    const int64_t cell = (int32_t)render->camera[9 + a] >> 15;
    render->eye_cube[a] = (int)sac_clamp(cell, 0, render->scene.vertices[a] - 2) >> render->scene.side_log2;
  }
  tabulate(render);
  return SAC_HW_ERR_NONE;
}

static void run_job(job_t *job) {
  job->failed = job->failed || !sac_network_open(&job->network, job->machine->tables, job->machine->lanes);
  if (!job->failed) sac_parallel(job->tiles, run_tile, job);
  sac_network_close(&job->network);
}

static job_t make_job(const sac_render_machine_t *machine, const uint32_t *descriptor, sac_render_t *render) {
  const size_t width = sac_field_get(descriptor, SAC_RENDER_WIDTH), height = sac_field_get(descriptor, SAC_RENDER_HEIGHT);
  const size_t columns = (width + machine->tile - 1) / machine->tile;
  return (job_t){.machine = machine, .descriptor = descriptor, .render = render, .columns = (int)columns,
                 .tiles = columns * ((height + machine->tile - 1) / machine->tile)};
}

sac_hw_error_t sac_render_run(const sac_render_machine_t *machine, const uint32_t *descriptor, sac_work_t *work) {
  sac_render_t *render = calloc(1, sizeof *render);
  const sac_hw_error_t error = open_render(machine, descriptor, render);
  memset(work, 0, sizeof *work);
  if (error) {
    free(render);
    return error;
  }
  job_t job = make_job(machine, descriptor, render);
  job.work = work;
  work->tile_count = job.tiles;
  work->tiles = calloc(work->tile_count, sizeof *work->tiles);
  work->width = sac_field_get(descriptor, SAC_RENDER_WIDTH);
  work->height = sac_field_get(descriptor, SAC_RENDER_HEIGHT);
  work->depth = sac_field_get(descriptor, SAC_RENDER_DEPTH);
  job.failed = !work->tiles;
  run_job(&job);
  work->scene = render->scene;  // now the work's
  free(render);
  if (job.failed) sac_work_close(work);
  return job.failed ? SAC_HW_ERR_RANGE : SAC_HW_ERR_NONE;
}

sac_hw_error_t sac_render_uniform(const sac_render_machine_t *machine, const uint32_t *descriptor, int32_t threshold,
                                  sac_uniform_work_t *work) {
  sac_render_t *render = calloc(1, sizeof *render);
  const sac_hw_error_t error = open_render(machine, descriptor, render);
  memset(work, 0, sizeof *work);
  if (!error) {
    job_t job = make_job(machine, descriptor, render);
    job.uniform = work;
    job.threshold = threshold;
    pthread_mutex_init(&job.lock, NULL);
    run_job(&job);
    pthread_mutex_destroy(&job.lock);
    sac_scene_close(&render->scene);
    free(render);
    return job.failed ? SAC_HW_ERR_RANGE : SAC_HW_ERR_NONE;
  }
  free(render);
  return error;
}

void sac_work_close(sac_work_t *work) {
  for (size_t i = 0; work->tiles && i < work->tile_count; i++) {
    free(work->tiles[i].cubes);
    free(work->tiles[i].groups);
    free(work->tiles[i].reads);
  }
  free(work->tiles);
  sac_scene_close(&work->scene);
  memset(work, 0, sizeof *work);
}
