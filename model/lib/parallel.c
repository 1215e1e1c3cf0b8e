// SPDX-License-Identifier: Apache-2.0
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { kMaxThreads = 64 };

typedef struct {
  atomic_size_t next;
  size_t count;
  void (*work)(void *context, size_t i);
  void *context;
} pool_t;

static void *run(void *argument) {
  pool_t *pool = argument;
  for (;;) {
    const size_t i = atomic_fetch_add(&pool->next, 1);
    if (i >= pool->count) return NULL;
    pool->work(pool->context, i);
  }
}

void sac_parallel(size_t count, void (*work)(void *context, size_t i), void *context) {
  pool_t pool = {.count = count, .work = work, .context = context};
  pthread_t threads[kMaxThreads];
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  size_t started = 0, wanted = cores < 1 ? 1 : cores > kMaxThreads ? kMaxThreads : (size_t)cores;
  if (wanted > count) wanted = count;
  while (started + 1 < wanted && pthread_create(&threads[started], NULL, run, &pool) == 0) started++;
  run(&pool);  // the calling thread works too, so progress never depends on thread creation
  for (size_t i = 0; i < started; i++) pthread_join(threads[i], NULL);
}
