/*
 * What happened outlives the daemon: in the state directory `events`, a line of JSON each, and `events.old`, what `events`
 * was when it got too long. Together they never take more than EVENTFILE_MOST octets.
 *
 * Lines are written behind each other by a thread of its own, in the order they came, each batch in one write; a crash
 * costs what was not written yet, at most the line that was being written is cut, and such a line is passed over when
 * the file is read. Where the disk is full or broken nothing else suffers: what cannot be written is tried again with
 * the next line, until EVENTFILE_WAITING octets wait; then the oldest of it is let go.
 */
#ifndef SENTINEL_EVENTFILE_H
#define SENTINEL_EVENTFILE_H

#include "../host/loop.h"
#include "events.h"

enum { EVENTFILE_MOST = 2 << 20, EVENTFILE_LINE = 32 << 10, EVENTFILE_WAITING = 64 << 10 };

/* Told in the loop when writing begins to fail: a sentence. */
typedef void eventfile_failed_fn(void *arg, const char *why);

struct eventfile;

/* dir is copied. NULL where memory is short. */
struct eventfile *eventfile_new(struct loop *loop, const char *dir, eventfile_failed_fn *failed, void *arg);

/* Writes what still waits, as far as it can be. NULL is fine. Before loop_free. */
void eventfile_free(struct eventfile *file);

/* A line without its newline, which is at most EVENTFILE_LINE octets long; takes the text, for free(). NULL is fine. */
void eventfile_add(struct eventfile *file, char *line);

/* Fills `events`, which is empty, with what earlier daemons left; their numbers go on. What makes no sense is passed over. */
void eventfile_read(const char *dir, struct events *events);

#endif
