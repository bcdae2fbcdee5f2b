#include "../../sentinel/core/level.h"
#include "story.h"

#define MOST span_s(2)

static struct level half_a_second(void)
{
	struct level level = { 0 };

	level_configure(&level, span_ms(500), span_s(3), span_s(30));
	return level;
}

static struct mono at(int64_t s)
{
	return (struct mono){ s * NS_PER_S };
}

static void raised_only_after_it_was_proved_for_long_enough(void **state)
{
	struct level level = half_a_second();

	(void)state;
	assert_false(level_look(&level, PROOF_BEYOND, at(100), MOST));
	assert_false(level_look(&level, PROOF_BEYOND, at(101), MOST));
	assert_false(level_look(&level, PROOF_BEYOND, at(102), MOST));
	assert_true(level_look(&level, PROOF_BEYOND, at(103), MOST));
	assert_true(level.raised);
}

static void one_proof_to_the_contrary_starts_anew(void **state)
{
	struct level level = half_a_second();

	(void)state;
	level_look(&level, PROOF_BEYOND, at(100), MOST);
	level_look(&level, PROOF_BEYOND, at(102), MOST);
	level_look(&level, PROOF_WITHIN, at(102), MOST);
	assert_int_equal(level.held.ns, 0);
	assert_false(level_look(&level, PROOF_BEYOND, at(103), MOST));
	assert_false(level_look(&level, PROOF_BEYOND, at(105), MOST));
	assert_true(level_look(&level, PROOF_BEYOND, at(106), MOST));
}

static void ignorance_freezes(void **state)
{
	struct level level = half_a_second();

	(void)state;
	level_look(&level, PROOF_BEYOND, at(100), MOST);
	level_look(&level, PROOF_BEYOND, at(102), MOST);
	/* An hour without a word counts neither way. */
	assert_false(level_look(&level, PROOF_NONE, at(103), MOST));
	assert_false(level_look(&level, PROOF_NONE, at(3700), MOST));
	assert_int_equal(level.held.ns, span_s(2).ns);
	assert_false(level_look(&level, PROOF_BEYOND, at(3701), MOST));
	assert_true(level_look(&level, PROOF_BEYOND, at(3702), MOST));
	/* Raised, ignorance does not clear it either. */
	assert_false(level_look(&level, PROOF_NONE, at(9000), MOST));
	assert_true(level.raised);
}

static void cleared_only_well_below_and_for_long_enough(void **state)
{
	struct level level = half_a_second();
	int64_t s;

	(void)state;
	level.raised = true;
	for (s = 0; s < 60; s += 2) /* within the level, but not within what clears it */
		assert_false(level_look(&level, PROOF_WITHIN, at(s), MOST));
	for (s = 60; s < 90; s += 2)
		assert_false(level_look(&level, PROOF_CLEAR, at(s), MOST));
	assert_true(level_look(&level, PROOF_CLEAR, at(90), MOST));
	assert_false(level.raised);
}

static void a_process_that_stood_still_has_not_seen_the_gap(void **state)
{
	struct level level = half_a_second();

	(void)state;
	level_look(&level, PROOF_BEYOND, at(100), MOST);
	assert_false(level_look(&level, PROOF_BEYOND, at(160), MOST));
	assert_int_equal(level.held.ns, MOST.ns);
}

static void zero_raises_at_once(void **state)
{
	struct level level = { 0 };

	(void)state;
	level_configure(&level, span_s(2), SPAN_ZERO, span_s(30));
	assert_true(level_look(&level, PROOF_BEYOND, at(1), MOST));
}

static void it_says_when_it_wants_to_be_looked_at(void **state)
{
	struct level level = half_a_second();
	struct mono due;

	(void)state;
	assert_false(level_due(&level, &due));
	level_look(&level, PROOF_BEYOND, at(100), MOST);
	level_look(&level, PROOF_BEYOND, at(101), MOST);
	assert_true(level_due(&level, &due));
	assert_int_equal(due.ns, at(103).ns);
	level_look(&level, PROOF_NONE, at(102), MOST);
	assert_false(level_due(&level, &due));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raised_only_after_it_was_proved_for_long_enough),
		cmocka_unit_test(one_proof_to_the_contrary_starts_anew),
		cmocka_unit_test(ignorance_freezes),
		cmocka_unit_test(cleared_only_well_below_and_for_long_enough),
		cmocka_unit_test(a_process_that_stood_still_has_not_seen_the_gap),
		cmocka_unit_test(zero_raises_at_once),
		cmocka_unit_test(it_says_when_it_wants_to_be_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
