// SPDX-License-Identifier: Apache-2.0
// Rays of a row (contract: march.h).
#include "march.h"

#include <math.h>

// Samples whose colour is still to be computed; a row's are gathered across its pixels.
typedef struct {
  int count;
  double at[GOLDEN_LANES][3], view[GOLDEN_LANES][3];
  double weight[GOLDEN_LANES];
  double *rgb[GOLDEN_LANES];  // pixel that takes the colour
} batch_t;

static void flush(const sac_march_t *march, batch_t *batch) {
  double colour[GOLDEN_LANES][3];
  if (batch->count == 0) return;
  sac_colouring_evaluate(march->colouring, &march->volume, batch->count,
                         (const double(*)[3])batch->at, (const double(*)[3])batch->view, colour);
  for (int i = 0; i < batch->count; i++) {
    for (int c = 0; c < 3; c++) batch->rgb[i][c] += batch->weight[i] * colour[i][c];
  }
  batch->count = 0;
}

static void add(const sac_march_t *march, batch_t *batch, const double at[3], const double view[3],
                double weight, double *rgb) {
  for (int a = 0; a < 3; a++) {
    batch->at[batch->count][a] = at[a];
    batch->view[batch->count][a] = view[a];
  }
  batch->weight[batch->count] = weight;
  batch->rgb[batch->count] = rgb;
  if (++batch->count == GOLDEN_LANES) flush(march, batch);
}

// Distance of the first sample, and of the last that can be in the box.
static void limits(const sac_march_t *march, const double direction[3], double *first,
                   double *last) {
  const sac_field_t *field = march->field;
  *first = -INFINITY;
  *last = INFINITY;
  for (int a = 0; a < 3; a++) {
    const double d = direction[a] == 0.0 ? 1e-6 : direction[a];
    const double low = (field->aabb[0][a] - march->camera->origin[a]) / d;
    const double high = (field->aabb[1][a] - march->camera->origin[a]) / d;
    *first = fmax(*first, fmin(low, high));
    if (direction[a] != 0.0) *last = fmin(*last, fmax(low, high));
  }
  *first = fmin(fmax(*first, field->near), field->far);
}

static bool in_box(const sac_field_t *field, const double at[3]) {
  for (int a = 0; a < 3; a++) {
    if (at[a] < field->aabb[0][a] || at[a] > field->aabb[1][a]) return false;
  }
  return true;
}

static double softplus(double x) { return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

// Renders one ray; returns the sum of its weights.
static double march_ray(const sac_march_t *march, const double view[3], double *rgb, double *depth,
                        batch_t *batch, sac_golden_work_t *work) {
  const sac_field_t *field = march->field;
  double first, last;
  limits(march, view, &first, &last);
  work->rays++;
  work->samples += (uint64_t)field->samples;
  // The box test below decides; this only saves looking at what lies far behind the box.
  const double bound = floor((last - first) / field->step) + 2.0;
  const int end = bound < 0.0 ? 0 : (int)fmin(bound, field->samples);
  double transmittance = 1.0, sum = 0.0;
  bool hit = false;
  for (int k = 0; k < end; k++) {
    const double t = first + k * field->step;
    double at[3];
    for (int a = 0; a < 3; a++) at[a] = march->camera->origin[a] + view[a] * t;
    if (!in_box(field, at)) continue;
    hit = true;
    work->samples_in_box++;
    work->mask_lookups += field->mask != NULL;
    if (!sac_volume_kept(&march->volume, at)) continue;
    work->samples_interpolated++;
    const double sigma = softplus(sac_volume_density(&march->volume, at) + field->density_shift);
    // The published distance to the next sample is zero for the last one of a ray.
    const double delta = k == field->samples - 1 ? 0.0 : field->step;
    const double alpha = -expm1(-sigma * delta * field->distance_scale);
    const double weight = alpha * transmittance;
    transmittance *= 1.0 - alpha + 1e-10;
    sum += weight;
    *depth += weight * t;
    if (!(weight > field->weight_threshold)) continue;
    work->evaluations++;
    add(march, batch, at, view, weight, rgb);
  }
  work->rays_hit += hit;
  return sum;
}

void sac_march_row(const sac_march_t *march, int row, double (*rgb)[3], double *depth,
                   double *alpha, sac_golden_work_t *work) {
  batch_t batch = {.count = 0};
  double sum[SAC_GOLDEN_SIDE_MAX];
  for (int i = 0; i < march->crop.width; i++) {
    double view[3], distance = 0.0;
    rgb[i][0] = rgb[i][1] = rgb[i][2] = 0.0;
    sac_camera_ray(march->camera, march->crop.x + i, march->crop.y + row, view);
    sum[i] = march_ray(march, view, rgb[i], &distance, &batch, work);
    if (depth != NULL) depth[i] = distance;
    if (alpha != NULL) alpha[i] = sum[i];
  }
  flush(march, &batch);
  for (int i = 0; i < march->crop.width; i++) {
    for (int c = 0; c < 3; c++) {
      const double value = rgb[i][c] + (1.0 - sum[i]) * march->background[c];
      rgb[i][c] = fmin(fmax(value, 0.0), 1.0);
    }
  }
}
