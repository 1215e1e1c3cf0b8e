// SPDX-License-Identifier: Apache-2.0
// Between plain C and one Verilated configuration. Compiled once for each with SAC_CONFIG (its name),
// SAC_PREFIX (the class), SAC_HEADER and SAC_TRACE (whether waves are built in).
#include <cstring>
#include <memory>

#include SAC_HEADER
#if SAC_TRACE
#include "verilated_fst_c.h"
#endif

#include "sim/rtl_configs.h"

namespace {

using Machine = SAC_PREFIX;

struct Design {
  VerilatedContext context;
  std::unique_ptr<Machine> machine;
#if SAC_TRACE
  std::unique_ptr<VerilatedFstC> wave;
#endif
};

// Verilated ports are little-endian whatever their type: integers up to 64 bits, arrays of words beyond.
template <class Port>
void put(Port &port, const uint8_t *bytes) {
  std::memcpy(&port, bytes, sizeof port);
}

template <class Port>
void get(const Port &port, uint8_t *bytes) {
  std::memcpy(bytes, &port, sizeof port);
}

void *create(uint32_t seed) {
  auto design = std::make_unique<Design>();
  design->context.randReset(2);
  design->context.randSeed(static_cast<int>(seed & 0x3fffffff) + 1);
#if SAC_TRACE
  design->context.traceEverOn(true);
#endif
  design->machine = std::make_unique<Machine>(&design->context);
  design->machine->clk_i = 0;
  design->machine->rst_ni = 0;
  design->machine->eval();
  return design.release();
}

void wave_close(void *self) {
#if SAC_TRACE
  auto *design = static_cast<Design *>(self);
  if (design->wave) design->wave->close();
  design->wave.reset();
#else
  (void)self;
#endif
}

bool wave_open(void *self, const char *path) {
#if SAC_TRACE
  auto *design = static_cast<Design *>(self);
  wave_close(self);
  design->wave = std::make_unique<VerilatedFstC>();
  design->machine->trace(design->wave.get(), 99);
  design->wave->open(path);
  return design->wave->isOpen();
#else
  (void)self, (void)path;
  return false;
#endif
}

void destroy(void *self) {
  auto *design = static_cast<Design *>(self);
  wave_close(self);
  design->machine->final();
  delete design;
}

void clock(void *self, const sac_rtl_inputs_t *in, sac_rtl_outputs_t *out) {
  auto *design = static_cast<Design *>(self);
  Machine &m = *design->machine;
  m.rst_ni = in->rst_n;
  design->context.assertOn(in->rst_n);  // registers hold random values until reset has gone round
  m.s_axil_awvalid_i = in->awvalid;
  m.s_axil_awaddr_i = in->awaddr & 0xfff;
  m.s_axil_wvalid_i = in->wvalid;
  m.s_axil_wdata_i = in->wdata;
  m.s_axil_wstrb_i = in->wstrb;
  m.s_axil_bready_i = in->bready;
  m.s_axil_arvalid_i = in->arvalid;
  m.s_axil_araddr_i = in->araddr & 0xfff;
  m.s_axil_rready_i = in->rready;
  m.m_axi_awready_i = in->axi.awready;
  m.m_axi_wready_i = in->axi.wready;
  m.m_axi_bvalid_i = in->axi.bvalid;
  m.m_axi_bid_i = in->axi.bid;
  m.m_axi_bresp_i = in->axi.bresp;
  m.m_axi_arready_i = in->axi.arready;
  m.m_axi_rvalid_i = in->axi.rvalid;
  if (in->axi.rvalid) {
    m.m_axi_rid_i = in->axi.rid;
    m.m_axi_rresp_i = in->axi.rresp;
    m.m_axi_rlast_i = in->axi.rlast;
    put(m.m_axi_rdata_i, in->axi.rdata);
  }
  m.clk_i = 1;
  m.eval();
#if SAC_TRACE
  if (design->wave) design->wave->dump(design->context.time());
#endif
  design->context.timeInc(1);
  m.clk_i = 0;
  m.eval();
#if SAC_TRACE
  if (design->wave) design->wave->dump(design->context.time());
#endif
  design->context.timeInc(1);

  out->awready = m.s_axil_awready_o;
  out->wready = m.s_axil_wready_o;
  out->bvalid = m.s_axil_bvalid_o;
  out->bresp = m.s_axil_bresp_o;
  out->arready = m.s_axil_arready_o;
  out->rvalid = m.s_axil_rvalid_o;
  out->rdata = m.s_axil_rdata_o;
  out->rresp = m.s_axil_rresp_o;
  out->irq = m.irq_o;
  sac_axi_to_memory_t &axi = out->axi;
  axi.bready = m.m_axi_bready_o;
  axi.rready = m.m_axi_rready_o;
  axi.awvalid = m.m_axi_awvalid_o;
  if (axi.awvalid) {
    axi.awid = m.m_axi_awid_o;
    axi.awaddr = m.m_axi_awaddr_o;
    axi.awlen = m.m_axi_awlen_o;
    axi.awsize = m.m_axi_awsize_o;
    axi.awburst = m.m_axi_awburst_o;
  }
  axi.wvalid = m.m_axi_wvalid_o;
  if (axi.wvalid) {
    axi.wlast = m.m_axi_wlast_o;
    axi.wstrb = m.m_axi_wstrb_o;
    get(m.m_axi_wdata_o, axi.wdata);
  }
  axi.arvalid = m.m_axi_arvalid_o;
  if (axi.arvalid) {
    axi.arid = m.m_axi_arid_o;
    axi.araddr = m.m_axi_araddr_o;
    axi.arlen = m.m_axi_arlen_o;
    axi.arsize = m.m_axi_arsize_o;
    axi.arburst = m.m_axi_arburst_o;
  }
}

}  // namespace

#define SAC_SHIM_NAME_(name) sac_rtl_shim_##name
#define SAC_SHIM_NAME(name) SAC_SHIM_NAME_(name)

extern "C" {
extern const sac_rtl_shim_t SAC_SHIM_NAME(SAC_CONFIG);
const sac_rtl_shim_t SAC_SHIM_NAME(SAC_CONFIG) = {
    sizeof(Machine::m_axi_rdata_i), create, destroy, clock, wave_open, wave_close,
};
}
