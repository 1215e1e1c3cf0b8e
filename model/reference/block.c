// SPDX-License-Identifier: Apache-2.0
// Embedding blocks (docs/architecture.md, section 1.1): RT-NeRF's hybrid of bitmap and coordinate encoding.
#include <string.h>

#include "scene.h"

static bool value_at(const uint8_t *bytes, size_t size, size_t first_bit, unsigned bits, int16_t *out) {
  uint32_t value = 0;
  if (first_bit + bits > size * 8) return false;
  for (unsigned b = 0; b < bits; b++) {
    size_t bit = first_bit + b;
    value |= (uint32_t)(bytes[bit / 8] >> bit % 8 & 1) << b;
  }
  *out = (int16_t)(value & 1u << (bits - 1) ? (int32_t)value - (1 << bits) : (int32_t)value);
  return true;
}

bool sac_reference_block_decode(const uint8_t *bytes, size_t size, unsigned mode, unsigned value_bits, int16_t out[256]) {
  memset(out, 0, 256 * sizeof *out);
  if (mode == 0) return true;
  if (mode == 3) {
    for (unsigned e = 0; e < 256; e++) {
      if (!value_at(bytes, size, (size_t)e * value_bits, value_bits, &out[e])) return false;
    }
    return true;
  }
  if (mode == 2) {
    if (size < 1) return false;
    const unsigned count = bytes[0] + 1u;
    for (unsigned n = 0; n < count; n++) {
      if (1 + n >= size) return false;
      if (!value_at(bytes, size, (1 + count) * 8 + (size_t)n * value_bits, value_bits, &out[bytes[1 + n]])) return false;
    }
    return true;
  }
  if (size < 32) return false;
  size_t next = 32 * 8;
  for (unsigned e = 0; e < 256; e++) {
    if (!(bytes[e / 8] >> e % 8 & 1)) continue;
    if (!value_at(bytes, size, next, value_bits, &out[e])) return false;
    next += value_bits;
  }
  return true;
}
