// SPDX-License-Identifier: Apache-2.0
// Samples of a scene and the float network on them (contract: pack_samples.h).
#include "pack_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void sac_samples_free(sac_samples_t *samples) {
  free(samples->at);
  free(samples->view);
  memset(samples, 0, sizeof *samples);
}

bool sac_samples_pick(sac_samples_t *samples, const sac_occupancy_t *occupancy, int count,
                      sac_error_t *error) {
  memset(samples, 0, sizeof *samples);
  samples->at = calloc((size_t)count, sizeof *samples->at);
  samples->view = calloc((size_t)count, sizeof *samples->view);
  if (samples->at == NULL || samples->view == NULL) {
    sac_samples_free(samples);
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to calibrate the network");
  }
  const int *grid = occupancy->grid;
  const double golden = 2.399963229728653;  // angle of a Fibonacci sphere
  size_t seen = 0;
  for (int z = 0; z < grid[2]; z++) {
    for (int y = 0; y < grid[1]; y++) {
      for (int x = 0; x < grid[0]; x++) {
        if (!occupancy->vertex[sac_occupancy_vertex(occupancy, x, y, z)]) continue;
        // Sample i is the corner nearest above i / count of the way.
        const bool take = seen * (size_t)count / occupancy->vertices !=
                          (seen + 1) * (size_t)count / occupancy->vertices;
        seen++;
        if (!take || samples->count == count) continue;
        const int i = samples->count++;
        samples->at[i][0] = x;
        samples->at[i][1] = y;
        samples->at[i][2] = z;
        // Directions in an order that has nothing to do with the order of places.
        const int turn = (int)((int64_t)i * 4099 % count);
        const double height = 1.0 - (2.0 * turn + 1.0) / count;
        const double radius = sqrt(1.0 - height * height);
        samples->view[i][0] = radius * cos(golden * turn);
        samples->view[i][1] = radius * sin(golden * turn);
        samples->view[i][2] = height;
      }
    }
  }
  return true;
}

int sac_samples_column(int ours) {
  const int group = ours / 5, part = ours % 5;
  if (group < SAC_FEATURES) {
    if (part == 0) return group;
    return 30 + (part >= 3 ? 54 : 0) + 2 * group + (part - 1) % 2;
  }
  const int axis = group - SAC_FEATURES;
  if (part == 0) return SAC_FEATURES + axis;
  return 138 + (part >= 3 ? 6 : 0) + 2 * axis + (part - 1) % 2;
}

void sac_samples_features(const sac_field_t *field, const sac_factors_t *appearance,
                          const int at[3], double out[SAC_FEATURES]) {
  double product[SAC_PRODUCTS];
  sac_factors_products(appearance, at, product);
  for (int o = 0; o < SAC_FEATURES; o++) {
    out[o] = 0.0;
    for (int k = 0; k < SAC_PRODUCTS; k++) {
      out[o] += (double)field->basis[o * SAC_PRODUCTS + k] * product[k];
    }
  }
}

static void inputs_of(const double value[SAC_INPUT_GROUPS], double x[SAC_NETWORK_INPUTS]) {
  for (int g = 0; g < SAC_INPUT_GROUPS; g++) {
    x[5 * g] = value[g];
    x[5 * g + 1] = sin(value[g]);
    x[5 * g + 2] = sin(2.0 * value[g]);
    x[5 * g + 3] = cos(value[g]);
    x[5 * g + 4] = cos(2.0 * value[g]);
  }
}

// Jacobian of the three colours by the 27 features at one sample, squared and added to `sum`.
static void add_jacobian(const sac_field_t *field, const double value[SAC_INPUT_GROUPS],
                         double sum[SAC_FEATURES]) {
  double x[SAC_NETWORK_INPUTS], h1[SAC_HIDDEN], h2[SAC_HIDDEN];
  inputs_of(value, x);
  for (int o = 0; o < SAC_HIDDEN; o++) {
    h1[o] = field->layer1_bias[o];
    for (int j = 0; j < SAC_NETWORK_INPUTS; j++) {
      h1[o] += (double)field->layer1[o * SAC_NETWORK_INPUTS + sac_samples_column(j)] * x[j];
    }
    h1[o] = fmax(h1[o], 0.0);
  }
  for (int o = 0; o < SAC_HIDDEN; o++) {
    h2[o] = field->layer2_bias[o];
    for (int j = 0; j < SAC_HIDDEN; j++) h2[o] += (double)field->layer2[o * SAC_HIDDEN + j] * h1[j];
    h2[o] = fmax(h2[o], 0.0);
  }
  for (int channel = 0; channel < SAC_CHANNELS; channel++) {
    const float *row = field->layer3 + channel * SAC_HIDDEN;
    double logit = field->layer3_bias[channel], d1[SAC_HIDDEN] = {0};
    for (int j = 0; j < SAC_HIDDEN; j++) logit += (double)row[j] * h2[j];
    const double colour = 1.0 / (1.0 + exp(-logit));
    for (int o = 0; o < SAC_HIDDEN; o++) {
      if (h2[o] <= 0.0) continue;
      for (int j = 0; j < SAC_HIDDEN; j++) {
        d1[j] += (double)row[o] * (double)field->layer2[o * SAC_HIDDEN + j];
      }
    }
    double dx[SAC_NETWORK_INPUTS] = {0};
    for (int o = 0; o < SAC_HIDDEN; o++) {
      if (h1[o] <= 0.0) continue;
      for (int j = 0; j < SAC_NETWORK_INPUTS; j++) {
        dx[j] += d1[o] * (double)field->layer1[o * SAC_NETWORK_INPUTS + sac_samples_column(j)];
      }
    }
    for (int g = 0; g < SAC_FEATURES; g++) {
      const double *d = dx + 5 * g, *v = x + 5 * g;
      const double slope = d[0] + d[1] * v[3] + 2.0 * d[2] * v[4] - d[3] * v[1] - 2.0 * d[4] * v[2];
      const double change = colour * (1.0 - colour) * slope;
      sum[g] += change * change;
    }
  }
}

void sac_samples_sensitivity(const sac_field_t *field, const sac_factors_t *appearance,
                             const sac_samples_t *samples, double sensitivity[SAC_FEATURES]) {
  enum { STRIDE = 8 };  // the mean needs fewer samples than the covariances
  double sum[SAC_FEATURES] = {0};
  int count = 0;
  for (int i = 0; i < samples->count; i += STRIDE) {
    double value[SAC_INPUT_GROUPS];
    sac_samples_features(field, appearance, samples->at[i], value);
    memcpy(value + SAC_FEATURES, samples->view[i], 3 * sizeof value[0]);
    add_jacobian(field, value, sum);
    count++;
  }
  for (int g = 0; g < SAC_FEATURES; g++) sensitivity[g] = sqrt(sum[g] / fmax(count, 1));
}
