/* Reading the daemon's JSON: what is missing or of another type reads as empty, so that versions may differ. */
#ifndef SKEWCTL_REPLY_H
#define SKEWCTL_REPLY_H

#include <jansson.h>

#include "../../proto/interval.h"

/* "" where there is none. */
const char *reply_text(const json_t *object, const char *name);
bool reply_true(const json_t *object, const char *name);
/* 0 where there is none. */
json_int_t reply_count(const json_t *object, const char *name);

/* Seconds to the nearest nanosecond. False (and *out untouched): null. */
bool reply_span(const json_t *object, const char *name, struct span *out) __attribute__((warn_unused_result));
bool reply_wall(const json_t *object, const char *name, struct wall *out) __attribute__((warn_unused_result));

/* low_s and high_s. */
bool reply_interval(const json_t *object, struct interval *out) __attribute__((warn_unused_result));

/* The member of an array whose `key` is `wanted`; NULL where there is none. */
const json_t *reply_find(const json_t *array, const char *key, const char *wanted);

/* Is the status's `hold` the one on all nodes, which an `unhold` of this host alone does not lift? */
bool reply_hold_is_clusters(const json_t *status);

/* ---- for people ---- */

enum { REPLY_TEXT_SIZE = 96 };

/* "1900.002 s ahead", "0.2 ms behind" */
char *reply_offset(struct interval offset, char out[REPLY_TEXT_SIZE]);
/* "+1900.002 s", "-0.2 ms" */
char *reply_signed(struct span span, char out[REPLY_TEXT_SIZE]);
/* "+-0.4 ms": half of the interval's width */
char *reply_bound(struct interval offset, char out[REPLY_TEXT_SIZE]);
/* At most four digits and a unit, for the cells of a matrix: "+1900 s", "-213 us", "+1826 d". */
char *reply_short(struct span span, char out[REPLY_TEXT_SIZE]);
/* The span without what does not matter to people: "12 s", "3 d 4 h". */
char *reply_rough(struct span span, char out[REPLY_TEXT_SIZE]);
/* "2026-11-23 01:35:00" of an RFC 3339 text */
char *reply_clock(const char *when, char out[REPLY_TEXT_SIZE]);

#endif
