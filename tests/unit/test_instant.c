#include "story.h"

#include "../../proto/interval.h"

static void sums_of_instants_and_spans_are_plain_arithmetic(void **state)
{
	struct wall noon = { 43200 * NS_PER_S };
	struct raw boot = { 7 };

	(void)state;
	assert_int_equal(wall_add(noon, span_ms(1500)).ns, 43201500000000);
	assert_int_equal(wall_sub(noon, wall_add(noon, span_s(2))).ns, -2 * NS_PER_S);
	assert_int_equal(mono_sub((struct mono){ 5 }, (struct mono){ 9 }).ns, -4);
	assert_int_equal(raw_sub(raw_add(boot, span_us(3)), boot).ns, 3000);
	assert_true(mono_before((struct mono){ 1 }, (struct mono){ 2 }));
	assert_false(mono_before((struct mono){ 2 }, (struct mono){ 2 }));
	assert_int_equal(mono_earlier((struct mono){ 9 }, (struct mono){ 4 }).ns, 4);
}

static void the_mapping_takes_the_wall_clock_back_to_the_raw_one(void **state)
{
	struct wall wall = { 1700000000 * NS_PER_S };
	struct raw raw = { 12345 };

	(void)state;
	assert_int_equal(wall_to_raw(wall, wall_minus_raw(wall, raw)).ns, raw.ns);
}

/* A hostile host may send any number: the end of the scale is reached and kept, nothing wraps around. */
static void sums_stop_at_the_ends(void **state)
{
	(void)state;
	assert_int_equal(span_add(SPAN_MAX, span_ns(1)).ns, INT64_MAX);
	assert_int_equal(span_add(SPAN_MIN, span_ns(-1)).ns, INT64_MIN);
	assert_int_equal(span_sub(SPAN_MIN, span_ns(1)).ns, INT64_MIN);
	assert_int_equal(span_sub(SPAN_MAX, span_ns(-1)).ns, INT64_MAX);
	assert_int_equal(span_sub(SPAN_ZERO, SPAN_MIN).ns, INT64_MAX);
	assert_int_equal(span_add(SPAN_MAX, SPAN_MIN).ns, -1);
	assert_int_equal(span_neg(SPAN_MIN).ns, INT64_MAX);
	assert_int_equal(span_abs(SPAN_MIN).ns, INT64_MAX);
	assert_int_equal(wall_add((struct wall){ INT64_MAX }, span_s(1)).ns, INT64_MAX);
	assert_int_equal(wall_sub((struct wall){ INT64_MIN }, (struct wall){ INT64_MAX }).ns, INT64_MIN);
	assert_int_equal(wall_to_raw((struct wall){ 0 }, SPAN_MIN).ns, INT64_MAX);
}

static void scaling_rounds_towards_zero_and_saturates(void **state)
{
	(void)state;
	assert_int_equal(span_scale(span_ns(7), 1, 2).ns, 3);
	assert_int_equal(span_scale(span_ns(-7), 1, 2).ns, -3);
	assert_int_equal(span_scale(span_ms(500), 800, 1000).ns, 400 * NS_PER_MS);
	/* The product is beyond 64 bits, the result is not. */
	assert_int_equal(span_scale(SPAN_MAX, NS_PER_S, NS_PER_S).ns, INT64_MAX);
	assert_int_equal(span_scale(SPAN_MAX, 3, 2).ns, INT64_MAX);
	assert_int_equal(span_scale(SPAN_MIN, 3, 2).ns, INT64_MIN);
	assert_int_equal(span_scale(SPAN_MAX, INT64_MIN, 1).ns, INT64_MIN);
	assert_int_equal(span_scale(SPAN_MIN, INT64_MIN, 1).ns, INT64_MAX);
}

/* 500 ppm over 10 s are 5 ms; and as it is a bound, it is never short of the truth. */
static void drift_is_never_underestimated(void **state)
{
	(void)state;
	assert_int_equal(span_drift(span_s(10), 500000).ns, 5 * NS_PER_MS + 1);
	assert_int_equal(span_drift(span_s(-10), 500000).ns, 5 * NS_PER_MS + 1);
	assert_int_equal(span_drift(span_ns(1), 1).ns, 1);
	assert_int_equal(span_drift(SPAN_ZERO, 500000).ns, 1);
	assert_int_equal(span_drift(SPAN_MIN, NS_PER_S).ns, INT64_MAX);
}

static void the_smaller_the_larger_and_the_size(void **state)
{
	(void)state;
	assert_int_equal(span_min(span_ns(-3), span_ns(2)).ns, -3);
	assert_int_equal(span_max(span_ns(-3), span_ns(2)).ns, 2);
	assert_int_equal(span_abs(span_ns(-3)).ns, 3);
	assert_true(span_less(span_ns(-3), span_ns(2)));
	assert_false(span_less(span_ns(2), span_ns(2)));
}

static void assert_interval(struct interval a, int64_t low, int64_t high)
{
	assert_int_equal(a.low.ns, low);
	assert_int_equal(a.high.ns, high);
}

static void interval_arithmetic_keeps_every_possible_value(void **state)
{
	struct interval a = interval_of(span_ns(-1), span_ns(4)), b = interval_of(span_ns(10), span_ns(12));

	(void)state;
	assert_interval(interval_add(a, b), 9, 16);
	assert_interval(interval_sub(a, b), -13, -6);
	assert_interval(interval_neg(a), -4, 1);
	assert_interval(interval_shift(a, span_ns(5)), 4, 9);
	assert_interval(interval_widen(a, span_ns(2)), -3, 6);
	assert_int_equal(interval_width(a).ns, 5);
	assert_int_equal(interval_reach(a).ns, 4);
	assert_int_equal(interval_reach(interval_neg(b)).ns, 12);
	assert_true(interval_holds(a, span_ns(-1)) && interval_holds(a, span_ns(4)));
	assert_false(interval_holds(a, span_ns(-2)) || interval_holds(a, span_ns(5)));
}

static void two_statements_meet_or_contradict_each_other(void **state)
{
	struct interval a = interval_of(span_ns(0), span_ns(10)), b = interval_of(span_ns(5), span_ns(20));
	struct interval c = interval_of(span_ns(11), span_ns(12));

	(void)state;
	assert_interval(interval_meet(a, b), 5, 10);
	assert_true(interval_valid(interval_meet(a, b)));
	assert_false(interval_valid(interval_meet(a, c)));
	assert_true(interval_valid(interval_of(span_ns(3), span_ns(3))));
}

static void the_middle_lies_inside(void **state)
{
	(void)state;
	assert_int_equal(interval_middle(interval_of(span_ns(1), span_ns(4))).ns, 2);
	assert_int_equal(interval_middle(interval_of(span_ns(1), span_ns(3))).ns, 2);
	assert_int_equal(interval_middle(interval_of(span_ns(-3), span_ns(-1))).ns, -2);
	assert_int_equal(interval_middle(interval_of(span_ns(5), span_ns(5))).ns, 5);
	assert_int_equal(interval_middle(interval_of(span_ns(-8), span_ns(8))).ns, 0);
	assert_in_range(span_abs(interval_middle(INTERVAL_ALL)).ns, 0, 1);
	assert_int_equal(interval_middle(interval_of(SPAN_MAX, SPAN_MAX)).ns, INT64_MAX);
	assert_int_equal(interval_middle(interval_of(SPAN_MIN, SPAN_MIN)).ns, INT64_MIN);
}

static void what_is_unbounded_stays_valid_through_arithmetic(void **state)
{
	(void)state;
	assert_interval(interval_add(INTERVAL_ALL, INTERVAL_ALL), INT64_MIN, INT64_MAX);
	assert_interval(interval_sub(INTERVAL_ALL, INTERVAL_ALL), INT64_MIN, INT64_MAX);
	assert_interval(interval_widen(INTERVAL_ALL, span_s(1)), INT64_MIN, INT64_MAX);
	assert_int_equal(interval_width(INTERVAL_ALL).ns, INT64_MAX);
	assert_int_equal(interval_reach(INTERVAL_ALL).ns, INT64_MAX);
	assert_true(interval_valid(interval_neg(INTERVAL_ALL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_instants_and_spans_are_plain_arithmetic),
		cmocka_unit_test(the_mapping_takes_the_wall_clock_back_to_the_raw_one),
		cmocka_unit_test(sums_stop_at_the_ends),
		cmocka_unit_test(scaling_rounds_towards_zero_and_saturates),
		cmocka_unit_test(drift_is_never_underestimated),
		cmocka_unit_test(the_smaller_the_larger_and_the_size),
		cmocka_unit_test(interval_arithmetic_keeps_every_possible_value),
		cmocka_unit_test(two_statements_meet_or_contradict_each_other),
		cmocka_unit_test(the_middle_lies_inside),
		cmocka_unit_test(what_is_unbounded_stays_valid_through_arithmetic),
	};

	return cmocka_run_group_tests_name("instants, spans and intervals", tests, NULL, NULL);
}
