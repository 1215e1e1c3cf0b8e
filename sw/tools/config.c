// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

// Numbers are read as text and converted here: libcyaml takes 4.5 for 4.
enum { kNumberBytes = 24 };
typedef char number_t[kNumberBytes];

typedef struct {
  char *name;
  number_t build[SAC_CAPACITIES];
  struct { number_t latency_cycles, bytes_per_cycle; } memory;
  number_t clock_mhz;
} document_t;

#define NUMBER_SCHEMA {.type = CYAML_STRING, .flags = CYAML_FLAG_DEFAULT, .data_size = kNumberBytes, .string = {.max = kNumberBytes - 1}}
#define NUMBER_FIELD(name, member) {.key = name, .data_offset = offsetof(document_t, member), .value = NUMBER_SCHEMA}

static const cyaml_schema_field_t kMemoryFields[] = {
    NUMBER_FIELD("latency_cycles", memory.latency_cycles), NUMBER_FIELD("bytes_per_cycle", memory.bytes_per_cycle), CYAML_FIELD_END};

// The complaints of libcyaml as one line, innermost place first.
typedef struct {
  char text[400];
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

// Where the text is no YAML: libcyaml does not tell.
static int line_of_damage(const char *path) {
  int line = 0;
  FILE *file = fopen(path, "r");
  yaml_parser_t parser;
  if (file && yaml_parser_initialize(&parser)) {
    yaml_event_t event = {0};
    yaml_parser_set_input_file(&parser, file);
    for (bool more = true; more;) {
      if (!yaml_parser_parse(&parser, &event)) {
        line = (int)parser.problem_mark.line + 1;
        break;
      }
      more = event.type != YAML_STREAM_END_EVENT;
      yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
  }
  if (file) fclose(file);
  return line;
}

// "Unexpected key: rowz Backtrace: in mapping (line: 4, column: 3) ..." becomes "FILE:4: Unexpected key: rowz".
static bool refuse(const char *path, complaint_t *complaint, cyaml_err_t reason, sac_error_t *error) {
  int line = 0;
  const char *place = strstr(complaint->text, "line: ");
  char *rest = strstr(complaint->text, " Backtrace:");
  if (place) line = atoi(place + 6);
  else if (reason == CYAML_ERR_LIBYAML_PARSER) line = line_of_damage(path);
  if (rest) *rest = '\0';
  for (size_t n = strlen(complaint->text); n > 0 && complaint->text[n - 1] == ' ';) complaint->text[--n] = '\0';
  const char *text = complaint->text[0] ? complaint->text : reason == CYAML_OK ? "expected name, build, memory and clock_mhz, found nothing" : cyaml_strerror(reason);
  if (line > 0) return sac_error_set(error, SAC_ERR_FORMAT, "%s:%d: %s", path, line, text);
  return sac_error_set(error, SAC_ERR_FORMAT, "%s: %s", path, text);
}

// The build section's schema comes from the specification, so that a parameter is named in one place only.
static void build_schema(cyaml_schema_field_t fields[SAC_CAPACITIES + 1]) {
  memset(fields, 0, (SAC_CAPACITIES + 1) * sizeof *fields);
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    fields[i].key = sac_capacity_infos[i].name;
    fields[i].data_offset = (uint32_t)(i * kNumberBytes);
    fields[i].value = (cyaml_schema_value_t)NUMBER_SCHEMA;
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

// A whole decimal number without a sign.
static bool take(const char *text, uint32_t *value) {
  char *end;
  errno = 0;
  const unsigned long long wide = strtoull(text, &end, 10);
  *value = (uint32_t)wide;
  return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && wide <= UINT32_MAX;
}

static bool take_capacity(const char *path, const sac_capacity_info_t *info, const char *text, uint32_t *value, sac_error_t *error) {
  bool legal = take(text, value) && *value >= info->min && *value <= info->max;
  bool listed = info->value_count == 0;
  for (uint32_t n = 0; n < info->value_count; n++) listed = listed || *value == info->values[n];
  if (legal && listed) return true;
  char expected[128];
  int used = snprintf(expected, sizeof expected, info->value_count ? "one of" : "a whole number from %u to %u", info->min, info->max);
  for (uint32_t n = 0; n < info->value_count && used < (int)sizeof expected; n++) {
    used += snprintf(expected + used, sizeof expected - (size_t)used, "%s %u", n ? "," : "", info->values[n]);
  }
  return sac_error_set(error, SAC_ERR_FORMAT, "%s:%d: build.%s: expected %s, found %s", path, line_of(path, info->name),
                       info->name, expected, text);
}

static bool take_plain(const char *path, const char *name, const char *text, uint32_t max, uint32_t *value, sac_error_t *error) {
  if (take(text, value) && *value >= 1 && *value <= max) return true;
  return sac_error_set(error, SAC_ERR_FORMAT, "%s:%d: %s: expected a whole number from 1 to %u, found %s", path, line_of(path, name), name, max, text);
}

static bool convert(const document_t *document, const char *path, sac_machine_config_t *config, sac_error_t *error) {
  memset(config, 0, sizeof *config);
  snprintf(config->name, sizeof config->name, "%s", document->name);
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    if (!take_capacity(path, &sac_capacity_infos[i], document->build[i], &config->capacities[i], error)) return false;
  }
  return take_plain(path, "latency_cycles", document->memory.latency_cycles, 4096, &config->memory_latency_cycles, error) &&
         take_plain(path, "bytes_per_cycle", document->memory.bytes_per_cycle, 65536, &config->memory_bytes_per_cycle, error) &&
         take_plain(path, "clock_mhz", document->clock_mhz, 10000, &config->clock_mhz, error);
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
      NUMBER_FIELD("clock_mhz", clock_mhz),
      CYAML_FIELD_END};
  const cyaml_schema_value_t schema = {
      .type = CYAML_MAPPING, .flags = CYAML_FLAG_POINTER, .data_size = sizeof(document_t), .mapping.fields = fields};
  complaint_t complaint = {""};
  const cyaml_config_t reader = {.log_fn = complain, .log_ctx = &complaint, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
  document_t *document = NULL;
  struct stat status;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) return sac_error_set(error, SAC_ERR_FILE, "%s: expected a YAML file, found a directory", path);
  errno = 0;
  const cyaml_err_t result = cyaml_load_file(path, &reader, &schema, (cyaml_data_t **)&document, NULL);
  if (result == CYAML_ERR_FILE_OPEN) return sac_error_set(error, SAC_ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  if (result != CYAML_OK || !document) return refuse(path, &complaint, result, error);
  const bool good = convert(document, path, config, error);
  if (good) config->hash = hash_of(config->capacities);
  cyaml_free(&reader, &schema, document, 0);
  return good;
}
