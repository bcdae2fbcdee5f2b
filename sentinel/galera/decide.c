#include "decide.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct measure_choice decide_choose(enum measure_act act, enum action_state state, const char *format, ...)
{
	struct measure_choice choice = { .act = act, .state = state };
	va_list args;

	va_start(args, format);
	vsnprintf(choice.detail, sizeof choice.detail, format, args);
	va_end(args);
	return choice;
}

struct measure_choice decide_phase(struct measure_choice choice, enum ownership_phase phase)
{
	choice.act = ACT_RECORD;
	choice.phase = phase;
	return choice;
}

bool decide_to_set(const struct measure_facts *f)
{
	return f->want == WANT_ON && !f->dry_run;
}

bool decide_settled(const struct measure_facts *f)
{
	return f->change == CHANGE_SETTLED;
}

enum action_state decide_active_or_pending(const struct measure_facts *f)
{
	return f->want == WANT_OFF ? ACTION_PENDING : ACTION_ACTIVE;
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

struct measure_choice decide_setting(const struct measure_facts *f, enum measure_act act)
{
	if (f->busy)
		return decide_choose(act, ACTION_PENDING,
			"an earlier SET GLOBAL %s of ours is still on its way in the server: nothing is sent "
			"before it is over",
			f->kind->variable);
	return decide_choose(act, ACTION_PENDING, "%s is being set", f->kind->setting);
}

struct measure_choice decide_clearing(const struct measure_facts *f, enum measure_act act)
{
	if (f->busy)
		return decide_setting(f, act);
	return decide_choose(act, ACTION_PENDING, "%s is being given back", f->kind->variable);
}

/* ---- leaves ---- */

bool decide_barred(const struct measure_facts *f, struct measure_choice *out)
{
	if (f->allowance == ALLOWANCE_LATCHED)
		*out = decide_choose(ACT_NONE, ACTION_LATCHED,
			"%.120s; nothing is set before: skewctl unhold", f->allowance_why);
	else if (f->allowance == ALLOWANCE_FAILED && f->want != WANT_OFF)
		*out = decide_choose(
			ACT_NONE, ACTION_FAILED, "%.*s", (int)sizeof out->detail - 1, f->allowance_why);
	else
		return false;
	return true;
}

bool decide_no_leave(const struct measure_facts *f, struct measure_choice *out)
{
	if (f->allowance == ALLOWANCE_GIVEN)
		return false;
	if (!decide_barred(f, out))
		*out = decide_setting(f, f->allowance == ALLOWANCE_OPEN ? ACT_ASK : ACT_NONE);
	return true;
}

/* ---- others ---- */

const char *decide_who_desynced(const struct measure_facts *f)
{
	bool ours_among_it = f->server->desync_variable && f->desync_is_ours;
	uint64_t others = f->server->desync_count;

	if (ours_among_it && others > 0)
		others--;
	else if (f->server->local_state == WSREP_DONOR_DESYNCED && others == 0)
		others = 1; /* a state transfer that is just beginning or ending */
	if (others == 0)
		return NULL;
	return f->server->desync_variable && !ours_among_it
		       ? "somebody's SET GLOBAL wsrep_desync=ON"
		       : "a backup, a state transfer or FLUSH TABLES WITH READ LOCK";
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
		return decide_choose(ACT_NONE, ACTION_FAILED,
			"%s; nothing is touched: stop skew-sentinel and run: skewctl release", f->damage);
	if (!f->server)
		return decide_choose(
			ACT_NONE, ACTION_PENDING, "%s, and %s%s", f->damage, unseen_word(f), f->why);
	if (f->kind->in_force(f->server))
		return decide_phase(decide_clearing(f, ACT_RECORD), OWNERSHIP_SET);
	return decide_choose(
		ACT_FORGET, ACTION_PENDING, "%s, and %s is not set", f->damage, f->kind->variable);
}

static struct measure_choice in_flight(const struct measure_facts *f)
{
	bool on = f->record && f->record->phase == OWNERSHIP_INTENT;

	if (!f->late)
		return on ? decide_setting(f, ACT_NONE) : decide_clearing(f, ACT_NONE);
	if (on && f->server && f->kind->in_force(f->server))
		return decide_choose(ACT_NONE, decide_active_or_pending(f),
			"%s is in force, though its SET has not been answered yet", f->kind->setting);
	return decide_choose(ACT_NONE, ACTION_PENDING,
		"the server has not answered SET GLOBAL %s yet; it is not sent again",
		on ? f->kind->setting : f->kind->clearing);
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
			return decide_choose(ACT_NONE, ACTION_PENDING, "%s is to be given back, but %s%s",
				f->kind->variable, word, why);
		return decide_choose(ACT_NONE, f->look == LOOK_HUNG ? ACTION_ACTIVE : ACTION_PENDING,
			"%s %s by us; %s%s", f->kind->setting, verb(f), word, why);
	}
	if (f->want == WANT_ON)
		return decide_choose(
			ACT_NONE, ACTION_PENDING, "%s is to be set, but %s%s", f->kind->setting, word, why);
	return decide_choose(ACT_NONE, ACTION_IDLE, "%s%s", word, why);
}

static struct measure_choice no_member(const struct measure_facts *f)
{
	const char *status = f->server->cluster_status;

	if (ours(f))
		return decide_choose(ACT_NONE,
			f->kind->in_force(f->server) ? decide_active_or_pending(f) : ACTION_PENDING,
			"%s %s by us; this node is %s and left alone until it is Primary", f->kind->setting,
			verb(f), status);
	if (f->want != WANT_ON)
		return decide_choose(ACT_NONE, ACTION_IDLE, "this node is %s", status);
	if (!f->server->incarnation[0])
		return decide_choose(
			ACT_NONE, ACTION_FAILED, "mariadbd runs without Galera (wsrep_on, wsrep_provider)");
	return decide_choose(
		ACT_NONE, ACTION_PENDING, "this node is %s and left alone until it is Primary", status);
}

/* Another server answers, or the same one after a restart: then what was set is gone. */
static struct measure_choice other_server(const struct measure_facts *f)
{
	if (strcmp(f->record->socket, f->socket) != 0)
		return decide_choose(ACT_NONE, ACTION_FAILED,
			"%s %s by us at another galera.socket: stop skew-sentinel and run: skewctl release "
			"(it "
			"is at %s)",
			f->kind->setting, verb(f), f->record->socket);
	if (ours(f) && f->kind->outlived(f->server))
		return f->kind->rejoined(f);
	return decide_choose(ACT_FORGET, f->want == WANT_ON ? ACTION_PENDING : ACTION_IDLE,
		"mariadbd was restarted, which ended our %s", f->kind->setting);
}

static bool is_other_server(const struct measure_facts *f)
{
	return f->record && f->server->incarnation[0] &&
	       strcmp(f->record->server, f->server->incarnation) != 0;
}

static bool early(const struct measure_facts *f, struct measure_choice *out)
{
	if (f->change == CHANGE_IN_FLIGHT)
		*out = in_flight(f);
	else if (f->damage)
		*out = damaged(f);
	else if (!f->server)
		*out = unseen(f);
	else if (is_other_server(f))
		*out = other_server(f);
	else if (!wsrep_primary(f->server) || !f->server->incarnation[0])
		*out = no_member(f);
	else
		return false;
	return true;
}

/* ---- where it can ---- */

static struct measure_choice lifted(const struct measure_facts *f)
{
	if (f->want == WANT_OFF || f->unheld)
		return decide_clearing(f, ACT_FORGET);
	return decide_choose(ACT_NONE, ACTION_HELD,
		"somebody set %s after us: it is not set again before the verdict has cleared, or skewctl "
		"unhold",
		f->kind->lifting);
}

struct measure_choice decide_next(const struct measure_facts *f)
{
	struct measure_choice choice;

	if (early(f, &choice))
		return choice;
	if (!f->record)
		return f->kind->none(f);
	switch (f->record->phase) {
	case OWNERSHIP_INTENT:
		return f->kind->intended(f);
	case OWNERSHIP_SET:
		return f->kind->set(f);
	case OWNERSHIP_CLEARING:
		return f->kind->given_back(f);
	case OWNERSHIP_LIFTED:
	case OWNERSHIP_PHASES:
		break;
	}
	return lifted(f);
}
