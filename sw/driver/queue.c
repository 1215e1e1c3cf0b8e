// SPDX-License-Identifier: Apache-2.0
// The command ring: submission, completion records, hardware errors (contract: saccade/saccade.h).
#include <string.h>

#include "device_private.h"

static const char *command_name(const sac_device_t *device, uint32_t index) {
  const sac_command_info_t *info = sac_command_info(device->opcodes[index % SAC_RING_SLOTS]);
  return info ? info->name : "unknown command";
}

static uint32_t record_address(uint32_t index) {
  return SAC_COMPLETION_ADDRESS_BASE + index % SAC_RING_SLOTS * 4 * SAC_COMPLETION_WORDS;
}

// The queue stopped at device->last.
static bool report(sac_device_t *device, sac_error_t *error) {
  const sac_completion_t *last = &device->last;
  device->stopped = true;
  // Errors of a descriptor name a word, errors of an access an address.
  const bool descriptor = last->error <= SAC_HW_ERR_RANGE;
  return sac_error_set(error, SAC_ERR_DEVICE, "%s: command %u (%s, tag %u): %s (%s), %s %s%x",
                       device->hal.name, last->index, command_name(device, last->index), last->tag,
                       sac_hw_error_name(last->error), sac_hw_error_doc(last->error),
                       descriptor ? "word" : "address", descriptor ? "" : "0x", last->address);
}

// An error without a completion record, for instance of the access to a ring itself.
static bool report_registers(sac_device_t *device, sac_error_t *error) {
  device->last =
      (sac_completion_t){.error = (sac_hw_error_t)sac_device_get(device, SAC_REG_ERROR_CODE),
                         .index = sac_device_get(device, SAC_REG_ERROR_INDEX),
                         .address = sac_device_get(device, SAC_REG_ERROR_ADDRESS)};
  return report(device, error);
}

// The last word, which holds the valid bit, is read first: once it is valid the words before it are in memory.
static bool poll_record(sac_device_t *device, uint32_t record[SAC_COMPLETION_WORDS], bool *valid,
                        sac_error_t *error) {
  const uint32_t address = record_address(device->completed), last = SAC_COMPLETION_WORDS - 1;
  if (!sac_device_read(device, address + 4 * last, &record[last], 4, error)) return false;
  *valid = sac_field_get(record, SAC_COMPLETION_VALID) != 0;
  return !*valid || sac_device_read(device, address, record, 4 * last, error);
}

// Until the oldest command in the ring is done.
static bool wait_one(sac_device_t *device, sac_error_t *error) {
  uint32_t record[SAC_COMPLETION_WORDS];
  bool valid;
  for (;;) {
    if (!poll_record(device, record, &valid, error)) return false;
    if (valid) break;
    if (sac_device_get(device, SAC_REG_STATUS) & SAC_STATUS_STOPPED_MASK) {
      // The record may have been written between the two reads.
      if (!poll_record(device, record, &valid, error)) return false;
      if (valid) break;
      return report_registers(device, error);
    }
    if (!device->hal.advance(device->hal.self)) {
      device->stopped = true;
      return sac_error_set(error, SAC_ERR_TIMEOUT, "%s: command %u (%s) does not complete",
                           device->hal.name, device->completed,
                           command_name(device, device->completed));
    }
  }
  device->last =
      (sac_completion_t){.tag = (uint16_t)sac_field_get(record, SAC_COMPLETION_TAG),
                         .error = (sac_hw_error_t)sac_field_get(record, SAC_COMPLETION_ERROR),
                         .cycles = sac_field_get(record, SAC_COMPLETION_CYCLES),
                         .index = sac_field_get(record, SAC_COMPLETION_INDEX),
                         .address = sac_field_get(record, SAC_COMPLETION_ADDRESS)};
  if (device->last.error != SAC_HW_ERR_NONE) return report(device, error);
  if (device->last.index != device->completed) {
    device->stopped = true;
    return sac_error_set(error, SAC_ERR_DEVICE,
                         "%s: completion record says command %u, expected %u", device->hal.name,
                         device->last.index, device->completed);
  }
  device->completed++;
  return true;
}

static bool refuse_stopped(const sac_device_t *device, sac_error_t *error) {
  return sac_error_set(error, SAC_ERR_DEVICE,
                       "%s: the queue has stopped with an error; reset the device first",
                       device->hal.name);
}

bool sac_queue_submit(sac_device_t *device, const uint32_t words[SAC_COMMAND_WORDS], uint16_t tag,
                      sac_error_t *error) {
  if (device->stopped) return refuse_stopped(device, error);
  // A completion record is seen before the machine moves the head, so one slot may be less free than it looks.
  if (device->submitted - device->completed == SAC_RING_SLOTS - 1 && !wait_one(device, error))
    return false;
  uint32_t descriptor[SAC_COMMAND_WORDS];
  memcpy(descriptor, words, sizeof descriptor);
  sac_field_put(descriptor, SAC_COMMON_TAG, tag);
  const uint32_t slot = device->submitted % SAC_RING_SLOTS;
  const uint32_t empty[SAC_COMPLETION_WORDS] = {0};
  if (!sac_device_write(device, record_address(device->submitted), empty, sizeof empty, error) ||
      !sac_device_write(device, SAC_RING_ADDRESS + slot * SAC_COMMAND_BYTES, descriptor,
                        sizeof descriptor, error)) {
    return false;
  }
  device->opcodes[slot] = (uint8_t)sac_field_get(descriptor, SAC_COMMON_OPCODE);
  device->submitted++;
  sac_device_put(device, SAC_REG_RING_TAIL, device->submitted);
  return true;
}

bool sac_queue_wait(sac_device_t *device, sac_error_t *error) {
  if (device->stopped) return refuse_stopped(device, error);
  while (device->completed != device->submitted) {
    if (!wait_one(device, error)) return false;
  }
  return true;
}

const sac_completion_t *sac_queue_last(const sac_device_t *device) { return &device->last; }
