#include "story.h"

#include "../../sentinel/text/count.h"

static void digits_are_a_count(void **state)
{
	uint64_t count = 42;

	(void)state;
	assert_true(count_read("0", &count));
	assert_int_equal(count, 0);
	assert_true(count_read("0017", &count));
	assert_int_equal(count, 17);
	assert_true(count_read("18446744073709551615", &count));
	assert_true(count == UINT64_MAX);
}

static void nothing_else_is(void **state)
{
	static const char *const texts[] = { "", " ", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1e3", "one",
		"18446744073709551616" };
	uint64_t count = 42;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		if (count_read(texts[i], &count))
			fail_msg("'%s' was taken for a count", texts[i]);
		assert_int_equal(count, 42);
	}
}

int main(void)
{
	const struct CMUnitTest stories[] = {
		cmocka_unit_test(digits_are_a_count),
		cmocka_unit_test(nothing_else_is),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
