// SPDX-License-Identifier: Apache-2.0
// Encoding and colour network of one entry (docs/architecture.md, sections 4 and 5).
#include "colour.h"

static unsigned groups(unsigned outputs, unsigned lanes) { return (outputs + lanes - 1) / lanes; }

int16_t sac_reference_requantise(const sac_reference_t *reference, int64_t sum, unsigned quant, bool relu) {
  int64_t scaled = (sum + reference->quant[quant].bias) * reference->quant[quant].multiplier;
  int64_t y = sac_reference_saturate(sac_reference_round_even(scaled, reference->quant[quant].shift), 16);
  return (int16_t)(relu && y < 0 ? 0 : y);
}

// Weight of output n and input k in a layer stored as [group of lanes][k].
static int64_t weight(const sac_reference_t *reference, unsigned base, unsigned inputs, unsigned n, unsigned k) {
  const unsigned lanes = reference->lanes;
  return reference->weights[((size_t)base + n / lanes * inputs + k) * lanes + n % lanes];
}

static void encode_one(const sac_reference_t *reference, int16_t value, unsigned phase_exponent, int16_t out[5]) {
  const sac_reference_table_t *sine = &reference->tables[SAC_TARGET_SINE];
  const uint32_t phase = (uint32_t)(int32_t)value << phase_exponent;
  out[0] = value;
  out[1] = (int16_t)sac_reference_table_evaluate(sine, (int32_t)(phase & 0xffff));
  out[2] = (int16_t)sac_reference_table_evaluate(sine, (int32_t)(2 * phase & 0xffff));
  out[3] = (int16_t)sac_reference_table_evaluate(sine, (int32_t)((phase + 16384) & 0xffff));
  out[4] = (int16_t)sac_reference_table_evaluate(sine, (int32_t)((2 * phase + 16384) & 0xffff));
}

void sac_reference_encode(const sac_reference_t *reference, const int16_t features[27], const int16_t view[3],
                          unsigned phase_exponent, int16_t x[150]) {
  for (int g = 0; g < 27; g++) encode_one(reference, features[g], phase_exponent, x + 5 * g);
  for (int a = 0; a < 3; a++) encode_one(reference, view[a], 0, x + 135 + 5 * a);
}

void sac_reference_network(const sac_reference_t *reference, const int16_t x[150], uint16_t colour[3]) {
  const unsigned lanes = reference->lanes, g27 = groups(27, lanes), g128 = groups(128, lanes);
  const unsigned base1 = g27 * 144, base2 = base1 + g128 * 150, base3 = base2 + g128 * 128;
  const unsigned quant1 = g27 * lanes, quant2 = quant1 + g128 * lanes, quant3 = quant2 + g128 * lanes;
  int16_t h1[128], h2[128];
  for (unsigned n = 0; n < 128; n++) {
    int64_t sum = 0;
    for (unsigned k = 0; k < 150; k++) sum += x[k] * weight(reference, base1, 150, n, k);
    h1[n] = sac_reference_requantise(reference, sum, quant1 + n, true);
  }
  for (unsigned n = 0; n < 128; n++) {
    int64_t sum = 0;
    for (unsigned k = 0; k < 128; k++) sum += h1[k] * weight(reference, base2, 128, n, k);
    h2[n] = sac_reference_requantise(reference, sum, quant2 + n, true);
  }
  for (unsigned o = 0; o < 3; o++) {
    int64_t sum = 0;
    for (unsigned k = 0; k < 128; k++) {
      sum += h2[k] * (int64_t)reference->weights[((size_t)base3 + o * g128 + k / lanes) * lanes + k % lanes];
    }
    const int16_t y = sac_reference_requantise(reference, sum, quant3 + o, false);
    const int32_t c = (int32_t)sac_reference_table_evaluate(&reference->tables[SAC_TARGET_SIGMOID], y);
    colour[o] = (uint16_t)(c < 0 ? 0 : c > 65535 ? 65535 : c);
  }
}
