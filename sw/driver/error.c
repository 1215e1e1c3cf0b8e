// SPDX-License-Identifier: Apache-2.0
// Errors of host-side functions (contract: saccade/error.h).
#include "saccade/error.h"

#include <stdarg.h>
#include <stdio.h>

bool sac_error_set(sac_error_t *error, sac_error_code_t code, const char *format, ...) {
  if (error == NULL) return false;
  error->code = code;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return false;
}
