// SPDX-License-Identifier: Apache-2.0
// Packed scene: everything that a machine of any size needs of a scene, in the integers of
// docs/architecture.md (sections 1 and 5). Made by sac_image_pack, kept as a safetensors file with
// a format version, turned into device memory by sac_scene_layout.
#ifndef SACCADE_IMAGE_H
#define SACCADE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encode.h"
#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SAC_IMAGE_VERSION = 1,
  SAC_DENSITY_COMPONENTS = 16,     // of a plane
  SAC_APPEARANCE_COMPONENTS = 48,  // of a plane
  SAC_PRODUCTS = 144,              // appearance components of the three planes
  SAC_FEATURES = 27,
  SAC_NETWORK_INPUTS = 150,
  SAC_HIDDEN = 128,
  SAC_CHANNELS = 3,
  SAC_PLANES = 3,
};

// One requantiser entry: y = saturate(round_even((acc + bias) * multiplier, shift), 16).
typedef struct {
  int32_t bias;
  uint16_t multiplier;
  uint8_t shift;  // 0 to 47
} sac_quant_t;

typedef struct {
  // Geometry in world units: box of the first and last vertex, distance of samples.
  int grid[3];
  double aabb[2][3];
  double step;
  double near;
  double far;
  int samples;  // a ray
  // Density: s = log2(e) * distance * softplus(f + density_shift); distance is the published
  // distance_scale * step.
  double distance;
  double density_bias;  // the published density_shift, usually -10
  int fraction;         // f in units of 2^-fraction
  int density_shift;    // right shift of a density vertex sum
  int product_shift;    // right shift of an appearance product
  int phase_exponent;   // a feature's unit is 2^phase_exponent / 65536 turn
  // What pack was asked for.
  int value_bits;
  sac_encoding_t encoding;
  double prune;
  double occupancy;  // alpha above which a cell is active
  bool white;        // trained on a white background (else black)
  // Blocks: directory words (blocks + 1) and bytes.
  uint32_t *directory;
  size_t blocks;
  size_t appearance_block;  // number of the first appearance block
  uint8_t *block_data;
  size_t block_bytes;
  // Lines: rows of z, then y, then x; 16 and 48 values a row.
  int16_t *density_line;
  int16_t *appearance_line;
  // Active cells: bit x + (gx - 1) * (y + (gy - 1) * z), least significant bit first.
  uint8_t *cells;
  // Network: rows of weights by output; layer 1 in the order of inputs of section 4.
  int8_t basis[SAC_FEATURES][SAC_PRODUCTS];
  int8_t layer1[SAC_HIDDEN][SAC_NETWORK_INPUTS];
  int8_t layer2[SAC_HIDDEN][SAC_HIDDEN];
  int8_t layer3[SAC_CHANNELS][SAC_HIDDEN];
  sac_quant_t basis_quant[SAC_FEATURES];
  sac_quant_t layer1_quant[SAC_HIDDEN];
  sac_quant_t layer2_quant[SAC_HIDDEN];
  sac_quant_t layer3_quant[SAC_CHANNELS];
} sac_image_t;

// Sizes of one factor (plane p of density or appearance) under each encoding, in bytes, directory
// words not counted.
typedef struct {
  char name[24];  // "density XY"
  size_t entries;
  size_t nonzero;
  size_t dense, bitmap, coordinate, hybrid;
  size_t bitmap_flag;  // bitmap, but nothing for a block without values
  size_t dense8;       // dense with 8 bits a value, unpadded planes: the yardstick
  size_t modes[4];     // blocks by mode under hybrid
} sac_factor_sizes_t;

// Rows of the line tables: gx + gy + gz.
static inline int sac_image_line_rows(const sac_image_t *image) {
  return image->grid[0] + image->grid[1] + image->grid[2];
}

// Bytes of the cell bitmap.
static inline size_t sac_image_cell_bytes(const sac_image_t *image) {
  const size_t cells =
      (size_t)(image->grid[0] - 1) * (size_t)(image->grid[1] - 1) * (size_t)(image->grid[2] - 1);
  return (cells + 7) / 8;
}

static inline bool sac_image_cell(const sac_image_t *image, int x, int y, int z) {
  const size_t bit =
      (size_t)x + (size_t)(image->grid[0] - 1) *
                      ((size_t)y + (size_t)(image->grid[1] - 1) * (size_t)z);
  return (image->cells[bit >> 3] >> (bit & 7)) & 1;
}

// Axes of plane p: u, v and the line's w (0 = x, 1 = y, 2 = z); first row of its line.
void sac_plane_axes(int plane, int *u, int *v, int *w);
int sac_plane_row_base(const int grid[3], int plane);

// Blocks of a scene: one a 4 x 4 texels of a density plane, three of an appearance plane.
size_t sac_image_block_count(const int grid[3]);

// Number of the first block (density: the block, appearance: the first of three) that holds texel
// (u, v) of a plane.
size_t sac_image_block(const sac_image_t *image, bool appearance, int plane, int u, int v);

// Decodes a plane into gv * gu * 16 (density) or 48 values, texel by texel, v outermost.
bool sac_image_decode_plane(const sac_image_t *image, bool appearance, int plane, int16_t *out,
                            sac_error_t *error);

// Sizes of the six factors (density 0 to 2, appearance 3 to 5).
bool sac_image_sizes(const sac_image_t *image, sac_factor_sizes_t sizes[6], sac_error_t *error);

// Writes beside `path`, then renames: a failure leaves nothing behind.
bool sac_image_save(const sac_image_t *image, const char *path, sac_error_t *error);

// Reads and checks a packed scene; another version is refused naming both.
bool sac_image_load(sac_image_t *image, const char *path, sac_error_t *error);

// True where the file says that it is a packed scene (of whatever version).
bool sac_image_recognise(const char *path);

// Frees what the image owns and clears it. A cleared image may be freed again.
void sac_image_free(sac_image_t *image);

#ifdef __cplusplus
}
#endif

#endif
