#include "../../sentinel/core/own.h"
#include "story.h"

/* All clocks of a host that has been up for `up_ms`, with the wall clock `wall_ms` past 1970, read in 200 ns. */
static struct reading look(int64_t up_ms, int64_t wall_ms)
{
	int64_t up = up_ms * NS_PER_MS;

	return (struct reading){
		.raw_before = { up },
		.mono_before = { up + 50 },
		.wall = { wall_ms * NS_PER_MS + 100 },
		.mono_after = { up + 150 },
		.raw_after = { up + 200 },
	};
}

/* Wall and monotonic clocks alike, the raw one not. */
static void slew(struct reading *reading, struct span by)
{
	reading->wall = wall_add(reading->wall, by);
	reading->mono_before = mono_add(reading->mono_before, by);
	reading->mono_after = mono_add(reading->mono_after, by);
}

static void a_clock_that_runs_on_was_not_stepped(void **state)
{
	struct reading first = look(1000, 500000), later = look(61000, 560000);
	struct own own;

	(void)state;
	own_init(&own, &first);
	assert_false(own_look(&own, &later));
	assert_int_equal(own.epoch, 0);
}

static void a_step_of_a_microsecond_is_seen_and_counted(void **state)
{
	struct reading first = look(1000, 500000), later = look(2000, 501000);
	struct own own;

	(void)state;
	later.wall.ns += 1000;
	own_init(&own, &first);
	assert_true(own_look(&own, &later));
	assert_int_equal(own.epoch, 1);
	assert_int_equal(own.steps, 1);
	assert_int_equal(own.step.ns, 1000);
}

static void a_step_forward_and_one_back_are_two(void **state)
{
	struct reading first = look(1000, 500000), ahead = look(2000, 2401000), back = look(3000, 502000);
	struct own own;

	(void)state;
	own_init(&own, &first);
	assert_true(own_look(&own, &ahead));
	assert_int_equal(own.step.ns, span_s(1900).ns);
	assert_true(own_look(&own, &back));
	assert_int_equal(own.step.ns, span_s(-1900).ns);
	assert_int_equal(own.epoch, 2);
}

static void a_slew_is_no_step(void **state)
{
	struct reading first = look(1000, 500000), later = look(2000, 501000);
	struct own own;

	(void)state;
	slew(&later, span_ms(80)); /* 8 % fast */
	own_init(&own, &first);
	assert_false(own_look(&own, &later));
}

static void a_slow_reading_hides_a_small_step_and_invents_none(void **state)
{
	struct reading first = look(1000, 500000), slow = look(2000, 501000), next = look(3000, 502000);
	struct own own;

	(void)state;
	slow.mono_after.ns += 5 * NS_PER_MS; /* kept from its work in the midst of the reading */
	slow.raw_after.ns += 5 * NS_PER_MS;
	own_init(&own, &first);
	assert_false(own_look(&own, &slow));
	assert_false(own_look(&own, &next));
}

static void a_stamp_from_before_a_step_is_not_used(void **state)
{
	struct reading first = look(1000, 500000), ahead = look(2000, 2401000), later = look(2010, 2401010);
	struct wall old = { 500999 * NS_PER_MS }, good = { 2401005 * NS_PER_MS },
		    future = { 2402000 * NS_PER_MS };
	struct span age;
	struct own own;

	(void)state;
	own_init(&own, &first);
	own_look(&own, &ahead);
	own_look(&own, &later);
	assert_false(own_stamp_age(&own, old, &age));
	assert_false(own_stamp_age(&own, future, &age));
	assert_true(own_stamp_age(&own, good, &age));
	assert_int_equal(age.ns, 5 * NS_PER_MS + 100);
}

static void a_drill_shifts_what_is_believed_and_ends_by_itself(void **state)
{
	struct reading first = look(1000, 500000), during = look(11000, 510000), after = look(61001, 560001);
	struct drill drill = { .on = true, .offset = span_s(1900), .drift_ppb = 100000 };
	struct interval map;
	struct own own;

	(void)state;
	own_init(&own, &first);
	drill.started = first.mono_after;
	drill.ends = mono_add(drill.started, span_s(60));
	own_drill(&own, &drill);
	assert_int_equal(own.epoch, 1);
	own_look(&own, &during);
	assert_false(own_drill_over(&own));
	/* 1900 s, and 10 s at 100 ppm. */
	map = own_map(&own);
	assert_int_equal(
		span_sub(map.low, reading_map(&during).low).ns, span_add(span_s(1900), span_ms(1)).ns);
	own_look(&own, &after);
	assert_true(own_drill_over(&own));
	assert_int_equal(own.epoch, 2);
	assert_int_equal(own_map(&own).low.ns, reading_map(&after).low.ns);
	assert_int_equal(own.steps, 0);
}

static void a_mapping_that_followed_its_rate_is_known_for_a_stamp_that_waited(void **state)
{
	struct reading first = look(1000, 500000), second = look(2100, 501100), now = look(3000, 502000);
	struct interval ago;
	struct own own;

	(void)state;
	/* The wall clock runs 20 ppm fast, steadily. */
	slew(&second, span_us(22));
	slew(&now, span_us(40));
	own_init(&own, &first);
	own_look(&own, &second);
	own_look(&own, &now);
	ago = own_map_ago(&own, span_ms(1));
	assert_true(interval_holds(ago, span_sub(wall_minus_raw(now.wall, now.raw_before), span_ns(120))));
	assert_true(interval_width(ago).ns < span_us(1).ns);
}

/* The latest look took a new anchor, later than what is asked for: the one before it serves. */
static void a_stamp_from_just_before_the_latest_anchor_is_known_as_well(void **state)
{
	struct reading first = look(1000, 500000), second = look(2100, 501100), third = look(3200, 502200),
		       now = look(3205, 502205);
	struct own own;
	struct interval ago;

	(void)state;
	own_init(&own, &first);
	own_look(&own, &second);
	own_look(&own, &third);
	own_look(&own, &now);
	ago = own_map_ago(&own, span_ms(40));
	assert_true(interval_holds(ago, wall_minus_raw(now.wall, now.raw_before)));
	assert_true(interval_width(ago).ns < span_us(1).ns);
	/* A slew by 3 ms began since. */
	slew(&now, span_ms(3));
	own_look(&own, &now);
	assert_true(interval_holds(own_map_ago(&own, span_ms(40)),
		span_sub(wall_minus_raw(now.wall, now.raw_before), span_ms(3))));
}

static void after_a_step_an_anchor_from_before_it_says_nothing(void **state)
{
	struct reading first = look(1000, 500000), second = look(2100, 501100), third = look(3200, 503200),
		       now = look(3205, 503205);
	struct own own;

	(void)state;
	own_init(&own, &first);
	own_look(&own, &second);
	assert_true(own_look(&own, &third));
	own_look(&own, &now);
	assert_in_range(
		interval_width(own_map_ago(&own, span_ms(40))).ns, span_us(8000).ns, span_us(8200).ns);
}

static void without_a_rate_yet_a_stamp_that_waited_may_have_seen_any_slew(void **state)
{
	struct reading first = look(1000, 500000), now = look(1500, 500500);
	struct own own;

	(void)state;
	own_init(&own, &first);
	own_look(&own, &now);
	assert_in_range(interval_width(own_map_ago(&own, span_ms(1))).ns, span_us(200).ns, span_us(205).ns);
}

static void a_slew_that_began_meanwhile_widens_it(void **state)
{
	struct reading first = look(1000, 500000), second = look(2100, 501100), now = look(3000, 502000);
	struct own own;

	(void)state;
	own_init(&own, &first);
	own_look(&own, &second);
	slew(&now, span_ms(5)); /* 8 % for the last 62 ms */
	own_look(&own, &now);
	/* What held 1 ms ago may have been 80 us less. */
	assert_true(interval_holds(own_map_ago(&own, span_ms(1)),
		span_sub(wall_minus_raw(now.wall, now.raw_before), span_us(80))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_runs_on_was_not_stepped),
		cmocka_unit_test(a_step_of_a_microsecond_is_seen_and_counted),
		cmocka_unit_test(a_step_forward_and_one_back_are_two),
		cmocka_unit_test(a_slew_is_no_step),
		cmocka_unit_test(a_slow_reading_hides_a_small_step_and_invents_none),
		cmocka_unit_test(a_stamp_from_before_a_step_is_not_used),
		cmocka_unit_test(a_mapping_that_followed_its_rate_is_known_for_a_stamp_that_waited),
		cmocka_unit_test(a_stamp_from_just_before_the_latest_anchor_is_known_as_well),
		cmocka_unit_test(after_a_step_an_anchor_from_before_it_says_nothing),
		cmocka_unit_test(without_a_rate_yet_a_stamp_that_waited_may_have_seen_any_slew),
		cmocka_unit_test(a_slew_that_began_meanwhile_widens_it),
		cmocka_unit_test(a_drill_shifts_what_is_believed_and_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
