// SPDX-License-Identifier: Apache-2.0
// Pictures in memory and their comparison (contract: picture.h).
#include "picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool sac_picture_make(sac_picture_t *picture, int width, int height, int channels,
                      sac_error_t *error) {
  *picture = (sac_picture_t){0};
  if (width < 1 || height < 1 || width > SAC_PICTURE_SIDE_MAX || height > SAC_PICTURE_SIDE_MAX) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "size of a picture: expected sides of 1 to %d pixels, found %dx%d",
                         SAC_PICTURE_SIDE_MAX, width, height);
  }
  uint8_t *pixel = calloc((size_t)width * (size_t)height, (size_t)channels);
  if (pixel == NULL) {
    return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a picture of %dx%d", width, height);
  }
  *picture = (sac_picture_t){width, height, channels, pixel};
  return true;
}

void sac_picture_free(sac_picture_t *picture) {
  free(picture->pixel);
  *picture = (sac_picture_t){0};
}

static size_t pixels(const sac_picture_t *picture) {
  return (size_t)picture->width * (size_t)picture->height;
}

void sac_picture_on(sac_picture_t *picture, int background) {
  if (picture->channels != 4) return;
  const size_t count = pixels(picture);
  const uint8_t *from = picture->pixel;
  uint8_t *to = picture->pixel;
  for (size_t i = 0; i < count; i++, from += 4, to += 3) {
    const int alpha = from[3];
    for (int c = 0; c < 3; c++) {
      to[c] = (uint8_t)((from[c] * alpha + background * (255 - alpha) + 127) / 255);
    }
  }
  picture->channels = 3;
}

bool sac_picture_crop(sac_picture_t *picture, int x, int y, int width, int height,
                      sac_error_t *error) {
  if (x < 0 || y < 0 || width < 1 || height < 1 || width > picture->width - x ||
      height > picture->height - y) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "crop: expected a rectangle inside %dx%d, found %d,%d,%dx%d",
                         picture->width, picture->height, x, y, width, height);
  }
  const size_t channels = (size_t)picture->channels, row = (size_t)width * channels;
  for (int j = 0; j < height; j++) {
    const size_t from = (size_t)(y + j) * (size_t)picture->width + (size_t)x;
    memmove(picture->pixel + (size_t)j * row, picture->pixel + from * channels, row);
  }
  picture->width = width;
  picture->height = height;
  return true;
}

bool sac_picture_from_real(sac_picture_t *picture, const double *rgb, int width, int height,
                           sac_error_t *error) {
  if (!sac_picture_make(picture, width, height, 3, error)) return false;
  const size_t count = 3 * pixels(picture);
  for (size_t i = 0; i < count; i++) {
    picture->pixel[i] = (uint8_t)nearbyint(fmin(fmax(rgb[i], 0.0), 1.0) * 255.0);
  }
  return true;
}

// Sums up channel differences of two pictures.
typedef struct {
  double squares;
  sac_difference_t *difference;
} sum_t;

static void add(sum_t *sum, double a, double b, size_t pixel, int channel, int width) {
  const double distance = fabs(a - b);
  sum->squares += distance * distance;
  if (!(distance > sum->difference->largest)) return;
  sum->difference->largest = distance;
  sum->difference->at[0] = (int)(pixel % (size_t)width);
  sum->difference->at[1] = (int)(pixel / (size_t)width);
  sum->difference->at[2] = channel;
}

static void finish(const sum_t *sum, size_t count) {
  const double mean = sum->squares / (double)(3 * count);
  sum->difference->psnr_db = mean > 0.0 ? -10.0 * log10(mean) : SAC_PSNR_EQUAL;
}

static bool same_size(const sac_picture_t *a, const sac_picture_t *b, sac_error_t *error) {
  if (a->width == b->width && a->height == b->height) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT,
                       "pictures to compare: expected one size, found %dx%d and %dx%d", a->width,
                       a->height, b->width, b->height);
}

bool sac_picture_compare(const sac_picture_t *a, const sac_picture_t *b,
                         sac_difference_t *difference, sac_error_t *error) {
  if (!same_size(a, b, error)) return false;
  *difference = (sac_difference_t){0};
  sum_t sum = {0.0, difference};
  for (size_t i = 0; i < pixels(a); i++) {
    const uint8_t *left = a->pixel + i * (size_t)a->channels;
    const uint8_t *right = b->pixel + i * (size_t)b->channels;
    for (int c = 0; c < 3; c++) add(&sum, left[c] / 255.0, right[c] / 255.0, i, c, a->width);
  }
  finish(&sum, pixels(a));
  return true;
}

void sac_picture_compare_real(const sac_picture_t *a, const double *rgb,
                              sac_difference_t *difference) {
  *difference = (sac_difference_t){0};
  sum_t sum = {0.0, difference};
  for (size_t i = 0; i < pixels(a); i++) {
    const uint8_t *left = a->pixel + i * (size_t)a->channels;
    for (int c = 0; c < 3; c++) {
      add(&sum, left[c] / 255.0, rgb[3 * i + (size_t)c], i, c, a->width);
    }
  }
  finish(&sum, pixels(a));
}

bool sac_picture_difference(const sac_picture_t *a, const sac_picture_t *b, double gain,
                            sac_picture_t *out, sac_error_t *error) {
  if (!same_size(a, b, error) || !sac_picture_make(out, a->width, a->height, 3, error)) {
    return false;
  }
  for (size_t i = 0; i < pixels(a); i++) {
    const uint8_t *left = a->pixel + i * (size_t)a->channels;
    const uint8_t *right = b->pixel + i * (size_t)b->channels;
    for (int c = 0; c < 3; c++) {
      const double shown = nearbyint(abs(left[c] - right[c]) * gain);
      out->pixel[3 * i + (size_t)c] = (uint8_t)fmin(shown, 255.0);
    }
  }
  return true;
}
