/*
 * A connection to MariaDB that never keeps the loop waiting: libmariadb's non-blocking API (*_start, *_cont)
 * over a unix socket. db.c is the one file that includes libmariadb.
 *
 * One thing at a time: connecting, then one statement after another. Each has a deadline, and each ends in a
 * call of its function. When the deadline passes first the function is called with DB_LATE, and once more
 * when it does end: the owner either waits on, or closes the connection. (The server carries out a statement
 * that it was sent, whether or not anybody waits for it.)
 */
#ifndef SENTINEL_DB_H
#define SENTINEL_DB_H

#include <stddef.h>

#include "../host/loop.h"

enum { DB_SQL_SIZE = 4096, DB_ROWS_MAX = 64, DB_NAME_SIZE = 64, DB_VALUE_SIZE = 128, DB_ERROR_SIZE = 256 };

/*
 * Where the server is, and as whom to speak to it; both texts must outlive the connection. No password: the
 * server knows by the socket who we are.
 */
struct db_place {
	const char *socket, *user;
};

enum db_end {
	DB_DONE,
	DB_REFUSED, /* the server answered with an error: the connection is as good as before */
	DB_LOST,    /* no connection (any more): there is nothing left to do with it but db_close */
	DB_SHUT,    /* the same, while connecting: somebody listens, and does not speak to us */
	DB_LATE,    /* the deadline passed; it goes on */
};

/* The first two columns of a row, "" for what is not there. Control characters have become "?". */
struct db_row {
	char name[DB_NAME_SIZE], value[DB_VALUE_SIZE];
};

struct db_result {
	enum db_end end;
	unsigned code;             /* the error's number, */
	char error[DB_ERROR_SIZE]; /* its text without control characters; of DB_LATE too */
	size_t n;                  /* rows beyond DB_ROWS_MAX are dropped */
	struct db_row rows[DB_ROWS_MAX];
};

struct db;

/*
 * Valid during the call, in which db_query and db_close are allowed. Never called from inside a call of this
 * API.
 */
typedef void db_fn(void *arg, const struct db_result *result);

/* Begins to connect. NULL where memory is short. */
struct db *db_open(
	struct loop *loop, const struct db_place *place, struct span deadline, db_fn *fn, void *arg);

/* Sends a statement (shorter than DB_SQL_SIZE), when connected and with nothing else under way. */
void db_query(struct db *db, const char *sql, struct span deadline, db_fn *fn, void *arg);

/* At once, whatever is under way. NULL is fine. */
void db_close(struct db *db);

#endif
