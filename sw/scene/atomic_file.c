// SPDX-License-Identifier: Apache-2.0
// Files that appear whole (contract: atomic_file.h).
#define _GNU_SOURCE 1
#include "atomic_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void release(sac_atomic_file_t *file) {
  free(file->path);
  free(file->temporary);
  *file = (sac_atomic_file_t){0};
}

static bool refuse(sac_atomic_file_t *file, const char *path, int reason, sac_error_t *error) {
  sac_error_set(error, SAC_ERR_FILE, "%s: cannot be written: %s", path, strerror(reason));
  release(file);
  return false;
}

bool sac_atomic_open(sac_atomic_file_t *file, const char *path, sac_error_t *error) {
  *file = (sac_atomic_file_t){0};
  struct stat status;
  const bool exists = stat(path, &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return refuse(file, path, EISDIR, error);
  // A link's target is replaced, not the link.
  file->path = exists ? realpath(path, NULL) : strdup(path);
  if (file->path == NULL) return refuse(file, path, errno, error);
  if (exists && !S_ISREG(status.st_mode)) {
    file->stream = fopen(file->path, "wb");
    return file->stream != NULL || refuse(file, path, errno, error);
  }
  if (exists && access(file->path, W_OK) != 0) return refuse(file, path, errno, error);
  if (asprintf(&file->temporary, "%s.XXXXXX", file->path) < 0) {
    file->temporary = NULL;
    return refuse(file, path, ENOMEM, error);
  }
  const int descriptor = mkstemp(file->temporary);
  if (descriptor < 0) return refuse(file, path, errno, error);
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(descriptor, exists ? status.st_mode & 0777 : 0666 & ~mask) != 0 ||
      (file->stream = fdopen(descriptor, "wb")) == NULL) {
    const int reason = errno;
    close(descriptor);
    unlink(file->temporary);
    return refuse(file, path, reason, error);
  }
  return true;
}

bool sac_atomic_commit(sac_atomic_file_t *file, sac_error_t *error) {
  const bool failed = ferror(file->stream) != 0;
  errno = failed ? EIO : 0;
  if (fclose(file->stream) != 0 || failed ||
      (file->temporary != NULL && rename(file->temporary, file->path) != 0)) {
    const int reason = errno;
    sac_error_set(error, SAC_ERR_FILE, "%s: cannot be written: %s", file->path, strerror(reason));
    if (file->temporary != NULL) unlink(file->temporary);
    release(file);
    return false;
  }
  release(file);
  return true;
}

void sac_atomic_abandon(sac_atomic_file_t *file) {
  if (file->stream != NULL) fclose(file->stream);
  if (file->temporary != NULL) unlink(file->temporary);
  release(file);
}

bool sac_atomic_check(const char *path, sac_error_t *error) {
  sac_atomic_file_t file = {0};
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    // Opening a device or a pipe could do more than check.
    return access(path, W_OK) == 0 || refuse(&file, path, errno, error);
  }
  if (!sac_atomic_open(&file, path, error)) return false;
  sac_atomic_abandon(&file);
  return true;
}
