// SPDX-License-Identifier: Apache-2.0
// Pictures: PNG files of 8 bits a channel, and how far two pictures are apart.
// Rows from the top; pixels of 3 (RGB) or 4 (RGBA) bytes without gaps. Real pictures are RGB
// doubles in 0..1. Grey and palette files are read as RGB, 16-bit ones are refused; colour profiles
// and gamma are ignored, as in the data sets.
#ifndef SACCADE_PICTURE_H
#define SACCADE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_PICTURE_SIDE_MAX = 8192 };

typedef struct {
  int width, height;
  int channels;    // 3 or 4
  uint8_t *pixel;  // owned
} sac_picture_t;

typedef struct {
  double psnr_db;  // SAC_PSNR_EQUAL where there is no difference at all
  double largest;  // difference of a channel, 0..1
  int at[3];       // of it: x, y, channel
} sac_difference_t;

#define SAC_PSNR_EQUAL 999.0

// A black (transparent) picture. Sides are 1 to 8192.
bool sac_picture_make(sac_picture_t *picture, int width, int height, int channels,
                      sac_error_t *error);
void sac_picture_free(sac_picture_t *picture);

bool sac_picture_read(sac_picture_t *picture, const char *path, sac_error_t *error);

// Writes beside `path`, then renames: a failure leaves nothing behind.
bool sac_picture_write(const sac_picture_t *picture, const char *path, sac_error_t *error);

// Width and height of a PNG file without reading its pixels.
bool sac_picture_size(const char *path, int *width, int *height, sac_error_t *error);

// RGBA becomes RGB over a grey background (255: white); RGB stays as it is.
void sac_picture_on(sac_picture_t *picture, int background);

// Cuts out a rectangle that lies in the picture.
bool sac_picture_crop(sac_picture_t *picture, int x, int y, int width, int height,
                      sac_error_t *error);

// Rounds a real picture to 8 bits.
bool sac_picture_from_real(sac_picture_t *picture, const double *rgb, int width, int height,
                           sac_error_t *error);

// Compares colours (alpha is ignored); refuses pictures of different size.
bool sac_picture_compare(const sac_picture_t *a, const sac_picture_t *b,
                         sac_difference_t *difference, sac_error_t *error);

// The same against a real picture of the same size.
void sac_picture_compare_real(const sac_picture_t *a, const double *rgb,
                              sac_difference_t *difference);

// |a - b| * gain per channel, saturated, as an RGB picture.
bool sac_picture_difference(const sac_picture_t *a, const sac_picture_t *b, double gain,
                            sac_picture_t *out, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
