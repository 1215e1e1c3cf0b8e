// SPDX-License-Identifier: Apache-2.0
// Basis, encoding and colour network in float64 (contract: network.h).
#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
  OUTPUTS = 4,  // computed together
  FEATURES = SAC_FIELD_FEATURES,
  FEATURES_PADDED = 28,
  PRODUCTS = SAC_FIELD_BASIS_COLUMNS,
  HIDDEN = SAC_FIELD_HIDDEN,
  INPUTS = SAC_FIELD_INPUTS,
};

typedef double lanes_t[GOLDEN_LANES];

// One layer: weights of four outputs side by side, [outputs / 4][inputs][4].
typedef struct {
  int outputs, inputs;  // outputs: a multiple of 4
  double *weight, *bias;
} layer_t;

struct sac_colouring {
  layer_t basis, layer1, layer2, layer3;
};

static bool layer_make(layer_t *layer, int outputs, int inputs, const float *weight,
                       const float *bias) {
  layer->outputs = (outputs + OUTPUTS - 1) / OUTPUTS * OUTPUTS;
  layer->inputs = inputs;
  layer->weight = calloc((size_t)layer->outputs * (size_t)inputs, sizeof(double));
  layer->bias = calloc((size_t)layer->outputs, sizeof(double));
  if (layer->weight == NULL || layer->bias == NULL) return false;
  for (int o = 0; o < outputs; o++) {
    double *to = layer->weight + (size_t)(o / OUTPUTS) * (size_t)inputs * OUTPUTS + o % OUTPUTS;
    for (int k = 0; k < inputs; k++) to[k * OUTPUTS] = (double)weight[o * inputs + k];
    if (bias != NULL) layer->bias[o] = (double)bias[o];
  }
  return true;
}

sac_colouring_t *sac_colouring_make(const sac_field_t *field) {
  sac_colouring_t *c = calloc(1, sizeof *c);
  if (c != NULL && layer_make(&c->basis, FEATURES, PRODUCTS, field->basis, NULL) &&
      layer_make(&c->layer1, HIDDEN, INPUTS, field->layer1, field->layer1_bias) &&
      layer_make(&c->layer2, HIDDEN, HIDDEN, field->layer2, field->layer2_bias) &&
      layer_make(&c->layer3, 3, HIDDEN, field->layer3, field->layer3_bias)) {
    return c;
  }
  sac_colouring_free(c);
  return NULL;
}

void sac_colouring_free(sac_colouring_t *c) {
  if (c == NULL) return;
  layer_t *layer[4] = {&c->basis, &c->layer1, &c->layer2, &c->layer3};
  for (int i = 0; i < 4; i++) {
    free(layer[i]->weight);
    free(layer[i]->bias);
  }
  free(c);
}

// Four lanes; lanes_t may be read as such.
typedef double four_t __attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));

// Four outputs of eight lanes stay in registers. Sums are not fused with products, so that every
// machine gives the same bits.
__attribute__((target_clones("avx2", "default"))) static void apply(const layer_t *layer,
                                                                    const lanes_t *x, lanes_t *y) {
  const double *weights = layer->weight;
  for (int o = 0; o < layer->outputs; o += OUTPUTS, weights += OUTPUTS * layer->inputs) {
    for (int lane = 0; lane < GOLDEN_LANES; lane += 8) {
      const double *w = weights;
      four_t low[OUTPUTS], high[OUTPUTS];
#pragma GCC unroll 4
      for (int i = 0; i < OUTPUTS; i++) {
        const double b = layer->bias[o + i];
        low[i] = high[i] = (four_t){b, b, b, b};
      }
      for (int k = 0; k < layer->inputs; k++, w += OUTPUTS) {
        const four_t *in = (const four_t *)&x[k][lane];
        const four_t left = in[0], right = in[1];
#pragma GCC unroll 4
        for (int i = 0; i < OUTPUTS; i++) {
          low[i] += w[i] * left;
          high[i] += w[i] * right;
        }
      }
#pragma GCC unroll 4
      for (int i = 0; i < OUTPUTS; i++) {
        ((four_t *)&y[o + i][lane])[0] = low[i];
        ((four_t *)&y[o + i][lane])[1] = high[i];
      }
    }
  }
}

static void rectify(lanes_t *x) {
  for (int i = 0; i < HIDDEN; i++) {
    for (int l = 0; l < GOLDEN_LANES; l++) x[i][l] = x[i][l] > 0.0 ? x[i][l] : 0.0;
  }
}

// Appends sines, then cosines, of x_0, 2 x_0, x_1, 2 x_1, ... of one lane; returns the next input.
static int encode(const double *x, int count, lanes_t *input, int at, int lane) {
  for (int i = 0; i < count; i++) {
    const double s = sin(x[i]), c = cos(x[i]);
    input[at + 2 * i][lane] = s;
    input[at + 2 * i + 1][lane] = 2.0 * s * c;
    input[at + 2 * count + 2 * i][lane] = c;
    input[at + 2 * count + 2 * i + 1][lane] = 1.0 - 2.0 * s * s;
  }
  return at + 4 * count;
}

void sac_colouring_evaluate(const sac_colouring_t *colouring, const sac_volume_t *volume, int count,
                            const double (*at)[3], const double (*view)[3], double (*rgb)[3]) {
  lanes_t product[PRODUCTS], feature[FEATURES_PADDED], input[INPUTS];
  lanes_t hidden1[HIDDEN], hidden2[HIDDEN], logit[OUTPUTS];
  for (int lane = 0; lane < GOLDEN_LANES; lane++) {
    double one[PRODUCTS];
    const int sample = lane < count ? lane : 0;  // spare lanes repeat a sample
    sac_volume_products(volume, at[sample], one);
    for (int k = 0; k < PRODUCTS; k++) product[k][lane] = one[k];
  }
  apply(&colouring->basis, product, feature);
  for (int lane = 0; lane < GOLDEN_LANES; lane++) {
    const double *direction = view[lane < count ? lane : 0];
    double one[FEATURES];
    for (int g = 0; g < FEATURES; g++) one[g] = input[g][lane] = feature[g][lane];
    for (int a = 0; a < 3; a++) input[FEATURES + a][lane] = direction[a];
    const int next = encode(one, FEATURES, input, FEATURES + 3, lane);
    encode(direction, 3, input, next, lane);
  }
  apply(&colouring->layer1, input, hidden1);
  rectify(hidden1);
  apply(&colouring->layer2, hidden1, hidden2);
  rectify(hidden2);
  apply(&colouring->layer3, hidden2, logit);
  for (int lane = 0; lane < count; lane++) {
    for (int c = 0; c < 3; c++) rgb[lane][c] = 1.0 / (1.0 + exp(-logit[c][lane]));
  }
}
