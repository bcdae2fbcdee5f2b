#include "galera.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/clock.h"
#include "../text/jvalue.h"
#include "claim.h"
#include "measure.h"

#define LOOK_EVERY span_s(1)
#define LOOK_OFTEN span_ms(200)

/* The fence looks at what the one before it does. */
static const struct measure_kind *const kinds[] = { &desync_measure, &fence_measure };

enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct galera {
	struct action_env env;
	struct db_place place;
	struct look *look;
	struct allowance *allowance;           /* NULL: for a release */
	struct measure *measures[KINDS];       /* NULL: not configured, and nothing of it is left */
	struct claim *claim;                   /* NULL: nobody asks for claims */
	struct wanted wanted;                  /* as it was told last */
	bool held, held_told, hold, hold_told; /* as told last, once it was, */
	uint64_t hold_token;                   /* and which hold it was */

	enum look_state state;
	char why[DB_ERROR_SIZE + 64];
	bool ever_seen;
	struct wsrep seen; /* the latest, even if it is not up any more */
	struct mono seen_at;
};

static void push(struct galera *g);

/* ---- what is seen ---- */

static void pace(struct galera *g)
{
	bool hurries = false;

	for (size_t i = 0; i < KINDS; i++)
		hurries = hurries || (g->measures[i] && measure_hurries(g->measures[i]));
	look_every(g->look, hurries ? LOOK_OFTEN : LOOK_EVERY);
}

/* Each change is told once, not each attempt. */
static void note_change(struct galera *g, enum look_state state, const char *why)
{
	static const char *const texts[] = {
		[LOOK_UP] = "mariadbd answers again",
		[LOOK_AWAY] = "mariadbd is away: ",
		[LOOK_HUNG] = "mariadbd hangs: ",
	};
	char text[512];

	if (state == g->state || (state == LOOK_UP && g->state == LOOK_BEGINS))
		return;
	snprintf(text, sizeof text, "%s%s", texts[state], why);
	g->env.note(g->env.arg, state == LOOK_UP ? SEVERITY_NOTICE : SEVERITY_WARNING, text);
}

static void on_look(void *arg, enum look_state state, const struct wsrep *seen, const char *why)
{
	struct galera *g = arg;

	note_change(g, state, why);
	g->state = state;
	snprintf(g->why, sizeof g->why, "%s", why);
	if (state == LOOK_UP) {
		g->ever_seen = true;
		g->seen = *seen;
		g->seen_at = clock_mono();
	}
	if (g->claim)
		claim_looked(g->claim, seen);
	for (size_t i = 0; i < KINDS; i++)
		if (g->measures[i])
			measure_looked(g->measures[i], state, seen, why);
	push(g);
}

/* ---- claims and holds ---- */

static bool is_clear(const struct galera *g)
{
	for (size_t i = 0; i < KINDS; i++)
		if (g->measures[i] && !measure_clear(g->measures[i]))
			return false;
	return true;
}

static bool is_out(void *arg)
{
	return !is_clear(arg);
}

static void tell_claim(struct galera *g)
{
	bool held = claim_held(g->claim);

	if (g->held_told && g->held == held)
		return;
	g->held_told = true;
	g->held = held;
	g->env.claim(g->env.arg, held);
}

/* One hold may follow another, with another end. */
static bool is_told(const struct galera *g, const struct ledger_hold *hold)
{
	return g->hold_told && g->hold == (hold != NULL) && (!hold || g->hold_token == hold->token);
}

static void tell_hold(struct galera *g)
{
	const struct ledger_hold *hold = claim_hold(g->claim);
	char reason[256];

	if (!g->env.hold || !claim_known(g->claim) || is_told(g, hold))
		return;
	g->hold_told = true;
	g->hold = hold != NULL;
	g->hold_token = hold ? hold->token : 0;
	snprintf(reason, sizeof reason, "on all nodes, by %s%s%s", hold ? hold->node : "",
		hold && hold->reason[0] ? ": " : "", hold ? hold->reason : "");
	g->env.hold(g->env.arg, hold != NULL, hold ? claim_hold_left(g->claim) : SPAN_ZERO, reason);
}

static void on_claim(void *arg)
{
	struct galera *g = arg;

	tell_claim(g);
	tell_hold(g);
	push(g);
}

/* ---- the driver ---- */

static bool is_configured(const struct conf *conf)
{
	return conf_acts(conf);
}

static void stop(void *self)
{
	struct galera *g = self;

	for (size_t i = 0; i < KINDS; i++)
		measure_free(g->measures[i]);
	claim_free(g->claim);
	allowance_free(g->allowance);
	look_free(g->look);
	free(g);
}

/* It is latched, or its disk is full: one who may not leave, or could not remember it. */
static bool is_barred(const struct galera *g)
{
	enum allowance_state state = g->allowance ? allowance_state(g->allowance) : ALLOWANCE_OPEN;

	return state == ALLOWANCE_LATCHED || state == ALLOWANCE_FAILED;
}

/* Who does not leave needs no claim to it, which others may need. */
static void want_claim(struct galera *g)
{
	bool idle = is_barred(g) && is_clear(g);

	if (g->claim)
		claim_want(g->claim, idle ? WANT_OFF : g->wanted.claim, g->wanted.reason);
}

static void on_allowance(void *arg)
{
	struct galera *g = arg;

	want_claim(g);
	for (size_t i = 0; i < KINDS; i++)
		if (g->measures[i])
			measure_again(g->measures[i]);
	pace(g);
}

static bool is_recorded(const struct galera *g, const struct measure_kind *kind)
{
	const struct statefile place = { .dir = g->env.conf->state, .name = kind->record };
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	return ownership_read(&place, &record, error) != OWNERSHIP_NONE;
}

/* What is ours and not configured any more is given back. */
static void note_retired(struct galera *g, const struct measure_kind *kind)
{
	char text[256];

	snprintf(text, sizeof text, "galera.measures has no %s any more: what is ours of %s is given back",
		kind->record + strlen("galera-"), kind->variable);
	g->env.note(g->env.arg, SEVERITY_NOTICE, text);
}

static bool start_measure(struct galera *g, size_t i, struct measure_setup *setup)
{
	setup->kind = kinds[i];
	setup->beside = i > 0 ? g->measures[0] : NULL;
	g->measures[i] = measure_new(setup);
	return g->measures[i];
}

static bool start_measures(struct galera *g)
{
	struct measure_setup setup = {
		.env = &g->env, .place = g->place, .look = g->look, .allowance = g->allowance
	};

	for (size_t i = 0; i < KINDS; i++) {
		setup.retired = !(conf_leaves(g->env.conf) & kinds[i]->measure);
		if (setup.retired && !is_recorded(g, kinds[i]))
			continue;
		if (setup.retired)
			note_retired(g, kinds[i]);
		if (!start_measure(g, i, &setup))
			return false;
		if (measure_begun(g->measures[i]))
			allowance_resume(g->allowance);
	}
	return true;
}

/* Without anybody who asks for one there is none, and nothing needs it. */
static bool start_claim(struct galera *g)
{
	const struct claim_owner owner = { .changed = on_claim, .out = is_out, .arg = g };

	if (!g->env.claim)
		return true;
	g->claim = claim_new(&g->env, &g->place, &owner);
	return g->claim != NULL;
}

static struct galera *make(const struct action_env *env, const char *user)
{
	struct galera *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->env = *env;
	g->place = (struct db_place){ .socket = env->conf->galera.socket, .user = user };
	g->look = look_new(env->loop, &g->place, on_look, g);
	if (g->look)
		return g;
	free(g);
	return NULL;
}

static void *start(const struct action_env *env)
{
	struct galera *g = make(env, env->conf->galera.user);

	if (!g)
		return NULL;
	g->allowance =
		allowance_new(env->loop, env->conf->state, env->conf->galera.max_per_day, on_allowance, g);
	if (g->allowance && start_measures(g) && start_claim(g))
		return g;
	stop(g);
	return NULL;
}

void *galera_start_release(const struct action_env *env, const char *user, enum conf_measure measure)
{
	struct galera *g = make(env, user);
	struct measure_setup setup = { .env = &g->env, .look = g ? g->look : NULL, .adopt = true };

	if (!g)
		return NULL;
	setup.place = g->place;
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i]->measure == measure && start_measure(g, i, &setup))
			return g;
	stop(g);
	return NULL;
}

/*
 * What the measures are to do. Each holds and claims in the same breath: what the core was told of a claim may be older
 * than what is known here. Nothing is undone either before it is known whether somebody holds all nodes.
 */
static enum want leave_now(const struct galera *g)
{
	const struct wanted *wanted = &g->wanted;

	if (!g->claim || wanted->released)
		return wanted->leave;
	if (claim_hold(g->claim) || !claim_known(g->claim))
		return WANT_KEEP;
	if (wanted->leave == WANT_ON && !g->env.conf->galera.dry_run && !claim_held(g->claim))
		return WANT_KEEP;
	return wanted->leave;
}

/* Until the core knows of a claim it does not ask for more than that. */
static const char *waits_for(const struct galera *g)
{
	if (!g->claim)
		return "";
	if (claim_held(g->claim) && g->wanted.claim == WANT_ON && g->wanted.leave == WANT_KEEP)
		return "a claim to leave work is held";
	return claim_waits(g->claim);
}

static void push(struct galera *g)
{
	const char *waits = waits_for(g);
	struct wanted wanted = g->wanted;

	wanted.leave = leave_now(g);
	if (wanted.leave == WANT_OFF && g->allowance)
		allowance_end(g->allowance);
	for (size_t i = 0; i < KINDS; i++) {
		if (!g->measures[i])
			continue;
		/* In the order in which nothing in between is worth telling. */
		if (*waits)
			measure_waits(g->measures[i], waits);
		measure_want(g->measures[i], &wanted);
		if (!*waits)
			measure_waits(g->measures[i], waits);
	}
	pace(g);
}

static void want(void *self, const struct wanted *wanted)
{
	struct galera *g = self;

	g->wanted = *wanted;
	want_claim(g);
	push(g);
}

static bool order(void *self, const struct action_order *order, char *text, size_t room)
{
	struct galera *g = self;
	struct ledger_hold hold = { .on = order->kind == ORDER_HOLD_ALL };

	if (!g->claim) {
		snprintf(text, room, "there are no claims here");
		return false;
	}
	if (order->kind == ORDER_END_A_CLAIM)
		return claim_end(g->claim, order->node, text, room);
	if (hold.on) {
		hold.for_s =
			order->for_span.ns == SPAN_MAX.ns ? 0 : (uint64_t)(order->for_span.ns / NS_PER_S);
		snprintf(hold.reason, sizeof hold.reason, "%s", order->reason);
	}
	return claim_set_hold(g->claim, &hold, text, room);
}

bool galera_claim_left(const void *self)
{
	const struct galera *g = self;

	return g->claim && claim_known(g->claim) && !claim_free_of(g->claim);
}

static void unhold(void *self)
{
	struct galera *g = self;

	allowance_lift(g->allowance);
	want_claim(g);
	for (size_t i = 0; i < KINDS; i++)
		if (g->measures[i])
			measure_unhold(g->measures[i]);
	pace(g);
}

/* ---- the status ---- */

static json_t *connection_json(const struct galera *g)
{
	static const char *const words[] = {
		[LOOK_BEGINS] = "connecting",
		[LOOK_UP] = "up",
		[LOOK_AWAY] = "away: ",
		[LOOK_HUNG] = "hung: ",
	};
	char text[512];

	snprintf(text, sizeof text, "%s%s", words[g->state], g->why);
	return jvalue_text(text);
}

static bool anything_ours(const struct galera *g)
{
	bool ours = false;

	for (size_t i = 0; i < KINDS; i++)
		ours = ours || (g->measures[i] && measure_ours(g->measures[i]));
	return ours;
}

static json_t *flow_control_json(const struct wsrep *seen)
{
	json_t *json = json_object();

	jvalue_put(json, "active", json_boolean(seen->flow_active));
	jvalue_put(json, "paused", jvalue_real(strtod(seen->flow_paused, NULL)));
	jvalue_put(json, "sent", jvalue_count(seen->flow_sent));
	jvalue_put(json, "received", jvalue_count(seen->flow_received));
	return json;
}

static void put_seen(json_t *json, const struct galera *g)
{
	const struct wsrep *seen = &g->seen;

	jvalue_put(json, "age_s", jvalue_span(mono_sub(clock_mono(), g->seen_at)));
	jvalue_put(json, "node_name", jvalue_text(seen->node_name));
	jvalue_put(json, "version", jvalue_text(seen->version));
	jvalue_put(json, "cluster_status", jvalue_text(seen->cluster_status));
	jvalue_put(json, "cluster_size", jvalue_count(seen->cluster_size));
	jvalue_put(json, "cluster_uuid", jvalue_text(seen->cluster_uuid));
	/* Outside a primary component there is none. */
	jvalue_put(json, "view", seen->view <= INT64_MAX ? jvalue_count(seen->view) : json_null());
	jvalue_put(json, "incarnation", jvalue_text(seen->incarnation));
	jvalue_put(json, "ready", json_boolean(seen->ready));
	jvalue_put(json, "local_state", jvalue_count(seen->local_state));
	jvalue_put(json, "local_state_comment", jvalue_text(seen->local_state_comment));
	jvalue_put(json, "desync_count", jvalue_count(seen->desync_count));
	jvalue_put(json, "desync_variable", json_boolean(seen->desync_variable));
	jvalue_put(json, "reject_queries", jvalue_text(seen->reject_queries));
	jvalue_put(json, "replicas_connected", jvalue_text(seen->replicas_connected));
	jvalue_put(json, "replicas_running", jvalue_text(seen->replicas_running));
	jvalue_put(json, "segment", jvalue_count(seen->segment));
	jvalue_put(json, "flow_control", flow_control_json(seen));
}

static json_t *status(const void *self)
{
	const struct galera *g = self;
	json_t *json = json_object();

	if (!json)
		return NULL;
	jvalue_put(json, "connection", connection_json(g));
	jvalue_put(json, "socket", jvalue_text(look_place(&g->place).socket));
	jvalue_put(json, "user", jvalue_text(g->place.user));
	jvalue_put(json, "dry_run", json_boolean(g->env.conf->galera.dry_run));
	jvalue_put(json, "ours", json_boolean(anything_ours(g)));
	if (g->allowance) {
		jvalue_put(json, "used_today", jvalue_count(allowance_used(g->allowance)));
		jvalue_put(json, "max_per_day", jvalue_count(g->env.conf->galera.max_per_day));
	}
	if (g->ever_seen)
		put_seen(json, g);
	if (g->claim)
		claim_put(json, g->claim);
	return json;
}

enum told_database galera_told(const void *self)
{
	const struct galera *g = self;

	if (g->state == LOOK_BEGINS)
		return TOLD_DATABASE_NOT;
	return told_database(g->state == LOOK_UP, &g->seen);
}

const struct measure_kind *galera_kind(size_t i)
{
	return i < KINDS ? kinds[i] : NULL;
}

const struct action_driver galera_driver = {
	.name = "galera",
	.configured = is_configured,
	.start = start,
	.want = want,
	.order = order,
	.unhold = unhold,
	.status = status,
	.stop = stop,
};
