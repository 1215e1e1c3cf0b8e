// SPDX-License-Identifier: Apache-2.0
// RECODE on the model and on the scalar reference: the same bytes for groups of every largest magnitude in every scaled
// format and for random rows; back as int16 the values differ by half a step of their scale at most; work and traffic.
#include <cmath>

#include "tests/attend/twins.h"

namespace {

constexpr uint32_t kSource = 0x8000, kPacked = 0x30000, kBack = 0x50000;

struct Form {
  uint32_t format;
  bool scaled;
  uint32_t bytes(uint32_t d) const { return (2 * d >> format) + (scaled ? (d + 63) / 64 * 4 : 0); }
};

std::vector<uint32_t> CommandOf(Form from, uint32_t source, Form to, uint32_t target, uint32_t d, uint32_t rows,
                                uint32_t shift) {
  std::vector<uint32_t> words(SAC_COMMAND_WORDS);
  const struct {
    uint32_t field, value;
  } fields[] = {{SAC_COMMON_OPCODE, SAC_OPCODE_RECODE},
                {SAC_RECODE_SOURCE_FORMAT, from.format}, {SAC_RECODE_SOURCE_SCALED, from.scaled},
                {SAC_RECODE_DESTINATION_FORMAT, to.format}, {SAC_RECODE_DESTINATION_SCALED, to.scaled},
                {SAC_RECODE_SOURCE_ADDRESS, source}, {SAC_RECODE_SOURCE_STRIDE, from.bytes(d)},
                {SAC_RECODE_DESTINATION_ADDRESS, target}, {SAC_RECODE_DESTINATION_STRIDE, to.bytes(d)},
                {SAC_RECODE_D, d}, {SAC_RECODE_ROWS, rows}, {SAC_RECODE_SHIFT, shift}};
  for (const auto &each : fields) sac_field_put(words.data(), each.field, each.value);
  return words;
}

uint64_t Counter(const Twins &twins, sac_counter_t counter) {
  return twins.model.read32(twins.model.self, SAC_REG_COUNTERS + 4 * counter);
}

TEST(RecodeModel, EveryLargestMagnitudeComesBackWithinHalfAStep) {
  constexpr uint32_t kD = 16, kRows = 2048;
  Twins twins(1);
  std::mt19937 random(1);
  for (uint32_t format = 0; format < 4; format++) {
    const int64_t q = (1 << ((16 >> format) - 1)) - 1;
    for (int first = 0; first <= 32768; first += kRows) {
      const uint32_t rows = std::min<uint32_t>(kRows, 32769 - first);
      std::vector<int16_t> values(rows * kD);
      for (uint32_t r = 0; r < rows; r++) {
        const int most = first + static_cast<int>(r);
        for (uint32_t e = 0; e < kD; e++)
          values[r * kD + e] = static_cast<int16_t>(static_cast<int>(random() % (2 * most + 1)) - most);
        values[r * kD + random() % kD] = static_cast<int16_t>(-most);
      }
      twins.Store(kSource, values.data(), 2 * values.size());
      const Form wide = {0, false}, packed = {format, true};
      twins.Execute(CommandOf(wide, kSource, packed, kPacked, kD, rows, 0));
      twins.Execute(CommandOf(packed, kPacked, wide, kBack, kD, rows, 0));
      twins.Compare();
      if (testing::Test::HasFailure()) return;
      for (uint32_t r = 0; r < rows; r++) {
        const uint8_t *scale = &twins.bytes[kPacked + (r + 1) * packed.bytes(kD) - 4];
        const double step = std::ldexp(scale[0], -scale[1]);
        if (first + static_cast<int64_t>(r) > 255 * q) continue;  // out of reach of the largest scale
        for (uint32_t e = 0; e < kD; e++) {
          int16_t back = 0;
          std::memcpy(&back, &twins.bytes[kBack + 2 * (r * kD + e)], 2);
          // Half a step, the rounding of the way back, and what floor(2^24 / m) leaves off.
          const int value = values[r * kD + e];
          ASSERT_LE(std::abs(back - value), step / 2 + 0.5 + std::abs(value) * scale[0] / 16777216.0)
              << "largest " << first + r << " format " << format << " value " << value;
        }
      }
    }
  }
}

TEST(RecodeModel, RandomCommandsLeaveTheBytesAndWorkOfTheReference) {
  const char *chosen = std::getenv("SAC_SEED");
  const uint32_t first = chosen ? static_cast<uint32_t>(std::strtoul(chosen, nullptr, 0)) : 1;
  for (uint32_t seed = first; seed < first + (chosen ? 1 : 4) && !testing::Test::HasFailure(); seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; again: SAC_SEED=" + std::to_string(seed) +
                 " make test T=attend_recode_model");
    Twins twins(seed);
    std::mt19937 random(seed);
    std::vector<uint32_t> noise(0x8000);
    for (uint32_t &word : noise) word = random() & random();
    twins.Store(kSource, noise.data(), 4 * noise.size());
    for (unsigned n = 0; n < 64 && !testing::Test::HasFailure(); n++) {
      SCOPED_TRACE("command " + std::to_string(n));
      const Form from = {n % 4, n / 4 % 2 != 0}, to = {n / 8 % 4, n / 32 % 2 != 0};
      const uint32_t d = 16 * (1 + random() % (twins.config.capacities[SAC_CAPACITY_HEAD_DIM] / 16));
      const uint32_t rows = 1 + random() % 20;
      const uint64_t rows_before = Counter(twins, SAC_COUNTER_RECODE_ROWS);
      const uint64_t read = Counter(twins, SAC_COUNTER_MEMORY_READ_BYTES);
      const uint64_t written = Counter(twins, SAC_COUNTER_MEMORY_WRITE_BYTES);
      twins.Execute(CommandOf(from, kSource + 4 * (random() % 512), to, kPacked + 4 * (random() % 512), d, rows,
                              random() % 3 ? random() % 4 : random() % 32));
      twins.Compare();
      EXPECT_EQ(Counter(twins, SAC_COUNTER_RECODE_ROWS) - rows_before, rows);
      EXPECT_EQ(Counter(twins, SAC_COUNTER_MEMORY_READ_BYTES) - read, SAC_COMMAND_BYTES + rows * from.bytes(d));
      EXPECT_EQ(Counter(twins, SAC_COUNTER_MEMORY_WRITE_BYTES) - written,
                4 * SAC_COMPLETION_WORDS + rows * to.bytes(d));
    }
  }
}

}  // namespace
