// SPDX-License-Identifier: Apache-2.0
#include "stats.h"

#include <stdio.h>
#include <string.h>

#include "../scene/atomic_file.h"

void sac_stats_config(json_t *root, const sac_machine_config_t *config) {
  char hash[16];
  snprintf(hash, sizeof hash, "%08x", config->hash);
  json_object_set_new(root, "config", json_string(config->name));
  json_object_set_new(root, "config_hash", json_string(hash));
  json_t *capacities = json_object();
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    json_object_set_new(capacities, sac_capacity_infos[i].name, json_integer(config->capacities[i]));
  }
  json_object_set_new(root, "capacities", capacities);
}

void sac_stats_counters(json_t *root, const uint32_t counters[SAC_COUNTERS]) {
  json_t *units = json_object();
  for (int i = 0; i < SAC_COUNTERS; i++) {
    const char *name = sac_counter_infos[i].name, *dot = strchr(name, '.');
    char unit[32];
    snprintf(unit, sizeof unit, "%.*s", (int)(dot - name), name);
    json_t *members = json_object_get(units, unit);
    if (!members) {
      members = json_object();
      json_object_set_new(units, unit, members);
    }
    json_object_set_new(members, dot + 1, json_integer(counters[i]));
  }
  json_object_set_new(root, "counters", units);
}

bool sac_stats_write(json_t *root, const char *path, sac_error_t *error) {
  sac_atomic_file_t file;
  bool good = sac_atomic_open(&file, path, error);
  if (good) {
    // What the stream could not take, commit reports with its reason.
    if (json_dumpf(root, file.stream, JSON_INDENT(2)) == 0) fputc('\n', file.stream);
    good = sac_atomic_commit(&file, error);
  }
  json_decref(root);
  return good;
}
