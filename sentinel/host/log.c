#include "log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum severity least = SEVERITY_NOTICE;
static bool to_journal;

/* What reads the log may stand still (a stopped terminal, a journal that hangs): what it does not take at once is lost. */
static unsigned lost;

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

/* Ready for a page at least, and no line is as long: neither a pipe nor a socket keeps us waiting then. */
static bool is_ready(void)
{
	struct pollfd out = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && out.revents & POLLOUT;
}

static void put(enum severity severity, const char *subsystem, const char *text)
{
	static const int priorities[] = { 7, 6, 5, 4, 3 };

	if (to_journal)
		dprintf(STDERR_FILENO, "<%d>%s: %s\n", priorities[severity], subsystem, text);
	else
		dprintf(STDERR_FILENO, "%s: %s\n", subsystem, text);
}

static void tell_lost(void)
{
	char text[96];

	if (!lost)
		return;
	snprintf(
		text, sizeof text, "%u lines before this one are lost: what reads the log stood still", lost);
	put(SEVERITY_WARNING, "log", text);
	lost = 0;
}

void log_line(enum severity severity, const char *subsystem, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (severity < least)
		return;
	if (!is_ready()) {
		lost++;
		return;
	}
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	clean(text);
	tell_lost();
	put(severity, subsystem, text);
}
