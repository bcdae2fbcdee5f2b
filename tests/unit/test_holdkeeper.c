#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/host/holdkeeper.h"
#include "scratch.h"

static struct place {
	char dir[SCRATCH_SIZE];
	struct loop *loop;
	struct timer *look;
	struct holdkeeper *keeper;
	char failure[HOLDFILE_ERROR_SIZE];
} place;

static void on_failed(void *arg, const char *why)
{
	struct place *here = arg;

	snprintf(here->failure, sizeof here->failure, "%s", why);
}

static void on_look(void *arg)
{
	struct place *here = arg;

	if (holdkeeper_state(here->keeper) == HOLDKEEPER_BUSY)
		timer_set(here->look, span_ms(1));
	else
		loop_stop(here->loop);
}

static int begin(void **state)
{
	(void)state;
	place.loop = loop_new();
	if (!place.loop || scratch_make(place.dir) != 0)
		return -1;
	place.look = timer_new(place.loop, on_look, &place);
	place.keeper = holdkeeper_new(place.loop, place.dir, on_failed, &place);
	place.failure[0] = '\0';
	return place.look && place.keeper ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	holdkeeper_free(place.keeper);
	timer_free(place.look);
	loop_free(place.loop);
	return scratch_remove(place.dir);
}

static void wish(const char *reason)
{
	struct hold_kept hold = { .for_span = SPAN_MAX };

	snprintf(hold.reason, sizeof hold.reason, "%s", reason ? reason : "");
	holdkeeper_wish(place.keeper, reason ? &hold : NULL);
}

static enum holdkeeper_state settle(void)
{
	timer_set(place.look, SPAN_ZERO);
	loop_run(place.loop);
	return holdkeeper_state(place.keeper);
}

/* What a restart would find. */
static const char *kept(void)
{
	static struct hold_kept hold;
	struct span left;

	return holdfile_read(place.dir, (struct mono){ 0 }, &hold, &left) ? hold.reason : "none";
}

/* ---- the stories ---- */

static void a_hold_is_kept_and_so_is_its_end(void **state)
{
	(void)state;
	assert_int_equal(holdkeeper_state(place.keeper), HOLDKEEPER_KEPT);
	wish("disk of db3 is replaced");
	assert_int_equal(holdkeeper_state(place.keeper), HOLDKEEPER_BUSY);
	assert_int_equal(settle(), HOLDKEEPER_KEPT);
	assert_string_equal(kept(), "disk of db3 is replaced");
	wish(NULL);
	assert_int_equal(settle(), HOLDKEEPER_KEPT);
	assert_string_equal(kept(), "none");
}

static void of_many_in_a_row_the_latest_stays(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		wish(i % 2 ? NULL : "not yet");
	wish("the latest");
	assert_int_equal(settle(), HOLDKEEPER_KEPT);
	assert_string_equal(kept(), "the latest");
}

static void whoever_stops_in_between_keeps_the_latest_too(void **state)
{
	(void)state;
	wish("not yet");
	wish("the latest");
	holdkeeper_free(place.keeper);
	place.keeper = NULL;
	assert_string_equal(kept(), "the latest");
}

static void what_cannot_be_kept_is_said(void **state)
{
	char gone[80];

	(void)state;
	snprintf(gone, sizeof gone, "%s.gone", place.dir);
	assert_int_equal(rename(place.dir, gone), 0);
	wish("disk of db3 is replaced");
	assert_int_equal(settle(), HOLDKEEPER_FAILED);
	assert_string_equal(holdkeeper_why(place.keeper), place.failure);
	assert_non_null(strstr(place.failure, "the hold will not outlive a restart: the record "));
	assert_int_equal(rename(gone, place.dir), 0);
	wish("disk of db3 is replaced");
	assert_int_equal(settle(), HOLDKEEPER_KEPT);
	assert_string_equal(holdkeeper_why(place.keeper), "");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest stories[] = {
		STORY(a_hold_is_kept_and_so_is_its_end),
		STORY(of_many_in_a_row_the_latest_stays),
		STORY(whoever_stops_in_between_keeps_the_latest_too),
		STORY(what_cannot_be_kept_is_said),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
