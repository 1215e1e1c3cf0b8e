// SPDX-License-Identifier: Apache-2.0
// PNG files (contract: picture.h).
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "atomic_file.h"
#include "picture.h"

// What libpng calls back with: it leaves by longjmp, so that everything it needs lives here.
typedef struct {
  const char *path;
  char reason[100];
} report_t;

static void on_error(png_structp png, png_const_charp text) {
  report_t *report = png_get_error_ptr(png);
  snprintf(report->reason, sizeof report->reason, "%s", text);
  longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

// Everything that a longjmp may leave behind; the caller frees it.
typedef struct {
  png_structp png;
  png_infop info;
} reader_t;

static bool read_header(reader_t *reader, FILE *stream, const char *path, int *width, int *height,
                        sac_error_t *error) {
  png_init_io(reader->png, stream);
  png_set_user_limits(reader->png, 0x7fffffff, 0x7fffffff);
  png_read_info(reader->png, reader->info);
  const png_uint_32 w = png_get_image_width(reader->png, reader->info);
  const png_uint_32 h = png_get_image_height(reader->png, reader->info);
  if (w > SAC_PICTURE_SIDE_MAX || h > SAC_PICTURE_SIDE_MAX) {
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: expected sides of 1 to %d pixels, found %ux%u",
                         path, SAC_PICTURE_SIDE_MAX, (unsigned)w, (unsigned)h);
  }
  *width = (int)w;
  *height = (int)h;
  return true;
}

static bool read_pixels(reader_t *reader, sac_picture_t *picture, const char *path, int width,
                        int height, sac_error_t *error) {
  if (png_get_bit_depth(reader->png, reader->info) > 8) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED, "%s: expected 8 bits a channel, found 16",
                         path);
  }
  png_set_expand(reader->png);
  png_set_gray_to_rgb(reader->png);
  const int passes = png_set_interlace_handling(reader->png);
  png_read_update_info(reader->png, reader->info);
  const int channels = png_get_channels(reader->png, reader->info);
  if (!sac_picture_make(picture, width, height, channels, error)) return false;
  for (int pass = 0; pass < passes; pass++) {
    for (int y = 0; y < height; y++) {
      png_read_row(reader->png, picture->pixel + (size_t)y * (size_t)width * (size_t)channels,
                   NULL);
    }
  }
  png_read_end(reader->png, NULL);
  return true;
}

// Opens a PNG file; reads its pixels where `picture` is given.
static bool read_file(const char *path, sac_picture_t *picture, int *width, int *height,
                      sac_error_t *error) {
  FILE *stream = fopen(path, "rb");
  if (stream == NULL) {
    return sac_error_set(error, SAC_ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  }
  unsigned char signature[8];
  if (fread(signature, 1, sizeof signature, stream) != sizeof signature ||
      png_sig_cmp(signature, 0, sizeof signature) != 0) {
    fclose(stream);
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: expected a PNG file", path);
  }
  rewind(stream);
  report_t report = {.path = path};
  reader_t reader;
  reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &report, on_error, on_warning);
  reader.info = reader.png == NULL ? NULL : png_create_info_struct(reader.png);
  volatile bool good = false;
  if (reader.info == NULL) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", path);
  } else if (setjmp(png_jmpbuf(reader.png)) == 0) {
    good = read_header(&reader, stream, path, width, height, error) &&
           (picture == NULL || read_pixels(&reader, picture, path, *width, *height, error));
  } else {
    sac_error_set(error, SAC_ERR_FORMAT, "%s: damaged PNG file: %s", path, report.reason);
  }
  png_destroy_read_struct(&reader.png, &reader.info, NULL);
  fclose(stream);
  return good;
}

bool sac_picture_size(const char *path, int *width, int *height, sac_error_t *error) {
  return read_file(path, NULL, width, height, error);
}

bool sac_picture_read(sac_picture_t *picture, const char *path, sac_error_t *error) {
  int width, height;
  *picture = (sac_picture_t){0};
  if (read_file(path, picture, &width, &height, error)) return true;
  sac_picture_free(picture);
  return false;
}

static void write_pixels(png_structp png, png_infop info, FILE *stream,
                         const sac_picture_t *picture) {
  png_init_io(png, stream);
  png_set_IHDR(png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
               picture->channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const size_t row = (size_t)picture->width * (size_t)picture->channels;
  for (int y = 0; y < picture->height; y++) png_write_row(png, picture->pixel + (size_t)y * row);
  png_write_end(png, NULL);
}

bool sac_picture_write(const sac_picture_t *picture, const char *path, sac_error_t *error) {
  sac_atomic_file_t file;
  if (!sac_atomic_open(&file, path, error)) return false;
  report_t report = {.path = path};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &report, on_error, on_warning);
  png_infop info = png == NULL ? NULL : png_create_info_struct(png);
  volatile bool good = false;
  if (info == NULL) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory to write it", path);
  } else if (setjmp(png_jmpbuf(png)) == 0) {
    write_pixels(png, info, file.stream, picture);
    good = true;
  } else {
    sac_error_set(error, SAC_ERR_FILE, "%s: cannot be written: %s", path, report.reason);
  }
  png_destroy_write_struct(&png, &info);
  if (good) return sac_atomic_commit(&file, error);
  sac_atomic_abandon(&file);
  return false;
}
