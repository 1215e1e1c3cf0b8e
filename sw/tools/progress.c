// SPDX-License-Identifier: Apache-2.0
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

void sac_progress_rows(void *context, int done, int all) {
  if (!isatty(STDERR_FILENO)) return;
  if (done < all) fprintf(stderr, "\r%s: %d of %d rows", (const char *)context, done, all);
  else fprintf(stderr, "\r\033[K");
}
