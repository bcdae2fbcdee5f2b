#include "jvalue.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "when.h"

json_t *jvalue_span(struct span span)
{
	if (span.ns == INT64_MAX || span.ns == INT64_MIN)
		return json_null();
	return json_real(span_seconds(span));
}

json_t *jvalue_wall(struct wall wall)
{
	char text[WHEN_SIZE];

	return json_string(when_format(wall, text));
}

json_t *jvalue_text(const char *text)
{
	json_t *json = json_string(text);
	char *ascii;

	if (json)
		return json;
	ascii = strdup(text);
	if (!ascii)
		return NULL;
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json = json_string(ascii);
	free(ascii);
	return json;
}

json_t *jvalue_real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

json_t *jvalue_id(uint64_t id)
{
	char text[24];

	snprintf(text, sizeof text, "%016" PRIx64, id);
	return json_string(text);
}

json_t *jvalue_count(uint64_t count)
{
	return json_integer((json_int_t)count);
}

void jvalue_put(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

char *jvalue_dump(const json_t *json)
{
	/* 15 digits hold every double that came from so many; 17, the default, writes 0.1 as 0.10000000000000001. */
	return json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(15));
}
