/*
 * A connection of its own for one SET at a time, which is never sent twice: a SET that nobody waits for any
 * more still happens, and each further one counts again.
 *
 * Before it is sent the connection takes a lock in the server (GET_LOCK) that carries the record's token. The
 * server keeps it for as long as it works for that connection, whether or not the client lives. So whoever
 * has got the lock knows that no earlier SET under this token is still on its way: the state that is seen
 * from then on is final.
 */
#ifndef SENTINEL_CHANGE_H
#define SENTINEL_CHANGE_H

#include "db.h"

/*
 * What is asked of the server: by a procedure that runs with the rights of a locked account (setup_db.h),
 * and, where it is not there, by the statement itself, for a user who may.
 */
struct change_sql {
	struct {
		const char *call, *set;
	} on, off;
};

enum change_state {
	CHANGE_NONE,      /* no connection */
	CHANGE_SETTLING,  /* connecting, or waiting for the lock */
	CHANGE_SETTLED,   /* nothing of ours is on its way */
	CHANGE_IN_FLIGHT, /* the SET is */
};

enum change_event {
	CHANGE_READY,  /* settled */
	CHANGE_BUSY,   /* an earlier SET is still on its way; it goes on asking */
	CHANGE_DONE,   /* the server has carried it out; settled */
	CHANGE_LATE,   /* the server has not answered yet; it stays in flight */
	CHANGE_FAILED, /* `text` says why; settled where the server answered, else none */
	CHANGE_CUT,    /* the connection broke after the SET was sent: what came of it has to be looked for */
};

struct change;
typedef void change_fn(void *arg, enum change_event event, const char *text);

/* sql is borrowed. NULL where memory is short. */
struct change *change_new(struct loop *loop, const struct db_place *place, const struct change_sql *sql,
	change_fn *fn, void *arg);
void change_free(struct change *change);

enum change_state change_state(const struct change *change);

/* From CHANGE_NONE. */
void change_settle(struct change *change, uint64_t token);

/* From CHANGE_SETTLED. */
void change_set(struct change *change, bool on);

/* Back to CHANGE_NONE; not while in flight, except at the end. */
void change_close(struct change *change);

#endif
