/*
 * Whom the healthy keep from joining the database's cluster (the measure block_joins): the configured data nodes that this
 * host proves to be skewed beyond `galera.above`, by its own measurement of them and of every voter. What others tell of
 * them is not asked for. Whether they are members, the driver knows.
 */
#ifndef SENTINEL_CORE_JOINS_H
#define SENTINEL_CORE_JOINS_H

#include <stddef.h>

#include "budget.h"

enum { JOINS_MAX = 32 }; /* data nodes beside this one; with more nobody is kept out */

/* What a peer says of the list in its own node's table, in an answer that is not old. */
enum join_word {
	JOIN_SILENT, /* nothing: it does not take part, or does not know */
	JOIN_NO_LIST,
	JOIN_LIST, /* it has ours */
};

struct join_peer {
	size_t peer; /* in conf->peers */
	bool out;    /* not to be let in */
	bool in;     /* proved right: to be let in, if it was kept out before this daemon was started */
	bool able; /* it says that its own clock is right, and that nobody holds it: it may be the one who writes */
	enum join_word word;
};

struct wanted_joins {
	enum want
		want; /* WANT_ON: keep out those who are to be kept out, if any; WANT_OFF: no list of ours */
	size_t n;
	struct join_peer peers[JOINS_MAX];
};

/* Nothing in them differs. */
bool joins_equal(const struct wanted_joins *a, const struct wanted_joins *b);

#endif
