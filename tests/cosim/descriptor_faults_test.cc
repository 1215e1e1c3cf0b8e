// SPDX-License-Identifier: Apache-2.0
// Descriptors that the machine must refuse, on the Verilated machine and the model alike: unknown opcodes, every
// reserved bit, misaligned fields, fields out of range, rings of impossible sizes and overrun ones.
#include "tests/cosim/faults.h"
#include "tests/cosim/pair.h"

namespace {

class DescriptorFaults : public FaultTest {
 protected:
  // A descriptor that is right, apart from what the test does to it.
  Command Good(unsigned opcode) {
    switch (opcode) {
      case SAC_OPCODE_COPY: return CopyOf(kSource, kDestination, 64);
      case SAC_OPCODE_TABLE: return TableOf(SAC_TARGET_GENERAL, 0, 4, kSource);
      case SAC_OPCODE_MATMUL: return MatmulOf(kSource, kDestination, 2, 3, 4);
      case SAC_OPCODE_RENDER: {
        Command words = NewCommand(opcode);
        sac_field_put(words.data(), SAC_RENDER_WIDTH, 2);
        sac_field_put(words.data(), SAC_RENDER_HEIGHT, 2);
        sac_field_put(words.data(), SAC_RENDER_STRIDE, 2);
        return words;
      }
      case SAC_OPCODE_MERGE: {
        Command words = NewCommand(opcode);
        sac_field_put(words.data(), SAC_MERGE_STATES, 2);
        sac_field_put(words.data(), SAC_MERGE_AFFINE_ADDRESS, kSource);
        sac_field_put(words.data(), SAC_MERGE_LSE_ADDRESS, kSource);
        sac_field_put(words.data(), SAC_MERGE_Y_ADDRESS, kSource);
        sac_field_put(words.data(), SAC_MERGE_OUTPUT_ADDRESS, kDestination);
        sac_field_put(words.data(), SAC_MERGE_ROWS, 1);
        sac_field_put(words.data(), SAC_MERGE_D, 16);
        return words;
      }
      case SAC_OPCODE_RECODE: {
        Command words = NewCommand(opcode);
        sac_field_put(words.data(), SAC_RECODE_SOURCE_ADDRESS, kSource);
        sac_field_put(words.data(), SAC_RECODE_DESTINATION_ADDRESS, kDestination);
        sac_field_put(words.data(), SAC_RECODE_ROWS, 1);
        sac_field_put(words.data(), SAC_RECODE_D, 16);
        return words;
      }
      case SAC_OPCODE_SELECT: {
        Command words = NewCommand(opcode);
        sac_field_put(words.data(), SAC_SELECT_SOURCE_ADDRESS, kSource);
        sac_field_put(words.data(), SAC_SELECT_INDEX_ADDRESS, kDestination);
        sac_field_put(words.data(), SAC_SELECT_ROWS, 1);
        sac_field_put(words.data(), SAC_SELECT_COUNT, 9);
        sac_field_put(words.data(), SAC_SELECT_K, 4);
        return words;
      }
      default: return NewCommand(opcode);
    }
  }

  template <class Field>
  void ExpectRange(Command words, Field field, uint32_t value, uint32_t word) {
    SCOPED_TRACE("word " + std::to_string(word) + " = " + std::to_string(value));
    sac_field_put(words.data(), field, value);
    Expect(words, {SAC_HW_ERR_RANGE, word});
  }
};

TEST_P(DescriptorFaults, UnknownOpcodesAreRefused) {
  SCOPED_TRACE(Rerun("cosim_descriptor_faults", TestSeed(77)));
  for (unsigned opcode : {SAC_OPCODE_RECODE + 1u, 0x12u, 0x40u, 0x80u, 0x84u, 0xffu}) {
    Command words = NewCommand(opcode);
    for (int i = 1; i < SAC_COMMAND_WORDS; i++) words[i] = random_();
    Expect(words, {SAC_HW_ERR_OPCODE, 0});
    if (HasFailure()) break;
  }
}

TEST_P(DescriptorFaults, EveryReservedBitIsRefusedAndNamesItsWord) {
  SCOPED_TRACE(Rerun("cosim_descriptor_faults", TestSeed(77)));
  for (unsigned opcode = 0; opcode <= SAC_OPCODE_RECODE && !HasFailure(); opcode++) {
    const sac_command_info_t *info = sac_command_info(opcode);
    for (unsigned bit = 0; bit < 32 * SAC_COMMAND_WORDS && !HasFailure(); bit++) {
      if (!(info->reserved[bit / 32] >> bit % 32 & 1)) continue;
      if (GetParam() != "tiny" && random_() % (Slow() ? 150 : 20)) continue;
      SCOPED_TRACE(std::string(info->name) + " bit " + std::to_string(bit));
      Command words = Good(opcode);
      words[bit / 32] |= 1u << bit % 32;
      // A misaligned field, and reserved bits of later words, come after it.
      if (random_() % 2) {
        for (int i = 1; i < SAC_COMMAND_WORDS; i++) words[i] |= info->align[i];
        for (unsigned i = bit / 32 + 1; i < SAC_COMMAND_WORDS; i++) words[i] |= info->reserved[i] & random_();
      }
      Expect(words, {SAC_HW_ERR_RESERVED, bit / 32});
    }
  }
}

TEST_P(DescriptorFaults, MisalignedFieldsAreRefusedAndNameTheirWord) {
  SCOPED_TRACE(Rerun("cosim_descriptor_faults", TestSeed(77)));
  for (unsigned opcode = 0; opcode <= SAC_OPCODE_RECODE && !HasFailure(); opcode++) {
    const sac_command_info_t *info = sac_command_info(opcode);
    for (unsigned bit = 0; bit < 32 * SAC_COMMAND_WORDS && !HasFailure(); bit++) {
      if (!(info->align[bit / 32] >> bit % 32 & 1) || (Slow() && random_() % 3)) continue;
      SCOPED_TRACE(std::string(info->name) + " bit " + std::to_string(bit));
      Command words = Good(opcode);
      words[bit / 32] |= 1u << bit % 32;
      for (unsigned i = bit / 32 + 1; i < SAC_COMMAND_WORDS; i++) words[i] |= info->align[i] & random_();
      Expect(words, {SAC_HW_ERR_ALIGNMENT, bit / 32});
    }
  }
}

TEST_P(DescriptorFaults, FieldsOutOfRangeAreRefusedAndNameTheirWord) {
  SCOPED_TRACE(Rerun("cosim_descriptor_faults", TestSeed(77)));
  const Command copy = Good(SAC_OPCODE_COPY), table = Good(SAC_OPCODE_TABLE), matmul = Good(SAC_OPCODE_MATMUL);
  Command both = copy;
  sac_field_put(both.data(), SAC_COPY_GATHER, 1);
  ExpectRange(both, SAC_COPY_SCATTER, 1, 0);
  ExpectRange(copy, SAC_COPY_ROW_BYTES, 0, 3);
  ExpectRange(copy, SAC_COPY_ROW_BYTES, 32772, 3);
  ExpectRange(copy, SAC_COPY_ROW_BYTES, 65532, 3);
  ExpectRange(copy, SAC_COPY_ROWS, 0, 4);
  for (uint32_t target : {12u, 13u, 31u}) ExpectRange(table, SAC_TABLE_TARGET, target, 2);
  ExpectRange(table, SAC_TABLE_COUNT, 0, 3);
  ExpectRange(table, SAC_TABLE_COUNT, 257, 3);
  ExpectRange(table, SAC_TABLE_FIRST, 253, 3);
  ExpectRange(table, SAC_TABLE_FIRST, 65535, 3);
  for (uint32_t shift : {13u, 15u}) ExpectRange(table, SAC_TABLE_SHIFT, shift, 4);
  for (uint32_t end : {2u, 3u}) ExpectRange(table, SAC_TABLE_LOW_END, end, 4);
  ExpectRange(table, SAC_TABLE_HIGH_END, 3, 4);
  struct {
    uint32_t target;
    sac_capacity_t entries;
  } const kTables[] = {{SAC_TARGET_WEIGHT, SAC_CAPACITY_WEIGHT_WORDS}, {SAC_TARGET_QUANT, SAC_CAPACITY_QUANT_ENTRIES},
                       {SAC_TARGET_DENSITY_LINE, SAC_CAPACITY_LINE_ROWS}, {SAC_TARGET_APPEARANCE_LINE, SAC_CAPACITY_LINE_ROWS}};
  for (const auto &each : kTables) {
    ExpectRange(TableOf(each.target, 0, 2, kSource), SAC_TABLE_FIRST, pair_->capacity(each.entries) - 1, 3);
  }
  ExpectRange(matmul, SAC_MATMUL_M, 0, 5);
  ExpectRange(matmul, SAC_MATMUL_K, 0, 6);
  ExpectRange(matmul, SAC_MATMUL_N, 0, 6);
  ExpectRange(matmul, SAC_MATMUL_K, pair_->capacity(SAC_CAPACITY_MATMUL_K) + 1, 6);
  ExpectRange(matmul, SAC_MATMUL_K, 65535, 6);
  ExpectRange(matmul, SAC_MATMUL_N, 65535, 7);
  ExpectRange(matmul, SAC_MATMUL_WEIGHT_BASE, pair_->capacity(SAC_CAPACITY_WEIGHT_WORDS) - 2, 7);
  ExpectRange(matmul, SAC_MATMUL_WEIGHT_BASE, 65535, 7);
  ExpectRange(matmul, SAC_MATMUL_QUANT_BASE, pair_->capacity(SAC_CAPACITY_QUANT_ENTRIES) - 3, 7);
  const Command render = Good(SAC_OPCODE_RENDER);
  ExpectRange(render, SAC_RENDER_WIDTH, 0, 5);
  ExpectRange(render, SAC_RENDER_HEIGHT, 0, 5);
  ExpectRange(render, SAC_RENDER_STRIDE, 1, 7);
  const Command recode = Good(SAC_OPCODE_RECODE);
  ExpectRange(recode, SAC_RECODE_ROWS, 0, 5);
  for (uint32_t d : {0u, 8u, 24u, pair_->capacity(SAC_CAPACITY_HEAD_DIM) + 16, 2032u})
    ExpectRange(recode, SAC_RECODE_D, d, 6);
  const Command merge = Good(SAC_OPCODE_MERGE);
  ExpectRange(merge, SAC_MERGE_STATES, 0, 0);
  ExpectRange(merge, SAC_MERGE_ROWS, 0, 10);
  for (uint32_t d : {0u, 8u, 17u, pair_->capacity(SAC_CAPACITY_HEAD_DIM) + 16, 2032u, 2047u}) {
    ExpectRange(merge, SAC_MERGE_D, d, 11);
  }
  const Command select = Good(SAC_OPCODE_SELECT);
  Command sort = select;
  sac_field_put(sort.data(), SAC_SELECT_SORT, 1);
  for (const Command &words : {select, sort}) {
    ExpectRange(words, SAC_SELECT_ROWS, 0, 7);
    for (uint32_t count : {0u, 0x100001u, 0x1fffffu}) ExpectRange(words, SAC_SELECT_COUNT, count, 8);
  }
  for (uint32_t k : {0u, 10u, 0x1fffffu}) ExpectRange(select, SAC_SELECT_K, k, 9);
}

TEST_P(DescriptorFaults, EntriesThatJustFitAreTaken) {
  for (const Command &words :
       {TableOf(SAC_TARGET_WEIGHT, pair_->capacity(SAC_CAPACITY_WEIGHT_WORDS) - 1, 1, kSource),
        TableOf(SAC_TARGET_QUANT, pair_->capacity(SAC_CAPACITY_QUANT_ENTRIES) - 1, 1, kSource),
        TableOf(SAC_TARGET_GENERAL, 255, 1, kSource), TableOf(SAC_TARGET_DENSITY_LINE, 0, 1, kSource)}) {
    pair_->Queue(words);
  }
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  pair_->CompareState();
  EXPECT_EQ(pair_->Get(SAC_REG_RING_HEAD), 4u);
}

TEST_P(DescriptorFaults, ARingThatOverrunsOrHasNoSizeStopsWithoutATouch) {
  const Range nothing = {0, 0};
  for (uint32_t log2 : {1u, 3u}) {
    pair_->Put(SAC_REG_CONTROL, 0);
    pair_->ring_log2 = log2;
    pair_->Start(0);
    for (uint32_t i = 0; i < (1u << log2) + 1; i++) pair_->Queue(NewCommand(SAC_OPCODE_NOP, i));
    pair_->Ring();
    pair_->tail--;  // too late: it has been seen
    pair_->Ring();
    pair_->Put(SAC_REG_CONTROL, SAC_CONTROL_ENABLE_MASK);
    Judge({SAC_HW_ERR_OVERRUN, 0}, 0, nothing, false);
  }
  for (uint32_t log2 : {0u, 13u, 15u}) {
    pair_->Put(SAC_REG_RING_SIZE, log2);
    pair_->Put(SAC_REG_RING_TAIL, 1);
    pair_->tail = 1;
    Judge({SAC_HW_ERR_RANGE, 0}, 0, nothing, false);
  }
  // A full ring is none that overruns.
  for (uint32_t i = 0; i < 8; i++) pair_->Queue(NewCommand(SAC_OPCODE_NOP, i));
  pair_->Ring();
  ASSERT_TRUE(pair_->Settle());
  pair_->CompareState();
  EXPECT_EQ(pair_->Get(SAC_REG_RING_HEAD), 8u);
}

INSTANTIATE_TEST_SUITE_P(Built, DescriptorFaults, testing::ValuesIn(BuiltConfigs()),
                         [](const testing::TestParamInfo<std::string> &info) { return info.param; });

}  // namespace
