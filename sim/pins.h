// SPDX-License-Identifier: Apache-2.0
// The pins of the machine in plain C, the same for every configuration: buses narrower than the arrays
// use their first bytes. Values are those just before a rising clock edge.
#ifndef SIM_PINS_H
#define SIM_PINS_H

#include <stdint.h>

enum { SAC_AXI_MAX_BYTES = 32 };

typedef struct sac_axi_from_memory {
  uint8_t awready, wready, bvalid, bresp, bid;
  uint8_t arready, rvalid, rresp, rlast, rid;
  uint8_t rdata[SAC_AXI_MAX_BYTES];
} sac_axi_from_memory_t;

typedef struct sac_axi_to_memory {
  uint64_t awaddr, araddr;
  uint32_t wstrb;
  uint8_t awvalid, awid, awlen, awsize, awburst;
  uint8_t wvalid, wlast, bready;
  uint8_t arvalid, arid, arlen, arsize, arburst, rready;
  uint8_t wdata[SAC_AXI_MAX_BYTES];
} sac_axi_to_memory_t;

typedef struct sac_rtl_inputs {
  uint8_t rst_n;
  uint8_t awvalid, wvalid, wstrb, bready, arvalid, rready;
  uint32_t awaddr, wdata, araddr;
  sac_axi_from_memory_t axi;
} sac_rtl_inputs_t;

typedef struct sac_rtl_outputs {
  uint8_t awready, wready, bvalid, bresp, arready, rvalid, rresp, irq;
  uint32_t rdata;
  sac_axi_to_memory_t axi;
} sac_rtl_outputs_t;

#endif
