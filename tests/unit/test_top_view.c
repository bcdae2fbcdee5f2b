#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/skewctl/show.h"
#include "../../sentinel/skewctl/top_view.h"
#include "document.h"

static struct {
	json_t *status, *matrix, *events;
	struct top_view view;
	char *text;
} scene;

static int set_up(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof scene);
	scene.status = document("night-status");
	scene.matrix = document("night-matrix");
	scene.events = document("night-events");
	scene.view = (struct top_view){
		.status = scene.status,
		.matrix = scene.matrix,
		.events = json_object_get(scene.events, "events"),
		.rows = 24,
		.columns = 80,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(scene.text);
	json_decref(scene.status);
	json_decref(scene.matrix);
	json_decref(scene.events);
	return 0;
}

static const char *draw(void)
{
	free(scene.text);
	scene.text = top_view_draw(&scene.view);
	return scene.text;
}

static void assert_holds(const char *part)
{
	if (!strstr(scene.text, part))
		fail_msg("\"%s\" is not in:\n%s", part, scene.text);
}

static void assert_lacks(const char *part)
{
	if (strstr(scene.text, part))
		fail_msg("\"%s\" is in:\n%s", part, scene.text);
}

/* What another command says of the same documents, on a page as wide. */
static void assert_holds_page(void (*show)(const json_t *, const struct page *), const json_t *json)
{
	struct page page = { .width = scene.view.columns };
	char *text = NULL;
	size_t len;

	page.out = open_memstream(&text, &len);
	show(json, &page);
	fclose(page.out);
	assert_holds(text);
	free(text);
}

static void the_night_on_a_small_screen(void **state)
{
	(void)state;
	draw();
	assert_holds(" db3 in cluster prod: CRITICAL                    live  2026-11-23 01:35:12 UTC ");
	assert_holds_page(show_status, scene.status);
	assert_lacks("Matrix");
	assert_holds("\nEvents\n01:34:27 warning the clock of db3 was stepped by 1900 s\n");
	assert_holds("\n01:34:40 notice  desync on db3 is active: ?[2J wsrep_desync is ON\n");
	assert_holds(" q quit [1 all] 2 matrix  3 events  4 why  ? help  space pause ");
}

static void a_large_screen_has_room_for_the_matrix(void **state)
{
	(void)state;
	scene.view.rows = 60;
	scene.view.columns = 200;
	draw();
	assert_holds_page(show_status, scene.status);
	assert_holds("\nMatrix\n");
	assert_holds_page(show_matrix, scene.matrix);
	assert_holds("\nEvents\n01:34:27 warning the clock of db3 was stepped by 1900 s\n");
}

/* Columns of a line, without what sets the tone. */
static unsigned width_of(const char *line)
{
	unsigned width = 0;

	for (; *line && *line != '\n'; line++) {
		if (*line == '\033')
			line += strcspn(line, "m");
		else
			width += ((unsigned char)*line & 0xc0) != 0x80;
	}
	return width;
}

/* All rows, none wider than the screen but a table of the least that makes sense; the keys are always on the last. */
static void assert_fits(void)
{
	unsigned rows = 0;
	const char *last = "";

	draw();
	for (const char *line = scene.text; *line; line += strcspn(line, "\n") + 1) {
		rows++;
		last = line;
		if (scene.view.columns >= 80)
			assert_true(width_of(line) <= scene.view.columns);
	}
	assert_int_equal(rows, scene.view.rows);
	assert_non_null(strstr(last, "q quit"));
	assert_int_equal(width_of(last), scene.view.columns);
	assert_int_equal(width_of(scene.text), scene.view.columns);
}

static void it_fits_whatever_the_size(void **state)
{
	(void)state;
	for (enum top_page page = TOP_ALL; page < TOP_PAGES; page++)
		for (unsigned rows = TOP_ROWS_LEAST; rows <= 60; rows += 7)
			for (unsigned columns = TOP_COLUMNS_LEAST; columns <= 200; columns += 20) {
				scene.view.page = page;
				scene.view.rows = rows;
				scene.view.columns = columns;
				scene.view.scroll = rows;
				scene.view.colour = rows % 2;
				scene.view.failure =
					columns % 40 ? "no answer from /run/x (no answer in time)" : NULL;
				assert_fits();
			}
}

static void what_is_too_small_says_so(void **state)
{
	(void)state;
	scene.view.rows = TOP_ROWS_LEAST - 1;
	assert_string_equal(draw(), "Too small: make it 80x24.\n");
	scene.view.rows = 1;
	scene.view.columns = 1;
	assert_string_equal(draw(), "Too small: make it 80x24.\n");
}

static void the_sentence_comes_first(void **state)
{
	const char *second;

	(void)state;
	draw();
	second = strchr(scene.text, '\n') + 1;
	assert_int_equal(strncmp(second, "db3 is 1900.002 s ahead", 23), 0);
}

static void what_is_old_is_called_so(void **state)
{
	(void)state;
	scene.view.failure = "no answer from /run/skew-sentinel/status.sock (Connection refused)";
	scene.view.silent = span_s(75);
	draw();
	assert_holds("NO ANSWER for 75 s");
	assert_holds("\nWhat is below is old: no answer from /run/skew-sentinel/status.sock "
		     "(Connection\nrefused)\n");
	assert_lacks(" live ");
}

static void a_pause_is_told(void **state)
{
	(void)state;
	scene.view.paused = true;
	draw();
	assert_holds(" PAUSED ");
	assert_lacks(" live ");
}

static void a_drill_is_unmistakable(void **state)
{
	(void)state;
	json_object_set_new(scene.status, "drill",
		json_pack("{s:f, s:f, s:f}", "offset_s", 1900.0, "drift_ppm", 0.0, "left_s", 60.0));
	draw();
	assert_holds(": CRITICAL (DRILL)");
}

static void scrolling_ends_where_there_is_no_more(void **state)
{
	(void)state;
	scene.view.page = TOP_WHY;
	scene.view.rows = 12;
	scene.view.scroll = 1000;
	draw();
	assert_in_range(scene.view.scroll, 1, 100);
	scene.view.rows = 60;
	draw();
	assert_int_equal(scene.view.scroll, 0);
}

static void events_are_seen_from_their_end(void **state)
{
	(void)state;
	scene.view.page = TOP_EVENTS;
	scene.view.rows = TOP_ROWS_LEAST;
	for (int i = 0; i < 30; i++) {
		char text[32];

		snprintf(text, sizeof text, "event %d.", i);
		json_array_append_new(json_object_get(scene.events, "events"),
			json_pack("{s:s, s:s, s:s}", "time", "2026-11-23T01:35:00Z", "severity", "notice",
				"text", text));
	}
	draw();
	assert_holds("event 29.");
	assert_lacks("event 20.");
	scene.view.scroll = 10;
	draw();
	assert_lacks("event 29.");
	assert_holds("event 19.");
}

static void what_is_hostile_stays_text(void **state)
{
	(void)state;
	json_object_set_new(scene.status, "node", json_string("db3\033[2J\n\x7f"));
	scene.view.failure = "\033]0;title\a";
	draw();
	assert_holds("db3?[2J??");
	assert_holds("?]0;title?");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(the_night_on_a_small_screen),
		STORY(a_large_screen_has_room_for_the_matrix),
		STORY(it_fits_whatever_the_size),
		STORY(what_is_too_small_says_so),
		STORY(the_sentence_comes_first),
		STORY(what_is_old_is_called_so),
		STORY(a_pause_is_told),
		STORY(a_drill_is_unmistakable),
		STORY(scrolling_ends_where_there_is_no_more),
		STORY(events_are_seen_from_their_end),
		STORY(what_is_hostile_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
