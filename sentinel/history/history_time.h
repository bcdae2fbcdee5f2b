/*
 * The history's own time: a count of seconds that only goes on, whatever the wall clock does, and also over a restart.
 * Pure but for history_boot.
 */
#ifndef SENTINEL_HISTORY_TIME_H
#define SENTINEL_HISTORY_TIME_H

#include "../core/core.h"
#include "history_leaf.h"

struct history_time {
	int64_t second;     /* it was this, */
	struct span booted; /* when the machine had been up for so long, sleep counted */
};

/* That second now. */
int64_t history_second(const struct history_time *time, const struct reading *now);

/* How long the machine has been up, sleep counted. */
struct span history_booted(const struct reading *now);

/* Which start of the machine this is: the kernel draws an id at each. 0: not known. */
uint64_t history_boot(void);

/*
 * How many seconds nobody looked, since that leaf was saved: exactly within one boot, else as far as the wall clock can be
 * believed; never less than none.
 */
int64_t history_gap(const struct leaf *last, uint64_t boot, const struct reading *now);

#endif
