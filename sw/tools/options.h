// SPDX-License-Identifier: Apache-2.0
// Command line of a verb: long options with a target each, positional arguments, --help from the same table.
#ifndef SACCADE_TOOLS_OPTIONS_H
#define SACCADE_TOOLS_OPTIONS_H

#include <stdbool.h>

#include "saccade/error.h"

typedef enum { SAC_OPTION_FLAG, SAC_OPTION_TEXT, SAC_OPTION_INTEGER, SAC_OPTION_REAL } sac_option_kind_t;

typedef struct {
  const char *name;      // without dashes; "o" is the one short option, -o
  sac_option_kind_t kind;
  void *target;          // bool, const char *, int or double
  const char *argument;  // what --help shows after the name
  const char *help;
} sac_option_t;

typedef struct {
  const char *verb;
  const char *usage;     // positional arguments and required options
  const char *summary;
  const sac_option_t *options;  // ends with a NULL name
} sac_command_line_t;

typedef enum { SAC_OPTIONS_GOOD, SAC_OPTIONS_HELP, SAC_OPTIONS_BAD } sac_options_result_t;

// Parses argv[1..]; positional arguments are moved to the front of argv and counted. --help prints and returns HELP.
sac_options_result_t sac_options_parse(const sac_command_line_t *line, int argc, char **argv, int *positional, sac_error_t *error);

// Exactly one positional argument.
bool sac_options_scene(int positional, char **argv, sac_error_t *error);

// "WxH" and "X,Y,WxH"; false with a message naming the option.
bool sac_options_size(const char *text, const char *option, int *width, int *height, sac_error_t *error);
bool sac_options_crop(const char *text, int crop[4], sac_error_t *error);

#endif
