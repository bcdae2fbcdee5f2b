#include "story.h"

#include <stdio.h>
#include <string.h>

#include "../../sentinel/status/request.h"

static struct drill_request drill(const char *body)
{
	struct drill_request out;
	char why[256] = "";

	if (!request_drill(body, strlen(body), &out, why, sizeof why))
		fail_msg("%s: %s", body, why);
	return out;
}

static struct hold_request hold(const char *body)
{
	struct hold_request out;
	char why[256] = "";

	if (!request_hold(body, strlen(body), &out, why, sizeof why))
		fail_msg("%s: %s", body, why);
	return out;
}

static void assert_drill_refused(const char *body, const char *sentence)
{
	struct drill_request out = { .drift_ppb = 42 };
	char why[256] = "";

	assert_false(request_drill(body, strlen(body), &out, why, sizeof why));
	assert_string_equal(why, sentence);
	assert_int_equal(out.drift_ppb, 42);
}

static void assert_hold_refused(const char *body, const char *sentence)
{
	struct hold_request out;
	char why[256] = "";

	assert_false(request_hold(body, strlen(body), &out, why, sizeof why));
	assert_string_equal(why, sentence);
}

static void a_drill_is_asked_for(void **state)
{
	struct drill_request request =
		drill("{\"offset\": \"-1900s\", \"drift_ppm\": 40.5, \"for\": \"2m\"}");

	(void)state;
	assert_true(request.on);
	assert_int_equal(request.offset.ns, -1900 * NS_PER_S);
	assert_int_equal(request.drift_ppb, 40500);
	assert_int_equal(request.for_span.ns, 120 * NS_PER_S);
}

static void numbers_are_seconds(void **state)
{
	struct drill_request request = drill("{\"offset\": 1900.25, \"for\": 30}");

	(void)state;
	assert_int_equal(request.offset.ns, INT64_C(1900250000000));
	assert_int_equal(request.for_span.ns, 30 * NS_PER_S);
	assert_int_equal(request.drift_ppb, 0);
}

static void a_drill_ends_by_itself_even_if_nobody_said_when(void **state)
{
	(void)state;
	assert_int_equal(drill("{\"offset\": \"5s\"}").for_span.ns, DRILL_DEFAULT.ns);
}

static void a_drill_is_stopped(void **state)
{
	(void)state;
	assert_false(drill("{\"stop\": true}").on);
}

static void a_drill_that_makes_no_sense_is_refused(void **state)
{
	(void)state;
	assert_drill_refused("", "a drill needs an \"offset\" (or a \"drift_ppm\"), or \"stop\"");
	assert_drill_refused(
		"{\"stop\": true, \"offset\": 5}", "\"stop\" ends the drill and goes with nothing else");
	assert_drill_refused("{\"offset\": 5, \"for\": \"25h\"}", "\"for\" must lie between 1 s and 1 d");
	assert_drill_refused("{\"offset\": 5, \"for\": 0}", "\"for\" must lie between 1 s and 1 d");
	assert_drill_refused("{\"offset\": 5, \"drift_ppm\": 100001}",
		"\"drift_ppm\" must be a number between -100000 and 100000");
	assert_drill_refused("{\"offset\": 5, \"drift_ppm\": \"40\"}",
		"\"drift_ppm\" must be a number between -100000 and 100000");
}

static void what_is_no_span_is_refused(void **state)
{
	static const char sentence[] =
		"\"offset\" must be a span such as \"1900s\" or \"-250ms\", or a number of seconds";

	(void)state;
	assert_drill_refused("{\"offset\": \"1900\"}", sentence);
	assert_drill_refused("{\"offset\": true}", sentence);
	assert_drill_refused("{\"offset\": null}", sentence);
	assert_drill_refused("{\"offset\": 1e300}", sentence);
	assert_drill_refused("{\"offset\": [5]}", sentence);
}

static void what_is_not_known_is_refused_by_name(void **state)
{
	(void)state;
	assert_drill_refused("{\"ofset\": 5}",
		"\"ofset\" is not known here; allowed are \"offset\", \"drift_ppm\", \"for\", \"stop\"");
	assert_hold_refused("{\"until\": 5}",
		"\"until\" is not known here; allowed are \"for\", \"reason\", \"stop\", \"cluster\"");
}

static void what_is_no_object_is_refused(void **state)
{
	(void)state;
	assert_hold_refused("[]", "the body must be a JSON object");
	assert_hold_refused("{", "the body is no JSON: string or '}' expected near end of file");
	assert_hold_refused(
		"{\"for\": 1, \"for\": 2}", "the body is no JSON: duplicate object key near '\"for\"'");
	assert_hold_refused("{} {}", "the body is no JSON: end of file expected near '{'");
}

static void a_hold_lasts_until_unhold_where_nothing_else_is_said(void **state)
{
	struct hold_request request = hold("");

	(void)state;
	assert_true(request.on);
	assert_int_equal(request.for_span.ns, SPAN_MAX.ns);
	assert_string_equal(request.reason, "");
}

static void a_hold_has_a_span_and_a_reason(void **state)
{
	struct hold_request request = hold("{\"for\": \"1h\", \"reason\": \"moving the time servers\"}");

	(void)state;
	assert_int_equal(request.for_span.ns, 3600 * NS_PER_S);
	assert_string_equal(request.reason, "moving the time servers");
	assert_false(hold("{\"stop\": true}").on);
}

static void a_reason_cannot_paint_on_a_terminal(void **state)
{
	(void)state;
	assert_hold_refused("{\"reason\": \"\\u001b[2J\"}", "\"reason\" must not hold control characters");
	assert_hold_refused("{\"reason\": 5}", "\"reason\" must be a text of at most 127 octets");
}

static void a_reason_has_an_end(void **state)
{
	char body[256];

	(void)state;
	snprintf(body, sizeof body, "{\"reason\": \"%0127d\"}", 0);
	assert_int_equal(strlen(hold(body).reason), 127);
	snprintf(body, sizeof body, "{\"reason\": \"%0128d\"}", 0);
	assert_hold_refused(body, "\"reason\" must be a text of at most 127 octets");
}

static void a_release_and_a_reload_are_asked_for(void **state)
{
	struct release_request release;
	char why[256] = "";

	(void)state;
	assert_true(request_release("{\"for\": \"10m\"}", 14, &release, why, sizeof why));
	assert_int_equal(release.for_span.ns, 600 * NS_PER_S);
	assert_true(request_release("", 0, &release, why, sizeof why));
	assert_int_equal(release.for_span.ns, SPAN_MAX.ns);
	assert_true(request_empty("", 0, why, sizeof why));
	assert_true(request_empty("{}", 2, why, sizeof why));
	assert_false(request_empty("{\"now\": true}", 13, why, sizeof why));
	assert_string_equal(why, "\"now\" is not known here: this request takes nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_drill_is_asked_for),
		cmocka_unit_test(numbers_are_seconds),
		cmocka_unit_test(a_drill_ends_by_itself_even_if_nobody_said_when),
		cmocka_unit_test(a_drill_is_stopped),
		cmocka_unit_test(a_drill_that_makes_no_sense_is_refused),
		cmocka_unit_test(what_is_no_span_is_refused),
		cmocka_unit_test(what_is_not_known_is_refused_by_name),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(a_hold_lasts_until_unhold_where_nothing_else_is_said),
		cmocka_unit_test(a_hold_has_a_span_and_a_reason),
		cmocka_unit_test(a_reason_cannot_paint_on_a_terminal),
		cmocka_unit_test(a_reason_has_an_end),
		cmocka_unit_test(a_release_and_a_reload_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
