// SPDX-License-Identifier: Apache-2.0
// Reads and checks a TensoRF scene (contract: field.h).
#include "field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

void sac_field_free(sac_field_t *field) {
  for (int p = 0; p < 3; p++) {
    free(field->density_plane[p]);
    free(field->density_line[p]);
    free(field->appearance_plane[p]);
    free(field->appearance_line[p]);
  }
  free(field->basis);
  free(field->layer1);
  free(field->layer1_bias);
  free(field->layer2);
  free(field->layer2_bias);
  free(field->layer3);
  free(field->layer3_bias);
  free(field->mask);
  *field = (sac_field_t){0};
}

void sac_field_sampling(const int grid[3], const double aabb[2][3], double ratio, double *step,
                        int *samples) {
  double units = 0.0, diagonal = 0.0;
  for (int a = 0; a < 3; a++) {
    const double side = aabb[1][a] - aabb[0][a];
    units += side / (grid[a] - 1);
    diagonal += side * side;
  }
  *step = units / 3.0 * ratio;
  *samples = (int)fmin(sqrt(diagonal) / *step, INT32_MAX - 1) + 1;
}

static bool load_box(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  double box[6], limits[2];
  if (!sac_settings_numbers(file, "aabb", 6, box, error) ||
      !sac_settings_integers(file, "gridSize", 3, 2, SAC_FIELD_GRID_MAX, field->grid, error) ||
      !sac_settings_numbers(file, "near_far", 2, limits, error)) {
    return false;
  }
  memcpy(field->aabb, box, sizeof box);
  for (int a = 0; a < 3; a++) {
    if (box[a] < box[3 + a]) continue;
    return sac_settings_refuse(file, "aabb", "its second corner above the first", error);
  }
  field->near = limits[0];
  field->far = limits[1];
  return (field->near >= 0.0 && field->near < field->far) ||
         sac_settings_refuse(file, "near_far", "0 <= near < far", error);
}

static bool load_sampling(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  const bool has_step = sac_safetensors_metadata(file, "stepSize") != NULL;
  const bool has_samples = sac_safetensors_metadata(file, "nSamples") != NULL;
  if (!has_step || !has_samples) {
    double ratio;
    if (!sac_settings_numbers(file, "step_ratio", 1, &ratio, error)) return false;
    if (!(ratio > 0.0)) {
      return sac_settings_refuse(file, "step_ratio", "a number above 0", error);
    }
    sac_field_sampling(field->grid, field->aabb, ratio, &field->step, &field->samples);
  }
  if (has_step) {
    if (!sac_settings_numbers(file, "stepSize", 1, &field->step, error)) return false;
    if (!(field->step > 0.0)) {
      return sac_settings_refuse(file, "stepSize", "a number above 0", error);
    }
  }
  return !has_samples || sac_settings_integers(file, "nSamples", 1, 1, 1000000, &field->samples,
                                               error);
}

static bool load_settings(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  int number;
  field->weight_threshold = 1e-4;  // the class default, which training scripts leave
  field->white_background = true;
  return load_box(file, field, error) && load_sampling(file, field, error) &&
         sac_settings_word(file, "model", "TensorVMSplit", true, error) &&
         sac_settings_word(file, "shadingMode", "MLP_Fea", false, error) &&
         sac_settings_word(file, "fea2denseAct", "softplus", false, error) &&
         sac_settings_integers(file, "app_dim", 1, SAC_FIELD_FEATURES, SAC_FIELD_FEATURES, &number,
                               error) &&
         sac_settings_integers(file, "featureC", 1, SAC_FIELD_HIDDEN, SAC_FIELD_HIDDEN, &number,
                               error) &&
         sac_settings_integers(file, "view_pe", 1, 2, 2, &number, error) &&
         sac_settings_integers(file, "fea_pe", 1, 2, 2, &number, error) &&
         sac_settings_integers(file, "density_n_comp", 3, 1, SAC_FIELD_DENSITY_MAX,
                               field->density_components, error) &&
         sac_settings_integers(file, "appearance_n_comp", 3, 1, SAC_FIELD_APPEARANCE_MAX,
                               field->appearance_components, error) &&
         sac_settings_numbers(file, "density_shift", 1, &field->density_shift, error) &&
         sac_settings_numbers(file, "distance_scale", 1, &field->distance_scale, error) &&
         (field->distance_scale > 0.0 ||
          sac_settings_refuse(file, "distance_scale", "a number above 0", error)) &&
         (sac_safetensors_metadata(file, "rayMarch_weight_thres") == NULL ||
          sac_settings_numbers(file, "rayMarch_weight_thres", 1, &field->weight_threshold,
                               error)) &&
         sac_settings_flag(file, "white_background", &field->white_background, error);
}

static float *load_floats(const sac_safetensors_t *file, const char *name, int rank,
                          const size_t *shape, sac_error_t *error) {
  const sac_tensor_t *tensor = sac_safetensors_require(file, name, rank, shape, error);
  if (tensor == NULL) return NULL;
  float *out = malloc(tensor->count * sizeof *out);
  if (out == NULL) {
    sac_error_set(error, SAC_ERR_MEMORY, "%s: tensor \"%s\": no memory", tensor->file, name);
    return NULL;
  }
  if (sac_tensor_floats(tensor, out, error)) return out;
  free(out);
  return NULL;
}

static bool load_factors(const sac_safetensors_t *file, const sac_field_t *field, const char *kind,
                         const int components[3], float *plane[3], float *line[3],
                         sac_error_t *error) {
  for (int p = 0; p < 3; p++) {
    int u, v, w;
    char name[40];
    sac_field_axes(p, &u, &v, &w);
    const size_t count = (size_t)components[p];
    snprintf(name, sizeof name, "%s_plane.%d", kind, p);
    plane[p] = load_floats(
        file, name, 4, (size_t[]){1, count, (size_t)field->grid[v], (size_t)field->grid[u]}, error);
    if (plane[p] == NULL) return false;
    snprintf(name, sizeof name, "%s_line.%d", kind, p);
    line[p] = load_floats(file, name, 4, (size_t[]){1, count, (size_t)field->grid[w], 1}, error);
    if (line[p] == NULL) return false;
  }
  return true;
}

// Moves the columns of each plane to a multiple of 48.
static bool load_basis(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  const int *components = field->appearance_components;
  const size_t columns = (size_t)(components[0] + components[1] + components[2]);
  float *packed = load_floats(file, "basis_mat.weight", 2,
                              (size_t[]){SAC_FIELD_FEATURES, columns}, error);
  if (packed == NULL) return false;
  field->basis = calloc(SAC_FIELD_FEATURES * SAC_FIELD_BASIS_COLUMNS, sizeof *field->basis);
  if (field->basis == NULL) {
    free(packed);
    return sac_error_set(error, SAC_ERR_MEMORY, "%s: tensor \"basis_mat.weight\": no memory",
                         sac_safetensors_path(file));
  }
  const float *from = packed;
  for (int g = 0; g < SAC_FIELD_FEATURES; g++) {
    for (int p = 0; p < 3; p++) {
      float *to = field->basis + g * SAC_FIELD_BASIS_COLUMNS + p * SAC_FIELD_APPEARANCE_MAX;
      for (int c = 0; c < components[p]; c++) *to++ = *from++;
    }
  }
  free(packed);
  return true;
}

static bool load_network(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  const struct {
    float **weight, **bias;
    size_t outputs, inputs;
  } layer[3] = {
      {&field->layer1, &field->layer1_bias, SAC_FIELD_HIDDEN, SAC_FIELD_INPUTS},
      {&field->layer2, &field->layer2_bias, SAC_FIELD_HIDDEN, SAC_FIELD_HIDDEN},
      {&field->layer3, &field->layer3_bias, 3, SAC_FIELD_HIDDEN},
  };
  for (int i = 0; i < 3; i++) {
    char name[40];
    snprintf(name, sizeof name, "renderModule.mlp.%d.weight", 2 * i);
    *layer[i].weight = load_floats(file, name, 2, (size_t[]){layer[i].outputs, layer[i].inputs},
                                   error);
    if (*layer[i].weight == NULL) return false;
    snprintf(name, sizeof name, "renderModule.mlp.%d.bias", 2 * i);
    *layer[i].bias = load_floats(file, name, 1, (size_t[]){layer[i].outputs}, error);
    if (*layer[i].bias == NULL) return false;
  }
  return true;
}

static bool load_mask(const sac_safetensors_t *file, sac_field_t *field, sac_error_t *error) {
  if (sac_safetensors_find(file, "alphaMask.mask") == NULL) return true;
  int shape[3];  // z, y, x
  if (!sac_settings_integers(file, "alphaMask_shape", 3, 2, SAC_FIELD_GRID_MAX, shape, error)) {
    return false;
  }
  const size_t vertices = (size_t)shape[0] * (size_t)shape[1] * (size_t)shape[2];
  const sac_tensor_t *bits = sac_safetensors_require(file, "alphaMask.mask", 1,
                                                     (size_t[]){(vertices + 7) / 8}, error);
  if (bits == NULL || !sac_tensor_require_dtype(bits, SAC_DTYPE_U8, error)) return false;
  float *box = load_floats(file, "alphaMask.aabb", 2, (size_t[]){2, 3}, error);
  if (box == NULL) return false;
  bool good = true;
  for (int a = 0; a < 3; a++) {
    field->mask_grid[a] = shape[2 - a];
    field->mask_aabb[0][a] = (double)box[a];
    field->mask_aabb[1][a] = (double)box[3 + a];
    good = good && box[a] < box[3 + a];
  }
  free(box);
  if (!good) {
    return sac_error_set(error, SAC_ERR_FORMAT,
                         "%s: tensor \"alphaMask.aabb\": expected corners in rising order",
                         sac_safetensors_path(file));
  }
  field->mask = malloc(vertices);
  if (field->mask == NULL) {
    return sac_error_set(error, SAC_ERR_MEMORY, "%s: tensor \"alphaMask.mask\": no memory",
                         sac_safetensors_path(file));
  }
  const uint8_t *byte = bits->data;
  for (size_t i = 0; i < vertices; i++) field->mask[i] = byte[i / 8] >> (7 - i % 8) & 1;
  return true;
}

bool sac_field_load(sac_field_t *field, const char *path, sac_error_t *error) {
  *field = (sac_field_t){0};
  sac_safetensors_t *file = sac_safetensors_open(path, error);
  if (file == NULL) return false;
  const bool good =
      load_settings(file, field, error) &&
      load_factors(file, field, "density", field->density_components, field->density_plane,
                   field->density_line, error) &&
      load_factors(file, field, "app", field->appearance_components, field->appearance_plane,
                   field->appearance_line, error) &&
      load_basis(file, field, error) && load_network(file, field, error) &&
      load_mask(file, field, error);
  sac_safetensors_close(file);
  if (!good) sac_field_free(field);
  return good;
}
