#include "story.h"

#include "../../sentinel/skewctl/gatekeeper.h"

static const struct gate_rule allow = { .wait = { 120 * NS_PER_S } };
static const struct gate_rule block = { .wait = { 120 * NS_PER_S }, .block_unknown = true };
static const struct gate_rule forms = {
	.wait = { 120 * NS_PER_S }, .block_unknown = true, .new_cluster = true
};

/* Sees the same from one second to another; the second at which it no longer waits, and what it then does. */
static int64_t see(struct gatekeeper *gate, const struct gate_rule *rule, enum gate_sight sight, int64_t from,
	int64_t to, enum gate_step *step)
{
	int64_t second = from;

	for (; second <= to; second++) {
		*step = gatekeeper_look(gate, rule, sight, span_s(second));
		if (*step != GATE_WAITS)
			break;
	}
	return second;
}

static void assert_waits(struct gatekeeper *gate, const struct gate_rule *rule, enum gate_sight sight,
	int64_t from, int64_t to)
{
	enum gate_step step;

	see(gate, rule, sight, from, to, &step);
	assert_int_equal(step, GATE_WAITS);
}

static void assert_ends(struct gatekeeper *gate, const struct gate_rule *rule, enum gate_sight sight,
	int64_t from, int64_t at, enum gate_step with)
{
	enum gate_step step;

	assert_int_equal(see(gate, rule, sight, from, 1000, &step), at);
	assert_int_equal(step, with);
}

static void a_clock_that_is_right_opens_it_at_once(void **state)
{
	(void)state;
	assert_ends(&(struct gatekeeper){ 0 }, &allow, SIGHT_RIGHT, 0, 0, GATE_OPENS);
	assert_ends(&(struct gatekeeper){ 0 }, &block, SIGHT_RIGHT, 0, 0, GATE_OPENS);
}

static void a_clock_that_is_wrong_to_the_end_shuts_it(void **state)
{
	(void)state;
	assert_ends(&(struct gatekeeper){ 0 }, &allow, SIGHT_WRONG, 0, 120, GATE_SHUTS);
	assert_ends(&(struct gatekeeper){ 0 }, &block, SIGHT_WRONG, 0, 120, GATE_SHUTS);
}

static void a_clock_that_comes_right_in_time_opens_it(void **state)
{
	struct gatekeeper gate = { 0 };

	(void)state;
	assert_waits(&gate, &allow, SIGHT_UNKNOWN, 0, 2);
	assert_waits(&gate, &allow, SIGHT_WRONG, 3, 20);
	assert_ends(&gate, &allow, SIGHT_RIGHT, 21, 21, GATE_OPENS);
}

static void what_cannot_be_told_is_waited_for_a_while(void **state)
{
	(void)state;
	assert_ends(&(struct gatekeeper){ 0 }, &allow, SIGHT_ABSENT, 0, 5, GATE_OPENS);
	assert_ends(&(struct gatekeeper){ 0 }, &allow, SIGHT_UNKNOWN, 0, 30, GATE_OPENS);
	assert_ends(&(struct gatekeeper){ 0 }, &block, SIGHT_ABSENT, 0, 120, GATE_SHUTS);
	assert_ends(&(struct gatekeeper){ 0 }, &block, SIGHT_UNKNOWN, 0, 120, GATE_SHUTS);
}

static void a_daemon_that_comes_late_is_heard(void **state)
{
	struct gatekeeper gate = { 0 };

	(void)state;
	assert_waits(&gate, &allow, SIGHT_ABSENT, 0, 4);
	assert_waits(&gate, &allow, SIGHT_UNKNOWN, 5, 29);
	assert_waits(&gate, &allow, SIGHT_WRONG, 30, 119);
}

/* It comes and goes every other second, and never stays away for long. */
static void a_daemon_that_crashes_all_the_time_does_not_keep_it_shut(void **state)
{
	struct gatekeeper gate = { 0 };
	enum gate_step step = GATE_WAITS;
	int64_t second = 0;

	(void)state;
	for (; step == GATE_WAITS; second++)
		step = gatekeeper_look(
			&gate, &allow, second % 2 ? SIGHT_UNKNOWN : SIGHT_ABSENT, span_s(second));
	assert_int_equal(step, GATE_OPENS);
	assert_int_equal(second - 1, 30);
}

/* A clock that is just being stepped cannot be told of; nor can one whose witnesses went away. */
static void once_proved_wrong_ignorance_does_not_open_it_before_the_end(void **state)
{
	struct gatekeeper gate = { 0 };

	(void)state;
	assert_waits(&gate, &allow, SIGHT_WRONG, 0, 9);
	assert_ends(&gate, &allow, SIGHT_UNKNOWN, 10, 120, GATE_OPENS);
	gate = (struct gatekeeper){ 0 };
	assert_waits(&gate, &block, SIGHT_WRONG, 0, 9);
	assert_ends(&gate, &block, SIGHT_ABSENT, 10, 120, GATE_SHUTS);
}

static void what_was_known_in_between_begins_the_patience_anew(void **state)
{
	struct gatekeeper gate = { 0 };

	(void)state;
	assert_waits(&gate, &allow, SIGHT_ABSENT, 0, 3);
	assert_waits(&gate, &allow, SIGHT_UNKNOWN, 4, 4);
	assert_ends(&gate, &allow, SIGHT_ABSENT, 5, 10, GATE_OPENS);
}

static void who_forms_a_new_cluster_is_not_kept_waiting(void **state)
{
	(void)state;
	for (enum gate_sight sight = SIGHT_RIGHT; sight <= SIGHT_ABSENT; sight++)
		assert_ends(&(struct gatekeeper){ 0 }, &forms, sight, 0, 0, GATE_OPENS);
}

static void without_a_wait_it_is_asked_once(void **state)
{
	static const struct gate_rule once = { .block_unknown = false };

	(void)state;
	assert_ends(&(struct gatekeeper){ 0 }, &once, SIGHT_WRONG, 0, 0, GATE_SHUTS);
	assert_ends(&(struct gatekeeper){ 0 }, &once, SIGHT_UNKNOWN, 0, 0, GATE_OPENS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_is_right_opens_it_at_once),
		cmocka_unit_test(a_clock_that_is_wrong_to_the_end_shuts_it),
		cmocka_unit_test(a_clock_that_comes_right_in_time_opens_it),
		cmocka_unit_test(what_cannot_be_told_is_waited_for_a_while),
		cmocka_unit_test(a_daemon_that_comes_late_is_heard),
		cmocka_unit_test(a_daemon_that_crashes_all_the_time_does_not_keep_it_shut),
		cmocka_unit_test(once_proved_wrong_ignorance_does_not_open_it_before_the_end),
		cmocka_unit_test(what_was_known_in_between_begins_the_patience_anew),
		cmocka_unit_test(who_forms_a_new_cluster_is_not_kept_waiting),
		cmocka_unit_test(without_a_wait_it_is_asked_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
