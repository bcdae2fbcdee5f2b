#include "exchanges.h"
#include "story.h"

static void one_exchange_bounds_by_the_round_trip(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = over(1000, 20, 30, 7);
	struct interval i;

	(void)state;
	assert_false(estimate_at(&estimate, at(1050), &i));
	assert_int_equal(estimate_add(&estimate, &e), 0);
	assert_true(estimate_at(&estimate, at(1050), &i));
	/* [7 - 30, 7 + 20] ms; on the bound that was 50 ms old, 500 ppm of that and 5 ns of wander; and rounding. */
	assert_in_range(span_ms(-23).ns - i.low.ns, 0, 10);
	assert_in_range(i.high.ns - span_ms(27).ns - 25000, 0, 20);
}

static void a_lopsided_path_makes_it_wide_and_never_wrong(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = over(1000, 800, 1, 0);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &e), 0);
	estimate_at(&estimate, at(1801), &i);
	assert_true(interval_holds(i, SPAN_ZERO));
	assert_true(interval_width(i).ns >= span_ms(801).ns);
}

static void the_best_of_each_way_counts(void **state)
{
	struct estimate estimate = fresh();
	struct exchange quick_out = over(1000, 1, 90, 5), quick_back = over(2000, 90, 2, 5);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &quick_out), 0);
	assert_int_equal(estimate_add(&estimate, &quick_back), 0);
	estimate_at(&estimate, at(2092), &i);
	assert_true(interval_holds(i, span_ms(5)));
	/* 1 ms + 2 ms of path, and what 1.1 s at 500 ppm adds. */
	assert_true(interval_width(i).ns < span_ms(4).ns);
}

/* The quick way out bounds from above, the quick way back from below: each end says which exchange it rests on. */
static void each_end_tells_the_exchange_that_it_rests_on(void **state)
{
	struct estimate estimate = fresh();
	struct exchange quick_out = over(1000, 1, 90, 5), quick_back = over(2000, 90, 2, 5),
			slow = over(3000, 95, 95, 5);

	(void)state;
	assert_int_equal(estimate_add(&estimate, &quick_out), 0);
	assert_int_equal(estimate_add(&estimate, &quick_back), 0);
	assert_int_equal(estimate_add(&estimate, &slow), 0);
	assert_int_equal(estimate.above.at.ns, at(1091).ns);
	assert_int_equal(estimate.above.round_trip.ns, span_ms(91).ns);
	assert_int_equal(estimate.below.at.ns, at(2092).ns);
	assert_int_equal(estimate.below.round_trip.ns, span_ms(92).ns);
	assert_int_equal(estimate.latest.at.ns, at(3190).ns);
	assert_int_equal(estimate.latest.round_trip.ns, span_ms(190).ns);
}

/* 15 to 25 ms each way, whatever comes; the other clock gains 20 us in a second. */
static struct exchange at_random(uint64_t *dice, int64_t second)
{
	int64_t t1 = second * NS_PER_S, t2, t4;

	*dice = *dice * UINT64_C(6364136223846793005) + 1442695040888963407U;
	t2 = t1 + 15000000 + (int64_t)(*dice >> 33) % 10000000;
	*dice = *dice * UINT64_C(6364136223846793005) + 1442695040888963407U;
	t4 = t2 + 15000000 + (int64_t)(*dice >> 33) % 10000000;
	return (struct exchange){ .high_at = { t1 },
		.high = { t2 + t2 / 50000 - t1 },
		.low_at = { t4 },
		.low = { t2 + t2 / 50000 - t4 } };
}

static void the_value_for_people_is_several_times_nearer_than_the_middle(void **state)
{
	struct estimate estimate = fresh();
	int64_t of_middle = 0, of_likely = 0;
	uint64_t dice = 1;

	(void)state;
	for (int64_t second = 1; second <= 600; second++) {
		struct exchange e = at_random(&dice, second);
		struct span truly = { e.low_at.ns / 50000 };

		assert_int_equal(estimate_add(&estimate, &e), 0);
		assert_true(interval_holds(estimate.now, estimate.likely));
		if (second <= 128)
			continue;
		of_middle += span_abs(span_sub(interval_middle(estimate.now), truly)).ns / 472;
		of_likely += span_abs(span_sub(estimate.likely, truly)).ns / 472;
	}
	assert_true(4 * of_likely < of_middle);
	assert_true(of_likely < span_us(200).ns);
}

static void with_age_it_widens_at_the_rate_of_crystals(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = over(0, 1, 1, 0);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &e), 0);
	estimate_at(&estimate, at(1000002), &i);
	/* 1000 s at 500 ppm, and what the rate may have wandered: 0.1 ms at once, 0.84 ms by changing. */
	assert_in_range(span_ms(-501).ns - i.low.ns, span_us(930).ns, span_us(950).ns);
}

static void a_contradiction_drops_the_oldest(void **state)
{
	struct estimate estimate = fresh();
	struct exchange before = over(1000, 1, 1, 0), between = over(2000, 1, 1, 0),
			after = over(3000, 1, 1, -20000);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &before), 0);
	assert_int_equal(estimate_add(&estimate, &between), 0);
	/* The other host stood still for 20 s. */
	assert_int_equal(estimate_add(&estimate, &after), 2);
	estimate_at(&estimate, at(3002), &i);
	assert_true(interval_holds(i, span_s(-20)));
	assert_false(interval_holds(i, SPAN_ZERO));
}

/*
 * Our own clocks stood still for 1240 ms while a request was late by 983: its upper bound is from before that and its lower
 * one from after it. It tells the jump, and the next exchange is believed without it.
 */
static void an_exchange_that_began_before_a_jump_is_no_part_of_what_comes_after_it(void **state)
{
	struct estimate estimate = fresh();
	struct exchange before = over(1000, 160, 100, 0), across = over(2000, 1143, 100, 0),
			after = over(2100, 160, 100, 1240);
	struct interval i;

	(void)state;
	across.low_at = at(2099);
	across.low = span_ms(2000 + 1143 - 2099);
	assert_int_equal(estimate_add(&estimate, &before), 0);
	assert_int_equal(estimate_add(&estimate, &across), 1);
	assert_int_equal(estimate_add(&estimate, &after), 0);
	estimate_at(&estimate, after.low_at, &i);
	assert_true(interval_holds(i, span_ms(1240)));
}

/* Of two that began before a jump was seen, the one that began later is nearer to the truth; after both, neither counts. */
static void an_exchange_that_comes_from_before_a_jump_is_told(void **state)
{
	struct estimate estimate = fresh();
	struct exchange before = over(1000, 1, 1, 0), across = over(2000, 1, 1, 1240),
			earlier = over(1990, 900, 20, 1240), later = over(2001, 1, 5, 1240),
			after = over(2100, 1, 1, 1240), last = over(2003, 400, 1, 1240);

	(void)state;
	assert_false(estimate_straddles(&estimate, &before));
	assert_int_equal(estimate_add(&estimate, &before), 0);
	assert_int_equal(estimate_add(&estimate, &across), 1);
	assert_true(estimate_straddles(&estimate, &earlier));
	assert_false(estimate_straddles(&estimate, &later));
	assert_int_equal(estimate_add(&estimate, &later), 0);
	assert_int_equal(estimate.window.count, 1);
	assert_false(estimate_straddles(&estimate, &after));
	assert_int_equal(estimate_add(&estimate, &after), 0);
	assert_int_equal(estimate.window.count, 1);
	last.high_at = at(2001);
	assert_true(estimate_straddles(&estimate, &last));
}

static void an_exchange_that_waited_is_believed_alone(void **state)
{
	struct estimate estimate = fresh();
	struct exchange before = over(1000, 1, 1, 0), waited = over(2000, 20000, 1, -20000),
			after = over(23000, 1, 1, -20000);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &before), 0);
	/* This host's machine went on, the other one stood still for 20 s with the request in its queue. */
	assert_int_equal(estimate_add(&estimate, &waited), 0);
	assert_true(estimate_at(&estimate, waited.low_at, &i));
	assert_true(interval_holds(i, span_s(-20)));
	assert_true(interval_holds(i, SPAN_ZERO)); /* nor can it tell yet */
	assert_int_equal(estimate_add(&estimate, &after), 2);
	assert_true(estimate_at(&estimate, after.low_at, &i));
	assert_true(interval_holds(i, span_s(-20)));
	assert_true(interval_width(i).ns < span_ms(25).ns);
}

static void the_window_forgets(void **state)
{
	struct estimate estimate;
	struct exchange tight = over(0, 1, 1, 0), loose = over(1, 50, 50, 0);
	struct interval i;

	(void)state;
	estimate_init(&estimate, 2, CRYSTAL_PPB);
	assert_int_equal(estimate_add(&estimate, &tight), 0);
	assert_int_equal(estimate_add(&estimate, &loose), 0);
	assert_int_equal(estimate_add(&estimate, &loose), 0);
	estimate_at(&estimate, at(101), &i);
	assert_true(interval_width(i).ns >= span_ms(100).ns);
}

static void hostile_numbers_saturate(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = {
		.high_at = { INT64_MAX }, .low_at = { INT64_MIN }, .high = SPAN_MAX, .low = SPAN_MIN
	};
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &e), 0);
	assert_true(estimate_at(&estimate, at(0), &i));
	assert_true(interval_valid(i));
}

/*
 * By hand: two exchanges, 100 s apart, over a path of 1 ms each way to a crystal that is 10 ppm fast. In 100 s it gains
 * 1 ms, so the clouds are at 1 and 2 ms above, -1 and 0 below. The steepest line between them goes from the first lower
 * point (-1 ms at 2 ms) to the last upper one (2 ms at 100000 ms): 3 ms in 99.998 s, 30.0006 ppm. The flattest goes from
 * the first upper one (1 ms at 0) to the last lower one (0 ms at 100002 ms): -10.0 ppm.
 */
static void a_worked_example(void **state)
{
	struct estimate estimate = fresh();
	struct exchange first = over(0, 1, 1, 0), last = over(100000, 1, 1, 1);
	struct interval i;

	(void)state;
	assert_int_equal(estimate_add(&estimate, &first), 0);
	assert_int_equal(estimate_add(&estimate, &last), 0);
	/* Wander moves the old points out by 10 us and 8.3 us more: 0.18 ppm over 100 s. */
	assert_in_range((int64_t)(rate_ppm(estimate.fastest) * 1000), 30100, 30300);
	assert_in_range((int64_t)(-rate_ppm(estimate.slowest) * 1000), 10100, 10300);
	assert_true(estimate_at(&estimate, at(100002), &i));
	assert_in_range(-i.low.ns, 0, 100);
	assert_in_range(i.high.ns, span_ms(2).ns, span_ms(2).ns + 200);
}

/* A crystal whose rate walks by up to 20 ppb a second, seen over a path of 20 to 30 ms each way. */
static void the_truth_is_always_inside_and_the_bound_far_below_the_round_trip(void **state)
{
	uint64_t seed;
	int64_t widths = 0;

	(void)state;
	for (seed = 1; seed <= 200; seed++) {
		struct estimate estimate = fresh();
		uint64_t random = seed;
		int64_t rate_ppb = (int64_t)(next(&random) % 800000) - 400000, offset = 0;
		struct interval i;

		for (int64_t s = 0; s < 200; s++) {
			int64_t out = 20000000 + (int64_t)(next(&random) % 10000000);
			int64_t back = 20000000 + (int64_t)(next(&random) % 10000000), t1 = s * NS_PER_S;
			int64_t at_t4 = offset + rate_ppb * (out + back) / NS_PER_S;
			struct exchange e = {
				.high_at = { t1 },
				.high = { out + offset + rate_ppb * out / NS_PER_S + 1 },
				.low_at = { t1 + out + back },
				.low = { offset + rate_ppb * out / NS_PER_S - back - 1 },
			};

			assert_int_equal(estimate_add(&estimate, &e), 0);
			assert_true(estimate_at(&estimate, e.low_at, &i));
			assert_true(interval_holds(i, span_ns(at_t4)));
			offset += rate_ppb;
			rate_ppb += (int64_t)(next(&random) % 3) - 1;
		}
		widths += interval_width(i).ns / 200;
	}
	/* A single exchange bounds it to 50 ms; the least delays of both ways, 40 ms, are what cannot be told apart. */
	assert_in_range(widths, span_ms(40).ns, span_ms(46).ns);
}

static void carried_on_it_holds_what_the_fastest_and_the_slowest_crystal_may_do(void **state)
{
	struct interval i;

	(void)state;
	for (int64_t sign = -1; sign <= 1; sign += 2) {
		struct estimate estimate = fresh();

		for (int64_t s = 0; s < 64; s++) {
			struct exchange e = over(s * 1000, 1, 1, 0);

			e.high = span_add(e.high, span_us(sign * s * 400));
			e.low = span_add(e.low, span_us(sign * (s * 400)));
			assert_int_equal(estimate_add(&estimate, &e), 0);
		}
		assert_true(estimate_at(&estimate, at(263000), &i));
		assert_true(interval_holds(i, span_us(sign * INT64_C(263) * 400)));
	}
}

static void a_departure_counts_for_its_own_answer_and_never_crosses(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = over(1000, 10, 10, 0);
	struct raw t3 = raw_add(e.low_at, e.low), other = raw_add(t3, span_ms(1));
	const struct exchange *kept = window_nth(&estimate.window, 0);

	(void)state;
	e.id = 7;
	assert_int_equal(estimate_add(&estimate, &e), 0);
	estimate_answer_left(&estimate, 7, other, raw_add(other, span_ms(4))); /* of another answer */
	estimate_answer_left(&estimate, 8, t3, raw_add(t3, span_ms(4)));       /* of another exchange */
	estimate_answer_left(&estimate, 7, t3, raw_add(t3, span_ms(21)));      /* after it arrived */
	estimate_answer_left(&estimate, 7, t3, raw_add(t3, span_ms(-1)));
	estimate_request_left(&estimate, 7, at(1021));
	estimate_request_left(&estimate, 7, at(999));
	assert_int_equal(kept->low.ns, e.low.ns);
	assert_int_equal(kept->high.ns, e.high.ns);
	estimate_answer_left(&estimate, 7, t3, raw_add(t3, span_ms(4)));
	estimate_request_left(&estimate, 7, at(1003));
	assert_int_equal(kept->low.ns, span_ms(-6).ns);
	assert_int_equal(kept->high.ns, span_ms(7).ns);
}

static void a_change_of_rate_that_no_crystal_makes_is_seen(void **state)
{
	struct estimate estimate = fresh();
	unsigned dropped = 0;
	struct interval i;

	(void)state;
	for (int64_t s = 0; s < 60; s++) {
		struct exchange e = over(s * 1000, 1, 1, 0);

		dropped += estimate_add(&estimate, &e);
	}
	assert_int_equal(dropped, 0);
	for (int64_t s = 60; s < 180; s++) { /* moved to a host whose clock runs 400 ppm fast */
		struct exchange e = over(s * 1000, 1, 1, 0);

		e.high = span_add(e.high, span_us((s - 60) * 400));
		e.low = span_add(e.low, span_us((s - 60) * 400));
		dropped += estimate_add(&estimate, &e);
	}
	assert_true(dropped > 0);
	estimate_at(&estimate, at(179002), &i);
	assert_true(interval_holds(i, span_us(INT64_C(119) * 400)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_exchange_bounds_by_the_round_trip),
		cmocka_unit_test(a_lopsided_path_makes_it_wide_and_never_wrong),
		cmocka_unit_test(the_best_of_each_way_counts),
		cmocka_unit_test(each_end_tells_the_exchange_that_it_rests_on),
		cmocka_unit_test(the_value_for_people_is_several_times_nearer_than_the_middle),
		cmocka_unit_test(with_age_it_widens_at_the_rate_of_crystals),
		cmocka_unit_test(a_contradiction_drops_the_oldest),
		cmocka_unit_test(an_exchange_that_began_before_a_jump_is_no_part_of_what_comes_after_it),
		cmocka_unit_test(an_exchange_that_comes_from_before_a_jump_is_told),
		cmocka_unit_test(an_exchange_that_waited_is_believed_alone),
		cmocka_unit_test(the_window_forgets),
		cmocka_unit_test(hostile_numbers_saturate),
		cmocka_unit_test(a_worked_example),
		cmocka_unit_test(the_truth_is_always_inside_and_the_bound_far_below_the_round_trip),
		cmocka_unit_test(carried_on_it_holds_what_the_fastest_and_the_slowest_crystal_may_do),
		cmocka_unit_test(a_departure_counts_for_its_own_answer_and_never_crosses),
		cmocka_unit_test(a_change_of_rate_that_no_crystal_makes_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
