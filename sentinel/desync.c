/*
 * The measure "desync": takes a node out of flow control and of donor duty (SET GLOBAL wsrep_desync).
 *
 * Ours is in force while the variable reads 1 and wsrep_desync_count is not 0. The variable alone may be a
 * leftover (wsrep.h); the count alone is a backup's, a state transfer's or FLUSH TABLES WITH READ LOCK's.
 * Setting the variable to what it is already does nothing, so that giving back never takes away more than the
 * one desync that a SET made.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"

/* What to do next, and what to tell. */
static struct measure_choice choose(enum measure_act act, enum action_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct measure_choice choose(enum measure_act act, enum action_state state, const char *format, ...)
{
	struct measure_choice choice = { .act = act, .state = state };
	va_list args;

	va_start(args, format);
	vsnprintf(choice.detail, sizeof choice.detail, format, args);
	va_end(args);
	return choice;
}

static struct measure_choice with_phase(struct measure_choice choice, enum ownership_phase phase)
{
	choice.act = ACT_RECORD;
	choice.phase = phase;
	return choice;
}

static bool in_force(const struct wsrep *server)
{
	return server && server->desync_variable && server->desync_count > 0;
}

/* The group forgot a desync that the variable still tells of. */
static bool leftover(const struct wsrep *server)
{
	return server->desync_variable && server->desync_count == 0;
}

static bool to_be_set(const struct measure_facts *f)
{
	return f->want == WANT_ON && !f->dry_run;
}

/* Or may be, or is about to be. */
static bool ours(const struct measure_facts *f)
{
	return f->record && f->record->phase != OWNERSHIP_LIFTED;
}

/* What the record says of ours. */
static const char *verb(const struct measure_facts *f)
{
	return f->record->phase == OWNERSHIP_INTENT ? "was being set" : "was set";
}

static bool settled(const struct measure_facts *f)
{
	return f->change == CHANGE_SETTLED;
}

/*
 * Never "active" once it is to be given back: that would tell the core of a reason that it knows to be gone.
 */
static enum action_state active_or_pending(const struct measure_facts *f)
{
	return f->want == WANT_OFF ? ACTION_PENDING : ACTION_ACTIVE;
}

static struct measure_choice setting(const struct measure_facts *f, enum measure_act act)
{
	if (f->busy)
		return choose(act, ACTION_PENDING,
			"an earlier SET GLOBAL wsrep_desync of ours is still on its way in the server: "
			"nothing is sent "
			"before it is over");
	return choose(act, ACTION_PENDING, "wsrep_desync=ON is being set");
}

static struct measure_choice clearing(const struct measure_facts *f, enum measure_act act)
{
	if (f->busy)
		return setting(f, act);
	return choose(act, ACTION_PENDING, "wsrep_desync is being given back");
}

/* ---- where nothing can be done ---- */

/* Why there is nothing to be seen; `why` follows. */
static const char *unseen_word(const struct measure_facts *f)
{
	static const char *const words[] = {
		[LOOK_BEGINS] = "mariadbd is being asked",
		[LOOK_UP] = "",
		[LOOK_AWAY] = "mariadbd is away: ",
		[LOOK_HUNG] = "mariadbd hangs: ",
	};

	return words[f->look];
}

static struct measure_choice damaged(const struct measure_facts *f)
{
	if (!f->adopt)
		return choose(ACT_NONE, ACTION_FAILED,
			"%s; nothing is touched: stop skew-sentinel and run: skewctl release", f->damage);
	if (!f->server)
		return choose(ACT_NONE, ACTION_PENDING, "%s, and %s%s", f->damage, unseen_word(f), f->why);
	if (in_force(f->server))
		return with_phase(clearing(f, ACT_RECORD), OWNERSHIP_SET);
	return choose(ACT_FORGET, ACTION_PENDING, "%s, and wsrep_desync is not set", f->damage);
}

static struct measure_choice in_flight(const struct measure_facts *f)
{
	bool on = f->record && f->record->phase == OWNERSHIP_INTENT;

	if (!f->late)
		return on ? setting(f, ACT_NONE) : clearing(f, ACT_NONE);
	if (on && in_force(f->server))
		return choose(ACT_NONE, active_or_pending(f),
			"wsrep_desync=ON is in force, though its SET has not been answered yet");
	return choose(ACT_NONE, ACTION_PENDING,
		"the server has not answered SET GLOBAL wsrep_desync=%s yet; it is not sent again",
		on ? "ON" : "OFF");
}

/*
 * What can be said of the record alone. A server that hangs still has what was set; one that is away may come
 * back without it, and at the start it is not known yet.
 */
static struct measure_choice unseen(const struct measure_facts *f)
{
	const char *word = unseen_word(f);
	const char *why = f->why;

	if (ours(f)) {
		if (f->want == WANT_OFF)
			return choose(ACT_NONE, ACTION_PENDING, "wsrep_desync is to be given back, but %s%s",
				word, why);
		return choose(ACT_NONE, f->look == LOOK_HUNG ? ACTION_ACTIVE : ACTION_PENDING,
			"wsrep_desync=ON %s by us; %s%s", verb(f), word, why);
	}
	if (f->want == WANT_ON)
		return choose(ACT_NONE, ACTION_PENDING, "wsrep_desync=ON is to be set, but %s%s", word, why);
	return choose(ACT_NONE, ACTION_IDLE, "%s%s", word, why);
}

static struct measure_choice no_member(const struct measure_facts *f)
{
	const char *status = f->server->cluster_status;

	if (ours(f))
		return choose(ACT_NONE, in_force(f->server) ? active_or_pending(f) : ACTION_PENDING,
			"wsrep_desync=ON %s by us; this node is %s and left alone until it is Primary",
			verb(f), status);
	if (f->want != WANT_ON)
		return choose(ACT_NONE, ACTION_IDLE, "this node is %s", status);
	if (!f->server->incarnation[0])
		return choose(
			ACT_NONE, ACTION_FAILED, "mariadbd runs without Galera (wsrep_on, wsrep_provider)");
	return choose(ACT_NONE, ACTION_PENDING, "this node is %s and left alone until it is Primary", status);
}

static struct measure_choice other_server(const struct measure_facts *f)
{
	return choose(ACT_FORGET, f->want == WANT_ON ? ACTION_PENDING : ACTION_IDLE,
		"mariadbd was restarted, which ended our wsrep_desync=ON");
}

/* ---- nothing is ours ---- */

static struct measure_choice idle(const struct wsrep *server)
{
	if (server->desync_count > 0)
		return choose(ACT_NONE, ACTION_IDLE, "desynced by %s",
			server->desync_variable
				? "somebody's SET GLOBAL wsrep_desync=ON"
				: "a backup, a state transfer or FLUSH TABLES WITH READ LOCK");
	if (server->local_state != WSREP_SYNCED)
		return choose(ACT_NONE, ACTION_IDLE, "this node is %s until it has caught up",
			server->local_state_comment);
	return choose(ACT_NONE, ACTION_IDLE, "%s", "");
}

static struct measure_choice none(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;

	if (f->want != WANT_ON)
		return idle(server);
	if (f->dry_run)
		return choose(ACT_NONE, ACTION_DRY_RUN, "would set wsrep_desync=ON: %s", f->reason);
	if (wsrep_desynced(server))
		return choose(ACT_NONE, ACTION_PENDING,
			"this node is desynced already by %s: nothing is set, and theirs is left alone",
			server->desync_variable
				? "somebody's SET GLOBAL wsrep_desync=ON"
				: "a backup, a state transfer or FLUSH TABLES WITH READ LOCK");
	if (server->local_state != WSREP_SYNCED)
		return choose(ACT_NONE, ACTION_PENDING,
			"wsrep_desync=ON is to be set once this node is Synced (it is %s)",
			server->local_state_comment);
	if (!settled(f))
		return setting(f, ACT_SETTLE);
	return with_phase(setting(f, ACT_RECORD), OWNERSHIP_INTENT);
}

/* ---- something is, or was, or will be ---- */

/* When partitions heal, and at later changes of the membership, the group forgets a desync. */
static struct measure_choice ended(void)
{
	return choose(ACT_NONE, ACTION_PENDING,
		"our wsrep_desync=ON ended when the cluster's membership changed; it is not set again for "
		"now");
}

/* Only the one SET that this record stands for can have made the variable 1: it was 0 before. */
static struct measure_choice intended(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;

	if (in_force(server))
		return with_phase(setting(f, ACT_RECORD), OWNERSHIP_SET);
	if (leftover(server) && f->want == WANT_KEEP)
		return ended();
	if (!settled(f))
		return f->want == WANT_ON ? setting(f, ACT_SETTLE) : clearing(f, ACT_SETTLE);
	/* ON would do nothing as long as the variable reads 1. */
	if (leftover(server))
		return setting(f, f->steady ? ACT_SET_OFF : ACT_WATCH);
	if (to_be_set(f) && !wsrep_desynced(server) && server->local_state == WSREP_SYNCED)
		return setting(f, ACT_SET_ON);
	return clearing(f, ACT_FORGET);
}

static struct measure_choice forgotten(const struct measure_facts *f)
{
	if (f->want == WANT_OFF)
		return with_phase(clearing(f, ACT_RECORD), OWNERSHIP_CLEARING);
	if (f->server->view == f->record->view)
		return choose(ACT_NONE, ACTION_FAILED,
			"our wsrep_desync=ON ended though nobody joined or left: it is not set again (see "
			"the server's log)");
	if (!to_be_set(f))
		return ended();
	return with_phase(setting(f, ACT_RECORD), OWNERSHIP_INTENT);
}

static struct measure_choice set(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;

	if (in_force(server)) {
		if (f->want != WANT_OFF)
			return choose(ACT_NONE, ACTION_ACTIVE, "wsrep_desync=ON, set by us: this node is %s",
				server->local_state_comment);
		return settled(f) ? with_phase(clearing(f, ACT_RECORD), OWNERSHIP_CLEARING)
				  : clearing(f, ACT_SETTLE);
	}
	if (!f->steady)
		return choose(ACT_WATCH, active_or_pending(f), "wsrep_desync=ON, set by us: this node is %s",
			server->local_state_comment);
	if (leftover(server))
		return forgotten(f);
	if (f->want == WANT_OFF)
		return clearing(f, ACT_FORGET);
	return with_phase(setting(f, ACT_RECORD), OWNERSHIP_LIFTED);
}

static struct measure_choice given_back(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;

	if (!server->desync_variable) {
		if (server->desync_count == 0 || server->desync_count < f->record->count)
			return clearing(f, ACT_FORGET);
		return choose(ACT_WATCH, ACTION_PENDING,
			"wsrep_desync is given back: wsrep_desync_count has yet to fall from %llu",
			(unsigned long long)server->desync_count);
	}
	if (!settled(f))
		return clearing(f, ACT_SETTLE);
	if (f->want == WANT_OFF)
		return clearing(f, ACT_SET_OFF);
	return with_phase(setting(f, ACT_RECORD), OWNERSHIP_SET);
}

static struct measure_choice lifted(const struct measure_facts *f)
{
	if (f->want == WANT_OFF)
		return clearing(f, ACT_FORGET);
	return choose(ACT_NONE, ACTION_HELD,
		"somebody set wsrep_desync=OFF after us: it is not set again before the verdict has cleared");
}

static struct measure_choice decide(const struct measure_facts *f)
{
	static struct measure_choice (*const phases[OWNERSHIP_PHASES])(const struct measure_facts *) = {
		[OWNERSHIP_INTENT] = intended,
		[OWNERSHIP_SET] = set,
		[OWNERSHIP_CLEARING] = given_back,
		[OWNERSHIP_LIFTED] = lifted,
	};

	if (f->change == CHANGE_IN_FLIGHT)
		return in_flight(f);
	if (f->damage)
		return damaged(f);
	if (!f->server)
		return unseen(f);
	if (f->record && f->server->incarnation[0] && strcmp(f->record->server, f->server->incarnation) != 0)
		return other_server(f);
	if (!wsrep_primary(f->server) || !f->server->incarnation[0])
		return no_member(f);
	return f->record ? phases[f->record->phase](f) : none(f);
}

static enum want wanted_desync(const struct wanted *wanted)
{
	return wanted->leave;
}

const struct measure_kind desync_measure = {
	.measure = MEASURE_DESYNC,
	.record = "galera-desync",
	.sql = {
		.on = { "CALL skew_sentinel.desync(TRUE)", "SET GLOBAL wsrep_desync=ON" },
		.off = { "CALL skew_sentinel.desync(FALSE)", "SET GLOBAL wsrep_desync=OFF" },
	},
	.want = wanted_desync,
	.decide = decide,
};
