/*
 * records: writes what a sentinel remembers, again and again, for a power cut to come in between (test-power.sh).
 *
 *   records write DIR PORT FIRST [UNSYNCED]  for ever, from deed FIRST on; each that was said to be on disk is told at
 *                                            PORT, a serial line, before the next begins
 *   records read DIR                         what there is now
 *
 * Both tell in lines: DEED NAME KIND, such as "17 galera-desync set"; `set` is the record of that deed, in whole, `none`
 * none. `damaged` (with deed 0) must never be read. Deed n is of record n % 4; every fifth of a record takes it away.
 *
 * UNSYNCED shows that a cut would be noticed: fsync(2) then does nothing to files, folders or all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "../../sentinel/galera/ownership.h"
#include "../../sentinel/host/holdfile.h"

enum { TEXT_SIZE = 128 };

static const char *unsynced = "nothing";
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (strcmp(unsynced, "all") == 0 || strcmp(unsynced, S_ISDIR(st.st_mode) ? "folders" : "files") == 0)
		return 0;
	return __real_fsync(fd);
}

static void __attribute__((noreturn)) fail(const char *text)
{
	fprintf(stderr, "records: %s\n", text);
	exit(1);
}

/* ---- the kinds of records ---- */

static bool write_ownership(const struct statefile *place, unsigned long deed, char *error)
{
	struct ownership record = { .phase = OWNERSHIP_SET,
		.server = "384b22e8-e6e0-11f1-a712-0e8936031326",
		.socket = "/run/mysqld/mysqld.sock",
		.count = deed,
		.why = "db3 is 1900.002 s ahead (+-0.4 ms) of the cluster; 3 of 4 agree" };

	return ownership_write(place, &record, error);
}

static enum statefile_found read_ownership(const struct statefile *place, unsigned long *deed)
{
	static const enum statefile_found as[] = { [OWNERSHIP_NONE] = STATEFILE_NONE,
		[OWNERSHIP_FOUND] = STATEFILE_FOUND,
		[OWNERSHIP_DAMAGED] = STATEFILE_DAMAGED };
	char error[OWNERSHIP_ERROR_SIZE];
	struct ownership record = { 0 };
	enum ownership_found found = ownership_read(place, &record, error);

	*deed = record.count;
	return as[found];
}

/* As long as the longest. */
static bool write_text(const struct statefile *place, unsigned long deed, char *error)
{
	char text[STATEFILE_SIZE] = "";

	for (size_t len = 0; len < 3000; len = strlen(text))
		snprintf(text + len, sizeof text - len, "%lu\n", deed);
	return statefile_write(place, text, error);
}

static enum statefile_found read_text(const struct statefile *place, unsigned long *deed)
{
	char text[STATEFILE_SIZE] = "", error[STATEFILE_ERROR_SIZE];
	enum statefile_found found = statefile_read(place, text, error);

	*deed = strtoul(text, NULL, 10);
	return found;
}

static bool write_hold(const struct statefile *place, unsigned long deed, char *error)
{
	struct hold_kept hold = { .for_span = SPAN_MAX };

	snprintf(hold.reason, sizeof hold.reason, "%lu", deed);
	return holdfile_write(place->dir, &hold, error);
}

static enum statefile_found read_hold(const struct statefile *place, unsigned long *deed)
{
	struct hold_kept hold;
	struct span left;
	char *end;

	*deed = 0;
	if (!holdfile_read(place->dir, (struct mono){ 0 }, &hold, &left))
		return STATEFILE_NONE;
	*deed = strtoul(hold.reason, &end, 10);
	return *end ? STATEFILE_DAMAGED : STATEFILE_FOUND;
}

static bool remove_hold(const struct statefile *place, char *error)
{
	return holdfile_remove(place->dir, error);
}

static const struct kind {
	const char *name;
	bool (*write)(const struct statefile *place, unsigned long deed, char *error);
	bool (*remove)(const struct statefile *place, char *error);
	enum statefile_found (*read)(const struct statefile *place, unsigned long *deed);
} kinds[] = {
	{ "galera-desync", write_ownership, statefile_remove, read_ownership },
	{ "galera-leaves", write_text, statefile_remove, read_text },
	{ "hold", write_hold, remove_hold, read_hold },
	{ "galera-fence", write_ownership, statefile_remove, read_ownership },
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* ---- the deeds ---- */

static int open_port(const char *path)
{
	int port = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	struct termios raw;

	if (port < 0 || tcgetattr(port, &raw) != 0)
		fail("the port cannot be opened");
	cfmakeraw(&raw);
	if (tcsetattr(port, TCSANOW, &raw) != 0)
		fail("the port cannot be set");
	return port;
}

/* Returns when it is outside, where no cut gets at it. */
static void tell(int port, unsigned long deed, const char *name, const char *what)
{
	char line[TEXT_SIZE];
	int len = snprintf(line, sizeof line, "%lu %s %s\n", deed, name, what);

	if (write(port, line, (size_t)len) != len || tcdrain(port) != 0)
		fail("nothing can be told");
}

static void do_deed(const char *dir, int port, unsigned long deed)
{
	const struct kind *kind = &kinds[deed % KINDS];
	const struct statefile place = { .dir = dir, .name = kind->name };
	bool away = deed / KINDS % 5 == 4;
	char error[HOLDFILE_ERROR_SIZE];

	if (away ? !kind->remove(&place, error) : !kind->write(&place, deed, error))
		fail(error);
	tell(port, deed, kind->name, away ? "none" : "set");
}

static int __attribute__((noreturn)) do_write(char **args)
{
	int port = open_port(args[1]);
	unsigned long deed = strtoul(args[2], NULL, 10);

	if (args[3])
		unsynced = args[3];
	for (;; deed++)
		do_deed(args[0], port, deed);
}

static int do_read(char **args)
{
	static const char *const words[] = {
		[STATEFILE_NONE] = "none", [STATEFILE_FOUND] = "set", [STATEFILE_DAMAGED] = "damaged"
	};

	for (size_t i = 0; i < KINDS; i++) {
		const struct statefile place = { .dir = args[0], .name = kinds[i].name };
		unsigned long deed = 0;
		enum statefile_found found = kinds[i].read(&place, &deed);

		printf("%lu %s %s\n", found == STATEFILE_FOUND ? deed : 0, kinds[i].name, words[found]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "write") == 0)
		return do_write(argv + 2);
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return do_read(argv + 2);
	fail("write DIR PORT FIRST [files|folders|all] | read DIR");
}
