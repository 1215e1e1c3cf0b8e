// SPDX-License-Identifier: Apache-2.0
// Random SELECT commands on the model and on the scalar reference: the same bytes, the values counted once, and the
// traffic that docs/attention.md, section 7, says; rows of up to 40,000 values.
#include "tests/attend/twins.h"

namespace {

uint64_t Counter(const Twins &twins, sac_counter_t counter) {
  return twins.model.read32(twins.model.self, SAC_REG_COUNTERS + 4 * counter);
}

TEST(SelectModel, RandomCommandsLeaveTheBytesAndWorkOfTheReference) {
  const char *chosen = std::getenv("SAC_SEED");
  const uint32_t first = chosen ? static_cast<uint32_t>(std::strtoul(chosen, nullptr, 0)) : 1;
  for (uint32_t seed = first; seed < first + (chosen ? 1 : 8) && !HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) +
                 " make test T=attend_select_model");
    Twins twins(seed);
    std::mt19937 random(seed);
    const auto pick = [&](uint32_t low, uint32_t high) {
      return std::uniform_int_distribution<uint32_t>(low, high)(random);
    };
    for (unsigned n = 0; n < 60 && !HasFailure(); n++) {
      SCOPED_TRACE("command " + std::to_string(n));
      const uint32_t count = pick(0, 9) ? pick(1, 900) : pick(1, 40000), rows = count < 1000 ? pick(1, 4) : 1;
      const uint32_t sort = pick(0, 2) == 0, values = pick(0, 1), k = pick(0, 3) ? pick(1, count) : count;
      const uint32_t taken = sort ? count : k;
      // Numbers that differ in few bits, wherever these are.
      std::vector<uint32_t> source(rows * count);
      const uint32_t base = random(), mask = pick(0, 3) ? random() & random() & random() : UINT32_MAX;
      for (uint32_t &value : source) value = base ^ (random() & mask);
      twins.Store(0x8000, source.data(), 4 * source.size());
      std::vector<uint32_t> words(SAC_COMMAND_WORDS);
      const struct { uint32_t field, value;
      } fields[] = {{SAC_COMMON_OPCODE, SAC_OPCODE_SELECT}, {SAC_SELECT_SORT, sort}, {SAC_SELECT_VALUES, values},
                    {SAC_SELECT_SOURCE_ADDRESS, 0x8000}, {SAC_SELECT_SOURCE_STRIDE, 4 * count},
                    {SAC_SELECT_INDEX_ADDRESS, 0x30000 + 4 * (rows - 1) * taken},
                    {SAC_SELECT_INDEX_STRIDE, -4 * taken}, {SAC_SELECT_VALUE_ADDRESS, 0x58000},
                    {SAC_SELECT_VALUE_STRIDE, 4 * taken + 4}, {SAC_SELECT_ROWS, rows}, {SAC_SELECT_COUNT, count},
                    {SAC_SELECT_K, k}};
      for (const auto &each : fields) sac_field_put(words.data(), each.field, each.value);
      const uint64_t counted = Counter(twins, SAC_COUNTER_SELECT_VALUES);
      const uint64_t read = Counter(twins, SAC_COUNTER_MEMORY_READ_BYTES);
      const uint64_t written = Counter(twins, SAC_COUNTER_MEMORY_WRITE_BYTES);
      twins.Execute(words);
      if (HasFailure()) break;
      twins.Compare();
      EXPECT_EQ(Counter(twins, SAC_COUNTER_SELECT_VALUES) - counted, rows * count);
      EXPECT_EQ(Counter(twins, SAC_COUNTER_MEMORY_READ_BYTES) - read,
                SAC_COMMAND_BYTES + 4ull * rows * count * (sort ? 2 : 5));
      EXPECT_EQ(Counter(twins, SAC_COUNTER_MEMORY_WRITE_BYTES) - written,
                4 * SAC_COMPLETION_WORDS + 4ull * rows * taken * (!sort && values ? 2 : 1));
    }
  }
}

}  // namespace
