// SPDX-License-Identifier: Apache-2.0
#include "decode.h"

#include <string.h>

// A stream of values of `bits` bits, least significant bit first.
typedef struct {
  const uint8_t *bytes, *end;
  uint64_t window;
  unsigned filled, bits;
} stream_t;

static bool next_value(stream_t *stream, int16_t *value) {
  while (stream->filled < stream->bits) {
    if (stream->bytes == stream->end) return false;
    stream->window |= (uint64_t)*stream->bytes++ << stream->filled;
    stream->filled += 8;
  }
  // Shift the value to the top of 16 bits and back: sign extension.
  *value = (int16_t)((int16_t)(uint16_t)(stream->window << (16 - stream->bits)) >> (16 - stream->bits));
  stream->window >>= stream->bits;
  stream->filled -= stream->bits;
  return true;
}

bool sac_decode_block(const uint8_t *bytes, size_t size, unsigned mode, unsigned value_bits, int16_t values[256]) {
  stream_t stream = {.bytes = bytes, .end = bytes + size, .bits = value_bits};
  memset(values, 0, 256 * sizeof *values);
  switch (mode) {
    case SAC_BLOCK_EMPTY: return true;
    case SAC_BLOCK_BITMAP:
      if (size < 32) return false;
      stream.bytes += 32;
      for (unsigned byte = 0; byte < 32; byte++) {
        for (unsigned left = bytes[byte]; left; left &= left - 1) {
          if (!next_value(&stream, &values[8 * byte + (unsigned)__builtin_ctz(left)])) return false;
        }
      }
      return true;
    case SAC_BLOCK_COORDINATE: {
      if (size < 1 || size < 2u + bytes[0]) return false;
      const unsigned count = bytes[0] + 1u;
      stream.bytes += 1 + count;
      for (unsigned n = 0; n < count; n++) {
        if (!next_value(&stream, &values[bytes[1 + n]])) return false;
      }
      return true;
    }
    default:
      for (unsigned e = 0; e < 256; e++) {
        if (!next_value(&stream, &values[e])) return false;
      }
      return true;
  }
}
