#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static const char galera[] = "galera: {above: 2s, after: 10s}\n";
static const char fencing[] = "galera: {above: 2s, after: 10s, measures: fence}\n";

/* ---- verdicts ---- */

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

static void restart(struct net *net, size_t host)
{
	uint8_t seed[PRNG_SEED_SIZE] = { (uint8_t)(net->now / NS_PER_MS), (uint8_t)(net->now / NS_PER_S) };
	struct reading now = net_reading(net, host);
	struct host *h = &net->hosts[host];

	core_free(h->core);
	h->core = core_new(h->conf, net->ring, seed, "0.1.0", &now);
}

/* It answers, and asks nobody: nothing but its starts is to be told. */
static void a_host_that_starts_on_and_on_is_told_once_a_minute_with_how_often(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 1; i <= 30; i++) {
		restart(&net, DB2);
		net_run(&net, span_s(2));
	}
	net_run(&net, span_s(62));
	assert_int_equal(count(net.notes, "db1: db2 has restarted\n"), 4);
	assert_int_equal(
		count(net.notes, "db1: db2 has restarted (the latest of 26 times in the last minute)"), 1);
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

/* ---- references and causes ---- */

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

/* ---- drills, holds ---- */

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

/* ---- hostile datagrams ---- */

static void inject(
	struct net *net, size_t to, enum side side, struct endpoint from, const uint8_t *bytes, size_t len)
{
	struct event event = { .kind = EVENT_DATAGRAM };

	event.datagram = (struct incoming){
		.side = side, .from = from, .to = net_endpoint(to), .bytes = bytes, .len = len
	};
	net_event(net, to, &event);
}

static void an_answer_counts_once(void **state)
{
	static struct net net;
	struct outgoing answer;
	uint64_t received;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	answer = net.last[1];
	received = net_view(&net, answer.to.ip[15] - 1U, 1).received;
	inject(&net, answer.to.ip[15] - 1U, SIDE_ASK, answer.from, answer.bytes, answer.len);
	assert_int_equal(net_rejected(&net, answer.to.ip[15] - 1U, REJECT_NONCE), 1);
	assert_int_equal(net_view(&net, answer.to.ip[15] - 1U, 1).received, received);
	net_close(&net);
}

static void an_answer_from_elsewhere_or_changed_is_not_believed(void **state)
{
	static struct net net;
	struct flight *f;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(2));
	for (size_t tries = 0; tries < 2000; tries++) {
		net_run(&net, span_ms(1));
		if (net.n_flights && net.flights[0].in.side == SIDE_ASK)
			break;
	}
	assert_true(net.n_flights > 0);
	f = &net.flights[0];
	assert_int_equal(f->in.side, SIDE_ASK);
	inject(&net, f->to, SIDE_ASK, (struct endpoint){ .ip = { 1 }, .port = 9123 }, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_ADDRESS), 1);
	f->bytes[40] ^= 1; /* T3 */
	inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_MAC), 1);
	f->bytes[40] ^= 1;
	inject(&net, f->to, SIDE_ASK, f->in.from, f->bytes, f->in.len);
	assert_int_equal(net_rejected(&net, f->to, REJECT_MAC), 1); /* unharmed, it still counts */
	assert_int_equal(net_rejected(&net, f->to, REJECT_NONCE), 0);
	net_close(&net);
}

static void an_answer_is_never_longer_than_its_request(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	assert_true(net.last[1].len > 48);
	assert_true(net.last[1].len <= net.last[0].len);
	assert_true(net.last[0].len <= MESSAGE_MAX);
	net_close(&net);
}

/* A plain NTP client's 48 octets, with a transmit time to find again. */
static const uint8_t plain[NTP_HEADER_SIZE] = { [0] = 0x23, [40] = 0xAB, [47] = 0xCD };

static void without_a_key_nobody_is_answered(void **state)
{
	static struct net net;
	struct endpoint stranger = { .ip = { 9 }, .port = 1234 };

	(void)state;
	net_open(&net, "");
	inject(&net, DB1, SIDE_ANSWER, stranger, plain, sizeof plain);
	assert_int_equal(net.hosts[DB1].effects.n_sends, 0);
	assert_int_equal(net_rejected(&net, DB1, REJECT_CLOSED), 1);
	net_close(&net);
}

static void where_open_a_plain_client_gets_the_true_time_even_in_a_drill(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DRILL };
	struct ntp_header header;

	(void)state;
	net_open(&net, "open: true\n");
	net_run(&net, span_s(3));
	event.drill.on = true;
	event.drill.offset = span_s(1900);
	event.drill.for_span = span_s(60);
	net_event(&net, DB1, &event);
	inject(&net, DB1, SIDE_ANSWER, (struct endpoint){ .ip = { 9 }, .port = 1234 }, plain, sizeof plain);
	assert_int_equal(net.hosts[DB1].effects.n_sends, 1);
	assert_int_equal(net.hosts[DB1].effects.sends[0].len, sizeof plain);
	assert_true(ntp_decode(net.hosts[DB1].effects.sends[0].bytes, sizeof plain, &header));
	assert_int_equal(header.mode, NTP_MODE_SERVER);
	assert_int_equal(header.origin.bits, UINT64_C(0xAB000000000000CD));
	assert_int_equal(ntp_stamp_near(header.transmit, (struct wall){ net.epoch }).ns, net.epoch + net.now);
	net_close(&net);
}

static void rubbish_is_counted_and_never_answered(void **state)
{
	static struct net net;
	uint8_t bytes[MESSAGE_MAX] = { 0x23 };
	struct endpoint stranger = { .ip = { 9 }, .port = 1234 };

	(void)state;
	net_open(&net, "open: true\n");
	for (size_t len = 0; len < sizeof bytes; len++) {
		inject(&net, DB1, SIDE_ANSWER, stranger, bytes, len);
		assert_true(
			net.hosts[DB1].effects.n_sends == 0 || net.hosts[DB1].effects.sends[0].len <= len);
		inject(&net, DB1, SIDE_ASK, stranger, bytes, len);
		assert_int_equal(net.hosts[DB1].effects.n_sends, 0);
	}
	assert_true(net_rejected(&net, DB1, REJECT_MALFORMED) > 0);
	net_close(&net);
}

static void a_host_that_answers_in_anothers_place_is_not_taken_for_it(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_ADDRESS };

	(void)state;
	net_open(&net, "");
	event.address.node = 1; /* db2, says a name server that was turned */
	event.address.endpoint = net_endpoint(DB3);
	net_event(&net, DB1, &event);
	net_run(&net, span_s(5));
	assert_false(net_view(&net, DB1, 1).measured);
	assert_true(net_rejected(&net, DB1, REJECT_NAME) > 3);
	net_close(&net);
}

static void more_time_between_T2_and_T3_than_between_T1_and_T4_is_no_exchange(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.liar = DB2 + 1;
	net.lies_about_t3 = true;
	net_run(&net, span_s(3));
	assert_false(net_view(&net, DB1, 1).measured);
	assert_true(net_rejected(&net, DB1, REJECT_STEP) > 3);
	net_close(&net);
}

static void a_copied_instance_silences_the_one_who_copies(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	net.liar = DB3 + 1;
	net.copied = net.hosts[DB2].core;
	net_run(&net, span_s(5));
	assert_true(net_view(&net, DB1, 1).reachable);
	assert_true(net_view(&net, DB1, 1).last_heard.ns < span_ms(1200).ns);
	assert_true(net_rejected(&net, DB1, REJECT_INSTANCE) > 3);
	assert_non_null(
		strstr(net.notes, "db1: what db3 sends is not believed: it was heard under another name"));
	net_close(&net);
}

static void who_hears_nobody_from_the_beginning_says_so(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(15));
	assert_non_null(strstr(net.notes, "db3: db3 cannot tell: 0 of 3 others in reach"));
	net_close(&net);
}

static void probes_are_spread_over_the_interval(void **state)
{
	static struct net net;
	int64_t least = INT64_MAX, last = 0;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	for (int i = 0; i < 9; i++) { /* three rounds of three peers */
		uint64_t sent = 0, now_sent;

		for (size_t node = 1; node < NET_HOSTS; node++)
			sent += net_view(&net, DB1, node).sent;
		do {
			net_run(&net, span_ms(1));
			now_sent = 0;
			for (size_t node = 1; node < NET_HOSTS; node++)
				now_sent += net_view(&net, DB1, node).sent;
		} while (now_sent == sent);
		if (i && net.now - last < least)
			least = net.now - last;
		last = net.now;
	}
	assert_true(least > span_ms(80).ns);
	net_close(&net);
}

/* ---- bounds ---- */

/* The clocks are read slowly, and the path is quick: each end of each mapping has to be the right one. */
static void slow_readers_on_a_quick_path_are_never_wrong(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.path = span_us(1);
	net.bracket = span_us(100);
	net_run(&net, span_s(1));
	for (int i = 0; i < 100; i++) {
		net_run(&net, span_ms(100));
		for (size_t host = 0; host < NET_HOSTS; host++)
			for (size_t node = 1; node < NET_HOSTS; node++)
				assert_true(interval_holds(net_view(&net, host, node).offset, SPAN_ZERO));
	}
	net_close(&net);
}

/* ---- departures ---- */

static struct span width_seen(struct net *net, bool departures)
{
	struct interval offset;

	net_open(net, "");
	net->departures = departures;
	net_run(net, span_s(10));
	offset = net_view(net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	net_close(net);
	return interval_width(offset);
}

static void the_kernels_departures_take_our_own_slowness_out_of_the_bound(void **state)
{
	static struct net net;

	(void)state;
	/* 1 ms each way, of which 0.4 ms are spent before the datagram leaves. */
	assert_in_range(width_seen(&net, false).ns, span_us(2000).ns, span_us(2010).ns);
	/* The latest answer's is not told yet, so one bound is a second old, and the rate not well known in ten. */
	assert_in_range(width_seen(&net, true).ns, span_us(1200).ns, span_us(1400).ns);
}

static void both_ends_rest_on_answers_where_requests_are_slow(void **state)
{
	static struct net net;
	struct interval offset;

	(void)state;
	net_open(&net, "");
	net.requests_late = span_ms(50);
	net_run(&net, span_s(20));
	offset = net_view(&net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	/* 52 ms by our own exchanges; 1 ms each way by answers, and one end is up to two seconds old. */
	assert_in_range(interval_width(offset).ns, span_ms(2).ns, span_us(3000).ns);
	net_close(&net);
	/* With departures: 0.6 ms each way. */
	net_open(&net, "");
	net.departures = true;
	net.requests_late = span_ms(50);
	net_run(&net, span_s(20));
	offset = net_view(&net, DB1, 1).offset;
	assert_true(interval_holds(offset, SPAN_ZERO));
	assert_in_range(interval_width(offset).ns, span_us(1200).ns, span_us(1800).ns);
	net_close(&net);
}

/* The latest request of db2 to db1, which tells of an exchange; again and again. */
static void a_round_that_is_told_again_says_nothing(void **state)
{
	static struct net net;
	struct outgoing request;
	struct interval before;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	do
		net_run(&net, span_ms(10));
	while (net.last[0].to.ip[15] != 1 || net.n_flights == 0);
	request = net.last[0];
	net_run(&net, span_s(3));
	before = net_view(&net, DB1, 1).offset;
	for (int i = 0; i < 100; i++)
		inject(&net, DB1, SIDE_ANSWER, net_endpoint(DB2), request.bytes, request.len);
	assert_int_equal(net_view(&net, DB1, 1).offset.low.ns, before.low.ns);
	net_run(&net, span_s(3));
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, SPAN_ZERO));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void a_request_that_comes_twice_does_not_make_the_bound_a_lie(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net.departures = net.doubles = true;
	for (int i = 0; i < 200; i++) {
		net_run(&net, span_ms(50));
		if (net_view(&net, DB1, 1).measured)
			assert_true(interval_holds(net_view(&net, DB1, 1).offset, SPAN_ZERO));
	}
	assert_true(net_rejected(&net, DB1, REJECT_NONCE) > 5); /* the second answers */
	net_close(&net);
}

/* The answer of db2 to db1 that is on its way, taken off the wire. */
static struct flight intercept(struct net *net)
{
	for (size_t tries = 0; tries < 4000; tries++) {
		for (size_t i = 0; i < net->n_flights; i++) {
			struct flight f = net->flights[i];

			if (f.in.side != SIDE_ASK || f.from != DB2 || f.to != DB1)
				continue;
			net->flights[i] = net->flights[--net->n_flights];
			return f;
		}
		net_run(net, span_us(500));
	}
	fail();
	return (struct flight){ 0 };
}

static void an_answer_that_was_overtaken_does_not_take_the_clock_back_in_time(void **state)
{
	static struct net net;
	struct flight late;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	late = intercept(&net);
	net.hosts[DB2].shift = span_s(-7);
	net_run(&net, span_ms(1500));
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, span_s(-7)));
	inject(&net, DB1, SIDE_ASK, late.in.from, late.bytes, late.in.len);
	assert_true(interval_holds(net_view(&net, DB1, 1).offset, span_s(-7)));
	assert_null(strstr(net.notes, "was stepped by 7 s"));
	net_close(&net);
}

static void a_departure_nobody_asked_for_changes_nothing(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DEPARTED };
	struct interval before;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	before = net_view(&net, DB1, 1).offset;
	for (int i = 0; i < 1000; i++) {
		event.departed.side = i % 2 ? SIDE_ASK : SIDE_ANSWER;
		event.departed.token = (uint64_t)i;
		event.departed.stamp.ns = net.epoch + net.now;
		net_event(&net, DB1, &event);
	}
	assert_int_equal(net_view(&net, DB1, 1).offset.low.ns, before.low.ns);
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

/* ---- the rest ---- */

static void everyone_knows_what_the_others_measured(void **state)
{
	static struct net net;
	struct reading now;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(5));
	now = net_reading(&net, MON1);
	/* mon1's nodes: itself, db1, db2, db3. What db1 (1) says of db3 (3): */
	assert_true(core_cell(net.hosts[MON1].core, 1, 3, &now, &cell));
	assert_true(interval_holds(cell.offset, span_s(1900)));
	assert_true(core_cell(net.hosts[MON1].core, 3, 0, &now, &cell));
	assert_true(interval_holds(cell.offset, span_s(-1900)));
	net_close(&net);
}

/* The next answer on its way from one host to another; it is taken off the wire. */
static struct flight answer_under_way(struct net *net, size_t from, size_t to)
{
	for (;;) {
		for (size_t i = 0; i < net->n_flights; i++) {
			struct flight f = net->flights[i];

			if (f.in.side == SIDE_ASK && f.from == from && f.to == to) {
				net->flights[i] = net->flights[--net->n_flights];
				return f;
			}
		}
		net_run(net, span_us(100));
	}
}

/* The reader is kept from its work for 9 s, with an answer in its socket: what that tells of others is older by that, too. */
static void what_an_answer_tells_is_as_old_as_the_answer(void **state)
{
	static struct net net;
	struct event event = { .kind = EVENT_DATAGRAM };
	struct reading now;
	struct flight f;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	f = answer_under_way(&net, DB2, DB1);
	f.in.bytes = f.bytes;
	f.in.stamped = true;
	f.in.stamp = net_reading(&net, DB1).wall;
	event.datagram = f.in;
	net.now += span_s(9).ns;
	net_event(&net, DB1, &event);
	now = net_reading(&net, DB1);
	assert_true(core_cell(net.hosts[DB1].core, 1, 2, &now, &cell)); /* db2 of db3 */
	assert_true(cell.age.ns >= span_s(9).ns);
	assert_true(cell.age.ns < span_s(11).ns);
	net_close(&net);
}

static void arrive_late(struct net *net, struct flight *f)
{
	struct event event = { .kind = EVENT_DATAGRAM };

	f->in.bytes = f->bytes;
	f->in.stamped = true;
	f->in.stamp = net_reading(net, f->to).wall;
	event.datagram = f->in;
	net_event(net, f->to, &event);
}

/*
 * Two answers are under way when their asker's machine stands still for 5 s, and come long after: their bounds are from
 * before that on one side and from after it on the other. What was measured anew is not given up for them.
 */
static void answers_from_before_a_stop_do_not_undo_what_was_measured_after_it(void **state)
{
	static struct net net;
	struct decision decision;
	struct flight first, second;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(20));
	first = answer_under_way(&net, DB2, DB1);
	second = answer_under_way(&net, DB3, DB1);
	net.now += span_s(5).ns;
	net.hosts[DB1].stood = span_s(5);
	net_run(&net, span_s(4));
	arrive_late(&net, &first);
	arrive_late(&net, &second);
	core_decision(net.hosts[DB1].core, &decision);
	for (size_t i = 0; i < decision.n; i++)
		assert_true(interval_holds(decision.ballots[i].offset, span_s(5)));
	net_close(&net);
}

static void a_pair_that_cannot_talk_is_known_over_a_third(void **state)
{
	static struct net net;
	struct reading now;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net.hosts[DB3].shift = span_s(1900);
	net.cut[DB1][DB3] = net.cut[DB3][DB1] = true;
	net_run(&net, span_s(5));
	now = net_reading(&net, DB1);
	/* db1's nodes: itself, db2, db3, mon1. */
	assert_false(net_view(&net, DB1, 2).measured);
	assert_true(core_cell(net.hosts[DB1].core, 0, 2, &now, &cell));
	assert_true(cell.implied);
	assert_true(interval_holds(cell.offset, span_s(1900)));
	assert_true(interval_width(cell.offset).ns < span_ms(7).ns);
	/* What is measured is known over third hosts, too. */
	assert_true(core_cell(net.hosts[DB1].core, 0, 1, &now, &cell));
	assert_false(cell.implied);
	assert_true(cell.has_mesh);
	assert_true(interval_holds(cell.mesh, SPAN_ZERO));
	/* It is shown, and convicts nobody: db3 knows two of the three that it would take, and db1 is not among them. */
	assert_int_equal(net_verdict(&net, DB3).state, VERDICT_UNKNOWN);
	assert_null(strstr(net.notes, "cannot all be true"));
	net_close(&net);
}

static void a_host_that_lies_about_another_is_found_on_a_ring(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	assert_null(strstr(net.notes, "cannot all be true"));
	net.liar = DB2 + 1; /* its row says that all others are 5 s further on than it measured */
	net_run(&net, span_s(10));
	assert_non_null(strstr(
		net.notes, "measured of each other cannot all be true: one of them is not believable"));
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void a_reload_keeps_what_is_known(void **state)
{
	static struct net net;
	struct conf *conf;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	conf = net_conf(DB1, "thresholds: {critical: 900ms}\n");
	assert_true(core_reload(net.hosts[DB1].core, conf, net.ring));
	conf_free(net.hosts[DB1].conf);
	net.hosts[DB1].conf = conf;
	assert_true(net_view(&net, DB1, 1).reachable);
	net_event(&net, DB1, &(struct event){ .kind = EVENT_TICK });
	assert_int_equal(net_verdict(&net, DB1).state, VERDICT_OK);
	net_close(&net);
}

static void honest_hosts_are_not_doubted_while_one_is_slewed(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(3));
	for (int i = 0; i < 100; i++) { /* 8 % */
		net.hosts[DB2].slewed = span_add(net.hosts[DB2].slewed, span_ms(8));
		net_run(&net, span_ms(100));
	}
	assert_null(strstr(net.notes, "cannot all be true"));
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

static void reload(struct net *net, size_t host, const char *extra)
{
	struct conf *conf = net_conf(host, extra);

	assert_true(core_reload(net->hosts[host].core, conf, net->ring));
	conf_free(net->hosts[host].conf);
	net->hosts[host].conf = conf;
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
	reload(&net, DB3, galera);
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
		cmocka_unit_test(after_a_sleep_all_is_measured_anew),
		cmocka_unit_test(a_peers_step_is_known_from_its_epoch),
		cmocka_unit_test(a_clock_that_is_stepped_on_and_on_is_told_once_a_minute_with_how_often),
		cmocka_unit_test(a_host_that_starts_on_and_on_is_told_once_a_minute_with_how_often),
		cmocka_unit_test(across_the_era_and_from_1970),
		cmocka_unit_test(a_witness_is_convicted_and_has_nothing_to_take_out),
		cmocka_unit_test(a_trusted_reference_alerts_when_all_are_wrong_alike_and_takes_nobody_out),
		cmocka_unit_test(a_trusted_reference_vetoes_a_majority_that_is_wrong),
		cmocka_unit_test(a_reference_without_a_key_has_no_vote_and_raises_doubt),
		cmocka_unit_test(a_moment_that_stood_still_while_nobody_looked_is_not_taken_for_a_crystal),
		cmocka_unit_test(a_machine_that_stood_still_is_behind_and_its_peers_tell_it),
		cmocka_unit_test(nothing_is_done_about_what_a_leap_second_explains),
		cmocka_unit_test(lists_of_members_that_differ_are_named),
		cmocka_unit_test(right_again_it_says_so_before_it_is_cleared),
		cmocka_unit_test(a_majority_of_one_mind_within_two_seconds_is_enough_for_critical),
		cmocka_unit_test(slow_paths_that_prove_the_level_of_actions_alone_change_nothing),
		cmocka_unit_test(a_drill_goes_through_the_whole_chain_and_ends),
		cmocka_unit_test(held_nothing_moves_and_released_everything_goes),
		cmocka_unit_test(what_was_in_force_before_a_restart_is_given_back_on_proof_alone),
		cmocka_unit_test(an_answer_counts_once),
		cmocka_unit_test(an_answer_from_elsewhere_or_changed_is_not_believed),
		cmocka_unit_test(an_answer_is_never_longer_than_its_request),
		cmocka_unit_test(without_a_key_nobody_is_answered),
		cmocka_unit_test(where_open_a_plain_client_gets_the_true_time_even_in_a_drill),
		cmocka_unit_test(rubbish_is_counted_and_never_answered),
		cmocka_unit_test(a_host_that_answers_in_anothers_place_is_not_taken_for_it),
		cmocka_unit_test(more_time_between_T2_and_T3_than_between_T1_and_T4_is_no_exchange),
		cmocka_unit_test(a_copied_instance_silences_the_one_who_copies),
		cmocka_unit_test(who_hears_nobody_from_the_beginning_says_so),
		cmocka_unit_test(probes_are_spread_over_the_interval),
		cmocka_unit_test(slow_readers_on_a_quick_path_are_never_wrong),
		cmocka_unit_test(the_kernels_departures_take_our_own_slowness_out_of_the_bound),
		cmocka_unit_test(a_request_that_comes_twice_does_not_make_the_bound_a_lie),
		cmocka_unit_test(an_answer_that_was_overtaken_does_not_take_the_clock_back_in_time),
		cmocka_unit_test(a_departure_nobody_asked_for_changes_nothing),
		cmocka_unit_test(both_ends_rest_on_answers_where_requests_are_slow),
		cmocka_unit_test(a_round_that_is_told_again_says_nothing),
		cmocka_unit_test(everyone_knows_what_the_others_measured),
		cmocka_unit_test(what_an_answer_tells_is_as_old_as_the_answer),
		cmocka_unit_test(answers_from_before_a_stop_do_not_undo_what_was_measured_after_it),
		cmocka_unit_test(a_pair_that_cannot_talk_is_known_over_a_third),
		cmocka_unit_test(a_host_that_lies_about_another_is_found_on_a_ring),
		cmocka_unit_test(a_reload_keeps_what_is_known),
		cmocka_unit_test(honest_hosts_are_not_doubted_while_one_is_slewed),
		cmocka_unit_test(a_driver_that_speaks_later_raises_nothing),
		cmocka_unit_test(before_the_driver_has_spoken_nothing_is_wanted_of_it),
		cmocka_unit_test(every_measure_has_to_speak_first),
		cmocka_unit_test(a_fence_from_before_a_restart_counts_as_any_measure),
		cmocka_unit_test(a_measure_that_a_reload_took_away_keeps_no_claim),
		cmocka_unit_test(what_was_latched_or_is_not_configured_any_more_raises_nothing),
		cmocka_unit_test(a_process_that_stood_still_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
