#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static const char galera[] = "galera: {above: 2s, after: 10s}\n";
static const char fencing[] = "galera: {above: 2s, after: 10s, measures: fence}\n";

static void a_drill_goes_through_the_whole_chain_and_ends(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DRILL };

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(3));
	event.drill.on = true;
	event.drill.offset = span_s(1900);
	event.drill.for_span = span_s(20);
	net_event(&net, DB3, &event);
	net_run(&net, span_s(5));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	assert_int_equal(net_verdict(&net, DB3).agree, 3);
	assert_string_equal(net_verdict(&net, DB3).cause, "drill");
	assert_int_equal(strncmp(net_verdict(&net, DB3).summary, "DRILL: db3 is 1900", 18), 0);
	assert_true(net_view(&net, DB1, 2).drill);
	assert_int_equal(net_view(&net, DB1, 2).verdict.state, VERDICT_CRITICAL);
	net_run(&net, span_s(10));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net_run(&net, span_s(45));
	assert_non_null(strstr(net.notes, "db3: the drill on db3 is over"));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_OK);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

static void held_nothing_moves_and_released_everything_goes(void **state)
{
	static struct net net;
	struct event hold = { .kind = EVENT_HOLD }, release = { .kind = EVENT_RELEASE };

	(void)state;
	net_open(&net, galera);
	hold.hold.on = true;
	hold.hold.for_span = SPAN_MAX;
	net_event(&net, DB3, &hold);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	assert_non_null(strstr(net.notes,
		"db3: db3 would leave work now, but actions are held; lift it with: skewctl unhold\n"));
	hold.hold.on = false;
	net_event(&net, DB3, &hold);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	release.release.for_span = span_s(60);
	net_event(&net, DB3, &release);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_run(&net, span_s(50));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_run(&net, span_s(15));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net_close(&net);
}

/* Whoever does what the note says finds no other hold in its way; and in a dry run nothing is held back but words. */
static void what_holds_a_node_back_is_told_whole_and_where_it_is_true(void **state)
{
	static struct net net;
	struct event hold = { .kind = EVENT_HOLD };

	(void)state;
	net_open(&net, galera);
	hold.hold.on = true;
	hold.hold.for_span = SPAN_MAX;
	net_event(&net, DB3, &hold);
	hold.hold.cluster = true;
	net_event(&net, DB3, &hold);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_non_null(strstr(net.notes, "lift it with: skewctl unhold, and skewctl unhold --cluster\n"));
	net_close(&net);
	net_open(&net, "galera: {above: 2s, after: 10s, dry_run: true}\n");
	net_event(&net, DB3, &hold);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_null(strstr(net.notes, "would leave work"));
	net_close(&net);
}

static void what_was_in_force_before_a_restart_is_given_back_on_proof_alone(void **state)
{
	static struct net net;
	struct event active = { .kind = EVENT_ACTION };

	(void)state;
	net_open_mute(&net, galera);
	active.action.measure = MEASURE_DESYNC;
	active.action.state = ACTION_ACTIVE;
	net_event(&net, DB3, &active);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_run(&net, span_s(15));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

static void a_driver_that_speaks_later_raises_nothing(void **state)
{
	static struct net net;
	struct event active = { .kind = EVENT_ACTION };

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(3));
	active.action.measure = MEASURE_DESYNC;
	active.action.state = ACTION_ACTIVE;
	net_event(&net, DB3, &active);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

static void before_the_driver_has_spoken_nothing_is_wanted_of_it(void **state)
{
	static struct net net;

	(void)state;
	net_open_mute(&net, galera);
	net_run(&net, span_s(3));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_OK);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

static void say(struct net *net, unsigned host, enum conf_measure measure, enum action_state state)
{
	net_event(net, host,
		&(struct event){ .kind = EVENT_ACTION, .action = { .measure = measure, .state = state } });
}

static void every_measure_has_to_speak_first(void **state)
{
	static struct net net;

	(void)state;
	net_open_mute(&net, fencing);
	say(&net, DB3, MEASURE_DESYNC, ACTION_IDLE);
	net_run(&net, span_s(3));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	say(&net, DB3, MEASURE_FENCE, ACTION_IDLE);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

static void a_fence_from_before_a_restart_counts_as_any_measure(void **state)
{
	static struct net net;

	(void)state;
	net_open_mute(&net, fencing);
	say(&net, DB3, MEASURE_DESYNC, ACTION_IDLE);
	say(&net, DB3, MEASURE_FENCE, ACTION_ACTIVE);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_run(&net, span_s(15));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

/* The fence was held, and its driver says nothing of it any more. */
static void a_measure_that_a_reload_took_away_keeps_no_claim(void **state)
{
	static struct net net;

	(void)state;
	net_open_mute(&net, fencing);
	core_require_claim(net.hosts[DB3].core, true);
	say(&net, DB3, MEASURE_DESYNC, ACTION_IDLE);
	say(&net, DB3, MEASURE_FENCE, ACTION_IDLE);
	net_event(&net, DB3, &(struct event){ .kind = EVENT_CLAIM, .claim_held = true });
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	say(&net, DB3, MEASURE_DESYNC, ACTION_ACTIVE);
	say(&net, DB3, MEASURE_FENCE, ACTION_HELD);
	net_reload(&net, DB3, galera);
	say(&net, DB3, MEASURE_DESYNC, ACTION_ACTIVE);
	net.hosts[DB3].shift = SPAN_ZERO;
	net_run(&net, span_s(40));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	assert_int_equal(net.hosts[DB3].effects.wanted.claim, WANT_KEEP);
	say(&net, DB3, MEASURE_DESYNC, ACTION_IDLE);
	assert_int_equal(net.hosts[DB3].effects.wanted.claim, WANT_OFF);
	net_close(&net);
}

static void what_was_latched_or_is_not_configured_any_more_raises_nothing(void **state)
{
	static struct net net;

	(void)state;
	net_open_mute(&net, galera);
	say(&net, DB3, MEASURE_DESYNC, ACTION_LATCHED);
	say(&net, DB3, MEASURE_FENCE, ACTION_ACTIVE);
	net_run(&net, span_s(3));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drill_goes_through_the_whole_chain_and_ends),
		cmocka_unit_test(held_nothing_moves_and_released_everything_goes),
		cmocka_unit_test(what_holds_a_node_back_is_told_whole_and_where_it_is_true),
		cmocka_unit_test(what_was_in_force_before_a_restart_is_given_back_on_proof_alone),
		cmocka_unit_test(a_driver_that_speaks_later_raises_nothing),
		cmocka_unit_test(before_the_driver_has_spoken_nothing_is_wanted_of_it),
		cmocka_unit_test(every_measure_has_to_speak_first),
		cmocka_unit_test(a_fence_from_before_a_restart_counts_as_any_measure),
		cmocka_unit_test(a_measure_that_a_reload_took_away_keeps_no_claim),
		cmocka_unit_test(what_was_latched_or_is_not_configured_any_more_raises_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
