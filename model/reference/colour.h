// SPDX-License-Identifier: Apache-2.0
// Encoding of an entry into the network's 150 inputs and the colour network itself.
#ifndef SACCADE_REFERENCE_COLOUR_H
#define SACCADE_REFERENCE_COLOUR_H

#include "reference.h"

// Features and view in turns; x in the order that the first layer's weights expect.
void sac_reference_encode(const sac_reference_t *reference, const int16_t features[27], const int16_t view[3],
                          unsigned phase_exponent, int16_t x[150]);
// 150 inputs to a colour, 65535 = 1.
void sac_reference_network(const sac_reference_t *reference, const int16_t x[150], uint16_t colour[3]);

#endif
