#include "ownership.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "when.h"

enum { TEXT_SIZE = 1024, FORMAT_VERSION = 1 };

static const char *const phase_names[OWNERSHIP_PHASES] = {
	[OWNERSHIP_INTENT] = "intent",
	[OWNERSHIP_SET] = "set",
	[OWNERSHIP_CLEARING] = "clearing",
	[OWNERSHIP_LIFTED] = "lifted",
};

/* ---- the text ---- */

/* CRC-32 as in Ethernet and zip (ISO 3309): any damage within 32 bits in a row is seen. */
static uint32_t checksum(const char *text, size_t len)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		sum ^= (uint8_t)text[i];
		for (int bit = 0; bit < 8; bit++)
			sum = (sum >> 1) ^ ((sum & 1) ? UINT32_C(0xEDB88320) : 0);
	}
	return ~sum;
}

static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			*text = '?';
}

/* The whole record. Returns its length. */
static size_t write_text(const struct ownership *record, const char *name, char text[TEXT_SIZE])
{
	char when[WHEN_SIZE], why[OWNERSHIP_WHY_SIZE];
	int len;

	snprintf(why, sizeof why, "%s", record->why);
	one_line(why);
	len = snprintf(text, TEXT_SIZE,
		"skew-sentinel %s %d\nphase %s\nserver %s\nview %" PRIu64 "\ncount %" PRIu64
		"\ntoken %016" PRIx64 "\nwhen %s\nwhy %s\n",
		name, FORMAT_VERSION, phase_names[record->phase], record->server, record->view, record->count,
		record->token, when_format(record->when, when), why);

	len += snprintf(
		text + len, TEXT_SIZE - (size_t)len, "check %08" PRIx32 "\n", checksum(text, (size_t)len));
	return (size_t)len;
}

/* The rest of the line behind "name ", into `out`; *at moves on to the next line. */
static bool take_line(const char **at, const char *name, char *out, size_t room)
{
	size_t skip = strlen(name);
	const char *end = strchr(*at, '\n');
	size_t len;

	if (!end || strncmp(*at, name, skip) != 0 || (*at)[skip] != ' ')
		return false;
	len = (size_t)(end - *at) - skip - 1;
	if (len >= room)
		return false;
	memcpy(out, *at + skip + 1, len);
	out[len] = '\0';
	*at = end + 1;
	return true;
}

static bool read_phase(const char *text, enum ownership_phase *out)
{
	for (int phase = 0; phase < OWNERSHIP_PHASES; phase++) {
		if (strcmp(text, phase_names[phase]) == 0) {
			*out = (enum ownership_phase)phase;
			return true;
		}
	}
	return false;
}

/*
 * What was read is right if it gives the same text again, checksum and all: so no part needs checks of its
 * own.
 */
static bool read_text(const char *text, size_t len, const char *name, struct ownership *out)
{
	char phase[16], view[24], count[24], token[24], when[WHEN_SIZE], version[16], again[TEXT_SIZE],
		first[64];
	struct ownership record = { .phase = OWNERSHIP_INTENT };
	const char *at = text;

	snprintf(first, sizeof first, "skew-sentinel %s", name);
	if (!take_line(&at, first, version, sizeof version) ||
		!take_line(&at, "phase", phase, sizeof phase) ||
		!take_line(&at, "server", record.server, sizeof record.server) ||
		!take_line(&at, "view", view, sizeof view) || !take_line(&at, "count", count, sizeof count) ||
		!take_line(&at, "token", token, sizeof token) || !take_line(&at, "when", when, sizeof when) ||
		!take_line(&at, "why", record.why, sizeof record.why) || !read_phase(phase, &record.phase) ||
		!when_parse(when, &record.when))
		return false;
	record.view = strtoumax(view, NULL, 10);
	record.count = strtoumax(count, NULL, 10);
	record.token = strtoumax(token, NULL, 16);
	if (write_text(&record, name, again) != len || memcmp(text, again, len) != 0)
		return false;
	*out = record;
	return true;
}

/* ---- the file ---- */

static bool complain(
	const struct ownership_place *place, const char *what, int reason, char error[OWNERSHIP_ERROR_SIZE])
{
	snprintf(error, OWNERSHIP_ERROR_SIZE, "the record %s/%s cannot be %s: %s", place->dir, place->name,
		what, strerror(reason));
	return false;
}

static int open_dir(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

enum ownership_found ownership_read(
	const struct ownership_place *place, struct ownership *out, char error[OWNERSHIP_ERROR_SIZE])
{
	enum ownership_found found = OWNERSHIP_DAMAGED;
	char text[TEXT_SIZE];
	int dir = open_dir(place->dir);
	int file = -1;
	ssize_t len;

	if (dir >= 0)
		file = openat(dir, place->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0) {
		found = errno == ENOENT ? OWNERSHIP_NONE : OWNERSHIP_DAMAGED;
		complain(place, "read", errno, error);
		goto out;
	}
	len = read(file, text, sizeof text - 1);
	if (len < 0) {
		complain(place, "read", errno, error);
		goto out;
	}
	text[len] = '\0';
	if (read_text(text, (size_t)len, place->name, out))
		found = OWNERSHIP_FOUND;
	else
		snprintf(error, OWNERSHIP_ERROR_SIZE, "the record %s/%s is damaged", place->dir, place->name);
out:
	if (file >= 0)
		close(file);
	if (dir >= 0)
		close(dir);
	return found;
}

static bool write_all(int file, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t done = write(file, text, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		text += done;
		len -= (size_t)done;
	}
	return true;
}

/* Root writes (skewctl release) what the daemon must be able to read and replace. */
static bool give_to_owner(int dir, int file)
{
	struct stat st;

	if (geteuid() != 0)
		return true;
	return fstat(dir, &st) == 0 && fchown(file, st.st_uid, st.st_gid) == 0;
}

static bool write_file(int dir, const char *name, const char *text, size_t len)
{
	int file = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int reason;

	if (file < 0)
		return false;
	if (write_all(file, text, len) && give_to_owner(dir, file) && fsync(file) == 0)
		return close(file) == 0;
	reason = errno;
	close(file);
	errno = reason;
	return false;
}

bool ownership_write(
	const struct ownership_place *place, const struct ownership *record, char error[OWNERSHIP_ERROR_SIZE])
{
	char text[TEXT_SIZE], fresh[64];
	size_t len = write_text(record, place->name, text);
	int dir = open_dir(place->dir);
	int reason;
	bool good = false;

	if (dir < 0)
		return complain(place, "written", errno, error);
	snprintf(fresh, sizeof fresh, "%s.new", place->name);
	good = write_file(dir, fresh, text, len) && renameat(dir, fresh, dir, place->name) == 0 &&
	       fsync(dir) == 0;
	if (!good) {
		reason = errno;
		unlinkat(dir, fresh, 0);
		complain(place, "written", reason, error);
	}
	close(dir);
	return good;
}

bool ownership_remove(const struct ownership_place *place, char error[OWNERSHIP_ERROR_SIZE])
{
	int dir = open_dir(place->dir);
	bool good;

	if (dir < 0)
		return errno == ENOENT || complain(place, "removed", errno, error);
	good = (unlinkat(dir, place->name, 0) == 0 || errno == ENOENT) && fsync(dir) == 0;
	if (!good)
		complain(place, "removed", errno, error);
	close(dir);
	return good;
}

enum ownership_locked ownership_lock(const char *dir, int *fd, char error[OWNERSHIP_ERROR_SIZE])
{
	int file = open_dir(dir);
	bool busy;

	if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0) {
		*fd = file;
		return OWNERSHIP_LOCKED;
	}
	busy = file >= 0 && errno == EWOULDBLOCK;
	snprintf(error, OWNERSHIP_ERROR_SIZE, "the state directory %s cannot be locked: %s", dir,
		busy ? "another process has it" : strerror(errno));
	if (file >= 0)
		close(file);
	return busy ? OWNERSHIP_BUSY : OWNERSHIP_NO_LOCK;
}
