#include "../../sentinel/host/holdfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "story.h"

static const struct mono now = { INT64_C(1000000000000) };

static int make_dir(void **state)
{
	static char dir[SCRATCH_SIZE];

	*state = dir;
	return scratch_make(dir);
}

static int remove_dir(void **state)
{
	return scratch_remove(*state);
}

static struct hold_kept minutes(int64_t n)
{
	return (struct hold_kept){ .for_span = span_s(60 * n),
		.ends = mono_add(now, span_s(60 * n)),
		.reason = "disk of db3 is replaced" };
}

static void without_a_file_there_is_no_hold(void **state)
{
	struct hold_kept kept;
	struct span left;

	assert_false(holdfile_read(*state, now, &kept, &left));
}

static void a_hold_outlives_the_daemon_and_runs_out_in_its_time(void **state)
{
	struct hold_kept hold = minutes(10), kept;
	struct span left;
	char error[HOLDFILE_ERROR_SIZE];

	assert_true(holdfile_write(*state, &hold, error));
	assert_true(holdfile_read(*state, mono_add(now, span_s(120)), &kept, &left));
	assert_int_equal(left.ns, span_s(480).ns);
	assert_string_equal(kept.reason, "disk of db3 is replaced");
	assert_false(kept.released);
	assert_false(holdfile_read(*state, mono_add(now, span_s(601)), &kept, &left));
}

static void a_release_stays_one_and_without_an_end_it_has_none(void **state)
{
	struct hold_kept hold = { .released = true, .for_span = SPAN_MAX, .ends = { INT64_MAX } }, kept;
	struct span left;
	char error[HOLDFILE_ERROR_SIZE];

	assert_true(holdfile_write(*state, &hold, error));
	assert_true(holdfile_read(*state, mono_add(now, span_s(1000000)), &kept, &left));
	assert_true(kept.released);
	assert_int_equal(left.ns, INT64_MAX);
}

static void after_a_reboot_it_runs_for_its_whole_length_again(void **state)
{
	const struct statefile file = { .dir = *state, .name = "hold" };
	char error[HOLDFILE_ERROR_SIZE], text[STATEFILE_SIZE], *boot;
	struct hold_kept hold = minutes(10), kept;
	struct span left;

	assert_true(holdfile_write(*state, &hold, error));
	assert_int_equal(statefile_read(&file, text, error), STATEFILE_FOUND);
	boot = strstr(text, "boot ");
	assert_non_null(boot);
	boot[5] = boot[5] == 'x' ? 'y' : 'x';
	assert_true(statefile_write(&file, text, error));
	/* The clock that counts from the boot says an hour later, which means nothing. */
	assert_true(holdfile_read(*state, mono_add(now, span_s(3600)), &kept, &left));
	assert_int_equal(left.ns, span_s(600).ns);
}

static void a_damaged_file_still_holds_until_somebody_lifts_it(void **state)
{
	struct hold_kept kept;
	char path[64];
	struct span left;
	FILE *file;

	snprintf(path, sizeof path, "%s/hold", (char *)*state);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("version 2\nboot x\nends 12\nfor 12\nreleased 0\nreason none\n", file);
	fclose(file);
	assert_true(holdfile_read(*state, now, &kept, &left));
	assert_int_equal(left.ns, INT64_MAX);
	assert_string_equal(kept.reason, "the file that kept it is damaged or cannot be read");
}

static void a_directory_that_is_not_there_is_said(void **state)
{
	struct hold_kept hold = minutes(1);
	char error[HOLDFILE_ERROR_SIZE];

	(void)state;
	assert_false(holdfile_write("/nonexistent", &hold, error));
	assert_string_equal(error, "the hold will not outlive a restart: the record /nonexistent/hold cannot "
				   "be written: No such "
				   "file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_a_file_there_is_no_hold, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
			a_hold_outlives_the_daemon_and_runs_out_in_its_time, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
			a_release_stays_one_and_without_an_end_it_has_none, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
			after_a_reboot_it_runs_for_its_whole_length_again, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
			a_damaged_file_still_holds_until_somebody_lifts_it, make_dir, remove_dir),
		cmocka_unit_test(a_directory_that_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
