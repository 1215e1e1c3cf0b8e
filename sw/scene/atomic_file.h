// SPDX-License-Identifier: Apache-2.0
// A file that appears whole or not at all: written under a temporary name in the same folder and
// renamed when complete. A path that exists and is no regular file (a device, a pipe) is written
// directly.
#ifndef SACCADE_ATOMIC_FILE_H
#define SACCADE_ATOMIC_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "saccade/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  FILE *stream;
  char *path;
  char *temporary;  // NULL: written directly
} sac_atomic_file_t;

bool sac_atomic_open(sac_atomic_file_t *file, const char *path, sac_error_t *error);

// Both end the file, whatever they return.
bool sac_atomic_commit(sac_atomic_file_t *file, sac_error_t *error);
void sac_atomic_abandon(sac_atomic_file_t *file);

// Says before long work whether a file could be written there; leaves nothing behind.
bool sac_atomic_check(const char *path, sac_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
