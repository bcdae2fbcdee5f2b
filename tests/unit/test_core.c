#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static const char galera[] = "galera: {above: 2s, after: 10s}\n";

static void all_right_is_said_by_everyone(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (size_t i = 0; i < NET_HOSTS; i++) {
		struct verdict v = net_verdict(&net, i);

		assert_int_equal(v.state, VERDICT_OK);
		assert_int_equal(v.agree, 4);
		assert_int_equal(v.electorate, 4);
		assert_non_null(strstr(v.summary, "agrees with the cluster"));
		assert_non_null(strstr(v.summary, "4 of 4 agree"));
	}
	net_close(&net);
}

static void the_first_verdict_is_there_at_once(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_ms(200));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void one_node_ahead_accuses_itself_and_nobody_else(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(5));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_int_equal(v.agree, 3);
	assert_non_null(strstr(v.summary, "db3 is 1900"));
	assert_non_null(strstr(v.summary, "s ahead (+-"));
	assert_non_null(strstr(v.summary, "of the cluster; 3 of 4 agree"));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	assert_int_equal(net_verdict(&net, DB1).agree, 3);
	net_run(&net, span_s(10));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	assert_int_equal(net.hosts[DB1].effects.wanted.leave, WANT_OFF);
	net_close(&net);
}

static void db2_sees_that_db3_is_the_one(void **state)
{
	static struct net net;
	struct node_view db1, db3;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(-1900);
	net_run(&net, span_s(5));
	db1 = net_view(&net, DB2, 1);
	db3 = net_view(&net, DB2, 2);
	assert_string_equal(db3.name, "db3");
	assert_int_equal(db3.verdict.state, VERDICT_CRITICAL);
	assert_non_null(strstr(db3.verdict.summary, "behind"));
	assert_int_equal(db1.verdict.state, VERDICT_OK);
	assert_int_equal(db3.state.state, VERDICT_CRITICAL); /* and db3 says so itself */
	net_close(&net);
}

static void back_in_time_it_is_released(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net.hosts[DB3].shift = SPAN_ZERO;
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP); /* not yet for 30 s */
	net_run(&net, span_s(15));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_OFF);
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_OK);
	net_close(&net);
}

static void two_against_two_nobody_is_accused(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB2].shift = net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(30));
	for (size_t i = 0; i < NET_HOSTS; i++) {
		struct verdict v = net_verdict(&net, i);

		assert_int_equal(v.state, VERDICT_UNKNOWN);
		assert_string_equal(v.cause, "two-camps");
		assert_int_equal(net.hosts[i].effects.wanted.leave, WANT_KEEP);
	}
	assert_string_equal(net_verdict(&net, DB1).summary,
		"db1 cannot tell: no majority of 4 agrees; two camps: db1, mon1 against db2, db3");
	net_close(&net);
}

static void cut_off_it_knows_nothing_and_keeps_its_hands_off(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(3));
	net.hosts[DB3].silent = true;
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(60));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_UNKNOWN);
	assert_string_equal(v.cause, "no-majority");
	assert_string_equal(v.summary,
		"db3 cannot tell: 0 of 3 others in reach, 3 of 4 make a majority; no answer from "
		"db1, db2, mon1");
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void cut_off_while_out_it_stays_out(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(120));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_UNKNOWN);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

static void stays_unknown(struct net *net, size_t host, struct span span)
{
	for (int64_t end = net->now + span.ns; net->now < end;) {
		net_run(net, span_ms(5));
		assert_int_equal(net_verdict(net, host).state, VERDICT_UNKNOWN);
		assert_int_equal(net->hosts[host].effects.wanted.leave, WANT_KEEP);
	}
}

/* The first voter is missed a moment before the others are: what they said before the step acquits nobody. */
static void set_right_just_after_it_was_cut_off_it_cannot_tell(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	net.hosts[DB3].silent = true;
	while (net_verdict(&net, DB3).state != VERDICT_UNKNOWN)
		net_run(&net, span_ms(5));
	net.hosts[DB3].shift = SPAN_ZERO;
	net_event(&net, DB3, &(struct event){ .kind = EVENT_TICK }); /* the kernel said so */
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_UNKNOWN);
	stays_unknown(&net, DB3, span_s(8));
	net.hosts[DB3].silent = false;
	net_run(&net, span_s(3));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	net_run(&net, span_s(32));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_OK);
	net_close(&net);
}

static void a_step_of_ones_own_is_proved_within_milliseconds(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {raise_after: 0s}\n");
	net_run(&net, span_s(20));
	net.hosts[DB2].shift = span_s(1900);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_TICK }); /* the kernel said so */
	assert_int_equal(net_verdict(&net, DB2).state, VERDICT_OK);
	net_run(&net, span_ms(10));
	assert_int_equal(net_verdict(&net, DB2).state, VERDICT_CRITICAL);
	assert_string_equal(net_verdict(&net, DB2).cause, "step");
	assert_non_null(strstr(net_verdict(&net, DB2).summary, "its clock was stepped by 1900 s"));
	net_close(&net);
}

static void a_machine_that_stood_still_and_was_set_right_is_not_accused_by_what_it_remembers(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {raise_after: 0s}\n");
	net_run(&net, span_s(20));
	net.now += span_s(20).ns;
	net.hosts[DB2].stood = span_s(20);
	net.hosts[DB2].shift = span_s(20); /* its time service stepped it before the first answer came */
	net_event(&net, DB2, &(struct event){ .kind = EVENT_TICK });
	assert_int_equal(net_verdict(&net, DB2).state, VERDICT_OK);
	net_run(&net, span_s(5));
	assert_int_equal(net_verdict(&net, DB2).state, VERDICT_OK);
	assert_null(strstr(net.notes, "db2: db2 is "));
	net_close(&net);
}

/*
 * Over 600 ms there and back a stop of 500 ms contradicts nothing: what is left of old and new together is 200 to 300 ms, and
 * the truth is 500. Set right by as much, db2 would be proved wrong by what it remembers; each exchange alone knows better.
 */
static void after_its_own_step_a_host_is_convicted_by_each_exchange_alone(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {warning: 100ms, critical: 150ms, raise_after: 0s}\n");
	net.path = span_ms(300);
	net_run(&net, span_s(20));
	net.now += span_ms(500).ns;
	net.hosts[DB2].stood = net.hosts[DB2].shift = span_ms(500);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_TICK });
	for (int look = 0; look < 200; look++) {
		struct decision decision;

		net_run(&net, span_ms(50));
		core_decision(net.hosts[DB2].core, &decision);
		for (size_t i = 0; i < decision.n; i++)
			assert_true(interval_holds(decision.ballots[i].alone, SPAN_ZERO));
		assert_int_not_equal(net_verdict(&net, DB2).state, VERDICT_CRITICAL);
		assert_int_not_equal(net_verdict(&net, DB2).state, VERDICT_WARNING);
	}
	net_close(&net);
}

static void after_a_sleep_all_is_measured_anew(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {raise_after: 0s}\n");
	net_run(&net, span_s(20));
	net.now += span_s(20).ns;
	net.hosts[DB2].stood = net.hosts[DB2].shift = net.hosts[DB2].slept = span_s(20);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_TICK });
	assert_non_null(strstr(net.notes, "db2 was suspended for 20 s"));
	assert_false(net_view(&net, DB2, 1).measured);
	net_run(&net, span_s(1));
	assert_int_equal(net_verdict(&net, DB2).state, VERDICT_OK);
	net_close(&net);
}

/* Answers are on their way when the machine goes to sleep, and come when it is awake again and has asked anew. */
static void what_was_asked_before_a_sleep_is_not_believed_after_it(void **state)
{
	static struct net net;
	unsigned answers = 0;

	(void)state;
	net_open(&net, "");
	net.path = span_ms(500);
	net_run(&net, span_s(20));
	net.path = span_ms(1);
	net.now += span_s(20).ns;
	for (size_t i = 0; i < net.n_flights; i++) {
		answers += net.flights[i].to == DB2 && net.flights[i].in.side == SIDE_ASK;
		net.flights[i].arrives = net.now + span_ms(300).ns;
	}
	assert_true(answers > 0);
	net.hosts[DB2].stood = net.hosts[DB2].shift = net.hosts[DB2].slept = span_s(20);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_TICK });
	for (int i = 0; i < 400; i++) {
		struct decision decision;

		net_run(&net, span_ms(1));
		core_decision(net.hosts[DB2].core, &decision);
		for (size_t voter = 0; voter < decision.n; voter++)
			assert_true(!decision.ballots[voter].known ||
				    interval_holds(decision.ballots[voter].offset, SPAN_ZERO));
	}
	net_close(&net);
}

static void a_peers_step_is_known_from_its_epoch(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	net.hosts[DB2].shift = span_s(-7);
	net_run(&net, span_s(2));
	assert_non_null(strstr(net.notes, "db1: the clock of db2 was stepped by -7 s"));
	net_close(&net);
}

static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

/* One step every two seconds: what it is otherwise told with must not be washed out of the events. */
static void a_clock_that_is_stepped_on_and_on_is_told_once_a_minute_with_how_often(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 1; i <= 60; i++) {
		net.hosts[DB2].shift = span_ms(INT64_C(-7) * i);
		net_run(&net, span_s(2));
	}
	net_run(&net, span_s(62));
	assert_int_equal(count(net.notes, "db1: the clock of db2 was stepped by -7 ms"), 6);
	assert_int_equal(count(net.notes, "db2: the clock of db2 was stepped by -7 ms"), 6);
	assert_int_equal(count(net.notes, "db1: the clock of db2 was stepped by -7 ms\n"), 4);
	assert_non_null(strstr(net.notes, "db1: the clock of db2 was stepped by -7 ms (the latest of 27 "
					  "times in the last minute)"));
	net_close(&net);
}

/* It answers, and asks nobody: nothing but its starts is to be told. */
static void a_host_that_starts_on_and_on_is_told_once_a_minute_with_how_often(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 1; i <= 30; i++) {
		net_restart(&net, DB2);
		net_run(&net, span_s(2));
	}
	net_run(&net, span_s(62));
	assert_int_equal(count(net.notes, "db1: db2 has restarted\n"), 4);
	assert_int_equal(
		count(net.notes, "db1: db2 has restarted (the latest of 26 times in the last minute)"), 1);
	net_close(&net);
}

static void a_host_that_falls_silent_on_and_on_is_told_once_a_minute_with_how_often(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 0; i < 8; i++) {
		net.hosts[DB2].silent = true;
		net_run(&net, span_s(7));
		net.hosts[DB2].silent = false;
		net_run(&net, span_s(3));
	}
	assert_int_equal(count(net.notes, "db1: db2 no longer answers"), 5);
	assert_int_equal(count(net.notes, "db1: db2 answers again"), 5);
	assert_non_null(
		strstr(net.notes, "db1: db2 no longer answers (the latest of 3 times in the last minute)"));
	net_close(&net);
}

/* What was held back an hour ago is not of the last minute. */
static void silences_of_long_ago_are_not_counted_in_the_last_minute(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 0; i < 6; i++) {
		net.hosts[DB2].silent = true;
		net_run(&net, span_s(6));
		net.hosts[DB2].silent = false;
		net_run(&net, span_s(3));
	}
	net_run(&net, span_s(3600));
	net.notes[0] = '\0';
	net.hosts[DB2].silent = true;
	net_run(&net, span_s(10));
	assert_non_null(strstr(net.notes, "db1: db2 no longer answers\n"));
	net_close(&net);
}

/* More than there is room for in one step: the rest is told with the next ones. */
static void of_many_that_fall_silent_at_once_all_are_told(void **state)
{
	static struct net net;
	static const char many[] = "references: [10.0.1.1, 10.0.1.2, 10.0.1.3, 10.0.1.4, 10.0.1.5, 10.0.1.6, "
				   "10.0.1.7, 10.0.1.8, 10.0.1.9, 10.0.1.10, 10.0.1.11, 10.0.1.12, "
				   "10.0.1.13, 10.0.1.14, 10.0.1.15, 10.0.1.16]\n";

	(void)state;
	net_open(&net, many);
	net_run(&net, span_s(20));
	net.notes[0] = '\0';
	net.hosts[DB1].silent = true;
	net.now += span_s(100).ns;
	net_event(&net, DB1, &(struct event){ .kind = EVENT_TICK });
	net_event(&net, DB1, &(struct event){ .kind = EVENT_TICK });
	assert_int_equal(count(net.notes, "db1: this process stood still"), 1);
	assert_int_equal(count(net.notes, "no longer answers\n"), 19);
	net_close(&net);
}

static void across_the_era_and_from_1970(void **state)
{
	static const int64_t starts[] = { 2085978495,
		60 }; /* a second before the NTP era ends; a minute after 1970 */
	static struct net net;

	(void)state;
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		net_open(&net, "");
		net.epoch = starts[i] * NS_PER_S;
		net_run(&net, span_s(5));
		assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
		net.hosts[DB3].shift = span_s(INT64_C(365) * 86400);
		net_run(&net, span_s(5));
		assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
		assert_non_null(strstr(net_verdict(&net, DB3).summary, "ahead"));
		assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
		net_close(&net);
	}
}

static void a_witness_is_convicted_and_has_nothing_to_take_out(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[MON1].shift = span_s(1900);
	net_run(&net, span_s(30));
	assert_int_equal(net_verdict(&net, MON1).state, VERDICT_CRITICAL);
	assert_int_equal(net.hosts[MON1].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

static void right_again_it_says_so_before_it_is_cleared(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(10));
	net.hosts[DB3].shift = SPAN_ZERO;
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "clearing");
	assert_int_equal(v.agree, 4);
	assert_non_null(strstr(v.summary, "4 of 4 agree; it is right again, and cleared when that has held"));
	net_close(&net);
}

static void a_majority_of_one_mind_within_two_seconds_is_enough_for_critical(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB3].shift = span_s(-162);
	net.hosts[DB2].shift = span_ms(1200); /* beyond the critical level of the others, and they of its */
	net_run(&net, span_s(30));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_int_equal(v.agree, 3);
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net_close(&net);
}

static void slow_paths_that_prove_the_level_of_actions_alone_change_nothing(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.path = span_ms(600);
	net_run(&net, span_s(30));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_UNKNOWN);
	assert_string_equal(net_verdict(&net, DB1).cause, "path-too-slow");
	assert_int_equal(net.hosts[DB1].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_right_is_said_by_everyone),
		cmocka_unit_test(the_first_verdict_is_there_at_once),
		cmocka_unit_test(one_node_ahead_accuses_itself_and_nobody_else),
		cmocka_unit_test(db2_sees_that_db3_is_the_one),
		cmocka_unit_test(back_in_time_it_is_released),
		cmocka_unit_test(two_against_two_nobody_is_accused),
		cmocka_unit_test(cut_off_it_knows_nothing_and_keeps_its_hands_off),
		cmocka_unit_test(cut_off_while_out_it_stays_out),
		cmocka_unit_test(set_right_just_after_it_was_cut_off_it_cannot_tell),
		cmocka_unit_test(a_step_of_ones_own_is_proved_within_milliseconds),
		cmocka_unit_test(
			a_machine_that_stood_still_and_was_set_right_is_not_accused_by_what_it_remembers),
		cmocka_unit_test(after_its_own_step_a_host_is_convicted_by_each_exchange_alone),
		cmocka_unit_test(after_a_sleep_all_is_measured_anew),
		cmocka_unit_test(what_was_asked_before_a_sleep_is_not_believed_after_it),
		cmocka_unit_test(a_peers_step_is_known_from_its_epoch),
		cmocka_unit_test(a_clock_that_is_stepped_on_and_on_is_told_once_a_minute_with_how_often),
		cmocka_unit_test(a_host_that_starts_on_and_on_is_told_once_a_minute_with_how_often),
		cmocka_unit_test(a_host_that_falls_silent_on_and_on_is_told_once_a_minute_with_how_often),
		cmocka_unit_test(of_many_that_fall_silent_at_once_all_are_told),
		cmocka_unit_test(silences_of_long_ago_are_not_counted_in_the_last_minute),
		cmocka_unit_test(across_the_era_and_from_1970),
		cmocka_unit_test(a_witness_is_convicted_and_has_nothing_to_take_out),
		cmocka_unit_test(right_again_it_says_so_before_it_is_cleared),
		cmocka_unit_test(a_majority_of_one_mind_within_two_seconds_is_enough_for_critical),
		cmocka_unit_test(slow_paths_that_prove_the_level_of_actions_alone_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
