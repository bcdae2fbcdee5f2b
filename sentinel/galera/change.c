#include "change.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

#define ANSWER_WITHIN span_s(2)
#define CARRIED_OUT_WITHIN span_s(5)
#define ASK_FOR_LOCK_EVERY span_s(1)

/*
 * The server's error numbers for a procedure that is not there or not ours to call, and for a SET that is
 * not.
 */
enum {
	NO_SUCH_DATABASE = 1049,
	DATABASE_DENIED = 1044,
	NO_SUCH_PROCEDURE = 1305,
	PROCEDURE_DENIED = 1370,
	SUPER_NEEDED = 1227,
	NO_SUCH_DEFINER = 1449,
};

struct change {
	struct loop *loop;
	struct db_place place;
	const struct change_sql *sql;
	struct db *db;
	struct timer *timer; /* when to ask for the lock again */
	enum change_state state;
	uint64_t token;
	bool on;
	change_fn *fn;
	void *arg;
};

enum change_state change_state(const struct change *change)
{
	return change->state;
}

void change_close(struct change *change)
{
	timer_stop(change->timer);
	db_close(change->db);
	change->db = NULL;
	change->state = CHANGE_NONE;
}

static void end(struct change *change, enum change_event event, const char *text)
{
	char why[DB_ERROR_SIZE];

	snprintf(why, sizeof why, "%s", text);
	change_close(change);
	change->fn(change->arg, event, why);
}

static void fail(struct change *change, const char *text)
{
	end(change, CHANGE_FAILED, text);
}

/* While nothing is in flight an answer that does not come is as bad as any other error. */
static bool answered(struct change *change, const struct db_result *result)
{
	if (result->end == DB_DONE)
		return true;
	fail(change, result->error);
	return false;
}

/* ---- settling ---- */

static void on_lock(void *arg, const struct db_result *result)
{
	struct change *change = arg;

	if (!answered(change, result))
		return;
	if (result->n == 1 && strcmp(result->rows[0].value, "1") == 0) {
		change->state = CHANGE_SETTLED;
		change->fn(change->arg, CHANGE_READY, "");
		return;
	}
	timer_set(change->timer, ASK_FOR_LOCK_EVERY);
	change->fn(change->arg, CHANGE_BUSY, "");
}

static void ask_for_lock(void *arg)
{
	struct change *change = arg;
	char sql[DB_SQL_SIZE];

	snprintf(
		sql, sizeof sql, "SELECT 'lock', GET_LOCK('skew_sentinel.%016" PRIx64 "', 0)", change->token);
	db_query(change->db, sql, ANSWER_WITHIN, on_lock, change);
}

static void on_session(void *arg, const struct db_result *result)
{
	if (answered(arg, result))
		ask_for_lock(arg);
}

static void on_connected(void *arg, const struct db_result *result)
{
	struct change *change = arg;

	/* Dirty reads: under wsrep_reject_queries, an operator's or ours, a CALL would be refused without. */
	if (answered(change, result))
		db_query(change->db, "SET SESSION wsrep_sync_wait=0, SESSION wsrep_dirty_reads=ON",
			ANSWER_WITHIN, on_session, change);
}

void change_settle(struct change *change, uint64_t token)
{
	struct db_place place = look_place(&change->place);

	change->token = token;
	change->state = CHANGE_SETTLING;
	change->db = db_open(change->loop, &place, ANSWER_WITHIN, on_connected, change);
	if (!change->db)
		fail(change, "out of memory");
}

/* ---- the SET ---- */

static bool no_procedure(const struct db_result *result)
{
	return result->end == DB_REFUSED &&
	       (result->code == NO_SUCH_DATABASE || result->code == DATABASE_DENIED ||
		       result->code == NO_SUCH_PROCEDURE || result->code == PROCEDURE_DENIED);
}

static bool needs_setup(const struct db_result *result)
{
	return result->code == SUPER_NEEDED || result->code == NO_SUCH_DEFINER;
}

static void on_set(void *arg, const struct db_result *result)
{
	struct change *change = arg;
	char text[DB_ERROR_SIZE + 64];

	switch (result->end) {
	case DB_DONE:
		change->state = CHANGE_SETTLED;
		change->fn(change->arg, CHANGE_DONE, "");
		break;
	case DB_REFUSED:
		change->state = CHANGE_SETTLED;
		snprintf(text, sizeof text, "%s%s", result->error,
			needs_setup(result) ? " (run: skewctl setup-db | sudo mariadb)" : "");
		change->fn(change->arg, CHANGE_FAILED, text);
		break;
	case DB_LOST:
	case DB_SHUT:
		end(change, CHANGE_CUT, result->error);
		break;
	case DB_LATE:
		change->fn(change->arg, CHANGE_LATE, result->error);
		break;
	}
}

/* Refused before anything was done, so the statement itself is not a second SET. */
static void on_call(void *arg, const struct db_result *result)
{
	struct change *change = arg;

	if (no_procedure(result))
		db_query(change->db, change->on ? change->sql->on.set : change->sql->off.set,
			CARRIED_OUT_WITHIN, on_set, change);
	else
		on_set(change, result);
}

void change_set(struct change *change, bool on)
{
	change->on = on;
	change->state = CHANGE_IN_FLIGHT;
	db_query(change->db, on ? change->sql->on.call : change->sql->off.call, CARRIED_OUT_WITHIN, on_call,
		change);
}

/* ---- */

struct change *change_new(struct loop *loop, const struct db_place *place, const struct change_sql *sql,
	change_fn *fn, void *arg)
{
	struct change *change = calloc(1, sizeof *change);

	if (!change)
		return NULL;
	*change = (struct change){ .loop = loop, .place = *place, .sql = sql, .fn = fn, .arg = arg };
	change->timer = timer_new(loop, ask_for_lock, change);
	if (change->timer)
		return change;
	free(change);
	return NULL;
}

void change_free(struct change *change)
{
	if (!change)
		return;
	change_close(change);
	timer_free(change->timer);
	free(change);
}
