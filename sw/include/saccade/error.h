// SPDX-License-Identifier: Apache-2.0
// How host-side functions say what went wrong: a kind for programs, a sentence for people. A
// function that can fail takes a sac_error_t and returns false or NULL when it did; it fills the
// error only then. The message names the file and the field (or the command and the address), what
// was expected and what was found.
// What the machine itself reports (completion records) is sac_hw_error_t in regs.h.
#ifndef SACCADE_ERROR_H
#define SACCADE_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  SAC_ERR_NONE,
  SAC_ERR_ARGUMENT,     // the caller asked for something that cannot be
  SAC_ERR_FILE,         // a file cannot be opened, read or written
  SAC_ERR_FORMAT,       // a file's content is not what it should be
  SAC_ERR_UNSUPPORTED,  // well formed, but something that Saccade does not do
  SAC_ERR_CAPACITY,     // larger than this machine
  SAC_ERR_MEMORY,       // no memory on the host
  SAC_ERR_DEVICE,       // the machine stopped with an error
  SAC_ERR_TIMEOUT,      // the machine does not answer
} sac_error_code_t;

enum { SAC_ERROR_MESSAGE_BYTES = 512 };

typedef struct sac_error {
  sac_error_code_t code;
  char message[SAC_ERROR_MESSAGE_BYTES];  // always terminated; a longer one is cut
} sac_error_t;

// Fills `error` (which may be NULL) and returns false, so that a failing function can end with
// `return sac_error_set(...)`.
bool sac_error_set(sac_error_t *error, sac_error_code_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Puts "place: " before the message unless it is there already; returns false.
bool sac_error_in(sac_error_t *error, const char *place);

#ifdef __cplusplus
}
#endif

#endif
