#include "claim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../host/clock.h"
#include "../status/status.h"
#include "../text/jvalue.h"
#include "../text/told.h"
#include "look.h"
#include "privileges.h"

#define ANSWER_WITHIN span_s(2)
#define CARRIED_OUT_WITHIN span_s(5)
#define READ_EVERY span_s(2)
#define READ_OFTEN span_ms(500)
#define AGAIN_AFTER span_ms(200) /* a change that was refused, by a conflict as a rule */
#define RETRY_FIRST span_s(1)
#define RETRY_MOST span_s(5)

/* What the server refuses a change with where it lost against another one, or has no Primary. */
enum { LOCK_WAIT_TIMEOUT = 1205, DEADLOCK = 1213, NOT_PREPARED = 1047, ERROR_DURING_COMMIT = 1180 };

/* And a question, where nobody has ever made a ledger. */
enum { NO_SUCH_DATABASE = 1049, NO_SUCH_TABLE = 1146 };

/* What an operator asked for, until it is done. */
enum order { ORDER_NONE, ORDER_END_CLAIM, ORDER_HOLD, ORDER_UNHOLD };

struct claim {
	const struct action_env *env;
	struct db_place place;
	struct claim_owner owner;
	struct db *db; /* NULL: between two attempts to connect */
	struct timer *timer;
	struct span retry;
	struct span pause; /* after a change that was refused */

	enum want want;
	char reason[LEDGER_REASON_SIZE];
	struct wsrep server;
	bool up;

	bool known, have_ledger;
	bool no_ledger; /* there is none to be read */
	struct ledger ledger;
	struct members members;
	struct spare spare;
	struct privileges privileges;
	uint64_t token;    /* of the latest request for a claim; 0: none of this process */
	bool changing;     /* a request for a claim, or to give it back, is under way */
	bool busy;         /* something is */
	bool held, listed; /* listed: the ledger showed a claim of ours, the last time */
	char fault[DB_ERROR_SIZE + 64], told_fault[DB_ERROR_SIZE + 64];
	char denied[DB_ERROR_SIZE + 64]; /* why the latest change was refused; "": it was not */
	char waits[sizeof((struct action_report *)0)->detail];

	struct ledger_hold hold; /* as it was last read, */
	struct mono hold_seen;   /* and when it was read first */

	enum order order;
	bool asked; /* an operator did: it is told what comes of it */
	struct ledger_claim order_claim;
	struct ledger_hold order_hold;
};

static void __attribute__((format(printf, 3, 4)))
note(struct claim *c, enum severity severity, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	c->env->note(c->env->arg, severity, text);
}

static const char *own_name(const struct claim *c)
{
	return c->env->conf->node;
}

static const struct ledger_claim *own_claim(const struct claim *c)
{
	return c->have_ledger ? ledger_find(&c->ledger, own_name(c)) : NULL;
}

/* It takes a Primary to write anything. */
static bool can_write(const struct claim *c)
{
	return c->up && wsrep_primary(&c->server) && c->server.ready && c->have_ledger;
}

static bool is_out(const struct claim *c)
{
	return c->owner.out(c->owner.arg);
}

/* A node that is not to leave work, as it is configured by now, has no use for a claim that it made before. */
static enum want want_now(const struct claim *c)
{
	const struct conf *conf = c->env->conf;

	return c->env->claim && (conf->galera.dry_run || !conf_leaves(conf)) ? WANT_OFF : c->want;
}

/* ---- the hold on all nodes ---- */

struct span claim_hold_left(const struct claim *c)
{
	if (!c->hold.for_s)
		return SPAN_MAX;
	return span_sub(span_s((int64_t)c->hold.for_s), mono_sub(clock_mono(), c->hold_seen));
}

const struct ledger_hold *claim_hold(const struct claim *c)
{
	return c->hold.on && claim_hold_left(c).ns > 0 ? &c->hold : NULL;
}

/* Its time is counted from when it was seen first: wall clocks are what is in doubt. */
static void follow_hold(struct claim *c)
{
	const struct ledger_hold *now = &c->ledger.hold;

	if (now->on && (!c->hold.on || c->hold.token != now->token))
		c->hold_seen = clock_mono();
	c->hold = *now;
}

/* ---- what is known ---- */

static void explain_fault(struct claim *c, const char *fault)
{
	snprintf(c->waits, sizeof c->waits, "no claim to leave work: %.*s", (int)sizeof c->waits - 32, fault);
}

/* What a claim that is wanted waits for. */
static void explain(struct claim *c)
{
	char *out = c->waits;
	size_t room = sizeof c->waits;
	const struct spare *spare = &c->spare;

	out[0] = '\0';
	if (want_now(c) != WANT_ON || c->held)
		return;
	if (c->hold.on)
		snprintf(out, room, "%s holds the actions of all nodes", c->hold.node);
	else if (c->fault[0])
		explain_fault(c, c->fault);
	else if (!can_write(c))
		snprintf(out, room, "a claim to leave work has to wait until this node is Primary and ready");
	else if (wsrep_rejects(&c->server))
		snprintf(out, room, "a claim to leave work has to wait: wsrep_reject_queries is %s",
			c->server.reject_queries);
	else if (!c->changing && !spare_allows(spare))
		snprintf(out, room,
			"this node cannot be spared: %u of %u others are at work and %u have to stay "
			"(galera.min_synced)%s%s",
			spare->others, conf_data_nodes(c->env->conf) - 1, spare->stay,
			spare->out[0] ? "; " : "", spare->out);
	else if (c->denied[0])
		explain_fault(c, c->denied);
	else
		snprintf(out, room, "a claim to leave work is being asked for");
}

static void tell_held(struct claim *c, bool held)
{
	if (held)
		note(c, SEVERITY_NOTICE, "%s holds a claim to leave work", own_name(c));
	else if (!c->changing && own_claim(c))
		note(c, SEVERITY_NOTICE, "%s cannot be spared any more, and does not use its claim",
			own_name(c));
	else if (!c->changing)
		note(c, SEVERITY_WARNING, "the claim of %s to leave work was ended by somebody else",
			own_name(c));
}

static void change(struct claim *c, bool held)
{
	if (held != c->held)
		tell_held(c, held);
	c->held = held;
	explain(c);
	c->owner.changed(c->owner.arg);
}

/* While nothing of ours is in force the members decide again: they may have changed since it was written. */
static bool is_held(const struct claim *c)
{
	const struct ledger_claim *mine = own_claim(c);

	return !c->changing && mine && c->token && mine->token == c->token &&
	       (spare_allows(&c->spare) || is_out(c));
}

/* ---- changes ---- */

static void read_ledger(struct claim *c);

static void tell_fault(struct claim *c)
{
	if (c->fault[0] && strcmp(c->fault, c->told_fault) != 0)
		note(c, SEVERITY_WARNING, "no node can be taken out of work: %s", c->fault);
	snprintf(c->told_fault, sizeof c->told_fault, "%s", c->fault);
}

static void lose(struct claim *c)
{
	db_close(c->db);
	c->db = NULL;
	c->busy = c->changing = false;
	timer_set(c->timer, c->retry);
	c->retry = span_min(span_add(c->retry, c->retry), RETRY_MOST);
}

static bool lost_a_race(unsigned code)
{
	return code == DEADLOCK || code == LOCK_WAIT_TIMEOUT || code == NOT_PREPARED ||
	       code == ERROR_DURING_COMMIT;
}

/* An operator who was told that it will be done hears that it is not. */
static void drop_order(struct claim *c, const char *why)
{
	static const char *const whats[] = {
		[ORDER_END_CLAIM] = "the end of a claim to leave work",
		[ORDER_HOLD] = "the hold on all nodes",
		[ORDER_UNHOLD] = "the end of the hold on all nodes",
	};

	if (c->order != ORDER_NONE && c->asked)
		note(c, SEVERITY_WARNING, "not done, as far as is known: %s: %s", whats[c->order], why);
	c->order = ORDER_NONE;
	c->asked = false;
}

/* Told once: it is tried again for as long as it is wanted, and refused with the same words. */
static void deny(struct claim *c, const char *error)
{
	char why[sizeof c->denied];

	snprintf(why, sizeof why, "%s (run: skewctl setup-db | sudo mariadb)", error);
	drop_order(c, why);
	if (strcmp(why, c->denied) != 0)
		note(c, SEVERITY_WARNING, "no node can be taken out of work: %s", why);
	memcpy(c->denied, why, sizeof c->denied);
}

static void regard_refusal(struct claim *c, const struct db_result *result)
{
	bool conflict = result->code == DEADLOCK || result->code == LOCK_WAIT_TIMEOUT;

	c->changing = c->busy = false;
	timer_set(c->timer, conflict ? AGAIN_AFTER : c->pause);
	if (!conflict)
		c->pause = span_min(span_add(c->pause, c->pause), RETRY_MOST);
	if (!lost_a_race(result->code))
		deny(c, result->error);
	explain(c);
}

static void on_changed(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	switch (result->end) {
	case DB_LATE:
		note(c, SEVERITY_NOTICE, "the cluster has not answered about a claim yet: it is waited for");
		return;
	case DB_LOST:
	case DB_SHUT:
		lose(c);
		return;
	case DB_REFUSED:
		regard_refusal(c, result);
		return;
	case DB_DONE:
		c->changing = false;
		c->denied[0] = '\0';
		c->pause = AGAIN_AFTER;
		read_ledger(c);
		return;
	}
}

static void send(struct claim *c, const char *sql)
{
	c->busy = true;
	db_query(c->db, sql, CARRIED_OUT_WITHIN, on_changed, c);
}

static bool new_token(uint64_t *token)
{
	*token = 0;
	return getrandom(token, sizeof *token, 0) == (ssize_t)sizeof *token && *token;
}

static bool send_claim(struct claim *c)
{
	struct ledger_claim claim = { .node = "" };
	char sql[DB_SQL_SIZE];

	if (!new_token(&claim.token))
		return false;
	snprintf(claim.node, sizeof claim.node, "%s", own_name(c));
	c->token = claim.token;
	c->changing = true;
	ledger_claim_sql(sql, c->ledger.version, &claim, c->reason);
	send(c, sql);
	change(c, false);
	return true;
}

/* Also one that came late, when the node cannot be spared any more. */
static bool wants_to_give_back(const struct claim *c)
{
	enum want want = want_now(c);

	/* While it catches up the node is not at work yet, and others count on those that are. */
	return own_claim(c) && !is_out(c) && c->server.local_state == WSREP_SYNCED &&
	       (want == WANT_OFF || (want == WANT_ON && !c->held && !spare_allows(&c->spare)));
}

/*
 * From here on there is none: the driver is told before it is sent, and once more asked whether it is out of the
 * matter.
 */
static bool send_give_back(struct claim *c)
{
	char sql[DB_SQL_SIZE];

	c->changing = true;
	change(c, false);
	if (!wants_to_give_back(c)) {
		c->changing = false;
		return false;
	}
	c->token =
		0; /* should the row be there afterwards, it may yet be taken away: it is not this one any more */
	ledger_give_back_sql(sql, c->ledger.version, own_name(c));
	send(c, sql);
	return true;
}

static bool send_order(struct claim *c)
{
	char sql[DB_SQL_SIZE];

	if (c->order == ORDER_END_CLAIM)
		ledger_end_claim_sql(sql, &c->order_claim);
	else if (c->order == ORDER_HOLD)
		ledger_hold_sql(sql, &c->order_hold);
	else
		ledger_unhold_sql(sql, c->order_hold.token);
	send(c, sql);
	return true;
}

/* ---- what operators asked for ---- */

/* Has the ledger come to show what was asked for? */
static bool is_done(const struct claim *c, char *what, size_t room)
{
	const struct ledger_hold *hold = &c->ledger.hold;
	const struct ledger_claim *claim = ledger_find(&c->ledger, c->order_claim.node);

	switch (c->order) {
	case ORDER_NONE:
		break;
	case ORDER_END_CLAIM:
		snprintf(what, room, "the claim of %s to leave work is ended", c->order_claim.node);
		return !claim || claim->token != c->order_claim.token;
	case ORDER_HOLD:
		snprintf(what, room, "the actions of all nodes are held%s",
			hold->for_s ? "" : " until unhold --cluster");
		return hold->on && hold->token == c->order_hold.token;
	case ORDER_UNHOLD:
		snprintf(what, room, "the hold on all nodes is over%s",
			hold->on ? "; another one has taken its place" : "");
		return !hold->on || (c->order_hold.token && hold->token != c->order_hold.token);
	}
	return false;
}

static void follow_order(struct claim *c)
{
	char what[160];

	if (!is_done(c, what, sizeof what))
		return;
	note(c, SEVERITY_NOTICE, "%s", what);
	c->order = ORDER_NONE;
	c->asked = false;
}

/* ---- what is to be done ---- */

/* One whose time is over is taken away by whoever sees it. */
static void regard_hold_over(struct claim *c)
{
	if (!c->hold.on || claim_hold_left(c).ns > 0 || c->order != ORDER_NONE)
		return;
	c->order = ORDER_UNHOLD;
	c->order_hold = c->hold;
}

static bool wants_to_claim(const struct claim *c)
{
	return want_now(c) == WANT_ON && !c->held && !c->hold.on && !wsrep_rejects(&c->server) &&
	       (spare_allows(&c->spare) || is_out(c));
}

static bool act(struct claim *c)
{
	if (!can_write(c))
		return false;
	if (c->order != ORDER_NONE)
		return send_order(c);
	if (wants_to_claim(c))
		return send_claim(c);
	return wants_to_give_back(c) && send_give_back(c);
}

static void rest(struct claim *c)
{
	enum want want = want_now(c);
	bool hurries =
		c->order != ORDER_NONE || (want == WANT_ON && !c->held) || (want == WANT_OFF && own_claim(c));

	c->busy = false;
	timer_set(c->timer, hurries ? READ_OFTEN : READ_EVERY);
}

static void tell_listed(struct claim *c)
{
	bool listed = own_claim(c) != NULL;

	if (c->listed && !listed && !c->token)
		note(c, SEVERITY_NOTICE, "%s has given back its claim to leave work", own_name(c));
	c->listed = listed;
}

/* All has been read. */
static void think(struct claim *c)
{
	c->known = true;
	c->retry = RETRY_FIRST;
	follow_order(c);
	follow_hold(c);
	regard_hold_over(c);
	tell_listed(c);
	change(c, is_held(c));
	if (!act(c))
		rest(c);
}

/* ---- reading ---- */

/* Where something was refused: the server answers, and cannot be asked the next thing. */
static void refused(struct claim *c, const struct db_result *result)
{
	c->have_ledger = false;
	c->no_ledger = result->code == NO_SUCH_DATABASE || result->code == NO_SUCH_TABLE;
	c->known = true;
	if (result->code != NOT_PREPARED)
		snprintf(c->fault, sizeof c->fault, "%s (run: skewctl setup-db | sudo mariadb)",
			result->error);
	tell_fault(c);
	change(c, c->held); /* what nobody can read now, nobody has taken away */
	lose(c);
}

static bool answered(struct claim *c, const struct db_result *result)
{
	if (result->end == DB_DONE)
		return true;
	if (result->end == DB_REFUSED)
		refused(c, result);
	else if (result->end != DB_LATE)
		lose(c);
	return false;
}

/* What the peers' own sentinels say: hearsay, and so it only ever keeps this node at work. */
static void find_away(const struct claim *c, bool away[CONF_PEERS_MAX])
{
	const struct status_source *source = c->env->source;
	struct node_view peer;
	struct reading now;

	if (!source)
		return;
	clock_read(&now);
	for (size_t i = 0; i < c->env->conf->n_peers; i++) {
		if (c->env->conf->peers[i].role != ROLE_DATABASE)
			continue;
		core_node(source->core, i + 1, &now, &peer);
		away[i] = peer.reachable && peer.has_state && told_away(&peer.state);
	}
}

static void have_members(struct claim *c)
{
	bool away[CONF_PEERS_MAX] = { false };

	find_away(c, away);
	spare_count(&c->spare, c->env->conf, &c->members, &c->ledger, away);
	think(c);
}

static void on_addresses(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	if (!answered(c, result))
		return;
	members_read_addresses(&c->members, c->env->conf, result->n ? result->rows[0].value : "");
	have_members(c);
}

static void on_members(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	/* Older servers do not have the table, and the grant may be missing: the addresses are there anyway. */
	if (result->end == DB_REFUSED) {
		db_query(c->db, members_addresses_sql, ANSWER_WITHIN, on_addresses, c);
		return;
	}
	if (!answered(c, result))
		return;
	members_read(&c->members, c->env->conf, c->server.node_name, result->rows, result->n);
	have_members(c);
}

static void on_ledger(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	if (!answered(c, result))
		return;
	c->no_ledger = false;
	c->have_ledger = ledger_read(&c->ledger, result->rows, result->n);
	snprintf(c->fault, sizeof c->fault, "%s",
		c->have_ledger ? ""
			       : "the ledger of claims is damaged (run: skewctl setup-db | sudo mariadb)");
	tell_fault(c);
	db_query(c->db, members_sql, ANSWER_WITHIN, on_members, c);
}

static void read_ledger(struct claim *c)
{
	c->busy = true;
	db_query(c->db, ledger_sql, ANSWER_WITHIN, on_ledger, c);
}

static void on_privileges(void *arg, const struct db_result *result)
{
	struct claim *c = arg;
	struct privileges before = c->privileges;

	if (result->end == DB_DONE) {
		privileges_read(&c->privileges, c->env->conf, c->place.user, result->rows, result->n);
		if (strcmp(before.missing, c->privileges.missing) != 0 && c->privileges.missing[0])
			note(c, SEVERITY_WARNING, "%s", c->privileges.missing);
	} else if (result->end != DB_REFUSED) {
		answered(c, result);
		return;
	}
	read_ledger(c);
}

static void on_session(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	if (answered(c, result))
		db_query(c->db, privileges_sql, ANSWER_WITHIN, on_privileges, c);
}

static void on_connected(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	/*
	 * Dirty reads: a fenced node has to know its claim too. What is read from one that is cut off is old; a claim
	 * that is written on top of that comes to nothing.
	 */
	if (answered(c, result))
		db_query(c->db, "SET SESSION wsrep_sync_wait=0, SESSION wsrep_dirty_reads=ON", ANSWER_WITHIN,
			on_session, c);
}

static void on_timer(void *arg)
{
	struct claim *c = arg;
	struct db_place place = look_place(&c->place);

	if (c->db) {
		read_ledger(c);
		return;
	}
	c->busy = true;
	c->db = db_open(c->env->loop, &place, ANSWER_WITHIN, on_connected, c);
	if (!c->db)
		lose(c);
}

/* ---- */

/* Said at start: with so few nodes it is as good as no configuration. */
static void warn_of_too_few(struct claim *c)
{
	unsigned nodes = conf_data_nodes(c->env->conf), stay = conf_min_synced(c->env->conf);

	if (stay < nodes || c->env->conf->galera.dry_run || !c->env->claim)
		return;
	note(c, SEVERITY_WARNING,
		"no node is ever taken out of work: of %u data node%s in `peers` %u ha%s to stay at work "
		"(galera.min_synced%s)",
		nodes, nodes == 1 ? "" : "s", stay, stay == 1 ? "s" : "ve",
		nodes == 2 ? "; with two, 1 lets one leave" : "");
}

struct claim *claim_new(
	const struct action_env *env, const struct db_place *place, const struct claim_owner *owner)
{
	struct claim *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	*c = (struct claim){
		.env = env,
		.place = *place,
		.owner = *owner,
		.want = WANT_KEEP,
		.retry = RETRY_FIRST,
		.pause = AGAIN_AFTER,
	};
	c->timer = timer_new(env->loop, on_timer, c);
	if (!c->timer) {
		free(c);
		return NULL;
	}
	timer_set(c->timer, SPAN_ZERO);
	warn_of_too_few(c);
	return c;
}

void claim_free(struct claim *c)
{
	if (!c)
		return;
	drop_order(c,
		"it was not done before the end (a stop, a reload, or its time was over); ask for it again");
	db_close(c->db);
	timer_free(c->timer);
	free(c);
}

static void hurry(struct claim *c)
{
	if (!c->busy && c->db)
		timer_set(c->timer, SPAN_ZERO);
}

void claim_want(struct claim *c, enum want want, const char *reason)
{
	snprintf(c->reason, sizeof c->reason, "%.*s", LEDGER_REASON_SIZE - 1, reason);
	if (want == c->want)
		return;
	c->want = want;
	explain(c);
	if (want != WANT_KEEP)
		hurry(c);
}

void claim_looked(struct claim *c, const struct wsrep *server)
{
	c->up = server != NULL;
	if (server)
		c->server = *server;
	/* Done whenever this node is back, it would meet with what others have asked for meanwhile. */
	if (!server)
		drop_order(c, "the database here does not answer any more; ask for it again");
	else if (!wsrep_primary(server))
		drop_order(c, "the database here is not Primary any more; ask for it again");
}

bool claim_held(const struct claim *c)
{
	return c->held;
}

bool claim_known(const struct claim *c)
{
	return c->known;
}

bool claim_current(const struct claim *c)
{
	return can_write(c) || (c->up && wsrep_primary(&c->server) && c->server.ready && c->no_ledger);
}

bool claim_free_of(const struct claim *c)
{
	return c->known && !c->changing && !own_claim(c);
}

bool claim_of(const struct claim *c, const char *node)
{
	return ledger_find(&c->ledger, node) != NULL;
}

const char *claim_waits(const struct claim *c)
{
	return c->waits;
}

/* ---- orders ---- */

static bool takes_orders(const struct claim *c, char *text, size_t room)
{
	if (!can_write(c))
		snprintf(text, room,
			"the database here cannot be written now (%s): do it on a host where it is Primary",
			c->fault[0] ? c->fault
			: c->up     ? c->server.cluster_status
				    : "it does not answer");
	else if (c->order != ORDER_NONE)
		snprintf(text, room, "the one before is not done yet; try again");
	else
		return true;
	return false;
}

bool claim_end(struct claim *c, const char *node, char *text, size_t room)
{
	const struct ledger_claim *claim;

	if (!takes_orders(c, text, room))
		return false;
	claim = ledger_find(&c->ledger, node);
	if (!claim) {
		snprintf(text, room, "%s has no claim to leave work", node);
		return false;
	}
	c->order_claim = *claim;
	c->order = ORDER_END_CLAIM;
	c->asked = true;
	hurry(c);
	return true;
}

bool claim_set_hold(struct claim *c, const struct ledger_hold *hold, char *text, size_t room)
{
	struct ledger_hold order = *hold;

	if (!takes_orders(c, text, room))
		return false;
	if (hold->on && !new_token(&order.token)) {
		snprintf(text, room, "the kernel gives no random numbers");
		return false;
	}
	/* The one that was seen, and no other that comes in between. */
	if (!hold->on)
		order.token = c->ledger.hold.on ? c->ledger.hold.token : 0;
	snprintf(order.node, sizeof order.node, "%s", own_name(c));
	c->order_hold = order;
	c->order = hold->on ? ORDER_HOLD : ORDER_UNHOLD;
	c->asked = true;
	hurry(c);
	return true;
}

/* ---- the status ---- */

static json_t *claims_json(const struct claim *c)
{
	json_t *list = json_array();

	for (size_t i = 0; c->have_ledger && i < c->ledger.n_claims; i++)
		json_array_append_new(list, jvalue_text(c->ledger.claims[i].node));
	return list;
}

static json_t *hold_json(const struct claim *c)
{
	json_t *json;

	if (!claim_hold(c))
		return json_null();
	json = json_object();
	jvalue_put(json, "by", jvalue_text(c->hold.node));
	jvalue_put(json, "reason", jvalue_text(c->hold.reason));
	jvalue_put(json, "left_s", jvalue_span(claim_hold_left(c)));
	return json;
}

void claim_put(json_t *json, const struct claim *c)
{
	jvalue_put(json, "members", members_json(&c->members, c->env->conf));
	jvalue_put(json, "data_nodes", jvalue_count(conf_data_nodes(c->env->conf)));
	jvalue_put(json, "min_synced", jvalue_count(conf_min_synced(c->env->conf)));
	jvalue_put(json, "claims", claims_json(c));
	jvalue_put(json, "claim_held", json_boolean(c->held));
	jvalue_put(json, "claim_detail",
		jvalue_text(c->waits[0]   ? c->waits
			    : c->fault[0] ? c->fault
					  : c->denied));
	jvalue_put(json, "hold", hold_json(c));
	jvalue_put(json, "missing", jvalue_text(c->privileges.missing));
}
