#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"

enum { FILE_MAX = 1 << 20 };

/* Written with a strict umask it is root's alone, while the daemon is not root. */
static void refuse_to_us(const char *file, struct conf_error *error)
{
	snprintf(error->text, sizeof(error->text),
		"%.255s: this user cannot read it: be root; if it is the daemon's user, do as root: chmod "
		"0644 "
		"%.255s",
		file, file);
}

static void refuse_file(const char *file, const char *reason, struct conf_error *error)
{
	snprintf(error->text, sizeof(error->text), "%.255s: cannot be read: %s", file, reason);
}

/* The text for the caller to free. */
static char *read_file(const char *file, size_t *len, struct conf_error *error)
{
	FILE *stream = fopen(file, "re");
	char *text = stream != NULL ? malloc(FILE_MAX + 1) : NULL;

	if (text == NULL) {
		if (errno == EACCES)
			refuse_to_us(file, error);
		else
			refuse_file(file, strerror(errno), error);
		goto out;
	}
	*len = fread(text, 1, FILE_MAX + 1, stream);
	if (ferror(stream) == 0 && *len <= FILE_MAX)
		goto out;
	refuse_file(file, ferror(stream) != 0 ? strerror(errno) : "it has more than 1 MiB", error);
	free(text);
	text = NULL;
out:
	if (stream != NULL)
		fclose(stream);
	return text;
}

struct conf *conf_load(const char *file, const struct conf_host *host, struct conf_error *error)
{
	size_t len = 0;
	char *text = read_file(file, &len, error);
	struct conf *conf;

	if (text == NULL)
		return NULL;
	conf = conf_parse(file, text, len, host, error);
	free(text);
	return conf;
}
