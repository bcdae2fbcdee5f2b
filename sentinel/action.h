/*
 * What can be done about a skew: a table of drivers behind one small interface.
 *
 * A driver gets the whole wanted state each time it changes (and once at its start), and brings the world there
 * by itself: idempotent, retrying with backoff, a deadline on every call, never blocking the loop. What comes of
 * it is reported back and becomes an event of the core. Where nothing is configured nothing is started.
 */
#ifndef SENTINEL_ACTION_H
#define SENTINEL_ACTION_H

#include <jansson.h>

#include "core/core.h"
#include "host/loop.h"

struct status_source;

/* What a driver may use. Lives as long as the driver. */
struct action_env {
	struct loop *loop;
	const struct conf *conf;
	/* A change of a measure's state or detail. */
	void (*report)(void *arg, const struct action_report *report);
	/* What all is shown from, for those who report it elsewhere. */
	const struct status_source *source;
	/* Whether this host's own results arrive where they are reported to; becomes an event of the core. */
	void (*reporting)(void *arg, bool reporting);
	/* A sentence for the log and the list of events. */
	void (*note)(void *arg, enum severity severity, const char *text);
	/* Whether a claim to leave work is held (core/budget.h). NULL: nobody asks for claims, and none are needed. */
	void (*claim)(void *arg, bool held);
	/* An operator's hold on all nodes is in force, by that reason; left: SPAN_MAX, until it is lifted. NULL: as claim. */
	void (*hold)(void *arg, bool on, struct span left, const char *reason);
	/* Whether the node's list of those who may join is empty, and could be written (core's EVENT_LIST). NULL: nobody asks. */
	void (*no_list)(void *arg, bool no_list);
	void *arg;
};

/* What an operator asks of a driver beside what the core wants. */
struct action_order {
	enum { ORDER_END_A_CLAIM, ORDER_HOLD_ALL, ORDER_UNHOLD_ALL } kind;
	const char *node;     /* whose claim */
	struct span for_span; /* of a hold; SPAN_MAX: until it is lifted */
	const char *reason;
};

struct action_driver {
	const char *name;
	bool (*configured)(const struct conf *conf);
	/* NULL where it cannot even begin (memory); a server that is away is no reason. */
	void *(*start)(const struct action_env *env);
	void (*want)(void *self, const struct wanted *wanted); /* NULL: nothing can be wanted of it */
	void (*look)(void *self); /* something was noted that may be news to it; NULL: it needs no telling */
	/* Begins it; what came of it is told as a note. False: why not, in `text`. NULL: it takes none. */
	bool (*order)(void *self, const struct action_order *order, char *text, size_t room);
	/* An operator's word (skewctl unhold): what has latched, or was taken back by somebody else, may be done again. */
	void (*unhold)(void *self); /* NULL: nothing of the kind */
	/* The block for /v1/status under the driver's name, a new reference. */
	json_t *(*status)(const void *self);
	/* Ends at once, leaving in force what is in force. */
	void (*stop)(void *self);
};

extern const struct action_driver galera_driver;

#endif
