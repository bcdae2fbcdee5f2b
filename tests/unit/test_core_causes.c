#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static const char galera[] = "galera: {above: 2s, after: 10s}\n";

static const char trusted[] = "references: [{address: 10.0.0.9, key: 1, trusted: true}]\n"
			      "galera: {above: 2s, after: 1s}\n";

static void a_trusted_reference_alerts_when_all_are_wrong_alike_and_takes_nobody_out(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, trusted);
	net.reference = span_s(-60);
	net_run(&net, span_s(10));
	for (size_t i = 0; i < NET_HOSTS; i++) {
		struct verdict v = net_verdict(&net, i);

		assert_int_equal(v.state, VERDICT_CRITICAL);
		assert_string_equal(v.cause, "reference");
		assert_non_null(strstr(v.summary, "s ahead (+-"));
		assert_non_null(
			strstr(v.summary, "of 10.0.0.9, a trusted reference, and so is the whole cluster"));
		assert_int_not_equal(net.hosts[i].effects.wanted.leave, WANT_ON);
	}
	net_close(&net);
}

static void a_trusted_reference_vetoes_a_majority_that_is_wrong(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, trusted);
	for (size_t i = 0; i < NET_HOSTS; i++)
		net.hosts[i].shift = i == DB3 ? SPAN_ZERO : span_s(1900);
	net_run(&net, span_s(30));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_UNKNOWN);
	assert_string_equal(v.cause, "veto");
	assert_non_null(strstr(v.summary, "db3 cannot tell: it is 1900 s behind"));
	assert_non_null(strstr(v.summary, "of the cluster, but "));
	assert_non_null(strstr(v.summary, "of 10.0.0.9, a trusted reference: look at the others"));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

static void a_reference_without_a_key_has_no_vote_and_raises_doubt(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, "references: [10.0.0.9]\n");
	net.reference = span_s(-60);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB1);
	assert_int_equal(v.state, VERDICT_OK);
	assert_int_equal(v.electorate, 4);
	assert_non_null(strstr(v.summary, "; 10.0.0.9 doubts it: 60"));
	net_close(&net);
}

static void a_moment_that_stood_still_while_nobody_looked_is_not_taken_for_a_crystal(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(4)); /* too short to know the rate of a crystal */
	net.cut[DB1][DB2] = net.cut[DB2][DB1] = true;
	net_run(&net, span_s(20));
	net.hosts[DB2].stood = span_ms(10); /* and is behind by that from now on */
	net_run(&net, span_s(20));
	net.cut[DB1][DB2] = net.cut[DB2][DB1] = false;
	for (int look = 0; look < 200; look++) {
		struct node_view db2;

		net_run(&net, span_ms(100));
		db2 = net_view(&net, DB1, 1);
		assert_true(!db2.reachable ||
			    (db2.offset.low.ns <= span_ms(-10).ns && span_ms(-10).ns <= db2.offset.high.ns));
	}
	assert_true(net_view(&net, DB1, 1).reachable);
	net_close(&net);
}

static void a_machine_that_stood_still_is_behind_and_its_peers_tell_it(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(10));
	net.now += span_s(20).ns;
	net.hosts[DB3].stood = span_s(20); /* all its clocks: nothing inside shows it */
	net_run(&net, span_s(25));
	assert_non_null(strstr(net.notes, "db1: the raw clock of db3 jumped by -20 s against ours"));
	assert_null(strstr(net.notes, "cannot all be true"));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "vm-stopped");
	assert_non_null(strstr(v.summary, "db3 is 20 s behind"));
	assert_non_null(strstr(v.summary, "its machine stood still for 20 s"));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	assert_string_equal(net_view(&net, DB1, 2).verdict.cause, "vm-stopped");
	net_close(&net);
}

/* The kernel knows of a suspend, unlike of a stop; where the hardware's clock is wrong, waking steps the wall clock wrongly. */
static void a_machine_that_was_suspended_says_so_of_itself(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(10));
	net.now += span_s(20).ns;
	net.hosts[DB3].stood = net.hosts[DB3].slept = span_s(20);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_string_equal(v.cause, "suspended");
	assert_non_null(strstr(v.summary, "db3 is 20 s behind"));
	assert_non_null(strstr(v.summary, "; its machine was suspended for 20 s"));
	net.now += span_s(30).ns;
	net.hosts[DB3].stood = net.hosts[DB3].slept = span_s(50);
	net.hosts[DB3].shift = span_s(57);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_string_equal(v.cause, "suspended");
	assert_non_null(strstr(v.summary, "db3 is 7 s ahead"));
	assert_non_null(strstr(v.summary, "; its machine was suspended for 30 s"));
	/* What steps it after it woke is something else, unless that is little. */
	net.hosts[DB3].shift = span_s(58);
	net_run(&net, span_s(10));
	assert_string_equal(net_verdict(&net, DB3).cause, "skew");
	net.hosts[DB3].shift = span_s(67);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_string_equal(v.cause, "step");
	assert_non_null(strstr(v.summary, "; its clock was stepped by 9 s"));
	/* Though the suspend led the same way. */
	net.now += span_s(10).ns;
	net.hosts[DB3].stood = net.hosts[DB3].slept = span_s(60);
	net_run(&net, span_s(1));
	net.hosts[DB3].shift = span_s(57);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_non_null(strstr(v.summary, "db3 is 3 s behind"));
	assert_non_null(strstr(v.summary, "; its clock was stepped by -10 s"));
	net_close(&net);
}

/* Three are set wrong by their time server, or right at last: the majority counts, and its steps are told. */
static void where_the_others_were_stepped_that_is_told(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(10));
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_s(-5);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "others-stepped");
	assert_non_null(strstr(v.summary, "db3 is 5 s ahead"));
	assert_non_null(strstr(v.summary, "; it is the clocks of db1, db2, mon1 that were stepped by -5 s"));
	/* Neither a step towards it, nor a little one, nor a single one's is why. */
	net_run(&net, span_s(610));
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_s(-1);
	net_run(&net, span_s(10));
	assert_non_null(strstr(net_verdict(&net, DB3).summary, "db3 is 999.8 ms ahead"));
	assert_string_equal(net_verdict(&net, DB3).cause, "skew");
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_ms(-1200);
	net_run(&net, span_s(10));
	assert_string_equal(net_verdict(&net, DB3).cause, "skew");
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_ms(-800);
	net_run(&net, span_s(610));
	net.hosts[DB1].shift = span_ms(-1240);
	net_run(&net, span_s(10));
	assert_string_equal(net_verdict(&net, DB3).cause, "skew");
	net_close(&net);
}

static void steps_that_differ_are_not_told_as_one(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, galera);
	net.hosts[DB2].shift = span_s(3);
	net_run(&net, span_s(10));
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_s(-5);
	net_run(&net, span_s(10));
	assert_string_equal(net_verdict(&net, DB3).cause, "others-stepped");
	assert_non_null(strstr(
		net_verdict(&net, DB3).summary, "it is the clocks of db1, db2, mon1 that were stepped"));
	assert_null(strstr(net_verdict(&net, DB3).summary, "stepped by"));
	net_close(&net);
}

/* One after which the clock was right explains nothing: neither what is wrong later, nor why. */
static void a_suspend_that_left_the_clock_right_is_not_why(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, galera);
	net_run(&net, span_s(10));
	net.now += span_s(20).ns;
	net.hosts[DB3].stood = net.hosts[DB3].slept = net.hosts[DB3].shift = span_s(20);
	net_run(&net, span_s(60));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_OK);
	net.hosts[DB1].shift = net.hosts[DB2].shift = net.hosts[MON1].shift = span_s(-5);
	net_run(&net, span_s(10));
	v = net_verdict(&net, DB3);
	assert_string_not_equal(v.cause, "suspended");
	assert_null(strstr(v.summary, "suspended"));
	assert_string_equal(v.cause, "others-stepped");
	net_close(&net);
}

static void nothing_is_done_about_what_a_leap_second_explains(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, "thresholds: {critical: 500ms}\ngalera: {above: 600ms, after: 1s}\n");
	for (size_t i = 0; i < NET_HOSTS; i++)
		net.hosts[i].leap = NTP_LEAP_INSERT;
	net.hosts[DB3].shift = span_s(1);
	net_run(&net, span_s(20));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "leap-second");
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net.hosts[DB3].shift = span_s(30); /* no leap second is that long */
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net_close(&net);
}

static void one_voters_word_of_a_leap_second_keeps_nobody_in(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {critical: 500ms}\ngalera: {above: 600ms, after: 1s}\n");
	net.hosts[DB1].leap = NTP_LEAP_INSERT;
	net.hosts[DB3].shift = span_s(1);
	net_run(&net, span_s(20));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	assert_string_equal(net_verdict(&net, DB3).cause, "step");
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_ON);
	net_close(&net);
}

static void a_majoritys_word_of_a_leap_second_is_enough(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "thresholds: {critical: 500ms}\ngalera: {above: 600ms, after: 1s}\n");
	net.hosts[DB1].leap = net.hosts[DB2].leap = net.hosts[MON1].leap = NTP_LEAP_INSERT;
	net.hosts[DB3].shift = span_s(1);
	net_run(&net, span_s(20));
	assert_string_equal(net_verdict(&net, DB3).cause, "leap-second");
	assert_int_equal(net.hosts[DB3].effects.wanted.leave, WANT_KEEP);
	net_close(&net);
}

static void a_peers_step_is_named_where_the_peer_is_accused(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	net.hosts[DB3].shift = span_s(7);
	net_run(&net, span_s(5));
	v = net_view(&net, DB1, 2).verdict;
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "step");
	assert_non_null(strstr(v.summary, "db3 is 7 s ahead"));
	assert_non_null(strstr(v.summary, "; its clock was stepped by 7 s"));
	assert_null(strstr(net_view(&net, DB1, 1).verdict.summary, "stepped"));
	net_close(&net);
}

/* db3 is wrong, and another one's raw clock jumps ahead: that was that other one's doing. */
static void one_peers_jump_does_not_say_that_this_machine_stood_still(void **state)
{
	static struct net net;
	struct verdict v;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	net.hosts[DB2].stood = span_s(-20);
	net.hosts[DB2].shift = span_s(-20);
	net_run(&net, span_s(10));
	assert_non_null(strstr(net.notes, "db3: the raw clock of db2 jumped by 20 s against ours"));
	v = net_verdict(&net, DB3);
	assert_int_equal(v.state, VERDICT_CRITICAL);
	assert_string_equal(v.cause, "step");
	assert_null(strstr(v.summary, "stood still"));
	net_close(&net);
}

static void lists_of_members_that_differ_are_named(void **state)
{
	static struct net net;
	struct conf *conf;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(2));
	conf = net_conf(DB1, "  - {name: db4, address: 10.0.0.20}\n");
	assert_true(core_reload(net.hosts[DB1].core, conf, net.ring));
	conf_free(net.hosts[DB1].conf);
	net.hosts[DB1].conf = conf;
	net_run(&net, span_s(3));
	assert_non_null(strstr(net.notes,
		"db2: db1 has another list of members than this host: compare the configurations"));
	assert_null(strstr(net_verdict(&net, DB3).summary, "list of members"));
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(5));
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_CRITICAL);
	assert_non_null(strstr(net_verdict(&net, DB3).summary,
		"; db1 has another list of members: compare the configurations"));
	net_close(&net);
}

static void a_process_that_stood_still_says_so(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	net.now += span_s(20).ns;
	net_event(&net, DB1, &(struct event){ .kind = EVENT_TICK });
	assert_non_null(strstr(net.notes, "db1: this process stood still for "));
	/* Once, however many datagrams waited. */
	net_event(&net, DB1, &(struct event){ .kind = EVENT_TICK });
	assert_null(strstr(strstr(net.notes, "stood still") + 1, "db1: this process stood still"));
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trusted_reference_alerts_when_all_are_wrong_alike_and_takes_nobody_out),
		cmocka_unit_test(a_trusted_reference_vetoes_a_majority_that_is_wrong),
		cmocka_unit_test(a_reference_without_a_key_has_no_vote_and_raises_doubt),
		cmocka_unit_test(a_moment_that_stood_still_while_nobody_looked_is_not_taken_for_a_crystal),
		cmocka_unit_test(a_machine_that_stood_still_is_behind_and_its_peers_tell_it),
		cmocka_unit_test(a_machine_that_was_suspended_says_so_of_itself),
		cmocka_unit_test(where_the_others_were_stepped_that_is_told),
		cmocka_unit_test(steps_that_differ_are_not_told_as_one),
		cmocka_unit_test(a_suspend_that_left_the_clock_right_is_not_why),
		cmocka_unit_test(nothing_is_done_about_what_a_leap_second_explains),
		cmocka_unit_test(one_voters_word_of_a_leap_second_keeps_nobody_in),
		cmocka_unit_test(a_majoritys_word_of_a_leap_second_is_enough),
		cmocka_unit_test(a_peers_step_is_named_where_the_peer_is_accused),
		cmocka_unit_test(one_peers_jump_does_not_say_that_this_machine_stood_still),
		cmocka_unit_test(lists_of_members_that_differ_are_named),
		cmocka_unit_test(a_process_that_stood_still_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
