// SPDX-License-Identifier: Apache-2.0
// Camera records (contract: camera_record.h). Rows of the camera here are right, down, forward.
#include "camera_record.h"

#include <math.h>
#include <string.h>

#include "saccade/regs.h"

static const double kEyeCells = 32768.0;  // farthest eye on an axis
static const double kDirection = 8.0;     // bound of a direction component
static const double kMargin = 1.0 / 16;   // cells added to a ball: more than all rounding of 2.2

// Rounds value * 2^fraction into a signed field of 32 bits.
static bool put(uint32_t *words, uint32_t field, double value, int fraction, const char *what,
                sac_error_t *error) {
  const double scaled = nearbyint(ldexp(value, fraction));
  if (!(fabs(scaled) < 2147483648.0)) {
    return sac_error_set(error, SAC_ERR_CAPACITY,
                         "view: %s is %g, the machine expresses less than %g", what, value,
                         ldexp(1.0, 31 - fraction));
  }
  sac_field_put_signed(words, field, (int32_t)scaled);
  return true;
}

// Directions, s4.27: exact integer steps from pixel to pixel. The value is rounded at the middle of
// the image, so that the error of the steps adds up over half of it only.
static bool put_directions(const sac_camera_t *camera, const double axis[3][3], uint32_t *words,
                           sac_error_t *error) {
  const int mi = camera->width / 2, mj = camera->height / 2;
  for (uint32_t a = 0; a < 3; a++) {
    const double vx = axis[0][a] / camera->focal, vy = axis[1][a] / camera->focal;
    const double middle = axis[2][a] + vx * (mi + 0.5 - camera->width / 2.0) +
                          vy * (mj + 0.5 - camera->height / 2.0);
    const double step_x = nearbyint(ldexp(vx, 27)), step_y = nearbyint(ldexp(vy, 27));
    const double first = nearbyint(ldexp(middle, 27)) - mi * step_x - mj * step_y;
    for (int corner = 0; corner < 4; corner++) {
      const double v = first + (corner & 1 ? (camera->width - 1) * step_x : 0.0) +
                       (corner & 2 ? (camera->height - 1) * step_y : 0.0);
      if (!(fabs(v) < ldexp(kDirection, 27))) {
        return sac_error_set(error, SAC_ERR_CAPACITY,
                             "view: the field of view is too wide, a direction component is %g at "
                             "a corner, expected less than %g",
                             ldexp(v, -27), kDirection);
      }
    }
    sac_field_put_signed(words, SAC_CAMERA_V0_X + (a << 16), (int32_t)first);
    sac_field_put_signed(words, SAC_CAMERA_VX_X + (a << 16), (int32_t)step_x);
    sac_field_put_signed(words, SAC_CAMERA_VY_X + (a << 16), (int32_t)step_y);
  }
  return true;
}

// Eye, matrix and balls in cells. Camera coordinates are measured in mean cells.
static bool put_projection(const sac_camera_t *camera, const sac_image_t *image, int cube_side,
                           const double axis[3][3], uint32_t *words, sac_error_t *error) {
  double unit[3], eye[3], mean = 0.0, diagonal = 0.0;
  for (int a = 0; a < 3; a++) {
    unit[a] = (image->aabb[1][a] - image->aabb[0][a]) / (image->grid[a] - 1);
    eye[a] = (camera->origin[a] - image->aabb[0][a]) / unit[a];
    mean += unit[a] / 3.0;
    if (!(fabs(eye[a]) < kEyeCells)) {
      return sac_error_set(error, SAC_ERR_CAPACITY,
                           "view: the eye is %g cells from the grid's corner on axis %d, expected "
                           "less than %g",
                           eye[a], a, kEyeCells);
    }
    if (!put(words, SAC_CAMERA_OG_X + ((uint32_t)a << 16), eye[a], 15, "the eye", error)) {
      return false;
    }
  }
  for (uint32_t r = 0; r < 3; r++) {
    double origin = 0.0;
    for (uint32_t a = 0; a < 3; a++) {
      const double m = axis[r][a] * unit[a] / mean;
      origin -= m * eye[a];
      if (!(fabs(m) < 4.0)) {
        return sac_error_set(error, SAC_ERR_CAPACITY,
                             "scene: a cell is more than 4 times as long as the mean one");
      }
      sac_field_put_signed(words, SAC_CAMERA_M_RIGHT_X + ((3 * r + a) << 16),
                           (int32_t)nearbyint(ldexp(m, 20)));
    }
    if (!put(words, SAC_CAMERA_B_RIGHT + (r << 16), origin, 14, "the grid's distance", error)) {
      return false;
    }
  }
  for (int a = 0; a < 3; a++) diagonal += unit[a] * unit[a] / (mean * mean);
  const double radius = 0.5 * cube_side * sqrt(diagonal);
  sac_field_put(words, SAC_CAMERA_RADIUS_CUBE, (uint32_t)ceil((radius + kMargin) * 64.0));
  sac_field_put(words, SAC_CAMERA_RADIUS_SUPER, (uint32_t)ceil((4.0 * radius + kMargin) * 64.0));
  return true;
}

bool sac_camera_record(const sac_camera_t *camera, const sac_image_t *image, int cube_side,
                       uint32_t words[SAC_CAMERA_RECORD_WORDS], sac_error_t *error) {
  double axis[3][3];
  for (int a = 0; a < 3; a++) {
    axis[0][a] = camera->rotation[a][0];
    axis[1][a] = -camera->rotation[a][1];
    axis[2][a] = -camera->rotation[a][2];
  }
  memset(words, 0, SAC_CAMERA_RECORD_WORDS * sizeof words[0]);
  const double focal = nearbyint(ldexp(camera->focal, 8));
  if (!(focal >= 1.0 && focal < 4194304.0)) {
    return sac_error_set(error, SAC_ERR_CAPACITY,
                         "view: the focal length is %g pixels, expected 1/256 to less than 16384",
                         camera->focal);
  }
  if (camera->width < 1 || camera->width > 16383 || camera->height < 1 || camera->height > 16383) {
    return sac_error_set(error, SAC_ERR_CAPACITY,
                         "view: the image is %d x %d pixels, expected 1 to 16383 each",
                         camera->width, camera->height);
  }
  sac_field_put(words, SAC_CAMERA_FOCAL, (uint32_t)focal);
  return put(words, SAC_CAMERA_CX, camera->width / 2.0 - 0.5, 8, "the axis' column", error) &&
         put(words, SAC_CAMERA_CY, camera->height / 2.0 - 0.5, 8, "the axis' row", error) &&
         put_directions(camera, axis, words, error) &&
         put_projection(camera, image, cube_side, axis, words, error);
}
