#include "story.h"

#include "net.h"

enum { DB1, DB2, DB3, MON1 };

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
	net_run(&net, span_s(15));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_knows_what_the_others_measured),
		cmocka_unit_test(what_an_answer_tells_is_as_old_as_the_answer),
		cmocka_unit_test(answers_from_before_a_stop_do_not_undo_what_was_measured_after_it),
		cmocka_unit_test(a_pair_that_cannot_talk_is_known_over_a_third),
		cmocka_unit_test(a_host_that_lies_about_another_is_found_on_a_ring),
		cmocka_unit_test(a_reload_keeps_what_is_known),
		cmocka_unit_test(honest_hosts_are_not_doubted_while_one_is_slewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
