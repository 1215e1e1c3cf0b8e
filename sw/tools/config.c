// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *name;
  uint32_t build[SAC_CAPACITIES];
  struct { uint32_t latency_cycles, bytes_per_cycle; } memory;
  uint32_t clock_mhz;
} document_t;

static const cyaml_schema_field_t kMemoryFields[] = {
    CYAML_FIELD_UINT("latency_cycles", CYAML_FLAG_DEFAULT, document_t, memory.latency_cycles),
    CYAML_FIELD_UINT("bytes_per_cycle", CYAML_FLAG_DEFAULT, document_t, memory.bytes_per_cycle),
    CYAML_FIELD_END};

// The complaints of libcyaml, innermost first: "Load: line: 4, column: 9"-like lines, kept as one sentence.
typedef struct {
  char text[320];
} complaint_t;

static void complain(cyaml_log_t level, void *context, const char *format, va_list arguments) {
  complaint_t *complaint = context;
  char line[200];
  (void)level;
  vsnprintf(line, sizeof line, format, arguments);
  for (char *c = line; *c; c++) {
    if (*c == '\n') *c = ' ';
  }
  const char *start = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
  const size_t used = strlen(complaint->text);
  snprintf(complaint->text + used, sizeof complaint->text - used, "%s", start);
}

// The build section's schema comes from the specification, so that a parameter is named in one place only.
static void build_schema(cyaml_schema_field_t fields[SAC_CAPACITIES + 1]) {
  memset(fields, 0, (SAC_CAPACITIES + 1) * sizeof *fields);
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    fields[i].key = sac_capacity_infos[i].name;
    fields[i].data_offset = (uint32_t)(i * (int)sizeof(uint32_t));
    fields[i].value = (cyaml_schema_value_t){.type = CYAML_UINT, .flags = CYAML_FLAG_DEFAULT, .data_size = sizeof(uint32_t)};
  }
}

// Line of a key in the file (1 is the first), for messages about values that are of the right type but out of range.
static int line_of(const char *path, const char *key) {
  FILE *file = fopen(path, "r");
  char line[512];
  int number = 0, found = 0;
  while (file && !found && fgets(line, sizeof line, file)) {
    const char *text = line + strspn(line, " \t");
    number++;
    if (strncmp(text, key, strlen(key)) == 0 && text[strlen(key)] == ':') found = number;
  }
  if (file) fclose(file);
  return found;
}

static bool check(const document_t *document, const char *path, sac_error_t *error) {
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    const sac_capacity_info_t *info = &sac_capacity_infos[i];
    const uint32_t value = document->build[i];
    bool legal = info->value_count == 0 && value >= info->min && value <= info->max;
    for (uint32_t n = 0; n < info->value_count; n++) legal = legal || value == info->values[n];
    if (!legal) {
      return sac_error_set(error, SAC_ERR_FORMAT, "%s:%d: build.%s: found %u, expected %s%u to %u", path, line_of(path, info->name),
                           info->name, value, info->value_count ? "one of the legal values from " : "", info->min, info->max);
    }
  }
  const struct { const char *name; uint32_t value, max; } plain[] = {
      {"latency_cycles", document->memory.latency_cycles, 4096},
      {"bytes_per_cycle", document->memory.bytes_per_cycle, 65536},
      {"clock_mhz", document->clock_mhz, 10000}};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (plain[i].value < 1 || plain[i].value > plain[i].max) {
      return sac_error_set(error, SAC_ERR_FORMAT, "%s:%d: %s: found %u, expected 1 to %u", path, line_of(path, plain[i].name),
                           plain[i].name, plain[i].value, plain[i].max);
    }
  }
  return true;
}

// FNV-1a over "key=value\n" in the order of the specification: the CONFIG_HASH of RTL built from the same numbers.
static uint32_t hash_of(const uint32_t build[SAC_CAPACITIES]) {
  uint32_t hash = 2166136261u;
  char line[96];
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    snprintf(line, sizeof line, "%s=%u\n", sac_capacity_infos[i].name, build[i]);
    for (const char *c = line; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619u;
  }
  return hash;
}

bool sac_config_load(sac_machine_config_t *config, const char *path, sac_error_t *error) {
  cyaml_schema_field_t build_fields[SAC_CAPACITIES + 1];
  build_schema(build_fields);
  const cyaml_schema_field_t fields[] = {
      CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, document_t, name, 1, sizeof config->name - 1),
      {.key = "build", .data_offset = offsetof(document_t, build),
       .value = {.type = CYAML_MAPPING, .flags = CYAML_FLAG_DEFAULT, .data_size = sizeof ((document_t *)0)->build,
                 .mapping.fields = build_fields}},
      {.key = "memory", .data_offset = 0,
       .value = {.type = CYAML_MAPPING, .flags = CYAML_FLAG_DEFAULT, .data_size = sizeof(document_t), .mapping.fields = kMemoryFields}},
      CYAML_FIELD_UINT("clock_mhz", CYAML_FLAG_DEFAULT, document_t, clock_mhz),
      CYAML_FIELD_END};
  const cyaml_schema_value_t schema = {
      .type = CYAML_MAPPING, .flags = CYAML_FLAG_POINTER, .data_size = sizeof(document_t), .mapping.fields = fields};
  complaint_t complaint = {""};
  const cyaml_config_t reader = {.log_fn = complain, .log_ctx = &complaint, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
  document_t *document = NULL;
  const cyaml_err_t result = cyaml_load_file(path, &reader, &schema, (cyaml_data_t **)&document, NULL);
  if (result == CYAML_ERR_FILE_OPEN) return sac_error_set(error, SAC_ERR_FILE, "%s: cannot be read", path);
  if (result != CYAML_OK || !document) {
    return sac_error_set(error, SAC_ERR_FORMAT, "%s: %s (%s)", path, complaint.text[0] ? complaint.text : "empty", cyaml_strerror(result));
  }
  const bool good = check(document, path, error);
  if (good) {
    memset(config, 0, sizeof *config);
    snprintf(config->name, sizeof config->name, "%s", document->name);
    memcpy(config->capacities, document->build, sizeof config->capacities);
    config->hash = hash_of(document->build);
    config->memory_latency_cycles = document->memory.latency_cycles;
    config->memory_bytes_per_cycle = document->memory.bytes_per_cycle;
    config->clock_mhz = document->clock_mhz;
  }
  cyaml_free(&reader, &schema, document, 0);
  return good;
}
