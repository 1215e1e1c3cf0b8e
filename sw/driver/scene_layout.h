// SPDX-License-Identifier: Apache-2.0
// A packed scene in device memory for one machine and one cube side: a contiguous blob, the
// TABLE commands that load the on-chip tables from it, and the descriptor of RENDER. Layouts:
// docs/architecture.md 1.1, 1.2 and 5; fields: scripts/spec/{records,commands,targets}.yaml.
#ifndef SACCADE_SCENE_LAYOUT_H
#define SACCADE_SCENE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../scene/image.h"
#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_SCENE_TABLES = 8, SAC_DESCRIPTOR_WORDS = 16 };

// The capacities of a machine that a scene has to fit; names as in parameters.yaml.
typedef struct {
  uint32_t lanes;
  uint32_t cube_side;
  uint32_t line_rows;
  uint32_t weight_words;
  uint32_t quant_entries;
  uint32_t x_words;
  uint32_t block_bytes;
} sac_scene_limits_t;

typedef struct {
  uint8_t *bytes;  // goes to device memory at `base`
  size_t size;     // a multiple of 64
  uint32_t base;
  int cube_side;
  uint32_t scene_address;  // the scene record
  uint32_t tables[SAC_SCENE_TABLES][SAC_DESCRIPTOR_WORDS];  // TABLE commands, tag 0
} sac_scene_layout_t;

// Lays the scene out for a cube side of 1, 2, 4 or 8 at `base` (a multiple of 64). A scene that
// the machine cannot hold is refused, naming the limit and what would fit.
bool sac_scene_layout(const sac_image_t *image, const sac_scene_limits_t *limits, int cube_side,
                      uint32_t base, sac_scene_layout_t *out, sac_error_t *error);
void sac_scene_layout_free(sac_scene_layout_t *layout);

// What RENDER is asked for; addresses in device memory, lengths in pixels.
typedef struct {
  uint16_t tag;
  uint32_t scene_address;
  uint32_t camera_address;
  uint32_t colour_address;
  uint32_t depth_address;
  bool depth;
  int x, y, width, height;  // rectangle of the image
  int stride;               // of the output rows
  uint16_t termination;     // of 65536
  uint16_t carry;           // of 65536
  uint8_t background[3];
} sac_render_request_t;

void sac_render_descriptor(const sac_render_request_t *request,
                           uint32_t words[SAC_DESCRIPTOR_WORDS]);

#ifdef __cplusplus
}
#endif

#endif
