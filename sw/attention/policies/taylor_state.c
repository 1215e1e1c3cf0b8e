// SPDX-License-Identifier: Apache-2.0
// Taylor linear attention with a state (contract: saccade/policies.h). The machine contracts over tokens: with unit
// rows as queries, a sum of (q . k) v over the tokens is a row of the state.
#include <math.h>
#include <stdlib.h>

#include "draft.h"
#include "sw/attention/format.h"

sac_attention_plan_t *sac_policy_sums(sac_device_t *device, const sac_attention_setup_t *base, sac_error_t *error) {
  sac_draft_t draft;
  sac_draft_open(&draft, device, base);
  sac_draft_all(&draft);
  draft.setup.score_function = SAC_ATTENTION_LINEAR;
  return sac_draft_plan(&draft, error);
}

uint32_t sac_policy_taylor_features(uint32_t d) { return 1 + d + d * (d + 1) / 2; }

void sac_policy_taylor_map(uint32_t d, double scale, const double *x, double *phi) {
  *phi++ = 1.0;
  for (uint32_t a = 0; a < d; a++) *phi++ = sqrt(scale) * x[a];
  for (uint32_t a = 0; a < d; a++) {
    *phi++ = scale * x[a] * x[a] / sqrt(2.0);
    for (uint32_t b = a + 1; b < d; b++) *phi++ = scale * x[a] * x[b];
  }
}

bool sac_policy_put_units(sac_device_t *device, uint32_t d, sac_attention_format_t format, int16_t value,
                          uint32_t address, sac_error_t *error) {
  const uint32_t bytes = sac_attention_row_bytes(format, d);
  if (abs(value) > sac_format_value_max(format)) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "unit rows: a value of %d, expected at most %d", value,
                         sac_format_value_max(format));
  }
  double *row = calloc((size_t)d + 1, sizeof *row);
  uint8_t *packed = malloc((size_t)d * bytes + 1);
  bool good = (row && packed) || sac_error_set(error, SAC_ERR_MEMORY, "unit rows: no memory");
  for (uint32_t r = 0; good && r < d; r++) {
    row[r] = value;
    sac_format_pack(format, d, row, 1.0, packed + (size_t)r * bytes);
    row[r] = 0.0;
  }
  good = good && sac_device_write(device, address, packed, (size_t)d * bytes, error);
  free(row);
  free(packed);
  return good;
}
