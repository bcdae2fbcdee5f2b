/* The connection to the database (db.h), on a simulated server. */
#include "deputy_impl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/galera/db.h"
#include "../../sentinel/galera/ledger.h"
#include "../../sentinel/galera/members.h"
#include "../../sentinel/galera/privileges.h"
#include "../../sentinel/galera/wsrep.h"
#include "invariant.h"
#include "world.h"

#define CONNECTING_TAKES span_us(500)
#define ANSWERING_TAKES span_us(800)

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

static struct server *server_of(const struct loop *loop)
{
	return &loop->host->world->cluster.servers[loop->host->index];
}

static void ask(struct db *db, enum question question, struct span takes, struct span deadline)
{
	struct mono now = deputy_mono(db->loop->host);

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

bool deputy_answer_one(struct loop *loop)
{
	struct mono now = deputy_mono(loop->host);

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

struct mono deputy_answer_due(const struct loop *loop)
{
	struct mono due = { INT64_MAX };

	for (const struct db *db = loop->dbs; db; db = db->next) {
		if (db->question == ASKED_NOTHING)
			continue;
		if (mono_before(deputy_mono(loop->host), db->ready))
			due = mono_earlier(due, db->ready);
		else if (!db->late)
			due = mono_earlier(due, db->deadline);
	}
	return due;
}
