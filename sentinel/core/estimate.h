/*
 * From exchanges to an interval that holds another host's clock.
 *
 * Four timestamps, T1 and T4 read here, T2 and T3 there (RFC 5905, section 8):
 *
 *        there   -------T2------T3-------->
 *                      /          \
 *        here    ----T1------------T4----->
 *
 * No delay is negative, so whatever the network did, there minus here is at most T2-T1 (as of T1, T2) and at least
 * T3-T4 (as of T3, T4). Nothing else is believed of a path: a slow or lopsided one makes the interval wide.
 *
 * All four are on the raw clocks of their hosts, which nobody slews or steps. Their rates differ by at most `slope`,
 * so a bound of some age still holds when it is widened by slope times age, and the bounds of many exchanges hold
 * together. Where they contradict each other one of the raw clocks did what crystals cannot do (a virtual machine
 * stood still): the oldest are dropped until the rest agree.
 */
#ifndef SENTINEL_CORE_ESTIMATE_H
#define SENTINEL_CORE_ESTIMATE_H

#include "../../proto/interval.h"

enum {
	ESTIMATE_WINDOW_MAX = 256,
	CRYSTAL_PPB = 500000, /* two crystals against each other; virtual machines calibrate theirs badly */
	SLEW_PPB = 100500000, /* Linux: a tick 10 % off and a frequency of 500 ppm */
};

/* One exchange: `high` holds at `high_at` (T1), `low` at `low_at` (T4), both on this host's raw clock. */
struct exchange {
	struct raw high_at, low_at;
	struct span high, low;
};

struct estimate {
	struct exchange window[ESTIMATE_WINDOW_MAX]; /* a ring */
	unsigned size, first, count;
	int64_t slope_ppb;
};

/* window: 1 to ESTIMATE_WINDOW_MAX exchanges are kept. */
void estimate_init(struct estimate *estimate, unsigned window, int64_t slope_ppb);

/* Adds an exchange (low <= high) and gives how many older ones contradicted it and were dropped. */
unsigned estimate_add(struct estimate *estimate, const struct exchange *exchange);

/* The interval at `at`; false where there was no exchange. */
bool estimate_at(const struct estimate *estimate, struct raw at, struct interval *out);

#endif
