/* The rate of one clock against another: how much it gains in a while. */
#ifndef SENTINEL_CORE_RATE_H
#define SENTINEL_CORE_RATE_H

#include "../../proto/instant.h"

enum {
	CRYSTAL_PPB = 500000, /* two crystals against each other; virtual machines calibrate theirs badly */
	/* A wall clock by its time service, all the time: twice what Linux allows; what is faster is a slew, and shows as one. */
	STEERED_PPB = 1000000,
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

/* What the rate adds up to over `span`, in ns, rounded down; and the same, saturated. */
static inline wide_int rate_times(struct rate rate, struct span span)
{
	return (wide_int)rate.units * span.ns >> RATE_SHIFT;
}

struct span rate_along(struct rate rate, struct span span);

/*
 * How far, in ns, two crystals may have run apart from a straight line in `age` (0 or more; what is older than a year is
 * that): the rate differs by up to WANDER_PPB at once, and by as much more with each minute; this is its integral,
 * rounded up. No division of wide numbers: it is what the whole estimate spends its time on.
 */
static inline int64_t rate_wander(struct span age)
{
	int64_t ns = span_min(age, span_s(INT64_C(86400) * 366)).ns;
	int64_t linear = ns / (NS_PER_S / WANDER_PPB) + 1;

	return linear +
	       (linear / 1000 + 1) * (ns / NS_PER_MS + 1) / (2 * span_s(60).ns / (1000 * NS_PER_MS)) + 1;
}

/* A number of ns, kept within what a span can be. */
static inline struct span span_saturated(wide_int ns)
{
	return span_ns(ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns);
}

#endif
