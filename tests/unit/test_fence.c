#include "story.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* A healthy node, nothing of ours on it, a fence wanted. */
static struct world *healthy(void)
{
	static struct world world;

	world = (struct world){
		.server = { .cluster_status = "Primary",
			.local_state_comment = "Synced",
			.incarnation = "server-1",
			.view = 28,
			.local_state = WSREP_SYNCED,
			.reject_queries = "NONE",
			.replicas_connected = "0",
			.replicas_running = "0",
			.ready = true,
			.connected = true },
		.record = { .server = "server-1", .socket = "/s", .view = 28 },
		.facts = { .kind = &fence_measure,
			.want = WANT_ON,
			.reason = "db3 is 1900 s ahead",
			.allowance = ALLOWANCE_GIVEN,
			.allowance_why = "",
			.socket = "/s",
			.look = LOOK_UP,
			.why = "",
			.steady = true,
			.change = CHANGE_NONE },
	};
	world.facts.server = &world.server;
	return &world;
}

static struct world *rejecting(const char *value)
{
	struct world *world = healthy();

	snprintf(world->server.reject_queries, sizeof world->server.reject_queries, "%s", value);
	return world;
}

static struct world *desynced(struct world *world, uint64_t count, bool variable, bool ours)
{
	world->server.local_state = WSREP_DONOR_DESYNCED;
	world->server.desync_count = count;
	world->server.desync_variable = variable;
	world->facts.desync_is_ours = ours;
	return world;
}

#define BEING_SET "wsrep_reject_queries=ALL_KILL is being set"
#define BEING_GIVEN_BACK "wsrep_reject_queries is being given back"
#define IN_FORCE "wsrep_reject_queries=ALL_KILL, set by us: clients are refused"
#define BACKUP "a backup, a state transfer or FLUSH TABLES WITH READ LOCK"

/* ---- the way there and back ---- */

static void it_is_set_in_four_steps(void **state)
{
	(void)state;
	assert_does(healthy(), ACT_SETTLE, ACTION_PENDING, BEING_SET);
	assert_records(settled(healthy()), OWNERSHIP_INTENT);
	assert_does(recorded(settled(healthy()), OWNERSHIP_INTENT), ACT_SET_ON, ACTION_PENDING, BEING_SET);
	assert_records(recorded(settled(rejecting("ALL_KILL")), OWNERSHIP_INTENT), OWNERSHIP_SET);
	assert_does(recorded(rejecting("ALL_KILL"), OWNERSHIP_SET), ACT_NONE, ACTION_ACTIVE, IN_FORCE);
}

static void it_is_given_back_in_four_steps(void **state)
{
	(void)state;
	assert_does(wanting(recorded(rejecting("ALL_KILL"), OWNERSHIP_SET), WANT_OFF), ACT_SETTLE,
		ACTION_PENDING, BEING_GIVEN_BACK);
	assert_records(settled(wanting(recorded(rejecting("ALL_KILL"), OWNERSHIP_SET), WANT_OFF)),
		OWNERSHIP_CLEARING);
	assert_does(settled(wanting(recorded(rejecting("ALL_KILL"), OWNERSHIP_CLEARING), WANT_OFF)),
		ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
	assert_does(wanting(recorded(healthy(), OWNERSHIP_CLEARING), WANT_OFF), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
	assert_does(wanting(healthy(), WANT_OFF), ACT_NONE, ACTION_IDLE, "");
}

static void once_it_is_to_be_given_back_it_is_never_called_active(void **state)
{
	struct world *world = wanting(recorded(rejecting("ALL_KILL"), OWNERSHIP_SET), WANT_OFF);

	(void)state;
	assert_never_active(world);
}

/* ---- who else is there ---- */

static void our_own_desync_is_no_reason_to_wait(void **state)
{
	(void)state;
	assert_does(desynced(healthy(), 1, true, true), ACT_SETTLE, ACTION_PENDING, BEING_SET);
	assert_does(settled(recorded(desynced(healthy(), 1, true, true), OWNERSHIP_INTENT)), ACT_SET_ON,
		ACTION_PENDING, BEING_SET);
}

static void a_backup_or_a_state_transfer_is(void **state)
{
	struct world *world;

	(void)state;
	assert_does(desynced(healthy(), 1, false, false), ACT_NONE, ACTION_PENDING,
		"to be set when this node is not desynced by " BACKUP " any more");
	assert_does(desynced(healthy(), 2, true, true), ACT_NONE, ACTION_PENDING,
		"to be set when this node is not desynced by " BACKUP " any more");
	assert_does(desynced(healthy(), 0, false, false), ACT_NONE, ACTION_PENDING,
		"to be set when this node is not desynced by " BACKUP " any more");
	assert_does(desynced(healthy(), 1, true, false), ACT_NONE, ACTION_PENDING,
		"to be set when this node is not desynced by somebody's SET GLOBAL wsrep_desync=ON any more");
	/* What leaked is told with what ends it: without, the fence would wait for good. */
	world = desynced(healthy(), 1, false, false);
	world->facts.applies = true;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"wsrep_desync_count is 1 without a read lock: unless a state transfer runs it has leaked; "
		"run: SET GLOBAL wsrep_desync=ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF");
	world = desynced(healthy(), 2, true, true);
	world->facts.applies = true;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"wsrep_desync_count is 2 without a read lock: unless a state transfer runs it has leaked; "
		"run: SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF; SET GLOBAL wsrep_desync=ON");
	world = healthy();
	world->server.local_state = WSREP_JOINER;
	snprintf(world->server.local_state_comment, sizeof world->server.local_state_comment, "Joining");
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"wsrep_reject_queries=ALL_KILL is to be set once this node is Synced (it is Joining)");
}

static void one_that_comes_between_intent_and_deed_goes_first(void **state)
{
	(void)state;
	assert_does(settled(recorded(desynced(healthy(), 1, false, false), OWNERSHIP_INTENT)), ACT_FORGET,
		ACTION_PENDING, BEING_GIVEN_BACK);
	assert_does(settled(recorded(rejecting("ALL"), OWNERSHIP_INTENT)), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
}

static void replicas_are_not_starved(void **state)
{
	struct world *world = healthy();

	(void)state;
	snprintf(world->server.replicas_connected, sizeof world->server.replicas_connected, "2");
	assert_does(world, ACT_NONE, ACTION_HELD,
		"not fenced: asynchronous replicas read from this node (2 of them); see "
		"galera.fence_with_replicas");
	assert_does(settled(recorded(world, OWNERSHIP_INTENT)), ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
	world->facts.with_replicas = true;
	assert_does(settled(recorded(world, OWNERSHIP_INTENT)), ACT_SET_ON, ACTION_PENDING, BEING_SET);
	world = healthy();
	snprintf(world->server.replicas_running, sizeof world->server.replicas_running, "1");
	assert_does(world, ACT_NONE, ACTION_HELD,
		"not fenced: this node is itself an asynchronous replica; see galera.fence_with_replicas");
	world = healthy();
	world->server.replicas_connected[0] = '\0';
	assert_does(world, ACT_NONE, ACTION_HELD,
		"not fenced: this server does not tell whether it has asynchronous replicas "
		"(Slaves_connected); see galera.fence_with_replicas");
}

static void what_somebody_else_did_is_left_alone(void **state)
{
	(void)state;
	assert_does(rejecting("ALL"), ACT_NONE, ACTION_PENDING,
		"this node is fenced already by somebody's SET GLOBAL wsrep_reject_queries=ALL: nothing is "
		"set, "
		"and theirs is left alone");
	assert_does(wanting(rejecting("ALL_KILL"), WANT_OFF), ACT_NONE, ACTION_IDLE,
		"fenced by somebody's SET GLOBAL wsrep_reject_queries=ALL_KILL");
	/* Somebody made ours theirs. */
	assert_records(recorded(rejecting("ALL"), OWNERSHIP_SET), OWNERSHIP_LIFTED);
	assert_does(wanting(recorded(rejecting("ALL"), OWNERSHIP_SET), WANT_OFF), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
}

static void who_takes_ours_back_has_the_last_word(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_SET);

	(void)state;
	world->facts.steady = false;
	assert_does(world, ACT_WATCH, ACTION_ACTIVE, "wsrep_reject_queries reads NONE");
	world->facts.steady = true;
	assert_records(world, OWNERSHIP_LIFTED);
	world = recorded(healthy(), OWNERSHIP_LIFTED);
	assert_does(world, ACT_NONE, ACTION_HELD,
		"somebody set wsrep_reject_queries after us: it is not set again before the verdict has "
		"cleared, or skewctl unhold");
	world->facts.unheld = true;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

/* ---- when it may not be ---- */

static void leave_is_asked_for_last_and_waited_for(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->facts.allowance = ALLOWANCE_OPEN;
	assert_does(world, ACT_ASK, ACTION_PENDING, BEING_SET);
	world->facts.allowance = ALLOWANCE_ASKED;
	assert_does(world, ACT_NONE, ACTION_PENDING, BEING_SET);
	world->facts.allowance = ALLOWANCE_FAILED;
	world->facts.allowance_why = "the record cannot be written: No space left on device";
	assert_does(world, ACT_NONE, ACTION_FAILED, "the record cannot be written: No space left on device");
	/* Meanwhile there is no claim, and nothing more is wanted than that. */
	assert_does(wanting(world, WANT_KEEP), ACT_NONE, ACTION_FAILED,
		"the record cannot be written: No space left on device");
	assert_int_equal(decide_next(&wanting(world, WANT_OFF)->facts).state, ACTION_IDLE);
	world = desynced(healthy(), 1, false, false);
	world->facts.allowance = ALLOWANCE_OPEN;
	assert_int_equal(chosen(world).act, ACT_NONE);
}

static void what_is_latched_says_how_to_lift_it(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->facts.allowance = ALLOWANCE_LATCHED;
	world->facts.allowance_why = "it was taken out 3 times within a day (galera.max_per_day)";
	assert_does(world, ACT_NONE, ACTION_LATCHED,
		"it was taken out 3 times within a day (galera.max_per_day); nothing is set before: skewctl "
		"unhold");
	assert_int_equal(chosen(wanting(world, WANT_OFF)).state, ACTION_LATCHED);
}

static void a_node_that_is_not_primary_is_left_alone(void **state)
{
	struct world *world = recorded(rejecting("ALL_KILL"), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.cluster_status, sizeof world->server.cluster_status, "%s", "non-Primary");
	assert_does(world, ACT_NONE, ACTION_ACTIVE,
		"wsrep_reject_queries=ALL_KILL was set by us; this node is non-Primary and left alone until "
		"it "
		"is Primary");
}

static void a_dry_run_says_what_it_would_do(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->facts.dry_run = true;
	assert_does(world, ACT_NONE, ACTION_DRY_RUN,
		"would set wsrep_reject_queries=ALL_KILL: db3 is 1900 s ahead");
}

/* ---- another server ---- */

static void a_record_of_the_server_before_its_restart_is_void(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
	assert_does(world, ACT_FORGET, ACTION_PENDING,
		"mariadbd was restarted, which ended our wsrep_reject_queries=ALL_KILL");
}

/* SET GLOBAL wsrep_cluster_address, say. */
static void a_fence_outlives_the_provider(void **state)
{
	struct world *world = recorded(rejecting("ALL_KILL"), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
	assert_records(world, OWNERSHIP_SET);
	assert_does(world, ACT_RECORD, ACTION_ACTIVE,
		"this node has joined its cluster anew, and wsrep_reject_queries=ALL_KILL is still in force: "
		"it is taken for ours (wrongly, if mariadbd was restarted and somebody set it since)");
	assert_int_equal(chosen(wanting(world, WANT_OFF)).state, ACTION_PENDING);
	/* What was taken back before is not ours. */
	world = recorded(rejecting("ALL_KILL"), OWNERSHIP_LIFTED);
	snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
	assert_int_equal(chosen(world).act, ACT_FORGET);
}

static void one_of_a_server_elsewhere_is_kept(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
	world->facts.socket = "/elsewhere";
	assert_does(world, ACT_NONE, ACTION_FAILED,
		"wsrep_reject_queries=ALL_KILL was set by us at another galera.socket: stop skew-sentinel "
		"and "
		"run: skewctl release (it is at /s)");
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(it_is_set_in_four_steps),
		cmocka_unit_test(it_is_given_back_in_four_steps),
		cmocka_unit_test(once_it_is_to_be_given_back_it_is_never_called_active),
		cmocka_unit_test(our_own_desync_is_no_reason_to_wait),
		cmocka_unit_test(a_backup_or_a_state_transfer_is),
		cmocka_unit_test(one_that_comes_between_intent_and_deed_goes_first),
		cmocka_unit_test(replicas_are_not_starved),
		cmocka_unit_test(what_somebody_else_did_is_left_alone),
		cmocka_unit_test(who_takes_ours_back_has_the_last_word),
		cmocka_unit_test(leave_is_asked_for_last_and_waited_for),
		cmocka_unit_test(what_is_latched_says_how_to_lift_it),
		cmocka_unit_test(a_node_that_is_not_primary_is_left_alone),
		cmocka_unit_test(a_dry_run_says_what_it_would_do),
		cmocka_unit_test(a_record_of_the_server_before_its_restart_is_void),
		cmocka_unit_test(a_fence_outlives_the_provider),
		cmocka_unit_test(one_of_a_server_elsewhere_is_kept),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
