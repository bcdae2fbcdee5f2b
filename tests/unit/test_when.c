#include "story.h"

#include <string.h>

#include "../../sentinel/text/when.h"

static void assert_reads(const char *text, int64_t ns)
{
	struct wall wall = { -1 };

	if (!when_parse(text, &wall))
		fail_msg("%s is not read", text);
	assert_int_equal(wall.ns, ns);
}

static void assert_refused(const char *text)
{
	struct wall wall = { 42 };

	if (when_parse(text, &wall))
		fail_msg("%s is taken", text);
	assert_int_equal(wall.ns, 42);
}

static void an_instant_is_written_in_utc(void **state)
{
	char text[WHEN_SIZE];

	(void)state;
	assert_string_equal(when_format((struct wall){ 0 }, text), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(when_format((struct wall){ INT64_C(1795397700123456789) }, text),
		"2026-11-23T01:35:00.123456Z");
}

static void one_before_1970_is_written_too(void **state)
{
	char text[WHEN_SIZE];

	(void)state;
	assert_string_equal(when_format((struct wall){ -1 }, text), "1969-12-31T23:59:59.999999Z");
	assert_string_equal(when_format((struct wall){ INT64_MIN }, text), "1677-09-21T00:12:43.145224Z");
}

static void the_second_after_the_ntp_era_is_written(void **state)
{
	char text[WHEN_SIZE];

	(void)state;
	assert_string_equal(when_format((struct wall){ INT64_C(2085978496) * NS_PER_S }, text),
		"2036-02-07T06:28:16.000000Z");
}

static void what_was_written_is_read_back(void **state)
{
	static const int64_t instants[] = { 0, INT64_C(1795397700123456000), INT64_C(-86400000000000),
		INT64_C(4102444800000000000) };
	char text[WHEN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++)
		assert_reads(when_format((struct wall){ instants[i] }, text), instants[i]);
}

static void zones_and_fractions_are_understood(void **state)
{
	(void)state;
	assert_reads("1970-01-01T00:00:01Z", NS_PER_S);
	assert_reads("1970-01-01T00:00:00.5Z", NS_PER_S / 2);
	assert_reads("1970-01-01T00:00:00.000000001Z", 1);
	assert_reads("1970-01-01 02:00:00+02:00", 0);
	assert_reads("1969-12-31T19:00:00-05:00", 0);
	assert_reads("2024-02-29T00:00:00Z", INT64_C(1709164800) * NS_PER_S);
}

static void a_leap_second_is_the_next_one(void **state)
{
	(void)state;
	assert_reads("2016-12-31T23:59:60Z", INT64_C(1483228800) * NS_PER_S);
}

static void what_is_no_instant_is_refused(void **state)
{
	static const char *const texts[] = { "", "now", "12", "2026-11-23", "2026-11-23T01:35:00",
		"2026-11-23T01:35Z", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-31T00:00:00Z",
		"2023-02-29T12:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T01:60:00Z",
		"2026-11-23T01:35:00.Z", "2026-11-23T01:35:00.0000000001Z", "2026-11-23T01:35:00Zx",
		"2026-11-23T01:35:00+2:00", "1200-01-01T00:00:00Z", "9999-01-01T00:00:00Z" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_refused(texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instant_is_written_in_utc),
		cmocka_unit_test(one_before_1970_is_written_too),
		cmocka_unit_test(the_second_after_the_ntp_era_is_written),
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(zones_and_fractions_are_understood),
		cmocka_unit_test(a_leap_second_is_the_next_one),
		cmocka_unit_test(what_is_no_instant_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
