// SPDX-License-Identifier: Apache-2.0
// The memory-mapped HAL on plain files: another mapping of the same files plays the machine.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "hal_mmio.h"
#include "saccade/saccade.h"

namespace {

class MappedFile {
 public:
  explicit MappedFile(size_t bytes) : bytes_(bytes) {
    path = ::testing::TempDir() + "saccade_mmio_XXXXXX";
    const int file = mkstemp(path.data());
    EXPECT_EQ(ftruncate(file, static_cast<off_t>(bytes)), 0);
    place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    EXPECT_NE(place, MAP_FAILED);
    close(file);
  }
  ~MappedFile() {
    munmap(place, bytes_);
    unlink(path.c_str());
  }
  uint32_t &Word(size_t offset) { return static_cast<uint32_t *>(place)[offset / 4]; }

  std::string path;
  void *place;

 private:
  size_t bytes_;
};

class HalMmio : public ::testing::Test {
 protected:
  MappedFile registers{4096};
  MappedFile memory{3 * 65536};
  sac_error_t error = {};
  sac_hal_t hal = {};
  sac_mmio_options_t options = {
      registers.path.c_str(), 0, memory.path.c_str(), 65536, 2 * 65536, 0x880000000, 20};
};

TEST_F(HalMmio, RegistersAndMemoryAreTheFilesAtTheirOffsets) {
  ASSERT_TRUE(sac_hal_mmio_open(&options, &hal, &error)) << error.message;
  EXPECT_EQ(registers.Word(SAC_REG_MEMORY_BASE_LOW), 0x80000000u);
  EXPECT_EQ(registers.Word(SAC_REG_MEMORY_BASE_HIGH), 8u);
  registers.Word(SAC_REG_ID) = 0x1234;
  EXPECT_EQ(hal.read32(hal.self, SAC_REG_ID), 0x1234u);
  hal.write32(hal.self, SAC_REG_RING_TAIL, 99);
  EXPECT_EQ(registers.Word(SAC_REG_RING_TAIL), 99u);
  const uint32_t value = 0xcafe0001;
  EXPECT_TRUE(hal.memory_write(hal.self, 16, &value, 4));
  EXPECT_EQ(memory.Word(65536 + 16), value);
  memory.Word(65536 + 32) = 7;
  uint32_t back = 0;
  EXPECT_TRUE(hal.memory_read(hal.self, 32, &back, 4));
  EXPECT_EQ(back, 7u);
  hal.close(hal.self);
}

TEST_F(HalMmio, AccessesBeyondTheMemoryAreRefused) {
  ASSERT_TRUE(sac_hal_mmio_open(&options, &hal, &error)) << error.message;
  uint32_t word = 0;
  EXPECT_EQ(hal.memory_bytes, 2u * 65536);
  EXPECT_TRUE(hal.memory_read(hal.self, 2 * 65536 - 4, &word, 4));
  EXPECT_FALSE(hal.memory_read(hal.self, 2 * 65536 - 3, &word, 4));
  EXPECT_FALSE(hal.memory_write(hal.self, 0xffffffffu, &word, 4));
  hal.close(hal.self);
}

TEST_F(HalMmio, TheDriverOpensItAndTimesOutWhenNobodyAnswers) {
  registers.Word(SAC_REG_ID) = SAC_REG_ID_RESET;
  registers.Word(SAC_REG_VERSION) = SAC_REG_VERSION_RESET;
  ASSERT_TRUE(sac_hal_mmio_open(&options, &hal, &error)) << error.message;
  sac_device_t *device = sac_device_open(&hal, &error);
  ASSERT_NE(device, nullptr) << error.message;
  const uint32_t nop[SAC_COMMAND_WORDS] = {SAC_OPCODE_NOP};
  ASSERT_TRUE(sac_queue_submit(device, nop, 1, &error));
  EXPECT_EQ(memory.Word(65536), 0x00010000u);
  EXPECT_FALSE(sac_queue_wait(device, &error));
  EXPECT_EQ(error.code, SAC_ERR_TIMEOUT);
  EXPECT_STREQ(error.message, "mmio: command 0 (NOP) does not complete");
  sac_device_close(device);
}

TEST_F(HalMmio, AMissingFileIsNamed) {
  options.register_path = "/nonexistent/uio0";
  EXPECT_FALSE(sac_hal_mmio_open(&options, &hal, &error));
  EXPECT_STREQ(error.message, "/nonexistent/uio0: cannot be opened: No such file or directory");
}

TEST_F(HalMmio, AFileThatIsTooShortIsRefused) {
  options.memory_bytes = 65536 * 2 + 1;
  EXPECT_FALSE(sac_hal_mmio_open(&options, &hal, &error));
  EXPECT_EQ(std::string(error.message),
            memory.path + ": has 196608 bytes, expected 131073 from offset 65536");
}

}  // namespace
