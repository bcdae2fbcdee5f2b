/*
 * An operator's hold outlives the daemon: a small file in the state directory. Its end is kept on the monotonic clock,
 * since the wall clock is what is in doubt; after a reboot the hold runs for its whole length again.
 */
#ifndef SENTINEL_HOLDFILE_H
#define SENTINEL_HOLDFILE_H

#include "../../conf/conf.h"

struct hold_kept {
	bool released;        /* by `skewctl release`: nothing of ours is to be in force meanwhile */
	struct span for_span; /* SPAN_MAX: until unhold */
	struct mono ends;
	char reason[128];
};

/* Replaces the file as a whole; false, and *error a sentence, where it cannot. Writes into the page cache: no fsync. */
bool holdfile_write(const char *dir, const struct hold_kept *hold, char *error, size_t room)
	__attribute__((warn_unused_result));

/* No hold any more. */
void holdfile_remove(const char *dir);

/* What of the hold is left at `now`; false where there is none. */
bool holdfile_read(const char *dir, struct mono now, struct hold_kept *out, struct span *left)
	__attribute__((warn_unused_result));

#endif
