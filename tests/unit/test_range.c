#include "story.h"

#include <string.h>

#include "../../sentinel/check_skew/range.h"

static struct range range_of(const char *text)
{
	struct range range = { SPAN_ZERO, SPAN_ZERO, false };

	if (!range_parse(text, &range))
		fail_msg("'%s' is no range", text);
	return range;
}

static void the_guidelines_ranges_are_understood(void **state)
{
	/* The table of the guidelines, by what is alerted on: a value below, one in, one above. */
	static const struct {
		const char *text;
		int64_t quiet, alert;
	} cases[] = {
		{ "10", 10, 11 },
		{ "10:", 10, 9 },
		{ "~:10", -1000, 11 },
		{ "10:20", 15, 21 },
		{ "10:20", 20, 9 },
		{ "@10:20", 21, 15 },
		{ "@10:20", 9, 10 },
		{ ":10", 0, 11 },
		{ "@10", 11, 0 },
		{ "1m", 60, 61 },
		{ "90s:2h", 7200, 89 },
		{ "1000ms:2.0", 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct range range = range_of(cases[i].text);
		struct span quiet = span_s(cases[i].quiet), alert = span_s(cases[i].alert);

		if (range_judge(&range, interval_of(quiet, quiet)) != RANGE_QUIET ||
			range_judge(&range, interval_of(alert, alert)) != RANGE_ALERT)
			fail_msg("%s", cases[i].text);
	}
}

static void other_text_is_no_range(void **state)
{
	static const char *const texts[] = { "", "@", ":", "@:", "~", "~10", "10:5", "-5", "x", "10x", "10:x",
		"1:2:3", "10 ", " 10", "1e3", "1.", ".5", "--1", "@@1", "10m s", "0.0000000001",
		"99999999999", "1111111111111111111111111111111111111111111111111111111111111111111111",
		"10:\n", "\xff" };
	struct range range;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (range_parse(texts[i], &range))
			fail_msg("'%s' was taken for a range", texts[i]);
}

static void what_straddles_a_limit_is_neither(void **state)
{
	struct range at_most = range_of("500ms"), between = range_of("10:20"), inside = range_of("@10:20");

	(void)state;
	assert_int_equal(range_judge(&at_most, interval_of(span_ms(400), span_ms(600))), RANGE_EITHER);
	assert_int_equal(range_judge(&at_most, interval_of(span_ms(500), span_ms(500))), RANGE_QUIET);
	assert_int_equal(range_judge(&at_most, interval_of(span_ns(500000001), span_s(1))), RANGE_ALERT);
	/* From one side to the other: the truth may be in between. */
	assert_int_equal(range_judge(&between, interval_of(span_s(5), span_s(30))), RANGE_EITHER);
	assert_int_equal(range_judge(&inside, interval_of(span_s(5), span_s(30))), RANGE_EITHER);
	assert_int_equal(range_judge(&inside, interval_of(span_s(11), span_s(12))), RANGE_ALERT);
}

static void an_offset_has_a_size_on_both_sides(void **state)
{
	struct interval size = range_size_of(interval_of(span_s(-3), span_s(-1)));

	(void)state;
	assert_int_equal(size.low.ns, span_s(1).ns);
	assert_int_equal(size.high.ns, span_s(3).ns);
	size = range_size_of(interval_of(span_s(-3), span_s(1)));
	assert_int_equal(size.low.ns, 0);
	assert_int_equal(size.high.ns, span_s(3).ns);
	size = range_size_of(INTERVAL_ALL);
	assert_int_equal(size.low.ns, 0);
	assert_int_equal(size.high.ns, INT64_MAX);
}

static void graphs_get_the_range_of_signed_offsets(void **state)
{
	static const struct {
		const char *text, *is;
	} cases[] = {
		{ "100ms", "-0.1:0.1" },
		{ "~:10", "-10:10" },
		{ "10:", "@-10:10" },
		{ "@10:", "-10:10" },
		{ "@10", "@-10:10" },
		{ "10:20", "" },
		{ "@10:20", "" },
		{ "0:", "" },
	};
	char text[PERFDATA_RANGE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct range range = range_of(cases[i].text);

		assert_string_equal(range_signed(&range, text), cases[i].is);
	}
}

static void a_quantity_is_a_number_without_a_sign(void **state)
{
	struct span span;

	(void)state;
	assert_true(quantity_parse("10", &span));
	assert_int_equal(span.ns, span_s(10).ns);
	assert_true(quantity_parse("250ms", &span));
	assert_int_equal(span.ns, span_ms(250).ns);
	assert_false(quantity_parse("-1", &span));
	assert_false(quantity_parse("", &span));
	assert_false(quantity_parse("ten", &span));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guidelines_ranges_are_understood),
		cmocka_unit_test(other_text_is_no_range),
		cmocka_unit_test(what_straddles_a_limit_is_neither),
		cmocka_unit_test(an_offset_has_a_size_on_both_sides),
		cmocka_unit_test(graphs_get_the_range_of_signed_offsets),
		cmocka_unit_test(a_quantity_is_a_number_without_a_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
