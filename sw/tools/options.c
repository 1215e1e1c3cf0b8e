// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxOptions = 32 };

static void print_help(const sac_command_line_t *line) {
  printf("usage: saccade %s %s\n%s\n\n", line->verb, line->usage, line->summary);
  for (const sac_option_t *o = line->options; o->name; o++) {
    char left[48];
    snprintf(left, sizeof left, "%s%s%s%s", strlen(o->name) == 1 ? "-" : "--", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    printf("  %-26s %s\n", left, o->help);
  }
  printf("  %-26s %s\n", "--help", "this text");
}

static bool store(const sac_option_t *option, const char *text, sac_error_t *error) {
  char *end = NULL;
  switch (option->kind) {
    case SAC_OPTION_FLAG: *(bool *)option->target = true; return true;
    case SAC_OPTION_TEXT: *(const char **)option->target = text; return true;
    case SAC_OPTION_INTEGER: {
      const long value = strtol(text, &end, 10);
      *(int *)option->target = (int)value;
      if (*text && !*end && value == (int)value) return true;
      return sac_error_set(error, SAC_ERR_ARGUMENT, "--%s: expected a whole number, found '%s'", option->name, text);
    }
    case SAC_OPTION_REAL:
      *(double *)option->target = strtod(text, &end);
      if (*text && !*end && *(double *)option->target == *(double *)option->target) return true;
      return sac_error_set(error, SAC_ERR_ARGUMENT, "--%s: expected a number, found '%s'", option->name, text);
  }
  return false;
}

sac_options_result_t sac_options_parse(const sac_command_line_t *line, int argc, char **argv, int *positional, sac_error_t *error) {
  struct option known[kMaxOptions + 2] = {{"help", no_argument, NULL, 'h'}};
  int count = 1;
  for (const sac_option_t *o = line->options; o->name && count <= kMaxOptions; o++, count++) {
    known[count] = (struct option){o->name, o->kind == SAC_OPTION_FLAG ? no_argument : required_argument, NULL, 256 + count - 1};
  }
  optind = 1;
  opterr = 0;
  for (;;) {
    const int found = getopt_long(argc, argv, ":ho:", known, NULL);
    if (found == -1) break;
    if (found == 'h') {
      print_help(line);
      return SAC_OPTIONS_HELP;
    }
    if (found == ':' || found == '?') {
      sac_error_set(error, SAC_ERR_ARGUMENT, found == ':' ? "%s needs a value" : "%s is not an option of this command (see --help)", argv[optind - 1]);
      return SAC_OPTIONS_BAD;
    }
    const sac_option_t *option = NULL;
    if (found == 'o') {
      for (const sac_option_t *o = line->options; o->name; o++) {
        if (strcmp(o->name, "o") == 0) option = o;
      }
    } else {
      option = &line->options[found - 256];
    }
    if (!option) {
      sac_error_set(error, SAC_ERR_ARGUMENT, "-o is not an option of this command (see --help)");
      return SAC_OPTIONS_BAD;
    }
    if (!store(option, optarg, error)) return SAC_OPTIONS_BAD;
  }
  *positional = argc - optind;
  memmove(argv, argv + optind, (size_t)*positional * sizeof *argv);
  return SAC_OPTIONS_GOOD;
}

bool sac_options_scene(int positional, char **argv, sac_error_t *error) {
  if (positional == 1) return true;
  if (positional == 0) return sac_error_set(error, SAC_ERR_ARGUMENT, "expected a scene (see --help)");
  return sac_error_set(error, SAC_ERR_ARGUMENT, "expected one scene, found also '%s'", argv[1]);
}

// Whole numbers without a sign, apart by the separators; false where the text is anything else.
static bool take_numbers(const char *text, const char *separators, int *out) {
  for (;; separators++) {
    char *end = NULL;
    errno = 0;
    const long value = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    if (value < 0 || value > INT_MAX || errno != 0) return false;
    *out++ = (int)value;
    if (*end != *separators) return false;
    if (*end == '\0') return true;
    text = end + 1;
  }
}

bool sac_options_size(const char *text, const char *option, int *width, int *height, sac_error_t *error) {
  int size[2];
  if (take_numbers(text, "x", size) && size[0] > 0 && size[1] > 0) {
    *width = size[0];
    *height = size[1];
    return true;
  }
  return sac_error_set(error, SAC_ERR_ARGUMENT, "%s: expected WxH with both above zero, found '%s'", option, text);
}

bool sac_options_crop(const char *text, int crop[4], sac_error_t *error) {
  if (take_numbers(text, ",,x", crop) && crop[2] > 0 && crop[3] > 0) return true;
  return sac_error_set(error, SAC_ERR_ARGUMENT, "--crop: expected X,Y,WxH inside the picture, found '%s'", text);
}
