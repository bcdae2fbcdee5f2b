/* The log: one line an event on stderr, with journald's priority prefix when stderr is the journal. */
#ifndef SENTINEL_LOG_H
#define SENTINEL_LOG_H

#include "../core/core.h"

/* verbosity 0: notice and above, 1: info too, 2: debug too. Finds out by $JOURNAL_STREAM where stderr goes. */
void log_open(int verbosity);

/*
 * "galera: sentence". Newlines and control characters in it are replaced: names may be hostile. Never waits: a line that
 * stderr does not take at once is lost, and the next one that it takes says how many were.
 */
void log_line(enum severity severity, const char *subsystem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
