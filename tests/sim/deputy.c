#include "deputy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../../sentinel/galera/db.h"
#include "../../sentinel/galera/galera.h"
#include "../../sentinel/galera/ledger.h"
#include "../../sentinel/galera/measure.h"
#include "../../sentinel/galera/members.h"
#include "../../sentinel/galera/privileges.h"
#include "../../sentinel/galera/wsrep.h"
#include "../../sentinel/host/clock.h"
#include "../../sentinel/host/errand.h"
#include "../../sentinel/status/status.h"
#include "invariant.h"
#include "world.h"

#define WRITING_TAKES span_ms(3)
#define CONNECTING_TAKES span_us(500)
#define ANSWERING_TAKES span_us(800)

struct timer {
	struct loop *loop;
	timer_fn *fn;
	void *arg;
	bool set;
	struct mono due;
	struct timer *next;
};

enum question {
	ASKED_NOTHING,
	ASKED_TO_CONNECT,
	ASKED_SESSION,
	ASKED_STATUS,
	ASKED_VARIABLES,
	ASKED_LOCK,
	ASKED_SET,
	ASKED_PRIVILEGES,
	ASKED_LEDGER,
	ASKED_MEMBERS,
	ASKED_CLAIM,
	ASKED_REJECT,
};

struct db {
	struct loop *loop;
	enum question question;
	struct mono ready, deadline;
	bool late;
	unsigned incarnation; /* of the server that it is connected to */
	uint64_t lock;
	const struct claim_request *request; /* that it waits for, */
	uint64_t serial;                     /* by this number; 0: the connection is lost meanwhile */
	bool dropped;                        /* by a fence */
	db_fn *fn;
	void *arg;
	struct db *next;
};

struct loop {
	struct host *host;
	struct timer *timers;
	struct db *dbs;
};

struct deputy {
	struct loop loop;
	struct action_env env;
	struct status_source source;
	void *driver;
	struct wanted wanted;
	bool wanted_known, holds;
};

/* Whose process it is that runs: the record, the clock and the random numbers know no host. */
static struct host *running;

static struct mono mono_of(const struct host *host)
{
	return clockwork_mono(&host->clock, host->world->now);
}

static struct server *server_of(const struct loop *loop)
{
	return &loop->host->world->cluster.servers[loop->host->index];
}

/* ---- loop.h ---- */

struct timer *timer_new(struct loop *loop, timer_fn *fn, void *arg)
{
	struct timer *timer = calloc(1, sizeof *timer);

	if (!timer)
		return NULL;
	*timer = (struct timer){ .loop = loop, .fn = fn, .arg = arg, .next = loop->timers };
	loop->timers = timer;
	return timer;
}

void timer_set(struct timer *timer, struct span in)
{
	timer->set = true;
	timer->due = mono_add(mono_of(timer->loop->host), span_max(in, SPAN_ZERO));
}

void timer_stop(struct timer *timer)
{
	timer->set = false;
}

void timer_free(struct timer *timer)
{
	if (!timer)
		return;
	for (struct timer **at = &timer->loop->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	}
	free(timer);
}

/* ---- clock.h and getrandom(2) ---- */

struct mono clock_mono(void)
{
	return mono_of(running);
}

void clock_read(struct reading *out)
{
	*out = clockwork_read(&running->clock, running->world->now, SPAN_ZERO);
}

ssize_t __wrap_getrandom(void *out, size_t len, unsigned flags);
ssize_t __wrap_getrandom(void *out, size_t len, unsigned flags)
{
	uint8_t *bytes = out;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)dice_u64(&running->dice);
	return (ssize_t)len;
}

void clock_boot_id(char out[CLOCK_BOOT_ID_SIZE])
{
	snprintf(out, CLOCK_BOOT_ID_SIZE, "the-only-boot");
}

/* ---- statefile.h ---- */

static struct disk_file *find_file(const char *name)
{
	struct disk_file *files = running->disk.files;

	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

enum statefile_found statefile_read(
	const struct statefile *file, char text[STATEFILE_SIZE], char error[STATEFILE_ERROR_SIZE])
{
	const struct disk_file *found = find_file(file->name);

	error[0] = '\0';
	if (!found)
		return STATEFILE_NONE;
	snprintf(text, STATEFILE_SIZE, "%s", found->text);
	return STATEFILE_FOUND;
}

bool statefile_write(const struct statefile *file, const char *text, char error[STATEFILE_ERROR_SIZE])
{
	struct disk_file *found = find_file(file->name);

	if (running->disk.full) {
		snprintf(
			error, STATEFILE_ERROR_SIZE, "the record cannot be written: No space left on device");
		return false;
	}
	if (!found)
		found = find_file("");
	if (!found)
		abort();
	snprintf(found->name, sizeof found->name, "%s", file->name);
	snprintf(found->text, sizeof found->text, "%s", text);
	return true;
}

/* A file can be removed from a disk that is full. */
bool statefile_remove(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	struct disk_file *found = find_file(file->name);

	error[0] = '\0';
	if (found)
		*found = (struct disk_file){ "", "" };
	return true;
}

void statefile_damaged(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	snprintf(error, STATEFILE_ERROR_SIZE, "the record %s is damaged", file->name);
}

bool disk_has_record(const struct disk *disk)
{
	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(disk->files[i].name, desync_measure.record) == 0 ||
			strcmp(disk->files[i].name, fence_measure.record) == 0)
			return true;
	return false;
}

bool disk_gives_back(const struct disk *disk)
{
	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(disk->files[i].name, desync_measure.record) == 0 &&
			strstr(disk->files[i].text, "\nphase clearing\n"))
			return true;
	return false;
}

/* ---- errand.h ---- */

struct errand {
	errand_fn *work, *done;
	void *arg;
	struct timer *timer;
	bool busy;
};

static void errand_over(void *arg)
{
	struct errand *errand = arg;

	errand->work(errand->arg);
	errand->busy = false;
	errand->done(errand->arg);
}

struct errand *errand_new(struct loop *loop, errand_fn *work, errand_fn *done, void *arg)
{
	struct errand *errand = calloc(1, sizeof *errand);

	if (!errand)
		return NULL;
	*errand = (struct errand){ .work = work, .done = done, .arg = arg };
	errand->timer = timer_new(loop, errand_over, errand);
	if (errand->timer)
		return errand;
	free(errand);
	return NULL;
}

bool errand_run(struct errand *errand)
{
	errand->busy = true;
	timer_set(errand->timer, WRITING_TAKES);
	return true;
}

bool errand_busy(const struct errand *errand)
{
	return errand->busy;
}

/* Killed in the midst of it: the rename was done or it was not. */
void errand_free(struct errand *errand)
{
	if (!errand)
		return;
	if (errand->busy && dice_chance(&running->dice, 500000))
		errand->work(errand->arg);
	timer_free(errand->timer);
	free(errand);
}

/* ---- db.h ---- */

static void ask(struct db *db, enum question question, struct span takes, struct span deadline)
{
	struct mono now = mono_of(db->loop->host);

	db->question = question;
	db->ready = mono_add(now, takes);
	db->deadline = mono_add(now, deadline);
	db->late = false;
}

struct db *db_open(
	struct loop *loop, const struct db_place *place, struct span deadline, db_fn *fn, void *arg)
{
	struct db *db = calloc(1, sizeof *db);

	(void)place;
	if (!db)
		return NULL;
	*db = (struct db){ .loop = loop,
		.incarnation = server_of(loop)->incarnation,
		.fn = fn,
		.arg = arg,
		.next = loop->dbs };
	loop->dbs = db;
	ask(db, ASKED_TO_CONNECT, CONNECTING_TAKES, deadline);
	return db;
}

static void send_set(struct db *db, bool on)
{
	struct server *server = server_of(db->loop);

	if (server->sets[OWNER_SENTINEL].end == SET_WAITS)
		server->sent_twice++;
	if (on && !disk_gives_back(&db->loop->host->disk))
		invariants_acted(db->loop->host);
	server_set(server, OWNER_SENTINEL, on, db->lock, db->loop->host->world->now);
	world_stir(db->loop->host->world);
}

/* Now and then a connection breaks, while what was sent through it goes on. */
static void send_claim(struct db *db, const char *sql)
{
	struct world *world = db->loop->host->world;
	const char *mark = strstr(sql, "', ");
	uint64_t seen = strtoull(strchr(sql, '(') + 1, NULL, 10), token = 0;

	if (strstr(sql, ".claim("))
		token = strtoull(mark + strlen("', "), NULL, 10);
	db->request = authority_ask(&world->authority, db->loop->host->index, seen, token, world->now);
	db->serial = db->request && !dice_chance(&world->authority.dice, 50000) ? db->request->serial : 0;
	world_stir(world);
}

/* No group message. Where it takes effect it takes every other client with it. */
static void send_reject(struct db *db, bool on)
{
	struct server *server = server_of(db->loop);

	if (server->reject.end == SET_WAITS)
		server->sent_twice++;
	if (on)
		invariants_acted(db->loop->host);
	server_reject(server, on, db->lock, db->loop->host->world->now);
	for (struct db *other = db->loop->dbs; on && other; other = other->next)
		other->dropped = other->dropped || other != db;
	world_stir(db->loop->host->world);
}

static enum question question_of(const char *sql)
{
	if (strcmp(sql, privileges_sql) == 0)
		return ASKED_PRIVILEGES;
	if (strcmp(sql, ledger_sql) == 0)
		return ASKED_LEDGER;
	if (strcmp(sql, members_sql) == 0)
		return ASKED_MEMBERS;
	if (strncmp(sql, "CALL skew_sentinel.claim(", 25) == 0 ||
		strncmp(sql, "CALL skew_sentinel.give_back(", 29) == 0)
		return ASKED_CLAIM;
	if (strcmp(sql, wsrep_status_sql) == 0)
		return ASKED_STATUS;
	if (strcmp(sql, wsrep_variables_sql) == 0)
		return ASKED_VARIABLES;
	if (strncmp(sql, "CALL skew_sentinel.desync(", 26) == 0)
		return ASKED_SET;
	if (strncmp(sql, "CALL skew_sentinel.reject(", 26) == 0)
		return ASKED_REJECT;
	return strstr(sql, "GET_LOCK('skew_sentinel.") ? ASKED_LOCK : ASKED_SESSION;
}

void db_query(struct db *db, const char *sql, struct span deadline, db_fn *fn, void *arg)
{
	enum question question = question_of(sql);
	bool alive = db->incarnation == server_of(db->loop)->incarnation;

	db->fn = fn;
	db->arg = arg;
	if (question == ASKED_LOCK)
		db->lock = strtoull(strstr(sql, "sentinel.") + strlen("sentinel."), NULL, 16);
	if (question == ASKED_SET && alive)
		send_set(db, strstr(sql, "TRUE") != NULL);
	if (question == ASKED_CLAIM && alive)
		send_claim(db, sql);
	if (question == ASKED_REJECT && alive)
		send_reject(db, strstr(sql, "TRUE") != NULL);
	ask(db, question, ANSWERING_TAKES, deadline);
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (struct db **at = &db->loop->dbs; *at; at = &(*at)->next) {
		if (*at == db) {
			*at = db->next;
			break;
		}
	}
	free(db);
}

static void __attribute__((format(printf, 3, 4)))
put_row(struct db_result *result, const char *name, const char *format, ...)
{
	struct db_row *row = &result->rows[result->n++];
	va_list args;

	snprintf(row->name, sizeof row->name, "%s", name);
	va_start(args, format);
	vsnprintf(row->value, sizeof row->value, format, args);
	va_end(args);
}

static void put_status(const struct server *server, struct truth now, struct db_result *result)
{
	static const char *const states[] = { "Initialized", "Joining", "Donor/Desynced", "Joined",
		"Synced" };
	unsigned state = server_local_state(server, now);

	put_row(result, "Slaves_connected", "0");
	put_row(result, "Slaves_running", "0");
	put_row(result, "wsrep_cluster_conf_id", "%" PRIu64, server->view);
	put_row(result, "wsrep_cluster_status", "%s", server->primary ? "Primary" : "non-Primary");
	put_row(result, "wsrep_connected", "ON");
	put_row(result, "wsrep_desync_count", "%u", server_desync_count(server));
	put_row(result, "wsrep_gcomm_uuid", "%08x-0000-11ef-8000-000000000000", server->incarnation);
	put_row(result, "wsrep_local_state", "%u", state);
	put_row(result, "wsrep_local_state_comment", "%s", states[state]);
	put_row(result, "wsrep_ready", "%s", server->primary ? "ON" : "OFF");
}

static void put_variables(const struct server *server, const char *name, struct db_result *result)
{
	put_row(result, "wsrep_desync", "%d", server->variable);
	put_row(result, "wsrep_reject_queries", "%s", server->rejects ? "ALL_KILL" : "NONE");
	put_row(result, "wsrep_node_name", "%s", name);
	put_row(result, "version", "10.11.19-MariaDB");
}

static void put_ledger(const struct host *host, struct db_result *result)
{
	struct world *world = host->world;
	const struct ledger_table *table = authority_read(&world->authority, &world->cluster, host->index);

	put_row(result, "version", "%" PRIu64, table->version);
	for (unsigned i = 0; i < world->n_hosts; i++) {
		char token[DB_NAME_SIZE];

		snprintf(token, sizeof token, "=%" PRIu64, table->tokens[i]);
		if (table->tokens[i])
			put_row(result, token, "%s", world->plan.hosts[i].name);
	}
}

/* Those of the latest Primary view: who is cut off has an old list, too. */
static void put_members(const struct host *host, struct db_result *result)
{
	const struct cluster *cluster = &host->world->cluster;

	for (unsigned i = 0; i < cluster->count; i++)
		if (cluster->last_primary & UINT32_C(1) << i)
			put_row(result, host->world->plan.hosts[i].name, "10.0.0.%u:3306", i + 1);
}

static void put_privileges(struct db_result *result)
{
	static const char *const procedures[] = { "claim", "give_back", "end_claim", "hold", "unhold",
		"desync", "reject" };
	static const char *const tables[] = { "skew_sentinel.ledger", "skew_sentinel.claim",
		"skew_sentinel.hold", "mysql.wsrep_cluster_members" };

	for (size_t i = 0; i < sizeof procedures / sizeof procedures[0]; i++)
		put_row(result, procedures[i], "procedure");
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		put_row(result, tables[i], "table");
}

static void refuse(struct db_result *result, enum db_end end, unsigned code, const char *error)
{
	result->end = end;
	result->code = code;
	snprintf(result->error, sizeof result->error, "%s", error);
}

/* What the server says to the question that is open. */
static void answer(const struct db *db, struct db_result *result)
{
	const struct server *server = server_of(db->loop);

	*result = (struct db_result){ .end = DB_DONE };
	switch (db->question) {
	case ASKED_STATUS:
		put_status(server, db->loop->host->world->now, result);
		break;
	case ASKED_VARIABLES:
		put_variables(server, db->loop->host->plan->name, result);
		break;
	case ASKED_LOCK:
		put_row(result, "lock", "%d", server_lock_free(server, db->lock));
		break;
	case ASKED_SET:
		if (server->sets[OWNER_SENTINEL].end == SET_REFUSED)
			refuse(result, DB_REFUSED, 1396,
				"Operation 'desync' failed for SET GLOBAL wsrep_desync=ON");
		break;
	case ASKED_PRIVILEGES:
		put_privileges(result);
		break;
	case ASKED_LEDGER:
		put_ledger(db->loop->host, result);
		break;
	case ASKED_MEMBERS:
		put_members(db->loop->host, result);
		break;
	case ASKED_CLAIM:
		if (db->request->serial == db->serial && db->request->refused)
			refuse(result, DB_REFUSED, 1047,
				"WSREP has not yet prepared node for application use");
		break;
	case ASKED_NOTHING:
	case ASKED_TO_CONNECT:
	case ASKED_SESSION:
	case ASKED_REJECT:
		break;
	}
}

/* The statement is on its way through the server. */
static bool is_under_way(const struct db *db)
{
	if (db->question == ASKED_CLAIM)
		return db->request->serial == db->serial && db->request->under_way;
	if (db->question == ASKED_REJECT)
		return server_of(db->loop)->reject.end == SET_WAITS;
	return db->question == ASKED_SET && server_of(db->loop)->sets[OWNER_SENTINEL].end == SET_WAITS;
}

static bool is_lost(const struct db *db)
{
	const struct server *server = server_of(db->loop);

	return server->down || server->incarnation != db->incarnation ||
	       (db->dropped && server_answers(server));
}

/* The open question's end has come, or its deadline has: *result says which. */
static bool has_ended(struct db *db, struct mono now, struct db_result *result)
{
	const struct server *server = server_of(db->loop);

	*result = (struct db_result){ .end = DB_DONE };
	if (mono_before(now, db->ready))
		return false;
	if (is_lost(db) || (db->question == ASKED_CLAIM && !db->serial)) {
		if (db->question == ASKED_TO_CONNECT)
			refuse(result, DB_LOST, 2002, "Can't connect to local server through socket (2)");
		else
			refuse(result, DB_LOST, 2013, "Lost connection to server during query");
		return true;
	}
	if (server_answers(server) && !is_under_way(db)) {
		answer(db, result);
		return true;
	}
	if (db->late || mono_before(now, db->deadline))
		return false;
	db->late = true;
	refuse(result, DB_LATE, 0, "no answer within the time it should take");
	return true;
}

static bool answer_one(struct loop *loop)
{
	struct mono now = mono_of(loop->host);

	for (struct db *db = loop->dbs; db; db = db->next) {
		struct db_result result;

		if (db->question == ASKED_NOTHING || !has_ended(db, now, &result))
			continue;
		if (result.end != DB_LATE)
			db->question = ASKED_NOTHING;
		db->fn(db->arg, &result);
		return true;
	}
	return false;
}

static bool fire_one(struct loop *loop)
{
	struct mono now = mono_of(loop->host);

	for (struct timer *timer = loop->timers; timer; timer = timer->next) {
		if (!timer->set || mono_before(now, timer->due))
			continue;
		timer->set = false;
		timer->fn(timer->arg);
		return true;
	}
	return false;
}

/* ---- action.h ---- */

static void on_report(void *arg, const struct action_report *report)
{
	struct host *host = arg;

	story_tell(host->world, host->plan->name, "%s is %s%s%s",
		report->measure == MEASURE_DESYNC ? "desync" : "fence", action_state_name(report->state),
		report->detail[0] ? ": " : "", report->detail);
	host_post(host, &(struct event){ .kind = EVENT_ACTION, .action = *report });
}

static void on_note(void *arg, enum severity severity, const char *text)
{
	struct host *host = arg;

	(void)severity;
	story_tell(host->world, host->plan->name, "%s", text);
}

static void on_claim(void *arg, bool held)
{
	struct host *host = arg;

	/* Not yet, while it is being made. */
	if (host->deputy)
		host->deputy->holds = held;
	host_post(host, &(struct event){ .kind = EVENT_CLAIM, .claim_held = held });
}

/* ---- */

struct deputy *deputy_new(struct host *host)
{
	struct deputy *deputy = calloc(1, sizeof *deputy);

	if (!deputy)
		return NULL;
	running = host;
	deputy->loop.host = host;
	deputy->source = (struct status_source){ .core = host->core };
	deputy->env = (struct action_env){
		.loop = &deputy->loop,
		.conf = host->conf,
		.report = on_report,
		.note = on_note,
		.source = &deputy->source,
		.claim = on_claim,
		.arg = host,
	};
	deputy->driver = galera_driver.start(&deputy->env);
	if (deputy->driver)
		return deputy;
	free(deputy);
	return NULL;
}

void deputy_kill(struct deputy *deputy)
{
	if (!deputy)
		return;
	running = deputy->loop.host;
	galera_driver.stop(deputy->driver);
	free(deputy);
}

void deputy_want(struct deputy *deputy, const struct wanted *wanted)
{
	if (deputy->wanted_known && deputy->wanted.leave == wanted->leave &&
		deputy->wanted.claim == wanted->claim && deputy->wanted.released == wanted->released)
		return;
	running = deputy->loop.host;
	deputy->wanted = *wanted;
	deputy->wanted_known = true;
	galera_driver.want(deputy->driver, &deputy->wanted);
}

bool deputy_holds(const struct deputy *deputy)
{
	return deputy->holds;
}

enum told_database deputy_told(const struct deputy *deputy)
{
	return deputy ? galera_told(deputy->driver) : TOLD_DATABASE_NOT;
}

bool deputy_turn(struct deputy *deputy)
{
	running = deputy->loop.host;
	return answer_one(&deputy->loop) || fire_one(&deputy->loop);
}

struct mono deputy_due(const struct deputy *deputy)
{
	struct mono due = { INT64_MAX };

	for (const struct timer *timer = deputy->loop.timers; timer; timer = timer->next)
		if (timer->set)
			due = mono_earlier(due, timer->due);
	for (const struct db *db = deputy->loop.dbs; db; db = db->next) {
		if (db->question == ASKED_NOTHING)
			continue;
		if (mono_before(mono_of(deputy->loop.host), db->ready))
			due = mono_earlier(due, db->ready);
		else if (!db->late)
			due = mono_earlier(due, db->deadline);
	}
	return due;
}
