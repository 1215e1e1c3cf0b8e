// SPDX-License-Identifier: Apache-2.0
// The driver's hardware abstraction over a Verilated machine.
#ifndef SIM_HAL_RTL_H
#define SIM_HAL_RTL_H

#include "saccade/error.h"
#include "saccade/hal.h"
#include "sim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

// Creates a machine and fills `hal`; closing the HAL destroys it. False and an error as sac_rtl_create.
bool sac_hal_rtl_open(const sac_rtl_options_t *options, sac_hal_t *hal, sac_error_t *error);
// The machine behind such a HAL, for clocks, waves and faults.
sac_rtl_t *sac_hal_rtl_machine(const sac_hal_t *hal);

#ifdef __cplusplus
}
#endif

#endif
