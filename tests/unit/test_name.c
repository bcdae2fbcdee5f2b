#include "story.h"

#include <string.h>

#include "../../conf/name.h"

static bool is_name(const char *name)
{
	return name_valid(name, 64);
}

static void a_name_is_whatever_shows(void **state)
{
	(void)state;
	assert_true(is_name("db1"));
	assert_true(is_name("DB-1_a.example.net"));
	assert_true(is_name("10.0.1.11"));
	assert_true(is_name("datenbank-\xc3\xbc"));                   /* u with diaeresis */
	assert_true(is_name("\xe3\x83\x87\xe3\x83\xbc\xe3\x82\xbf")); /* katakana */
	assert_true(is_name("\xf0\x9f\x95\x92"));                     /* a clock's face */
}

static void what_does_not_show_is_in_no_name(void **state)
{
	static const char *const names[] = { "", " ", "db 1", "db1\t", "db1\n", "\x1b[31m", "db1\x7f",
		"db1\302\23331m",              /* C1 control sequence introducer */
		"db1\xc2\xa0",                 /* no-break space */
		"db1\xe2\x80\x8b",             /* zero width space */
		"db1\xe2\x80\xae\xe2\x80\xac", /* right-to-left override and its end */
		"db1\xef\xbb\xbf",             /* byte order mark */
		"\xf3\xa0\x81\x81",            /* a tag character */
		"db1\xcd\x8f",                 /* combining grapheme joiner */
		"db1\xe3\x85\xa4",             /* Hangul filler */
		"db1\xe2\xa0\x80",             /* a Braille pattern of no dots */
		"db1\xef\xb8\x8f",             /* a variation selector */
		"db1!ssh" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_name(names[i]))
			fail_msg("name %zu was allowed", i);
}

static void what_is_not_utf8_is_no_name(void **state)
{
	static const char *const names[] = { "\xff", "\x80", "a\xc3", "a\xc3(", "\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_name(names[i]))
			fail_msg("name %zu was allowed", i);
}

static void a_name_fits_its_room(void **state)
{
	char name[65];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[63] = '\0';
	assert_true(is_name(name));
	name[63] = 'a';
	name[64] = '\0';
	assert_false(is_name(name));
}

static void a_short_name_is_the_first_part_of_the_full_one(void **state)
{
	(void)state;
	assert_true(name_abbreviates("db1", "db1.example.net"));
	assert_true(name_abbreviates("DB1.example.net", "db1"));
	assert_false(name_abbreviates("db1", "db1"));
	assert_false(name_abbreviates("db1", "db10.example.net"));
	assert_false(name_abbreviates("db1.example.net", "db1.example.org"));
	assert_false(name_abbreviates("10", "10.0.1.11"));
}

static void addresses_are_told_from_names(void **state)
{
	(void)state;
	assert_true(name_is_ip("10.0.1.11"));
	assert_true(name_is_ip("::"));
	assert_true(name_is_ip("fe80::1%eth0"));
	assert_false(name_is_ip("db1"));
	assert_false(name_is_ip("10.0.1"));
	assert_false(name_is_ip("[::1]"));
	assert_false(name_is_ip("fe80::1%"));
	assert_false(name_is_ip(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_whatever_shows),
		cmocka_unit_test(what_does_not_show_is_in_no_name),
		cmocka_unit_test(what_is_not_utf8_is_no_name),
		cmocka_unit_test(a_name_fits_its_room),
		cmocka_unit_test(a_short_name_is_the_first_part_of_the_full_one),
		cmocka_unit_test(addresses_are_told_from_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
