#include "claim_impl.h"

#include <stdio.h>
#include <string.h>

#include "../host/clock.h"
#include "../status/status.h"
#include "../text/told.h"
#include "look.h"

#define ANSWER_WITHIN span_s(2)

/* What the server refuses a question with where nobody has ever made a ledger. */
enum { NO_SUCH_DATABASE = 1049, NO_SUCH_TABLE = 1146 };

void claim_lose(struct claim *c)
{
	db_close(c->db);
	c->db = NULL;
	c->busy = c->changing = false;
	timer_set(c->timer, c->retry);
	c->retry = span_min(span_add(c->retry, c->retry), RETRY_MOST);
}

/* Where something was refused: the server answers, and cannot be asked the next thing. */
static void refused(struct claim *c, const struct db_result *result)
{
	c->have_ledger = false;
	c->no_ledger = result->code == NO_SUCH_DATABASE || result->code == NO_SUCH_TABLE;
	c->known = true;
	if (result->code != NOT_PREPARED)
		snprintf(c->fault, sizeof c->fault, "%s (run: skewctl setup-db | sudo mariadb)",
			result->error);
	claim_tell_fault(c);
	claim_change(c, c->held); /* what nobody can read now, nobody has taken away */
	claim_lose(c);
}

static bool answered(struct claim *c, const struct db_result *result)
{
	if (result->end == DB_DONE)
		return true;
	if (result->end == DB_REFUSED)
		refused(c, result);
	else if (result->end != DB_LATE)
		claim_lose(c);
	return false;
}

/* ---- who is a member ---- */

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
	claim_think(c);
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

/* ---- the ledger ---- */

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
	claim_tell_fault(c);
	db_query(c->db, members_sql, ANSWER_WITHIN, on_members, c);
}

void claim_read(struct claim *c)
{
	c->busy = true;
	db_query(c->db, ledger_sql, ANSWER_WITHIN, on_ledger, c);
}

/* ---- the connection ---- */

static void on_privileges(void *arg, const struct db_result *result)
{
	struct claim *c = arg;
	struct privileges before = c->privileges;

	if (result->end == DB_DONE) {
		privileges_read(&c->privileges, c->env->conf, c->place.user, result->rows, result->n);
		if (strcmp(before.missing, c->privileges.missing) != 0 && c->privileges.missing[0])
			claim_note(c, SEVERITY_WARNING, "%s", c->privileges.missing);
	} else if (result->end != DB_REFUSED) {
		answered(c, result);
		return;
	}
	claim_read(c);
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

void claim_on_timer(void *arg)
{
	struct claim *c = arg;
	struct db_place place = look_place(&c->place);

	if (c->db) {
		claim_read(c);
		return;
	}
	c->busy = true;
	c->db = db_open(c->env->loop, &place, ANSWER_WITHIN, on_connected, c);
	if (!c->db)
		claim_lose(c);
}
