#include "story.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../sentinel/galera/ownership.h"
#include "scratch.h"

enum { NOBODY = 65534 };

static char dir[SCRATCH_SIZE];
static struct statefile place = { .dir = dir, .name = "galera-desync" };

static const struct ownership example = {
	.phase = OWNERSHIP_SET,
	.server = "384b22e8-e6e0-11f1-a712-0e8936031326",
	.socket = "/run/mysqld/mysqld.sock",
	.view = 28,
	.count = 0,
	.token = UINT64_C(0x0016a8886d74f1e1),
	.when = { INT64_C(1795399851517277000) },
	.why = "db3 is 1900.002 s ahead (+-0.4 ms) of the cluster; 3 of 4 agree",
};

/* ---- a disk that cannot sync folders ---- */

static bool sync_fails;
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	struct stat st;

	if (!sync_fails || fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))
		return __real_fsync(fd);
	errno = EIO;
	return -1;
}

/* ---- a directory for each story ---- */

static int begin(void **state)
{
	(void)state;
	return scratch_make(dir);
}

static int end(void **state)
{
	(void)state;
	return scratch_remove(dir);
}

static const char *path(const char *name)
{
	static char text[sizeof dir + 64];

	snprintf(text, sizeof text, "%s/%s", dir, name);
	return text;
}

static void move(const char *from, const char *to)
{
	char old[sizeof dir + 64];

	snprintf(old, sizeof old, "%s", path(from));
	assert_int_equal(rename(old, path(to)), 0);
}

static size_t load(char *text, size_t room)
{
	FILE *file = fopen(path("galera-desync"), "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, room, file);
	fclose(file);
	return len;
}

static void store(const char *name, const char *text, size_t len)
{
	FILE *file = fopen(path(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

static void write_record(const struct ownership *record)
{
	char error[OWNERSHIP_ERROR_SIZE];

	if (!ownership_write(&place, record, error))
		fail_msg("%s", error);
}

static enum ownership_found look(struct ownership *out, char error[OWNERSHIP_ERROR_SIZE])
{
	static const struct ownership untouched = { .view = 4711 };
	enum ownership_found found;

	*out = untouched;
	found = ownership_read(&place, out, error);
	if (found != OWNERSHIP_FOUND)
		assert_memory_equal(out, &untouched, sizeof untouched);
	return found;
}

static void assert_damaged(const char *story, size_t at)
{
	char error[OWNERSHIP_ERROR_SIZE], expected[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	snprintf(expected, sizeof expected, "the record %s/galera-desync is damaged", dir);
	if (look(&record, error) != OWNERSHIP_DAMAGED)
		fail_msg("%s at %zu passes for a record", story, at);
	assert_string_equal(error, expected);
}

static void assert_same(const struct ownership *a, const struct ownership *b)
{
	assert_int_equal(a->phase, b->phase);
	assert_string_equal(a->server, b->server);
	assert_int_equal(a->view, b->view);
	assert_int_equal(a->count, b->count);
	assert_true(a->token == b->token);
	assert_int_equal(a->when.ns, b->when.ns);
	assert_string_equal(a->why, b->why);
}

static void assert_still(const struct ownership *expected)
{
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	assert_int_equal(look(&record, error), OWNERSHIP_FOUND);
	assert_same(&record, expected);
}

/* ---- the stories ---- */

static void where_nothing_was_written_there_is_none(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	(void)state;
	assert_int_equal(look(&record, error), OWNERSHIP_NONE);
}

static void what_is_written_is_read(void **state)
{
	struct ownership record = example;

	(void)state;
	for (int phase = 0; phase < OWNERSHIP_PHASES; phase++) {
		record.phase = (enum ownership_phase)phase;
		record.view = UINT64_MAX - (uint64_t)phase;
		record.token = UINT64_MAX >> phase;
		write_record(&record);
		assert_still(&record);
	}
}

static void a_person_can_read_it_too(void **state)
{
	char text[1024] = "";

	(void)state;
	write_record(&example);
	load(text, sizeof text - 1);
	assert_string_equal(text, "skew-sentinel galera-desync 2\n"
				  "phase set\n"
				  "server 384b22e8-e6e0-11f1-a712-0e8936031326\n"
				  "socket /run/mysqld/mysqld.sock\n"
				  "view 28\n"
				  "count 0\n"
				  "token 0016a8886d74f1e1\n"
				  "when 2026-11-23T02:10:51.517277Z\n"
				  "why db3 is 1900.002 s ahead (+-0.4 ms) of the cluster; 3 of 4 agree\n"
				  "check c2e5aa60\n");
}

static void a_reason_stays_on_its_line(void **state)
{
	struct ownership record = example, read_back = example;

	(void)state;
	snprintf(record.why, sizeof record.why, "%s", "one\nphase lifted");
	snprintf(read_back.why, sizeof read_back.why, "%s", "one?phase lifted");
	write_record(&record);
	assert_still(&read_back);
}

static void cut_off_anywhere_it_is_damaged(void **state)
{
	char text[1024];
	size_t len;

	(void)state;
	write_record(&example);
	len = load(text, sizeof text);
	for (size_t cut = 0; cut < len; cut++) {
		store("galera-desync", text, cut);
		assert_damaged("a record cut off", cut);
	}
	text[len] = '\0';
	store("galera-desync", text, len + 1);
	assert_damaged("a record with an octet too many", len);
}

static void with_any_bit_wrong_it_is_damaged(void **state)
{
	char text[1024];
	size_t len;

	(void)state;
	write_record(&example);
	len = load(text, sizeof text);
	for (size_t i = 0; i < len * 8; i++) {
		text[i / 8] = (char)(text[i / 8] ^ (1 << i % 8));
		store("galera-desync", text, len);
		assert_damaged("a record with a wrong bit", i);
		text[i / 8] = (char)(text[i / 8] ^ (1 << i % 8));
	}
}

static void the_record_of_another_measure_is_none_of_this_one(void **state)
{
	static const struct statefile other = { .dir = dir, .name = "galera-fence" };
	char error[OWNERSHIP_ERROR_SIZE];

	(void)state;
	assert_true(ownership_write(&other, &example, error));
	move("galera-fence", "galera-desync");
	assert_damaged("another measure's record", 0);
}

static void a_link_is_not_followed(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	(void)state;
	write_record(&example);
	move("galera-desync", "elsewhere");
	assert_int_equal(symlink("elsewhere", path("galera-desync")), 0);
	assert_int_equal(look(&record, error), OWNERSHIP_DAMAGED);
	assert_non_null(strstr(error, "cannot be read: Too many levels of symbolic links"));
}

static void a_new_one_that_was_not_finished_does_not_count(void **state)
{
	(void)state;
	write_record(&example);
	store("galera-desync.new", "skew-sentinel galera-des", 24);
	assert_still(&example);
	write_record(&example);
	assert_int_equal(access(path("galera-desync.new"), F_OK), -1);
}

static void it_can_be_removed_more_than_once(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	(void)state;
	write_record(&example);
	assert_true(ownership_remove(&place, error));
	assert_int_equal(look(&record, error), OWNERSHIP_NONE);
	assert_true(ownership_remove(&place, error));
}

/*
 * Runs a story in a process of its own, whose rights and limits may be changed; it exits with 0 or tells why
 * not.
 */
static void apart(int (*story)(void))
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(story());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The write fails and says why; what was there stays as it was. */
static int refused(const char *why)
{
	char error[OWNERSHIP_ERROR_SIZE], expected[OWNERSHIP_ERROR_SIZE];
	struct ownership other = example, record;

	other.phase = OWNERSHIP_CLEARING;
	snprintf(expected, sizeof expected, "the record %s/galera-desync cannot be written: %s", dir, why);
	if (ownership_write(&place, &other, error) || strcmp(error, expected) != 0) {
		fprintf(stderr, "not '%s' but '%s'\n", expected, error);
		return 1;
	}
	if (ownership_read(&place, &record, error) != OWNERSHIP_FOUND || record.phase != example.phase)
		return 2;
	return access(path("galera-desync.new"), F_OK) == 0 ? 3 : 0;
}

static int with_a_limit(void)
{
	static const struct rlimit little = { 100, 100 };

	signal(SIGXFSZ, SIG_IGN);
	return setrlimit(RLIMIT_FSIZE, &little) == 0 ? refused("File too large") : 4;
}

static void a_file_that_does_not_fit_is_no_record(void **state)
{
	(void)state;
	write_record(&example);
	apart(with_a_limit);
}

static int with_a_full_disk(void)
{
	static const char fill[4096];
	char error[OWNERSHIP_ERROR_SIZE];
	int file;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("none", dir, "tmpfs", 0, "size=16k") != 0)
		return 77;
	if (!ownership_write(&place, &example, error))
		return 4;
	file = open(path("rest"), O_WRONLY | O_CREAT, 0600);
	while (write(file, fill, sizeof fill) > 0)
		;
	return refused("No space left on device; make room there (df, df -i)");
}

static void on_a_full_disk_the_old_one_stays(void **state)
{
	(void)state;
	apart(with_a_full_disk);
}

static int without_leave(void)
{
	if (chmod(dir, 0555) != 0)
		return 4;
	if (geteuid() == 0 && (chown(path("galera-desync"), NOBODY, NOBODY) != 0 || seteuid(NOBODY) != 0))
		return 5;
	return refused("Permission denied; let the daemon's user write there");
}

static void in_a_directory_without_leave_the_old_one_stays(void **state)
{
	(void)state;
	write_record(&example);
	apart(without_leave);
}

/* The disk may have it or not: nobody is to find it who was told that there is none. */
static void where_the_folder_cannot_be_synced_nothing_is_left(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE], expected[OWNERSHIP_ERROR_SIZE];
	struct ownership record;

	(void)state;
	sync_fails = true;
	assert_false(ownership_write(&place, &example, error));
	sync_fails = false;
	snprintf(expected, sizeof expected,
		"the record %s/galera-desync cannot be written: Input/output error; see the kernel's log "
		"(dmesg)",
		dir);
	assert_string_equal(error, expected);
	assert_int_equal(ownership_read(&place, &record, error), OWNERSHIP_NONE);
}

/* As a `skewctl release` that was killed in the midst leaves it: root's. */
static int over_a_leftover(void)
{
	char error[OWNERSHIP_ERROR_SIZE];

	store("galera-desync.new", "half a rec", 10);
	if (chmod(path("galera-desync.new"), 0) != 0)
		return 4;
	if (geteuid() == 0 && (chown(dir, NOBODY, NOBODY) != 0 || seteuid(NOBODY) != 0))
		return 5;
	if (ownership_write(&place, &example, error))
		return access(path("galera-desync.new"), F_OK) == 0 ? 3 : 0;
	fprintf(stderr, "%s\n", error);
	return 1;
}

static void what_another_one_left_half_written_is_no_hindrance(void **state)
{
	(void)state;
	apart(over_a_leftover);
}

static void what_root_writes_is_the_daemons(void **state)
{
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(dir, NOBODY, NOBODY), 0);
	write_record(&example);
	assert_int_equal(stat(path("galera-desync"), &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void one_at_a_time_has_the_lock(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE], expected[OWNERSHIP_ERROR_SIZE];
	int first, second;

	(void)state;
	assert_int_equal(ownership_lock(dir, &first, error), OWNERSHIP_LOCKED);
	assert_int_equal(ownership_lock(dir, &second, error), OWNERSHIP_BUSY);
	snprintf(expected, sizeof expected, "the state directory %s cannot be locked: another process has it",
		dir);
	assert_string_equal(error, expected);
	close(first);
	assert_int_equal(ownership_lock(dir, &second, error), OWNERSHIP_LOCKED);
	close(second);
}

static void there_is_no_lock_without_a_directory(void **state)
{
	char error[OWNERSHIP_ERROR_SIZE];
	int fd;

	(void)state;
	assert_int_equal(ownership_lock("/no/such/directory", &fd, error), OWNERSHIP_NO_LOCK);
	assert_string_equal(
		error, "the state directory /no/such/directory cannot be locked: No such file or directory");
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	static const struct CMUnitTest stories[] = {
		STORY(where_nothing_was_written_there_is_none),
		STORY(what_is_written_is_read),
		STORY(a_person_can_read_it_too),
		STORY(a_reason_stays_on_its_line),
		STORY(cut_off_anywhere_it_is_damaged),
		STORY(with_any_bit_wrong_it_is_damaged),
		STORY(the_record_of_another_measure_is_none_of_this_one),
		STORY(a_link_is_not_followed),
		STORY(a_new_one_that_was_not_finished_does_not_count),
		STORY(it_can_be_removed_more_than_once),
		STORY(a_file_that_does_not_fit_is_no_record),
		STORY(on_a_full_disk_the_old_one_stays),
		STORY(in_a_directory_without_leave_the_old_one_stays),
		STORY(where_the_folder_cannot_be_synced_nothing_is_left),
		STORY(what_another_one_left_half_written_is_no_hindrance),
		STORY(what_root_writes_is_the_daemons),
		STORY(one_at_a_time_has_the_lock),
		STORY(there_is_no_lock_without_a_directory),
	};

	return cmocka_run_group_tests(stories, NULL, NULL);
}
