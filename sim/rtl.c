// SPDX-License-Identifier: Apache-2.0
// A Verilated machine with its memory (contract: rtl.h).
#include "sim/rtl.h"

#include <stdlib.h>
#include <string.h>

enum { RESET_CYCLES = 8, REGISTER_LIMIT = 1000 };

struct sac_rtl {
  const sac_rtl_config_t *config;
  void *design;
  sac_axi_memory_t *memory;
  size_t memory_bytes;
  sac_rtl_inputs_t inputs;
  sac_rtl_outputs_t outputs;
  uint64_t cycle, wave_first, wave_last;
  char *wave_path;
  bool wave_open;
};

static const sac_rtl_config_t *find_config(const char *name, sac_error_t *error) {
  char known[200] = "";
  for (size_t i = 0; i < sac_rtl_config_count; i++) {
    if (strcmp(sac_rtl_configs[i].name, name) == 0) return &sac_rtl_configs[i];
    strncat(known, " ", sizeof known - strlen(known) - 1);
    strncat(known, sac_rtl_configs[i].name, sizeof known - strlen(known) - 1);
  }
  sac_error_set(error, SAC_ERR_ARGUMENT,
                "configuration '%s' is not built as RTL; built are:%s", name,
                known[0] ? known : " none");
  return NULL;
}

sac_rtl_t *sac_rtl_create(const sac_rtl_options_t *options, sac_error_t *error) {
  const sac_rtl_config_t *config = find_config(options->config, error);
  if (config == NULL) return NULL;
  sac_rtl_t *rtl = calloc(1, sizeof *rtl);
  const sac_axi_options_t axi = {
      .bytes = options->memory_bytes,
      .base = options->memory_base,
      .data_bytes = config->shim->data_bytes,
      .latency = options->latency,
      .bytes_per_cycle = options->bytes_per_cycle,
      .stall_percent = options->stall_percent,
      .seed = options->seed,
  };
  sac_axi_memory_t *memory = sac_axi_memory_create(&axi);
  if (rtl == NULL || memory == NULL) {
    free(rtl);
    sac_axi_memory_destroy(memory);
    sac_error_set(error, SAC_ERR_MEMORY, "no memory for a machine with %zu bytes of device memory",
                  options->memory_bytes);
    return NULL;
  }
  rtl->config = config;
  rtl->memory = memory;
  rtl->memory_bytes = options->memory_bytes;
  rtl->design = config->shim->create(options->seed);
  sac_rtl_clock(rtl, RESET_CYCLES);
  rtl->inputs.rst_n = 1;
  sac_rtl_clock(rtl, 1);
  return rtl;
}

static void wave_close(sac_rtl_t *rtl) {
  if (rtl->wave_open) rtl->config->shim->wave_close(rtl->design);
  rtl->wave_open = false;
  free(rtl->wave_path);
  rtl->wave_path = NULL;
}

void sac_rtl_destroy(sac_rtl_t *rtl) {
  if (rtl == NULL) return;
  wave_close(rtl);
  rtl->config->shim->destroy(rtl->design);
  sac_axi_memory_destroy(rtl->memory);
  free(rtl);
}

static void follow_wave(sac_rtl_t *rtl) {
  if (rtl->cycle >= rtl->wave_last) {
    wave_close(rtl);
  } else if (!rtl->wave_open && rtl->cycle >= rtl->wave_first) {
    rtl->wave_open = rtl->config->shim->wave_open(rtl->design, rtl->wave_path);
    if (!rtl->wave_open) wave_close(rtl);
  }
}

void sac_rtl_clock(sac_rtl_t *rtl, unsigned cycles) {
  for (unsigned i = 0; i < cycles; i++) {
    if (rtl->wave_path) follow_wave(rtl);
    sac_axi_from_memory_t *from = &rtl->inputs.axi;
    if (rtl->inputs.rst_n) {
      sac_axi_memory_drive(rtl->memory, from);
      sac_axi_memory_sample(rtl->memory, &rtl->outputs.axi, from);
    }
    rtl->config->shim->clock(rtl->design, &rtl->inputs, &rtl->outputs);
    rtl->cycle++;
  }
}

uint64_t sac_rtl_cycles(const sac_rtl_t *rtl) { return rtl->cycle; }
bool sac_rtl_irq(const sac_rtl_t *rtl) { return rtl->outputs.irq; }
sac_axi_memory_t *sac_rtl_memory(sac_rtl_t *rtl) { return rtl->memory; }
size_t sac_rtl_memory_bytes(const sac_rtl_t *rtl) { return rtl->memory_bytes; }

uint32_t sac_rtl_read(sac_rtl_t *rtl, uint32_t offset) {
  rtl->inputs.araddr = offset;
  rtl->inputs.arvalid = 1;
  rtl->inputs.rready = 1;
  for (unsigned i = 0; i < REGISTER_LIMIT; i++) {
    const bool taken = rtl->inputs.arvalid && rtl->outputs.arready;
    if (rtl->outputs.rvalid) {
      const uint32_t value = rtl->outputs.rdata;
      sac_rtl_clock(rtl, 1);
      rtl->inputs.rready = 0;
      return value;
    }
    sac_rtl_clock(rtl, 1);
    if (taken) rtl->inputs.arvalid = 0;
  }
  rtl->inputs.arvalid = rtl->inputs.rready = 0;
  return 0xffffffffu;
}

unsigned sac_rtl_write(sac_rtl_t *rtl, uint32_t offset, uint32_t value, unsigned strobe) {
  rtl->inputs.awaddr = offset;
  rtl->inputs.wdata = value;
  rtl->inputs.wstrb = (uint8_t)strobe;
  rtl->inputs.awvalid = rtl->inputs.wvalid = 1;
  rtl->inputs.bready = 1;
  for (unsigned i = 0; i < REGISTER_LIMIT; i++) {
    const bool address = rtl->inputs.awvalid && rtl->outputs.awready;
    const bool data = rtl->inputs.wvalid && rtl->outputs.wready;
    if (rtl->outputs.bvalid) {
      const unsigned response = rtl->outputs.bresp;
      sac_rtl_clock(rtl, 1);
      rtl->inputs.bready = 0;
      return response;
    }
    sac_rtl_clock(rtl, 1);
    if (address) rtl->inputs.awvalid = 0;
    if (data) rtl->inputs.wvalid = 0;
  }
  rtl->inputs.awvalid = rtl->inputs.wvalid = rtl->inputs.bready = 0;
  return 3;
}

bool sac_rtl_wave(sac_rtl_t *rtl, const char *path, uint64_t first, uint64_t last,
                  sac_error_t *error) {
  wave_close(rtl);
  if (!rtl->config->shim->wave_open(rtl->design, path)) {
    return sac_error_set(error, SAC_ERR_UNSUPPORTED,
                         "%s: no waves: configuration %s is built without them, or the file cannot "
                         "be written", path, rtl->config->name);
  }
  rtl->wave_open = true;
  rtl->wave_path = strdup(path);
  rtl->wave_first = first;
  rtl->wave_last = last;
  if (rtl->wave_path == NULL) {
    wave_close(rtl);
    return sac_error_set(error, SAC_ERR_MEMORY, "no memory for the path of a wave file");
  }
  if (first > rtl->cycle) {  // only tried: opened again when its time comes
    rtl->config->shim->wave_close(rtl->design);
    rtl->wave_open = false;
  }
  return true;
}
