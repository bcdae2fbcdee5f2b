#include "story.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/history/history.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define NOW (HISTORY_BEGINNING + 8 * DAY)

static struct history *history;

static int set_up(void **state)
{
	char names[2][NODE_NAME_SIZE] = { "db1", "db2" };

	(void)state;
	history = history_new();
	return history_nodes(history, names, 2) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	history_free(history);
	return 0;
}

static void seen_as(int64_t second, int64_t low_us, int64_t high_us, enum verdict_state state)
{
	struct history_sample sample = { { span_us(low_us), span_us(high_us) }, state, false };

	history_add(history, 0, second, &sample);
}

static void seen(int64_t second, int64_t low_us, int64_t high_us)
{
	seen_as(second, low_us, high_us, VERDICT_OK);
}

static json_t *asked(int64_t since)
{
	struct wall wall = { INT64_C(1800000000) * NS_PER_S };
	char *text = history_json(history, 0, since, NOW, wall);
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	free(text);
	return json;
}

static size_t points(const json_t *json)
{
	return json_array_size(json_object_get(json, "points"));
}

static int64_t step(const json_t *json)
{
	return json_integer_value(json_object_get(json, "step_s"));
}

static double of_point(const json_t *json, size_t point, size_t column)
{
	return json_number_value(
		json_array_get(json_array_get(json_object_get(json, "points"), point), column));
}

/* ---- stories ---- */

static void a_second_is_kept_as_it_was(void **state)
{
	json_t *json;

	(void)state;
	seen(NOW - 2, -300, 100);
	seen(NOW, 1900000000, 1900000400);
	json = asked(NOW - 900);
	assert_string_equal(json_string_value(json_object_get(json, "node")), "db1");
	assert_int_equal(step(json), 1);
	assert_int_equal(points(json), 2);
	assert_true(of_point(json, 0, 0) == 2 && of_point(json, 1, 0) == 0);
	assert_true(of_point(json, 0, 1) <= -300e-6 && of_point(json, 0, 1) > -300.1e-6);
	assert_true(of_point(json, 0, 2) >= 100e-6 && of_point(json, 0, 2) < 100.1e-6);
	assert_true(of_point(json, 0, 3) > -100.1e-6 && of_point(json, 0, 4) < -99.9e-6);
	json_decref(json);
}

/* Single precision cannot hold 1900.0001 s: what is told is wider, never narrower. */
static void bounds_are_rounded_outwards(void **state)
{
	const struct history_point *point;

	(void)state;
	for (int64_t us = 1; us < INT64_C(4000000000); us = us * 7 / 3 + 1) {
		seen(NOW + us % 100000, us, us + 3);
		seen(NOW + us % 100000, -us - 3, -us);
		point = history_at(history, 0, HISTORY_MINUTES, NOW + us % 100000);
		if (!point)
			continue;
		assert_true((double)point->low <= (double)-us / 1e6 - 3e-6);
		assert_true((double)point->high >= (double)us / 1e6 + 3e-6);
	}
}

static void a_short_step_still_shows_after_a_week(void **state)
{
	bool shown = false;
	json_t *json;

	(void)state;
	for (int64_t t = NOW - 7 * DAY + 600; t <= NOW; t++)
		if (t == NOW - 6 * DAY)
			seen_as(t, 1900000000, 1900000400, VERDICT_CRITICAL);
		else
			seen(t, -100, 100);
	json = asked(NOW - 7 * DAY);
	assert_int_equal(step(json), 300);
	assert_true(points(json) > 2000 && points(json) <= 2016);
	for (size_t i = 0; i < points(json); i++) {
		const json_t *point = json_array_get(json_object_get(json, "points"), i);

		if (of_point(json, i, 4) < 1899)
			continue;
		shown = true;
		assert_true(of_point(json, i, 3) < 0.001 && of_point(json, i, 1) <= -100e-6 &&
			    of_point(json, i, 2) >= 1900.0004);
		assert_string_equal(json_string_value(json_array_get(point, 5)), "critical");
		assert_true(of_point(json, i, 0) > 511000 && of_point(json, i, 0) < 526000);
	}
	assert_true(shown);
	json_decref(json);
	json = asked(NOW - 6 * HOUR + 60);
	assert_int_equal(step(json), 15);
	assert_true(points(json) > 1430 && points(json) <= 1440);
	json_decref(json);
	json = asked(NOW - 60);
	assert_int_equal(step(json), 1);
	assert_in_range(points(json), 60, 61);
	json_decref(json);
}

/* Three points five minutes apart would not tell of the quarter of an hour that is known by the second. */
static void of_a_young_history_the_finest_is_told(void **state)
{
	json_t *json;

	(void)state;
	for (int64_t t = NOW - 600; t <= NOW; t++)
		seen(t, -100, 100);
	json = asked(NOW - 7 * DAY);
	assert_int_equal(step(json), 1);
	assert_int_equal(points(json), 601);
	json_decref(json);
}

static void of_an_older_one_nothing_is_kept_back(void **state)
{
	json_t *json;

	(void)state;
	for (int64_t t = NOW - 1000; t <= NOW; t++)
		seen(t, -100, 100);
	json = asked(NOW - 7 * DAY);
	assert_int_equal(step(json), 15);
	json_decref(json);
}

static void a_gap_stays_one(void **state)
{
	json_t *json;

	(void)state;
	seen(NOW - 100, -100, 100);
	seen(NOW - 20, -100, 100);
	json = asked(NOW - 900);
	assert_int_equal(points(json), 2);
	json_decref(json);
	/* Longer than all that is kept. */
	seen(NOW + 30 * DAY, -100, 100);
	assert_null(history_at(history, 0, HISTORY_MINUTES, NOW - 20));
	assert_null(history_at(history, 0, HISTORY_DAYS, (NOW - 20) / 300));
	assert_non_null(history_at(history, 0, HISTORY_DAYS, (NOW + 30 * DAY) / 300));
}

static void what_has_no_bounds_is_no_point(void **state)
{
	struct history_sample half = { { SPAN_MIN, SPAN_ZERO }, VERDICT_UNKNOWN, false };

	(void)state;
	history_add(history, 0, NOW, &half);
	assert_null(history_at(history, 0, HISTORY_MINUTES, NOW));
	seen(-1, 0, 0);
	assert_int_equal(history_newest(history, 0, HISTORY_MINUTES), -1);
}

static void a_second_that_is_over_does_not_come_again(void **state)
{
	(void)state;
	seen(NOW, -100, 100);
	seen(NOW - DAY, 5000, 5000);
	assert_null(history_at(history, 0, HISTORY_MINUTES, NOW - DAY));
	assert_non_null(history_at(history, 0, HISTORY_MINUTES, NOW));
}

static void nodes_come_and_go(void **state)
{
	char others[3][NODE_NAME_SIZE] = { "mon1", "db2", "db1" };

	(void)state;
	seen(NOW, -100, 100);
	assert_true(history_nodes(history, others, 3));
	assert_int_equal(history_find(history, "db1"), 2);
	assert_non_null(history_at(history, 2, HISTORY_MINUTES, NOW));
	assert_null(history_at(history, 0, HISTORY_MINUTES, NOW));
	assert_true(history_nodes(history, others, 1));
	assert_int_equal(history_find(history, "db1"), 1);
	assert_true(history_nodes(history, others, 3));
	assert_null(history_at(history, 2, HISTORY_MINUTES, NOW));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_second_is_kept_as_it_was),
		STORY(bounds_are_rounded_outwards),
		STORY(a_short_step_still_shows_after_a_week),
		STORY(of_a_young_history_the_finest_is_told),
		STORY(of_an_older_one_nothing_is_kept_back),
		STORY(a_gap_stays_one),
		STORY(what_has_no_bounds_is_no_point),
		STORY(a_second_that_is_over_does_not_come_again),
		STORY(nodes_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
