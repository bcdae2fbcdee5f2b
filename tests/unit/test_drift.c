#include "story.h"

#include <stdlib.h>

#include "exchanges.h"

static struct interval between_us(int64_t low, int64_t high)
{
	return interval_of(span_us(low), span_us(high));
}

/* Two raw clocks whose rate is known to 50 ppm: -20 to 30. */
static struct estimate rated(void)
{
	struct estimate estimate = fresh();
	struct exchange exchange = over(0, 1, 1, 0);

	estimate_add(&estimate, &exchange);
	estimate.slowest = rate_of_ppb(-20000);
	estimate.fastest = rate_of_ppb(30000);
	return estimate;
}

static void assert_rate(struct rate rate, int64_t ppb)
{
	assert_true(llabs(rate.units - rate_of_ppb(ppb).units) <= 1);
}

/*
 * In ten seconds theirs moves from 0..2 us to 1000..1003, so by 998..1003 us; ours from 0..1 us to -500..-499, so by
 * -501..-499. One against the other that is 1497..1504 us: 149.7 to 150.4 ppm. The crystals add -20 to 30.
 */
static void what_both_mappings_moved_by_comes_to_what_the_crystals_do(void **state)
{
	struct drift drift = { .anchored = false };
	struct estimate estimate = rated();
	struct rate least, greatest;

	(void)state;
	drift_look(&drift, at(0), between_us(0, 2), between_us(0, 1));
	drift_look(&drift, at(10000), between_us(1000, 1003), between_us(-500, -499));
	assert_rate(drift.least, 149700);
	assert_rate(drift.greatest, 150400);
	assert_true(drift_rate(&drift, &estimate, &least, &greatest));
	assert_rate(least, 129700);
	assert_rate(greatest, 180400);
	assert_float_equal(rate_ppm(least), 129.7, 1e-6);
}

static void nothing_is_known_from_one_look_or_two_within_a_moment(void **state)
{
	struct drift drift = { .anchored = false };
	struct estimate estimate = rated(), empty = fresh();
	struct rate least, greatest;

	(void)state;
	drift_look(&drift, at(0), between_us(0, 2), between_us(0, 1));
	assert_false(drift_rate(&drift, &estimate, &least, &greatest));
	drift_look(&drift, at(1999), between_us(0, 2), between_us(0, 1));
	assert_false(drift_rate(&drift, &estimate, &least, &greatest));
	drift_look(&drift, at(2000), between_us(0, 2), between_us(0, 1));
	assert_true(drift_rate(&drift, &estimate, &least, &greatest));
	assert_false(drift_rate(&drift, &empty, &least, &greatest)); /* nor without an exchange */
	drift_forget(&drift);
	assert_false(drift_rate(&drift, &estimate, &least, &greatest));
}

/* 100 ppm for 61 s; from then on theirs stands. */
static void what_a_time_service_did_a_minute_ago_counts_no_more(void **state)
{
	struct drift drift = { .anchored = false };

	(void)state;
	drift_look(&drift, at(0), between_us(0, 0), between_us(0, 0));
	drift_look(&drift, at(60000), between_us(6000, 6000), between_us(0, 0));
	drift_look(&drift, at(61000), between_us(6100, 6100), between_us(0, 0));
	assert_rate(drift.least, 100000);
	drift_look(&drift, at(71000), between_us(6100, 6100), between_us(0, 0));
	assert_rate(drift.least, 0);
	assert_rate(drift.greatest, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_both_mappings_moved_by_comes_to_what_the_crystals_do),
		cmocka_unit_test(nothing_is_known_from_one_look_or_two_within_a_moment),
		cmocka_unit_test(what_a_time_service_did_a_minute_ago_counts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
