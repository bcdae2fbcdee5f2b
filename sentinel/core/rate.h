/* The rate of one clock against another: how much it gains in a while. */
#ifndef SENTINEL_CORE_RATE_H
#define SENTINEL_CORE_RATE_H

#include "../../proto/instant.h"

enum {
	CRYSTAL_PPB = 500000, /* two crystals against each other; virtual machines calibrate theirs badly */
	SLEW_PPB = 100500000, /* Linux: a tick 10 % off and a frequency of 500 ppm */
	WANDER_PPB =
		100, /* two crystals' rate may change by so much at once, and by as much more with each minute */
};

/* Seconds per second, in units of 2^-50: finer than a nanosecond in a week. */
struct rate {
	int64_t units;
};

enum { RATE_SHIFT = 50 };

struct rate rate_of_ppb(int64_t ppb);

/* `moved` in the time `in` (> 0), rounded towards zero; saturates. */
struct rate rate_between(struct span moved, struct span in);

/* What the rate adds up to over `span`, rounded down. */
struct span rate_along(struct rate rate, struct span span);

#endif
