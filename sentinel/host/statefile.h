/*
 * Small texts in the state directory that outlive a kill -9 and a loss of power at any point: each has its own checksum and is replaced
 * as a whole (a new file, fsync, rename, fsync of the directory), so that a reader finds the old one or the new one.
 * These calls wait for the disk: in the daemon they are an errand (errand.h).
 */
#ifndef SENTINEL_STATEFILE_H
#define SENTINEL_STATEFILE_H

#include <stdbool.h>
#include <stddef.h>

enum { STATEFILE_SIZE = 4096, STATEFILE_ERROR_SIZE = 320 };

/* In `dir`, the file called `name` ("galera-desync"). */
struct statefile {
	const char *dir, *name;
};

enum statefile_found {
	STATEFILE_NONE,
	STATEFILE_FOUND,
	STATEFILE_DAMAGED, /* or not to be read: `error` says why */
};

/* The text as it was given to be written, with a NUL behind it. */
enum statefile_found statefile_read(const struct statefile *file, char text[STATEFILE_SIZE],
	char error[STATEFILE_ERROR_SIZE]) __attribute__((warn_unused_result));

/*
 * All or nothing; `text` are whole lines. False, and a sentence in `error`, which says what to do about it: what is on
 * disk is as it was; or, if a disk fails that was about to replace it, the old or the new one.
 */
bool statefile_write(const struct statefile *file, const char *text, char error[STATEFILE_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* True where there is none (any more). */
bool statefile_remove(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* The sentence about a text that is there and makes no sense. */
void statefile_damaged(const struct statefile *file, char error[STATEFILE_ERROR_SIZE]);

#endif
