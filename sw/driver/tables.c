// SPDX-License-Identifier: Apache-2.0
// Makers of the function tables (contract: tables.h). Every table comes from 257 rounded nodes;
// delta is their difference, which makes the joints exact whatever the rounding of the nodes.
#include "tables.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

enum { BASE_MAX = (1 << 25) - 1, DELTA_MAX = (1 << 19) - 1 };

static double softplus(double x) { return x > 30.0 ? x : log1p(exp(x)); }

static void fill(sac_function_table_t *table, const double node[SAC_TABLE_ENTRIES + 1]) {
  int32_t value[SAC_TABLE_ENTRIES + 1];
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) {
    value[i] = node[i] >= BASE_MAX ? BASE_MAX : (int32_t)floor(node[i] + 0.5);
    // Steeper than delta can say only where one unit of the input already makes a sample opaque.
    if (i > 0 && value[i] - value[i - 1] > DELTA_MAX) value[i] = value[i - 1] + DELTA_MAX;
  }
  for (int i = 0; i < SAC_TABLE_ENTRIES; i++) {
    table->base[i] = value[i];
    table->delta[i] = value[i + 1] - value[i];
  }
}

void sac_table_softplus(sac_function_table_t *table, double distance, double density_shift,
                        int fraction) {
  const double scale = distance / log(2.0) * 1048576.0;  // s per unit of softplus
  const double unit = ldexp(1.0, -fraction);
  // One piece spans 32/256 of f where the grid of f allows it; narrower where delta would overflow.
  int shift = fraction - 3;
  if (shift > 12) shift = 12;
  while (shift > 0 && scale * ldexp(unit, shift) > DELTA_MAX - 1) shift--;
  if (shift < 0) shift = 0;
  double offset = nearbyint((-10.0 - density_shift) / unit);
  if (offset > 32767) offset = 32767;
  if (offset < -32768) offset = -32768;
  const double piece = ldexp(unit, shift);
  double node[SAC_TABLE_ENTRIES + 1];
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) {
    const double x = offset * unit + density_shift + i * piece;
    const double sigmoid = 1.0 / (1.0 + exp(-x));
    node[i] = scale * (softplus(x) - piece * piece / 12.0 * sigmoid * (1.0 - sigmoid));
  }
  fill(table, node);
  table->offset = (int16_t)offset;
  table->shift = (uint8_t)shift;
  table->low_end = SAC_END_SATURATE;
  table->high_end = SAC_END_EXTRAPOLATE;
}

void sac_table_exp2(sac_function_table_t *table) {
  double node[SAC_TABLE_ENTRIES + 1];  // curvature is 0.06 units: the ends stay exact powers of two
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) node[i] = 65536.0 * exp2(-i / 256.0);
  fill(table, node);
  table->offset = 0;
  table->shift = 12;
  table->low_end = SAC_END_WRAP;
  table->high_end = SAC_END_WRAP;
}

void sac_table_sine(sac_function_table_t *table, int phase_exponent) {
  const double h = 2.0 * PI / SAC_TABLE_ENTRIES;
  const double amplitude = (16384 >> phase_exponent) * (1.0 + h * h / 12.0);
  double node[SAC_TABLE_ENTRIES + 1];
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) {
    // One quarter decides all four, so that the table is exactly odd and the cosine exactly even.
    const int quarter = i & 63;
    const double angle = h * ((i & 64) ? 64 - quarter : quarter);
    const double magnitude = floor(amplitude * sin(angle) + 0.5);
    node[i] = (i & 128) ? -magnitude : magnitude;
  }
  fill(table, node);
  table->offset = 0;
  table->shift = 8;
  table->low_end = SAC_END_WRAP;
  table->high_end = SAC_END_WRAP;
}

void sac_table_sigmoid(sac_function_table_t *table) {
  const double piece = 32.0 / SAC_TABLE_ENTRIES;
  double node[SAC_TABLE_ENTRIES + 1];
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) {
    const double y = 1.0 / (1.0 + exp(16.0 - i * piece));
    node[i] = 65535.0 * (y - piece * piece / 12.0 * y * (1.0 - y) * (1.0 - 2.0 * y));
  }
  fill(table, node);
  table->offset = -32768;
  table->shift = 8;
  table->low_end = SAC_END_SATURATE;
  table->high_end = SAC_END_SATURATE;
}

void sac_table_tanh(sac_function_table_t *table) {
  const double piece = 8.0 / SAC_TABLE_ENTRIES;
  double node[SAC_TABLE_ENTRIES + 1];
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) {
    const double y = tanh(i * piece);
    node[i] = 65536.0 * (y + piece * piece / 6.0 * y * (1.0 - y * y));  // y'' = -2 y (1 - y^2)
  }
  fill(table, node);
  table->offset = 0;
  table->shift = 7;
  table->low_end = SAC_END_SATURATE;
  table->high_end = SAC_END_SATURATE;
}

void sac_table_power(sac_function_table_t *table) {
  double node[SAC_TABLE_ENTRIES + 1];  // curvature is 0.04 units: the ends stay exact powers of two
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) node[i] = 65536.0 * exp2(-i / 256.0);
  fill(table, node);
  table->offset = 0;
  table->shift = 8;
  table->low_end = SAC_END_SATURATE;
  table->high_end = SAC_END_SATURATE;
}

void sac_table_log2(sac_function_table_t *table) {
  double node[SAC_TABLE_ENTRIES + 1];  // curvature is 0.12 units: log2(1) = 0 and log2(2) = 1 stay exact
  for (int i = 0; i <= SAC_TABLE_ENTRIES; i++) node[i] = 65536.0 * log2(1.0 + i / 256.0);
  fill(table, node);
  table->offset = 0;
  table->shift = 8;
  table->low_end = SAC_END_SATURATE;
  table->high_end = SAC_END_SATURATE;
}

int32_t sac_table_evaluate(const sac_function_table_t *table, int32_t x) {
  const int shift = table->shift;
  int32_t offset_x = x - table->offset;
  if (table->low_end == SAC_END_SATURATE && offset_x < 0) offset_x = 0;
  int32_t index = offset_x >> shift;
  int64_t fraction = offset_x & ((1 << shift) - 1);
  if (table->high_end == SAC_END_WRAP) {
    index &= SAC_TABLE_ENTRIES - 1;
  } else if (index >= SAC_TABLE_ENTRIES) {
    index = SAC_TABLE_ENTRIES - 1;
    if (table->high_end == SAC_END_SATURATE) return table->base[index] + table->delta[index];
    fraction = (int64_t)offset_x - ((int64_t)index << shift);
  } else if (index < 0) {
    index &= SAC_TABLE_ENTRIES - 1;
  }
  const int64_t product = table->delta[index] * fraction;
  const int64_t rise = shift == 0 ? product : (product + (INT64_C(1) << (shift - 1))) >> shift;
  return (int32_t)(table->base[index] + rise);
}

static void put_u32(uint8_t *out, uint32_t value) {
  for (int i = 0; i < 4; i++) out[i] = (uint8_t)(value >> (8 * i));
}

void sac_table_serialise(const sac_function_table_t *table, uint8_t out[SAC_TABLE_BYTES]) {
  for (int i = 0; i < SAC_TABLE_ENTRIES; i++) {
    put_u32(out + 8 * i, (uint32_t)table->base[i]);
    put_u32(out + 8 * i + 4, (uint32_t)table->delta[i]);
  }
}

uint32_t sac_table_control(const sac_function_table_t *table) {
  return (uint32_t)(uint16_t)table->offset | (uint32_t)table->shift << 16 |
         (uint32_t)table->low_end << 20 | (uint32_t)table->high_end << 22;
}

void sac_table_descriptor(uint32_t words[SAC_COMMAND_WORDS], uint32_t target, uint32_t address, uint32_t count,
                          const sac_function_table_t *table) {
  memset(words, 0, SAC_COMMAND_BYTES);
  sac_field_put(words, SAC_COMMON_OPCODE, SAC_OPCODE_TABLE);
  sac_field_put(words, SAC_TABLE_TARGET, target);
  sac_field_put(words, SAC_TABLE_SOURCE_ADDRESS, address);
  sac_field_put(words, SAC_TABLE_COUNT, count);
  if (table != NULL) words[4] = sac_table_control(table);
}

void sac_attend_tables(uint32_t address, uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES],
                       uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS]) {
  static const uint32_t kTargets[SAC_ATTEND_TABLES] = {SAC_TARGET_TANH, SAC_TARGET_POWER, SAC_TARGET_LOG2};
  sac_function_table_t table[SAC_ATTEND_TABLES];
  sac_table_tanh(&table[0]);
  sac_table_power(&table[1]);
  sac_table_log2(&table[2]);
  for (uint32_t i = 0; i < SAC_ATTEND_TABLES; i++) {
    sac_table_serialise(&table[i], bytes + i * SAC_TABLE_BYTES);
    sac_table_descriptor(commands[i], kTargets[i], address + i * SAC_TABLE_BYTES, SAC_TABLE_ENTRIES, &table[i]);
  }
}
