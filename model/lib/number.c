// SPDX-License-Identifier: Apache-2.0
#include "number.h"

#include <math.h>

uint64_t sac_square_root(uint64_t x) {
  uint64_t root = (uint64_t)sqrt((double)x);
  while (root * root > x) root--;
  while ((root + 1) * (root + 1) <= x) root++;
  return root;
}
