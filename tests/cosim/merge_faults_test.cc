// SPDX-License-Identifier: Apache-2.0
// MERGE commands that leave the windows or meet bad memory at each of their accesses, on the Verilated machine and the
// model alike.
#include "tests/cosim/faults.h"
#include "tests/cosim/pair.h"

namespace {

class MergeFaults : public FaultTest {
 protected:
  static constexpr uint32_t kAffine = kSource, kLogs = kSource + 512, kRows = kSource + 1024;
  static constexpr uint32_t kOutputLogs = kDestination + 2048, kStates = 3, kBytes = 32;
  static constexpr Range kWritten = {kDestination, kDestination + 4096};

  static Command Good() {
    Command words = NewCommand(SAC_OPCODE_MERGE, 11);
    const struct { uint32_t field, value;
    } fields[] = {{SAC_MERGE_LSE, 1}, {SAC_MERGE_STATES, kStates}, {SAC_MERGE_AFFINE_ADDRESS, kAffine},
                  {SAC_MERGE_LSE_ADDRESS, kLogs}, {SAC_MERGE_LSE_STATE_STRIDE, 64}, {SAC_MERGE_Y_ADDRESS, kRows},
                  {SAC_MERGE_Y_STATE_STRIDE, 256}, {SAC_MERGE_Y_STRIDE, 64}, {SAC_MERGE_OUTPUT_ADDRESS, kDestination},
                  {SAC_MERGE_OUTPUT_STRIDE, 64}, {SAC_MERGE_OUTPUT_LSE_ADDRESS, kOutputLogs}, {SAC_MERGE_ROWS, 4},
                  {SAC_MERGE_D, kBytes / 2}};
    for (const auto &each : fields) sac_field_put(words.data(), each.field, each.value);
    return words;
  }
};

TEST_P(MergeFaults, EveryAccessIsHeldToTheWindows) {
  SCOPED_TRACE(Rerun("cosim_merge_faults", TestSeed(77)));
  for (uint32_t field : {SAC_MERGE_AFFINE_ADDRESS, SAC_MERGE_LSE_ADDRESS, SAC_MERGE_Y_ADDRESS, SAC_MERGE_OUTPUT_ADDRESS,
                         SAC_MERGE_OUTPUT_LSE_ADDRESS}) {
    SCOPED_TRACE("word " + std::to_string(field >> 16));
    Command words = Good();
    sac_field_put(words.data(), field, 0x7fff0000);
    Expect(words, {SAC_HW_ERR_WINDOW, 0x7fff0000}, kWritten, false);
    if (HasFailure()) return;
  }
  // A stride that leads out of memory with the last state, or the last row.
  Command far = Good();
  sac_field_put(far.data(), SAC_MERGE_Y_STATE_STRIDE, 0x20000000);
  Expect(far, {SAC_HW_ERR_WINDOW, kRows + 0x20000000}, kWritten, false);
  far = Good();
  sac_field_put(far.data(), SAC_MERGE_OUTPUT_STRIDE, 0x30000000);
  Expect(far, {SAC_HW_ERR_WINDOW, kDestination + 0x30000000}, kWritten, false);
}

TEST_P(MergeFaults, BadMemoryUnderAnyAccessStopsTheCommand) {
  SCOPED_TRACE(Rerun("cosim_merge_faults", TestSeed(77)));
  for (uint32_t at : {kAffine, kLogs, kLogs + 128, kRows, kRows + 512 + 192, kDestination, kDestination + 192,
                      kOutputLogs}) {
    for (sac_hw_error_t code : {SAC_HW_ERR_SLVERR, SAC_HW_ERR_DECERR}) {
      SCOPED_TRACE("code " + std::to_string(code) + " at " + std::to_string(at));
      pair_->Fail(code, at, at);
      Expect(Good(), {code, at}, kWritten, false);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Built, MergeFaults, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
