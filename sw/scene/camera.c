// SPDX-License-Identifier: Apache-2.0
// Views of a transforms.json file (contract: camera.h).
#define _GNU_SOURCE 1
#include "camera.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

enum { DEFAULT_SIDE = 800, FRAMES_MAX = 1000000 };

typedef struct {
  double origin[3];
  double rotation[3][3];
  char *image;
} frame_t;

struct sac_views {
  char *path;
  double angle;  // horizontal field of view, radians
  int width, height;
  int count;
  frame_t *frame;
};

static bool bad(const sac_views_t *views, sac_error_t *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool bad(const sac_views_t *views, sac_error_t *error, const char *format, ...) {
  char text[SAC_ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: %s", views->path, text);
}

static double determinant(const double m[3][3]) {
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
         m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

// Columns must be orthogonal unit vectors: a scaled matrix would change distances along the rays.
static bool check_rotation(const sac_views_t *views, int view, const double m[3][3],
                           sac_error_t *error) {
  const double volume = determinant(m);
  if (!(fabs(volume) > 1e-6)) {
    return bad(views, error,
               "frames[%d].transform_matrix: expected a rotation, found a singular matrix "
               "(determinant %g)",
               view, volume);
  }
  for (int a = 0; a < 3; a++) {
    for (int b = a; b < 3; b++) {
      const double product = m[0][a] * m[0][b] + m[1][a] * m[1][b] + m[2][a] * m[2][b];
      if (fabs(product - (a == b)) <= 1e-3) continue;
      return bad(views, error,
                 "frames[%d].transform_matrix: expected a rotation, found columns %d and %d with "
                 "product %g instead of %d",
                 view, a, b, product, a == b);
    }
  }
  return true;
}

static bool read_matrix(const sac_views_t *views, int view, const json_t *matrix, frame_t *frame,
                        sac_error_t *error) {
  bool good = json_array_size(matrix) == 4;
  for (int i = 0; good && i < 4; i++) {
    const json_t *row = json_array_get(matrix, (size_t)i);
    good = json_array_size(row) == 4;
    for (int j = 0; good && j < 4; j++) {
      const json_t *value = json_array_get(row, (size_t)j);
      good = json_is_number(value) && isfinite(json_number_value(value));
      if (!good || i == 3) continue;
      if (j < 3) frame->rotation[i][j] = json_number_value(value);
      if (j == 3) frame->origin[i] = json_number_value(value);
    }
  }
  if (!good) {
    return bad(views, error, "frames[%d].transform_matrix: expected 4 rows of 4 finite numbers",
               view);
  }
  return check_rotation(views, view, (const double(*)[3])frame->rotation, error);
}

// "./test/r_0" of /data/transforms.json is /data/./test/r_0.png.
static char *image_path(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  const int folder = name[0] == '/' || slash == NULL ? 0 : (int)(slash - path) + 1;
  const char *dot = strrchr(name, '.');
  const char *suffix = dot != NULL && strcasecmp(dot, ".png") == 0 ? "" : ".png";
  char *out;
  return asprintf(&out, "%.*s%s%s", folder, path, name, suffix) < 0 ? NULL : out;
}

static bool read_frames(sac_views_t *views, const json_t *frames, sac_error_t *error) {
  const size_t count = json_array_size(frames);
  if (count < 1 || count > FRAMES_MAX) {
    return bad(views, error, "frames: expected a list of 1 to %d views", FRAMES_MAX);
  }
  views->frame = calloc(count, sizeof *views->frame);
  if (views->frame == NULL) {
    return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", views->path);
  }
  for (size_t i = 0; i < count; i++) {
    const json_t *frame = json_array_get(frames, i);
    const json_t *name = json_object_get(frame, "file_path");
    if (name != NULL && !json_is_string(name)) {
      return bad(views, error, "frames[%zu].file_path: expected a string", i);
    }
    if (!read_matrix(views, (int)i, json_object_get(frame, "transform_matrix"), &views->frame[i],
                     error)) {
      return false;
    }
    views->frame[i].image = image_path(views->path, name == NULL ? "" : json_string_value(name));
    views->count++;
    if (views->frame[i].image == NULL) {
      return sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", views->path);
    }
  }
  return true;
}

static bool read_side(const sac_views_t *views, const json_t *root, const char *key, int *side,
                      sac_error_t *error) {
  const json_t *value = json_object_get(root, key);
  if (value == NULL) return true;
  const double number = json_number_value(value);
  if (!json_is_number(value) || !(number >= 1.0 && number <= SAC_PICTURE_SIDE_MAX) ||
      number != floor(number)) {
    return bad(views, error, "%s: expected a whole number of pixels from 1 to %d", key,
               SAC_PICTURE_SIDE_MAX);
  }
  *side = (int)number;
  return true;
}

static bool read_views(sac_views_t *views, const json_t *root, sac_error_t *error) {
  const json_t *angle = json_object_get(root, "camera_angle_x");
  if (angle == NULL) {
    return bad(views, error, "camera_angle_x: missing (horizontal field of view in radians)");
  }
  views->angle = json_number_value(angle);
  if (!json_is_number(angle) || !(views->angle > 1e-3 && views->angle < 3.14)) {
    return bad(views, error, "camera_angle_x: expected radians from 0.001 to 3.14, found %g",
               views->angle);
  }
  if (!read_frames(views, json_object_get(root, "frames"), error) ||
      !read_side(views, root, "w", &views->width, error) ||
      !read_side(views, root, "h", &views->height, error)) {
    return false;
  }
  int width = DEFAULT_SIDE, height = DEFAULT_SIDE;
  if (views->width == 0 || views->height == 0) {
    if (!sac_picture_size(views->frame[0].image, &width, &height, NULL)) {
      width = height = DEFAULT_SIDE;
    }
    if (views->width != 0) height = views->width;  // one side given: square
    if (views->height != 0) width = views->height;
    if (views->width == 0) views->width = width;
    if (views->height == 0) views->height = height;
  }
  return true;
}

sac_views_t *sac_views_open(const char *path, sac_error_t *error) {
  sac_views_t *views = calloc(1, sizeof *views);
  if (views == NULL || (views->path = strdup(path)) == NULL) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: no memory", path);
    free(views);
    return NULL;
  }
  json_error_t reason;
  json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &reason);
  bool good = json_is_object(root);
  if (root == NULL && json_error_code(&reason) == json_error_cannot_open_file) {
    sac_error_set(error, SAC_ERR_FILE, "%s", reason.text);
  } else if (root == NULL) {
    bad(views, error, "line %d, column %d: %s", reason.line, reason.column, reason.text);
  } else if (!good) {
    bad(views, error, "expected a JSON object with camera_angle_x and frames");
  } else {
    good = read_views(views, root, error);
  }
  json_decref(root);
  if (good) return views;
  sac_views_close(views);
  return NULL;
}

void sac_views_close(sac_views_t *views) {
  if (views == NULL) return;
  for (int i = 0; i < views->count; i++) free(views->frame[i].image);
  free(views->frame);
  free(views->path);
  free(views);
}

int sac_views_count(const sac_views_t *views) { return views->count; }

const char *sac_views_image(const sac_views_t *views, int view) {
  return view < 0 || view >= views->count ? NULL : views->frame[view].image;
}

bool sac_views_camera(const sac_views_t *views, int view, int width, int height,
                      sac_camera_t *camera, sac_error_t *error) {
  if (view < 0 || view >= views->count) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "%s: view %d does not exist: the file has %d, numbered from 0",
                         views->path, view, views->count);
  }
  if (width == 0 && height == 0) {
    width = views->width;
    height = views->height;
  }
  if (width < 1 || height < 1 || width > SAC_PICTURE_SIDE_MAX || height > SAC_PICTURE_SIDE_MAX) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "image size: expected sides of 1 to %d pixels, found %dx%d",
                         SAC_PICTURE_SIDE_MAX, width, height);
  }
  const frame_t *frame = &views->frame[view];
  memcpy(camera->origin, frame->origin, sizeof camera->origin);
  memcpy(camera->rotation, frame->rotation, sizeof camera->rotation);
  camera->focal = 0.5 * width / tan(0.5 * views->angle);
  camera->width = width;
  camera->height = height;
  return true;
}

void sac_camera_ray(const sac_camera_t *camera, int i, int j, double direction[3]) {
  const double x = (i + 0.5 - 0.5 * camera->width) / camera->focal;
  const double y = -(j + 0.5 - 0.5 * camera->height) / camera->focal;
  const double length = sqrt(x * x + y * y + 1.0);
  for (int a = 0; a < 3; a++) {
    const double *row = camera->rotation[a];
    direction[a] = (row[0] * x + row[1] * y - row[2]) / length;
  }
}
