// SPDX-License-Identifier: Apache-2.0
// Errors of host-side functions (contract: saccade/error.h).
#include "saccade/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool sac_error_set(sac_error_t *error, sac_error_code_t code, const char *format, ...) {
  if (error == NULL) return false;
  error->code = code;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return false;
}

bool sac_error_in(sac_error_t *error, const char *place) {
  char text[SAC_ERROR_MESSAGE_BYTES];
  const size_t length = strlen(place);
  if (error == NULL) return false;
  if (strncmp(error->message, place, length) == 0 && error->message[length] == ':') return false;
  memcpy(text, error->message, sizeof text);
  const int used = snprintf(error->message, sizeof error->message, "%s: ", place);
  if (used < (int)sizeof error->message) {
    strncat(error->message, text, sizeof error->message - (size_t)used - 1);
  }
  return false;
}
