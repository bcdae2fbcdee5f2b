/*
 * The same state as numbers for Prometheus, in its text exposition format 0.0.4. A sample whose value is not known is
 * left out. Seconds are written from whole nanoseconds, without a double on the way.
 */
#ifndef SENTINEL_METRICS_H
#define SENTINEL_METRICS_H

#include "status.h"

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* For free(); NULL where memory is short. */
char *metrics_text(const struct status_source *source);

#endif
