#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/history/events.h"

enum {
	CAPACITY = 4,
	MANY = 3 * EVENTS_DECISIONS,
	PAIRS = 2 * EVENTS_DECISIONS + 3,
	END = 41 + 2 * CAPACITY,
};

static struct wall at(int64_t second)
{
	return (struct wall){ second * NS_PER_S };
}

/* Adds the events "1", "2", ... up to `count`, a second apart from each other. */
static struct events *after(int count)
{
	struct events *events = events_new(CAPACITY);

	for (int i = 1; i <= count; i++) {
		char text[16];

		snprintf(text, sizeof text, "%d", i);
		events_add(events, at(i), SEVERITY_NOTICE, "verdict", "db3", text);
	}
	return events;
}

static void nothing_has_happened_yet(void **state)
{
	struct events *events = after(0);

	(void)state;
	assert_int_equal(events_oldest(events), 0);
	assert_int_equal(events_newest(events), 0);
	assert_null(events_get(events, 0));
	assert_null(events_get(events, 1));
	assert_int_equal(events_since(events, at(0)), 1);
	events_free(events);
}

static void an_event_is_kept_as_it_was_told(void **state)
{
	struct events *events = events_new(CAPACITY);
	const struct events_entry *entry;

	(void)state;
	assert_int_equal(
		events_add(events, at(7), SEVERITY_ERROR, "verdict", "db3", "db3 is 1900 s ahead"), 1);
	entry = events_get(events, 1);
	assert_int_equal(entry->id, 1);
	assert_int_equal(entry->time.ns, at(7).ns);
	assert_string_equal(severity_name(entry->severity), "error");
	assert_string_equal(entry->kind, "verdict");
	assert_string_equal(entry->node, "db3");
	assert_string_equal(entry->text, "db3 is 1900 s ahead");
	events_free(events);
}

static void the_oldest_make_room_and_the_numbers_go_on(void **state)
{
	struct events *events = after(10);

	(void)state;
	assert_int_equal(events_oldest(events), 7);
	assert_int_equal(events_newest(events), 10);
	assert_null(events_get(events, 6));
	assert_string_equal(events_get(events, 7)->text, "7");
	assert_string_equal(events_get(events, 10)->text, "10");
	assert_null(events_get(events, 11));
	events_free(events);
}

static void what_came_since_is_found_by_its_time(void **state)
{
	struct events *events = after(10);

	(void)state;
	assert_int_equal(events_since(events, at(9)), 9);
	assert_int_equal(events_since(events, at(0)), 7);
	assert_int_equal(events_since(events, at(11)), 11);
	events_free(events);
}

static void a_clock_that_was_set_back_hides_nothing_newer(void **state)
{
	struct events *events = after(2);

	(void)state;
	events_add(events, at(1000), SEVERITY_WARNING, "step", "db3", "the clock was 1000 s on");
	events_add(events, at(3), SEVERITY_NOTICE, "step", "db3", "and was set back");
	assert_int_equal(events_since(events, at(3)), 3);
	assert_int_equal(events_since(events, at(500)), 5);
	events_free(events);
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	struct events *events = events_new(CAPACITY);
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\0';
	events_add(events, at(1), SEVERITY_INFO, text, text, text);
	assert_int_equal(strlen(events_get(events, 1)->text), sizeof events_get(events, 1)->text - 1);
	assert_int_equal(strlen(events_get(events, 1)->node), NODE_NAME_SIZE - 1);
	events_free(events);
}

static void a_decision_goes_with_its_event_until_there_are_many(void **state)
{
	struct events *events = events_new(1000);
	char text[32];

	(void)state;
	for (int i = 1; i <= EVENTS_DECISIONS + 2; i++) {
		snprintf(text, sizeof text, "{\"n\": %d}", i);
		events_decide(events, events_add(events, at(i), SEVERITY_NOTICE, "verdict", "db3", "x"),
			strdup(text));
		events_add(events, at(i), SEVERITY_NOTICE, "peer", "db1", "x");
	}
	assert_null(events_get(events, 1)->decision);
	assert_null(events_get(events, 3)->decision);
	assert_string_equal(events_get(events, 5)->decision, "{\"n\": 3}");
	assert_null(events_get(events, 6)->decision);
	assert_string_equal(events_get(events, PAIRS)->decision, text);
	events_free(events);
}

static void a_decision_outlives_no_event(void **state)
{
	struct events *events = events_new(CAPACITY);

	(void)state;
	for (int i = 1; i <= MANY; i++)
		events_decide(events, events_add(events, at(i), SEVERITY_NOTICE, "verdict", "db3", "x"),
			i % 3 ? strdup("{}") : NULL);
	assert_null(events_get(events, MANY)->decision);
	assert_non_null(events_get(events, MANY - 1)->decision);
	events_free(events);
}

static void a_decision_that_is_too_long_is_left_out(void **state)
{
	struct events *events = events_new(CAPACITY);
	char *text = calloc(1, EVENTS_DECISION_MOST + 2);

	(void)state;
	memset(text, 'a', EVENTS_DECISION_MOST + 1);
	events_decide(events, events_add(events, at(1), SEVERITY_NOTICE, "verdict", "db3", "x"), text);
	assert_null(events_get(events, 1)->decision);
	events_free(events);
}

static void the_numbers_go_on_where_another_daemon_ended(void **state)
{
	struct events *events = events_new(CAPACITY);

	(void)state;
	events_begin(events, 41);
	assert_int_equal(events_oldest(events), 0);
	assert_null(events_get(events, 40));
	assert_int_equal(events_add(events, at(1), SEVERITY_NOTICE, "verdict", "db3", "x"), 41);
	assert_int_equal(events_oldest(events), 41);
	assert_null(events_get(events, 40));
	for (int i = 0; i < 2 * CAPACITY; i++)
		events_add(events, at(1), SEVERITY_NOTICE, "verdict", "db3", "x");
	assert_int_equal(events_oldest(events), END - CAPACITY + 1);
	assert_int_equal(events_newest(events), END);
	events_free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_happened_yet),
		cmocka_unit_test(an_event_is_kept_as_it_was_told),
		cmocka_unit_test(the_oldest_make_room_and_the_numbers_go_on),
		cmocka_unit_test(what_came_since_is_found_by_its_time),
		cmocka_unit_test(a_clock_that_was_set_back_hides_nothing_newer),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
		cmocka_unit_test(a_decision_goes_with_its_event_until_there_are_many),
		cmocka_unit_test(a_decision_outlives_no_event),
		cmocka_unit_test(a_decision_that_is_too_long_is_left_out),
		cmocka_unit_test(the_numbers_go_on_where_another_daemon_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
