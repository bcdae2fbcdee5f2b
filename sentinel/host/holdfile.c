#include "holdfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static struct statefile file_in(const char *dir)
{
	return (struct statefile){ .dir = dir, .name = "hold" };
}

static void write_text(const struct hold_kept *hold, char text[STATEFILE_SIZE])
{
	char boot[CLOCK_BOOT_ID_SIZE];

	clock_boot_id(boot);
	snprintf(text, STATEFILE_SIZE,
		"# an operator's hold on the actions of skew-sentinel; end it with: skewctl unhold\n"
		"version 2\nboot %s\nends %" PRId64 "\nfor %" PRId64 "\nreleased %d\nreason %s\n",
		boot, hold->ends.ns, hold->for_span.ns, hold->released, hold->reason);
}

bool holdfile_write(const char *dir, const struct hold_kept *hold, char error[HOLDFILE_ERROR_SIZE])
{
	const struct statefile file = file_in(dir);
	char text[STATEFILE_SIZE], why[STATEFILE_ERROR_SIZE];

	write_text(hold, text);
	if (statefile_write(&file, text, why))
		return true;
	snprintf(error, HOLDFILE_ERROR_SIZE, "the hold will not outlive a restart: %s", why);
	return false;
}

bool holdfile_remove(const char *dir, char error[HOLDFILE_ERROR_SIZE])
{
	const struct statefile file = file_in(dir);
	char why[STATEFILE_ERROR_SIZE];

	if (statefile_remove(&file, why))
		return true;
	snprintf(error, HOLDFILE_ERROR_SIZE, "the hold comes back with a restart: %s", why);
	return false;
}

/* "KEY NUMBER" */
static bool take_number(const char *line, const char *key, int64_t *out)
{
	size_t len = strlen(key);
	char *end;
	long long value;

	if (strncmp(line, key, len) != 0 || line[len] != ' ')
		return false;
	errno = 0;
	value = strtoll(line + len + 1, &end, 10);
	if (errno || end == line + len + 1 || *end != '\n')
		return false;
	*out = value;
	return true;
}

/* "KEY TEXT" */
static bool take_text(const char *line, const char *key, char *out, size_t room)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) != 0 || line[len] != ' ')
		return false;
	snprintf(out, room, "%.*s", (int)strcspn(line + len + 1, "\n"), line + len + 1);
	return true;
}

static bool parse(const char *text, struct hold_kept *out, char boot[CLOCK_BOOT_ID_SIZE])
{
	unsigned seen = 0;
	int64_t released = 0;

	*out = (struct hold_kept){ 0 };
	boot[0] = '\0';
	for (; *text; text += strcspn(text, "\n") + 1) {
		seen += take_number(text, "ends", &out->ends.ns);
		seen += take_number(text, "for", &out->for_span.ns);
		seen += take_number(text, "released", &released);
		seen += take_text(text, "boot", boot, CLOCK_BOOT_ID_SIZE);
		take_text(text, "reason", out->reason, sizeof out->reason);
	}
	out->released = released != 0;
	return seen == 4 && out->for_span.ns > 0;
}

bool holdfile_read(const char *dir, struct mono now, struct hold_kept *out, struct span *left)
{
	const struct statefile file = file_in(dir);
	char boot[CLOCK_BOOT_ID_SIZE], written[CLOCK_BOOT_ID_SIZE];
	char text[STATEFILE_SIZE], error[STATEFILE_ERROR_SIZE];
	enum statefile_found found = statefile_read(&file, text, error);
	struct hold_kept hold;

	if (found == STATEFILE_NONE)
		return false;
	/* Unreadable, it still says that somebody wanted a hold: keep it until it is lifted. */
	if (found == STATEFILE_DAMAGED || !parse(text, &hold, written))
		hold = (struct hold_kept){ .for_span = SPAN_MAX,
			.reason = "the file that kept it is damaged or cannot be read" };
	clock_boot_id(boot);
	*left = hold.for_span;
	if (hold.for_span.ns != SPAN_MAX.ns && strcmp(boot, written) == 0)
		*left = span_min(hold.for_span, mono_sub(hold.ends, now));
	if (left->ns <= 0)
		return false;
	*out = hold;
	return true;
}
