#include "claim_impl.h"

#include <stdio.h>
#include <sys/random.h>

#include "../host/clock.h"

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
void claim_follow_hold(struct claim *c)
{
	const struct ledger_hold *now = &c->ledger.hold;

	if (now->on && (!c->hold.on || c->hold.token != now->token))
		c->hold_seen = clock_mono();
	c->hold = *now;
}

/* One whose time is over is taken away by whoever sees it. */
void claim_end_hold_over(struct claim *c)
{
	if (!c->hold.on || claim_hold_left(c).ns > 0 || c->order != ORDER_NONE)
		return;
	c->order = ORDER_UNHOLD;
	c->order_hold = c->hold;
}

/* ---- what is under way ---- */

/* An operator who was told that it will be done hears that it is not. */
void claim_drop_order(struct claim *c, const char *why)
{
	static const char *const whats[] = {
		[ORDER_END_CLAIM] = "the end of a claim to leave work",
		[ORDER_HOLD] = "the hold on all nodes",
		[ORDER_UNHOLD] = "the end of the hold on all nodes",
	};

	if (c->order != ORDER_NONE && c->asked)
		claim_note(c, SEVERITY_WARNING, "not done, as far as is known: %s: %s", whats[c->order], why);
	c->order = ORDER_NONE;
	c->asked = false;
}

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

void claim_follow_order(struct claim *c)
{
	char what[160];

	if (!is_done(c, what, sizeof what))
		return;
	claim_note(c, SEVERITY_NOTICE, "%s", what);
	c->order = ORDER_NONE;
	c->asked = false;
}

void claim_order_sql(const struct claim *c, char sql[DB_SQL_SIZE])
{
	if (c->order == ORDER_END_CLAIM)
		ledger_end_claim_sql(sql, &c->order_claim);
	else if (c->order == ORDER_HOLD)
		ledger_hold_sql(sql, &c->order_hold);
	else
		ledger_unhold_sql(sql, c->order_hold.token);
}

/* ---- what is asked for ---- */

static bool takes_orders(const struct claim *c, char *text, size_t room)
{
	if (!claim_can_write(c))
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

bool claim_new_token(uint64_t *token)
{
	*token = 0;
	return getrandom(token, sizeof *token, 0) == (ssize_t)sizeof *token && *token;
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
	claim_hurry(c);
	return true;
}

bool claim_set_hold(struct claim *c, const struct ledger_hold *hold, char *text, size_t room)
{
	struct ledger_hold order = *hold;

	if (!takes_orders(c, text, room))
		return false;
	if (hold->on && !claim_new_token(&order.token)) {
		snprintf(text, room, "the kernel gives no random numbers");
		return false;
	}
	/* The one that was seen, and no other that comes in between. */
	if (!hold->on)
		order.token = c->ledger.hold.on ? c->ledger.hold.token : 0;
	snprintf(order.node, sizeof order.node, "%s", claim_own_name(c));
	c->order_hold = order;
	c->order = hold->on ? ORDER_HOLD : ORDER_UNHOLD;
	c->asked = true;
	claim_hurry(c);
	return true;
}
