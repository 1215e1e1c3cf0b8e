// SPDX-License-Identifier: Apache-2.0
// Every attention policy, small, on the Verilated machine and on the model: the same bytes and counters of work.
#include "sim/hal_rtl.h"
#include "tests/support/policy_cases.h"

extern "C" {
#include "sw/tools/backend.h"
}

namespace {

class PolicyBits : public testing::TestWithParam<policies::Case> {
 protected:
  struct Outcome {
    PolicyResult result;
    uint32_t counters[SAC_COUNTERS];
  };

  Outcome RunOn(const char *backend) {
    sac_machine_config_t config = {};
    sac_error_t error = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error)) << error.message;
    const sac_backend_options_t options = {backend, 1 << 20, 5, nullptr, nullptr};
    sac_device_t *device = sac_backend_open(&options, &config, &error);
    EXPECT_TRUE(device && sac_attention_load_tables(device, &error)) << error.message;
    Outcome outcome = {GetParam().run(device, true), {}};
    // A completion record is there some cycles before the last command is counted.
    const sac_hal_t *hal = sac_device_hal(device);
    while (hal->read32(hal->self, SAC_REG_STATUS) & SAC_STATUS_BUSY_MASK) hal->advance(hal->self);
    sac_device_counters(device, outcome.counters);
    sac_device_close(device);
    return outcome;
  }
};

TEST_P(PolicyBits, RtlWritesTheModelsBytes) {
  const Outcome rtl = RunOn("rtl");
  ASSERT_FALSE(HasFailure());
  const Outcome model = RunOn("model");
  EXPECT_EQ(rtl.result.y, model.result.y);
  EXPECT_EQ(rtl.result.lse, model.result.lse);
  for (int counter = 0; counter < SAC_COUNTERS; counter++) {
    if (sac_counter_infos[counter].time) continue;
    EXPECT_EQ(rtl.counters[counter], model.counters[counter]) << sac_counter_infos[counter].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, PolicyBits, testing::ValuesIn(policies::kCases),
                         [](const testing::TestParamInfo<policies::Case> &info) { return info.param.name; });

}  // namespace
