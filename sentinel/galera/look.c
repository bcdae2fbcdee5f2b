#include "look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_WITHIN span_s(2)
#define RETRY_FIRST span_s(1)
#define RETRY_MOST span_s(10)

static const char *const usual_sockets[] = { "/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock" };

struct look {
	struct loop *loop;
	struct db_place place;
	struct db *db; /* NULL: between two attempts to connect */
	struct timer *timer;
	struct span period, retry;
	bool busy;  /* connecting or asking */
	bool again; /* what is being asked now is stale already */
	bool good;  /* this connection has been looked through */
	struct wsrep seen;
	look_fn *fn;
	void *arg;
};

struct db_place look_place(const struct db_place *place)
{
	struct db_place found = *place;

	if (found.socket[0])
		return found;
	found.socket =
		usual_sockets[access(usual_sockets[0], F_OK) != 0 && access(usual_sockets[1], F_OK) == 0];
	return found;
}

/* A user that the server does not know: by its password list, and by the unix_socket plugin. */
enum { ACCESS_DENIED = 1045, ACCESS_DENIED_NO_PASSWORD = 1698 };

static void lose(struct look *look, enum look_state state, unsigned code, const char *error)
{
	bool denied = code == ACCESS_DENIED || code == ACCESS_DENIED_NO_PASSWORD;
	bool was_good = look->good;
	char why[DB_ERROR_SIZE + 64];

	snprintf(why, sizeof why, "%s%s", error, denied ? " (run: skewctl setup-db | sudo mariadb)" : "");
	db_close(look->db);
	look->db = NULL;
	look->busy = look->good = false;
	/* Somebody's KILL or a timeout; should it be more, then the next one does not even connect. */
	if (was_good) {
		timer_set(look->timer, SPAN_ZERO);
		return;
	}
	timer_set(look->timer, look->retry);
	look->retry = span_min(span_add(look->retry, look->retry), RETRY_MOST);
	look->fn(look->arg, state, NULL, why);
}

/* True where the chain goes on. */
static bool answered(struct look *look, const struct db_result *result)
{
	if (result->end == DB_DONE)
		return true;
	if (result->end == DB_LATE)
		look->fn(look->arg, LOOK_HUNG, NULL, result->error);
	else
		lose(look, result->end == DB_SHUT ? LOOK_HUNG : LOOK_AWAY, result->code, result->error);
	return false;
}

static void begin(struct look *look);

static void on_variables(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	if (!answered(look, result))
		return;
	wsrep_read(&look->seen, result->rows, result->n);
	look->retry = RETRY_FIRST;
	look->good = true;
	if (look->again) {
		begin(look);
		return;
	}
	look->busy = false;
	timer_set(look->timer, look->period);
	look->fn(look->arg, LOOK_UP, &look->seen, "");
}

static void on_status(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	if (!answered(look, result))
		return;
	wsrep_read(&look->seen, result->rows, result->n);
	db_query(look->db, wsrep_variables_sql, ANSWER_WITHIN, on_variables, look);
}

static void begin(struct look *look)
{
	look->busy = true;
	look->again = false;
	look->seen = (struct wsrep){ 0 };
	db_query(look->db, wsrep_status_sql, ANSWER_WITHIN, on_status, look);
}

static void on_session(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	if (!answered(look, result))
		return;
	begin(look);
}

static void on_connected(void *arg, const struct db_result *result)
{
	struct look *look = arg;

	/* Else even a SELECT of a variable waits for replication to catch up. */
	if (answered(look, result))
		db_query(look->db, "SET SESSION wsrep_sync_wait=0", ANSWER_WITHIN, on_session, look);
}

static void on_timer(void *arg)
{
	struct look *look = arg;
	struct db_place place = look_place(&look->place);

	if (look->db) {
		begin(look);
		return;
	}
	look->busy = true;
	look->db = db_open(look->loop, &place, ANSWER_WITHIN, on_connected, look);
	if (!look->db)
		lose(look, LOOK_AWAY, 0, "out of memory");
}

struct look *look_new(struct loop *loop, const struct db_place *place, look_fn *fn, void *arg)
{
	struct look *look = calloc(1, sizeof *look);

	if (!look)
		return NULL;
	*look = (struct look){
		.loop = loop, .place = *place, .period = span_s(1), .retry = RETRY_FIRST, .fn = fn, .arg = arg
	};
	look->timer = timer_new(loop, on_timer, look);
	if (!look->timer) {
		free(look);
		return NULL;
	}
	timer_set(look->timer, SPAN_ZERO);
	return look;
}

void look_free(struct look *look)
{
	if (!look)
		return;
	db_close(look->db);
	timer_free(look->timer);
	free(look);
}

void look_every(struct look *look, struct span period)
{
	look->period = period;
}

void look_again(struct look *look)
{
	look->again = look->busy;
	if (look->db && !look->busy)
		timer_set(look->timer, SPAN_ZERO);
}
