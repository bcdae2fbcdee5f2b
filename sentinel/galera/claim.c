#include "claim_impl.h"

#include <stdio.h>
#include <stdlib.h>

#define READ_EVERY span_s(2)
#define READ_OFTEN span_ms(500)

const char *claim_own_name(const struct claim *c)
{
	return c->env->conf->node;
}

const struct ledger_claim *claim_own(const struct claim *c)
{
	return c->have_ledger ? ledger_find(&c->ledger, claim_own_name(c)) : NULL;
}

/* It takes a Primary to write anything. */
bool claim_can_write(const struct claim *c)
{
	return c->up && wsrep_primary(&c->server) && c->server.ready && c->have_ledger;
}

bool claim_is_out(const struct claim *c)
{
	return c->owner.out(c->owner.arg);
}

/* A node that is not to leave work, as it is configured by now, has no use for a claim that it made before. */
enum want claim_want_now(const struct claim *c)
{
	const struct conf *conf = c->env->conf;

	return c->env->claim && (conf->galera.dry_run || !conf_leaves(conf)) ? WANT_OFF : c->want;
}

/* ---- is it held? ---- */

void claim_change(struct claim *c, bool held)
{
	if (held != c->held)
		claim_tell_held(c, held);
	c->held = held;
	claim_explain(c);
	c->owner.changed(c->owner.arg);
}

/*
 * From before a restart, where our fence is in force: it cannot be made anew, and is not given back while anything of ours
 * is, so nothing that was sent then can still take it away.
 */
static bool is_held_from_before(const struct claim *c)
{
	return !c->token && c->up && wsrep_rejects(&c->server) && claim_is_out(c);
}

/* While nothing of ours is in force the members decide again: they may have changed since it was written. */
static bool is_held(const struct claim *c)
{
	const struct ledger_claim *mine = claim_own(c);

	if (c->changing || !mine)
		return false;
	if (is_held_from_before(c))
		return true;
	return c->token && mine->token == c->token && (spare_allows(&c->spare) || claim_is_out(c));
}

static void rest(struct claim *c)
{
	enum want want = claim_want_now(c);
	bool hurries =
		c->order != ORDER_NONE || (want == WANT_ON && !c->held) || (want == WANT_OFF && claim_own(c));

	c->busy = false;
	timer_set(c->timer, hurries ? READ_OFTEN : READ_EVERY);
}

/* All has been read. */
void claim_think(struct claim *c)
{
	c->known = true;
	c->retry = RETRY_FIRST;
	claim_follow_order(c);
	claim_follow_hold(c);
	claim_end_hold_over(c);
	claim_tell_listed(c);
	claim_change(c, is_held(c));
	if (!claim_act(c))
		rest(c);
}

/* ---- beginning and end ---- */

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
	c->timer = timer_new(env->loop, claim_on_timer, c);
	if (!c->timer) {
		free(c);
		return NULL;
	}
	timer_set(c->timer, SPAN_ZERO);
	claim_warn_of_too_few(c);
	return c;
}

void claim_free(struct claim *c)
{
	if (!c)
		return;
	claim_drop_order(c,
		"it was not done before the end (a stop, a reload, or its time was over); ask for it again");
	db_close(c->db);
	timer_free(c->timer);
	free(c);
}

void claim_hurry(struct claim *c)
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
	claim_explain(c);
	if (want != WANT_KEEP)
		claim_hurry(c);
}

void claim_looked(struct claim *c, const struct wsrep *server)
{
	c->up = server != NULL;
	if (server)
		c->server = *server;
	/* Done whenever this node is back, it would meet with what others have asked for meanwhile. */
	if (!server)
		claim_drop_order(c, "the database here does not answer any more; ask for it again");
	else if (!wsrep_primary(server))
		claim_drop_order(c, "the database here is not Primary any more; ask for it again");
}

/* ---- what the driver may know ---- */

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
	return claim_can_write(c) || (c->up && wsrep_primary(&c->server) && c->server.ready && c->no_ledger);
}

bool claim_free_of(const struct claim *c)
{
	return c->known && !c->changing && !claim_own(c);
}

bool claim_of(const struct claim *c, const char *node)
{
	return ledger_find(&c->ledger, node) != NULL;
}

const char *claim_waits(const struct claim *c)
{
	return c->waits;
}
