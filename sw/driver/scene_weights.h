// SPDX-License-Identifier: Apache-2.0
// Where the colour network lies in the weight and quant RAMs of a machine with given lanes, and
// its bytes in memory (docs/architecture.md, section 5).
#ifndef SACCADE_SCENE_WEIGHTS_H
#define SACCADE_SCENE_WEIGHTS_H

#include <stdint.h>

#include "../scene/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int lanes;
  uint32_t weight_base[4];  // basis, layer 1, layer 2, layer 3: first weight word
  uint32_t quant_base[4];   // first quant entry
  uint32_t words;           // weight words in all
  uint32_t quants;
  uint32_t operand_words;  // words of the x RAM that RENDER uses
} sac_weight_map_t;

sac_weight_map_t sac_weight_map(int lanes);

// Writes `words * lanes` bytes of weights and `quants * 8` bytes of quant entries; both must be
// zero before.
void sac_weights_write(const sac_image_t *image, const sac_weight_map_t *map, uint8_t *weights,
                       uint8_t *quants);

#ifdef __cplusplus
}
#endif

#endif
