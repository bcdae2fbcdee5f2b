/*
 * The measure "fence": the node drops its clients and refuses all they ask (SET GLOBAL wsrep_reject_queries=ALL_KILL),
 * while replication goes on.
 *
 * The variable is the truth: no group message, nothing counts, and a restart of the server ends it. What ends with
 * it are the connections of clients, our own among them, except the one that sets it.
 */
#include <string.h>

#include "decide.h"
#include "leak.h"

static bool in_force(const struct wsrep *server)
{
	return strcmp(server->reject_queries, "ALL_KILL") == 0;
}

/* ---- may it be? ---- */

/* So many, or that the server does not tell. */
static bool any(const char *count)
{
	return strcmp(count, "0") != 0;
}

/* Behind a fence they starve: theirs is dropped, too, and what this node would have applied is refused. */
static bool has_replicas(const struct measure_facts *f, struct measure_choice *out)
{
	const struct wsrep *server = f->server;

	if (f->with_replicas || (!any(server->replicas_connected) && !any(server->replicas_running)))
		return false;
	if (!server->replicas_connected[0] || !server->replicas_running[0])
		*out = decide_choose(ACT_NONE, ACTION_HELD,
			"not fenced: this server does not tell whether it has asynchronous replicas "
			"(Slaves_connected); see galera.fence_with_replicas");
	else if (any(server->replicas_connected))
		*out = decide_choose(ACT_NONE, ACTION_HELD,
			"not fenced: asynchronous replicas read from this node (%s of them); see "
			"galera.fence_with_replicas",
			server->replicas_connected);
	else
		*out = decide_choose(ACT_NONE, ACTION_HELD,
			"not fenced: this node is itself an asynchronous replica; see "
			"galera.fence_with_replicas");
	return true;
}

/* In the midst of a state transfer or a backup; our own desync is no reason to wait. */
static bool must_wait(const struct measure_facts *f, struct measure_choice *out)
{
	const char *who = decide_who_desynced(f);
	uint64_t state = f->server->local_state;

	if (leak_told(f, ACT_NONE, ACTION_PENDING, out))
		return true;
	if (who)
		*out = decide_choose(ACT_NONE, ACTION_PENDING,
			"to be set when this node is not desynced by %s any more", who);
	else if (state != WSREP_SYNCED && state != WSREP_DONOR_DESYNCED)
		*out = decide_choose(ACT_NONE, ACTION_PENDING,
			"%s is to be set once this node is Synced (it is %s)", f->kind->setting,
			f->server->local_state_comment);
	else
		return false;
	return true;
}

/* ---- nothing is ours ---- */

static struct measure_choice idle(const struct measure_facts *f)
{
	if (wsrep_rejects(f->server))
		return decide_choose(ACT_NONE, ACTION_IDLE,
			"fenced by somebody's SET GLOBAL wsrep_reject_queries=%s", f->server->reject_queries);
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
		return decide_choose(
			ACT_NONE, ACTION_DRY_RUN, "would set %s: %s", f->kind->setting, f->reason);
	if (wsrep_rejects(f->server))
		return decide_choose(ACT_NONE, ACTION_PENDING,
			"this node is fenced already by somebody's SET GLOBAL wsrep_reject_queries=%s: "
			"nothing "
			"is set, and theirs is left alone",
			f->server->reject_queries);
	if (has_replicas(f, &choice) || must_wait(f, &choice) || decide_no_leave(f, &choice))
		return choice;
	if (!decide_settled(f))
		return decide_setting(f, ACT_SETTLE);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_INTENT);
}

/* ---- something is, or was, or will be ---- */

/* Only the one SET that this record stands for can have done it: it was NONE before. */
static struct measure_choice intended(const struct measure_facts *f)
{
	struct measure_choice wait;

	if (in_force(f->server))
		return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_SET);
	if (!decide_settled(f))
		return f->want == WANT_ON ? decide_setting(f, ACT_SETTLE) : decide_clearing(f, ACT_SETTLE);
	if (decide_to_set(f) && !wsrep_rejects(f->server) && !has_replicas(f, &wait) && !must_wait(f, &wait))
		return decide_setting(f, ACT_SET_ON);
	return decide_clearing(f, ACT_FORGET);
}

static struct measure_choice set(const struct measure_facts *f)
{
	if (in_force(f->server)) {
		if (f->want != WANT_OFF)
			return decide_choose(ACT_NONE, ACTION_ACTIVE, "%s, set by us: clients are refused",
				f->kind->setting);
		return decide_settled(f) ? decide_phase(decide_clearing(f, ACT_RECORD), OWNERSHIP_CLEARING)
					 : decide_clearing(f, ACT_SETTLE);
	}
	if (!f->steady)
		return decide_choose(ACT_WATCH, decide_active_or_pending(f), "wsrep_reject_queries reads %s",
			f->server->reject_queries);
	if (f->want == WANT_OFF)
		return decide_clearing(f, ACT_FORGET);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_LIFTED);
}

static struct measure_choice given_back(const struct measure_facts *f)
{
	if (!in_force(f->server))
		return decide_clearing(f, ACT_FORGET);
	if (!decide_settled(f))
		return decide_clearing(f, ACT_SETTLE);
	if (f->want == WANT_OFF)
		return decide_clearing(f, ACT_SET_OFF);
	return decide_phase(decide_setting(f, ACT_RECORD), OWNERSHIP_SET);
}

/* After a restart there is no fence, unless somebody set it. */
static struct measure_choice rejoined(const struct measure_facts *f)
{
	struct measure_choice choice = decide_choose(ACT_RECORD, decide_active_or_pending(f),
		"this node has joined its cluster anew, and %s is still in force: it is taken for ours "
		"(wrongly, if mariadbd was restarted and somebody set it since)",
		f->kind->setting);

	return decide_phase(choice, OWNERSHIP_SET);
}

const struct measure_kind fence_measure = {
	.measure = MEASURE_FENCE,
	.record = "galera-fence",
	.variable = "wsrep_reject_queries",
	.setting = "wsrep_reject_queries=ALL_KILL",
	.clearing = "wsrep_reject_queries=NONE",
	.lifting = "wsrep_reject_queries",
	.sql = {
		.on = { "CALL skew_sentinel.reject(TRUE)", "SET GLOBAL wsrep_reject_queries=ALL_KILL" },
		.off = { "CALL skew_sentinel.reject(FALSE)", "SET GLOBAL wsrep_reject_queries=NONE" },
	},
	.in_force = in_force,
	.outlived = in_force,
	.rejoined = rejoined,
	.none = none,
	.intended = intended,
	.set = set,
	.given_back = given_back,
};
