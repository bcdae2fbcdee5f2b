#include "story.h"

#include "../../sentinel/core/mesh.h"
#include "net.h"

enum { DB1, DB2, DB3, MON1 };

static void cut(struct net *net, size_t a, size_t b, bool on)
{
	net->cut[a][b] = net->cut[b][a] = on;
}

/* What a host knows of a pair, by its own nodes: itself, then the others in their order. */
static struct cell pair(struct net *net, size_t host, size_t from, size_t to)
{
	struct reading now = net_reading(net, host);
	struct cell cell = { .implied = false };

	net_event(net, host, &(struct event){ .kind = EVENT_TICK });
	assert_true(core_cell(net->hosts[host].core, from, to, &now, &cell));
	return cell;
}

static struct cell implied(struct net *net, size_t host, size_t from, size_t to)
{
	struct cell cell = { .implied = false };

	net_event(net, host, &(struct event){ .kind = EVENT_TICK });
	assert_true(mesh_implied(net->hosts[host].core, from, to, &cell));
	assert_true(cell.implied);
	return cell;
}

static void a_clock_that_ran_away_unseen_is_still_in_what_is_carried_on(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	net.hosts[DB1].silent = true;
	for (int i = 0; i < 300; i++) { /* 400 ppm for half a minute */
		net.hosts[DB2].slewed = span_add(net.hosts[DB2].slewed, span_us(40));
		net_run(&net, span_ms(100));
	}
	cell = implied(&net, DB1, 0, 1);
	assert_true(interval_holds(cell.offset, span_ms(12)));
	/* Half a millisecond for each second, on both sides; and no more than once. */
	assert_in_range(interval_width(cell.offset).ns, span_ms(30).ns, span_ms(35).ns);
	net_close(&net);
}

static void a_path_that_is_slow_is_known_better_over_a_third_host(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net.longer[DB1][DB2] = net.longer[DB2][DB1] = span_ms(100);
	net.hosts[DB2].shift = span_ms(7);
	net_run(&net, span_s(5));
	cell = pair(&net, DB1, 0, 1);
	assert_false(cell.implied);
	assert_true(interval_width(cell.offset).ns > span_ms(200).ns);
	assert_true(cell.has_mesh);
	assert_true(interval_holds(cell.mesh, span_ms(7)));
	assert_true(interval_width(cell.mesh).ns < span_ms(7).ns);
	net_close(&net);
}

/* db2 and db3 do not hear each other any more when one is stepped: neither's word is of the clock that it has now. */
static void what_was_measured_before_a_step_at_either_end_is_not_used(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, DB2, DB3, true);
	net_run(&net, span_s(10));
	assert_false(pair(&net, DB1, 1, 2).implied);
	assert_false(pair(&net, DB1, 2, 1).implied);
	net.hosts[DB2].shift = span_s(-7);
	net_run(&net, span_s(5));
	cell = pair(&net, DB1, 1, 2); /* db2 of db3: it was another one who measured */
	assert_true(cell.implied);
	assert_true(interval_holds(cell.offset, span_s(7)));
	cell = pair(&net, DB1, 2, 1); /* db3 of db2: it was another one who was measured */
	assert_true(cell.implied);
	assert_true(interval_holds(cell.offset, span_s(-7)));
	net_close(&net);
}

static void what_others_told_of_this_host_before_its_own_step_is_not_used(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	net.hosts[DB1].silent = true;
	net.hosts[DB1].shift = span_s(-7);
	cell = pair(&net, DB1, 1, 0);
	assert_true(cell.implied);
	assert_true(interval_holds(cell.offset, span_s(-7)));
	net_close(&net);
}

/* db3 falls silent for db2 first, and for mon1 20 s later; db1 has not heard it for a minute. */
static void what_follows_is_as_old_as_the_oldest_that_it_follows_from(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, DB1, DB3, true);
	net_run(&net, span_s(61));
	cut(&net, DB2, DB3, true);
	net_run(&net, span_s(20));
	cell = implied(&net, DB1, 0, 2); /* over db2 it is old, over mon1 young */
	assert_in_range(cell.age.ns, span_s(20).ns, span_s(22).ns);
	cut(&net, MON1, DB3, true);
	net_run(&net, span_s(10));
	cell = implied(&net, DB1, 0, 2);
	assert_in_range(cell.age.ns, span_s(30).ns, span_s(32).ns);
	net_run(&net, span_s(35)); /* over db2 it is too old to mean anything */
	cell = implied(&net, DB1, 0, 2);
	assert_in_range(cell.age.ns, span_s(45).ns, span_s(47).ns);
	net_run(&net, span_s(20));
	assert_false(mesh_implied(net.hosts[DB1].core, 0, 2, &cell));
	net_close(&net);
}

/* mon1 does not hear db1 any more. What db1 told of db2 gets old, what db2 tells of db1 does not. */
static void what_two_say_of_each_other_is_as_old_as_the_older(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, MON1, DB1, true);
	net_run(&net, span_s(30));
	assert_in_range(pair(&net, MON1, 2, 1).age.ns, 0, span_s(3).ns);
	assert_in_range(implied(&net, MON1, 2, 3).age.ns, span_s(30).ns, span_s(32).ns);
	net_close(&net);
}

static void two_who_contradict_each_other_about_each_other_are_named(void **state)
{
	static struct net net;
	struct mesh_ring ring;

	(void)state;
	net_open(&net, "");
	net.liar = DB2 + 1;
	net.lies_about = DB3 + 1;
	net_run(&net, span_s(15));
	assert_non_null(strstr(net.notes,
		"db1: what db2, db3 measured of each other cannot all be true: one of them is not "
		"believable"));
	ring = mesh_contradiction(net.hosts[DB1].core, 1, (struct raw){ 0 });
	assert_int_equal(ring.n, 2);
	assert_int_equal(ring.nodes[0], 1);
	assert_int_equal(ring.nodes[1], 2);
	/* Nobody contradicts db1 about itself; yet what the two say of each other does not fit what it measures of both. */
	ring = mesh_contradiction(net.hosts[DB1].core, 0, (struct raw){ 0 });
	assert_int_equal(ring.n, 3);
	assert_int_equal(ring.nodes[0], 0);
	assert_int_equal(ring.nodes[1], 1);
	assert_int_equal(ring.nodes[2], 2);
	net_close(&net);
}

/* What db2 says of db3 is not true, and db3 never had a chance to say anything of db2. */
static void three_are_named_where_no_two_contradict_each_other(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	cut(&net, DB2, DB3, true);
	net_run(&net, span_s(3));
	cut(&net, DB2, DB3, false);
	cut(&net, DB1, DB3, true);
	net.liar = DB2 + 1;
	net.lies_about = DB3 + 1;
	net_run(&net, span_s(15));
	assert_non_null(strstr(net.notes,
		"db1: what db2, db3, mon1 measured of each other cannot all be true: one of them is not "
		"believable"));
	assert_null(strstr(net.notes, "db1: what db2, db3 measured"));
	net_close(&net);
}

static const char *const believable = "cannot all be true";

/* At no time does db1 find a ring that contradicts itself, though none would be told before it is measured anew. */
static void run_believing_all(struct net *net, int seconds)
{
	for (int i = 0; i < 4 * seconds; i++) {
		net_run(net, span_ms(250));
		for (size_t node = 0; node < NET_HOSTS; node++)
			assert_int_equal(
				mesh_contradiction(net->hosts[DB1].core, node, (struct raw){ 0 }).n, 0);
	}
}

/* db3 is stepped when db1 does not hear it any more: what it told before that and what db2 tells of it now are of two clocks. */
static void one_word_from_before_a_step_and_one_from_after_it_contradict_nothing(void **state)
{
	static struct net net;
	struct cell cell;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, DB1, DB3, true);
	net_run(&net, span_s(10));
	net.hosts[DB3].shift = span_s(-7);
	run_believing_all(&net, 20);
	cell = implied(&net, DB1, 0, 2);
	assert_true(interval_holds(cell.offset, span_s(-7)));
	/* Nor does anything follow over it: db1 measured one of the two, and db2 the other. */
	cell = implied(&net, DB1, 0, 1);
	assert_true(interval_holds(cell.offset, SPAN_ZERO));
	net_close(&net);
}

/* db2 falls silent, then db3 is killed, set and started: what db2 told of it is of a clock that is gone, though its epochs count anew. */
static void what_was_measured_of_an_earlier_instance_contradicts_nothing(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, DB1, DB2, true);
	net_run(&net, span_s(6));
	net.hosts[DB3].shift = span_s(-7);
	net_restart(&net, DB3);
	net_run(&net, span_s(2));
	run_believing_all(&net, 18);
	assert_non_null(strstr(net.notes, "db1: db3 has restarted"));
	net_close(&net);
}

/* db2's machine stood still when db1 did not hear it: what it measured of db3 before that is not of the clock that db3 measures now. */
static void a_machine_that_stood_still_unheard_contradicts_nothing(void **state)
{
	static struct net net;

	(void)state;
	net_open(&net, "");
	net_run(&net, span_s(5));
	cut(&net, DB1, DB2, true);
	cut(&net, DB1, MON1, true);
	net_run(&net, span_s(6));
	net.hosts[DB2].stood = span_s(7);
	net_run(&net, span_s(8));
	cut(&net, DB2, DB3, true);
	net_run(&net, span_s(20));
	assert_null(strstr(net.notes, believable));
	net_close(&net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_ran_away_unseen_is_still_in_what_is_carried_on),
		cmocka_unit_test(a_path_that_is_slow_is_known_better_over_a_third_host),
		cmocka_unit_test(what_was_measured_before_a_step_at_either_end_is_not_used),
		cmocka_unit_test(what_others_told_of_this_host_before_its_own_step_is_not_used),
		cmocka_unit_test(what_follows_is_as_old_as_the_oldest_that_it_follows_from),
		cmocka_unit_test(what_two_say_of_each_other_is_as_old_as_the_older),
		cmocka_unit_test(one_word_from_before_a_step_and_one_from_after_it_contradict_nothing),
		cmocka_unit_test(what_was_measured_of_an_earlier_instance_contradicts_nothing),
		cmocka_unit_test(a_machine_that_stood_still_unheard_contradicts_nothing),
		cmocka_unit_test(two_who_contradict_each_other_about_each_other_are_named),
		cmocka_unit_test(three_are_named_where_no_two_contradict_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
