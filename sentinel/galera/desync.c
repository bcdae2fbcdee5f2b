/*
 * The measure "desync": takes a node out of flow control and of donor duty (SET GLOBAL wsrep_desync).
 *
 * Ours is in force while the variable reads 1 and wsrep_desync_count is not 0. The variable alone may be a
 * leftover (wsrep.h); the count alone is a backup's, a state transfer's or FLUSH TABLES WITH READ LOCK's.
 * Setting the variable to what it is already does nothing, so that giving back never takes away more than the
 * one desync that a SET made.
 *
 * That it was given back the group's library goes on to say at each change of the membership, in case that it was not
 * heard, until the node is Synced again; and each time it counts. So of two desyncs the first that ends takes the other
 * with it when next somebody joins or leaves, and an OFF that ended nothing takes one that comes later. Where that is a
 * backup's, the node, under its read lock, stops the whole cluster. Hence nothing is given back beside somebody else's
 * desync, which keeps the node out anyway; and an OFF for a leftover is followed by an ON and an OFF.
 */
#include "decide.h"
#include "leak.h"

static bool in_force(const struct wsrep *server)
{
	return server->desync_variable && server->desync_count > 0;
}

/* The group forgot a desync that the variable still tells of. */
static bool leftover(const struct wsrep *server)
{
	return server->desync_variable && server->desync_count == 0;
}

/* To the group an OFF says that this node has its state; while it is being sent, that must not be heard. */
static bool may_clean_up(const struct wsrep *server)
{
	return server->local_state == WSREP_SYNCED;
}

/* ---- nothing is ours ---- */

static struct measure_choice idle(const struct measure_facts *f)
{
	const char *who = f->server->desync_count > 0 ? decide_who_desynced(f) : NULL;
	struct measure_choice leaked;

	if (leak_told(f, ACT_NONE, ACTION_IDLE, &leaked))
		return leaked;
	if (who)
		return decide_choose(ACT_NONE, ACTION_IDLE, "desynced by %s", who);
	if (f->server->local_state != WSREP_SYNCED)
		return decide_choose(ACT_NONE, ACTION_IDLE, "this node is %s until it has caught up",
			f->server->local_state_comment);
	return decide_choose(ACT_NONE, ACTION_IDLE, "%s", "");
}

static struct measure_choice none(const struct measure_facts *f)
{
	struct measure_choice choice;

	if (decide_barred(f, &choice))
		return choice;
	if (f->want != WANT_ON)
		return idle(f);
	if (f->dry_run)
		return decide_choose(ACT_NONE, ACTION_DRY_RUN, "would set wsrep_desync=ON: %s", f->reason);
	if (leak_told(f, ACT_NONE, ACTION_PENDING, &choice))
		return choice;
	if (wsrep_desynced(f->server))
		return decide_choose(ACT_NONE, ACTION_PENDING,
			"this node is desynced already by %s: nothing is set, and theirs is left alone",
			decide_who_desynced(f));
	if (f->server->local_state != WSREP_SYNCED)
		return decide_choose(ACT_NONE, ACTION_PENDING,
			"wsrep_desync=ON is to be set once this node is Synced (it is %s)",
			f->server->local_state_comment);
	if (decide_no_leave(f, &choice))
		return choice;
	if (!decide_settled(f))
		return decide_setting(f, ACT_SETTLE);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_INTENT);
}

/* ---- something is, or was, or will be ---- */

/* When partitions heal, and at later changes of the membership, the group forgets a desync. */
static struct measure_choice ended(void)
{
	return decide_choose(ACT_NONE, ACTION_PENDING,
		"our wsrep_desync=ON ended when the cluster's membership changed; it is not set again for "
		"now");
}

/* Only the one SET that this record stands for can have made the variable 1: it was 0 before. */
static struct measure_choice intended(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;

	if (in_force(server)) {
		if (f->owes_join && server->desync_count == 1)
			return decide_setting(f, decide_settled(f) ? ACT_SET_OFF : ACT_SETTLE);
		return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_SET);
	}
	if (leftover(server) && f->want == WANT_KEEP)
		return ended();
	if (!decide_settled(f))
		return f->want == WANT_ON ? decide_setting(f, ACT_SETTLE) : decide_clearing(f, ACT_SETTLE);
	/* ON would do nothing as long as the variable reads 1. */
	if (leftover(server))
		return decide_setting(f, f->steady && may_clean_up(server) ? ACT_SET_OFF : ACT_WATCH);
	if (decide_to_set(f) && !wsrep_desynced(server) && server->local_state == WSREP_SYNCED)
		return decide_setting(f, ACT_SET_ON);
	return decide_clearing(f, ACT_FORGET);
}

static struct measure_choice forgotten(const struct measure_facts *f)
{
	if (f->want == WANT_OFF)
		return decide_phase(decide_clearing(f, ACT_RECORD), OWNERSHIP_CLEARING);
	if (f->server->view == f->record->view)
		return decide_choose(ACT_NONE, ACTION_FAILED,
			"our wsrep_desync=ON ended though nobody joined or left: it is not set again (see "
			"the server's log)");
	if (!decide_to_set(f))
		return ended();
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_INTENT);
}

/* Beside somebody else's; what an operator releases is given back all the same. */
static bool must_stay(const struct measure_facts *f, struct measure_choice *out)
{
	if (f->adopt || f->want != WANT_OFF || f->server->desync_count <= 1)
		return false;
	if (!leak_told(f, ACT_NONE, ACTION_PENDING, out))
		*out = decide_choose(ACT_NONE, ACTION_PENDING,
			"wsrep_desync is given back once a backup, a state transfer or FLUSH TABLES WITH "
			"READ LOCK is over (wsrep_desync_count is %llu)",
			(unsigned long long)f->server->desync_count);
	return true;
}

static struct measure_choice set(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;
	struct measure_choice stays;

	if (in_force(server)) {
		if (f->want != WANT_OFF)
			return decide_choose(ACT_NONE, ACTION_ACTIVE,
				"wsrep_desync=ON, set by us: this node is %s", server->local_state_comment);
		if (must_stay(f, &stays))
			return stays;
		return decide_settled(f) ? decide_phase(decide_clearing(f, ACT_RECORD), OWNERSHIP_CLEARING)
					 : decide_clearing(f, ACT_SETTLE);
	}
	if (!f->steady)
		return decide_choose(ACT_WATCH, decide_active_or_pending(f),
			"wsrep_desync=ON, set by us: this node is %s", server->local_state_comment);
	if (leftover(server))
		return forgotten(f);
	if (f->want == WANT_OFF)
		return decide_clearing(f, ACT_FORGET);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_LIFTED);
}

/* The variable says that it is given back. */
static struct measure_choice falling(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;
	struct measure_choice leaked;

	if (f->owes_join && server->desync_count == 0 && server->local_state == WSREP_SYNCED)
		return decide_clearing(f, decide_settled(f) ? ACT_SET_ON : ACT_SETTLE);
	if (server->desync_count == 0 || server->desync_count < f->record->count)
		return decide_clearing(f, ACT_FORGET);
	if (leak_told(f, ACT_WATCH, ACTION_PENDING, &leaked))
		return leaked;
	return decide_choose(ACT_WATCH, ACTION_PENDING,
		"wsrep_desync is given back: wsrep_desync_count has yet to fall from %llu",
		(unsigned long long)server->desync_count);
}

static struct measure_choice given_back(const struct measure_facts *f)
{
	const struct wsrep *server = f->server;
	struct measure_choice stays;

	if (!server->desync_variable)
		return falling(f);
	if (must_stay(f, &stays))
		return stays;
	if (!decide_settled(f))
		return decide_clearing(f, ACT_SETTLE);
	if (f->want == WANT_OFF)
		return decide_clearing(
			f, !leftover(server) || may_clean_up(server) ? ACT_SET_OFF : ACT_WATCH);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_SET);
}

/* The group knows nothing of a desync under the new name; a restart would have left none in the variable either. */
static struct measure_choice rejoined(const struct measure_facts *f)
{
	struct measure_choice choice = decide_choose(ACT_RECORD, ACTION_PENDING,
		"this node has joined its cluster anew, which ended our wsrep_desync=ON, though the variable "
		"still reads 1");

	return decide_phase(choice, f->want == WANT_OFF ? OWNERSHIP_CLEARING : OWNERSHIP_INTENT);
}

const struct measure_kind desync_measure = {
	.measure = MEASURE_DESYNC,
	.record = "galera-desync",
	.variable = "wsrep_desync",
	.setting = "wsrep_desync=ON",
	.clearing = "wsrep_desync=OFF",
	.lifting = "wsrep_desync=OFF",
	.sql = {
		.on = { "CALL skew_sentinel.desync(TRUE)", "SET GLOBAL wsrep_desync=ON" },
		.off = { "CALL skew_sentinel.desync(FALSE)", "SET GLOBAL wsrep_desync=OFF" },
	},
	.in_force = in_force,
	.outlived = leftover,
	.rejoined = rejoined,
	.none = none,
	.intended = intended,
	.set = set,
	.given_back = given_back,
};
