// SPDX-License-Identifier: Apache-2.0
// Every attention policy on the model against golden (float64), within what the number formats allow.
#include "tests/support/policy_cases.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

namespace {

class Policies : public testing::TestWithParam<policies::Case> {
 protected:
  Policies() {
    sac_machine_config_t config = {};
    EXPECT_TRUE(sac_config_load(&config, "configs/tiny.yaml", &error_)) << error_.message;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config, 64 << 20));
    device_ = sac_device_open(&hal, &error_);
    EXPECT_TRUE(device_ && sac_attention_load_tables(device_, &error_)) << error_.message;
  }
  ~Policies() override { sac_device_close(device_); }

  sac_error_t error_ = {};
  sac_device_t *device_ = nullptr;
};

TEST_P(Policies, AgreeWithGolden) {
  for (bool small : {true, false}) {
    SCOPED_TRACE(small ? "small" : "middle");
    const PolicyResult result = GetParam().run(device_, small);
    ASSERT_NO_FATAL_FAILURE(result.Check(GetParam().least_db));
  }
}

INSTANTIATE_TEST_SUITE_P(Every, Policies, testing::ValuesIn(policies::kCases),
                         [](const testing::TestParamInfo<policies::Case> &info) { return info.param.name; });

}  // namespace
