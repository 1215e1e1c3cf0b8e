// SPDX-License-Identifier: Apache-2.0
// Packed scenes as safetensors files (contract: image.h): integers as tensors, numbers as metadata
// strings under the names of the struct's fields.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "safetensors.h"

static const char kFormat[] = "Saccade packed scene";

// One number of the image and its legal range.
typedef struct {
  const char *key;
  size_t offset;
  bool real;
  double min, max;
} number_t;

#define REAL(name, min, max) {#name, offsetof(sac_image_t, name), true, min, max}
#define WHOLE(name, min, max) {#name, offsetof(sac_image_t, name), false, min, max}

static const number_t kNumbers[] = {
    WHOLE(grid[0], 2, 512),        WHOLE(grid[1], 2, 512),        WHOLE(grid[2], 2, 512),
    REAL(aabb[0][0], -1e9, 1e9),   REAL(aabb[0][1], -1e9, 1e9),   REAL(aabb[0][2], -1e9, 1e9),
    REAL(aabb[1][0], -1e9, 1e9),   REAL(aabb[1][1], -1e9, 1e9),   REAL(aabb[1][2], -1e9, 1e9),
    REAL(step, 1e-12, 1e9),        REAL(near, 0, 1e9),            REAL(far, 0, 1e9),
    WHOLE(samples, 1, 4095),       REAL(distance, 1e-12, 1e9),    REAL(density_bias, -1e3, 1e3),
    WHOLE(fraction, 0, 15),        WHOLE(density_shift, 0, 40),   WHOLE(product_shift, 0, 40),
    WHOLE(phase_exponent, 0, 14),  WHOLE(value_bits, 4, 16),      WHOLE(encoding, 0, 3),
    REAL(prune, 0, 1e3),           REAL(occupancy, 0, 1),         WHOLE(white, 0, 1),
};

enum { NUMBERS = sizeof kNumbers / sizeof kNumbers[0] };

static double get_number(const sac_image_t *image, const number_t *number) {
  const char *place = (const char *)image + number->offset;
  if (number->real) return *(const double *)(const void *)place;
  if (number->offset == offsetof(sac_image_t, white)) return image->white;
  return *(const int *)(const void *)place;
}

static void set_number(sac_image_t *image, const number_t *number, double value) {
  char *place = (char *)image + number->offset;
  if (number->real) {
    *(double *)(void *)place = value;
  } else if (number->offset == offsetof(sac_image_t, white)) {
    image->white = value != 0.0;
  } else {
    *(int *)(void *)place = (int)value;
  }
}

// A tensor of the file and where its bytes belong in the image.
typedef struct {
  const char *name;
  sac_dtype_t dtype;
  int rank;
  size_t shape[2];
  void *data;
} part_t;

enum { PARTS = 13, QUANTS = 4 };

static const char *const kQuantNames[QUANTS] = {"basis", "layer1", "layer2", "layer3"};

// The arrays of the image; the owned ones must exist. Quant entries are kept apart (see below).
static int list_parts(sac_image_t *image, part_t part[PARTS]) {
  const size_t rows = (size_t)sac_image_line_rows(image);
  const part_t parts[] = {
      {"directory", SAC_DTYPE_U32, 1, {image->blocks + 1}, image->directory},
      {"blocks", SAC_DTYPE_U8, 1, {image->block_bytes}, image->block_data},
      {"cells", SAC_DTYPE_U8, 1, {sac_image_cell_bytes(image)}, image->cells},
      {"density_line", SAC_DTYPE_I16, 2, {rows, 16}, image->density_line},
      {"appearance_line", SAC_DTYPE_I16, 2, {rows, 48}, image->appearance_line},
      {"basis", SAC_DTYPE_I8, 2, {SAC_FEATURES, SAC_PRODUCTS}, image->basis},
      {"layer1", SAC_DTYPE_I8, 2, {SAC_HIDDEN, SAC_NETWORK_INPUTS}, image->layer1},
      {"layer2", SAC_DTYPE_I8, 2, {SAC_HIDDEN, SAC_HIDDEN}, image->layer2},
      {"layer3", SAC_DTYPE_I8, 2, {SAC_CHANNELS, SAC_HIDDEN}, image->layer3},
  };
  const int count = sizeof parts / sizeof parts[0];
  memcpy(part, parts, sizeof parts);
  return count;
}

static sac_quant_t *quants_of(sac_image_t *image, int index, size_t *count) {
  sac_quant_t *const table[QUANTS] = {image->basis_quant, image->layer1_quant,
                                      image->layer2_quant, image->layer3_quant};
  const size_t counts[QUANTS] = {SAC_FEATURES, SAC_HIDDEN, SAC_HIDDEN, SAC_CHANNELS};
  *count = counts[index];
  return table[index];
}

static bool add_all(sac_safetensors_writer_t *writer, sac_image_t *image, sac_error_t *error) {
  char text[64];
  snprintf(text, sizeof text, "%d", SAC_IMAGE_VERSION);
  if (!sac_safetensors_add_metadata(writer, "format", kFormat, error) ||
      !sac_safetensors_add_metadata(writer, "version", text, error)) {
    return false;
  }
  for (int i = 0; i < NUMBERS; i++) {
    snprintf(text, sizeof text, "%.17g", get_number(image, &kNumbers[i]));
    if (!sac_safetensors_add_metadata(writer, kNumbers[i].key, text, error)) return false;
  }
  part_t part[PARTS];
  const int parts = list_parts(image, part);
  for (int i = 0; i < parts; i++) {
    if (!sac_safetensors_add(writer, part[i].name, part[i].dtype, part[i].rank, part[i].shape,
                             part[i].data, error)) {
      return false;
    }
  }
  for (int i = 0; i < QUANTS; i++) {
    size_t count;
    const sac_quant_t *quant = quants_of(image, i, &count);
    int32_t row[SAC_HIDDEN][3];
    for (size_t o = 0; o < count; o++) {
      row[o][0] = quant[o].bias;
      row[o][1] = quant[o].multiplier;
      row[o][2] = quant[o].shift;
    }
    snprintf(text, sizeof text, "%s_quant", kQuantNames[i]);
    if (!sac_safetensors_add(writer, text, SAC_DTYPE_I32, 2, (const size_t[]){count, 3}, row,
                             error)) {
      return false;
    }
  }
  return true;
}

bool sac_image_save(const sac_image_t *image, const char *path, sac_error_t *error) {
  sac_image_t copy = *image;  // shares the arrays; the lists below want them writable
  sac_safetensors_writer_t *writer = sac_safetensors_begin(path, error);
  if (writer == NULL) return false;
  if (add_all(writer, &copy, error)) return sac_safetensors_commit(writer, error);
  sac_safetensors_abandon(writer);
  return false;
}

static bool check_format(const sac_safetensors_t *file, const char *path, sac_error_t *error) {
  const char *format = sac_safetensors_metadata(file, "format");
  const char *version = sac_safetensors_metadata(file, "version");
  if (format == NULL || strcmp(format, kFormat) != 0) {
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: format: expected \"%s\", found \"%s\"", path,
                         kFormat, format != NULL ? format : "nothing");
  }
  char *end;
  const long found = version != NULL ? strtol(version, &end, 10) : -1;
  if (version == NULL || *version == '\0' || *end != '\0' || found != SAC_IMAGE_VERSION) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED,
                         "%s: version of the packed scene: expected %d, found %s; pack the scene "
                         "again",
                         path, SAC_IMAGE_VERSION, version != NULL ? version : "none");
  }
  return true;
}

static bool read_numbers(sac_image_t *image, const sac_safetensors_t *file, const char *path,
                         sac_error_t *error) {
  for (int i = 0; i < NUMBERS; i++) {
    const number_t *number = &kNumbers[i];
    const char *text = sac_safetensors_metadata(file, number->key);
    char *end;
    const double value = text != NULL ? strtod(text, &end) : NAN;
    const bool whole = number->real || value == floor(value);
    if (text == NULL || *text == '\0' || *end != '\0' || !whole ||
        !(value >= number->min && value <= number->max)) {
      return sac_error_set(error, SAC_ERR_FORMAT, "%s: %s: expected %s from %g to %g, found %s",
                           path, number->key, number->real ? "a number" : "a whole number",
                           number->min, number->max, text != NULL ? text : "nothing");
    }
    set_number(image, number, value);
  }
  for (int a = 0; a < 3; a++) {
    if (!(image->aabb[1][a] > image->aabb[0][a])) {
      return sac_error_set(error, SAC_ERR_FORMAT, "%s: aabb: the box is empty on axis %d", path, a);
    }
  }
  if (image->value_bits > 8 && image->value_bits != 16) {
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: value_bits: expected 4 to 8 or 16, found %d",
                         path, image->value_bits);
  }
  return true;
}

static bool allocate(sac_image_t *image, const sac_safetensors_t *file, sac_error_t *error) {
  const sac_tensor_t *blocks = sac_safetensors_find(file, "blocks");
  const size_t rows = (size_t)sac_image_line_rows(image);
  image->blocks = sac_image_block_count(image->grid);
  image->appearance_block = image->blocks / 4;
  image->block_bytes = blocks != NULL ? blocks->bytes : 0;
  image->directory = calloc(image->blocks + 1, sizeof *image->directory);
  image->block_data = calloc(1, image->block_bytes + 4);
  image->density_line = calloc(rows * SAC_DENSITY_COMPONENTS, sizeof(int16_t));
  image->appearance_line = calloc(rows * SAC_APPEARANCE_COMPONENTS, sizeof(int16_t));
  image->cells = calloc(1, sac_image_cell_bytes(image));
  if (image->directory && image->block_data && image->density_line && image->appearance_line &&
      image->cells) {
    return true;
  }
  return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory for the packed scene");
}

static bool read_quants(sac_image_t *image, const sac_safetensors_t *file, const char *path,
                        sac_error_t *error) {
  for (int i = 0; i < QUANTS; i++) {
    char name[24];
    size_t count;
    sac_quant_t *quant = quants_of(image, i, &count);
    snprintf(name, sizeof name, "%s_quant", kQuantNames[i]);
    const sac_tensor_t *tensor =
        sac_safetensors_require(file, name, 2, (const size_t[]){count, 3}, error);
    if (tensor == NULL || !sac_tensor_require_dtype(tensor, SAC_DTYPE_I32, error)) return false;
    int32_t row[SAC_HIDDEN][3];
    memcpy(row, tensor->data, tensor->bytes);
    for (size_t o = 0; o < count; o++) {
      if (row[o][1] < 0 || row[o][1] > 65535 || row[o][2] < 0 || row[o][2] > 47) {
        return sac_error_set(error, SAC_ERR_FORMAT,
                             "%s: %s, row %zu: expected a multiplier to 65535 and a shift to 47, "
                             "found %d and %d",
                             path, name, o, (int)row[o][1], (int)row[o][2]);
      }
      quant[o] = (sac_quant_t){row[o][0], (uint16_t)row[o][1], (uint8_t)row[o][2]};
    }
  }
  return true;
}

// Every block must decode, and the blocks must fill the data without a gap.
static bool check_blocks(const sac_image_t *image, const char *path, sac_error_t *error) {
  const uint32_t *directory = image->directory;
  bool good = directory[0] < 4 && directory[image->blocks] == image->block_bytes;
  for (size_t b = 0; b < image->blocks && good; b++) {
    const uint32_t first = directory[b] & ~3u, next = directory[b + 1] & ~3u;
    int16_t value[SAC_BLOCK_ENTRIES];
    good = first <= next && next <= image->block_bytes &&
           sac_block_decode(image->block_data + first, next - first,
                            (sac_block_mode_t)(directory[b] & 3), image->value_bits, value) == 0;
    if (!good) {
      return sac_error_set(error, SAC_ERR_FORMAT, "%s: blocks: number %zu is damaged", path, b);
    }
  }
  if (good) return true;
  return sac_error_set(error, SAC_ERR_FORMAT,
                       "%s: directory: expected blocks from 0 to %zu bytes, found %u to %u", path,
                       image->block_bytes, (unsigned)directory[0],
                       (unsigned)directory[image->blocks]);
}

static bool read_all(sac_image_t *image, const sac_safetensors_t *file, const char *path,
                     sac_error_t *error) {
  if (!check_format(file, path, error) || !read_numbers(image, file, path, error) ||
      !allocate(image, file, error)) {
    return false;
  }
  part_t part[PARTS];
  const int parts = list_parts(image, part);
  for (int i = 0; i < parts; i++) {
    const sac_tensor_t *tensor =
        sac_safetensors_require(file, part[i].name, part[i].rank, part[i].shape, error);
    if (tensor == NULL || !sac_tensor_require_dtype(tensor, part[i].dtype, error)) return false;
    memcpy(part[i].data, tensor->data, tensor->bytes);
  }
  return read_quants(image, file, path, error) && check_blocks(image, path, error);
}

bool sac_image_load(sac_image_t *image, const char *path, sac_error_t *error) {
  memset(image, 0, sizeof *image);
  sac_safetensors_t *file = sac_safetensors_open(path, error);
  if (file == NULL) return false;
  const bool done = read_all(image, file, path, error);
  sac_safetensors_close(file);
  if (!done) sac_image_free(image);
  return done;
}

bool sac_image_recognise(const char *path) {
  sac_safetensors_t *file = sac_safetensors_open(path, NULL);
  if (file == NULL) return false;
  const char *format = sac_safetensors_metadata(file, "format");
  const bool is_image = format != NULL && strcmp(format, kFormat) == 0;
  sac_safetensors_close(file);
  return is_image;
}
