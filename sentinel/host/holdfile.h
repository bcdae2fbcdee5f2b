/*
 * An operator's hold outlives the daemon, and a loss of power: a small file in the state directory (statefile.h). Its end
 * is kept on the monotonic clock, since the wall clock is what is in doubt; after a reboot the hold runs for its whole
 * length again. Writing and removing wait for the disk: in the daemon they are holdkeeper.h's.
 */
#ifndef SENTINEL_HOLDFILE_H
#define SENTINEL_HOLDFILE_H

#include "../../conf/conf.h"
#include "statefile.h"

enum { HOLDFILE_ERROR_SIZE = STATEFILE_ERROR_SIZE + 64 };

struct hold_kept {
	bool released;        /* by `skewctl release`: nothing of ours is to be in force meanwhile */
	struct span for_span; /* SPAN_MAX: until unhold */
	struct mono ends;
	char reason[128];
};

/* It is on disk. False, and a sentence in `error`, where it cannot be. */
bool holdfile_write(const char *dir, const struct hold_kept *hold, char error[HOLDFILE_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* No hold any more, on disk either; else as above. */
bool holdfile_remove(const char *dir, char error[HOLDFILE_ERROR_SIZE]) __attribute__((warn_unused_result));

/* What of the hold is left at `now`; false where there is none. */
bool holdfile_read(const char *dir, struct mono now, struct hold_kept *out, struct span *left)
	__attribute__((warn_unused_result));

#endif
