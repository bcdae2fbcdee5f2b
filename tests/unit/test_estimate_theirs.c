/* The exchanges that the other host asked for. */
#include "exchanges.h"
#include "story.h"

/* The same path seen from the other end: asked there at `ms`, and answered here `out` ms later at once. */
static struct exchange theirs_over(int64_t ms, int64_t out, int64_t back, int64_t offset)
{
	int64_t t1 = ms + offset, t2 = ms + out, t3 = t2, t4 = ms + out + back + offset;

	return (struct exchange){ .theirs = true,
		.high_at = at(t3),
		.high = span_ms(t4 - t3),
		.low_at = at(t2),
		.low = span_ms(t1 - t2) };
}

static void what_the_other_host_asked_bounds_with_the_next_of_ours(void **state)
{
	struct estimate estimate = fresh();
	struct exchange first = over(1000, 50, 1, 5), second = over(2000, 50, 1, 5),
			theirs = theirs_over(1100, 50, 2, 5);
	struct interval before, i;

	(void)state;
	estimate_add(&estimate, &first);
	estimate_add(&estimate, &second);
	before = estimate.now;
	assert_true(estimate_add_theirs(&estimate, &theirs));
	assert_int_equal(estimate.now.low.ns, before.low.ns);
	assert_int_equal(estimate.now.high.ns, before.high.ns);
	second = over(3000, 50, 1, 5);
	assert_int_equal(estimate_add(&estimate, &second), 0);
	estimate_at(&estimate, at(3051), &i);
	assert_true(interval_holds(i, span_ms(5)));
	/* Both ends rest on answers: 1 and 2 ms, the latter 1.9 s old; requests take 50. */
	assert_in_range(interval_width(i).ns, span_ms(3).ns, span_ms(4).ns);
}

static void what_the_other_host_asked_has_its_place_in_the_window(void **state)
{
	struct estimate estimate = fresh();
	struct exchange e = over(1000, 1, 1, 0), old = theirs_over(900, 1, 1, 0),
			early = theirs_over(3000, 1, 1, 0), crossed = theirs_over(1100, 1, 1, 0),
			good = theirs_over(1100, 1, 1, 0);

	(void)state;
	assert_false(estimate_add_theirs(&estimate, &good)); /* before any of ours */
	estimate_add(&estimate, &e);
	e = over(2000, 1, 1, 0);
	estimate_add(&estimate, &e);
	crossed.high = span_add(crossed.low, span_ns(-1));
	assert_false(estimate_add_theirs(&estimate, &old));
	assert_false(estimate_add_theirs(&estimate, &early));
	early.low_at = at(2001); /* before the latest of ours was over, but answered after it */
	assert_false(estimate_add_theirs(&estimate, &early));
	assert_false(estimate_add_theirs(&estimate, &crossed));
	e = over(2500, 1, 1, 0);
	assert_int_equal(estimate_add(&estimate, &e), 0);
	assert_true(interval_holds(estimate.now, SPAN_ZERO));
	/* No more of them than of our own: 3. */
	for (int i = 0; i < 5; i++)
		assert_true(estimate_add_theirs(&estimate, &good) == (i < 3));
}

/* A jump that our own slow requests have room for, and the other host's quick answers not. */
static void what_the_other_host_asked_can_tell_of_a_jump(void **state)
{
	struct estimate estimate = fresh();
	struct exchange good = theirs_over(500, 50, 1, 0);
	unsigned dropped = 0, wrong = 0;

	(void)state;
	for (int64_t s = 0; s < 200; s++) {
		int64_t truth = s >= 80 ? -30 : 0, before = s > 80 ? -30 : 0;
		struct exchange ours = over(s * 1000, 50, 1, truth),
				theirs = theirs_over(s * 1000 - 500, 50, 1, before);

		dropped += estimate_add(&estimate, &ours);
		estimate_add_theirs(&estimate, &theirs);
		wrong += !interval_holds(estimate.now, span_ms(truth));
	}
	assert_true(dropped > 64); /* and it is told */
	assert_true(wrong <= 2);   /* until the first after the jump is told, with our next */
	assert_false(estimate_add_theirs(&estimate, &good));
}

static void what_the_other_host_asked_leaves_with_what_is_as_old(void **state)
{
	struct estimate estimate;

	(void)state;
	estimate_init(&estimate, 8, CRYSTAL_PPB);
	for (int64_t s = 0; s < 60; s++) {
		struct exchange ours = over(s * 1000, 1, 1, 7),
				theirs = theirs_over(s * 1000 - 6500, 1, 1, 7);

		estimate_add(&estimate, &ours);
		if (s % 6 == 0 && s > 8)
			assert_true(estimate_add_theirs(&estimate, &theirs));
		for (unsigned n = 0; n < estimate.window.count; n++)
			assert_true(window_nth(&estimate.window, n)->low_at.ns >=
				    window_nth(&estimate.window, 0)->high_at.ns);
	}
}

static void slow_requests_of_ours_alone_have_not_waited(void **state)
{
	struct estimate estimate = fresh();

	(void)state;
	for (int64_t s = 0; s < 60; s++) {
		struct exchange ours = over(s * 1000, 150, 1, 0),
				theirs = theirs_over(s * 1000 - 500, 1, 1, 0);

		estimate_add(&estimate, &ours);
		assert_false(estimate.waited);
		estimate_add_theirs(&estimate, &theirs);
	}
	assert_in_range(interval_width(estimate.now).ns, span_ms(2).ns, span_ms(4).ns);
}

static void what_the_other_host_asked_before_a_jump_is_left_out(void **state)
{
	struct estimate estimate = fresh();
	struct exchange before = over(1000, 1, 1, 0), after = over(2000, 1, 1, 40),
			later = over(3000, 1, 1, 40), theirs = theirs_over(1500, 1, 1, 0),
			late = theirs_over(2500, 1, 1, 40);
	struct exchange latest;

	(void)state;
	estimate_add(&estimate, &before);
	assert_true(estimate_latest(&estimate, &latest));
	assert_int_equal(estimate_add(&estimate, &after), 1);
	assert_false(estimate_latest(&estimate, &latest)); /* it may have been under way then */
	assert_false(estimate_add_theirs(&estimate, &theirs));
	assert_int_equal(estimate_add(&estimate, &later), 0);
	assert_false(estimate_add_theirs(&estimate, &theirs));
	assert_false(estimate_add_theirs(&estimate, &late)); /* older than the oldest */
	assert_true(estimate_latest(&estimate, &latest));
	assert_int_equal(latest.high_at.ns, later.high_at.ns);
	assert_true(interval_holds(estimate.now, span_ms(40)));
}

static void the_window_slides_over_what_both_asked(void **state)
{
	struct estimate estimate;
	struct interval i;

	(void)state;
	estimate_init(&estimate, 4, CRYSTAL_PPB);
	for (int64_t s = 0; s < 40; s++) {
		struct exchange ours = over(s * 1000, 1, 1, 7), theirs = theirs_over(s * 1000 - 500, 1, 1, 7);

		assert_int_equal(estimate_add(&estimate, &ours), 0);
		assert_true(estimate_add_theirs(&estimate, &theirs) == (s > 0));
		assert_true(estimate.window.ours <= 4 && estimate.window.count <= 8);
		assert_true(estimate_at(&estimate, ours.low_at, &i) && interval_holds(i, span_ms(7)));
	}
	assert_int_equal(estimate.window.ours, 4);
	assert_in_range(estimate.window.count, 7, 8);
}

static void one_that_waited_is_not_told(void **state)
{
	struct estimate estimate = fresh();
	struct exchange quick_one = over(1000, 1, 1, 0), slow = over(2000, 150, 1, 0), latest;

	(void)state;
	assert_false(estimate_latest(&estimate, &latest));
	estimate_add(&estimate, &quick_one);
	estimate_add(&estimate, &slow);
	assert_false(estimate_latest(&estimate, &latest));
	quick_one = over(3000, 1, 1, 0);
	estimate_add(&estimate, &quick_one);
	assert_true(estimate_latest(&estimate, &latest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_other_host_asked_bounds_with_the_next_of_ours),
		cmocka_unit_test(what_the_other_host_asked_has_its_place_in_the_window),
		cmocka_unit_test(what_the_other_host_asked_can_tell_of_a_jump),
		cmocka_unit_test(what_the_other_host_asked_leaves_with_what_is_as_old),
		cmocka_unit_test(slow_requests_of_ours_alone_have_not_waited),
		cmocka_unit_test(what_the_other_host_asked_before_a_jump_is_left_out),
		cmocka_unit_test(the_window_slides_over_what_both_asked),
		cmocka_unit_test(one_that_waited_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
