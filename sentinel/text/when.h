/* Instants as people and JSON write them: RFC 3339 in UTC. No clock is read and no time zone consulted. */
#ifndef SENTINEL_WHEN_H
#define SENTINEL_WHEN_H

#include <stdbool.h>

#include "../../proto/instant.h"

enum { WHEN_SIZE = 88 };

/* "2026-11-23T01:35:00.123456Z": microseconds, rounded down. Returns `out`. */
char *when_format(struct wall when, char out[WHEN_SIZE]);

/*
 * "2026-11-23T01:35:00Z", with a fraction of up to nine digits where wanted, and Z or an offset as +hh:mm. False (and
 * *out untouched) where the text is anything else or no such instant exists; a leap second is taken for the next one.
 */
bool when_parse(const char *text, struct wall *out) __attribute__((warn_unused_result));

#endif
