// SPDX-License-Identifier: Apache-2.0
// Embedding blocks: 4 x 4 texels x 16 components, each stored as empty, bitmap, coordinate or
// dense, whichever the encoding picks (docs/architecture.md, section 1.1; the hybrid of RT-NeRF).
#ifndef SACCADE_ENCODE_H
#define SACCADE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SAC_BLOCK_SIDE = 4,
  SAC_BLOCK_COMPONENTS = 16,
  SAC_BLOCK_ENTRIES = 256,
  SAC_BLOCK_BYTES_MAX = 772,  // 256 coordinates, 256 values of 16 bits, the count, padding
};

// Modes of a block: bits 1:0 of its directory word.
typedef enum {
  SAC_BLOCK_EMPTY = 0,
  SAC_BLOCK_BITMAP = 1,
  SAC_BLOCK_COORDINATE = 2,
  SAC_BLOCK_DENSE = 3,
} sac_block_mode_t;

// How a scene's blocks choose their mode. The single formats use it for every block, also for one
// without any value, except coordinate, which has no code for a count of zero and calls it empty.
typedef enum {
  SAC_ENCODING_HYBRID = 0,
  SAC_ENCODING_BITMAP,
  SAC_ENCODING_COORDINATE,
  SAC_ENCODING_DENSE,
  SAC_ENCODINGS,
} sac_encoding_t;

// "hybrid", "bitmap", "coordinate", "dense".
const char *sac_encoding_name(sac_encoding_t encoding);

// The encoding of that name, or -1.
int sac_encoding_find(const char *name);

// Entry number of (u, v, component) inside its block.
static inline int sac_block_entry(int u, int v, int component) {
  return SAC_BLOCK_COMPONENTS * (SAC_BLOCK_SIDE * (v % SAC_BLOCK_SIDE) + u % SAC_BLOCK_SIDE) +
         component;
}

// Bytes of a block with `count` non-zero values in a mode, padded to 4 bytes.
size_t sac_block_bytes(sac_block_mode_t mode, int count, int bits);

// Non-zero values of a block.
int sac_block_count(const int16_t value[SAC_BLOCK_ENTRIES]);

// The mode that the encoding gives a block with `count` non-zero values.
sac_block_mode_t sac_block_choose(sac_encoding_t encoding, int count, int bits);

// Writes a block; values must fit `bits`. Returns the bytes written, a multiple of 4.
size_t sac_block_encode(const int16_t value[SAC_BLOCK_ENTRIES], sac_block_mode_t mode, int bits,
                        uint8_t out[SAC_BLOCK_BYTES_MAX]);

// Reads a block of `bytes` bytes. Returns 0, or -1 where the bytes are no such block.
int sac_block_decode(const uint8_t *data, size_t bytes, sac_block_mode_t mode, int bits,
                     int16_t value[SAC_BLOCK_ENTRIES]);

#ifdef __cplusplus
}
#endif

#endif
