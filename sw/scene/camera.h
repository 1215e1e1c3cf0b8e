// SPDX-License-Identifier: Apache-2.0
// Cameras: the views of a transforms.json file (Blender convention: camera x right, y up, looking
// along -z) as pinhole cameras with square pixels and the principal point in the middle.
// Distances in world units, focal length in pixels.
#ifndef SACCADE_CAMERA_H
#define SACCADE_CAMERA_H

#include <stdbool.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  double origin[3];
  double rotation[3][3];  // camera to world; columns are the camera's x, y, z axes
  double focal;
  int width, height;
} sac_camera_t;

typedef struct sac_views sac_views_t;

// Reads and checks the whole file. Without w and h in it, the size is that of the first view's
// image where it exists beside the file, else 800 x 800.
sac_views_t *sac_views_open(const char *path, sac_error_t *error);
void sac_views_close(sac_views_t *views);
int sac_views_count(const sac_views_t *views);

// Camera of a view. Width and height 0: the file's size; else the same horizontal field of view.
bool sac_views_camera(const sac_views_t *views, int view, int width, int height,
                      sac_camera_t *camera, sac_error_t *error);

// Path of a view's reference image, as the file names it (".png" added), beside the file.
const char *sac_views_image(const sac_views_t *views, int view);

// World direction (unit length) of the ray through the middle of pixel (i, j), j from the top.
void sac_camera_ray(const sac_camera_t *camera, int i, int j, double direction[3]);

#ifdef __cplusplus
}
#endif

#endif
