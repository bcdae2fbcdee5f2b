/*
 * The daemon's state as JSON, for /v1/status and /v1/events (matrix.h has the third): copies of the core's views put into words and
 * numbers. Numbers are seconds, instants RFC 3339 in UTC, an unknown value is null.
 */
#ifndef SENTINEL_STATUS_H
#define SENTINEL_STATUS_H

#include <jansson.h>

#include "../action.h"
#include "../core/core.h"
#include "../history/events.h"
#include "../host/holdkeeper.h"
#include "../host/timesync.h"

/* What the drivers last told of each of their measures, with the time it became so. Zeroed to begin with. */
enum { STATUS_ACTIONS_MAX = 8 };
struct status_actions {
	size_t n;
	struct status_action {
		const char *driver; /* its name */
		struct action_report report;
		struct wall since; /* of the state; a new detail does not change it */
	} lines[STATUS_ACTIONS_MAX];
};

/* True when the measure's state changed (a first report counts). */
bool status_actions_report(struct status_actions *actions, const char *driver,
	const struct action_report *report, struct wall now);

struct status_driver {
	const struct action_driver *driver;
	void *self; /* NULL: not started */
};

/* Where everything shown comes from; all of it borrowed. The daemon fills it in once and keeps it current. */
struct status_source {
	const struct core *core;
	const struct conf *const *conf; /* the current one: follows a reload */
	const struct events *events;
	const struct timesync *timesync; /* NULL: not looked at */
	const struct status_actions *actions;
	const struct status_driver *drivers;
	size_t n_drivers;
	const char *version;
	const char *receive_stamps;          /* "kernel", or a note on the fallback */
	const struct loop *loop;             /* NULL: how long its callbacks take is not shown */
	const struct keeper *keeper;         /* NULL: no history is kept */
	const struct holdkeeper *holdkeeper; /* NULL: no hold is kept */
	/* One look at this host's clocks. */
	void (*read)(void *arg, struct reading *out);
	void *arg;
};

/* What one of the drivers shows, a new reference; null: it is not started. Members of a cluster come with `guarded`. */
json_t *status_driver_json(const struct status_source *source, size_t driver);

/* Each gives a new reference. */
json_t *status_json(const struct status_source *source);

/* The entries from number `from` on, at most `limit` of them, oldest first; also the numbers of the oldest and newest. */
json_t *events_entry_json(const struct events_entry *entry);
json_t *events_json(const struct status_source *source, uint64_t from, size_t limit);

/*
 * Does the daemon work as it should: is the core called when it asks to be? False: *out gets a sentence. Says nothing
 * of the clock or the cluster.
 */
bool status_healthy(const struct status_source *source, char *out, size_t room);

/*
 * The sentence about this node as status and log show it: the core's, and, where the clock is wrong outside a drill,
 * what to do about it. Returns `out`.
 */
char *status_sentence(
	const struct status_source *source, const struct verdict *verdict, char *out, size_t room);

/* "desync": a measure's name. */
const char *measure_name(enum conf_measure measure);

/* The parts that other documents share: offset_s, low_s, high_s (null where not `known`), and a whole verdict. */
void status_put_offset(json_t *object, bool known, struct interval offset);
json_t *status_verdict_json(const char *node, const struct verdict *verdict);
/* That about this host, with since, as_of and the whole sentence. */
json_t *status_own_verdict_json(
	const struct status_source *source, const struct node_view *self, const struct core_view *core);

#endif
