// SPDX-License-Identifier: Apache-2.0
// Codec of embedding blocks (contract: encode.h).
#include "encode.h"

#include <string.h>

static const char *const kNames[SAC_ENCODINGS] = {"hybrid", "bitmap", "coordinate", "dense"};

const char *sac_encoding_name(sac_encoding_t encoding) { return kNames[encoding]; }

int sac_encoding_find(const char *name) {
  for (int i = 0; i < SAC_ENCODINGS; i++) {
    if (strcmp(name, kNames[i]) == 0) return i;
  }
  return -1;
}

size_t sac_block_bytes(sac_block_mode_t mode, int count, int bits) {
  size_t bytes = 0;
  switch (mode) {
    case SAC_BLOCK_EMPTY: break;
    case SAC_BLOCK_BITMAP: bytes = 32 + (size_t)(count * bits + 7) / 8; break;
    case SAC_BLOCK_COORDINATE: bytes = 1 + (size_t)count + (size_t)(count * bits + 7) / 8; break;
    case SAC_BLOCK_DENSE: bytes = (size_t)(SAC_BLOCK_ENTRIES * bits) / 8; break;
  }
  return (bytes + 3) & ~(size_t)3;
}

int sac_block_count(const int16_t value[SAC_BLOCK_ENTRIES]) {
  int count = 0;
  for (int e = 0; e < SAC_BLOCK_ENTRIES; e++) count += value[e] != 0;
  return count;
}

sac_block_mode_t sac_block_choose(sac_encoding_t encoding, int count, int bits) {
  switch (encoding) {
    case SAC_ENCODING_BITMAP: return SAC_BLOCK_BITMAP;
    case SAC_ENCODING_DENSE: return SAC_BLOCK_DENSE;
    case SAC_ENCODING_COORDINATE: return count == 0 ? SAC_BLOCK_EMPTY : SAC_BLOCK_COORDINATE;
    default: break;
  }
  if (count == 0) return SAC_BLOCK_EMPTY;
  sac_block_mode_t best = SAC_BLOCK_BITMAP;
  for (sac_block_mode_t mode = SAC_BLOCK_COORDINATE; mode <= SAC_BLOCK_DENSE; mode++) {
    if (sac_block_bytes(mode, count, bits) < sac_block_bytes(best, count, bits)) best = mode;
  }
  return best;
}

static void put_value(uint8_t *out, size_t position, int16_t value, int bits) {
  for (int b = 0; b < bits; b++) {
    const size_t bit = position * (size_t)bits + (size_t)b;
    out[bit >> 3] = (uint8_t)(out[bit >> 3] | (((uint16_t)value >> b) & 1u) << (bit & 7));
  }
}

static int16_t get_value(const uint8_t *data, size_t position, int bits) {
  const size_t first = position * (size_t)bits;
  uint32_t raw = 0;
  for (size_t byte = first >> 3; byte <= (first + (size_t)bits - 1) >> 3; byte++) {
    raw |= (uint32_t)data[byte] << (8 * (byte - (first >> 3)));
  }
  raw >>= first & 7;
  const uint32_t sign = 1u << (bits - 1);
  raw &= (sign << 1) - 1u;
  return (int16_t)((int32_t)(raw ^ sign) - (int32_t)sign);
}

size_t sac_block_encode(const int16_t value[SAC_BLOCK_ENTRIES], sac_block_mode_t mode, int bits,
                        uint8_t out[SAC_BLOCK_BYTES_MAX]) {
  const int count = sac_block_count(value);
  const size_t bytes = sac_block_bytes(mode, count, bits);
  memset(out, 0, bytes);
  if (mode == SAC_BLOCK_EMPTY) return 0;
  uint8_t *values = out;
  if (mode == SAC_BLOCK_BITMAP) values = out + 32;
  if (mode == SAC_BLOCK_COORDINATE) {
    values = out + 1 + count;
    out[0] = (uint8_t)(count - 1);
  }
  size_t rank = 0;
  for (int e = 0; e < SAC_BLOCK_ENTRIES; e++) {
    if (value[e] == 0 && mode != SAC_BLOCK_DENSE) continue;
    if (mode == SAC_BLOCK_BITMAP) out[e >> 3] = (uint8_t)(out[e >> 3] | 1u << (e & 7));
    if (mode == SAC_BLOCK_COORDINATE) out[1 + rank] = (uint8_t)e;
    put_value(values, rank++, value[e], bits);
  }
  return bytes;
}

int sac_block_decode(const uint8_t *data, size_t bytes, sac_block_mode_t mode, int bits,
                     int16_t value[SAC_BLOCK_ENTRIES]) {
  memset(value, 0, SAC_BLOCK_ENTRIES * sizeof value[0]);
  int count = 0;
  if (mode == SAC_BLOCK_EMPTY) return bytes == 0 ? 0 : -1;
  if (mode == SAC_BLOCK_BITMAP) {
    if (bytes < 32) return -1;
    for (int e = 0; e < SAC_BLOCK_ENTRIES; e++) count += (data[e >> 3] >> (e & 7)) & 1;
  } else if (mode == SAC_BLOCK_COORDINATE) {
    if (bytes < 1) return -1;
    count = data[0] + 1;
  }
  if (bytes != sac_block_bytes(mode, count, bits)) return -1;
  if (mode == SAC_BLOCK_COORDINATE) {
    for (int rank = 0; rank < count; rank++) {
      if (rank > 0 && data[1 + rank] <= data[rank]) return -1;
      value[data[1 + rank]] = get_value(data + 1 + count, (size_t)rank, bits);
    }
    return 0;
  }
  const uint8_t *values = mode == SAC_BLOCK_BITMAP ? data + 32 : data;
  size_t rank = 0;
  for (int e = 0; e < SAC_BLOCK_ENTRIES; e++) {
    if (mode == SAC_BLOCK_BITMAP && !((data[e >> 3] >> (e & 7)) & 1)) continue;
    value[e] = get_value(values, rank++, bits);
  }
  return 0;
}
