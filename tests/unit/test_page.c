#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "../../sentinel/skewctl/page.h"

static struct page page;
static char *printed;
static size_t size;

static int open_page(void **state)
{
	(void)state;
	page = (struct page){ .out = open_memstream(&printed, &size), .width = 40 };
	return page.out ? 0 : -1;
}

static int close_page(void **state)
{
	(void)state;
	free(printed);
	return 0;
}

static void assert_printed(const char *text)
{
	fclose(page.out);
	assert_string_equal(printed, text);
}

static void a_line_is_wrapped_at_its_words(void **state)
{
	(void)state;
	page_line(&page, NULL, TONE_PLAIN, "%s",
		"db3 is 1900.002 s ahead (+-0.4 ms) of the cluster; 3 of 4 agree");
	assert_printed("db3 is 1900.002 s ahead (+-0.4 ms) of\n"
		       "the cluster; 3 of 4 agree\n");
}

static void behind_a_label_it_hangs(void **state)
{
	(void)state;
	page_line(&page, "State", TONE_PLAIN, "critical for %d s; warning raised; critical raised", 12);
	assert_printed("State     critical for 12 s; warning\n"
		       "          raised; critical raised\n");
}

static void a_word_that_is_too_long_is_not_cut(void **state)
{
	(void)state;
	page_line(&page, NULL, TONE_PLAIN, "a 0123456789012345678901234567890123456789012345 b");
	assert_printed("a\n0123456789012345678901234567890123456789012345\nb\n");
}

static void nothing_paints_on_the_terminal(void **state)
{
	(void)state;
	page_line(&page, NULL, TONE_PLAIN, "%s",
		"db\033[2J3\r\n\x07 \xc2\x9b"
		"31m \xc3\xa9");
	assert_printed("db?[2J3??? ?31m \xc3\xa9\n");
}

static void colours_are_only_where_they_are_wanted(void **state)
{
	(void)state;
	page_line(&page, NULL, TONE_BAD, "plain");
	page.colour = true;
	page_line(&page, NULL, TONE_BAD, "red");
	assert_printed("plain\n\033[1;31mred\033[0m\n");
}

static const struct table_column columns[] = {
	{ "Peer", false, 0 },
	{ "Role", false, 1 },
	{ "Offset", true, 0 },
};

static struct table *peers(void)
{
	struct table *table = table_new(columns, 3);

	table_add(table, TONE_PLAIN, "db1");
	table_add(table, TONE_PLAIN, "database");
	table_add(table, TONE_PLAIN, "+%d s", 1900);
	table_add(table, TONE_PLAIN, "monitoring");
	table_add(table, TONE_PLAIN, "witness");
	table_add(table, TONE_PLAIN, "-3 ms");
	return table;
}

static void a_table_is_as_wide_as_its_widest_cells(void **state)
{
	struct table *table = peers();

	(void)state;
	table_print(table, &page, false);
	table_free(table);
	assert_printed("Peer        Role       Offset\n"
		       "db1         database  +1900 s\n"
		       "monitoring  witness     -3 ms\n");
}

static void where_there_is_no_room_columns_go(void **state)
{
	struct table *table = peers();

	(void)state;
	page.width = 25;
	table_print(table, &page, false);
	table_free(table);
	assert_printed("Peer         Offset\n"
		       "db1         +1900 s\n"
		       "monitoring    -3 ms\n");
}

static void a_matrix_is_split_instead(void **state)
{
	struct table *table = peers();

	(void)state;
	page.width = 25;
	table_print(table, &page, true);
	table_free(table);
	assert_printed("Peer        Role\n"
		       "db1         database\n"
		       "monitoring  witness\n"
		       "\n"
		       "Peer         Offset\n"
		       "db1         +1900 s\n"
		       "monitoring    -3 ms\n");
}

static void a_letter_of_two_octets_is_one_column(void **state)
{
	struct table *table = table_new(columns, 2);

	(void)state;
	table_add(table, TONE_PLAIN, "k\xc3\xb6ln");
	table_add(table, TONE_PLAIN, "a");
	table_add(table, TONE_PLAIN, "bonn");
	table_add(table, TONE_PLAIN, "b");
	table_print(table, &page, false);
	table_free(table);
	assert_printed("Peer  Role\nk\xc3\xb6ln  a\nbonn  b\n");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, open_page, close_page)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_line_is_wrapped_at_its_words),
		STORY(behind_a_label_it_hangs),
		STORY(a_word_that_is_too_long_is_not_cut),
		STORY(nothing_paints_on_the_terminal),
		STORY(colours_are_only_where_they_are_wanted),
		STORY(a_table_is_as_wide_as_its_widest_cells),
		STORY(where_there_is_no_room_columns_go),
		STORY(a_matrix_is_split_instead),
		STORY(a_letter_of_two_octets_is_one_column),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
