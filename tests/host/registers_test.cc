// SPDX-License-Identifier: Apache-2.0
// The AXI4-Lite slave: every register of the specification with its reset value, what of it can be written, strobes,
// addresses without a register, interrupt causes, soft reset, and all orders in which the channels may come.
#include <map>
#include <vector>

#include "Vsac_registers.h"
#include "tests/lib/random.h"

extern "C" {
#include "saccade/regs.h"
#include "sw/tools/config.h"
}

namespace {

constexpr uint32_t kWindow = SAC_REG_WINDOW_BASE_STRIDE, kWindows = SAC_REG_WINDOW_BASE_COUNT;

class Registers : public testing::Test {
 protected:
  Clocked<Vsac_registers> dut;
  Random random{1, "host_registers"};
  sac_machine_config_t config{};
  std::map<uint32_t, uint32_t> held;  // what plain registers hold
  uint32_t irq = 0;
  unsigned doorbells = 0, resets = 0;

  void SetUp() override {
    sac_error_t error = {};
    ASSERT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error)) << error.message;
    dut.Reset();
    held[SAC_REG_TIMEOUT] = SAC_REG_TIMEOUT_RESET;
  }

  void Tick() {
    dut->eval();
    dut.Tick();
    doorbells += dut->doorbell_o;
    resets += dut->soft_reset_o;
    // Counters answer a cycle after their index.
    dut->counter_value_i = 0xc0000000u + counter_;
    counter_ = dut->counter_index_o;
  }

  // Bits that a write leaves.
  static uint32_t Mask(uint32_t offset) {
    switch (offset) {
      case SAC_REG_CONTROL: return SAC_CONTROL_ENABLE_MASK | SAC_CONTROL_INTERRUPT_ENABLE_MASK;
      case SAC_REG_RING_BASE: return ~63u;
      case SAC_REG_RING_SIZE: return 15;
      case SAC_REG_COMPLETION_BASE: return ~15u;
      case SAC_REG_MEMORY_BASE_LOW: return ~4095u;
      case SAC_REG_RING_TAIL: case SAC_REG_TIMEOUT: case SAC_REG_MEMORY_BASE_HIGH: return ~0u;
      default: break;
    }
    if (offset < SAC_REG_WINDOW_BASE || offset >= SAC_REG_WINDOW_BASE + kWindow * kWindows) return 0;
    const uint32_t place = offset % kWindow;
    return place == 0 || place == 4 ? ~0u : place == 8 ? 3 : 0;
  }

  uint32_t Expected(uint32_t offset) {
    if (offset % 4) return 0;
    switch (offset) {
      case SAC_REG_ID: return SAC_REG_ID_RESET;
      case SAC_REG_VERSION: return SAC_REG_VERSION_RESET;
      case SAC_REG_STATUS:
        return dut->busy_i * SAC_STATUS_BUSY_MASK | dut->stopped_i * SAC_STATUS_STOPPED_MASK |
               dut->resetting_i * SAC_STATUS_RESETTING_MASK;
      case SAC_REG_RING_HEAD: return dut->ring_head_i;
      case SAC_REG_IRQ_STATUS: return irq;
      case SAC_REG_ERROR_CODE: return dut->error_code_i;
      case SAC_REG_ERROR_INDEX: return dut->error_index_i;
      case SAC_REG_ERROR_ADDRESS: return dut->error_address_i;
      case SAC_REG_CONFIG_HASH: return config.hash;
      default: break;
    }
    if (offset >= SAC_REG_COUNTERS && offset < SAC_REG_COUNTERS + 4 * SAC_COUNTERS)
      return 0xc0000000u + (offset - SAC_REG_COUNTERS) / 4;
    if (offset >= SAC_REG_CAPACITIES && offset < SAC_REG_CAPACITIES + 4 * SAC_CAPACITIES)
      return config.capacities[(offset - SAC_REG_CAPACITIES) / 4];
    return held.count(offset) ? held[offset] : 0;
  }

  // Address and data in any order and distance; the answer is held until it is taken.
  unsigned Write(uint32_t offset, uint32_t value, unsigned strobe, unsigned address_after, unsigned data_after, unsigned ready_after) {
    bool address_done = false, data_done = false;
    for (unsigned cycle = 0; cycle < 100; cycle++) {
      dut->awvalid_i = !address_done && cycle >= address_after;
      dut->wvalid_i = !data_done && cycle >= data_after;
      dut->awaddr_i = dut->awvalid_i ? offset : random() & 0xfff;
      dut->wdata_i = dut->wvalid_i ? value : random();
      dut->wstrb_i = dut->wvalid_i ? strobe : 15;
      dut->eval();
      EXPECT_FALSE(dut->bvalid_o);
      const bool address = dut->awvalid_i && dut->awready_o, data = dut->wvalid_i && dut->wready_o;
      Tick();
      address_done |= address, data_done |= data;
      if (address_done && data_done) break;
    }
    EXPECT_TRUE(address_done && data_done) << "the write hangs";
    dut->awvalid_i = dut->wvalid_i = 0;
    dut->eval();
    EXPECT_TRUE(dut->bvalid_o);
    const unsigned response = dut->bresp_o;
    for (unsigned i = 0; i < ready_after; i++) {
      Tick();
      EXPECT_TRUE(dut->bvalid_o);
      EXPECT_EQ(dut->bresp_o, response);
    }
    dut->bready_i = 1;
    Tick();
    dut->bready_i = 0;
    dut->eval();
    EXPECT_FALSE(dut->bvalid_o);
    return response;
  }

  void Put(uint32_t offset, uint32_t value, unsigned strobe = 15) {
    const unsigned response = Write(offset, value, strobe, random.Pick(0, 3), random.Pick(0, 3), random.Pick(0, 3));
    EXPECT_EQ(response, strobe == 15 ? 0u : 2u);
    if (strobe != 15) return;
    if (Mask(offset)) held[offset] = value & Mask(offset);
    if (offset == SAC_REG_IRQ_STATUS) irq &= ~value;
  }

  uint32_t Get(uint32_t offset) {
    const unsigned before = random.Pick(0, 2), after = random.Pick(0, 3);
    for (unsigned i = 0; i < before; i++) Tick();
    dut->arvalid_i = 1;
    dut->araddr_i = offset;
    for (unsigned i = 0; i < 20; i++) {
      dut->eval();
      const bool taken = dut->arready_o;
      Tick();
      if (taken) break;
    }
    dut->arvalid_i = 0;
    dut->araddr_i = random() & 0xfff;
    for (unsigned i = 0; i < 20 && !dut->rvalid_o; i++) Tick();
    EXPECT_TRUE(dut->rvalid_o) << "the read hangs";
    const uint32_t value = dut->rdata_o;
    EXPECT_EQ(dut->rresp_o, 0);
    for (unsigned i = 0; i < after; i++) {
      Tick();
      EXPECT_TRUE(dut->rvalid_o);
      EXPECT_EQ(dut->rdata_o, value);
    }
    dut->rready_i = 1;
    Tick();
    dut->rready_i = 0;
    dut->eval();
    EXPECT_FALSE(dut->rvalid_o);
    return value;
  }

  void CheckAll(const char *when) {
    for (uint32_t offset = 0; offset < 0x400; offset += 4) {
      ASSERT_EQ(Get(offset), Expected(offset)) << when << ", register 0x" << std::hex << offset << "; " << random.rerun;
    }
  }

  void Status() {
    dut->busy_i = random() & 1, dut->stopped_i = random() & 1, dut->resetting_i = random() & 1;
    dut->ring_head_i = random(), dut->error_code_i = random();
    dut->error_index_i = random(), dut->error_address_i = random();
  }

  void Pulse(bool fence, bool error) {
    dut->fence_i = fence, dut->error_i = error;
    Tick();
    dut->fence_i = dut->error_i = 0;
    irq |= fence * SAC_IRQ_STATUS_FENCE_MASK | error * SAC_IRQ_STATUS_ERROR_MASK;
  }

 private:
  uint32_t counter_ = 0;
};

TEST_F(Registers, HaveTheirResetValues) { CheckAll("after reset"); }

TEST_F(Registers, KeepWhatCanBeWrittenAndNothingElse) {
  for (uint32_t value : {0xffffffffu, 0u, 0xa5a5a5a5u, 0x5a5a5a5au}) {
    for (uint32_t offset = 0; offset < 0x400; offset += 4) Put(offset, value & ~(offset == SAC_REG_CONTROL ? 2 : 0));
    CheckAll("written");
  }
  EXPECT_EQ(doorbells, 4u);
  EXPECT_EQ(resets, 0u);
}

TEST_F(Registers, AgreeWithAMapUnderRandomTraffic) {
  SCOPED_TRACE(random.rerun);
  for (int i = 0; i < 3000 && !HasFailure(); i++) {
    const uint32_t offset = random.Chance(80) ? 4 * random.Pick(0, 0x7f / 4) : random.Pick(0, 0xfff);
    if (random.Chance(20)) Status();
    if (random.Chance(10)) Pulse(random() & 1, random() & 1);
    if (random.Chance(50)) {
      Put(offset, random() & ~(offset == SAC_REG_CONTROL ? 2u : 0u), random.Chance(80) ? 15 : random.Pick(0, 15));
    } else {
      ASSERT_EQ(Get(offset), Expected(offset)) << "register 0x" << std::hex << offset;
    }
    dut->eval();
    ASSERT_EQ(dut->irq_o, (held[SAC_REG_CONTROL] & SAC_CONTROL_INTERRUPT_ENABLE_MASK) && irq);
    ASSERT_EQ(dut->enable_o, held[SAC_REG_CONTROL] & 1);
    ASSERT_EQ(dut->ring_base_o, held[SAC_REG_RING_BASE]);
    ASSERT_EQ(dut->ring_size_o, held[SAC_REG_RING_SIZE]);
    ASSERT_EQ(dut->ring_tail_o, held[SAC_REG_RING_TAIL]);
    ASSERT_EQ(dut->completion_base_o, held[SAC_REG_COMPLETION_BASE]);
  }
}

TEST_F(Registers, TakeAddressAndDataInAnyOrder) {
  for (unsigned address : {0u, 1u, 5u})
    for (unsigned data : {0u, 1u, 5u})
      for (unsigned ready : {0u, 4u}) {
        const uint32_t value = random();
        EXPECT_EQ(Write(SAC_REG_TIMEOUT, value, 15, address, data, ready), 0u);
        EXPECT_EQ(Get(SAC_REG_TIMEOUT), value);
      }
}

TEST_F(Registers, RefuseWritesOfLessThanAWord) {
  for (unsigned strobe = 0; strobe < 15; strobe++) {
    Put(SAC_REG_TIMEOUT, random(), strobe);
    Put(SAC_REG_RING_TAIL, random(), strobe);
    Put(SAC_REG_CONTROL, 7, strobe);
  }
  CheckAll("after narrow writes");
  EXPECT_EQ(doorbells + resets, 0u);
}

TEST_F(Registers, RaiseAndClearInterruptCauses) {
  Pulse(true, false);
  EXPECT_EQ(Get(SAC_REG_IRQ_STATUS), SAC_IRQ_STATUS_FENCE_MASK);
  EXPECT_FALSE(dut->irq_o) << "not enabled";
  Put(SAC_REG_CONTROL, SAC_CONTROL_INTERRUPT_ENABLE_MASK);
  EXPECT_TRUE(dut->irq_o);
  Put(SAC_REG_IRQ_STATUS, SAC_IRQ_STATUS_ERROR_MASK);
  EXPECT_TRUE(dut->irq_o) << "another cause was cleared";
  Pulse(false, true);
  Put(SAC_REG_IRQ_STATUS, SAC_IRQ_STATUS_FENCE_MASK);
  EXPECT_EQ(Get(SAC_REG_IRQ_STATUS), SAC_IRQ_STATUS_ERROR_MASK);
  Put(SAC_REG_IRQ_STATUS, 3);
  EXPECT_FALSE(dut->irq_o);
  // A cause that comes in the cycle of its clearing stays.
  dut->fence_i = 1;
  Write(SAC_REG_IRQ_STATUS, 3, 15, 0, 0, 0);
  dut->fence_i = 0;
  EXPECT_EQ(Get(SAC_REG_IRQ_STATUS), SAC_IRQ_STATUS_FENCE_MASK);
}

TEST_F(Registers, ASoftResetKeepsWindowsAndMemoryBaseOnly) {
  for (uint32_t offset = 0; offset < 0x80; offset += 4) Put(offset, 0xfffffffd);
  Pulse(true, true);
  EXPECT_EQ(resets, 0u);
  Put(SAC_REG_CONTROL, 7);
  EXPECT_EQ(resets, 1u);
  dut->clear_i = 1;
  Tick();
  dut->clear_i = 0;
  for (uint32_t offset : {SAC_REG_CONTROL, SAC_REG_RING_BASE, SAC_REG_RING_SIZE, SAC_REG_RING_TAIL, SAC_REG_COMPLETION_BASE})
    held[offset] = 0;
  held[SAC_REG_TIMEOUT] = SAC_REG_TIMEOUT_RESET;
  irq = 0;
  CheckAll("after the soft reset");
}

}  // namespace
