// SPDX-License-Identifier: Apache-2.0
// One view of a packed scene on a device: upload, tables, RENDER, picture.
#ifndef SACCADE_TOOLS_RENDER_JOB_H
#define SACCADE_TOOLS_RENDER_JOB_H

#include "../scene/camera.h"
#include "../scene/image.h"
#include "model/saccade_model.h"
#include "saccade/saccade.h"

typedef struct {
  sac_camera_t camera;
  int crop[4];               // x, y, width, height in the camera's image
  int cube_side;             // 0: the machine's largest
  int termination, carry;    // of 65536
  uint8_t background[3];
} sac_render_job_t;

typedef struct {
  uint8_t *rgba;             // crop, rows from the top
  uint32_t *depth;           // steps, .12
  uint32_t cycles;           // of RENDER
  uint32_t counters[SAC_COUNTERS];  // of RENDER alone
} sac_render_result_t;

// A RENDER that can be submitted, as often as wanted and among other commands: words, and where its pictures will lie.
typedef struct {
  uint32_t words[SAC_COMMAND_WORDS];
  uint32_t colour_address, depth_address;
} sac_render_prepared_t;

// Scene, camera and room for the pictures in device memory, tables on the machine; waits for the queue.
bool sac_render_job_prepare(sac_device_t *device, const sac_image_t *image, const sac_render_job_t *job,
                            sac_render_prepared_t *prepared, sac_error_t *error);
// The pictures of a RENDER that is done; cycles and counters stay zero.
bool sac_render_job_fetch(sac_device_t *device, const sac_render_job_t *job, const sac_render_prepared_t *prepared,
                          sac_render_result_t *result, sac_error_t *error);
// Both, and the RENDER between them.
bool sac_render_job_run(sac_device_t *device, const sac_image_t *image, const sac_render_job_t *job, sac_render_result_t *result,
                        sac_error_t *error);
void sac_render_result_free(sac_render_result_t *result);
// The same view by the uniform pipeline, on a model of that configuration; `depth` and cycles stay empty.
bool sac_render_job_uniform(const sac_machine_config_t *config, const sac_image_t *image, const sac_render_job_t *job,
                            sac_render_result_t *result, sac_uniform_work_t *work, sac_error_t *error);
// Device memory that the job needs, generously.
size_t sac_render_job_memory(const sac_image_t *image, const sac_render_job_t *job);

#endif
