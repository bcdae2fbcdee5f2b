/*
 * One saving of the history: gathered from it in the loop, then written by itself, which may take as long as the disk
 * does. Over the older copies, or, `anew`, into a file DIR/history.new that then takes the old one's place.
 */
#ifndef SENTINEL_HISTORY_SAVING_H
#define SENTINEL_HISTORY_SAVING_H

#include <sys/types.h>

#include "history_leaf.h"

/* Where one leaf goes, and of which copy. */
struct leaf_target {
	size_t node, place;
	unsigned copy;
};

struct history_saving {
	size_t n, room;
	struct leaf *leaves;
	struct leaf_target *targets;
	off_t size;     /* of the whole file */
	bool anew;      /* all of it goes into a new one, which then takes the old one's place */
	int64_t second; /* up to which all of it is saved then */
	bool lost;      /* out: the file is not there, or not of that size */
	int error;      /* out: errno, 0 if all is on disk */
};

/*
 * The blocks in which something came since second `since`, or `anew` all there are. `head` is what all leaves have in
 * common. newer: which copies not to touch. False: memory is short, and nothing is held.
 */
bool history_saving_make(struct history_saving *saving, const struct history *history,
	const struct leaf *head, leaf_newer *newer, bool anew, int64_t since)
	__attribute__((warn_unused_result));

/* To the disk, from any thread; `lost` and `error` say what came of it. Touches nothing but the saving. */
void history_saving_write(struct history_saving *saving, const char *path);

/* What it holds; the rest stays to be read. */
void history_saving_end(struct history_saving *saving);

#endif
