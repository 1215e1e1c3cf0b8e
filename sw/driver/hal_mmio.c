// SPDX-License-Identifier: Apache-2.0
// Memory-mapped hardware (contract: hal_mmio.h).
#include "hal_mmio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "saccade/regs.h"

enum { REGISTER_BYTES = 4096, POLL_NANOSECONDS = 50000 };

typedef struct {
  volatile uint32_t *registers;
  uint8_t *memory;
  size_t memory_bytes;
  uint64_t timeout_ns;
  uint64_t last_write_ns;
} mmio_t;

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint32_t read32(void *self, uint32_t offset) {
  const mmio_t *mmio = self;
  const uint32_t value = mmio->registers[offset / 4];
  __sync_synchronize();  // what is read from memory later is newer than the register
  return value;
}

static void write32(void *self, uint32_t offset, uint32_t value) {
  mmio_t *mmio = self;
  __sync_synchronize();  // what was written to memory comes before the doorbell
  mmio->registers[offset / 4] = value;
  mmio->last_write_ns = now_ns();
}

static bool inside(const mmio_t *mmio, uint32_t address, size_t bytes) {
  return bytes <= mmio->memory_bytes && address <= mmio->memory_bytes - bytes;
}

static bool memory_write(void *self, uint32_t address, const void *data, size_t bytes) {
  mmio_t *mmio = self;
  if (!inside(mmio, address, bytes)) return false;
  memcpy(mmio->memory + address, data, bytes);
  return true;
}

static bool memory_read(void *self, uint32_t address, void *data, size_t bytes) {
  const mmio_t *mmio = self;
  if (!inside(mmio, address, bytes)) return false;
  memcpy(data, mmio->memory + address, bytes);
  return true;
}

static bool advance(void *self) {
  const mmio_t *mmio = self;
  const struct timespec pause = {0, POLL_NANOSECONDS};
  nanosleep(&pause, NULL);
  return now_ns() - mmio->last_write_ns < mmio->timeout_ns;
}

static void close_mmio(void *self) {
  mmio_t *mmio = self;
  if (mmio->registers) munmap((void *)mmio->registers, REGISTER_BYTES);
  if (mmio->memory) munmap(mmio->memory, mmio->memory_bytes);
  free(mmio);
}

static void *map(const char *path, uint64_t offset, size_t bytes, sac_error_t *error) {
  const int file = open(path, O_RDWR | O_SYNC | O_CLOEXEC);
  if (file < 0) {
    sac_error_set(error, SAC_ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
    return NULL;
  }
  struct stat status;
  // Device files have no size; a plain file that is too short would fault at the first access.
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
      (offset > (uint64_t)status.st_size || bytes > (uint64_t)status.st_size - offset)) {
    sac_error_set(error, SAC_ERR_FILE, "%s: has %lld bytes, expected %zu from offset %llu", path,
                  (long long)status.st_size, bytes, (unsigned long long)offset);
    close(file);
    return NULL;
  }
  void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);
  if (place == MAP_FAILED) {
    sac_error_set(error, SAC_ERR_FILE, "%s: cannot map %zu bytes from offset %llu: %s", path, bytes,
                  (unsigned long long)offset, strerror(errno));
    place = NULL;
  }
  close(file);
  return place;
}

bool sac_hal_mmio_open(const sac_mmio_options_t *options, sac_hal_t *hal, sac_error_t *error) {
  if (options->memory_bytes == 0) {
    return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: memory_bytes is 0", options->memory_path);
  }
  mmio_t *mmio = calloc(1, sizeof *mmio);
  if (mmio == NULL) return sac_error_set(error, SAC_ERR_MEMORY, "no memory for a device");
  mmio->memory_bytes = options->memory_bytes;
  mmio->timeout_ns = (uint64_t)options->timeout_ms * 1000000u;
  mmio->registers = map(options->register_path, options->register_offset, REGISTER_BYTES, error);
  if (mmio->registers)
    mmio->memory = map(options->memory_path, options->memory_offset, options->memory_bytes, error);
  if (mmio->registers == NULL || mmio->memory == NULL) {
    close_mmio(mmio);
    return false;
  }
  write32(mmio, SAC_REG_MEMORY_BASE_LOW, (uint32_t)options->bus_base);
  write32(mmio, SAC_REG_MEMORY_BASE_HIGH, (uint32_t)(options->bus_base >> 32));
  *hal = (sac_hal_t){.name = "mmio",
                     .self = mmio,
                     .read32 = read32,
                     .write32 = write32,
                     .memory_write = memory_write,
                     .memory_read = memory_read,
                     .memory_bytes = options->memory_bytes,
                     .advance = advance,
                     .close = close_mmio};
  return true;
}
