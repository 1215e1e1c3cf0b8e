// SPDX-License-Identifier: Apache-2.0
// Embedding blocks (rtl/sparse): directory entries and the decode of one block of 256 values.
#ifndef SACCADE_MODEL_DECODE_H
#define SACCADE_MODEL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAC_BLOCK_EMPTY, SAC_BLOCK_BITMAP, SAC_BLOCK_COORDINATE, SAC_BLOCK_DENSE };

// False if the bytes end before the values do. Values not stored are zero.
bool sac_decode_block(const uint8_t *bytes, size_t size, unsigned mode, unsigned value_bits, int16_t values[256]);

#endif
