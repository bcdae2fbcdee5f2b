#include "story.h"

#include <stdio.h>
#include <string.h>

#include "world.h"

/* A healthy node, nothing of ours on it, a desync wanted. */
static struct world *healthy(void)
{
	static struct world world;

	world = (struct world){
		.server = { .cluster_status = "Primary",
			.local_state_comment = "Synced",
			.incarnation = "server-1",
			.view = 28,
			.cluster_size = 3,
			.local_state = WSREP_SYNCED,
			.ready = true,
			.connected = true },
		.record = { .server = "server-1", .view = 28 },
		.facts = { .kind = &desync_measure,
			.want = WANT_ON,
			.allowance = ALLOWANCE_GIVEN,
			.allowance_why = "",
			.socket = "",
			.reason = "db3 is 1900 s ahead",
			.look = LOOK_UP,
			.why = "",
			.steady = true,
			.change = CHANGE_NONE },
	};
	world.facts.server = &world.server;
	return &world;
}

static struct world *desynced(void)
{
	struct world *world = healthy();

	world->server.local_state = WSREP_DONOR_DESYNCED;
	snprintf(world->server.local_state_comment, sizeof world->server.local_state_comment, "%s",
		"Donor/Desynced");
	world->server.desync_count = 1;
	world->server.desync_variable = true;
	return world;
}

/* The group forgot our desync: the variable alone still tells of it. */
static struct world *forgotten(void)
{
	struct world *world = recorded(healthy(), OWNERSHIP_SET);

	world->server.desync_variable = true;
	world->server.view = 30;
	return world;
}

static struct world *unseen(struct world *world, enum look_state look, const char *why)
{
	world->facts.look = look;
	world->facts.why = why;
	world->facts.server = NULL;
	return world;
}

#define BEING_SET "wsrep_desync=ON is being set"
#define BEING_GIVEN_BACK "wsrep_desync is being given back"
#define STAYS                                                                                                \
	"wsrep_desync is given back once a backup, a state transfer or FLUSH TABLES WITH READ LOCK is over " \
	"(wsrep_desync_count is 2)"
#define LEAKED(count, values)                                                                       \
	"wsrep_desync_count is " count " without a read lock: unless a state transfer runs it has " \
	"leaked; run: SET GLOBAL wsrep_desync=" values

/* ---- the way there and back ---- */

static void it_is_set_in_four_steps(void **state)
{
	(void)state;
	assert_does(healthy(), ACT_SETTLE, ACTION_PENDING, BEING_SET);
	assert_records(settled(healthy()), OWNERSHIP_INTENT);
	assert_does(recorded(settled(healthy()), OWNERSHIP_INTENT), ACT_SET_ON, ACTION_PENDING, BEING_SET);
	assert_records(recorded(settled(desynced()), OWNERSHIP_INTENT), OWNERSHIP_SET);
	assert_does(recorded(desynced(), OWNERSHIP_SET), ACT_NONE, ACTION_ACTIVE,
		"wsrep_desync=ON, set by us: this node is Donor/Desynced");
}

static void it_is_given_back_in_four_steps(void **state)
{
	struct world *world;

	(void)state;
	assert_does(wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF), ACT_SETTLE, ACTION_PENDING,
		BEING_GIVEN_BACK);
	assert_records(settled(wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF)), OWNERSHIP_CLEARING);
	world = settled(wanting(recorded(desynced(), OWNERSHIP_CLEARING), WANT_OFF));
	world->record.count = 1;
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
	world->server.desync_variable = false;
	assert_does(world, ACT_WATCH, ACTION_PENDING,
		"wsrep_desync is given back: wsrep_desync_count has yet to fall from 1");
	world->server.desync_count = 0;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void afterwards_it_is_said_until_the_node_has_caught_up(void **state)
{
	struct world *world = wanting(healthy(), WANT_OFF);

	(void)state;
	world->server.local_state = WSREP_JOINED;
	snprintf(world->server.local_state_comment, sizeof world->server.local_state_comment, "%s", "Joined");
	assert_does(world, ACT_NONE, ACTION_IDLE, "this node is Joined until it has caught up");
	assert_does(wanting(healthy(), WANT_OFF), ACT_NONE, ACTION_IDLE, "");
}

static void keep_changes_nothing(void **state)
{
	(void)state;
	assert_does(wanting(healthy(), WANT_KEEP), ACT_NONE, ACTION_IDLE, "");
	assert_does(wanting(recorded(desynced(), OWNERSHIP_SET), WANT_KEEP), ACT_NONE, ACTION_ACTIVE,
		"wsrep_desync=ON, set by us: this node is Donor/Desynced");
	assert_does(wanting(forgotten(), WANT_KEEP), ACT_NONE, ACTION_PENDING,
		"our wsrep_desync=ON ended when the cluster's membership changed; it is not set again for "
		"now");
}

static void once_it_is_to_be_given_back_it_is_never_called_active(void **state)
{
	struct world *world = wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF);

	(void)state;
	assert_never_active(world);
}

/* ---- one SET, never sent twice ---- */

static void a_set_that_is_not_answered_is_waited_for(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_INTENT);

	(void)state;
	world->facts.change = CHANGE_IN_FLIGHT;
	assert_does(world, ACT_NONE, ACTION_PENDING, BEING_SET);
	world->facts.late = true;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"the server has not answered SET GLOBAL wsrep_desync=ON yet; it is not sent again");
	world = recorded(desynced(), OWNERSHIP_INTENT);
	world->facts.change = CHANGE_IN_FLIGHT;
	world->facts.late = true;
	assert_does(world, ACT_NONE, ACTION_ACTIVE,
		"wsrep_desync=ON is in force, though its SET has not been answered yet");
}

static void an_earlier_one_is_waited_for_too(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_INTENT);

	(void)state;
	world->facts.change = CHANGE_SETTLING;
	world->facts.busy = true;
	assert_does(world, ACT_SETTLE, ACTION_PENDING,
		"an earlier SET GLOBAL wsrep_desync of ours is still on its way in the server: nothing is "
		"sent "
		"before it is over");
}

static void an_intent_found_after_a_crash_is_looked_into(void **state)
{
	(void)state;
	/* Did the SET happen? */
	assert_records(recorded(desynced(), OWNERSHIP_INTENT), OWNERSHIP_SET);
	/* It may still, as long as it is not certain that nothing is on its way. */
	assert_does(wanting(recorded(healthy(), OWNERSHIP_INTENT), WANT_OFF), ACT_SETTLE, ACTION_PENDING,
		BEING_GIVEN_BACK);
	assert_does(settled(wanting(recorded(healthy(), OWNERSHIP_INTENT), WANT_OFF)), ACT_FORGET,
		ACTION_PENDING, BEING_GIVEN_BACK);
	assert_does(settled(wanting(recorded(healthy(), OWNERSHIP_INTENT), WANT_KEEP)), ACT_FORGET,
		ACTION_PENDING, BEING_GIVEN_BACK);
}

static void a_giving_back_found_after_a_crash_is_brought_to_an_end(void **state)
{
	(void)state;
	assert_does(recorded(wanting(healthy(), WANT_OFF), OWNERSHIP_CLEARING), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
	assert_does(wanting(recorded(desynced(), OWNERSHIP_CLEARING), WANT_OFF), ACT_SETTLE, ACTION_PENDING,
		BEING_GIVEN_BACK);
	/* Or taken back, where it has not begun. */
	assert_records(settled(recorded(desynced(), OWNERSHIP_CLEARING)), OWNERSHIP_SET);
	assert_records(settled(wanting(recorded(desynced(), OWNERSHIP_CLEARING), WANT_KEEP)), OWNERSHIP_SET);
}

/* ---- others ---- */

static void what_somebody_else_did_is_left_alone(void **state)
{
	struct world *world = desynced();

	(void)state;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"this node is desynced already by somebody's SET GLOBAL wsrep_desync=ON: nothing is set, and "
		"theirs is left alone");
	assert_does(wanting(desynced(), WANT_OFF), ACT_NONE, ACTION_IDLE,
		"desynced by somebody's SET GLOBAL wsrep_desync=ON");
	world = desynced();
	world->server.desync_variable = false;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"this node is desynced already by a backup, a state transfer or FLUSH TABLES WITH READ LOCK: "
		"nothing is set, and theirs is left alone");
}

static void somebody_who_comes_between_intent_and_deed_goes_first(void **state)
{
	struct world *world = settled(recorded(desynced(), OWNERSHIP_INTENT));

	(void)state;
	world->server.desync_variable = false;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void with_a_backup_beside_it_ours_alone_is_given_back(void **state)
{
	struct world *world = settled(wanting(recorded(desynced(), OWNERSHIP_CLEARING), WANT_OFF));

	(void)state;
	world->record.count = 2;
	world->server.desync_count = 1;
	world->server.desync_variable = false;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

/*
 * Of two desyncs the group's library goes on to send the end of the one that ends first, at each later change of the
 * membership, and so ends the other too: under a read lock the node would then stop the whole cluster.
 */
static void beside_a_backup_ours_is_not_given_back(void **state)
{
	struct world *world = wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF);

	(void)state;
	world->server.desync_count = 2;
	assert_does(world, ACT_NONE, ACTION_PENDING, STAYS);
	assert_does(settled(world), ACT_NONE, ACTION_PENDING, STAYS);
	assert_does(recorded(world, OWNERSHIP_CLEARING), ACT_NONE, ACTION_PENDING, STAYS);
	world->server.desync_count = 1;
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void unless_somebody_releases_it(void **state)
{
	struct world *world = settled(wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF));

	(void)state;
	world->facts.adopt = true;
	world->server.desync_count = 2;
	assert_records(world, OWNERSHIP_CLEARING);
	assert_does(recorded(world, OWNERSHIP_CLEARING), ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
}

/* ---- desyncs that nobody holds any more ---- */

static void one_that_leaked_is_told_with_what_ends_it(void **state)
{
	struct world *world = desynced();

	(void)state;
	world->server.desync_variable = false;
	world->facts.applies = true;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		LEAKED("1", "ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF"));
	assert_does(wanting(world, WANT_OFF), ACT_NONE, ACTION_IDLE,
		LEAKED("1", "ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF"));
	world->server.desync_count = 2;
	assert_does(world, ACT_NONE, ACTION_IDLE,
		LEAKED("2", "ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF, wsrep_desync=OFF"));
	/* The rest when these are gone. */
	world->server.desync_count = 12;
	assert_does(world, ACT_NONE, ACTION_IDLE,
		LEAKED("12", "ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF, wsrep_desync=OFF"));
}

static void beside_ours_too(void **state)
{
	struct world *world = wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF);

	(void)state;
	world->facts.applies = true;
	world->facts.desync_is_ours = true;
	world->server.desync_count = 2;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		LEAKED("2", "OFF, wsrep_desync=OFF; SET GLOBAL wsrep_desync=ON"));
	world->facts.applies = false;
	assert_does(world, ACT_NONE, ACTION_PENDING, STAYS);
}

static void and_where_ours_is_given_back_and_the_count_does_not_fall(void **state)
{
	struct world *world = wanting(recorded(desynced(), OWNERSHIP_CLEARING), WANT_OFF);

	(void)state;
	world->record.count = 1;
	world->server.desync_variable = false;
	world->facts.desync_is_ours = true;
	world->facts.applies = true;
	assert_does(world, ACT_WATCH, ACTION_PENDING,
		LEAKED("1", "ON; SET GLOBAL wsrep_desync=OFF, wsrep_desync=OFF"));
}

static void what_somebody_set_has_not_leaked(void **state)
{
	struct world *world = wanting(desynced(), WANT_OFF);

	(void)state;
	world->facts.applies = true;
	assert_does(world, ACT_NONE, ACTION_IDLE, "desynced by somebody's SET GLOBAL wsrep_desync=ON");
}

static void nor_has_a_state_transfer_that_begins(void **state)
{
	struct world *world = wanting(desynced(), WANT_OFF);

	(void)state;
	world->facts.applies = true;
	world->server.desync_variable = false;
	world->server.desync_count = 0;
	assert_does(world, ACT_NONE, ACTION_IDLE, "this node is Donor/Desynced until it has caught up");
}

/* ---- who takes ours back ---- */

static void who_takes_ours_back_has_the_last_word(void **state)
{
	struct world *world = recorded(healthy(), OWNERSHIP_SET);

	(void)state;
	world->facts.steady = false;
	assert_does(world, ACT_WATCH, ACTION_ACTIVE, "wsrep_desync=ON, set by us: this node is Synced");
	world->facts.steady = true;
	assert_records(world, OWNERSHIP_LIFTED);
	assert_does(recorded(healthy(), OWNERSHIP_LIFTED), ACT_NONE, ACTION_HELD,
		"somebody set wsrep_desync=OFF after us: it is not set again before the verdict has cleared, "
		"or skewctl unhold");
	assert_does(wanting(recorded(healthy(), OWNERSHIP_LIFTED), WANT_OFF), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
	assert_does(wanting(recorded(desynced(), OWNERSHIP_LIFTED), WANT_OFF), ACT_FORGET, ACTION_PENDING,
		BEING_GIVEN_BACK);
}

/* ---- a cluster that changes ---- */

static void what_the_group_forgot_is_set_off_and_on(void **state)
{
	struct world *world = forgotten();

	(void)state;
	assert_records(world, OWNERSHIP_INTENT);
	world = recorded(settled(forgotten()), OWNERSHIP_INTENT);
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_SET);
	world->server.desync_variable = false;
	assert_does(world, ACT_SET_ON, ACTION_PENDING, BEING_SET);
}

static void it_is_so_only_when_two_looks_agree(void **state)
{
	struct world *world = forgotten();

	(void)state;
	world->facts.steady = false;
	assert_does(world, ACT_WATCH, ACTION_ACTIVE, "wsrep_desync=ON, set by us: this node is Synced");
	world = recorded(settled(forgotten()), OWNERSHIP_INTENT);
	world->facts.steady = false;
	assert_does(world, ACT_WATCH, ACTION_PENDING, BEING_SET);
}

static void and_only_when_somebody_joined_or_left(void **state)
{
	struct world *world = forgotten();

	(void)state;
	world->server.view = world->record.view;
	assert_does(world, ACT_NONE, ACTION_FAILED,
		"our wsrep_desync=ON ended though nobody joined or left: it is not set again (see the "
		"server's log)");
}

/* An OFF would tell the group that a node that is being sent its state has it. */
static void and_not_before_the_node_has_caught_up(void **state)
{
	struct world *world = recorded(settled(forgotten()), OWNERSHIP_INTENT);

	(void)state;
	world->server.local_state = WSREP_JOINER;
	assert_does(world, ACT_WATCH, ACTION_PENDING, BEING_SET);
	world = settled(recorded(wanting(world, WANT_OFF), OWNERSHIP_CLEARING));
	assert_does(world, ACT_WATCH, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void the_leftover_is_cleaned_up(void **state)
{
	struct world *world = wanting(forgotten(), WANT_OFF);

	(void)state;
	assert_records(world, OWNERSHIP_CLEARING);
	world = settled(recorded(wanting(forgotten(), WANT_OFF), OWNERSHIP_CLEARING));
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
}

/*
 * An OFF that ended nothing is remembered in the group's library, which would end the next desync, a backup's
 * maybe, at the next change of the membership. One that ends something settles that.
 */
static void after_a_leftover_an_off_that_ends_something_follows(void **state)
{
	struct world *world = settled(recorded(wanting(healthy(), WANT_OFF), OWNERSHIP_CLEARING));

	(void)state;
	world->facts.owes_join = true;
	assert_does(world, ACT_SET_ON, ACTION_PENDING, BEING_GIVEN_BACK);
	world->server.desync_variable = true;
	world->server.desync_count = 1;
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_GIVEN_BACK);
	world->facts.owes_join = false;
	world->server.desync_variable = false;
	world->server.desync_count = 0;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void also_before_it_is_set_again(void **state)
{
	struct world *world = settled(recorded(desynced(), OWNERSHIP_INTENT));

	(void)state;
	world->facts.owes_join = true;
	assert_does(world, ACT_SET_OFF, ACTION_PENDING, BEING_SET);
	/* Somebody came between, whose desync it would end: later then. */
	world->server.desync_count = 2;
	assert_records(world, OWNERSHIP_SET);
}

static void but_only_on_a_node_that_is_synced(void **state)
{
	struct world *world = settled(recorded(wanting(healthy(), WANT_OFF), OWNERSHIP_CLEARING));

	(void)state;
	world->facts.owes_join = true;
	world->server.local_state = WSREP_JOINED;
	assert_does(world, ACT_FORGET, ACTION_PENDING, BEING_GIVEN_BACK);
}

static void a_node_that_is_not_primary_is_left_alone(void **state)
{
	struct world *world = recorded(desynced(), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.cluster_status, sizeof world->server.cluster_status, "%s", "non-Primary");
	assert_does(world, ACT_NONE, ACTION_ACTIVE,
		"wsrep_desync=ON was set by us; this node is non-Primary and left alone until it is Primary");
	assert_does(wanting(world, WANT_OFF), ACT_NONE, ACTION_PENDING,
		"wsrep_desync=ON was set by us; this node is non-Primary and left alone until it is Primary");
	assert_does(recorded(world, OWNERSHIP_INTENT), ACT_NONE, ACTION_PENDING,
		"wsrep_desync=ON was being set by us; this node is non-Primary and left alone until it is "
		"Primary");
	world = healthy();
	snprintf(world->server.cluster_status, sizeof world->server.cluster_status, "%s", "non-Primary");
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"this node is non-Primary and left alone until it is Primary");
	assert_does(wanting(world, WANT_KEEP), ACT_NONE, ACTION_IDLE, "this node is non-Primary");
}

static void a_server_without_galera_cannot_be_desynced(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->server.incarnation[0] = '\0';
	snprintf(world->server.cluster_status, sizeof world->server.cluster_status, "%s", "Disconnected");
	assert_does(
		world, ACT_NONE, ACTION_FAILED, "mariadbd runs without Galera (wsrep_on, wsrep_provider)");
}

static void a_node_that_catches_up_is_waited_for(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->server.local_state = WSREP_JOINED;
	snprintf(world->server.local_state_comment, sizeof world->server.local_state_comment, "%s", "Joined");
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"wsrep_desync=ON is to be set once this node is Synced (it is Joined)");
}

/* ---- a server that is restarted, away or hangs ---- */

static void a_record_of_the_server_before_its_restart_is_void(void **state)
{
	(void)state;
	for (int phase = 0; phase < OWNERSHIP_PHASES; phase++) {
		struct world *world = recorded(desynced(), (enum ownership_phase)phase);

		snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
		assert_does(world, ACT_FORGET, ACTION_PENDING,
			"mariadbd was restarted, which ended our wsrep_desync=ON");
		assert_does(wanting(world, WANT_OFF), ACT_FORGET, ACTION_IDLE,
			"mariadbd was restarted, which ended our wsrep_desync=ON");
	}
}

/*
 * SET GLOBAL wsrep_cluster_address, say: by another name it is the same server, and the variable goes on to read 1. A
 * restart would have made it 0.
 */
static void a_node_that_joins_its_cluster_anew_keeps_the_leftover(void **state)
{
	struct world *world = recorded(forgotten(), OWNERSHIP_SET);

	(void)state;
	snprintf(world->server.incarnation, sizeof world->server.incarnation, "%s", "server-2");
	assert_records(world, OWNERSHIP_INTENT);
	assert_does(world, ACT_RECORD, ACTION_PENDING,
		"this node has joined its cluster anew, which ended our wsrep_desync=ON, though the variable "
		"still reads 1");
	assert_records(wanting(world, WANT_KEEP), OWNERSHIP_INTENT);
	assert_records(wanting(world, WANT_OFF), OWNERSHIP_CLEARING);
	/* What was taken back before is not ours. */
	assert_int_equal(chosen(recorded(world, OWNERSHIP_LIFTED)).act, ACT_FORGET);
}

static void a_server_that_hangs_still_has_what_was_set(void **state)
{
	struct world *world = recorded(desynced(), OWNERSHIP_SET);

	(void)state;
	assert_does(unseen(world, LOOK_HUNG, "no answer in time"), ACT_NONE, ACTION_ACTIVE,
		"wsrep_desync=ON was set by us; mariadbd hangs: no answer in time");
	assert_does(wanting(world, WANT_OFF), ACT_NONE, ACTION_PENDING,
		"wsrep_desync is to be given back, but mariadbd hangs: no answer in time");
}

static void one_that_is_away_may_come_back_without(void **state)
{
	struct world *world = recorded(desynced(), OWNERSHIP_SET);

	(void)state;
	assert_does(unseen(world, LOOK_AWAY, "no such socket"), ACT_NONE, ACTION_PENDING,
		"wsrep_desync=ON was set by us; mariadbd is away: no such socket");
	world->facts.record = NULL;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"wsrep_desync=ON is to be set, but mariadbd is away: no such socket");
	assert_does(wanting(world, WANT_KEEP), ACT_NONE, ACTION_IDLE, "mariadbd is away: no such socket");
}

static void at_the_start_the_record_speaks(void **state)
{
	(void)state;
	assert_does(unseen(wanting(recorded(healthy(), OWNERSHIP_SET), WANT_KEEP), LOOK_BEGINS, ""), ACT_NONE,
		ACTION_PENDING, "wsrep_desync=ON was set by us; mariadbd is being asked");
}

/* ---- what is not to be done ---- */

static void a_dry_run_says_what_it_would_do(void **state)
{
	struct world *world = healthy();

	(void)state;
	world->facts.dry_run = true;
	assert_does(world, ACT_NONE, ACTION_DRY_RUN, "would set wsrep_desync=ON: db3 is 1900 s ahead");
	/* What was set before it became one is given back all the same. */
	world = wanting(recorded(desynced(), OWNERSHIP_SET), WANT_OFF);
	world->facts.dry_run = true;
	assert_does(world, ACT_SETTLE, ACTION_PENDING, BEING_GIVEN_BACK);
	world = forgotten();
	world->facts.dry_run = true;
	assert_does(world, ACT_NONE, ACTION_PENDING,
		"our wsrep_desync=ON ended when the cluster's membership changed; it is not set again for "
		"now");
}

static void a_damaged_record_is_never_guessed_at(void **state)
{
	struct world *world = desynced();

	(void)state;
	world->facts.damage = "the record x is damaged";
	for (int want = WANT_KEEP; want <= WANT_ON; want++)
		assert_does(wanting(world, (enum want)want), ACT_NONE, ACTION_FAILED,
			"the record x is damaged; nothing is touched: stop skew-sentinel and run: skewctl "
			"release");
}

static void unless_somebody_answers_for_it(void **state)
{
	struct world *world = wanting(desynced(), WANT_OFF);

	(void)state;
	world->facts.damage = "the record x is damaged";
	world->facts.adopt = true;
	assert_records(world, OWNERSHIP_SET);
	assert_does(unseen(world, LOOK_HUNG, "no answer in time"), ACT_NONE, ACTION_PENDING,
		"the record x is damaged, and mariadbd hangs: no answer in time");
	world = wanting(healthy(), WANT_OFF);
	world->facts.damage = "the record x is damaged";
	world->facts.adopt = true;
	assert_does(
		world, ACT_FORGET, ACTION_PENDING, "the record x is damaged, and wsrep_desync is not set");
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(it_is_set_in_four_steps),
		cmocka_unit_test(it_is_given_back_in_four_steps),
		cmocka_unit_test(afterwards_it_is_said_until_the_node_has_caught_up),
		cmocka_unit_test(keep_changes_nothing),
		cmocka_unit_test(once_it_is_to_be_given_back_it_is_never_called_active),
		cmocka_unit_test(a_set_that_is_not_answered_is_waited_for),
		cmocka_unit_test(an_earlier_one_is_waited_for_too),
		cmocka_unit_test(an_intent_found_after_a_crash_is_looked_into),
		cmocka_unit_test(a_giving_back_found_after_a_crash_is_brought_to_an_end),
		cmocka_unit_test(what_somebody_else_did_is_left_alone),
		cmocka_unit_test(somebody_who_comes_between_intent_and_deed_goes_first),
		cmocka_unit_test(with_a_backup_beside_it_ours_alone_is_given_back),
		cmocka_unit_test(beside_a_backup_ours_is_not_given_back),
		cmocka_unit_test(unless_somebody_releases_it),
		cmocka_unit_test(one_that_leaked_is_told_with_what_ends_it),
		cmocka_unit_test(beside_ours_too),
		cmocka_unit_test(and_where_ours_is_given_back_and_the_count_does_not_fall),
		cmocka_unit_test(what_somebody_set_has_not_leaked),
		cmocka_unit_test(nor_has_a_state_transfer_that_begins),
		cmocka_unit_test(who_takes_ours_back_has_the_last_word),
		cmocka_unit_test(what_the_group_forgot_is_set_off_and_on),
		cmocka_unit_test(it_is_so_only_when_two_looks_agree),
		cmocka_unit_test(and_only_when_somebody_joined_or_left),
		cmocka_unit_test(and_not_before_the_node_has_caught_up),
		cmocka_unit_test(the_leftover_is_cleaned_up),
		cmocka_unit_test(after_a_leftover_an_off_that_ends_something_follows),
		cmocka_unit_test(also_before_it_is_set_again),
		cmocka_unit_test(but_only_on_a_node_that_is_synced),
		cmocka_unit_test(a_node_that_is_not_primary_is_left_alone),
		cmocka_unit_test(a_server_without_galera_cannot_be_desynced),
		cmocka_unit_test(a_node_that_catches_up_is_waited_for),
		cmocka_unit_test(a_record_of_the_server_before_its_restart_is_void),
		cmocka_unit_test(a_node_that_joins_its_cluster_anew_keeps_the_leftover),
		cmocka_unit_test(a_server_that_hangs_still_has_what_was_set),
		cmocka_unit_test(one_that_is_away_may_come_back_without),
		cmocka_unit_test(at_the_start_the_record_speaks),
		cmocka_unit_test(a_dry_run_says_what_it_would_do),
		cmocka_unit_test(a_damaged_record_is_never_guessed_at),
		cmocka_unit_test(unless_somebody_answers_for_it),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
