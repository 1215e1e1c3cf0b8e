// SPDX-License-Identifier: Apache-2.0
// Visibility from outside (contract: pack_visibility.h).
#include "pack_visibility.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kSpacing = 1.5;     // of rays, in mean cells
static const double kSteps = 3e8;       // samples traced in all, about
static const int kDirectionsMax = 96, kDirectionsMin = 16;
static const float kOpaque = 3e-3f;     // transmittance at which a ray ends
static const float kDark = 1e-3f;       // light of an unseen cell: nothing is entirely worthless
static const double kSlopeLow = -4.0, kSlopeHigh = 6.0;  // of f + density_bias

void sac_visibility_free(sac_visibility_t *visibility) {
  free(visibility->colour);
  free(visibility->density);
  memset(visibility, 0, sizeof *visibility);
}

static size_t cell_at(const int grid[3], int x, int y, int z) {
  return (size_t)x + (size_t)(grid[0] - 1) * ((size_t)y + (size_t)(grid[1] - 1) * (size_t)z);
}

void sac_visibility_at(const sac_visibility_t *visibility, const int at[3], double *colour,
                       double *density) {
  const int *grid = visibility->grid;
  *colour = *density = 0.0;
  for (int corner = 0; corner < 8; corner++) {
    const int x = at[0] - (corner & 1), y = at[1] - (corner >> 1 & 1), z = at[2] - (corner >> 2);
    if (x < 0 || y < 0 || z < 0 || x >= grid[0] - 1 || y >= grid[1] - 1 || z >= grid[2] - 1) {
      continue;
    }
    *colour += visibility->colour[cell_at(grid, x, y, z)];
    *density += visibility->density[cell_at(grid, x, y, z)];
  }
}

// What a sample in a cell does, by the mean density of its corners.
typedef struct {
  float clarity;  // 1 - alpha
  float slope;    // d(alpha) / d(f), held up at both ends: a first-order change says nothing
                  // where alpha is flat but a larger change of f would leave the flat part
} effect_t;

static effect_t effect_of(const sac_image_t *image, double f) {
  const double x = fmin(f + image->density_bias, 30.0), held = fmin(fmax(x, kSlopeLow), kSlopeHigh);
  const double through = exp(-image->distance * log1p(exp(held)));
  return (effect_t){(float)exp(-image->distance * log1p(exp(x))),
                    (float)(image->distance / (1.0 + exp(-held)) * through)};
}

static void fill_effects(const sac_image_t *image, const sac_factors_t *density,
                         const sac_occupancy_t *occupancy, float *low, float *high,
                         effect_t *effect) {
  const int *grid = image->grid;
  const size_t gx = (size_t)grid[0];
  size_t i = 0;
  sac_factors_layer(density, 0, high);
  for (int z = 0; z < grid[2] - 1; z++) {
    float *swap = low;
    low = high;
    high = swap;
    sac_factors_layer(density, z + 1, high);
    for (int y = 0; y < grid[1] - 1; y++) {
      for (int x = 0; x < grid[0] - 1; x++, i++) {
        effect[i] = (effect_t){1.0f, 0.0f};
        if (!occupancy->cell[i]) continue;
        const float *a = low + (size_t)y * gx + (size_t)x, *b = high + (size_t)y * gx + (size_t)x;
        const float sum = a[0] + a[1] + a[gx] + a[gx + 1] + b[0] + b[1] + b[gx] + b[gx + 1];
        effect[i] = effect_of(image, sum / 8.0);
      }
    }
  }
}

// One ray in grid units from `at` along `step`; it starts before the box.
static void trace(const sac_visibility_t *visibility, const double at[3], const double step[3],
                  const effect_t *effect, const uint8_t *active) {
  const int *grid = visibility->grid;
  double first = 0.0, last = 1e30;
  for (int a = 0; a < 3; a++) {
    if (fabs(step[a]) < 1e-9) {
      if (at[a] < 0.0 || at[a] >= grid[a] - 1) return;
      continue;
    }
    const double t0 = -at[a] / step[a], t1 = (grid[a] - 1 - at[a]) / step[a];
    first = fmax(first, fmin(t0, t1));
    last = fmin(last, fmax(t0, t1));
  }
  float through = 1.0f;
  for (double k = ceil(first); k <= last && through > kOpaque; k += 1.0) {
    const int x = (int)floor(at[0] + k * step[0]), y = (int)floor(at[1] + k * step[1]);
    const int z = (int)floor(at[2] + k * step[2]);
    if (x < 0 || y < 0 || z < 0 || x >= grid[0] - 1 || y >= grid[1] - 1 || z >= grid[2] - 1) {
      continue;
    }
    const size_t i = cell_at(grid, x, y, z);
    if (!active[i]) continue;
    const float alpha = 1.0f - effect[i].clarity;
    visibility->colour[i] += through * through * alpha * alpha;
    visibility->density[i] += through * through * effect[i].slope * effect[i].slope;
    through *= effect[i].clarity;
  }
}

static void cross(const double a[3], const double b[3], double out[3]) {
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    out[i] = a[j] * b[k] - a[k] * b[j];
  }
}

// A square of parallel rays that covers the box, seen along `direction`.
static void trace_direction(const sac_visibility_t *visibility, const sac_image_t *image,
                            const double direction[3], const effect_t *effect,
                            const uint8_t *active) {
  double unit[3], side = 0.0, mean = 0.0, right[3], up[3];
  for (int a = 0; a < 3; a++) {
    const double length = image->aabb[1][a] - image->aabb[0][a];
    unit[a] = length / (image->grid[a] - 1);
    mean += unit[a] / 3.0;
    side += length * length;
  }
  side = sqrt(side);
  const double other[3] = {fabs(direction[0]) < 0.6, fabs(direction[0]) >= 0.6, 0.0};
  cross(direction, other, right);
  const double norm = sqrt(right[0] * right[0] + right[1] * right[1] + right[2] * right[2]);
  for (int a = 0; a < 3; a++) right[a] /= norm;
  cross(direction, right, up);
  const int half = (int)ceil(0.5 * side / (kSpacing * mean));
  double step[3];
  for (int a = 0; a < 3; a++) step[a] = direction[a] * image->step / unit[a];
  for (int j = -half; j <= half; j++) {
    for (int i = -half; i <= half; i++) {
      double at[3];
      for (int a = 0; a < 3; a++) {
        const double middle = 0.5 * (image->aabb[1][a] - image->aabb[0][a]);
        at[a] = (middle + kSpacing * mean * (i * right[a] + j * up[a]) - side * direction[a]) /
                unit[a];
      }
      trace(visibility, at, step, effect, active);
    }
  }
}

bool sac_visibility_trace(sac_visibility_t *visibility, const sac_image_t *image,
                          const sac_factors_t *density, const sac_occupancy_t *occupancy,
                          sac_error_t *error) {
  const int *grid = image->grid;
  const size_t cells = (size_t)(grid[0] - 1) * (size_t)(grid[1] - 1) * (size_t)(grid[2] - 1);
  const size_t layer = (size_t)grid[0] * (size_t)grid[1];
  memcpy(visibility->grid, grid, sizeof visibility->grid);
  visibility->colour = calloc(cells, sizeof(float));
  visibility->density = calloc(cells, sizeof(float));
  effect_t *effect = malloc(cells * sizeof *effect);
  float *layers = malloc(2 * layer * sizeof(float));
  if (!visibility->colour || !visibility->density || effect == NULL || layers == NULL) {
    free(effect);
    free(layers);
    sac_visibility_free(visibility);
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to trace the scene");
  }
  fill_effects(image, density, occupancy, layers, layers + layer, effect);
  free(layers);
  double diagonal = 0.0;  // in cells
  for (int a = 0; a < 3; a++) diagonal += (double)(grid[a] - 1) * (grid[a] - 1);
  diagonal = sqrt(diagonal);
  const double samples = pow(diagonal / kSpacing, 2.0) * diagonal;
  const int count = (int)fmin(fmax(kSteps / samples, kDirectionsMin), kDirectionsMax);
  for (int i = 0; i < count; i++) {
    const double height = 1.0 - (2.0 * i + 1.0) / count, radius = sqrt(1.0 - height * height);
    const double angle = 2.399963229728653 * i;  // Fibonacci sphere
    const double direction[3] = {radius * cos(angle), radius * sin(angle), height};
    trace_direction(visibility, image, direction, effect, occupancy->cell);
  }
  for (size_t i = 0; i < cells; i++) {
    const float dark = occupancy->cell[i] ? kDark : 0.0f;
    visibility->colour[i] = visibility->colour[i] / (float)count + dark;
    visibility->density[i] =
        visibility->density[i] / (float)count + dark * effect[i].slope * effect[i].slope;
  }
  free(effect);
  return true;
}
