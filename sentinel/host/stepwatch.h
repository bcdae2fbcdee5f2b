/*
 * Learns from the kernel, at once, that the wall clock was stepped: a timer on CLOCK_REALTIME that is cancelled by a
 * step (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
 */
#ifndef SENTINEL_STEPWATCH_H
#define SENTINEL_STEPWATCH_H

#include "loop.h"

struct stepwatch;

/* NULL where the kernel does not offer it; steps are then seen at the next look at the clocks. */
struct stepwatch *stepwatch_new(struct loop *loop, timer_fn *stepped, void *arg);
void stepwatch_free(struct stepwatch *stepwatch);

#endif
