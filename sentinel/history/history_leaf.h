/*
 * One leaf of the history file: 60 points of one node, with whose they are, when they were saved and a checksum. In the
 * machine's own order of octets: the file stays where it was written.
 */
#ifndef SENTINEL_HISTORY_LEAF_H
#define SENTINEL_HISTORY_LEAF_H

#include "history.h"

enum {
	LEAF_SIZE = 1536,
	LEAF_POINTS = 60,
	LEAVES_OF_NODE =
		(15 + 1) + (24 + 1) + (34 + 1), /* places of one node, the one being filled included */
	LEAF_COPIES = 2,                        /* of each place, side by side */
};

struct leaf {
	char magic[4];
	uint32_t sum;                       /* of all that follows */
	uint64_t save;                      /* number of the saving it belongs to: goes on over restarts */
	int64_t second, booted_ns, wall_ns; /* struct history_time then */
	uint64_t boot;                      /* which start of the machine that was */
	uint32_t nodes;                     /* that the file has places for */
	uint32_t tier;
	int64_t block; /* its points begin with number block * LEAF_POINTS */
	char name[NODE_NAME_SIZE];
	struct history_point points[LEAF_POINTS];
};

/* Its place among those of its node: 0 to LEAVES_OF_NODE - 1. */
size_t leaf_place(enum history_tier tier, int64_t block);

/* The leaves of a file for so many nodes, and where in it (counted in leaves) the first copy of one is. */
static inline size_t leaf_count(size_t nodes)
{
	return nodes * LEAVES_OF_NODE * LEAF_COPIES;
}

static inline size_t leaf_index(size_t node, size_t place)
{
	return (node * LEAVES_OF_NODE + place) * LEAF_COPIES;
}

/* For each node: which copy of each place is the newer one. */
typedef uint8_t leaf_newer[LEAVES_OF_NODE];

/* The points of that block as they are now. The rest is the caller's. */
void leaf_fill(
	struct leaf *leaf, const struct history *history, size_t node, enum history_tier tier, int64_t block);

/* Puts magic and checksum in; the leaf is then complete. */
void leaf_seal(struct leaf *leaf);

enum leaf_check { LEAF_GOOD, LEAF_EMPTY, LEAF_DAMAGED };
/* Is it whole, and what it says possible? EMPTY: nothing was ever written there. */
enum leaf_check leaf_check(const struct leaf *leaf);

/* Its points become part of that node's history. */
void leaf_apply(const struct leaf *leaf, struct history *history, size_t node);

#endif
