// SPDX-License-Identifier: Apache-2.0
// saccade info: the resolved configuration, its capacities and hash.
#include <jansson.h>
#include <stdio.h>

#include "../scene/atomic_file.h"
#include "config.h"
#include "options.h"
#include "stats.h"
#include "verbs.h"

bool sac_verb_info(int argc, char **argv, sac_error_t *error) {
  const char *path = "configs/tiny.yaml", *stats = NULL;
  int positional = 0;
  const sac_option_t options[] = {{"config", SAC_OPTION_TEXT, &path, "FILE", "design point (default configs/tiny.yaml)"},
                                  {"stats", SAC_OPTION_TEXT, &stats, "FILE", "also write it as JSON"},
                                  {0}};
  const sac_command_line_t line = {"info", "[--config FILE]", "Shows a configuration.", options};
  const sac_options_result_t parsed = sac_options_parse(&line, argc, argv, &positional, error);
  if (parsed != SAC_OPTIONS_GOOD) return parsed == SAC_OPTIONS_HELP;
  if (positional > 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "unexpected argument '%s'", argv[0]);
  sac_machine_config_t config;
  if (stats && !sac_atomic_check(stats, error)) return false;
  if (!sac_config_load(&config, path, error)) return false;
  printf("%s (%s), hash %08x, %u MHz, memory %u B/cycle after %u cycles\n", config.name, path, config.hash, config.clock_mhz,
         config.memory_bytes_per_cycle, config.memory_latency_cycles);
  for (int i = 0; i < SAC_CAPACITIES; i++) {
    printf("  %-24s %6u  %s\n", sac_capacity_infos[i].name, config.capacities[i], sac_capacity_infos[i].doc);
  }
  if (!stats) return true;
  json_t *root = json_object();
  sac_stats_config(root, &config);
  return sac_stats_write(root, stats, error);
}
