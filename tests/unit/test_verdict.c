#include "../../sentinel/core/verdict.h"
#include "story.h"

/* A voter whose clock is `ms` from the subject's, give or take `bound`. */
static struct ballot voter(int64_t ms, int64_t bound)
{
	return (struct ballot){ .known = true,
		.offset = interval_widen(interval_of(span_ms(ms), span_ms(ms)), span_ms(bound)) };
}

static const struct ballot silent = { .known = false };

static void three_of_four_convict(void **state)
{
	const struct ballot others[] = { voter(-1900000, 1), voter(-1900001, 1), voter(-1899999, 1) };
	struct finding f = quorum_judge(others, 3, 4, true, span_ms(500));

	(void)state;
	assert_true(f.beyond);
	assert_int_equal(f.side, +1);
	assert_int_equal(f.beyond_by, 3);
	assert_false(f.within);
}

static void the_others_behind_means_the_subject_is_ahead(void **state)
{
	const struct ballot behind[] = { voter(-900, 1), voter(-900, 1) },
			    ahead[] = { voter(900, 1), voter(900, 1) };

	(void)state;
	assert_int_equal(quorum_judge(behind, 2, 3, true, span_ms(500)).side, +1);
	assert_int_equal(quorum_judge(ahead, 2, 3, true, span_ms(500)).side, -1);
}

static void a_majority_of_those_in_reach_is_none(void **state)
{
	/* Two see it, but the electorate is four: two are not more than half. */
	const struct ballot others[] = { voter(-1900, 1), voter(-1900, 1), silent };
	struct finding f = quorum_judge(others, 3, 4, true, span_ms(500));

	(void)state;
	assert_false(f.beyond);
	assert_int_equal(f.beyond_by, 2);
	assert_false(f.within);
}

static void an_overlap_proves_nothing(void **state)
{
	/* All three intervals overlap at 1900 s off, yet each allows 0 too. */
	const struct ballot wide[] = { voter(-950000, 951000), voter(-950000, 951000),
		voter(-950000, 951000) };
	struct finding f = quorum_judge(wide, 3, 4, true, span_ms(500));

	(void)state;
	assert_false(f.beyond);
	assert_int_equal(f.beyond_by, 0);
	assert_false(f.within);
}

static void an_interval_that_straddles_the_level_proves_neither(void **state)
{
	const struct ballot others[] = { voter(550, 150), voter(550, 150), voter(550, 150) };
	struct finding f = quorum_judge(others, 3, 4, true, span_ms(500));

	(void)state;
	assert_false(f.beyond);
	assert_int_equal(f.beyond_by, 0);
	assert_false(f.within);
}

static void a_middle_at_zero_is_not_within(void **state)
{
	const struct ballot others[] = { voter(0, 600), voter(0, 600), voter(0, 600) };

	(void)state;
	assert_false(quorum_judge(others, 3, 4, true, span_ms(500)).within);
}

static void voters_on_two_sides_convict_nobody(void **state)
{
	const struct ballot others[] = { voter(-1900, 1), voter(1900, 1), voter(1900, 1) };
	struct finding f = quorum_judge(others, 3, 4, true, span_ms(500));

	(void)state;
	assert_false(f.beyond);
	assert_int_equal(f.beyond_by, 2);
}

static void voters_that_disagree_among_themselves_convict_nobody(void **state)
{
	/* All are behind by far, but a second apart from each other: no common time speaks against the subject. */
	const struct ballot others[] = { voter(-10000, 1), voter(-11000, 1), voter(-12000, 1) };

	(void)state;
	assert_false(quorum_judge(others, 3, 4, true, span_ms(500)).beyond);
	/* At a level of five seconds they do agree. */
	assert_true(quorum_judge(others, 3, 4, true, span_ms(5000)).beyond);
}

static void exactly_the_level_is_not_beyond_it(void **state)
{
	const struct ballot at[] = { voter(500, 0), voter(500, 0), voter(500, 0) };
	const struct ballot past[] = { voter(501, 0), voter(501, 0), voter(501, 0) };
	const struct ballot minus_at[] = { voter(-500, 0), voter(-500, 0), voter(-500, 0) };

	(void)state;
	assert_false(quorum_judge(at, 3, 4, true, span_ms(500)).beyond);
	assert_false(quorum_judge(minus_at, 3, 4, true, span_ms(500)).beyond);
	assert_true(quorum_judge(at, 3, 4, true, span_ms(500)).within);
	assert_true(quorum_judge(past, 3, 4, true, span_ms(500)).beyond);
	assert_false(quorum_judge(past, 3, 4, true, span_ms(500)).within);
}

static void the_subject_counts_for_ok_if_it_votes(void **state)
{
	const struct ballot others[] = { voter(0, 1), voter(0, 1), silent };

	(void)state;
	assert_true(quorum_judge(others, 3, 4, true, span_ms(500)).within);
	assert_int_equal(quorum_judge(others, 3, 4, true, span_ms(500)).within_by, 3);
	assert_false(quorum_judge(others, 3, 4, false, span_ms(500)).within);
}

static void nobody_known_proves_nothing(void **state)
{
	const struct ballot others[] = { silent, silent, silent };
	struct interval consensus;
	struct finding f = quorum_judge(others, 3, 4, true, span_ms(500));

	(void)state;
	assert_false(f.beyond);
	assert_false(f.within);
	assert_false(quorum_consensus(others, 3, true, &consensus));
	assert_int_equal(quorum_provable(others, 3, 4, true).ns, INT64_MAX);
}

static void the_consensus_is_where_the_middle_is(void **state)
{
	const struct ballot others[] = { voter(-1900000, 2), voter(-1900001, 2), voter(-1900002, 2) };
	struct interval consensus;

	(void)state;
	/* Of four (with the subject at 0) the middle two bound it: it leans to the wide side. */
	assert_true(quorum_consensus(others, 3, true, &consensus));
	assert_int_equal(consensus.low.ns, span_ms(-1900003).ns);
	assert_int_equal(consensus.high.ns, span_ms(-1899998).ns);
}

static void slow_links_prove_less(void **state)
{
	const struct ballot others[] = { voter(0, 150), voter(10, 150), voter(0, 1) };

	(void)state;
	/* Four vote, three are needed, the subject is one of them: the second narrowest link decides. */
	assert_int_equal(quorum_provable(others, 3, 4, true).ns, span_ms(300).ns);
	assert_int_equal(quorum_provable(others, 3, 3, true).ns, span_ms(2).ns);
}

static void hostile_numbers_do_not_overflow(void **state)
{
	const struct ballot others[] = {
		{ .known = true, .offset = INTERVAL_ALL },
		{ .known = true, .offset = { SPAN_MAX, SPAN_MAX } },
		{ .known = true, .offset = { SPAN_MIN, SPAN_MIN } },
	};
	struct interval consensus;

	(void)state;
	assert_false(quorum_judge(others, 3, 4, true, SPAN_MAX).beyond);
	assert_false(quorum_judge(others, 3, 4, true, span_ms(1)).beyond);
	assert_true(quorum_consensus(others, 3, true, &consensus));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_of_four_convict),
		cmocka_unit_test(the_others_behind_means_the_subject_is_ahead),
		cmocka_unit_test(a_majority_of_those_in_reach_is_none),
		cmocka_unit_test(an_overlap_proves_nothing),
		cmocka_unit_test(an_interval_that_straddles_the_level_proves_neither),
		cmocka_unit_test(a_middle_at_zero_is_not_within),
		cmocka_unit_test(voters_on_two_sides_convict_nobody),
		cmocka_unit_test(voters_that_disagree_among_themselves_convict_nobody),
		cmocka_unit_test(exactly_the_level_is_not_beyond_it),
		cmocka_unit_test(the_subject_counts_for_ok_if_it_votes),
		cmocka_unit_test(nobody_known_proves_nothing),
		cmocka_unit_test(the_consensus_is_where_the_middle_is),
		cmocka_unit_test(slow_links_prove_less),
		cmocka_unit_test(hostile_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
