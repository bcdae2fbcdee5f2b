/*
 * How often this node may still be taken out of work: so many times within a day, as the configuration has it. What
 * would be one more is not allowed, and from then on nothing is (it is latched) until an operator lifts it.
 *
 * A leave is given once and lasts from before the first deed until it is ended, however many deeds it takes. It is on
 * disk before it is given. A day is one of the monotonic clock, since the wall clock is what is in doubt; leaves from
 * before a reboot, the age of which is not known, count as if they had just been.
 */
#ifndef SENTINEL_ALLOWANCE_H
#define SENTINEL_ALLOWANCE_H

#include "../host/loop.h"
#include "../host/statefile.h"

enum allowance_state {
	ALLOWANCE_OPEN,  /* nobody has asked */
	ALLOWANCE_ASKED, /* on its way to the disk */
	ALLOWANCE_GIVEN,
	ALLOWANCE_LATCHED,
	ALLOWANCE_FAILED, /* it could not be remembered; becomes open again once that is possible, which is tried */
};

struct allowance;
typedef void allowance_fn(void *arg);

/* `fn` is called when the state has changed, never from inside a call. `dir` is borrowed. NULL where memory is short. */
struct allowance *allowance_new(
	struct loop *loop, const char *dir, unsigned per_day, allowance_fn *fn, void *arg);
void allowance_free(struct allowance *allowance);

enum allowance_state allowance_state(const struct allowance *allowance);

/* Why it failed, or is latched; else "". */
const char *allowance_why(const struct allowance *allowance);

/* From ALLOWANCE_OPEN. */
void allowance_ask(struct allowance *allowance);

/* From before this process: something of ours is in force, which was allowed then. */
void allowance_resume(struct allowance *allowance);

/* The next deed will need another leave. */
void allowance_end(struct allowance *allowance);

/* An operator's word: all is forgotten. */
void allowance_lift(struct allowance *allowance);

/* Leaves within the last day. */
unsigned allowance_used(const struct allowance *allowance);

#endif
