// SPDX-License-Identifier: Apache-2.0
// Rows of the golden picture on all cores (contract: golden.h).
#define _GNU_SOURCE 1
#include "golden.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "march.h"

enum { THREADS_MAX = 64 };

typedef struct {
  sac_march_t march;
  double *rgb, *depth, *alpha;
  sac_golden_progress_t progress;
  void *context;
  atomic_int next, done;
  pthread_mutex_t lock;  // of work
  sac_golden_work_t work;
} job_t;

static void run_rows(job_t *job, bool report) {
  const int rows = job->march.crop.height;
  const size_t width = (size_t)job->march.crop.width;
  sac_golden_work_t work = {0};
  for (;;) {
    const int row = atomic_fetch_add(&job->next, 1);
    if (row >= rows) break;
    const size_t at = (size_t)row * width;
    sac_march_row(&job->march, row, (double(*)[3])(job->rgb + 3 * at),
                  job->depth == NULL ? NULL : job->depth + at,
                  job->alpha == NULL ? NULL : job->alpha + at, &work);
    const int done = atomic_fetch_add(&job->done, 1) + 1;
    if (report) job->progress(job->context, done, rows);
  }
  pthread_mutex_lock(&job->lock);
  job->work.rays += work.rays;
  job->work.rays_hit += work.rays_hit;
  job->work.samples += work.samples;
  job->work.samples_in_box += work.samples_in_box;
  job->work.mask_lookups += work.mask_lookups;
  job->work.samples_interpolated += work.samples_interpolated;
  job->work.evaluations += work.evaluations;
  pthread_mutex_unlock(&job->lock);
}

static void *helper(void *argument) {
  run_rows(argument, false);
  return NULL;
}

// Threads that cannot be started leave their rows to the others.
static void run_all(job_t *job) {
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  pthread_t thread[THREADS_MAX];
  int started = 0;
  while (started + 1 < cores && started < THREADS_MAX &&
         pthread_create(&thread[started], NULL, helper, job) == 0) {
    started++;
  }
  run_rows(job, job->progress != NULL);
  for (int i = 0; i < started; i++) pthread_join(thread[i], NULL);
}

bool sac_golden_render(const sac_field_t *field, const sac_camera_t *camera, sac_crop_t crop,
                       const double background[3], double *rgb, double *depth, double *alpha,
                       sac_golden_work_t *work, sac_golden_progress_t progress, void *context,
                       sac_error_t *error) {
  if (crop.x < 0 || crop.y < 0 || crop.width < 1 || crop.height < 1 ||
      crop.width > camera->width - crop.x || crop.height > camera->height - crop.y ||
      crop.width > SAC_GOLDEN_SIDE_MAX) {
    return sac_error_set(error, SAC_ERR_ARGUMENT,
                         "crop: expected a rectangle inside %dx%d, found %d,%d,%dx%d",
                         camera->width, camera->height, crop.x, crop.y, crop.width, crop.height);
  }
  job_t job = {.march = {.field = field, .camera = camera, .crop = crop},
               .rgb = rgb,
               .depth = depth,
               .alpha = alpha,
               .progress = progress,
               .context = context,
               .lock = PTHREAD_MUTEX_INITIALIZER};
  memcpy(job.march.background, background, sizeof job.march.background);
  if (!sac_volume_make(&job.march.volume, field, error)) return false;
  job.march.colouring = sac_colouring_make(field);
  const bool good = job.march.colouring != NULL ||
                    sac_error_set(error, SAC_ERR_MEMORY, "golden renderer: no memory");
  if (good) run_all(&job);
  sac_colouring_free(job.march.colouring);
  sac_volume_free(&job.march.volume);
  if (good && work != NULL) *work = job.work;
  return good;
}
