#include "../../sentinel/core/budget.h"
#include "story.h"

static void without_an_authority_nothing_needs_a_claim(void **state)
{
	struct budget budget = { 0 };
	struct budget_choice choice = budget_choose(&budget, WANT_ON);

	(void)state;
	assert_int_equal(choice.action, WANT_ON);
	assert_int_equal(choice.claim, WANT_KEEP);
}

static void no_claim_in_hand_no_action(void **state)
{
	struct budget budget = { .required = true };
	struct budget_choice choice = budget_choose(&budget, WANT_ON);

	(void)state;
	assert_int_equal(choice.action, WANT_KEEP);
	assert_int_equal(choice.claim, WANT_ON);
	budget.held = true;
	choice = budget_choose(&budget, WANT_ON);
	assert_int_equal(choice.action, WANT_ON);
}

static void the_claim_goes_back_after_the_deed_is_undone_and_not_before(void **state)
{
	struct budget budget = { .required = true, .held = true };

	(void)state;
	budget_choose(&budget, WANT_ON);
	budget_driver_says(&budget, true);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_KEEP);
	budget_driver_says(&budget, true); /* it is being undone */
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_KEEP);
	budget_driver_says(&budget, false);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_OFF);
}

static void an_order_that_has_not_begun_yet_counts_as_begun(void **state)
{
	struct budget budget = { .required = true, .held = true };

	(void)state;
	budget_choose(&budget, WANT_ON);
	/* "Nothing is in force", it says, for it has not come to it yet: that is no word on the order to undo. */
	budget_driver_says(&budget, false);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_KEEP);
	budget_driver_says(&budget, false);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_OFF);
}

/* It ends with a restart of the server, say, while nothing is known; nothing more is heard when it is to be undone. */
static void a_deed_that_ended_by_itself_is_undone(void **state)
{
	struct budget budget = { .required = true, .held = true };

	(void)state;
	budget_choose(&budget, WANT_ON);
	budget_driver_says(&budget, true);
	budget_choose(&budget, WANT_KEEP);
	budget_driver_says(&budget, false);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_OFF);
}

static void ignorance_neither_claims_nor_gives_back(void **state)
{
	struct budget budget = { .required = true, .held = true };
	struct budget_choice choice = budget_choose(&budget, WANT_KEEP);

	(void)state;
	assert_int_equal(choice.action, WANT_KEEP);
	assert_int_equal(choice.claim, WANT_KEEP);
}

static void what_was_in_force_before_a_restart_stays_without_a_claim_and_is_undone_before_one_is_given_back(
	void **state)
{
	struct budget budget = { .required = true };

	(void)state;
	budget_driver_says(&budget, true);
	assert_int_equal(budget_choose(&budget, WANT_ON).action, WANT_KEEP);
	assert_int_equal(budget_choose(&budget, WANT_OFF).action, WANT_OFF);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_KEEP);
	budget_driver_says(&budget, false);
	assert_int_equal(budget_choose(&budget, WANT_OFF).claim, WANT_OFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_authority_nothing_needs_a_claim),
		cmocka_unit_test(no_claim_in_hand_no_action),
		cmocka_unit_test(the_claim_goes_back_after_the_deed_is_undone_and_not_before),
		cmocka_unit_test(an_order_that_has_not_begun_yet_counts_as_begun),
		cmocka_unit_test(a_deed_that_ended_by_itself_is_undone),
		cmocka_unit_test(ignorance_neither_claims_nor_gives_back),
		cmocka_unit_test(
			what_was_in_force_before_a_restart_stays_without_a_claim_and_is_undone_before_one_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
