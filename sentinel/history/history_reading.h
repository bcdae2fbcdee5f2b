/*
 * What a file of the history has in it: leaf after leaf, wherever in the file it is, the latest of every block wins. What
 * is damaged is counted and left out.
 */
#ifndef SENTINEL_HISTORY_READING_H
#define SENTINEL_HISTORY_READING_H

#include <stdio.h>
#include <sys/types.h>

#include "history_leaf.h"

struct history_found {
	size_t good, damaged;
	struct leaf last; /* of those that are good, from the latest saving */
	off_t missing;    /* octets that the file should have, too */
	bool moved;       /* it was written for other nodes, or in another order */
};

/*
 * From a file of `size` octets into `history`, whose nodes are set. *found is written in any case. False: nothing was
 * taken over, since nothing in it is good or memory is short; else *newer is for free().
 */
bool history_read(FILE *in, off_t size, struct history *history, leaf_newer **newer,
	struct history_found *found) __attribute__((warn_unused_result));

#endif
