#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../sentinel/host/timesync.h"
#include "scratch.h"

static char proc[SCRATCH_SIZE];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* A process in our own little /proc. */
static void runs(const char *pid, const char *comm)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/%s/comm", proc, pid);
	write_file(path, comm);
}

static int make_proc(void **state)
{
	(void)state;
	return scratch_make(proc);
}

static int remove_proc(void **state)
{
	(void)state;
	return scratch_remove(proc);
}

static struct timesync found(void)
{
	struct timesync timesync = { 0 };

	assert_true(timesync_scan(proc, &timesync));
	assert_true(timesync.looked);
	return timesync;
}

static void a_time_service_is_found_by_its_name(void **state)
{
	struct timesync timesync;

	(void)state;
	runs("1", "systemd\n");
	runs("612", "mariadbd\n");
	runs("733", "chronyd\n");
	timesync = found();
	assert_true(timesync.running);
	assert_string_equal(timesync.service, "chronyd");
}

static void the_kernel_cuts_long_names(void **state)
{
	(void)state;
	runs("1", "systemd\n");
	runs("400", "systemd-timesyn\n");
	assert_string_equal(found().service, "systemd-timesyncd");
}

static void of_several_the_likeliest_is_named(void **state)
{
	(void)state;
	runs("10", "ptp4l\n");
	runs("11", "phc2sys\n");
	runs("12", "ntpd\n");
	assert_string_equal(found().service, "ntpd");
}

static void what_only_looks_like_one_is_none(void **state)
{
	(void)state;
	runs("20", "chronyd-restart\n");
	runs("21", "my-ntpd\n");
	runs("version", "chronyd\n");
	assert_false(found().running);
	assert_string_equal(found().service, "");
}

static void a_process_that_just_ended_is_passed_over(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/30", proc);
	assert_int_equal(mkdir(path, 0700), 0);
	runs("31", "ntpd\n");
	assert_string_equal(found().service, "ntpd");
}

static void a_proc_that_is_not_there_says_nothing(void **state)
{
	struct timesync timesync = { 0 };

	(void)state;
	assert_false(timesync_scan("/nowhere", &timesync));
	assert_false(timesync.looked);
}

static void assert_cure(const struct timesync *timesync, const char *sentence)
{
	char text[256];

	assert_string_equal(timesync_cure(timesync, "db3", text, sizeof text), sentence);
}

static void the_cure_names_what_is_missing(void **state)
{
	struct timesync timesync = { .looked = true, .whole_host = true };

	(void)state;
	assert_cure(&timesync, "no time service runs on db3: enable one (chronyd)");
}

static void from_inside_a_container_nothing_is_claimed(void **state)
{
	struct timesync timesync = { .looked = true };

	(void)state;
	assert_cure(&timesync, "no time service is seen from here: look on the host of db3 (`timedatectl`)");
}

static void a_service_that_runs_in_vain_is_named_with_its_command(void **state)
{
	struct timesync timesync = {
		.looked = true, .running = true, .service = "chronyd", .synchronised = true
	};

	(void)state;
	assert_cure(&timesync, "chronyd runs on db3, and yet its clock is off: see `chronyc sources`");
	timesync.synchronised = false;
	assert_cure(&timesync, "chronyd runs on db3 and has not set its clock right: see `chronyc sources`");
	timesync = (struct timesync){ .looked = true, .running = true, .service = "systemd-timesyncd" };
	assert_cure(&timesync, "systemd-timesyncd runs on db3 and has not set its clock right: see "
			       "`timedatectl timesync-status`");
}

static void before_the_first_look_nothing_is_said(void **state)
{
	struct timesync timesync = { 0 };

	(void)state;
	assert_cure(&timesync, "");
}

static void stop_when_looked(void *arg)
{
	void **what = arg;

	if (timesync_get(what[0])->looked)
		loop_stop(what[1]);
	else
		timer_set(what[2], span_ms(5));
}

static void the_watch_looks_by_itself(void **state)
{
	struct loop *loop = loop_new();
	struct timesync_watch *watch = timesync_watch_new(loop);
	void *what[3] = { watch, loop, NULL };
	struct timer *timer = timer_new(loop, stop_when_looked, what);

	(void)state;
	what[2] = timer;
	assert_false(timesync_get(watch)->looked);
	timer_set(timer, SPAN_ZERO);
	loop_run(loop);
	assert_true(timesync_get(watch)->looked);
	timer_free(timer);
	timesync_watch_free(watch);
	loop_free(loop);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, make_proc, remove_proc)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_time_service_is_found_by_its_name),
		STORY(the_kernel_cuts_long_names),
		STORY(of_several_the_likeliest_is_named),
		STORY(what_only_looks_like_one_is_none),
		STORY(a_process_that_just_ended_is_passed_over),
		STORY(a_proc_that_is_not_there_says_nothing),
		STORY(the_cure_names_what_is_missing),
		STORY(from_inside_a_container_nothing_is_claimed),
		STORY(a_service_that_runs_in_vain_is_named_with_its_command),
		STORY(before_the_first_look_nothing_is_said),
		STORY(the_watch_looks_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
