// SPDX-License-Identifier: Apache-2.0
// Quantisers (contract: quantise.h).
#include "quantise.h"

#include <math.h>

enum { SWEEPS = 6, CANDIDATES = 8, COLUMNS_MAX = SAC_NETWORK_INPUTS };

int64_t sac_quantise_round_even(int64_t x, int n) {
  if (n == 0) return x;
  const int64_t floor_part = x >> n;
  const int64_t rest = x - floor_part * (INT64_C(1) << n);
  const int64_t half = INT64_C(1) << (n - 1);
  return floor_part + (rest > half || (rest == half && (floor_part & 1)));
}

int64_t sac_quantise_saturate(int64_t x, int bits) {
  const int64_t limit = INT64_C(1) << (bits - 1);
  return x < -limit ? -limit : x > limit - 1 ? limit - 1 : x;
}

sac_quant_t sac_quant_make(double factor, double bias) {
  int exponent = 0;
  double mantissa = nearbyint(frexp(factor, &exponent) * 65536.0);
  if (mantissa >= 65536.0) {
    mantissa = 32768.0;
    exponent++;
  }
  int shift = 16 - exponent;
  while (shift > 47) {
    mantissa = floor(mantissa / 2.0);
    shift--;
  }
  if (shift < 0) {
    mantissa = 65535.0;
    shift = 0;
  }
  if (bias > INT32_MAX) bias = INT32_MAX;
  if (bias < INT32_MIN) bias = INT32_MIN;
  return (sac_quant_t){(int32_t)nearbyint(bias), (uint16_t)mantissa, (uint8_t)shift};
}

int32_t sac_quant_apply(const sac_quant_t *quant, int64_t accumulator, bool relu) {
  const int64_t product = (accumulator + quant->bias) * quant->multiplier;
  const int64_t y = sac_quantise_saturate(sac_quantise_round_even(product, quant->shift), 16);
  return (int32_t)(relu && y < 0 ? 0 : y);
}

// (w - q unit)' H (w - q unit), the gradient H (w - q unit) left in `pull`.
static double row_error(const double *w, const int8_t *q, double unit, int columns,
                        const double *covariance, double *pull) {
  double error = 0.0;
  for (int i = 0; i < columns; i++) {
    const double *row = covariance + (size_t)i * (size_t)columns;
    double sum = 0.0;
    for (int j = 0; j < columns; j++) sum += row[j] * (w[j] - q[j] * unit);
    pull[i] = sum;
    error += sum * (w[i] - q[i] * unit);
  }
  return error;
}

static int8_t round_weight(double x) {
  x = nearbyint(x);
  return (int8_t)(x > 127.0 ? 127.0 : x < -127.0 ? -127.0 : x);
}

// Rounds one row with a given unit; coordinate descent on the quadratic form of the covariance.
static double round_row(const double *w, double unit, int columns, const double *covariance,
                        int8_t *q, double *pull) {
  double error = 0.0;
  for (int i = 0; i < columns; i++) {
    q[i] = round_weight(w[i] / unit);
    error += (w[i] - q[i] * unit) * (w[i] - q[i] * unit);
  }
  if (covariance == NULL) return error;
  row_error(w, q, unit, columns, covariance, pull);
  for (int sweep = 0; sweep < SWEEPS; sweep++) {
    bool moved = false;
    for (int i = 0; i < columns; i++) {
      const double *row = covariance + (size_t)i * (size_t)columns;
      if (row[i] <= 0.0) continue;
      const int8_t better = round_weight(q[i] + pull[i] / (row[i] * unit));
      const double change = (better - q[i]) * unit;
      if (better == q[i]) continue;
      for (int j = 0; j < columns; j++) pull[j] -= row[j] * change;
      q[i] = better;
      moved = true;
    }
    if (!moved) break;
  }
  return row_error(w, q, unit, columns, covariance, pull);
}

void sac_quantise_rows(const double *weight, int rows, int columns, const double *covariance,
                       int8_t *out, double *unit) {
  int8_t trial[COLUMNS_MAX];
  double pull[COLUMNS_MAX];
  for (int r = 0; r < rows; r++) {
    const double *w = weight + (size_t)r * (size_t)columns;
    int8_t *q = out + (size_t)r * (size_t)columns;
    double largest = 0.0;
    for (int c = 0; c < columns; c++) largest = fmax(largest, fabs(w[c]));
    unit[r] = largest > 0.0 ? largest / 127.0 : 1.0;
    for (int c = 0; c < columns; c++) q[c] = 0;
    if (largest == 0.0) continue;
    double best = INFINITY;
    for (int i = 0; i < CANDIDATES; i++) {
      const double step = largest / 127.0 * (1.0 - 0.06 * i);
      const double error = round_row(w, step, columns, covariance, trial, pull);
      if (error >= best) continue;
      best = error;
      unit[r] = step;
      for (int c = 0; c < columns; c++) q[c] = trial[c];
    }
  }
}

double sac_quantise_step(const float *value, const float *weight, size_t count, size_t stride,
                         int bits) {
  const double limit = (double)((1 << (bits - 1)) - 1);
  double largest = 0.0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs((double)value[i * stride]));
  if (largest == 0.0 || bits >= 16) return largest / limit;
  double best = INFINITY, best_step = largest / limit;
  for (int candidate = 0; candidate < 14; candidate++) {
    const double step = largest / limit * (1.0 - 0.05 * candidate);
    double error = 0.0;
    for (size_t i = 0; i < count; i++) {
      const double v = value[i * stride];
      if (v == 0.0) continue;
      const double q = fmin(fmax(nearbyint(v / step), -limit), limit);
      error += weight[i * stride] * (v - q * step) * (v - q * step);
    }
    if (error < best) {
      best = error;
      best_step = step;
    }
  }
  return best_step;
}
