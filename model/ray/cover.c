// SPDX-License-Identifier: Apache-2.0
#include "cover.h"

#include "../lib/number.h"
#include "saccade/regs.h"

enum { kQuotientBits = 21 };  // of the serial divider: 5 integer, 16 fraction bits

// floor(product * 2^16 / q), at most 2^21 (= out of range).
static int64_t ratio(int64_t product, int64_t q) {
  const unsigned __int128 quotient = ((unsigned __int128)product << 16) / (unsigned __int128)q;
  return quotient >= 1 << kQuotientBits ? 1 << kQuotientBits : (int64_t)quotient;
}

sac_cover_t sac_cover(const uint32_t *camera, const int cell[3], int side, uint32_t radius, sac_rectangle_t tile) {
  const sac_cover_t none = {.empty = true, .rectangle = tile}, whole = {.whole = true, .rectangle = tile};
  const int64_t r = radius, focal = sac_field_get(camera, SAC_CAMERA_FOCAL);
  int64_t at[3];
  for (int row = 0; row < 3; row++) {
    int64_t sum = (int64_t)(int32_t)camera[21 + row] * 128;
    for (int a = 0; a < 3; a++) sum += (int64_t)(int32_t)camera[12 + 3 * row + a] * (2 * cell[a] + side);
    at[row] = sum >> 15;
  }
  if (at[2] < -r) return none;
  if (at[2] <= 2 * r) return whole;
  const int64_t q = at[2] * at[2] - r * r;
  const int64_t root = (int64_t)sac_square_root((uint64_t)(at[0] * at[0] + at[1] * at[1] + q)) + 1;
  const int64_t a = ratio(sac_magnitude(at[0]) * at[2], q), b = ratio(sac_magnitude(at[1]) * at[2], q);
  const int64_t rho = ratio(r * root, q) + 1;
  if (a >> kQuotientBits || b >> kQuotientBits) return none;
  if (rho >> kQuotientBits) return whole;
  sac_cover_t cover = {.rectangle = tile};
  const int64_t disc = ((focal * rho) >> 16) + 4 + (focal >> 15);
  cover.cu = (int32_t)camera[25] + (at[0] < 0 ? -1 : 1) * ((focal * a) >> 16);
  cover.cv = (int32_t)camera[26] + (at[1] < 0 ? -1 : 1) * ((focal * b) >> 16);
  cover.radius_square = disc * disc;
  cover.rectangle.x0 = (int)sac_clamp((cover.cu - disc + 255) >> 8, tile.x0, (int64_t)tile.x1 + 1);
  cover.rectangle.y0 = (int)sac_clamp((cover.cv - disc + 255) >> 8, tile.y0, (int64_t)tile.y1 + 1);
  cover.rectangle.x1 = (int)sac_clamp((cover.cu + disc) >> 8, (int64_t)tile.x0 - 1, tile.x1);
  cover.rectangle.y1 = (int)sac_clamp((cover.cv + disc) >> 8, (int64_t)tile.y0 - 1, tile.y1);
  cover.empty = cover.rectangle.x0 > cover.rectangle.x1 || cover.rectangle.y0 > cover.rectangle.y1;
  return cover;
}
