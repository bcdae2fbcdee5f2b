#include "daemon_impl.h"

#include "../history/record.h"
#include "../host/clock.h"
#include "../host/log.h"
#include "../text/jvalue.h"

static json_t *decision_now(const struct daemon *d)
{
	struct decision decision;

	core_decision(d->core, &decision);
	return record_json(&decision, SKEW_VERSION);
}

static void keep_event(struct daemon *d, uint64_t id)
{
	json_t *json = events_entry_json(events_get(d->events, id));

	if (d->eventfile)
		eventfile_add(d->eventfile, jvalue_dump(json));
	json_decref(json);
}

/* decision: what it rests on; NULL: nothing of the kind. Steals it. */
static void tell(struct daemon *d, enum severity severity, const char *kind, const char *node,
	const char *text, json_t *decision)
{
	struct reading now;
	uint64_t id;

	clock_read(&now);
	id = events_add(d->events, now.wall, severity, kind, node, text);
	if (decision)
		events_decide(d->events, id, jvalue_dump(decision));
	json_decref(decision);
	keep_event(d, id);
	if (d->stream)
		stream_event(d->stream);
	log_line(severity, kind, "%s", text);
}

void daemon_tell(
	struct daemon *d, enum severity severity, const char *kind, const char *node, const char *text)
{
	tell(d, severity, kind, node, text, NULL);
}

void daemon_tell_decided(
	struct daemon *d, enum severity severity, const char *kind, const char *node, const char *text)
{
	tell(d, severity, kind, node, text, decision_now(d));
}
