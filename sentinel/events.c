#include "events.h"

#include <stdio.h>
#include <stdlib.h>

struct events {
	size_t capacity;
	uint64_t newest;
	struct events_entry entries[]; /* entry `id` lives at id % capacity */
};

struct events *events_new(size_t capacity)
{
	struct events *events = calloc(1, sizeof *events + capacity * sizeof events->entries[0]);

	if (events)
		events->capacity = capacity;
	return events;
}

void events_free(struct events *events)
{
	free(events);
}

uint64_t events_add(struct events *events, struct wall time, enum severity severity, const char *kind,
	const char *node, const char *text)
{
	uint64_t id = ++events->newest;
	struct events_entry *entry = &events->entries[id % events->capacity];

	entry->id = id;
	entry->time = time;
	entry->severity = severity;
	snprintf(entry->kind, sizeof entry->kind, "%s", kind);
	snprintf(entry->node, sizeof entry->node, "%s", node);
	snprintf(entry->text, sizeof entry->text, "%s", text);
	return id;
}

uint64_t events_oldest(const struct events *events)
{
	if (events->newest <= events->capacity)
		return events->newest ? 1 : 0;
	return events->newest - events->capacity + 1;
}

uint64_t events_newest(const struct events *events)
{
	return events->newest;
}

const struct events_entry *events_get(const struct events *events, uint64_t id)
{
	if (id == 0 || id < events_oldest(events) || id > events->newest)
		return NULL;
	return &events->entries[id % events->capacity];
}

uint64_t events_since(const struct events *events, struct wall time)
{
	uint64_t id = events->newest;

	for (const struct events_entry *entry; (entry = events_get(events, id)) && entry->time.ns >= time.ns;)
		id--;
	return id + 1;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_DEBUG] = "debug",
		[SEVERITY_INFO] = "info",
		[SEVERITY_NOTICE] = "notice",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return names[severity];
}
