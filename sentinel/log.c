#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum severity least = SEVERITY_NOTICE;
static bool to_journal;

/* $JOURNAL_STREAM is DEVICE:INODE of the socket to journald (systemd.exec(5)); stderr may have been redirected since. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	for (size_t i = 0; own[i] || stream[i]; i++)
		if (own[i] != stream[i])
			return false;
	return true;
}

void log_open(int verbosity)
{
	least = verbosity > 1 ? SEVERITY_DEBUG : verbosity == 1 ? SEVERITY_INFO : SEVERITY_NOTICE;
	to_journal = stderr_is_journal();
}

static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			*text = '?';
}

void log_line(enum severity severity, const char *subsystem, const char *format, ...)
{
	static const int priorities[] = { 7, 6, 5, 4, 3 };
	char text[1024];
	va_list args;

	if (severity < least)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	clean(text);
	if (to_journal)
		fprintf(stderr, "<%d>%s: %s\n", priorities[severity], subsystem, text);
	else
		fprintf(stderr, "%s: %s\n", subsystem, text);
}
