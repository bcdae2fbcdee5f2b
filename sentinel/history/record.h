/*
 * A decision as JSON and back, without loss: so that what a verdict rested on can be kept with its event, and looked at
 * years later. Spans are whole nanoseconds ("..._ns"), since a finding may hang on one of them.
 */
#ifndef SENTINEL_RECORD_H
#define SENTINEL_RECORD_H

#include <jansson.h>

#include "../core/decision.h"

/* "warning", "critical", "action": in the order of a decision's levels. */
const char *record_level_name(size_t level);

/* A new reference; version: of the program that decided. */
json_t *record_json(const struct decision *decision, const char *version);

/* The other way; the findings are what was found then. False, and a sentence in *why: it is no such record. */
bool record_read(const json_t *json, struct decision *out, char *why, size_t room)
	__attribute__((warn_unused_result));

#endif
