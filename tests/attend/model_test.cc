// SPDX-License-Identifier: Apache-2.0
// Random ATTEND commands on the model and on the scalar reference: the same bytes and the same work, on machines of
// every shape.
#include "tests/attend/twins.h"
#include "tests/support/attend_commands.h"

namespace {

TEST(AttendModel, RandomCommandsLeaveTheBytesAndWorkOfTheReference) {
  const char *chosen = std::getenv("SAC_SEED");
  const uint32_t first = chosen ? static_cast<uint32_t>(std::strtoul(chosen, nullptr, 0)) : 1;
  for (uint32_t seed = first; seed < first + (chosen ? 1 : 60) && !HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) +
                 " make test T=attend_model");
    Twins twins(seed);
    AttendMaker maker(twins.config.capacities, Twins::kMemory, seed, 2000,
                      [&](uint32_t address, const void *data, size_t size) { twins.Store(address, data, size); });
    maker.Fill();
    for (const auto &words : maker.Preload()) twins.Execute(words);
    for (unsigned n = 0; n < 40 && !HasFailure(); n++) {
      SCOPED_TRACE("command " + std::to_string(n));
      maker.Recycle();
      twins.Execute(maker.Next());
      if (!HasFailure()) twins.Compare();
    }
  }
}

}  // namespace
