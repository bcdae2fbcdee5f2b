#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../sentinel/galera/allowance.h"
#include "../../sentinel/host/clock.h"
#include "scratch.h"

/* A state directory, and what a driver has of it. */
static struct place {
	char dir[SCRATCH_SIZE];
	struct loop *loop;
	struct allowance *allowance;
} place;

static void on_change(void *arg)
{
	struct place *here = arg;

	if (allowance_state(here->allowance) != ALLOWANCE_ASKED)
		loop_stop(here->loop);
}

/* As after a start, or a kill and a start. */
static void start(unsigned per_day)
{
	allowance_free(place.allowance);
	place.allowance = allowance_new(place.loop, place.dir, per_day, on_change, &place);
	assert_non_null(place.allowance);
}

static void on_too_late(void *arg)
{
	loop_stop(arg);
}

static enum allowance_state ask(void)
{
	struct timer *late = timer_new(place.loop, on_too_late, place.loop);

	allowance_ask(place.allowance);
	timer_set(late, span_s(20));
	loop_run(place.loop);
	timer_free(late);
	return allowance_state(place.allowance);
}

static int begin(void **state)
{
	(void)state;
	place.loop = loop_new();
	return place.loop ? scratch_make(place.dir) : -1;
}

static int end(void **state)
{
	(void)state;
	allowance_free(place.allowance);
	place.allowance = NULL;
	loop_free(place.loop);
	return scratch_remove(place.dir);
}

static const char *path(void)
{
	static char text[128];

	snprintf(text, sizeof text, "%s/galera-leaves", place.dir);
	return text;
}

static void use_up(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		assert_int_equal(ask(), ALLOWANCE_GIVEN);
		allowance_end(place.allowance);
	}
}

/* ---- the stories ---- */

static void one_leave_serves_however_many_deeds(void **state)
{
	(void)state;
	start(3);
	assert_int_equal(ask(), ALLOWANCE_GIVEN);
	allowance_ask(place.allowance);
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_GIVEN);
	assert_int_equal(allowance_used(place.allowance), 1);
	assert_int_equal(access(path(), F_OK), 0);
}

static void what_would_be_one_more_latches(void **state)
{
	(void)state;
	start(3);
	use_up(3);
	assert_int_equal(ask(), ALLOWANCE_LATCHED);
	assert_string_equal(
		allowance_why(place.allowance), "it was taken out 3 times within a day (galera.max_per_day)");
	allowance_end(place.allowance);
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_LATCHED);
}

static void a_restart_forgets_neither_leaves_nor_the_latch(void **state)
{
	(void)state;
	start(2);
	use_up(1);
	start(2);
	use_up(1);
	start(2);
	assert_int_equal(ask(), ALLOWANCE_LATCHED);
	start(100);
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_LATCHED);
}

static void an_operator_lifts_it_for_good(void **state)
{
	(void)state;
	start(1);
	use_up(1);
	assert_int_equal(ask(), ALLOWANCE_LATCHED);
	allowance_lift(place.allowance);
	loop_run(place.loop);
	assert_int_equal(ask(), ALLOWANCE_GIVEN);
	start(2);
	assert_int_equal(allowance_used(place.allowance), 1);
}

static void what_was_begun_before_a_restart_needs_no_other_leave(void **state)
{
	(void)state;
	start(1);
	assert_int_equal(ask(), ALLOWANCE_GIVEN);
	start(1);
	allowance_resume(place.allowance);
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_GIVEN);
}

static void what_cannot_be_remembered_is_not_given(void **state)
{
	char gone[80];

	(void)state;
	snprintf(gone, sizeof gone, "%s.gone", place.dir);
	start(3);
	assert_int_equal(rename(place.dir, gone), 0);
	assert_int_equal(ask(), ALLOWANCE_FAILED);
	assert_non_null(strstr(allowance_why(place.allowance), "galera-leaves cannot be written: "));
	assert_int_equal(allowance_used(place.allowance), 0);
	loop_run(place.loop); /* it is tried again, and nothing else is told meanwhile */
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_FAILED);
	assert_int_equal(rename(gone, place.dir), 0);
	loop_run(place.loop); /* once that works, it may be asked again */
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_OPEN);
	assert_string_equal(allowance_why(place.allowance), "");
	assert_int_equal(ask(), ALLOWANCE_GIVEN);
}

static void a_damaged_file_is_taken_for_a_latch(void **state)
{
	(void)state;
	start(3);
	use_up(1);
	assert_int_equal(truncate(path(), 20), 0);
	start(3);
	assert_int_equal(allowance_state(place.allowance), ALLOWANCE_LATCHED);
	assert_non_null(strstr(allowance_why(place.allowance), "galera-leaves is damaged"));
	allowance_lift(place.allowance);
	loop_run(place.loop);
	assert_int_equal(ask(), ALLOWANCE_GIVEN);
}

/* Writes what an earlier process may have left. */
static void leave(const char *boot, struct mono when)
{
	const struct statefile file = { .dir = place.dir, .name = "galera-leaves" };
	char text[STATEFILE_SIZE], error[STATEFILE_ERROR_SIZE];

	snprintf(text, sizeof text, "skew-sentinel galera-leaves 1\nboot %s\nlatched 0\nleaves 1\n%lld\n",
		boot, (long long)when.ns);
	assert_true(statefile_write(&file, text, error));
}

static void after_a_day_a_leave_is_forgotten_but_not_by_a_reboot(void **state)
{
	char boot[CLOCK_BOOT_ID_SIZE];

	(void)state;
	clock_boot_id(boot);
	leave(boot, mono_add(clock_mono(), span_s(-86401)));
	start(3);
	assert_int_equal(allowance_used(place.allowance), 0);
	leave(boot, mono_add(clock_mono(), span_s(-86300)));
	start(3);
	assert_int_equal(allowance_used(place.allowance), 1);
	leave("another-boot", mono_add(clock_mono(), span_s(-86401)));
	start(3);
	assert_int_equal(allowance_used(place.allowance), 1);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest stories[] = {
		STORY(one_leave_serves_however_many_deeds),
		STORY(what_would_be_one_more_latches),
		STORY(a_restart_forgets_neither_leaves_nor_the_latch),
		STORY(an_operator_lifts_it_for_good),
		STORY(what_was_begun_before_a_restart_needs_no_other_leave),
		STORY(what_cannot_be_remembered_is_not_given),
		STORY(a_damaged_file_is_taken_for_a_latch),
		STORY(after_a_day_a_leave_is_forgotten_but_not_by_a_reboot),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
