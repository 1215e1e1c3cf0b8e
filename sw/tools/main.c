// SPDX-License-Identifier: Apache-2.0
// The saccade command: one verb, one file. Exit status 0 only when all that was asked held.
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static const struct {
  const char *name;
  bool (*run)(int argc, char **argv, sac_error_t *error);
  const char *summary;
} kVerbs[] = {
    {"attend", sac_verb_attend, "compute an attention operator on a back end"},
    {"info", sac_verb_info, "show a configuration: capacities and hash"},
    {"pack", sac_verb_pack, "prune, quantise and encode a scene"},
    {"render", sac_verb_render, "render a view of a scene on a back end"},
};
enum { kVerbCount = sizeof kVerbs / sizeof *kVerbs };

int main(int argc, char **argv) {
  sac_error_t error = {0};
  for (int i = 0; argc > 1 && i < kVerbCount; i++) {
    if (strcmp(argv[1], kVerbs[i].name) != 0) continue;
    if (kVerbs[i].run(argc - 1, argv + 1, &error)) return 0;  // reorders argv
    fprintf(stderr, "saccade %s: %s\n", kVerbs[i].name, error.message);
    return 1;
  }
  const int asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
  FILE *out = asked ? stdout : stderr;
  if (argc > 1 && !asked) fprintf(out, "saccade: '%s' is not a command\n", argv[1]);
  fprintf(out, "usage: saccade VERB ... (saccade VERB --help tells more)\n");
  for (int i = 0; i < kVerbCount; i++) fprintf(out, "  %-8s %s\n", kVerbs[i].name, kVerbs[i].summary);
  return asked ? 0 : 1;
}
