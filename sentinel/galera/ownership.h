/*
 * What of ours is in force, remembered on disk across a kill -9 at any point: one small file for each measure
 * in the state directory, written before the deed.
 *
 * A record is a text of statefile.h. One that is damaged all the same is never guessed at.
 */
#ifndef SENTINEL_OWNERSHIP_H
#define SENTINEL_OWNERSHIP_H

#include <stddef.h>
#include <stdint.h>

#include "../../proto/instant.h"
#include "../host/statefile.h"

enum {
	OWNERSHIP_SERVER_SIZE = 40,
	OWNERSHIP_SOCKET_SIZE = 256,
	OWNERSHIP_WHY_SIZE = 256,
	OWNERSHIP_ERROR_SIZE = STATEFILE_ERROR_SIZE,
};

enum ownership_phase {
	OWNERSHIP_INTENT,   /* about to be set: it may have been, or still be on its way */
	OWNERSHIP_SET,      /* seen in force */
	OWNERSHIP_CLEARING, /* about to be given back */
	OWNERSHIP_LIFTED,   /* somebody else took it back: not ours any more, and not to be set again */
	OWNERSHIP_PHASES
};

struct ownership {
	enum ownership_phase phase;
	char server[OWNERSHIP_SERVER_SIZE]; /* the incarnation of the server that it was done to, */
	char socket[OWNERSHIP_SOCKET_SIZE]; /* where it was reached, */
	uint64_t view;                      /* the cluster's membership then */
	uint64_t count;                     /* wsrep_desync_count before the latest deed */
	uint64_t token;   /* names the lock that the one who does it holds in the server meanwhile */
	struct wall when; /* to the microsecond */
	char why[OWNERSHIP_WHY_SIZE];
};

enum ownership_found {
	OWNERSHIP_NONE,
	OWNERSHIP_FOUND,
	OWNERSHIP_DAMAGED, /* or not to be read: `error` says why */
};

enum ownership_found ownership_read(const struct statefile *place, struct ownership *out,
	char error[OWNERSHIP_ERROR_SIZE]) __attribute__((warn_unused_result));

/* All or nothing. False, and a sentence in `error`: the record on disk is as it was. */
bool ownership_write(const struct statefile *place, const struct ownership *record,
	char error[OWNERSHIP_ERROR_SIZE]) __attribute__((warn_unused_result));

/* True where there is none (any more). */
bool ownership_remove(const struct statefile *place, char error[OWNERSHIP_ERROR_SIZE])
	__attribute__((warn_unused_result));

/*
 * Only one process at a time acts: the daemon for as long as it runs, or else a `skewctl release`. Takes a
 * lock on the state directory itself, which needs no room on the disk and nobody's leave; it ends with the
 * process or with close(*fd). OWNERSHIP_BUSY: another one has it.
 */
enum ownership_locked { OWNERSHIP_LOCKED, OWNERSHIP_BUSY, OWNERSHIP_NO_LOCK };
enum ownership_locked ownership_lock(const char *dir, int *fd, char error[OWNERSHIP_ERROR_SIZE])
	__attribute__((warn_unused_result));

#endif
