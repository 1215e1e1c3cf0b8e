// SPDX-License-Identifier: Apache-2.0
// Scene blobs (contract: scene_layout.h). Two passes over one list of sections: the first adds up
// their sizes, the second writes them.
#include "scene_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "saccade/regs.h"
#include "scene_cubes.h"
#include "scene_weights.h"
#include "tables.h"

enum { ALIGN = 64 };

typedef enum {
  RECORD,
  DIRECTORY,
  BLOCKS,
  WALK,
  MASKS,
  DENSITY_LINES,
  APPEARANCE_LINES,
  WEIGHTS,
  QUANTS,
  TABLES,
  SECTIONS,
} section_t;

static size_t aligned(size_t bytes) { return (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1); }

static bool refuse(sac_error_t *error, const char *limit, unsigned long needs, unsigned long has,
                   const char *fits) {
  return sac_error_set(error, SAC_ERR_CAPACITY,
                       "the scene does not fit this machine: %s needs %lu, the machine has %lu; %s",
                       limit, needs, has, fits);
}

static size_t largest_block(const sac_image_t *image) {
  size_t largest = 0;
  for (size_t b = 0; b < image->blocks; b++) {
    const size_t bytes = (image->directory[b + 1] & ~3u) - (image->directory[b] & ~3u);
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

static bool check(const sac_image_t *image, const sac_scene_limits_t *limits, int cube_side,
                  uint32_t base, sac_error_t *error) {
  const uint32_t rows = (uint32_t)sac_image_line_rows(image);
  const sac_weight_map_t map = sac_weight_map((int)limits->lanes);
  const size_t block = largest_block(image);
  if (cube_side != 1 && cube_side != 2 && cube_side != 4 && cube_side != 8) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "cube side: expected 1, 2, 4 or 8, found %d",
                         cube_side);
  }
  if ((uint32_t)cube_side > limits->cube_side) {
    return refuse(error, "cube_side", (unsigned long)cube_side, limits->cube_side,
                  "a smaller cube side fits");
  }
  if (rows > limits->line_rows) {
    return refuse(error, "line_rows (gridSize x + y + z)", rows, limits->line_rows,
                  "a grid fits whose three sides add up to that");
  }
  if (map.words > limits->weight_words) {
    return refuse(error, "weight_words", map.words, limits->weight_words,
                  "no scene of this network shape fits");
  }
  if (map.quants > limits->quant_entries) {
    return refuse(error, "quant_entries", map.quants, limits->quant_entries,
                  "no scene of this network shape fits");
  }
  if (map.operand_words > limits->x_words) {
    return refuse(error, "x_words", map.operand_words, limits->x_words,
                  "no scene of this network shape fits");
  }
  if (block > limits->block_bytes) {
    return refuse(error, "block_bytes (largest encoded block)", block, limits->block_bytes,
                  "the hybrid encoding with 8 bits or fewer fits 256");
  }
  if (base % ALIGN != 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "address of the scene: expected a multiple of 64, found 0x%x", base);
  }
  return true;
}

static void put_words(uint8_t *out, const uint32_t *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    for (int b = 0; b < 4; b++) out[4 * i + (size_t)b] = (uint8_t)(words[i] >> (8 * b));
  }
}

static void put_lines(uint8_t *out, const int16_t *line, size_t count) {
  for (size_t i = 0; i < count; i++) {
    out[2 * i] = (uint8_t)((uint16_t)line[i] & 0xff);
    out[2 * i + 1] = (uint8_t)((uint16_t)line[i] >> 8);
  }
}

// value * 2^fraction rounded, into a u32 field.
static bool put_fixed(uint32_t *words, uint32_t field, double value, int fraction,
                      const char *what, sac_error_t *error) {
  const double scaled = nearbyint(ldexp(value, fraction));
  const double limit = fraction == 24 ? 67108864.0 : 4294967296.0;  // u2.24 or u20.12
  if (!(scaled >= 0.0 && scaled < limit)) {
    return sac_error_set(error, SAC_ERR_CAPACITY, "%s: %g is outside what the machine can express",
                         what, value);
  }
  sac_field_put(words, field, (uint32_t)scaled);
  return true;
}

static bool write_record(const sac_image_t *image, int side_log2, const uint32_t *address,
                         uint8_t *out, sac_error_t *error) {
  uint32_t w[SAC_SCENE_WORDS] = {0};
  const uint32_t steps[3] = {SAC_SCENE_STEP_X, SAC_SCENE_STEP_Y, SAC_SCENE_STEP_Z};
  sac_field_put(w, SAC_SCENE_MAGIC, SAC_SCENE_MAGIC_VALUE);
  sac_field_put(w, SAC_SCENE_GX, (uint32_t)image->grid[0]);
  sac_field_put(w, SAC_SCENE_GY, (uint32_t)image->grid[1]);
  sac_field_put(w, SAC_SCENE_GZ, (uint32_t)image->grid[2]);
  sac_field_put(w, SAC_SCENE_SAMPLES, (uint32_t)image->samples);
  sac_field_put(w, SAC_SCENE_SIDE_LOG2, (uint32_t)side_log2);
  sac_field_put(w, SAC_SCENE_VALUE_BITS, (uint32_t)image->value_bits);
  sac_field_put(w, SAC_SCENE_PHASE_EXPONENT, (uint32_t)image->phase_exponent);
  sac_field_put(w, SAC_SCENE_DENSITY_SHIFT, (uint32_t)image->density_shift);
  sac_field_put(w, SAC_SCENE_PRODUCT_SHIFT, (uint32_t)image->product_shift);
  sac_field_put(w, SAC_SCENE_DIRECTORY_ADDRESS, address[DIRECTORY]);
  sac_field_put(w, SAC_SCENE_BLOCK_ADDRESS, address[BLOCKS]);
  sac_field_put(w, SAC_SCENE_APPEARANCE_BLOCK, (uint32_t)image->appearance_block);
  sac_field_put(w, SAC_SCENE_WALK_ADDRESS, address[WALK]);
  sac_field_put(w, SAC_SCENE_MASK_ADDRESS, address[MASKS]);
  if (!put_fixed(w, SAC_SCENE_NEAR, image->near / image->step, 12, "near", error) ||
      !put_fixed(w, SAC_SCENE_FAR, image->far / image->step, 12, "far", error)) {
    return false;
  }
  for (int a = 0; a < 3; a++) {
    const double unit = (image->aabb[1][a] - image->aabb[0][a]) / (image->grid[a] - 1);
    if (!put_fixed(w, steps[a], image->step / unit, 24, "step over cell size", error)) return false;
  }
  put_words(out, w, SAC_SCENE_WORDS);
  return true;
}

static void write_tables(const sac_image_t *image, const uint32_t *address, uint8_t *out,
                         uint32_t descriptor[][SAC_DESCRIPTOR_WORDS]) {
  static const uint32_t kTargets[4] = {SAC_TARGET_SOFTPLUS, SAC_TARGET_EXP2, SAC_TARGET_SINE,
                                       SAC_TARGET_SIGMOID};
  sac_function_table_t table[4];
  sac_table_softplus(&table[0], image->distance, image->density_bias, image->fraction);
  sac_table_exp2(&table[1]);
  sac_table_sine(&table[2], image->phase_exponent);
  sac_table_sigmoid(&table[3]);
  for (uint32_t i = 0; i < 4; i++) {
    sac_table_serialise(&table[i], out + i * SAC_TABLE_BYTES);
    sac_table_descriptor(descriptor[i], kTargets[i], address[TABLES] + i * SAC_TABLE_BYTES, SAC_TABLE_ENTRIES, &table[i]);
  }
}

bool sac_scene_layout(const sac_image_t *image, const sac_scene_limits_t *limits, int cube_side,
                      uint32_t base, sac_scene_layout_t *out, sac_error_t *error) {
  memset(out, 0, sizeof *out);
  if (!check(image, limits, cube_side, base, error)) return false;
  const uint32_t rows = (uint32_t)sac_image_line_rows(image);
  const sac_weight_map_t map = sac_weight_map((int)limits->lanes);
  sac_cubes_t cubes;
  if (!sac_cubes_build(&cubes, image, cube_side, error)) return false;
  const size_t size[SECTIONS] = {
      [RECORD] = 4 * SAC_SCENE_WORDS,
      [DIRECTORY] = 4 * (image->blocks + 1),
      [BLOCKS] = image->block_bytes,
      [WALK] = cubes.directory_bytes,
      [MASKS] = cubes.mask_bytes,
      [DENSITY_LINES] = (size_t)rows * SAC_TARGET_DENSITY_LINE_BYTES,
      [APPEARANCE_LINES] = (size_t)rows * SAC_TARGET_APPEARANCE_LINE_BYTES,
      [WEIGHTS] = (size_t)map.words * limits->lanes,
      [QUANTS] = (size_t)map.quants * SAC_TARGET_QUANT_BYTES,
      [TABLES] = 4 * (size_t)SAC_TABLE_BYTES,
  };
  size_t offset[SECTIONS], total = 0;
  uint32_t address[SECTIONS];
  for (int s = 0; s < SECTIONS; s++) {
    offset[s] = total;
    address[s] = base + (uint32_t)total;
    total += aligned(size[s]);
  }
  out->bytes = total + base <= UINT32_MAX ? calloc(1, total) : NULL;
  if (out->bytes == NULL) {
    sac_cubes_free(&cubes);
    return sac_error_set(error, SAC_ERR_MEMORY, "no room for %zu bytes of scene at 0x%x", total,
                         base);
  }
  out->size = total;
  out->base = base;
  out->cube_side = cube_side;
  out->scene_address = address[RECORD];
  put_words(out->bytes + offset[DIRECTORY], image->directory, image->blocks + 1);
  memcpy(out->bytes + offset[BLOCKS], image->block_data, image->block_bytes);
  memcpy(out->bytes + offset[WALK], cubes.directory, cubes.directory_bytes);
  if (cubes.mask_bytes > 0) memcpy(out->bytes + offset[MASKS], cubes.masks, cubes.mask_bytes);
  sac_cubes_free(&cubes);
  put_lines(out->bytes + offset[DENSITY_LINES], image->density_line,
            (size_t)rows * SAC_DENSITY_COMPONENTS);
  put_lines(out->bytes + offset[APPEARANCE_LINES], image->appearance_line,
            (size_t)rows * SAC_APPEARANCE_COMPONENTS);
  sac_weights_write(image, &map, out->bytes + offset[WEIGHTS], out->bytes + offset[QUANTS]);
  write_tables(image, address, out->bytes + offset[TABLES], out->tables);
  sac_table_descriptor(out->tables[4], SAC_TARGET_WEIGHT, address[WEIGHTS], map.words, NULL);
  sac_table_descriptor(out->tables[5], SAC_TARGET_QUANT, address[QUANTS], map.quants, NULL);
  sac_table_descriptor(out->tables[6], SAC_TARGET_DENSITY_LINE, address[DENSITY_LINES], rows, NULL);
  sac_table_descriptor(out->tables[7], SAC_TARGET_APPEARANCE_LINE, address[APPEARANCE_LINES], rows, NULL);
  const int side_log2 = cube_side == 8 ? 3 : cube_side == 4 ? 2 : cube_side == 2 ? 1 : 0;
  if (write_record(image, side_log2, address, out->bytes + offset[RECORD], error)) return true;
  sac_scene_layout_free(out);
  return false;
}

void sac_scene_layout_free(sac_scene_layout_t *layout) {
  free(layout->bytes);
  memset(layout, 0, sizeof *layout);
}

void sac_render_descriptor(const sac_render_request_t *request,
                           uint32_t words[SAC_DESCRIPTOR_WORDS]) {
  const uint32_t background = request->background[0] | (uint32_t)request->background[1] << 8 |
                              (uint32_t)request->background[2] << 16;
  memset(words, 0, SAC_DESCRIPTOR_WORDS * sizeof words[0]);
  sac_field_put(words, SAC_COMMON_OPCODE, SAC_OPCODE_RENDER);
  sac_field_put(words, SAC_COMMON_TAG, request->tag);
  sac_field_put(words, SAC_RENDER_DEPTH, request->depth);
  sac_field_put(words, SAC_RENDER_SCENE_ADDRESS, request->scene_address);
  sac_field_put(words, SAC_RENDER_CAMERA_ADDRESS, request->camera_address);
  sac_field_put(words, SAC_RENDER_COLOUR_ADDRESS, request->colour_address);
  sac_field_put(words, SAC_RENDER_DEPTH_ADDRESS, request->depth_address);
  sac_field_put(words, SAC_RENDER_WIDTH, (uint32_t)request->width);
  sac_field_put(words, SAC_RENDER_HEIGHT, (uint32_t)request->height);
  sac_field_put(words, SAC_RENDER_X, (uint32_t)request->x);
  sac_field_put(words, SAC_RENDER_Y, (uint32_t)request->y);
  sac_field_put(words, SAC_RENDER_STRIDE, (uint32_t)request->stride);
  sac_field_put(words, SAC_RENDER_TERMINATION, request->termination);
  sac_field_put(words, SAC_RENDER_CARRY, request->carry);
  sac_field_put(words, SAC_RENDER_BACKGROUND, background);
}
