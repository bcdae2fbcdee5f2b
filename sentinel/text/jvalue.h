/* Our types as JSON values, each a new reference: what is not known is null. */
#ifndef SENTINEL_JVALUE_H
#define SENTINEL_JVALUE_H

#include <jansson.h>

#include "../../proto/instant.h"

/* Seconds; null for SPAN_MAX and SPAN_MIN, which stand for "without bound". */
json_t *jvalue_span(struct span span);

json_t *jvalue_wall(struct wall wall);

/* Octets that are no UTF-8 (a name cut in two, or a hostile one) become "?". */
json_t *jvalue_text(const char *text);

/* null for what is no number. */
json_t *jvalue_real(double value);

/* "%016x": 64 bits, more than a JSON reader can be trusted with as a number. */
json_t *jvalue_id(uint64_t id);

json_t *jvalue_count(uint64_t count);

/* Sets a member; steals the reference. Where memory is short the member is left out. */
void jvalue_put(json_t *object, const char *name, json_t *value);

/* The whole as text, for free(): numbers in no more digits than they need. NULL where memory is short. */
char *jvalue_dump(const json_t *json);

#endif
