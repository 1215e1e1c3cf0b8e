// SPDX-License-Identifier: Apache-2.0
// ATTEND commands that the machine must refuse, on the Verilated machine and the model alike: each thing that can be
// wrong in descriptor, context record and list, and accesses of every client that leave the windows or meet bad memory.
#include "tests/cosim/faults.h"
#include "tests/cosim/pair.h"
#include "tests/support/attend_faults.h"

namespace {

class AttendFaultsPair : public FaultTest {
 protected:
  static constexpr uint32_t kContext = 0x4400, kTiles = kList;
  static constexpr Range kWritten = {kDestination, kDestination + 4096};

  AttendFaults Faults() const {
    return AttendFaults(pair_->config.capacities, kContext, kTiles, kSource, kDestination);
  }

  void Place(const AttendFaults &faults, const std::vector<uint32_t> &record, const std::vector<uint32_t> &list) {
    pair_->Store(kContext, record.data(), 4 * record.size());
    if (!list.empty()) pair_->Store(kTiles, list.data(), 4 * list.size());
    pair_->Store(kTiles + 512, faults.pages, sizeof faults.pages);
  }
};

TEST_P(AttendFaultsPair, EachIsRefusedWithItsCodeAndAddress) {
  SCOPED_TRACE(Rerun("cosim_attend_faults", TestSeed(77)));
  const AttendFaults faults = Faults();
  for (const AttendFault &fault : faults.all) {
    if (Slow() && random_() % 8 && fault.name.compare(0, 3, "bit") == 0) continue;
    SCOPED_TRACE(fault.name);
    Place(faults, fault.record, fault.list);
    Expect(fault.words, {fault.code, fault.address}, fault.list.empty() ? Range{0, 0} : kWritten);
    if (HasFailure()) break;
  }
}

TEST_P(AttendFaultsPair, EveryKindOfAccessIsHeldToTheWindows) {
  SCOPED_TRACE(Rerun("cosim_attend_faults", TestSeed(77)));
  const AttendFaults faults = Faults();
  const uint32_t out = 0x7fff0000;
  const auto refuse = [&](std::vector<uint32_t> words, const std::vector<uint32_t> &record, uint32_t address) {
    Place(faults, record, {0, 0, 20, 0});
    Expect(words, {SAC_HW_ERR_WINDOW, address}, kWritten, false);
  };
  const auto words_with = [&](uint32_t field) {
    std::vector<uint32_t> words = faults.good_words;
    sac_field_put(words.data(), field, out);
    return words;
  };
  const auto record_with = [&](uint32_t field) {
    std::vector<uint32_t> record = faults.good_record;
    sac_field_put(record.data(), field, out);
    return record;
  };
  for (uint32_t field :
       {SAC_ATTEND_CONTEXT_ADDRESS, SAC_ATTEND_Q_ADDRESS, SAC_ATTEND_Y_ADDRESS, SAC_ATTEND_LSE_ADDRESS}) {
    SCOPED_TRACE("word " + std::to_string(field >> 16) + " of the descriptor");
    refuse(words_with(field), faults.good_record, out);
    if (HasFailure()) return;
  }
  std::vector<uint32_t> biased = faults.good_words, listed = words_with(SAC_ATTEND_LIST_ADDRESS);
  sac_field_put(biased.data(), SAC_ATTEND_BIAS, 1);
  for (uint32_t field :
       {SAC_CONTEXT_HEAD_ADDRESS, SAC_CONTEXT_K_PAGES, SAC_CONTEXT_V_PAGES, SAC_CONTEXT_BIAS_ADDRESS}) {
    SCOPED_TRACE("word " + std::to_string(field >> 16) + " of the record");
    refuse(field == SAC_CONTEXT_BIAS_ADDRESS ? biased : faults.good_words, record_with(field), out);
    if (HasFailure()) return;
  }
  refuse(faults.good_words, record_with(SAC_CONTEXT_K_OFFSET), out + faults.pages[0]);
  refuse(faults.good_words, record_with(SAC_CONTEXT_V_OFFSET), out + faults.pages[0]);
  sac_field_put(listed.data(), SAC_ATTEND_LISTED, 1);
  sac_field_put(listed.data(), SAC_ATTEND_LIST_ENTRIES, 1);
  refuse(listed, faults.good_record, out);
}

TEST_P(AttendFaultsPair, BadMemoryUnderAnyAccessStopsTheCommand) {
  SCOPED_TRACE(Rerun("cosim_attend_faults", TestSeed(77)));
  const AttendFaults faults = Faults();
  constexpr uint32_t kVPages = kTiles + 1024, kV = 2048, kBias = kSource + 3072;
  std::vector<uint32_t> words = faults.good_words, record = faults.good_record;
  sac_field_put(words.data(), SAC_ATTEND_LISTED, 1);
  sac_field_put(words.data(), SAC_ATTEND_LIST_ADDRESS, kTiles);
  sac_field_put(words.data(), SAC_ATTEND_LIST_ENTRIES, 1);
  sac_field_put(record.data(), SAC_CONTEXT_V_PAGES, kVPages);
  sac_field_put(record.data(), SAC_CONTEXT_V_OFFSET, kV);
  sac_field_put(record.data(), SAC_CONTEXT_BIAS_ADDRESS, kBias);
  const uint32_t k = faults.pages[0];
  for (uint32_t at : {kContext, kSource + 64, kTiles, kTiles + 512, kVPages, k, k + kV, kSource, kBias, kDestination,
                      kDestination + 2048}) {
    for (sac_hw_error_t code : {SAC_HW_ERR_SLVERR, SAC_HW_ERR_DECERR}) {
      SCOPED_TRACE("code " + std::to_string(code) + " at " + std::to_string(at));
      Place(faults, record, {1 << 25, 0, 20, 0});
      pair_->Store(kVPages, faults.pages, 4);
      pair_->Fail(code, at, at);
      Expect(words, {code, at}, kWritten, false);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Built, AttendFaultsPair, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
