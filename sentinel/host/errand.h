/*
 * A piece of work that has to wait for the disk, done in a thread of its own while the loop goes on. One at a
 * time; what it works on belongs to it from errand_run until `done` is called.
 */
#ifndef SENTINEL_ERRAND_H
#define SENTINEL_ERRAND_H

#include "loop.h"

struct errand;
typedef void errand_fn(void *arg);

/* `work` is called in the thread, then `done` in the loop. NULL where something cannot be had. */
struct errand *errand_new(struct loop *loop, errand_fn *work, errand_fn *done, void *arg);

/* False: no thread can be had, and nothing happens. */
bool errand_run(struct errand *errand) __attribute__((warn_unused_result));

bool errand_busy(const struct errand *errand);

/* Waits for the work to end; `done` is not called any more. NULL is fine. */
void errand_free(struct errand *errand);

#endif
