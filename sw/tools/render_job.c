// SPDX-License-Identifier: Apache-2.0
#include "render_job.h"

#include <stdlib.h>
#include <string.h>

#include "../driver/camera_record.h"
#include "../driver/scene_layout.h"

enum { kReserveBytes = 4 << 20, kDefaultLanes = 128 };

size_t sac_render_job_memory(const sac_image_t *image, const sac_render_job_t *job) {
  const size_t vertices = (size_t)image->grid[0] * image->grid[1] * image->grid[2];
  const size_t pixels = (size_t)job->crop[2] * job->crop[3];
  // Blocks and directory, cell masks at one byte a cell at most, walk directory, lines and network, two words a pixel.
  const size_t bytes = image->block_bytes + 4 * image->blocks + 2 * vertices + 8 * pixels + 512 * kDefaultLanes + kReserveBytes;
  return (bytes + 0xffff) & ~(size_t)0xffff;
}

static sac_scene_limits_t limits_of(const sac_capacities_t *capacities) {
  const uint32_t *value = capacities->value;
  return (sac_scene_limits_t){.lanes = value[SAC_CAPACITY_LANES], .cube_side = value[SAC_CAPACITY_CUBE_SIDE],
                              .line_rows = value[SAC_CAPACITY_LINE_ROWS], .weight_words = value[SAC_CAPACITY_WEIGHT_WORDS],
                              .quant_entries = value[SAC_CAPACITY_QUANT_ENTRIES], .x_words = value[SAC_CAPACITY_X_WORDS],
                              .block_bytes = value[SAC_CAPACITY_BLOCK_BYTES]};
}

static bool upload(sac_device_t *device, const sac_image_t *image, int side, sac_scene_layout_t *layout, sac_error_t *error) {
  const sac_scene_limits_t limits = limits_of(sac_device_capacities(device));
  uint32_t base;
  // The size is not known before the layout, and the layout needs its base: the next allocation's address is the base.
  if (!sac_device_alloc(device, 64, &base, error) || !sac_scene_layout(image, &limits, side, base, layout, error)) return false;
  uint32_t rest;
  if (layout->size > 64 && !sac_device_alloc(device, layout->size - 64, &rest, error)) return false;
  if (!sac_device_write(device, layout->base, layout->bytes, layout->size, error)) return false;
  for (int i = 0; i < SAC_SCENE_TABLES; i++) {
    if (!sac_queue_submit(device, layout->tables[i], (uint16_t)i, error)) return false;
  }
  return sac_queue_wait(device, error);
}

bool sac_render_job_prepare(sac_device_t *device, const sac_image_t *image, const sac_render_job_t *job,
                            sac_render_prepared_t *prepared, sac_error_t *error) {
  const int side = job->cube_side ? job->cube_side : (int)sac_device_capacities(device)->value[SAC_CAPACITY_CUBE_SIDE];
  const int width = job->crop[2], height = job->crop[3];
  const size_t bytes = (size_t)width * height * 4;
  sac_scene_layout_t layout = {0};
  uint32_t camera[SAC_CAMERA_RECORD_WORDS];
  sac_render_request_t request = {.depth = true, .x = job->crop[0], .y = job->crop[1], .width = width, .height = height,
                                    .stride = width, .termination = (uint16_t)job->termination, .carry = (uint16_t)job->carry};
  memcpy(request.background, job->background, sizeof request.background);
  const bool good = sac_camera_record(&job->camera, image, side, camera, error) && upload(device, image, side, &layout, error) &&
                    sac_device_alloc(device, sizeof camera, &request.camera_address, error) &&
                    sac_device_alloc(device, bytes, &request.colour_address, error) &&
                    sac_device_alloc(device, bytes, &request.depth_address, error) &&
                    sac_device_write(device, request.camera_address, camera, sizeof camera, error);
  request.scene_address = layout.scene_address;
  sac_scene_layout_free(&layout);
  if (!good) return false;
  sac_render_descriptor(&request, prepared->words);
  prepared->colour_address = request.colour_address;
  prepared->depth_address = request.depth_address;
  return true;
}

static bool make_result(const sac_render_job_t *job, sac_render_result_t *result, sac_error_t *error) {
  const size_t bytes = (size_t)job->crop[2] * job->crop[3] * 4;
  memset(result, 0, sizeof *result);
  result->rgba = malloc(bytes);
  result->depth = malloc(bytes);
  return (result->rgba && result->depth) || sac_error_set(error, SAC_ERR_MEMORY, "no memory for a picture of %d x %d", job->crop[2], job->crop[3]);
}

static bool read_pictures(sac_device_t *device, const sac_render_job_t *job, const sac_render_prepared_t *prepared,
                          sac_render_result_t *result, sac_error_t *error) {
  const size_t bytes = (size_t)job->crop[2] * job->crop[3] * 4;
  return sac_device_read(device, prepared->colour_address, result->rgba, bytes, error) &&
         sac_device_read(device, prepared->depth_address, result->depth, bytes, error);
}

bool sac_render_job_fetch(sac_device_t *device, const sac_render_job_t *job, const sac_render_prepared_t *prepared,
                          sac_render_result_t *result, sac_error_t *error) {
  const bool good = make_result(job, result, error) && read_pictures(device, job, prepared, result, error);
  if (!good) sac_render_result_free(result);
  return good;
}

bool sac_render_job_run(sac_device_t *device, const sac_image_t *image, const sac_render_job_t *job, sac_render_result_t *result,
                        sac_error_t *error) {
  sac_render_prepared_t prepared;
  uint32_t before[SAC_COUNTERS];
  memset(result, 0, sizeof *result);
  bool good = sac_render_job_prepare(device, image, job, &prepared, error);
  if (good) {
    sac_device_counters(device, before);
    good = sac_queue_submit(device, prepared.words, SAC_SCENE_TABLES, error) && sac_queue_wait(device, error) &&
           sac_render_job_fetch(device, job, &prepared, result, error);
  }
  if (good) {
    result->cycles = sac_queue_last(device)->cycles;
    sac_device_counters(device, result->counters);
    for (int i = 0; i < SAC_COUNTERS; i++) result->counters[i] -= before[i];
  } else {
    sac_render_result_free(result);
  }
  return good;
}

bool sac_render_job_uniform(const sac_machine_config_t *config, const sac_image_t *image, const sac_render_job_t *job,
                            sac_render_result_t *result, sac_uniform_work_t *work, sac_error_t *error) {
  enum { kPublishedThreshold = 7 };  // weights above 1e-4, of 65536
  sac_render_prepared_t prepared;
  sac_model_t *model = sac_model_create(config, sac_render_job_memory(image, job));
  if (!model) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a model");
  const sac_hal_t hal = sac_model_hal(model);
  sac_device_t *device = sac_device_open(&hal, error);
  if (!device) {
    hal.close(hal.self);
    return false;
  }
  bool good = make_result(job, result, error) && sac_render_job_prepare(device, image, job, &prepared, error);
  if (good && !sac_model_uniform(model, prepared.words, kPublishedThreshold, work)) {
    good = sac_error_set(error, SAC_ERR_DEVICE, "the model refuses the scene or the camera");
  }
  good = good && read_pictures(device, job, &prepared, result, error);
  if (!good) sac_render_result_free(result);
  sac_device_close(device);
  return good;
}

void sac_render_result_free(sac_render_result_t *result) {
  free(result->rgba);
  free(result->depth);
  memset(result, 0, sizeof *result);
}
