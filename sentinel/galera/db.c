#include "db.h"

#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_CLIENT_FIRST = 2000, ERROR_CLIENT_LAST = 2999, ERROR_SERVER_LOST = 2013 };

/* How often a call that is given up is told so: each may still want to say goodbye. */
enum { ABANDON_TRIES = 4 };

/* What goes on without waiting in between: begun, gone on with as often as it asks for it, and then over. */
struct step {
	int (*start)(struct db *db);
	int (*cont)(struct db *db, int ready);
	const struct step *(*over)(struct db *db); /* the next one; NULL: the result is there */
};

struct db {
	struct loop *loop;
	struct watch *watch;
	struct timer *timer; /* the deadline, and then what ended inside a call of the owner's */
	MYSQL my, *connected;
	MYSQL_RES *rows;
	int failed;
	const struct step *step; /* NULL: nothing is under way */
	bool ended;              /* the result waits for the timer */
	struct db_place place;
	char sql[DB_SQL_SIZE];
	db_fn *fn;
	void *arg;
	struct db_result result;
};

static void copy_text(char *out, size_t room, const char *text)
{
	snprintf(out, room, "%s", text ? text : "");
	for (; *out; out++)
		if ((unsigned char)*out < ' ' || *out == '\x7f')
			*out = '?';
}

static const struct step *end_well(struct db *db)
{
	db->result.end = DB_DONE;
	db->result.code = 0;
	db->result.error[0] = '\0';
	return NULL;
}

static const struct step *end_badly(struct db *db)
{
	db->result.code = mysql_errno(&db->my);
	db->result.end = db->result.code >= ERROR_CLIENT_FIRST && db->result.code <= ERROR_CLIENT_LAST
				 ? DB_LOST
				 : DB_REFUSED;
	copy_text(db->result.error, sizeof db->result.error, mysql_error(&db->my));
	return NULL;
}

/* ---- the steps ---- */

static int connect_start(struct db *db)
{
	return mysql_real_connect_start(
		&db->connected, &db->my, NULL, db->place.user, NULL, NULL, 0, db->place.socket, 0);
}

static int connect_cont(struct db *db, int ready)
{
	return mysql_real_connect_cont(&db->connected, &db->my, ready);
}

static const struct step *connect_over(struct db *db)
{
	if (db->connected)
		return end_well(db);
	end_badly(db);
	db->result.end = DB_LOST;
	/*
	 * The library's own words for a listening queue that is full speak of a handshake that never began.
	 */
	if (db->result.code == ERROR_SERVER_LOST) {
		db->result.end = DB_SHUT;
		snprintf(db->result.error, sizeof db->result.error, "it does not accept connections");
	}
	return NULL;
}

static int query_start(struct db *db)
{
	return mysql_real_query_start(&db->failed, &db->my, db->sql, (unsigned long)strlen(db->sql));
}

static int query_cont(struct db *db, int ready)
{
	return mysql_real_query_cont(&db->failed, &db->my, ready);
}

static int store_start(struct db *db)
{
	return mysql_store_result_start(&db->rows, &db->my);
}

static int store_cont(struct db *db, int ready)
{
	return mysql_store_result_cont(&db->rows, &db->my, ready);
}

static const struct step *store_over(struct db *db)
{
	MYSQL_ROW row;
	bool two;

	if (!db->rows)
		return mysql_errno(&db->my) ? end_badly(db) : end_well(db);
	two = mysql_num_fields(db->rows) > 1;
	while (db->result.n < DB_ROWS_MAX && (row = mysql_fetch_row(db->rows))) {
		struct db_row *out = &db->result.rows[db->result.n++];

		copy_text(out->name, sizeof out->name, row[0]);
		copy_text(out->value, sizeof out->value, two ? row[1] : "");
	}
	mysql_free_result(db->rows);
	db->rows = NULL;
	return end_well(db);
}

static const struct step *query_over(struct db *db)
{
	static const struct step store = { store_start, store_cont, store_over };

	return db->failed ? end_badly(db) : &store;
}

static const struct step connecting = { connect_start, connect_cont, connect_over };
static const struct step querying = { query_start, query_cont, query_over };

/* ---- how they go on ---- */

static void on_ready(void *arg, unsigned what);

static bool await(struct db *db, int waits)
{
	unsigned what = ((waits & MYSQL_WAIT_READ) ? WATCH_READ : 0U) |
			((waits & MYSQL_WAIT_WRITE) ? WATCH_WRITE : 0U);

	if (!db->watch)
		db->watch = watch_new(db->loop, mysql_get_socket(&db->my), what, on_ready, db);
	else
		watch_set(db->watch, what);
	return db->watch != NULL;
}

/* Tells the suspended call that its time is over: so it unwinds, and frees what it holds. */
static void abandon(struct db *db)
{
	for (int i = 0; db->step && i < ABANDON_TRIES; i++)
		if (db->step->cont(db, MYSQL_WAIT_TIMEOUT) == 0)
			break;
	if (db->rows)
		mysql_free_result(db->rows);
	db->rows = NULL;
	db->step = NULL;
}

/* As far as it goes without waiting. False: it ended, and the result is there. */
static bool advance(struct db *db, int waits)
{
	while (!waits) {
		db->step = db->step->over(db);
		if (!db->step)
			return false;
		waits = db->step->start(db);
	}
	if (await(db, waits))
		return true;
	abandon(db);
	db->result.end = DB_LOST;
	snprintf(db->result.error, sizeof db->result.error, "out of memory");
	return false;
}

/* The last thing that is done with db in a callback: it may be gone afterwards. */
static void deliver(struct db *db)
{
	timer_stop(db->timer);
	db->ended = false;
	db->fn(db->arg, &db->result);
}

static void on_ready(void *arg, unsigned what)
{
	struct db *db = arg;
	int ready =
		((what & WATCH_READ) ? MYSQL_WAIT_READ : 0) | ((what & WATCH_WRITE) ? MYSQL_WAIT_WRITE : 0);

	/* The library may close the descriptor in the call: nobody must be watching it then. */
	watch_set(db->watch, 0);
	if (!advance(db, db->step->cont(db, ready)))
		deliver(db);
}

static void on_timer(void *arg)
{
	struct db *db = arg;

	if (db->ended) {
		deliver(db);
		return;
	}
	db->result.end = DB_LATE;
	snprintf(db->result.error, sizeof db->result.error, "no answer in time");
	db->fn(db->arg, &db->result);
}

static void begin(struct db *db, const struct step *step, struct span deadline, db_fn *fn, void *arg)
{
	db->fn = fn;
	db->arg = arg;
	db->result.n = 0;
	db->step = step;
	db->ended = !advance(db, step->start(db));
	timer_set(db->timer, db->ended ? SPAN_ZERO : deadline);
}

struct db *db_open(
	struct loop *loop, const struct db_place *place, struct span deadline, db_fn *fn, void *arg)
{
	struct db *db = calloc(1, sizeof *db);

	if (!db)
		return NULL;
	db->loop = loop;
	db->place = *place;
	db->timer = timer_new(loop, on_timer, db);
	if (!db->timer || !mysql_init(&db->my))
		goto fail;
	if (mysql_options(&db->my, MYSQL_OPT_NONBLOCK, 0) != 0) {
		mysql_close(&db->my);
		goto fail;
	}
	begin(db, &connecting, deadline, fn, arg);
	return db;
fail:
	timer_free(db->timer);
	free(db);
	return NULL;
}

void db_query(struct db *db, const char *sql, struct span deadline, db_fn *fn, void *arg)
{
	snprintf(db->sql, sizeof db->sql, "%s", sql);
	begin(db, &querying, deadline, fn, arg);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	watch_free(db->watch);
	timer_free(db->timer);
	abandon(db);
	mysql_close(&db->my);
	free(db);
}
