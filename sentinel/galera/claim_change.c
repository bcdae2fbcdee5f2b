#include "claim_impl.h"

#include <stdio.h>
#include <string.h>

#define CARRIED_OUT_WITHIN span_s(5)

/* What the server refuses a change with where it lost against another one, or has no Primary. */
enum { LOCK_WAIT_TIMEOUT = 1205, DEADLOCK = 1213, ERROR_DURING_COMMIT = 1180 };

static bool lost_a_race(unsigned code)
{
	return code == DEADLOCK || code == LOCK_WAIT_TIMEOUT || code == NOT_PREPARED ||
	       code == ERROR_DURING_COMMIT;
}

/* Told once: it is tried again for as long as it is wanted, and refused with the same words. */
static void deny(struct claim *c, const char *error)
{
	char why[sizeof c->denied];

	snprintf(why, sizeof why, "%s (run: skewctl setup-db | sudo mariadb)", error);
	claim_drop_order(c, why);
	if (strcmp(why, c->denied) != 0)
		claim_note(c, SEVERITY_WARNING, "no node can be taken out of work: %s", why);
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
	claim_explain(c);
}

static void on_changed(void *arg, const struct db_result *result)
{
	struct claim *c = arg;

	switch (result->end) {
	case DB_LATE:
		claim_note(c, SEVERITY_NOTICE,
			"the cluster has not answered about a claim yet: it is waited for");
		return;
	case DB_LOST:
	case DB_SHUT:
		claim_lose(c);
		return;
	case DB_REFUSED:
		regard_refusal(c, result);
		return;
	case DB_DONE:
		c->changing = false;
		c->denied[0] = '\0';
		c->pause = AGAIN_AFTER;
		claim_read(c);
		return;
	}
}

static void send(struct claim *c, const char *sql)
{
	c->busy = true;
	db_query(c->db, sql, CARRIED_OUT_WITHIN, on_changed, c);
}

/* ---- what is to be done ---- */

static bool wants_to_claim(const struct claim *c)
{
	return claim_want_now(c) == WANT_ON && !c->held && !c->hold.on && !wsrep_rejects(&c->server) &&
	       (spare_allows(&c->spare) || claim_is_out(c));
}

static bool send_claim(struct claim *c)
{
	struct ledger_claim claim = { .node = "" };
	char sql[DB_SQL_SIZE];

	if (!claim_new_token(&claim.token))
		return false;
	snprintf(claim.node, sizeof claim.node, "%s", claim_own_name(c));
	c->token = claim.token;
	c->changing = true;
	ledger_claim_sql(sql, c->ledger.version, &claim, c->reason);
	send(c, sql);
	claim_change(c, false);
	return true;
}

/* Also one that came late, when the node cannot be spared any more. */
static bool wants_to_give_back(const struct claim *c)
{
	enum want want = claim_want_now(c);

	/* While it catches up the node is not at work yet, and others count on those that are. */
	return claim_own(c) && !claim_is_out(c) && c->server.local_state == WSREP_SYNCED &&
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
	claim_change(c, false);
	if (!wants_to_give_back(c)) {
		c->changing = false;
		return false;
	}
	/* Should the row be there afterwards, it may yet be taken away: it is not this one any more. */
	c->token = 0;
	ledger_give_back_sql(sql, c->ledger.version, claim_own_name(c));
	send(c, sql);
	return true;
}

static bool send_order(struct claim *c)
{
	char sql[DB_SQL_SIZE];

	claim_order_sql(c, sql);
	send(c, sql);
	return true;
}

bool claim_act(struct claim *c)
{
	if (!claim_can_write(c))
		return false;
	if (c->order != ORDER_NONE)
		return send_order(c);
	if (wants_to_claim(c))
		return send_claim(c);
	return wants_to_give_back(c) && send_give_back(c);
}
