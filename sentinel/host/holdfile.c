#include "holdfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { PATH_SIZE = CONF_PATH_SIZE + 16 };

static const char *path_of(const char *dir, const char *suffix, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, "%s/hold%s", dir, suffix);
	return out;
}

static bool print_hold(FILE *file, const struct hold_kept *hold)
{
	char boot[CLOCK_BOOT_ID_SIZE];

	clock_boot_id(boot);
	return fprintf(file,
		       "# an operator's hold on the actions of skew-sentinel; end it with: skewctl unhold\n"
		       "version 1\nboot %s\nends %" PRId64 "\nfor %" PRId64 "\nreleased %d\nreason %s\n",
		       boot, hold->ends.ns, hold->for_span.ns, hold->released, hold->reason) > 0;
}

bool holdfile_write(const char *dir, const struct hold_kept *hold, char *error, size_t room)
{
	char path[PATH_SIZE], fresh[PATH_SIZE];
	FILE *file = fopen(path_of(dir, ".new", fresh), "we");
	bool good = file && print_hold(file, hold);

	if (file && fclose(file) != 0)
		good = false;
	if (good && rename(fresh, path_of(dir, "", path)) == 0)
		return true;
	snprintf(error, room, "the hold will not outlive a restart: %s: %s", fresh, strerror(errno));
	unlink(fresh);
	return false;
}

void holdfile_remove(const char *dir)
{
	char path[PATH_SIZE];

	unlink(path_of(dir, "", path));
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

static bool parse(FILE *file, struct hold_kept *out, char boot[CLOCK_BOOT_ID_SIZE])
{
	char line[256];
	unsigned seen = 0;
	int64_t released = 0;

	*out = (struct hold_kept){ 0 };
	boot[0] = '\0';
	while (fgets(line, sizeof line, file)) {
		seen += take_number(line, "ends", &out->ends.ns);
		seen += take_number(line, "for", &out->for_span.ns);
		seen += take_number(line, "released", &released);
		seen += take_text(line, "boot", boot, CLOCK_BOOT_ID_SIZE);
		take_text(line, "reason", out->reason, sizeof out->reason);
	}
	out->released = released != 0;
	return seen == 4 && out->for_span.ns > 0;
}

bool holdfile_read(const char *dir, struct mono now, struct hold_kept *out, struct span *left)
{
	char path[PATH_SIZE], boot[CLOCK_BOOT_ID_SIZE], written[CLOCK_BOOT_ID_SIZE];
	FILE *file = fopen(path_of(dir, "", path), "re");
	struct hold_kept hold;
	bool good;

	if (!file)
		return false;
	good = parse(file, &hold, written);
	fclose(file);
	/* Unreadable, it still says that somebody wanted a hold: keep it until it is lifted. */
	if (!good)
		hold = (struct hold_kept){ .for_span = SPAN_MAX,
			.reason = "the file that kept it is damaged" };
	clock_boot_id(boot);
	*left = hold.for_span;
	if (hold.for_span.ns != SPAN_MAX.ns && strcmp(boot, written) == 0)
		*left = span_min(hold.for_span, mono_sub(hold.ends, now));
	if (left->ns <= 0)
		return false;
	*out = hold;
	return true;
}
