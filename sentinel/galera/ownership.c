#include "ownership.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../text/when.h"

enum { TEXT_SIZE = 1024, FORMAT_VERSION = 2 };

static const char *const phase_names[OWNERSHIP_PHASES] = {
	[OWNERSHIP_INTENT] = "intent",
	[OWNERSHIP_SET] = "set",
	[OWNERSHIP_CLEARING] = "clearing",
	[OWNERSHIP_LIFTED] = "lifted",
};

/* ---- the text ---- */

static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ')
			*text = '?';
}

static void write_text(const struct ownership *record, const char *name, char text[TEXT_SIZE])
{
	char when[WHEN_SIZE], why[OWNERSHIP_WHY_SIZE], socket[OWNERSHIP_SOCKET_SIZE];

	snprintf(why, sizeof why, "%s", record->why);
	one_line(why);
	snprintf(socket, sizeof socket, "%s", record->socket);
	one_line(socket);
	snprintf(text, TEXT_SIZE,
		"skew-sentinel %s %d\nphase %s\nserver %s\nsocket %s\nview %" PRIu64 "\ncount %" PRIu64
		"\ntoken %016" PRIx64 "\nwhen %s\nwhy %s\n",
		name, FORMAT_VERSION, phase_names[record->phase], record->server, socket, record->view,
		record->count, record->token, when_format(record->when, when), why);
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

/* What was read is right if it gives the same text again: so no part needs checks of its own. */
static bool read_text(const char *text, const char *name, struct ownership *out)
{
	char phase[16], view[24], count[24], token[24], when[WHEN_SIZE], version[16], again[TEXT_SIZE],
		first[64];
	struct ownership record = { .phase = OWNERSHIP_INTENT };
	const char *at = text;

	snprintf(first, sizeof first, "skew-sentinel %s", name);
	if (!take_line(&at, first, version, sizeof version) ||
		!take_line(&at, "phase", phase, sizeof phase) ||
		!take_line(&at, "server", record.server, sizeof record.server) ||
		!take_line(&at, "socket", record.socket, sizeof record.socket) ||
		!take_line(&at, "view", view, sizeof view) || !take_line(&at, "count", count, sizeof count) ||
		!take_line(&at, "token", token, sizeof token) || !take_line(&at, "when", when, sizeof when) ||
		!take_line(&at, "why", record.why, sizeof record.why) || !read_phase(phase, &record.phase) ||
		!when_parse(when, &record.when))
		return false;
	record.view = strtoumax(view, NULL, 10);
	record.count = strtoumax(count, NULL, 10);
	record.token = strtoumax(token, NULL, 16);
	write_text(&record, name, again);
	if (strcmp(text, again) != 0)
		return false;
	*out = record;
	return true;
}

/* ---- the file ---- */

enum ownership_found ownership_read(
	const struct statefile *place, struct ownership *out, char error[OWNERSHIP_ERROR_SIZE])
{
	char text[STATEFILE_SIZE];

	switch (statefile_read(place, text, error)) {
	case STATEFILE_NONE:
		return OWNERSHIP_NONE;
	case STATEFILE_DAMAGED:
		return OWNERSHIP_DAMAGED;
	case STATEFILE_FOUND:
		break;
	}
	if (read_text(text, place->name, out))
		return OWNERSHIP_FOUND;
	statefile_damaged(place, error);
	return OWNERSHIP_DAMAGED;
}

bool ownership_write(
	const struct statefile *place, const struct ownership *record, char error[OWNERSHIP_ERROR_SIZE])
{
	char text[TEXT_SIZE];

	write_text(record, place->name, text);
	return statefile_write(place, text, error);
}

bool ownership_remove(const struct statefile *place, char error[OWNERSHIP_ERROR_SIZE])
{
	return statefile_remove(place, error);
}

/* ---- the lock ---- */

enum ownership_locked ownership_lock(const char *dir, int *fd, char error[OWNERSHIP_ERROR_SIZE])
{
	int file = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
