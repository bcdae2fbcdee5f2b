/*
 * Decisions judged again: the events that hold one (record.h) are given to the very function that judged them in the
 * daemon, and what it finds is set beside what was found then.
 */
#ifndef SKEWCTL_REPLAY_H
#define SKEWCTL_REPLAY_H

#include <jansson.h>
#include <stdio.h>

#include "page.h"

/*
 * Events that were saved: what `skewctl --json events` prints, a list of events, or one after the other, as the daemon
 * keeps them in its state directory. A new list. NULL, and why, where it is something else.
 */
json_t *replay_read(FILE *in, char *why, size_t room);

/*
 * A new report: "replayed", "same", and for each event with a decision its "id", "time", "text", "same", "version",
 * "decision", "levels" ("name", "same", "then", "now") or "error", where its decision cannot be read: that one is counted
 * in "replayed" too.
 */
json_t *replay_events(const json_t *events);

/* The report, for people. */
void replay_show(const json_t *report, const struct page *page);

#endif
