/* The simulated world itself: one seed gives one run, and its clocks and servers behave as real ones do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* ---- runs ---- */

/* The story of a random run; the caller frees it. */
static char *story_of(uint64_t seed)
{
	struct plan plan;
	struct world *world;
	char *story;
	size_t len;
	FILE *out = open_memstream(&story, &len);

	assert_non_null(out);
	plan_throw(&plan, seed);
	plan.lasts = span_s(30);
	world = world_new(&plan, seed, out);
	assert_non_null(world);
	world_run(world);
	world_free(world);
	fclose(out);
	return story;
}

static void one_seed_tells_one_story(void **state)
{
	char *once = story_of(7), *again = story_of(7), *other = story_of(8);

	(void)state;
	assert_string_equal(once, again);
	assert_string_not_equal(once, other);
	free(once);
	free(again);
	free(other);
}

/*
 * 800 ms on one direction of one path, on clocks that agree: nobody is called anything, and the pair whose own path can
 * tell no better than to 800 ms is known to a fraction of a millisecond over the two others.
 */
static void a_lopsided_path_raises_nothing_and_is_known_over_the_others(void **state)
{
	enum { DB1, DB3 = 2 };
	struct plan plan = *plan_named("one-sided");
	struct world *world;
	struct reading now;
	struct span truly;
	struct cell cell;

	(void)state;
	plan.lasts = span_s(150); /* in the midst of it */
	world = world_new(&plan, 1, NULL);
	assert_non_null(world);
	world_run(world);
	for (int i = 0; i < LEVEL_COUNT; i++)
		assert_int_equal(world->totals.raised[i], 0);
	for (unsigned i = 0; i < world->n_hosts; i++)
		assert_int_equal(world->hosts[i].sight.state, VERDICT_OK);
	now = clockwork_read(&world->hosts[DB1].clock, world->now, SPAN_ZERO);
	truly = clockwork_offset(&world->hosts[DB3].clock, &world->hosts[DB1].clock, world->now);
	assert_true(core_cell(world->hosts[DB1].core, 0, world_node(&world->hosts[DB1], DB3), &now, &cell));
	assert_false(cell.implied);
	assert_true(interval_width(cell.offset).ns > span_ms(800).ns);
	assert_true(cell.has_mesh);
	assert_true(interval_holds(cell.mesh, truly));
	assert_true(interval_width(cell.mesh).ns < span_ms(3).ns);
	world_free(world);
}

/*
 * Clocks that are slewed apart come to the edge of what can be proved, where one exchange proves it and the age of the next
 * one does not: that is no reason to say two things a second.
 */
static void at_the_edge_of_what_can_be_proved_nobody_chatters(void **state)
{
	struct world *world = world_new(plan_named("half-smeared"), 1, NULL);

	(void)state;
	assert_non_null(world);
	world_run(world);
	assert_in_range(world->totals.verdicts[VERDICT_UNKNOWN], 4, 8);
	world_free(world);
}

/* ---- clocks ---- */

static struct truth at_s(int64_t s)
{
	return (struct truth){ s * NS_PER_S };
}

static struct clockwork clock_of(int64_t crystal_ppb)
{
	struct clockwork clock;

	clockwork_start(&clock, span_s(1000), (struct wall){ 5000 * NS_PER_S }, crystal_ppb);
	return clock;
}

static void a_crystal_that_is_fast_gains(void **state)
{
	struct clockwork clock = clock_of(20000);

	(void)state;
	assert_int_equal(clockwork_raw(&clock, at_s(100)).ns, (1000 + 100) * NS_PER_S + 2 * NS_PER_MS);
	assert_int_equal(clockwork_wall(&clock, at_s(100)).ns, (5000 + 100) * NS_PER_S + 2 * NS_PER_MS);
}

static void a_slew_moves_wall_and_monotonic_alike_and_raw_not_at_all(void **state)
{
	struct clockwork clock = clock_of(0);

	(void)state;
	clockwork_set_rates(&clock, at_s(10), 0, -80000000);
	assert_int_equal(clockwork_raw(&clock, at_s(20)).ns, 1020 * NS_PER_S);
	assert_int_equal(clockwork_mono(&clock, at_s(20)).ns, 1020 * NS_PER_S - 800 * NS_PER_MS);
	assert_int_equal(clockwork_wall(&clock, at_s(20)).ns, 5020 * NS_PER_S - 800 * NS_PER_MS);
}

static void a_step_moves_the_wall_clock_alone(void **state)
{
	struct clockwork clock = clock_of(0);

	(void)state;
	clockwork_step(&clock, at_s(10), span_s(-3));
	assert_int_equal(clockwork_mono(&clock, at_s(10)).ns, 1010 * NS_PER_S);
	assert_int_equal(clockwork_wall(&clock, at_s(10)).ns, 5007 * NS_PER_S);
}

/* Boot time too: nothing inside shows it. */
static void a_machine_that_stands_still_shows_no_gap(void **state)
{
	struct clockwork clock = clock_of(0);
	struct reading before, after;

	(void)state;
	clockwork_stop(&clock, at_s(10));
	before = clockwork_read(&clock, at_s(10), SPAN_ZERO);
	clockwork_resume(&clock, at_s(30));
	after = clockwork_read(&clock, at_s(30), SPAN_ZERO);
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(clockwork_wall(&clock, at_s(31)).ns, 5011 * NS_PER_S);
}

static void after_a_sleep_wall_and_boot_time_have_gone_on(void **state)
{
	struct clockwork clock = clock_of(0);

	(void)state;
	clockwork_stop(&clock, at_s(10));
	clockwork_wake(&clock, at_s(30), span_s(20));
	assert_int_equal(clockwork_mono(&clock, at_s(30)).ns, 1010 * NS_PER_S);
	assert_int_equal(clockwork_wall(&clock, at_s(30)).ns, 5030 * NS_PER_S);
	assert_int_equal(clock.boot.ns, 20 * NS_PER_S);
}

static void a_timer_finds_the_instant_at_which_it_is_due(void **state)
{
	struct clockwork clock = clock_of(-123457);
	struct mono due = { 1077 * NS_PER_S + 1 };
	struct truth at;

	(void)state;
	clockwork_set_rates(&clock, at_s(5), -123456, 79999999);
	at = clockwork_when(&clock, due);
	assert_true(clockwork_mono(&clock, at).ns >= due.ns);
	assert_true(clockwork_mono(&clock, truth_add(at, span_ns(-2))).ns < due.ns);
}

/* ---- the database ---- */

static bool whole(const void *arg, unsigned a, unsigned b)
{
	(void)arg;
	(void)a;
	(void)b;
	return true;
}

static struct cluster three_servers(void)
{
	struct cluster cluster = { .count = 3, .linked = whole };

	for (unsigned i = 0; i < 3; i++)
		cluster_add(&cluster, i);
	return cluster;
}

static void a_set_takes_a_millisecond(void **state)
{
	struct cluster cluster = three_servers();
	struct server *server = &cluster.servers[1];

	(void)state;
	server_set(server, OWNER_SENTINEL, true, 9, at_s(1));
	assert_int_equal(cluster_turn(&cluster, at_s(1)).ns, NS_PER_S + NS_PER_MS);
	assert_int_equal(server->sets[OWNER_SENTINEL].end, SET_WAITS);
	cluster_turn(&cluster, (struct truth){ NS_PER_S + NS_PER_MS });
	assert_int_equal(server->sets[OWNER_SENTINEL].end, SET_DONE);
	assert_int_equal(server_desync_count(server), 1);
	assert_int_equal(server_local_state(server, at_s(2)), 2);
}

static void a_set_waits_until_a_member_that_hangs_is_put_out(void **state)
{
	struct cluster cluster = three_servers();

	(void)state;
	cluster.servers[2].hung = 1;
	cluster_changed(&cluster, at_s(1));
	server_set(&cluster.servers[1], OWNER_SENTINEL, true, 9, at_s(2));
	cluster_turn(&cluster, at_s(6));
	assert_int_equal(cluster.servers[1].sets[OWNER_SENTINEL].end, SET_WAITS);
	cluster_turn(&cluster, at_s(7));
	assert_int_equal(cluster.servers[1].sets[OWNER_SENTINEL].end, SET_DONE);
	assert_true(cluster.servers[1].primary);
	assert_false(cluster.servers[2].primary);
}

static bool alone(const void *arg, unsigned a, unsigned b)
{
	(void)arg;
	return a != 1 && b != 1;
}

/* The variable goes on reading 1. */
static void a_partition_makes_the_group_forget(void **state)
{
	struct cluster cluster = three_servers();
	struct server *server = &cluster.servers[1];

	(void)state;
	server->variable = server->counted = true;
	cluster.linked = alone;
	cluster_changed(&cluster, at_s(1));
	cluster_turn(&cluster, at_s(8));
	assert_false(server->primary);
	server_set(server, OWNER_SENTINEL, false, 9, at_s(8));
	cluster_turn(&cluster, at_s(9));
	assert_int_equal(server->sets[OWNER_SENTINEL].end, SET_REFUSED);
	cluster.linked = whole;
	cluster_changed(&cluster, at_s(10));
	cluster_turn(&cluster, at_s(12));
	assert_true(server->primary);
	assert_true(server->variable);
	assert_int_equal(server_desync_count(server), 0);
}

static void setting_what_is_set_does_nothing(void **state)
{
	struct cluster cluster = three_servers();
	struct server *server = &cluster.servers[0];

	(void)state;
	server_set(server, OWNER_OPERATOR, true, 1, at_s(1));
	cluster_turn(&cluster, at_s(2));
	server_set(server, OWNER_SENTINEL, true, 9, at_s(3));
	cluster_turn(&cluster, at_s(4));
	assert_int_equal(server_desync_count(server), 1);
	assert_int_equal(server->owner, OWNER_OPERATOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_seed_tells_one_story),
		cmocka_unit_test(a_lopsided_path_raises_nothing_and_is_known_over_the_others),
		cmocka_unit_test(at_the_edge_of_what_can_be_proved_nobody_chatters),
		cmocka_unit_test(a_crystal_that_is_fast_gains),
		cmocka_unit_test(a_slew_moves_wall_and_monotonic_alike_and_raw_not_at_all),
		cmocka_unit_test(a_step_moves_the_wall_clock_alone),
		cmocka_unit_test(a_machine_that_stands_still_shows_no_gap),
		cmocka_unit_test(after_a_sleep_wall_and_boot_time_have_gone_on),
		cmocka_unit_test(a_timer_finds_the_instant_at_which_it_is_due),
		cmocka_unit_test(a_set_takes_a_millisecond),
		cmocka_unit_test(a_set_waits_until_a_member_that_hangs_is_put_out),
		cmocka_unit_test(a_partition_makes_the_group_forget),
		cmocka_unit_test(setting_what_is_set_does_nothing),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
