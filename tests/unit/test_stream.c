#include "story.h"

#include "../../sentinel/page/page.h"
#include "../../sentinel/status/stream.h"
#include "shown.h"

static struct net net;
static struct shown shown;

/* db3 sees its cluster, and so many things have happened. */
static void open_scene(int entries)
{
	net_open(&net, "");
	net_run(&net, span_s(3));
	shown_open(&shown, &net, 2);
	for (int i = 1; i <= entries; i++) {
		char text[32];

		snprintf(text, sizeof text, "entry %d\nof many", i);
		events_add(
			shown.events, (struct wall){ i * NS_PER_S }, SEVERITY_NOTICE, "verdict", "db3", text);
	}
}

static void close_scene(void)
{
	shown_close(&shown);
	net_close(&net);
}

static size_t times(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void who_comes_first_gets_the_status(void **state)
{
	char *text;

	(void)state;
	open_scene(3);
	text = stream_beginning(&shown.source, NULL);
	assert_int_equal(times(text, "event: status\ndata: {\"cluster\":"), 1);
	assert_int_equal(times(text, "event: event\n"), 0);
	/* A frame ends with an empty line, and nothing else makes one. */
	assert_int_equal(times(text, "\n\n"), 2);
	free(text);
	close_scene();
}

static void who_comes_again_gets_what_it_missed(void **state)
{
	char *text;

	(void)state;
	open_scene(5);
	text = stream_beginning(&shown.source, "3");
	assert_int_equal(times(text, "event: event\n"), 2);
	assert_int_equal(times(text, "id: 5\ndata: {"), 1);
	assert_int_equal(times(text, "entry 4\\nof many"), 1);
	assert_int_equal(times(text, "\n\n"), 4);
	free(text);
	text = stream_beginning(&shown.source, "5");
	assert_int_equal(times(text, "event: event\n"), 0);
	free(text);
	close_scene();
}

/* The numbers began again: all of them are new, the latest hundred. And nobody has to send what we understand. */
static void of_a_lost_past_or_nonsense_all_is_new(void **state)
{
	static const char *const lasts[] = { "251", "", "x", "-1", "+1", "1x", "18446744073709551615",
		"99999999999999999999999" };

	(void)state;
	open_scene(250);
	for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
		char *text = stream_beginning(&shown.source, lasts[i]);

		assert_int_equal(times(text, "event: event\n"), 100);
		assert_int_equal(times(text, "entry 250\\n"), 1);
		free(text);
	}
	close_scene();
}

static void the_page_allows_its_own_script_and_nothing_else(void **state)
{
	(void)state;
	assert_non_null(strstr(page_policy, "default-src 'none'; style-src 'sha256-"));
	assert_non_null(strstr(page_policy, "; script-src 'sha256-"));
	assert_null(strstr(page_policy, "unsafe"));
	assert_int_equal(times(page_html, "<script"), 1);
	assert_int_equal(times(page_html, "<style"), 1);
	assert_int_equal(times(page_html, " src="), 0);
	assert_int_equal(times(page_html, "innerHTML"), 0);
	assert_int_equal(times(page_html, "@SCRIPT@"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_first_gets_the_status),
		cmocka_unit_test(who_comes_again_gets_what_it_missed),
		cmocka_unit_test(of_a_lost_past_or_nonsense_all_is_new),
		cmocka_unit_test(the_page_allows_its_own_script_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
