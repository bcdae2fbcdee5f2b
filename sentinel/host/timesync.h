/*
 * Which time service looks after this host's clock, and what the kernel says of it: the cause that a verdict names.
 *
 * The kernel's word is adjtimex(2), which needs no privilege; it tells that a clock is not synchronised, not why. The
 * service is found by its process's name in /proc, looked through in slices so that no look keeps the loop waiting.
 */
#ifndef SENTINEL_TIMESYNC_H
#define SENTINEL_TIMESYNC_H

#include <stdbool.h>
#include <stddef.h>

#include "../../proto/instant.h"
#include "loop.h"

struct timesync {
	bool looked; /* /proc was looked through at least once; what follows up to `whole_host` holds since then */
	bool running;     /* a time service was found, */
	char service[24]; /* this one; "" where none was */
	bool whole_host;  /* all processes of the host can be seen, so that none found means that none runs */
	bool synchronised;     /* the kernel says so */
	struct span max_error; /* the kernel's bound; SPAN_MAX where it gives none */
	uint8_t leap;          /* enum ntp_leap */
};

/* Looks by itself every 10 s, for well under a millisecond at a time. NULL where memory is short. */
struct timesync_watch;
struct timesync_watch *timesync_watch_new(struct loop *loop);
void timesync_watch_free(struct timesync_watch *watch);

/* The latest; valid as long as the watch. */
const struct timesync *timesync_get(const struct timesync_watch *watch);

/*
 * What to do about a clock that is wrong, as the last part of a verdict's sentence: "no time service runs on db3:
 * enable one (chronyd)". Nothing ("") while nothing is known. Returns `out`.
 */
char *timesync_cure(const struct timesync *timesync, const char *node, char *out, size_t room);

/* One whole look at `proc` ("/proc"), without the watch; `out` gets the service. False: it cannot be read. */
bool timesync_scan(const char *proc, struct timesync *out) __attribute__((warn_unused_result));

#endif
