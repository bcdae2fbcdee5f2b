#include "events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct events {
	size_t capacity;
	uint64_t first; /* the number of the first one ever added, */
	uint64_t newest;
	struct {
		uint64_t id;
		char *text;
	} decisions[EVENTS_DECISIONS];
	size_t next_decision;
	struct events_entry entries[]; /* entry `id` lives at id % capacity */
};

struct events *events_new(size_t capacity)
{
	struct events *events = calloc(1, sizeof *events + capacity * sizeof events->entries[0]);

	if (!events)
		return NULL;
	events->capacity = capacity;
	events->first = 1;
	return events;
}

void events_free(struct events *events)
{
	for (size_t i = 0; events && i < EVENTS_DECISIONS; i++)
		free(events->decisions[i].text);
	free(events);
}

void events_begin(struct events *events, uint64_t next)
{
	events->first = next;
	events->newest = next - 1;
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
	entry->decision = NULL;
	return id;
}

/* The oldest decision makes room; its entry, if that is still there, goes on without. */
void events_decide(struct events *events, uint64_t id, char *decision)
{
	struct events_entry *entry = &events->entries[id % events->capacity];
	size_t slot = events->next_decision;
	struct events_entry *other;

	if (!decision || strlen(decision) > EVENTS_DECISION_MOST || id != events->newest) {
		free(decision);
		return;
	}
	other = &events->entries[events->decisions[slot].id % events->capacity];
	if (other->decision && other->decision == events->decisions[slot].text)
		other->decision = NULL;
	free(events->decisions[slot].text);
	events->decisions[slot].id = id;
	events->decisions[slot].text = decision;
	entry->decision = decision;
	events->next_decision = (slot + 1) % EVENTS_DECISIONS;
}

uint64_t events_oldest(const struct events *events)
{
	if (events->newest < events->first)
		return 0;
	if (events->newest - events->first < events->capacity)
		return events->first;
	return events->newest - events->capacity + 1;
}

uint64_t events_newest(const struct events *events)
{
	return events->newest;
}

const struct events_entry *events_get(const struct events *events, uint64_t id)
{
	if (events->newest < events->first || id < events_oldest(events) || id > events->newest)
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
