/* What outlives the window, and what must not: the rate over many windows, and jumps that nothing contradicts. */
#include "exchanges.h"
#include "story.h"

/* An exchange at `at` of 1 us each way with a host that is `offset` ahead then. */
static struct exchange quick(int64_t at, int64_t offset, int64_t rate_ppb)
{
	return (struct exchange){
		.high_at = { at },
		.high = { offset + 1000 },
		.low_at = { at + 2000 },
		.low = { offset + 2 * rate_ppb / 1000000 - 1000 },
	};
}

/* An exchange a second over a path of so many ms there and back, each up to 4 ms more, to a crystal that is 20 ppm fast. */
static struct exchange on_a_path(uint64_t *random, int64_t second, int64_t there, int64_t back)
{
	int64_t t1 = second * NS_PER_S, t2 = t1 + span_ms(there).ns + (int64_t)(next(random) % 4000000);
	int64_t t4 = t2 + span_ms(back).ns + (int64_t)(next(random) % 4000000);

	return (struct exchange){
		.high_at = { t1 },
		.high = { t2 + t2 / 50000 - t1 },
		.low_at = { t4 },
		.low = { t2 + t2 / 50000 - t4 },
	};
}

/*
 * With exchanges that are alike the bound is best on one that is a few seconds old; at 500 ppm it is 75 ms and some 1.7 ms for that
 * and for its age. At what the rate is after half an hour, known to some 170 ppm, that is two thirds of it.
 */
static void on_a_long_path_it_takes_half_an_hour_to_know_the_rate(void **state)
{
	struct estimate estimate = fresh();
	struct span early = SPAN_ZERO, late = SPAN_ZERO, least = span_ms(150);
	uint64_t random = 1;

	(void)state;
	for (int64_t second = 1; second <= 2400; second++) {
		struct exchange e = on_a_path(&random, second, 90, 60);
		struct span excess;

		assert_int_equal(estimate_add(&estimate, &e), 0);
		assert_true(interval_holds(estimate.now, span_ns(e.low_at.ns / 50000)));
		excess = span_sub(interval_width(estimate.now), least);
		early = second > 100 && second <= 400 ? span_add(early, excess) : early;
		late = second > 2100 ? span_add(late, excess) : late;
	}
	assert_true(10 * late.ns < 7 * early.ns);
	assert_true(rate_ppm(estimate.fastest) - rate_ppm(estimate.slowest) < 400);
}

/*
 * After half an hour the other machine is moved to a host whose crystal is 300 ppm faster. In a window that moves both clouds by 19 of the
 * 150 ms that they are apart, which contradicts nothing; that the middle moves with them is no proof, but cause enough for doubt. (The truth is at the edge of what is possible: the
 * answers take all of the time.)
 */
static void in_doubt_the_rate_is_forgotten(void **state)
{
	struct estimate estimate = fresh();
	uint64_t random = 1;
	unsigned wrong = 0;

	(void)state;
	for (int64_t second = 1; second <= 4000; second++) {
		struct exchange e = on_a_path(&random, second, 0, 150);
		struct span truly = span_ns(e.low_at.ns / 50000);

		if (second > 2000) {
			struct span more = span_us(300 * (second - 2000));

			e.high = span_add(e.high, more);
			e.low = span_add(e.low, more);
			truly = span_add(truly, more);
		}
		assert_int_equal(estimate_add(&estimate, &e), 0);
		if (second > 2000 + 5 * INT64_C(64) && !interval_holds(estimate.now, truly))
			wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Each of two detours hides a jump of 25 ms, which is 400 ppm between two marks. */
static void jumps_that_detours_hide_feign_no_rate(void **state)
{
	struct estimate estimate;
	int64_t offset = 0;

	(void)state;
	estimate_init(&estimate, 4, CRYSTAL_PPB);
	for (int64_t s = 0; s < 200; s++) {
		bool detour = (s >= 20 && s < 30) || (s >= 90 && s < 100);
		struct exchange e;

		offset += s == 25 || s == 95 ? 25 : 0;
		e = detour ? over(s * 1000, 30, 30, offset) : over(s * 1000, 0, 0, offset);
		assert_int_equal(estimate_add(&estimate, &e), 0);
		if (!detour)
			assert_true(interval_holds(estimate.now, span_ms(offset)));
		assert_true(rate_ppm(estimate.slowest) <= 0 && rate_ppm(estimate.fastest) >= 0);
	}
	assert_true(interval_width(estimate.now).ns < span_ms(1).ns);
}

/* Our raw clock stands still for `gap` at `at`; both crystals are alike. */
struct standstill {
	int64_t at_us, gap_us;
};

static int64_t ours(const struct standstill *still, int64_t us)
{
	return us < still->at_us ? us : us - still->gap_us;
}

/* Asked at second `s`, so many us there and back. True: what was said holds, or there is an exchange from before the jump. */
static bool is_right_after(
	struct estimate *estimate, const struct standstill *still, int64_t s, int64_t there, int64_t back)
{
	int64_t t1 = s * 1000000, t2 = t1 + there, t4 = t2 + back;
	struct exchange e = {
		.high_at = { ours(still, t1) * 1000 },
		.high = span_us(t2 - ours(still, t1)),
		.low_at = { ours(still, t4) * 1000 },
		.low = span_us(t2 - ours(still, t4)),
	};

	assert_int_equal(estimate_add(estimate, &e), 0);
	for (unsigned n = 0; n < estimate->window.count; n++)
		if (window_nth(&estimate->window, n)->high_at.ns < still->at_us * 1000)
			return true;
	return interval_holds(estimate->now, span_us(t4 - ours(still, t4)));
}

enum { PROMPT = 500, DETOUR = 30500 };

/*
 * Within a detour our clock stands still for 8 ms, and within the next one comes the answer to a request from before that. A window
 * with it has an end before the jump, as the one with the jump has: the marks would allow 378 to 600 ppm.
 */
static void a_late_answer_does_not_spoil_the_other_half(void **state)
{
	static const struct standstill still = { 5500000, 8000 };
	static const struct {
		int64_t s, there, back;
	} asked[] = { { 0, PROMPT, PROMPT }, { 1, PROMPT, PROMPT }, { 2, PROMPT, PROMPT },
		{ 3, PROMPT, PROMPT }, { 4, DETOUR, DETOUR }, { 6, DETOUR, DETOUR }, { 7, DETOUR, DETOUR },
		{ 8, PROMPT, PROMPT }, { 9, PROMPT, PROMPT }, { 10, PROMPT, PROMPT }, { 11, PROMPT, PROMPT },
		{ 12, PROMPT, PROMPT }, { 13, DETOUR, DETOUR }, { 14, DETOUR, DETOUR },
		{ 15, DETOUR, DETOUR }, { 5, PROMPT, 10900000 }, { 17, DETOUR, DETOUR },
		{ 18, DETOUR, DETOUR }, { 19, DETOUR, DETOUR }, { 20, PROMPT, PROMPT } };
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 4, CRYSTAL_PPB);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
		assert_true(is_right_after(&estimate, &still, asked[i].s, asked[i].there, asked[i].back));
	for (int64_t s = 21; s < 60; s++)
		assert_true(is_right_after(&estimate, &still, s, PROMPT, PROMPT));
}

/* The same for the two latest windows, where three requests are lost and a late answer follows. */
static void a_late_answer_does_not_spoil_both_windows(void **state)
{
	static const struct standstill still = { 4500000, 2300 };
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 4, CRYSTAL_PPB);
	for (int64_t s = -8; s <= 2; s++)
		assert_true(is_right_after(&estimate, &still, s, PROMPT, PROMPT));
	assert_true(is_right_after(&estimate, &still, 7, PROMPT, PROMPT));
	assert_true(is_right_after(&estimate, &still, 8, PROMPT, PROMPT));
	assert_true(is_right_after(&estimate, &still, 3, PROMPT, 5799500));
	for (int64_t s = 9; s < 40; s++)
		assert_true(is_right_after(&estimate, &still, s, PROMPT, PROMPT));
}

static void a_memory_that_contradicts_itself_is_a_change(void **state)
{
	struct estimate estimate = fresh();
	struct exchange first = over(0, 1, 1, 0), second = over(1000, 1, 1, 0);
	struct rates quick = { rate_of_ppb(100000), rate_of_ppb(110000), at(1) },
		     even = { { 0 }, { 0 }, at(1) };

	(void)state;
	assert_int_equal(estimate_add(&estimate, &first), 0);
	estimate.memory.windows[0] = estimate.memory.windows[1] = quick;
	estimate.memory.halves[0] = estimate.memory.halves[1] = even;
	estimate.memory.n_windows = 2;
	estimate.memory.n_marks = RATE_MARKS;
	assert_int_equal(estimate_add(&estimate, &second), 1);
	assert_int_equal(estimate.memory.n_windows, 0);
	assert_int_equal(estimate.memory.n_marks, 0);
	assert_true(interval_holds(estimate.now, SPAN_ZERO));
}

/* A plain NTP server's clock has run like ours for minutes, and may be slewed from now on. */
static void of_a_clock_that_is_slewed_no_rate_is_remembered(void **state)
{
	struct estimate estimate;
	struct interval i;

	(void)state;
	estimate_init(&estimate, 1, SLEW_PPB);
	for (int64_t s = 0; s <= 300; s++) {
		struct exchange e = over(s * 1000, 1, 1, 0);

		assert_int_equal(estimate_add(&estimate, &e), 0);
	}
	assert_true(estimate_at(&estimate, at(310002), &i));
	assert_true(interval_holds(i, span_s(1)) && interval_holds(i, span_s(-1)));
}

static void a_rate_that_wanders_for_hours_is_followed(void **state)
{
	struct estimate estimate;
	int64_t rate_ppb = 0, offset = 0;
	struct interval i;

	(void)state;
	estimate_init(&estimate, 4, CRYSTAL_PPB);
	for (int64_t s = 0; s < 3600; s += 10) { /* 90 ppb more each minute, as far as is allowed */
		struct exchange e = quick(s * NS_PER_S, offset, rate_ppb);

		assert_int_equal(estimate_add(&estimate, &e), 0);
		assert_true(estimate_at(&estimate, e.high_at, &i));
		assert_true(interval_holds(i, span_ns(offset)));
		offset += rate_ppb * 10 + 75;
		rate_ppb += 15;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_a_long_path_it_takes_half_an_hour_to_know_the_rate),
		cmocka_unit_test(in_doubt_the_rate_is_forgotten),
		cmocka_unit_test(jumps_that_detours_hide_feign_no_rate),
		cmocka_unit_test(a_late_answer_does_not_spoil_the_other_half),
		cmocka_unit_test(a_late_answer_does_not_spoil_both_windows),
		cmocka_unit_test(a_memory_that_contradicts_itself_is_a_change),
		cmocka_unit_test(of_a_clock_that_is_slewed_no_rate_is_remembered),
		cmocka_unit_test(a_rate_that_wanders_for_hours_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
