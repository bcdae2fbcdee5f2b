#include "blockjoins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/clock.h"
#include "../host/errand.h"
#include "../host/statefile.h"
#include "../text/jvalue.h"
#include "allowlist.h"
#include "look.h"
#include "members.h"
#include "wsrep.h"

#define LOOK_EVERY span_s(1)
#define RETRY_EVERY span_s(2)
#define ANSWER_WITHIN span_s(5)

/* What the server refuses a statement with where another node was first. */
enum { DUPLICATE_ROW = 1062, LOCK_WAIT_TIMEOUT = 1205, DEADLOCK = 1213 };

/* The trace on its way to the disk, or from there: the errand's, while it runs. */
struct trace_job {
	struct statefile place;
	bool remove, good;
	char error[STATEFILE_ERROR_SIZE];
};

struct blockjoins {
	struct action_env env;
	bool retired; /* not configured any more: a list of ours is taken away */
	struct db_place place;
	struct db *db; /* NULL: between two attempts to connect */
	struct timer *timer;
	bool busy, again; /* a look is under way; and it is stale already */
	struct wanted_joins wanted;
	struct wsrep server;
	struct allowlist_seen seen;
	bool apart; /* some members have a list and some none, as they say, */
	struct mono apart_since;
	char failure[DB_ERROR_SIZE + 96]; /* what was written last was refused, until it is not */
	bool reported, no_list;
	struct action_report report;

	struct errand *errand;
	struct trace_job job;
	bool traced, complained; /* there is one; it could not be changed, which was told */
};

/* ---- telling ---- */

static void tell_no_list(struct blockjoins *b, bool no_list)
{
	if (b->reported && b->no_list == no_list)
		return;
	b->no_list = no_list;
	if (b->env.no_list)
		b->env.no_list(b->env.arg, no_list);
}

/* Last in whatever calls it: what is wanted may change in it. */
static void tell(struct blockjoins *b, enum action_state state, const char *detail, bool no_list)
{
	struct action_report report = { .measure = MEASURE_BLOCK_JOINS, .state = state };
	bool changed;

	snprintf(report.detail, sizeof report.detail, "%s", detail);
	changed = !b->reported || report.state != b->report.state ||
		  strcmp(report.detail, b->report.detail) != 0;
	b->report = report;
	if (changed)
		b->env.report(b->env.arg, &report);
	tell_no_list(b, no_list);
	b->reported = true;
}

/* ---- the trace: a file that says that there is a list of ours, for when it is not configured any more ---- */

static struct statefile trace_in(const char *state)
{
	return (struct statefile){ .dir = state, .name = "joins-list" };
}

bool blockjoins_left(const char *state)
{
	const struct statefile place = trace_in(state);
	char text[STATEFILE_SIZE], error[STATEFILE_ERROR_SIZE];

	return statefile_read(&place, text, error) != STATEFILE_NONE;
}

static void work(void *arg)
{
	struct trace_job *job = &((struct blockjoins *)arg)->job;

	job->good = job->remove
			    ? statefile_remove(&job->place, job->error)
			    : statefile_write(&job->place,
				      "# a list of skew-sentinel's is in mysql.wsrep_allowlist\nversion 1\n",
				      job->error);
}

/* Whether it worked or not: the next look tries again, and the list itself says whose it is. */
static void on_traced(void *arg)
{
	struct blockjoins *b = arg;

	if (b->job.good)
		b->traced = !b->job.remove;
	else if (!b->complained)
		b->env.note(b->env.arg, SEVERITY_WARNING, b->job.error);
	b->complained = !b->job.good;
}

static void follow_trace(struct blockjoins *b)
{
	bool marked = allowlist_marked(&b->seen);

	if (!b->seen.primary || marked == b->traced || errand_busy(b->errand))
		return;
	b->job = (struct trace_job){ .place = trace_in(b->env.conf->state), .remove = !marked };
	if (!errand_run(b->errand) && !b->complained) {
		b->env.note(b->env.arg, SEVERITY_WARNING, "out of memory");
		b->complained = true;
	}
}

/* ---- talking to the server ---- */

static void begin_look(struct blockjoins *b);

static void lose(struct blockjoins *b, const char *error)
{
	char text[DB_ERROR_SIZE + 32];

	db_close(b->db);
	b->db = NULL;
	b->busy = false;
	timer_set(b->timer, RETRY_EVERY);
	snprintf(text, sizeof text, "mariadbd is away: %s", error);
	tell(b, ACTION_PENDING, text, false);
}

static void fail(struct blockjoins *b, const char *text)
{
	b->busy = false;
	timer_set(b->timer, RETRY_EVERY);
	tell(b, ACTION_FAILED, text, false);
}

/* The server is there and says no: nothing is known, until it is asked again. */
static void refused(struct blockjoins *b, const char *error)
{
	char text[DB_ERROR_SIZE + 64];

	snprintf(text, sizeof text, "%s (run: skewctl setup-db | sudo mariadb)", error);
	fail(b, text);
}

/* True where the chain goes on. A statement that is late goes on in the server, and is waited for. */
static bool answered(struct blockjoins *b, const struct db_result *result)
{
	switch (result->end) {
	case DB_DONE:
		return true;
	case DB_LATE:
		tell(b, ACTION_PENDING, "mariadbd has not answered for 5 s", false);
		return false;
	case DB_REFUSED:
		refused(b, result->error);
		return false;
	case DB_LOST:
	case DB_SHUT:
		break;
	}
	lose(b, result->error);
	return false;
}

static void end_look(struct blockjoins *b)
{
	b->busy = false;
	timer_set(b->timer, b->again ? SPAN_ZERO : LOOK_EVERY);
	b->again = false;
}

static bool another_was_first(unsigned code)
{
	return code == DUPLICATE_ROW || code == LOCK_WAIT_TIMEOUT || code == DEADLOCK;
}

/* Where another one has written the same just before the next look tells, after a pause; what else is refused stays so. */
static void not_written(struct blockjoins *b, const struct db_result *result)
{
	if (another_was_first(result->code)) {
		b->env.note(b->env.arg, SEVERITY_NOTICE, result->error);
		end_look(b);
		return;
	}
	snprintf(b->failure, sizeof b->failure,
		"the list cannot be written: %s (if a right is missing: skewctl setup-db --apply)",
		result->error);
	fail(b, b->failure);
}

static void on_written(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (result->end == DB_REFUSED) {
		not_written(b, result);
	} else if (answered(b, result)) {
		b->failure[0] = '\0';
		begin_look(b);
	}
}

/* Answers come late: what the members say of their tables may be as old as an answer counts. */
static bool apart_for_long(struct blockjoins *b)
{
	const struct conf *conf = b->env.conf;
	struct span patience = span_add(span_scale(conf->probe.interval, 5, 1), conf->probe.timeout);

	return b->apart && !span_less(mono_sub(clock_mono(), b->apart_since), patience);
}

/* Configured no more it says nothing of an empty table, or the others would write into it; and others' rows are theirs. */
static struct allowlist_choice choose(struct blockjoins *b)
{
	struct allowlist_facts facts = {
		.conf = b->env.conf, .wanted = &b->wanted, .seen = &b->seen, .apart = apart_for_long(b)
	};
	struct allowlist_choice choice = { .state = ACTION_IDLE };

	if (b->retired && b->seen.primary && !allowlist_marked(&b->seen))
		return choice;
	choice = allowlist_decide(&facts);
	choice.no_list = choice.no_list && !b->retired;
	return choice;
}

static void decide(struct blockjoins *b)
{
	struct allowlist_choice choice = choose(b);

	if (choice.apart && !b->apart)
		b->apart_since = clock_mono();
	b->apart = choice.apart;
	follow_trace(b);
	if (choice.sql[0]) {
		db_query(b->db, choice.sql, ANSWER_WITHIN, on_written, b);
	} else {
		b->failure[0] = '\0';
		end_look(b);
	}
	if (b->failure[0])
		tell(b, ACTION_FAILED, b->failure, false);
	else
		tell(b, choice.state, choice.detail, choice.no_list);
}

static void on_rows(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (!answered(b, result))
		return;
	memcpy(b->seen.rows, result->rows, result->n * sizeof *result->rows);
	b->seen.n_rows = result->n;
	decide(b);
}

static void on_members(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (!answered(b, result))
		return;
	memcpy(b->seen.members, result->rows, result->n * sizeof *result->rows);
	b->seen.n_members = result->n;
	db_query(b->db, allowlist_rows_sql, ANSWER_WITHIN, on_rows, b);
}

static void on_settings(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (!answered(b, result))
		return;
	allowlist_read_settings(&b->seen, result->rows, result->n);
	b->seen.primary = wsrep_primary(&b->server) && b->server.ready;
	if (b->seen.has_table)
		db_query(b->db, members_sql, ANSWER_WITHIN, on_members, b);
	else
		decide(b);
}

static void on_status(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (!answered(b, result))
		return;
	wsrep_read(&b->server, result->rows, result->n);
	db_query(b->db, allowlist_settings_sql, ANSWER_WITHIN, on_settings, b);
}

static void begin_look(struct blockjoins *b)
{
	b->busy = true;
	b->again = false;
	b->server = (struct wsrep){ 0 };
	b->seen = (struct allowlist_seen){ 0 };
	db_query(b->db, wsrep_status_sql, ANSWER_WITHIN, on_status, b);
}

static void on_session(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (answered(b, result))
		begin_look(b);
}

static void on_connected(void *arg, const struct db_result *result)
{
	struct blockjoins *b = arg;

	if (answered(b, result))
		db_query(b->db, "SET SESSION wsrep_sync_wait=0", ANSWER_WITHIN, on_session, b);
}

static void on_timer(void *arg)
{
	struct blockjoins *b = arg;
	struct db_place place = look_place(&b->place);

	if (b->busy)
		return;
	if (b->db) {
		begin_look(b);
		return;
	}
	b->db = db_open(b->env.loop, &place, ANSWER_WITHIN, on_connected, b);
	b->busy = b->db != NULL;
	if (!b->db)
		timer_set(b->timer, RETRY_EVERY);
}

/* ---- the driver ---- */

static bool is_asked_for(const struct conf *conf)
{
	return conf->galera.measures & MEASURE_BLOCK_JOINS;
}

/* Or it was, and has left a list. */
static bool is_configured(const struct conf *conf)
{
	return conf_acts(conf) && (is_asked_for(conf) || blockjoins_left(conf->state));
}

static void stop(void *self)
{
	struct blockjoins *b = self;

	db_close(b->db);
	timer_free(b->timer);
	errand_free(b->errand);
	free(b);
}

/* No list of ours, whatever is proved of whomever. */
static void retire(struct blockjoins *b)
{
	const struct conf *conf = b->env.conf;

	b->retired = true;
	b->wanted.want = WANT_OFF;
	for (size_t i = 0; i < conf->n_peers && b->wanted.n < JOINS_MAX; i++)
		if (conf->peers[i].role == ROLE_DATABASE)
			b->wanted.peers[b->wanted.n++].peer = i;
	b->env.note(b->env.arg, SEVERITY_NOTICE,
		"galera.measures has no block_joins any more: our list of those who may join "
		"(mysql.wsrep_allowlist) is taken away");
}

static void *start(const struct action_env *env)
{
	struct blockjoins *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->env = *env;
	b->place = (struct db_place){ .socket = env->conf->galera.socket, .user = env->conf->galera.user };
	b->wanted.want = WANT_KEEP;
	b->traced = blockjoins_left(env->conf->state);
	b->timer = timer_new(env->loop, on_timer, b);
	b->errand = errand_new(env->loop, work, on_traced, b);
	if (!b->timer || !b->errand) {
		stop(b);
		return NULL;
	}
	if (!is_asked_for(env->conf))
		retire(b);
	timer_set(b->timer, SPAN_ZERO);
	return b;
}

static void want(void *self, const struct wanted *wanted)
{
	struct blockjoins *b = self;

	if (b->retired || joins_equal(&b->wanted, &wanted->joins))
		return;
	b->wanted = wanted->joins;
	b->again = b->busy;
	if (!b->busy && b->db)
		timer_set(b->timer, SPAN_ZERO);
}

static json_t *status(const void *self)
{
	const struct blockjoins *b = self;
	json_t *json = json_object(), *rows = json_array(), *out = json_array();

	for (size_t i = 0; i < b->seen.n_rows; i++)
		if (!allowlist_is_seal(b->seen.rows[i].name))
			json_array_append_new(rows, jvalue_text(b->seen.rows[i].name));
	for (size_t i = 0; i < b->wanted.n; i++)
		if (b->wanted.peers[i].out)
			json_array_append_new(
				out, jvalue_text(b->env.conf->peers[b->wanted.peers[i].peer].name));
	jvalue_put(json, "list", rows);
	jvalue_put(json, "out", out);
	jvalue_put(json, "no_list", json_boolean(b->no_list));
	return json;
}

const struct action_driver blockjoins_driver = {
	.name = "joins",
	.configured = is_configured,
	.start = start,
	.want = want,
	.status = status,
	.stop = stop,
};
