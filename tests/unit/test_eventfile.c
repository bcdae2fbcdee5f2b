#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../sentinel/history/eventfile.h"
#include "scratch.h"

static struct {
	char directory[SCRATCH_SIZE];
	struct loop *loop;
	struct eventfile *file;
	unsigned failures;
	char why[512];
} scene;

static void on_failed(void *arg, const char *why)
{
	(void)arg;
	scene.failures++;
	loop_stop(scene.loop);
	snprintf(scene.why, sizeof scene.why, "%s", why);
}

static void open_file(void)
{
	scene.file = eventfile_new(scene.loop, scene.directory, on_failed, NULL);
	assert_non_null(scene.file);
}

static int set_up(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof scene);
	if (scratch_make(scene.directory) != 0)
		return -1;
	scene.loop = loop_new();
	open_file();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	eventfile_free(scene.file);
	loop_free(scene.loop);
	return scratch_remove(scene.directory);
}

static const char *path(const char *name)
{
	static char out[128];

	snprintf(out, sizeof out, "%s/%s", scene.directory, name);
	return out;
}

static char *line(int id, const char *text)
{
	char *out = malloc(EVENTFILE_LINE + 64);

	snprintf(out, EVENTFILE_LINE + 64,
		"{\"id\": %d, \"time\": \"2026-11-23T01:35:%02dZ\", \"severity\": \"warning\", "
		"\"kind\": \"verdict\", \"node\": \"db3\", \"text\": \"%s\", \"decision\": {\"n\": %d}}",
		id, id % 60, text, id);
	return out;
}

/* What another daemon would find. */
static struct events *found(void)
{
	struct events *events = events_new(EVENTS_CAPACITY);

	eventfile_free(scene.file);
	scene.file = NULL;
	eventfile_read(scene.directory, events);
	return events;
}

static void what_happened_outlives_the_daemon(void **state)
{
	const struct events_entry *entry;
	struct events *events;

	(void)state;
	for (int i = 1; i <= 3; i++)
		eventfile_add(scene.file, line(i, i == 3 ? "db3 is 1900 s ahead" : "x"));
	events = found();
	assert_int_equal(events_oldest(events), 1);
	assert_int_equal(events_newest(events), 3);
	entry = events_get(events, 3);
	assert_string_equal(entry->text, "db3 is 1900 s ahead");
	assert_string_equal(entry->kind, "verdict");
	assert_string_equal(entry->node, "db3");
	assert_int_equal(entry->severity, SEVERITY_WARNING);
	assert_int_equal(entry->time.ns % (60 * NS_PER_S), 3 * NS_PER_S);
	assert_string_equal(entry->decision, "{\"n\":3}");
	events_free(events);
}

static void nothing_there_is_nothing_to_read(void **state)
{
	struct events *events = found();

	(void)state;
	assert_int_equal(events_newest(events), 0);
	events_free(events);
}

static void a_line_that_was_cut_is_passed_over(void **state)
{
	struct events *events;
	FILE *file;

	(void)state;
	eventfile_add(scene.file, line(7, "whole"));
	events_free(found());
	file = fopen(path("events"), "a");
	fputs("{\"id\": 8, \"time\": \"2026-11-2", file);
	fclose(file);
	open_file();
	eventfile_add(scene.file, line(9, "after"));
	events = found();
	assert_int_equal(events_newest(events), 9);
	assert_string_equal(events_get(events, 8)->text, "whole");
	assert_string_equal(events_get(events, 9)->text, "after");
	events_free(events);
}

static void nonsense_is_passed_over(void **state)
{
	struct events *events;
	FILE *file = fopen(path("events"), "w");

	(void)state;
	fputs("\n[]\n{}\n{\"id\": -1}\n{\"id\": \"x\"}\nnonsense\n{\"id\": 5, \"time\": 7}\n", file);
	for (int i = 0; i < 3 * EVENTFILE_LINE; i++)
		fputc('a' + i % 7, file);
	fputc('\n', file);
	fclose(file);
	eventfile_add(scene.file, line(6, "sense"));
	events = found();
	assert_int_equal(events_newest(events), events_oldest(events));
	assert_string_equal(events_get(events, events_newest(events))->text, "sense");
	events_free(events);
}

static void the_files_have_an_end(void **state)
{
	static char text[4000];
	struct stat now, old;
	struct events *events;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	for (int i = 1; i <= 1000; i++) {
		eventfile_add(scene.file, line(i, text));
		if (i % 10 == 0) {
			eventfile_free(scene.file);
			open_file();
		}
	}
	events = found();
	assert_int_equal(events_newest(events), 1000);
	assert_true(events_oldest(events) < 800);
	assert_int_equal(stat(path("events"), &now), 0);
	assert_int_equal(stat(path("events.old"), &old), 0);
	assert_true(now.st_size + old.st_size <= EVENTFILE_MOST);
	assert_int_equal(now.st_mode & 07777, 0640);
	events_free(events);
}

/* A folder in the file's place is as bad as a disk that is full, for root too. */
static void what_cannot_be_written_is_told_once_and_tried_again(void **state)
{
	struct events *events;

	(void)state;
	assert_int_equal(mkdir(path("events"), 0700), 0);
	for (int i = 1; i <= 3; i++) {
		eventfile_add(scene.file, line(i, "x"));
		eventfile_free(scene.file);
		open_file();
	}
	eventfile_add(scene.file, line(4, "kept"));
	loop_run(scene.loop);
	assert_string_equal(
		scene.why + strlen(scene.why) - strlen("/events: Is a directory"), "/events: Is a directory");
	assert_int_equal(rmdir(path("events")), 0);
	eventfile_add(scene.file, line(5, "and this"));
	events = found();
	assert_int_equal(scene.failures, 1);
	assert_int_equal(events_newest(events), 5);
	assert_string_equal(events_get(events, 4)->text, "kept");
	events_free(events);
}

static void what_waits_has_an_end(void **state)
{
	static char text[4000];
	struct events *events;

	(void)state;
	memset(text, 'a', sizeof text - 1);
	assert_int_equal(mkdir(path("events"), 0700), 0);
	for (int i = 1; i <= 200; i++)
		eventfile_add(scene.file, line(i, text));
	loop_run(scene.loop);
	for (int i = 201; i <= 400; i++)
		eventfile_add(scene.file, line(i, text));
	assert_int_equal(rmdir(path("events")), 0);
	events = found();
	assert_int_equal(events_newest(events), 400);
	assert_true(events_oldest(events) > 400 - 2 * EVENTFILE_WAITING / 4000);
	events_free(events);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_happened_outlives_the_daemon),
		STORY(nothing_there_is_nothing_to_read),
		STORY(a_line_that_was_cut_is_passed_over),
		STORY(nonsense_is_passed_over),
		STORY(the_files_have_an_end),
		STORY(what_cannot_be_written_is_told_once_and_tried_again),
		STORY(what_waits_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
