// SPDX-License-Identifier: Apache-2.0
// Function tables: 256 straight pieces y = base[i] + round_up(delta[i] * fraction, shift)
// (docs/architecture.md, section 3). Base fits 26 signed bits, delta 20; base[i] + delta[i] is
// base[i + 1] always, so a monotone function stays monotone. Where a function is curved the nodes
// lie off it by h^2/12 of its second derivative: the mean of the interpolation error over a piece
// is then zero instead of one-sided.
#ifndef SACCADE_TABLES_H
#define SACCADE_TABLES_H

#include <stdint.h>

#include "saccade/regs.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SAC_TABLE_ENTRIES = 256, SAC_TABLE_BYTES = 8 * SAC_TABLE_ENTRIES };

// Values of the low_end and high_end fields of TABLE.
typedef enum {
  SAC_END_SATURATE = 0,
  SAC_END_WRAP = 1,
  SAC_END_EXTRAPOLATE = 2,
} sac_table_end_t;

typedef struct {
  int32_t base[SAC_TABLE_ENTRIES];
  int32_t delta[SAC_TABLE_ENTRIES];
  int16_t offset;
  uint8_t shift;
  uint8_t low_end;
  uint8_t high_end;
} sac_function_table_t;

// s = log2(e) * distance * softplus(f + density_shift) in .20; input f in units of 2^-fraction.
// Covers f + density_shift from -10 to 22 as far as offset and delta have the room; above, the
// last piece goes on.
void sac_table_softplus(sac_function_table_t *table, double distance, double density_shift,
                        int fraction);

// 2^-t in .16 for t in [0, 1), input .20: 65536 down to 32768.
void sac_table_exp2(sac_function_table_t *table);

// (16384 >> phase_exponent) * sin(2 pi x / 65536).
void sac_table_sine(sac_function_table_t *table, int phase_exponent);

// 65535 / (1 + e^-x), input x in units of 2^-11, from -16 to 16.
void sac_table_sigmoid(sac_function_table_t *table);

// 65536 * tanh(x / 4096), input from 0 to 8: the softcap of ATTEND.
void sac_table_tanh(sac_function_table_t *table);

// 65536 * 2^(-x / 65536), input 0 to 65535: a probability of ATTEND, a weight of MERGE.
void sac_table_power(sac_function_table_t *table);

// 65536 * log2(1 + x / 65536), input 0 to 65535: the log-sum-exp of ATTEND.
void sac_table_log2(sac_function_table_t *table);

// What the hardware computes for input x.
int32_t sac_table_evaluate(const sac_function_table_t *table, int32_t x);

// The 256 entries as TABLE reads them: u32 base, u32 delta, both sign-extended, little endian.
void sac_table_serialise(const sac_function_table_t *table, uint8_t out[SAC_TABLE_BYTES]);

// Word 4 of a TABLE descriptor that loads this table.
uint32_t sac_table_control(const sac_function_table_t *table);

// The TABLE command, tag 0, that loads `count` entries from `address`; `table` for function tables, else NULL.
void sac_table_descriptor(uint32_t words[SAC_COMMAND_WORDS], uint32_t target, uint32_t address, uint32_t count,
                          const sac_function_table_t *table);

// What ATTEND needs: three tables, one after the other, which go to device memory at `address`, and the commands that
// load them from there. They stay loaded until another TABLE command or a reset.
enum { SAC_ATTEND_TABLES = 3 };
void sac_attend_tables(uint32_t address, uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES],
                       uint32_t commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS]);

#ifdef __cplusplus
}
#endif

#endif
