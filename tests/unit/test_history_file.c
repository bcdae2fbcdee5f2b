#include "story.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../sentinel/history/history_file.h"
#include "../../sentinel/history/history_leaf.h"
#include "scratch.h"

/* A daemon's worth of history in a scratch directory, with a clock that is moved by hand. */
static struct scene {
	struct loop *loop;
	struct reading now;
	struct history *history;
	struct history_time time;
	struct history_file *file;
	char directory[SCRATCH_SIZE], path[128];
	char notes[4096];
	char names[3][NODE_NAME_SIZE];
	size_t n;
} scene;

static void on_note(void *arg, enum severity severity, const char *text)
{
	size_t len = strlen(scene.notes);

	(void)arg;
	(void)severity;
	snprintf(scene.notes + len, sizeof scene.notes - len, "%s\n", text);
}

static void read_clock(void *arg, struct reading *out)
{
	(void)arg;
	*out = scene.now;
}

static void pass(int64_t seconds)
{
	scene.now.mono_after = mono_add(scene.now.mono_after, span_s(seconds));
	scene.now.wall = wall_add(scene.now.wall, span_s(seconds));
}

/* The daemon starts: without `loop` it only reads. */
static void open_it(bool to_write)
{
	scene.notes[0] = '\0';
	scene.history = history_new();
	assert_true(history_nodes(scene.history, scene.names, scene.n));
	scene.file =
		history_file_open(scene.directory, scene.history, &scene.now, &scene.time, on_note, NULL);
	assert_non_null(scene.file);
	if (to_write)
		assert_true(history_file_start(scene.file, scene.loop, read_clock, NULL));
}

/* It ends, and what can be saved is. */
static void close_it(void)
{
	history_file_close(scene.file);
	history_free(scene.history);
	scene.file = NULL;
	scene.history = NULL;
}

static int set_up(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof scene);
	if (scratch_make(scene.directory) != 0)
		return -1;
	snprintf(scene.path, sizeof scene.path, "%s/history", scene.directory);
	scene.loop = loop_new();
	scene.now.mono_after.ns = 5000 * NS_PER_S;
	scene.now.wall.ns = INT64_C(1800000000) * NS_PER_S;
	strcpy(scene.names[0], "db1");
	strcpy(scene.names[1], "db2");
	strcpy(scene.names[2], "mon1");
	scene.n = 2;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (scene.file)
		close_it();
	loop_free(scene.loop);
	return scratch_remove(scene.directory);
}

/* Each node is looked at once a second for so long: db1 is off by the second's number in us, db2 by minus that. */
static void live(int64_t seconds)
{
	while (seconds--) {
		int64_t second;

		pass(1);
		second = history_second(&scene.time, &scene.now);
		for (size_t i = 0; i < scene.n; i++) {
			int64_t us = (second - HISTORY_BEGINNING) * (i ? -1 : 1);
			struct history_sample sample = { { span_us(us - 1), span_us(us + 1) }, VERDICT_OK,
				false };

			history_add(scene.history, i, second, &sample);
		}
	}
}

static void run(int64_t seconds)
{
	open_it(true);
	live(seconds);
	close_it();
}

/* Points there are; each is as it was. */
static size_t count(size_t node, enum history_tier tier)
{
	int64_t newest = history_newest(scene.history, node, tier);
	size_t n = 0;

	for (int64_t i = newest < 3000 ? 0 : newest - 3000; i <= newest; i++) {
		const struct history_point *point = history_at(scene.history, node, tier, i);
		double wanted = (double)(i * history_shapes[tier].step - HISTORY_BEGINNING) / 1e6;
		double far = (double)history_shapes[tier].step / 1e6;

		if (!point)
			continue;
		n++;
		wanted = node ? -wanted - far : wanted;
		assert_true((double)point->least >= wanted - 1e-7);
		assert_true((double)point->greatest <= wanted + far + 1e-7);
	}
	return n;
}

static char *slurp(size_t *size)
{
	FILE *in = fopen(scene.path, "rb");
	char *octets = malloc(4 << 20);

	assert_non_null(in);
	*size = fread(octets, 1, 4 << 20, in);
	fclose(in);
	return octets;
}

static void spit(const char *octets, size_t size)
{
	FILE *out = fopen(scene.path, "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(octets, 1, size, out), size);
	fclose(out);
}

/* ---- stories ---- */

static void what_was_seen_survives_a_restart(void **state)
{
	int64_t second;

	(void)state;
	run(1000);
	pass(60);
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 900);
	assert_int_equal(count(1, HISTORY_MINUTES), 900);
	assert_in_range(count(1, HISTORY_HOURS), 66, 68);
	assert_in_range(count(1, HISTORY_DAYS), 4, 5);
	/* And time went on meanwhile. */
	second = history_second(&scene.time, &scene.now);
	assert_int_equal(second, HISTORY_BEGINNING + 1060);
	assert_non_null(history_at(scene.history, 0, HISTORY_MINUTES, second - 60));
	assert_null(history_at(scene.history, 0, HISTORY_MINUTES, second - 59));
}

static void many_restarts_lose_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		run(25);
		pass(5);
	}
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 750);
	assert_in_range(count(0, HISTORY_HOURS), 79, 81);
}

/* The step that we tell of: the clock of this host jumps, and what is plotted does not. */
static void a_step_of_the_own_clock_does_not_move_it(void **state)
{
	(void)state;
	run(100);
	scene.now.wall = wall_add(scene.now.wall, span_s(1900));
	pass(10);
	open_it(false);
	assert_int_equal(history_second(&scene.time, &scene.now), HISTORY_BEGINNING + 110);
}

static void sleep_counts_as_time(void **state)
{
	(void)state;
	run(100);
	scene.now.boot = span_s(500);
	open_it(false);
	assert_int_equal(history_second(&scene.time, &scene.now), HISTORY_BEGINNING + 600);
}

static void its_size_is_fixed(void **state)
{
	struct stat early, late;

	(void)state;
	run(1);
	assert_int_equal(stat(scene.path, &early), 0);
	for (int day = 0; day < 3; day++)
		run(9000);
	assert_int_equal(stat(scene.path, &late), 0);
	assert_int_equal(early.st_size, 2 * 2 * LEAVES_OF_NODE * LEAF_SIZE);
	assert_int_equal(late.st_size, early.st_size);
	assert_true(late.st_blocks <= early.st_blocks);
}

/* Power fails while it is written: the file is the new one up to here, and the old one from there. */
static void a_torn_saving_loses_that_saving_alone(void **state)
{
	size_t size, after;
	char *old, *fresh, *torn;

	(void)state;
	run(1000);
	old = slurp(&size);
	run(30);
	fresh = slurp(&after);
	assert_int_equal(size, after);
	torn = malloc(size);
	for (size_t at = 0; at < size; at += 500) {
		/* Where nothing was written there is nothing to tear. */
		if (at % 50000 != 0 && memcmp(old + at, fresh + at, 500 < size - at ? 500 : size - at) == 0)
			continue;
		memcpy(torn, fresh, at);
		memcpy(torn + at, old + at, size - at);
		spit(torn, size);
		open_it(false);
		assert_true(count(0, HISTORY_MINUTES) >= 870);
		assert_true(count(1, HISTORY_MINUTES) >= 870);
		assert_true(count(0, HISTORY_HOURS) >= 66 && count(1, HISTORY_DAYS) >= 4);
		close_it();
	}
	free(old);
	free(fresh);
	free(torn);
}

static void cut_off_anywhere_the_rest_is_read_and_it_is_said(void **state)
{
	size_t size, last = 0;
	char *whole;

	(void)state;
	scene.n = 1;
	run(1000);
	whole = slurp(&size);
	for (size_t at = 0; at < size; at += at % LEAF_SIZE < 2 ? 1 : (LEAF_SIZE - 2)) {
		size_t n;

		spit(whole, at);
		open_it(false);
		assert_true(strstr(scene.notes, "missing") || strstr(scene.notes, "nothing good"));
		n = count(0, HISTORY_MINUTES);
		assert_true(n >= last && n <= 900);
		last = n;
		close_it();
	}
	assert_int_equal(last, 900);
	free(whole);
}

static void after_damage_all_is_whole_again_with_the_next_saving(void **state)
{
	size_t size;
	char *octets;

	(void)state;
	run(1000);
	octets = slurp(&size);
	spit(octets, size - 100000);
	open_it(true);
	assert_non_null(strstr(scene.notes, "100000 octets are missing; the rest goes on"));
	close_it();
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 900);
	free(octets);
}

static void a_damaged_record_is_left_out_and_said(void **state)
{
	size_t size;
	char *octets;

	(void)state;
	run(1000);
	octets = slurp(&size);
	for (size_t at = 0; at < size; at += 37) {
		if (!octets[at])
			continue;
		octets[at] ^= 1;
		spit(octets, size);
		octets[at] ^= 1;
		at += LEAF_SIZE;
		open_it(false);
		if (!strstr(scene.notes, " is damaged: 1 of its "))
			fail_msg("at %zu: \"%s\"", at, scene.notes);
		count(0, HISTORY_MINUTES);
		close_it();
	}
	free(octets);
}

static void what_is_no_history_is_replaced(void **state)
{
	(void)state;
	spit("hello", 5);
	open_it(true);
	assert_non_null(strstr(scene.notes, "there is nothing good in "));
	live(10);
	close_it();
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 10);
}

static void a_link_is_not_followed(void **state)
{
	char target[128];
	struct stat st;

	(void)state;
	snprintf(target, sizeof target, "%s/precious", scene.directory);
	spit("precious", 8);
	assert_int_equal(rename(scene.path, target), 0);
	assert_int_equal(symlink(target, scene.path), 0);
	run(10);
	assert_non_null(strstr(scene.notes, "cannot be read"));
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 8);
}

static void nodes_in_another_order_keep_what_is_theirs(void **state)
{
	(void)state;
	run(200);
	strcpy(scene.names[0], "mon1");
	strcpy(scene.names[2], "db1");
	scene.n = 3;
	open_it(true);
	assert_int_equal(history_newest(scene.history, 0, HISTORY_MINUTES), -1);
	assert_int_equal(history_newest(scene.history, 2, HISTORY_MINUTES), HISTORY_BEGINNING + 200);
	assert_int_equal(count(1, HISTORY_MINUTES), 200);
	close_it();
	strcpy(scene.names[0], "db1");
	scene.n = 1;
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 200);
}

static void nodes_change_while_it_runs(void **state)
{
	(void)state;
	open_it(true);
	live(100);
	scene.n = 3;
	assert_true(history_nodes(scene.history, scene.names, 3));
	history_file_renew(scene.file);
	close_it();
	open_it(false);
	assert_int_equal(count(0, HISTORY_MINUTES), 100);
	assert_int_equal(count(1, HISTORY_MINUTES), 100);
}

static void a_file_that_somebody_removed_comes_back_whole(void **state)
{
	(void)state;
	run(1000);
	open_it(true);
	live(5);
	assert_int_equal(unlink(scene.path), 0);
	close_it();
	open_it(false);
	assert_string_equal(scene.notes, "");
	assert_int_equal(count(0, HISTORY_MINUTES), 900);
}

/* The disk is full: said once, and the old file is as it was. */
static void a_full_disk_harms_nothing(void **state)
{
	struct rlimit small = { 0, RLIM_INFINITY }, before;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	open_it(true);
	live(50);
	setrlimit(RLIMIT_FSIZE, &small);
	close_it();
	setrlimit(RLIMIT_FSIZE, &before);
	assert_non_null(strstr(scene.notes, "the history is in memory only, and a restart would lose it: "));
	assert_int_not_equal(access(scene.path, F_OK), 0);

	run(100);
	small.rlim_cur = 1000;
	open_it(true);
	live(50);
	setrlimit(RLIMIT_FSIZE, &small);
	close_it();
	setrlimit(RLIMIT_FSIZE, &before);
	open_it(false);
	assert_true(count(0, HISTORY_MINUTES) >= 100);
}

static void without_a_directory_it_goes_on_in_memory(void **state)
{
	(void)state;
	assert_int_equal(rmdir(scene.directory), 0);
	run(10);
	assert_non_null(strstr(scene.notes, "in memory only"));
	assert_int_equal(mkdir(scene.directory, 0700), 0);
}

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

/* Killed at any moment while it saves as fast as it can: what an earlier saving had is there. */
static void killed_at_any_moment_it_is_whole(void **state)
{
	(void)state;
	run(1000);
	for (int i = 0; i < 30; i++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			for (;;)
				run(1);
		}
		usleep(1000 + 700 * (useconds_t)i);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		open_it(false);
		assert_string_equal(scene.notes, "");
		assert_true(count(0, HISTORY_MINUTES) >= 800 && count(1, HISTORY_MINUTES) >= 800);
		close_it();
	}
}

/* In the loop, from a thread. */
static void it_is_saved_as_time_goes_on(void **state)
{
	struct timer *timer = timer_new(scene.loop, stop_loop, scene.loop);

	(void)state;
	run(10);
	open_it(true);
	live(10);
	assert_int_equal(unlink(scene.path), 0);
	history_file_save(scene.file);
	for (int i = 0; i < 200 && access(scene.path, F_OK) != 0; i++) {
		timer_set(timer, span_ms(50));
		loop_run(scene.loop);
	}
	assert_int_equal(access(scene.path, F_OK), 0);
	timer_free(timer);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(what_was_seen_survives_a_restart),
		STORY(many_restarts_lose_nothing),
		STORY(a_step_of_the_own_clock_does_not_move_it),
		STORY(sleep_counts_as_time),
		STORY(its_size_is_fixed),
		STORY(a_torn_saving_loses_that_saving_alone),
		STORY(cut_off_anywhere_the_rest_is_read_and_it_is_said),
		STORY(after_damage_all_is_whole_again_with_the_next_saving),
		STORY(a_damaged_record_is_left_out_and_said),
		STORY(what_is_no_history_is_replaced),
		STORY(a_link_is_not_followed),
		STORY(nodes_in_another_order_keep_what_is_theirs),
		STORY(nodes_change_while_it_runs),
		STORY(a_file_that_somebody_removed_comes_back_whole),
		STORY(a_full_disk_harms_nothing),
		STORY(without_a_directory_it_goes_on_in_memory),
		STORY(killed_at_any_moment_it_is_whole),
		STORY(it_is_saved_as_time_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
