#include "../../sentinel/core/drift.h"
#include "story.h"

static struct raw at(int64_t s)
{
	return (struct raw){ s * NS_PER_S };
}

/* A window that ended at `s`, told nothing of the rate, and left the offset open from `low` to `high` ms. */
static void keep(struct rate_memory *memory, int64_t s, int64_t low, int64_t high)
{
	struct rates window = { rate_of_ppb(-CRYSTAL_PPB), rate_of_ppb(CRYSTAL_PPB), at(s) };

	rate_memory_keep(memory, &window, interval_of(span_ms(low), span_ms(high)));
}

static void narrow(const struct rate_memory *memory, int64_t s, int64_t *slowest_ppb, int64_t *fastest_ppb)
{
	struct rate slowest = rate_of_ppb(-CRYSTAL_PPB), fastest = rate_of_ppb(CRYSTAL_PPB);

	rate_memory_narrow(memory, at(s), &slowest, &fastest);
	*slowest_ppb = (int64_t)(rate_ppm(slowest) * 1000);
	*fastest_ppb = (int64_t)(rate_ppm(fastest) * 1000);
}

static void fewer_than_five_windows_rule_nothing_out(void **state)
{
	struct rate_memory memory;
	int64_t slowest, fastest;

	(void)state;
	rate_memory_forget(&memory);
	for (int64_t n = 0; n < 4; n++) {
		narrow(&memory, 1000 * n, &slowest, &fastest);
		assert_in_range(-slowest, CRYSTAL_PPB - 1, CRYSTAL_PPB);
		assert_in_range(fastest, CRYSTAL_PPB - 1, CRYSTAL_PPB);
		keep(&memory, 1000 * n, -50, 50);
	}
}

/*
 * By hand: five windows, 1000 s apart, over a path of 50 ms each way to a crystal that is as fast as ours. From the first mark
 * to the second, and from the fourth to the fifth, the offset may have moved from -50 ms to 50 ms or the other way: 100 ms in
 * 1000 s, +-100 ppm. At 4060 s the crystals may have wandered by 0.1 ppm at once and by 0.1 ppm with each of the 67.67
 * minutes since the first mark, 6.867 ppm in all, and that half allows more than the later one.
 */
static void a_worked_example(void **state)
{
	struct rate_memory memory;
	int64_t slowest, fastest;

	(void)state;
	rate_memory_forget(&memory);
	for (int64_t n = 0; n < 5; n++)
		keep(&memory, 1000 * n, -50, 50);
	narrow(&memory, 4060, &slowest, &fastest);
	assert_in_range(fastest, 106866, 106868);
	assert_in_range(-slowest, 106866, 106868);
}

/* Half an hour of windows of a minute, over 10 ms each way; the offset moves by `jump` ms within the window `when`. */
static void remember(struct rate_memory *memory, int64_t when, int64_t jump)
{
	rate_memory_forget(memory);
	for (int64_t n = 0; n < RATE_MARKS; n++) {
		/* Before and after, in the window itself it may be anything in between. */
		int64_t low = n < when ? 0 : n > when ? jump : jump / 2, high = low;

		keep(memory, 60 * n, low - 10, high + 10);
	}
}

static void one_jump_wherever_it_is_rules_no_right_rate_out(void **state)
{
	(void)state;
	for (int64_t jump = -40; jump <= 40; jump += 5)
		for (int64_t when = 0; when < RATE_MARKS; when++) {
			struct rate_memory memory;
			int64_t slowest, fastest;

			remember(&memory, when, jump);
			narrow(&memory, INT64_C(60) * RATE_MARKS, &slowest, &fastest);
			assert_true(slowest <= 0 && fastest >= 0);
		}
}

/*
 * A jump of 40 ms hides where the path takes 100 ms more each way for nine windows, and there the middle creeps from one side to the
 * other, so that nothing is doubted. From tight marks before it to tight ones after it that is a rate of 48 ppm.
 */
static void a_jump_that_the_middle_does_not_tell_spoils_one_half_alone(void **state)
{
	struct rate_memory memory;
	int64_t slowest, fastest;

	(void)state;
	rate_memory_forget(&memory);
	for (int64_t n = 0; n < INT64_C(2) * RATE_MARKS; n++) {
		int64_t middle = n < 3 ? 0 : n < 12 ? 4 * (n - 2) : 40, around = n >= 3 && n < 12 ? 100 : 1;

		keep(&memory, 60 * n, middle - around, middle + around);
		narrow(&memory, 60 * n, &slowest, &fastest);
		assert_true(slowest <= 0 && fastest >= 0);
		assert_int_equal(memory.n_marks, n < RATE_MARKS ? n + 1 : RATE_MARKS);
	}
	assert_in_range(fastest, 0, 10000);
}

/* After that the other crystal is faster by `ppb`: 60 us in a minute for each ppm. */
static void run_faster(struct rate_memory *memory, int64_t ppb, int64_t windows)
{
	for (int64_t n = 1; n <= windows; n++) {
		struct rates window = { rate_of_ppb(-CRYSTAL_PPB), rate_of_ppb(CRYSTAL_PPB),
			at(60 * (RATE_MARKS - 1 + n)) };
		struct span gained = span_ns(60 * ppb * n);

		rate_memory_keep(memory, &window,
			interval_of(span_sub(gained, span_ms(10)), span_add(gained, span_ms(10))));
	}
}

/* 20 ms in 14 minutes are 24 ppm, and the crystals may have wandered by 3 ppm. */
static void a_rate_that_the_marks_rule_out_is_no_part_of_them_for_long(void **state)
{
	struct rate_memory memory;
	int64_t slowest, fastest;

	(void)state;
	remember(&memory, 0, 0);
	run_faster(&memory, 20000, 2);
	assert_int_equal(memory.n_marks, RATE_MARKS);
	remember(&memory, 0, 0);
	run_faster(&memory, 80000, 1);
	assert_int_equal(memory.n_marks, 0);
	run_faster(&memory, 80000, RATE_MARKS);
	narrow(&memory, INT64_C(120) * RATE_MARKS, &slowest, &fastest);
	assert_in_range(slowest, 40000, 80000);
	assert_in_range(fastest, 80000, 120000);
}

/* From the first mark to the second 100 ppm +- 33, and again from the fourth to the fifth: both halves say so, and what is between does not. */
static void the_first_marks_are_doubted_as_well(void **state)
{
	static const int64_t middles[] = { 0, 6, 6, 6, 12 };
	struct rate_memory memory;

	(void)state;
	rate_memory_forget(&memory);
	for (int64_t n = 0; n < 5; n++)
		keep(&memory, 60 * n, middles[n] - 1, middles[n] + 1);
	assert_int_equal(memory.n_marks, 0);
}

static void a_mark_that_is_no_later_ends_those_before_it(void **state)
{
	struct rate_memory memory;

	(void)state;
	rate_memory_forget(&memory);
	for (int64_t n = 0; n < 4; n++)
		keep(&memory, 60 * n, -1, 1);
	keep(&memory, 180, -1, 1);
	assert_int_equal(memory.n_marks, 1);
}

static void windows_are_believed_in_pairs(void **state)
{
	struct rates quick = { rate_of_ppb(90000), rate_of_ppb(110000), at(60) };
	struct rates slow = { rate_of_ppb(-20000), rate_of_ppb(10000), at(120) };
	struct rate_memory memory;
	int64_t slowest, fastest;

	(void)state;
	rate_memory_forget(&memory);
	rate_memory_keep(&memory, &quick, interval_of(span_s(-1), span_s(1)));
	narrow(&memory, 61, &slowest, &fastest);
	assert_in_range(-slowest, CRYSTAL_PPB - 1, CRYSTAL_PPB);
	rate_memory_keep(&memory, &slow, interval_of(span_s(-1), span_s(1)));
	narrow(&memory, 180, &slowest, &fastest);
	/* At once 0.1 ppm, and as much with each minute: two since the quick window, one since the slow one. */
	assert_in_range(-slowest, 20199, 20201);
	assert_in_range(fastest, 110299, 110301);
}

static void hostile_numbers_saturate(void **state)
{
	struct rate_memory memory;
	struct rates window = { { INT64_MIN }, { INT64_MAX }, { INT64_MAX } };
	int64_t slowest, fastest;

	(void)state;
	rate_memory_forget(&memory);
	for (int n = 0; n < 2 * RATE_MARKS; n++) {
		window.at.ns = n % 2 ? INT64_MIN : INT64_MAX;
		rate_memory_keep(&memory, &window, interval_of(SPAN_MIN, SPAN_MAX));
	}
	narrow(&memory, 0, &slowest, &fastest);
	assert_in_range(-slowest, CRYSTAL_PPB - 1, CRYSTAL_PPB);
	assert_in_range(fastest, CRYSTAL_PPB - 1, CRYSTAL_PPB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fewer_than_five_windows_rule_nothing_out),
		cmocka_unit_test(a_worked_example),
		cmocka_unit_test(one_jump_wherever_it_is_rules_no_right_rate_out),
		cmocka_unit_test(a_jump_that_the_middle_does_not_tell_spoils_one_half_alone),
		cmocka_unit_test(a_rate_that_the_marks_rule_out_is_no_part_of_them_for_long),
		cmocka_unit_test(the_first_marks_are_doubted_as_well),
		cmocka_unit_test(a_mark_that_is_no_later_ends_those_before_it),
		cmocka_unit_test(windows_are_believed_in_pairs),
		cmocka_unit_test(hostile_numbers_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
