/*
 * Looks at the server again and again: one connection, kept open, and a new one, ever less often, while there
 * is none.
 *
 * A server that does not answer is not asked again, nor connected to again: the one question stays open until
 * it is answered or the connection breaks. So a frozen server is known to be back the moment it is, and one
 * that hangs inside does not fill up with our connections.
 */
#ifndef SENTINEL_LOOK_H
#define SENTINEL_LOOK_H

#include "wsrep.h"

struct look;

enum look_state {
	LOOK_BEGINS, /* nothing is known yet */
	LOOK_UP,
	LOOK_AWAY, /* there is no connection */
	LOOK_HUNG, /* there is no answer */
};

/*
 * What was seen (LOOK_UP), or why not. Called for each look and for each failure; look_every and look_again
 * are allowed in it.
 */
typedef void look_fn(void *arg, enum look_state state, const struct wsrep *seen, const char *why);

/* The socket's path "" stands for the first that exists of the two usual ones. NULL where memory is short. */
struct look *look_new(struct loop *loop, const struct db_place *place, look_fn *fn, void *arg);
void look_free(struct look *look);

/* How long to wait between two looks. */
void look_every(struct look *look, struct span period);

/* The next result will be of a look that begins after this call. */
void look_again(struct look *look);

/* Where to connect to, now; the text lives as long as `place` does. */
struct db_place look_place(const struct db_place *place);

#endif
