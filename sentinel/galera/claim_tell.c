#include "claim_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../text/jvalue.h"

void claim_note(struct claim *c, enum severity severity, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	c->env->note(c->env->arg, severity, text);
}

static void explain_fault(struct claim *c, const char *fault)
{
	snprintf(c->waits, sizeof c->waits, "no claim to leave work: %.*s", (int)sizeof c->waits - 32, fault);
}

/* What a claim that is wanted waits for. */
void claim_explain(struct claim *c)
{
	char *out = c->waits;
	size_t room = sizeof c->waits;
	const struct spare *spare = &c->spare;

	out[0] = '\0';
	if (claim_want_now(c) != WANT_ON || c->held)
		return;
	if (c->hold.on)
		snprintf(out, room, "%s holds the actions of all nodes", c->hold.node);
	else if (c->fault[0])
		explain_fault(c, c->fault);
	else if (!claim_can_write(c))
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

void claim_tell_held(struct claim *c, bool held)
{
	if (held)
		claim_note(c, SEVERITY_NOTICE, "%s holds a claim to leave work", claim_own_name(c));
	else if (!c->changing && claim_own(c))
		claim_note(c, SEVERITY_NOTICE, "%s cannot be spared any more, and does not use its claim",
			claim_own_name(c));
	else if (!c->changing)
		claim_note(c, SEVERITY_WARNING, "the claim of %s to leave work was ended by somebody else",
			claim_own_name(c));
}

void claim_tell_listed(struct claim *c)
{
	bool listed = claim_own(c) != NULL;

	if (c->listed && !listed && !c->token)
		claim_note(
			c, SEVERITY_NOTICE, "%s has given back its claim to leave work", claim_own_name(c));
	c->listed = listed;
}

void claim_tell_fault(struct claim *c)
{
	if (c->fault[0] && strcmp(c->fault, c->told_fault) != 0)
		claim_note(c, SEVERITY_WARNING, "no node can be taken out of work: %s", c->fault);
	snprintf(c->told_fault, sizeof c->told_fault, "%s", c->fault);
}

/* Said at start: with so few nodes it is as good as no configuration. */
void claim_warn_of_too_few(struct claim *c)
{
	unsigned nodes = conf_data_nodes(c->env->conf), stay = conf_min_synced(c->env->conf);

	if (stay < nodes || c->env->conf->galera.dry_run || !c->env->claim)
		return;
	claim_note(c, SEVERITY_WARNING,
		"no node is ever taken out of work: of %u data node%s in `peers` %u ha%s to stay at work "
		"(galera.min_synced%s)",
		nodes, nodes == 1 ? "" : "s", stay, stay == 1 ? "s" : "ve",
		nodes == 2 ? "; with two, 1 lets one leave" : "");
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
