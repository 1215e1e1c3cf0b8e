// SPDX-License-Identifier: Apache-2.0
// A scene in device memory, decoded once per RENDER: dense planes are kept only while the vertices are computed;
// afterwards a density value per grid vertex and 27 features per vertex of an active cell. The machine computes the
// same values cube by cube; what it fetches and how often is counted apart (sparse/cache.h, replay.h).
#ifndef SACCADE_MODEL_SCENE_H
#define SACCADE_MODEL_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../dot/lookup.h"
#include "../dot/requantise.h"
#include "saccade/regs.h"

enum { SAC_FEATURES = 27, SAC_FEATURE_STRIDE = 32 };

// On-chip tables, loaded by TABLE.
typedef struct {
  sac_lookup_t lookup[8];  // by SAC_TARGET_SOFTPLUS .. SAC_TARGET_LOG2
  int8_t *weights;         // weight_words words of `lanes`
  sac_quant_t *quant;
  int16_t (*density_lines)[16];
  int16_t (*appearance_lines)[48];
} sac_tables_t;

typedef struct {
  uint32_t record[SAC_SCENE_WORDS];
  int vertices[3];          // gx, gy, gz
  int side_log2, side;
  int cubes[3], supers[3];
  uint64_t *bitmaps;        // per super-cube
  uint32_t *offsets;        // per super-cube: of its first cell mask, from the mask section
  const uint8_t **masks;    // per cube: cell mask in device memory, NULL = empty
  int16_t *density;         // per vertex, x fastest; meaningful at vertices of active cells
  int32_t *slot;            // per vertex: index into features, -1 = none
  int16_t *features;        // slots x SAC_FEATURE_STRIDE
  size_t slots;
  size_t block_bytes;       // largest encoded block, for the capacity check
} sac_scene_t;

typedef enum { SAC_SCENE_GOOD, SAC_SCENE_RECORD, SAC_SCENE_MEMORY } sac_scene_result_t;

// Are the fields of a scene record in range for a machine with so many line rows?
bool sac_scene_record_good(const uint32_t record[SAC_SCENE_WORDS], unsigned line_rows);

// SAC_SCENE_RECORD: a field is out of range; SAC_SCENE_MEMORY: an address leaves device memory or a block does not
// decode. `memory` must stay while the scene is used.
sac_scene_result_t sac_scene_open(sac_scene_t *scene, const uint32_t record[SAC_SCENE_WORDS], const uint8_t *memory,
                                  size_t memory_bytes, const sac_tables_t *tables, unsigned lanes, unsigned line_rows);
void sac_scene_close(sac_scene_t *scene);

static inline size_t sac_scene_vertex(const sac_scene_t *scene, int x, int y, int z) {
  return ((size_t)z * scene->vertices[1] + y) * scene->vertices[0] + x;
}

static inline size_t sac_scene_cube(const sac_scene_t *scene, int x, int y, int z) {
  return ((size_t)z * scene->cubes[1] + y) * scene->cubes[0] + x;
}

#endif
