// SPDX-License-Identifier: Apache-2.0
// The function tables of ATTEND on the machine (contract: saccade/attention.h).
#include "../driver/tables.h"
#include "saccade/attention.h"

bool sac_attention_load_tables(sac_device_t *device, sac_error_t *error) {
  uint8_t bytes[SAC_ATTEND_TABLES * SAC_TABLE_BYTES];
  uint32_t address, commands[SAC_ATTEND_TABLES][SAC_COMMAND_WORDS];
  if (!sac_device_alloc(device, sizeof bytes, &address, error)) return false;
  sac_attend_tables(address, bytes, commands);
  if (!sac_device_write(device, address, bytes, sizeof bytes, error)) return false;
  for (uint16_t i = 0; i < SAC_ATTEND_TABLES; i++) {
    if (!sac_queue_submit(device, commands[i], i, error)) return false;
  }
  return sac_queue_wait(device, error);
}
