#include "story.h"

#include <string.h>

#include "../../sentinel/galera/leak.h"

/* A node that is desynced, looked at once a second while it applies so many writes in between. */
struct world {
	struct leak_watch watch;
	struct wsrep seen;
	struct mono now;
};

static struct world *desynced(void)
{
	static struct world world;

	world = (struct world){
		.seen = { .local_state = WSREP_DONOR_DESYNCED, .desync_count = 1, .committed = 40 }
	};
	leak_looked(&world.watch, &world.seen, world.now);
	return &world;
}

static struct world *passes(struct world *world, int seconds, uint64_t writes)
{
	for (; seconds > 0; seconds--) {
		world->now = mono_add(world->now, span_s(1));
		world->seen.committed += writes;
		leak_looked(&world->watch, &world->seen, world->now);
	}
	return world;
}

static bool applies(const struct world *world)
{
	return leak_applies(&world->watch, world->now);
}

static void a_node_that_goes_on_applying_has_no_read_lock(void **state)
{
	(void)state;
	assert_true(applies(passes(desynced(), 6, 1)));
}

static void what_was_on_its_way_when_the_lock_came_proves_nothing(void **state)
{
	(void)state;
	assert_false(applies(desynced()));
	assert_false(applies(passes(desynced(), 4, 1)));
	assert_false(applies(passes(passes(desynced(), 4, 1), 30, 0)));
}

static void nor_does_a_node_that_has_nothing_to_apply(void **state)
{
	(void)state;
	assert_false(applies(passes(desynced(), 100, 0)));
}

static void it_is_proved_for_a_minute(void **state)
{
	struct world *world = passes(desynced(), 6, 1);

	(void)state;
	assert_true(applies(passes(world, 59, 0)));
	assert_false(applies(passes(world, 2, 0)));
	assert_true(applies(passes(world, 1, 1)));
}

static void and_anew_where_anything_changed(void **state)
{
	struct world *world = passes(desynced(), 6, 1);

	(void)state;
	world->seen.desync_count = 2;
	assert_false(applies(passes(world, 4, 1)));
	assert_true(applies(passes(world, 2, 1)));
	world->seen.view++;
	assert_false(applies(passes(world, 1, 1)));
}

static void a_server_that_was_not_seen_for_a_while_begins_anew(void **state)
{
	struct world *world = passes(desynced(), 6, 1);

	(void)state;
	leak_looked(&world->watch, NULL, world->now);
	assert_false(applies(world));
	assert_false(applies(passes(world, 1, 1)));
	assert_true(applies(passes(world, 6, 1)));
}

int main(void)
{
	static const struct CMUnitTest stories[] = {
		cmocka_unit_test(a_node_that_goes_on_applying_has_no_read_lock),
		cmocka_unit_test(what_was_on_its_way_when_the_lock_came_proves_nothing),
		cmocka_unit_test(nor_does_a_node_that_has_nothing_to_apply),
		cmocka_unit_test(it_is_proved_for_a_minute),
		cmocka_unit_test(and_anew_where_anything_changed),
		cmocka_unit_test(a_server_that_was_not_seen_for_a_while_begins_anew),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
