/*
 * What happened, for people: the latest so many sentences, in memory that does not grow. Numbered from 1 in the order
 * they came, so that a reader can ask for what is new; a gap in the numbers tells it that it came too late.
 */
#ifndef SENTINEL_EVENTS_H
#define SENTINEL_EVENTS_H

#include "../core/core.h"

struct events_entry {
	uint64_t id;
	struct wall time;
	enum severity severity;
	char kind[16];
	char node[NODE_NAME_SIZE];
	char text[512];
	/* What it rests on, as JSON (record.h); NULL: nothing was decided, or it is one of many and too old. */
	const char *decision;
};

struct events;

/* Decisions are kept for the latest so many events that have one, and none that is longer. */
enum { EVENTS_CAPACITY = 4096, EVENTS_DECISIONS = 128, EVENTS_DECISION_MOST = 16384 };

/* capacity > 0. NULL where memory is short. */
struct events *events_new(size_t capacity);
void events_free(struct events *events);

/* Longer texts are cut. Returns the entry's number. */
uint64_t events_add(struct events *events, struct wall time, enum severity severity, const char *kind,
	const char *node, const char *text);

/* Gives the entry, the newest one, its decision; takes the text, for free(), in any case. NULL is fine. */
void events_decide(struct events *events, uint64_t id, char *decision);

/* Entries that are added next are numbered from `next` on. Only while there is none. */
void events_begin(struct events *events, uint64_t next);

/* The numbers of the oldest entry kept and of the newest; both 0 where there is none. */
uint64_t events_oldest(const struct events *events);
uint64_t events_newest(const struct events *events);

/* NULL where no such entry is kept. Valid until the next events_add. */
const struct events_entry *events_get(const struct events *events, uint64_t id);

/*
 * The number of the first entry behind the latest one that came before `time`; events_newest() + 1 where there is none.
 * (Times need not grow with the numbers: the clock that gives them may be stepped.)
 */
uint64_t events_since(const struct events *events, struct wall time);

/* "debug", "info", "notice", "warning", "error". */
const char *severity_name(enum severity severity);

#endif
