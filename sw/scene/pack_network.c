// SPDX-License-Identifier: Apache-2.0
// The colour network in integers (contract: pack_network.h). Each layer is rounded against the
// covariance of the inputs that the layers before it really give it, in integers; hidden units get
// a scale each, folded into the next layer, so that its columns use the 8 bits alike.
#include "pack_network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../driver/tables.h"
#include "pack_samples.h"
#include "quantise.h"

#define TURN 6.283185307179586477

// Ratio of the largest to the smallest scale of one vector: keeps small units above rounding.
static const double kScaleRange = 64.0;

// Scales that make the columns of a matrix equally large in units of their rows' largest entry.
static void balance(const double *weight, int rows, int columns, double *scale) {
  double largest = 0.0;
  memset(scale, 0, (size_t)columns * sizeof scale[0]);
  for (int r = 0; r < rows; r++) {
    const double *row = weight + (size_t)r * (size_t)columns;
    double top = 0.0;
    for (int c = 0; c < columns; c++) top = fmax(top, fabs(row[c]));
    for (int c = 0; c < columns && top > 0.0; c++) scale[c] = fmax(scale[c], fabs(row[c]) / top);
  }
  for (int c = 0; c < columns; c++) largest = fmax(largest, scale[c]);
  for (int c = 0; c < columns; c++) {
    scale[c] = largest > 0.0 ? fmax(scale[c] / largest, 1.0 / kScaleRange) : 1.0;
    scale[c] = 1.0 / scale[c];
  }
}

void sac_network_product_units(const sac_field_t *field, double unit[SAC_PRODUCTS]) {
  double basis[SAC_FEATURES * SAC_PRODUCTS];
  for (int i = 0; i < SAC_FEATURES * SAC_PRODUCTS; i++) basis[i] = field->basis[i];
  balance(basis, SAC_FEATURES, SAC_PRODUCTS, unit);
}

// Covariance of integer vectors about their mean, a little of its trace added to the diagonal.
static void covariance_of(const int16_t *x, int count, int width, double *mean, double *out) {
  memset(mean, 0, (size_t)width * sizeof mean[0]);
  memset(out, 0, (size_t)width * (size_t)width * sizeof out[0]);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < width; j++) mean[j] += x[(size_t)i * (size_t)width + (size_t)j];
  }
  for (int j = 0; j < width; j++) mean[j] /= count;
  double centred[SAC_NETWORK_INPUTS];
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < width; j++) centred[j] = x[(size_t)i * (size_t)width + (size_t)j] - mean[j];
    for (int j = 0; j < width; j++) {
      double *row = out + (size_t)j * (size_t)width;
      for (int k = 0; k < width; k++) row[k] += centred[j] * centred[k];
    }
  }
  double trace = 0.0;
  for (int j = 0; j < width; j++) trace += out[(size_t)j * (size_t)width + (size_t)j];
  for (int j = 0; j < width; j++) {
    out[(size_t)j * (size_t)width + (size_t)j] += 1e-3 * trace / width + 1e-9;
  }
}

// One layer to quantise: real weights on integer inputs.
typedef struct {
  int rows, columns;
  const double *weight;  // real output per unit of input
  const double *bias;    // real, NULL for none
  const double *scale;   // real value of one unit of each output
  const int16_t *input;  // count x columns
  int count;
  bool relu;
} layer_t;

// Rounds the layer, makes its quant entries and, where wanted, the integer outputs of the samples.
static bool quantise_layer(const layer_t *layer, int8_t *out, sac_quant_t *quant, int16_t *output,
                           sac_error_t *error) {
  const int rows = layer->rows, columns = layer->columns;
  double mean[SAC_NETWORK_INPUTS], unit[SAC_NETWORK_INPUTS];
  double *covariance = malloc((size_t)columns * (size_t)columns * sizeof *covariance);
  if (covariance == NULL) {
    return sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to quantise the network");
  }
  covariance_of(layer->input, layer->count, columns, mean, covariance);
  sac_quantise_rows(layer->weight, rows, columns, covariance, out, unit);
  free(covariance);
  for (int r = 0; r < rows; r++) {
    const int8_t *q = out + (size_t)r * (size_t)columns;
    // What rounding does to the mean output goes into the bias.
    double bias = layer->bias != NULL ? layer->bias[r] : 0.0;
    for (int c = 0; c < columns; c++) {
      bias += (layer->weight[(size_t)r * (size_t)columns + (size_t)c] - q[c] * unit[r]) * mean[c];
    }
    quant[r] = sac_quant_make(unit[r] / layer->scale[r], bias / unit[r]);
    for (int i = 0; i < layer->count && output != NULL; i++) {
      const int16_t *x = layer->input + (size_t)i * (size_t)columns;
      int64_t sum = 0;
      for (int c = 0; c < columns; c++) sum += (int32_t)x[c] * q[c];
      output[(size_t)i * (size_t)rows + (size_t)r] =
          (int16_t)sac_quant_apply(&quant[r], sum, layer->relu);
    }
  }
  return true;
}

// Scales of a hidden layer's outputs: balanced for the next layer, with twice the room that the
// samples need, or what the inputs can give at most where that is less.
static void hidden_scales(const layer_t *layer, const double *next, int next_rows, double *scale) {
  balance(next, next_rows, layer->rows, scale);
  double unit = 0.0;
  for (int r = 0; r < layer->rows; r++) {
    const double *w = layer->weight + (size_t)r * (size_t)layer->columns;
    double bound = layer->bias[r], largest = 0.0;
    for (int c = 0; c < layer->columns; c++) bound += fabs(w[c]) * 32768.0;
    for (int i = 0; i < layer->count; i++) {
      const int16_t *x = layer->input + (size_t)i * (size_t)layer->columns;
      double sum = layer->bias[r];
      for (int c = 0; c < layer->columns; c++) sum += w[c] * x[c];
      largest = fmax(largest, sum);
    }
    unit = fmax(unit, fmin(2.0 * largest, bound) / (32767.0 * scale[r]));
  }
  for (int r = 0; r < layer->rows; r++) scale[r] *= unit > 0.0 ? unit : 1.0;
}

// Exponent of the features' unit: the smallest with which every corner of an active cell fits.
static int phase_exponent(const sac_field_t *field, const sac_factors_t *appearance,
                          const sac_occupancy_t *occupancy) {
  double largest = 0.0;
  int at[3];
  for (at[2] = 0; at[2] < occupancy->grid[2]; at[2]++) {
    for (at[1] = 0; at[1] < occupancy->grid[1]; at[1]++) {
      for (at[0] = 0; at[0] < occupancy->grid[0]; at[0]++) {
        if (!occupancy->vertex[sac_occupancy_vertex(occupancy, at[0], at[1], at[2])]) continue;
        double value[SAC_FEATURES];
        sac_samples_features(field, appearance, at, value);
        for (int g = 0; g < SAC_FEATURES; g++) largest = fmax(largest, fabs(value[g]));
      }
    }
  }
  int exponent = 0;
  while (exponent < 10 && largest * 65536.0 / TURN > 32000.0 * (1 << exponent)) exponent++;
  return exponent;
}

// Integer inputs of the network for one sample, as the encoder makes them.
static void encode_inputs(const int16_t feature[SAC_FEATURES], const double view[3], int exponent,
                          const sac_function_table_t *sine, int16_t x[SAC_NETWORK_INPUTS]) {
  for (int g = 0; g < SAC_INPUT_GROUPS; g++) {
    const int value = g < SAC_FEATURES ? feature[g]
                                       : (int)lrint(view[g - SAC_FEATURES] * 65536.0 / TURN);
    const int phase = g < SAC_FEATURES ? value * (1 << exponent) : value;
    x[5 * g] = (int16_t)value;
    x[5 * g + 1] = (int16_t)sac_table_evaluate(sine, phase);
    x[5 * g + 2] = (int16_t)sac_table_evaluate(sine, 2 * phase);
    x[5 * g + 3] = (int16_t)sac_table_evaluate(sine, phase + 16384);
    x[5 * g + 4] = (int16_t)sac_table_evaluate(sine, 2 * phase + 16384);
  }
}

// Real value of one unit of input j of section 4.
static double input_unit(int j, int exponent) {
  if (j % 5 != 0) return 1.0 / (16384 >> exponent);
  return TURN / 65536.0 * (j < 5 * SAC_FEATURES ? 1 << exponent : 1);
}

// Everything that the calibration of the layers needs; one allocation each.
typedef struct {
  int16_t *product, *feature, *input, *hidden1, *hidden2;
  double *basis, *layer1, *layer2, *layer3;
} scratch_t;

static void scratch_free(scratch_t *s) {
  free(s->product);
  free(s->feature);
  free(s->input);
  free(s->hidden1);
  free(s->hidden2);
  free(s->basis);
  free(s->layer1);
  free(s->layer2);
  free(s->layer3);
}

static bool scratch_make(scratch_t *s, size_t count) {
  s->product = malloc(count * SAC_PRODUCTS * sizeof(int16_t));
  s->feature = malloc(count * SAC_FEATURES * sizeof(int16_t));
  s->input = malloc(count * SAC_NETWORK_INPUTS * sizeof(int16_t));
  s->hidden1 = malloc(count * SAC_HIDDEN * sizeof(int16_t));
  s->hidden2 = malloc(count * SAC_HIDDEN * sizeof(int16_t));
  s->basis = malloc(sizeof(double) * SAC_FEATURES * SAC_PRODUCTS);
  s->layer1 = malloc(sizeof(double) * SAC_HIDDEN * SAC_NETWORK_INPUTS);
  s->layer2 = malloc(sizeof(double) * SAC_HIDDEN * SAC_HIDDEN);
  s->layer3 = malloc(sizeof(double) * SAC_CHANNELS * SAC_HIDDEN);
  return s->product && s->feature && s->input && s->hidden1 && s->hidden2 && s->basis &&
         s->layer1 && s->layer2 && s->layer3;
}

// Basis: integer products to integer features.
static bool quantise_basis(sac_image_t *image, const sac_field_t *field,
                           const sac_factors_t *appearance, const sac_samples_t *samples,
                           const double unit[SAC_PRODUCTS], scratch_t *s, sac_error_t *error) {
  double scale[SAC_FEATURES];
  for (int i = 0; i < samples->count; i++) {
    int32_t product[SAC_PRODUCTS];
    sac_factors_products_quantised(appearance, samples->at[i], image->product_shift, product);
    for (int k = 0; k < SAC_PRODUCTS; k++) s->product[i * SAC_PRODUCTS + k] = (int16_t)product[k];
  }
  for (int o = 0; o < SAC_FEATURES; o++) {
    scale[o] = TURN / 65536.0 * (1 << image->phase_exponent);
    for (int k = 0; k < SAC_PRODUCTS; k++) {
      s->basis[o * SAC_PRODUCTS + k] = (double)field->basis[o * SAC_PRODUCTS + k] * unit[k];
    }
  }
  const layer_t layer = {SAC_FEATURES, SAC_PRODUCTS,   s->basis, NULL, scale,
                         s->product,   samples->count, false};
  return quantise_layer(&layer, image->basis[0], image->basis_quant, s->feature, error);
}

static bool quantise_layers(sac_image_t *image, const sac_field_t *field,
                            const sac_samples_t *samples, scratch_t *s, sac_error_t *error) {
  double bias1[SAC_HIDDEN], bias2[SAC_HIDDEN], bias3[SAC_CHANNELS];
  double scale1[SAC_HIDDEN], scale2[SAC_HIDDEN], scale3[SAC_CHANNELS];
  sac_function_table_t sine;
  sac_table_sine(&sine, image->phase_exponent);
  for (int i = 0; i < samples->count; i++) {
    encode_inputs(s->feature + i * SAC_FEATURES, samples->view[i], image->phase_exponent, &sine,
                  s->input + i * SAC_NETWORK_INPUTS);
  }
  for (int o = 0; o < SAC_HIDDEN; o++) {
    bias1[o] = field->layer1_bias[o];
    bias2[o] = field->layer2_bias[o];
    for (int j = 0; j < SAC_NETWORK_INPUTS; j++) {
      s->layer1[o * SAC_NETWORK_INPUTS + j] =
          (double)field->layer1[o * SAC_NETWORK_INPUTS + sac_samples_column(j)] *
          input_unit(j, image->phase_exponent);
    }
  }
  for (int i = 0; i < SAC_HIDDEN * SAC_HIDDEN; i++) s->layer2[i] = field->layer2[i];
  for (int i = 0; i < SAC_CHANNELS * SAC_HIDDEN; i++) s->layer3[i] = field->layer3[i];
  for (int o = 0; o < SAC_CHANNELS; o++) {
    bias3[o] = field->layer3_bias[o];
    scale3[o] = 1.0 / 2048.0;
  }
  const layer_t layer1 = {SAC_HIDDEN, SAC_NETWORK_INPUTS, s->layer1, bias1, scale1,
                          s->input,   samples->count,     true};
  const layer_t layer2 = {SAC_HIDDEN, SAC_HIDDEN,     s->layer2, bias2, scale2,
                          s->hidden1, samples->count, true};
  const layer_t layer3 = {SAC_CHANNELS, SAC_HIDDEN,     s->layer3, bias3, scale3,
                          s->hidden2,   samples->count, false};
  hidden_scales(&layer1, s->layer2, SAC_HIDDEN, scale1);
  if (!quantise_layer(&layer1, image->layer1[0], image->layer1_quant, s->hidden1, error)) {
    return false;
  }
  for (int i = 0; i < SAC_HIDDEN * SAC_HIDDEN; i++) s->layer2[i] *= scale1[i % SAC_HIDDEN];
  hidden_scales(&layer2, s->layer3, SAC_CHANNELS, scale2);
  if (!quantise_layer(&layer2, image->layer2[0], image->layer2_quant, s->hidden2, error)) {
    return false;
  }
  for (int i = 0; i < SAC_CHANNELS * SAC_HIDDEN; i++) s->layer3[i] *= scale2[i % SAC_HIDDEN];
  return quantise_layer(&layer3, image->layer3[0], image->layer3_quant, NULL, error);
}

bool sac_network_quantise(sac_image_t *image, const sac_field_t *field,
                          const sac_factors_t *appearance, const sac_occupancy_t *occupancy,
                          const sac_samples_t *samples, const double unit[SAC_PRODUCTS],
                          sac_error_t *error) {
  scratch_t scratch = {0};
  image->phase_exponent = phase_exponent(field, appearance, occupancy);
  bool done = scratch_make(&scratch, (size_t)samples->count);
  if (!done) sac_error_set(error, SAC_ERR_MEMORY, "not enough memory to quantise the network");
  done = done && quantise_basis(image, field, appearance, samples, unit, &scratch, error) &&
         quantise_layers(image, field, samples, &scratch, error);
  scratch_free(&scratch);
  return done;
}
