// SPDX-License-Identifier: Apache-2.0
// The RENDER command (rtl/ray/sac_render.sv): all tiles of a rectangle, on all cores, and the record of the work.
#ifndef SACCADE_MODEL_RENDER_H
#define SACCADE_MODEL_RENDER_H

#include "uniform.h"

// Work of one RENDER in tile order, with the scene it was done on: what timing and caches are replayed from.
typedef struct {
  sac_work_tile_t *tiles;
  size_t tile_count;
  sac_scene_t scene;
  uint32_t width, height;
  bool depth;
} sac_work_t;

typedef struct {
  unsigned lanes, tile, line_rows, entry_group, sample_lanes, alive_lag;
  uint8_t *memory;
  size_t memory_bytes;
  const sac_tables_t *tables;
} sac_render_machine_t;

// Executes the descriptor; SAC_HW_ERR_NONE, or what the machine would report. The caller has checked windows of the
// output and of the records. `work` must be closed after success.
sac_hw_error_t sac_render_run(const sac_render_machine_t *machine, const uint32_t *descriptor, sac_work_t *work);
// The same picture by the uniform pipeline (uniform.h); colours weights of `threshold` (of 65536) and more.
sac_hw_error_t sac_render_uniform(const sac_render_machine_t *machine, const uint32_t *descriptor, int32_t threshold,
                                  sac_uniform_work_t *work);
void sac_work_close(sac_work_t *work);

#endif
