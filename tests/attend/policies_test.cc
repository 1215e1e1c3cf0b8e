// SPDX-License-Identifier: Apache-2.0
// Every attention policy on the model against golden (float64), within what the number formats allow.
#include <string>

#include "tests/support/policy_cases.h"

extern "C" {
#include "model/saccade_model.h"
#include "sw/tools/config.h"
}

namespace {

class Policies : public testing::TestWithParam<policies::Case> {
 protected:
  void Check(const std::string &config_name, bool small) {
    SCOPED_TRACE(config_name + (small ? ", small" : ", middle"));
    sac_machine_config_t config = {};
    sac_error_t error = {};
    ASSERT_TRUE(sac_config_load(&config, ("configs/" + config_name + ".yaml").c_str(), &error)) << error.message;
    const sac_hal_t hal = sac_model_hal(sac_model_create(&config, 64 << 20));
    sac_device_t *device = sac_device_open(&hal, &error);
    ASSERT_TRUE(device && sac_attention_load_tables(device, &error)) << error.message;
    const PolicyResult result = GetParam().run(device, small);
    sac_device_close(device);
    result.Check(GetParam().least_db);
  }
};

// Blocks of 16, 15 and 512 query rows, tiles of 13 to 128 keys.
TEST_P(Policies, AgreeWithGolden) {
  Check("tiny", true);
  for (const char *config : {"tiny", "odd", "edge"}) Check(config, false);
}

INSTANTIATE_TEST_SUITE_P(Every, Policies, testing::ValuesIn(policies::kCases),
                         [](const testing::TestParamInfo<policies::Case> &info) { return info.param.name; });

}  // namespace
