#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static const char joins[] = "galera: {above: 2s, after: 2s, measures: [block_joins]}\n";

static struct net net;

/* What is wanted on that host about the peer of that name. */
static struct join_peer about(size_t host, const char *name)
{
	const struct wanted_joins *wanted = &net.hosts[host].effects.wanted.joins;
	const struct conf *conf = net.hosts[host].conf;

	for (size_t i = 0; i < wanted->n; i++)
		if (strcmp(conf->peers[wanted->peers[i].peer].name, name) == 0)
			return wanted->peers[i];
	fail_msg("%s is no data node", name);
	return (struct join_peer){ 0 };
}

static enum want want_of(size_t host)
{
	return net.hosts[host].effects.wanted.joins.want;
}

static void a_skewed_peer_is_to_be_kept_out_by_all_that_are_right(void **state)
{
	(void)state;
	net_open(&net, joins);
	net_run(&net, span_s(3));
	assert_int_equal(want_of(DB1), WANT_ON);
	assert_true(about(DB1, "db3").in);
	assert_false(about(DB1, "db3").out);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_ms(1500));
	assert_false(about(DB1, "db3").out); /* not for long enough */
	assert_false(about(DB1, "db3").in);
	net_run(&net, span_s(3));
	assert_true(about(DB1, "db3").out);
	assert_false(about(DB1, "db2").out);
	assert_true(about(DB2, "db3").out);
	/* The one that is wrong wants nothing of its own, and the witness has no database. */
	net_run(&net, span_s(3));
	assert_int_equal(want_of(DB3), WANT_KEEP);
	assert_int_equal(want_of(MON1), WANT_KEEP);
	net_close(&net);
}

static void mended_it_is_let_in_within_an_interval(void **state)
{
	(void)state;
	net_open(&net, joins);
	net.hosts[DB3].shift = span_s(-1900);
	net_run(&net, span_s(6));
	assert_true(about(DB1, "db3").out);
	net.hosts[DB3].shift = SPAN_ZERO;
	net_run(&net, span_ms(1100));
	assert_false(about(DB1, "db3").out);
	assert_true(about(DB1, "db3").in);
	net_close(&net);
}

/* It was skewed when it was heard last, and nothing says that it is not any more. */
static void what_cannot_be_told_changes_nothing(void **state)
{
	(void)state;
	net_open(&net, joins);
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(6));
	net.hosts[DB3].silent = true;
	net_run(&net, span_s(20));
	assert_true(about(DB1, "db3").out);
	assert_int_equal(about(DB1, "db3").word, JOIN_SILENT);
	assert_false(about(DB1, "db3").able);
	net.hosts[DB2].silent = net.hosts[MON1].silent = true;
	net_run(&net, span_s(20));
	assert_int_equal(want_of(DB1), WANT_KEEP);
	net_close(&net);
}

static void two_against_two_nobody_is_kept_out(void **state)
{
	(void)state;
	net_open(&net, joins);
	net.hosts[DB2].shift = net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(10));
	for (size_t host = DB1; host <= DB3; host++) {
		assert_int_equal(want_of(host), WANT_KEEP);
		assert_false(about(host, host == DB1 ? "db3" : "db1").out);
	}
	net_close(&net);
}

static void what_each_says_of_its_list_is_known_to_the_others(void **state)
{
	struct event list = { .kind = EVENT_ACTION };

	(void)state;
	net_open(&net, joins);
	net_run(&net, span_s(2));
	assert_int_equal(about(DB1, "db2").word, JOIN_SILENT);
	assert_true(about(DB1, "db2").able);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_LIST, .no_list = true });
	net_run(&net, span_s(2));
	assert_int_equal(about(DB1, "db2").word, JOIN_NO_LIST);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_LIST, .no_list = false });
	list.action.measure = MEASURE_BLOCK_JOINS;
	list.action.state = ACTION_ACTIVE;
	net_event(&net, DB2, &list);
	net_run(&net, span_s(2));
	assert_int_equal(about(DB1, "db2").word, JOIN_LIST);
	net_close(&net);
}

static void reload(size_t host, const char *extra)
{
	net_reload(&net, host, extra);
	net_run(&net, span_s(2));
}

static void where_a_reload_took_it_away_nothing_is_said_any_more(void **state)
{
	struct event list = { .kind = EVENT_ACTION };

	(void)state;
	net_open(&net, joins);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_LIST, .no_list = true });
	reload(DB2, joins);
	assert_int_equal(about(DB1, "db2").word, JOIN_NO_LIST);
	reload(DB2, "galera: {}\n");
	assert_int_equal(about(DB1, "db2").word, JOIN_SILENT);
	reload(DB2, joins);
	list.action.measure = MEASURE_BLOCK_JOINS;
	list.action.state = ACTION_ACTIVE;
	net_event(&net, DB2, &list);
	reload(DB2, joins);
	assert_int_equal(about(DB1, "db2").word, JOIN_LIST);
	reload(DB2, "galera: {}\n");
	assert_int_equal(about(DB1, "db2").word, JOIN_SILENT);
	net_close(&net);
}

static void held_it_takes_no_part_and_released_it_wants_none(void **state)
{
	struct event event = { .kind = EVENT_HOLD };

	(void)state;
	net_open(&net, joins);
	net_event(&net, DB2, &(struct event){ .kind = EVENT_LIST, .no_list = true });
	net_run(&net, span_s(2));
	event.hold.on = true;
	event.hold.for_span = SPAN_MAX;
	net_event(&net, DB2, &event);
	net_run(&net, span_s(2));
	assert_int_equal(want_of(DB2), WANT_KEEP);
	assert_int_equal(about(DB1, "db2").word, JOIN_SILENT);
	assert_false(about(DB1, "db2").able);
	event = (struct event){ .kind = EVENT_RELEASE };
	event.release.for_span = SPAN_MAX;
	net_event(&net, DB2, &event);
	net_run(&net, span_s(1));
	assert_int_equal(want_of(DB2), WANT_OFF);
	net_close(&net);
}

static void not_configured_nothing_is_wanted(void **state)
{
	(void)state;
	net_open(&net, "galera: {}\n");
	net.hosts[DB3].shift = span_s(1900);
	net_run(&net, span_s(20));
	assert_int_equal(net.hosts[DB1].effects.wanted.joins.n, 0);
	assert_int_equal(want_of(DB1), WANT_KEEP);
	net_close(&net);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_skewed_peer_is_to_be_kept_out_by_all_that_are_right),
		cmocka_unit_test(mended_it_is_let_in_within_an_interval),
		cmocka_unit_test(what_cannot_be_told_changes_nothing),
		cmocka_unit_test(two_against_two_nobody_is_kept_out),
		cmocka_unit_test(what_each_says_of_its_list_is_known_to_the_others),
		cmocka_unit_test(where_a_reload_took_it_away_nothing_is_said_any_more),
		cmocka_unit_test(held_it_takes_no_part_and_released_it_wants_none),
		cmocka_unit_test(not_configured_nothing_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
