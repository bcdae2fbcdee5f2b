#include "reply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "../text/when.h"

const char *reply_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

bool reply_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

json_int_t reply_count(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

bool reply_span(const json_t *object, const char *name, struct span *out)
{
	const json_t *value = json_object_get(object, name);
	double ns = json_number_value(value) * 1e9;

	if (!json_is_number(value) || !(fabs(ns) < 9.2e18))
		return false;
	*out = span_ns(llround(ns));
	return true;
}

bool reply_wall(const json_t *object, const char *name, struct wall *out)
{
	return when_parse(reply_text(object, name), out);
}

bool reply_interval(const json_t *object, struct interval *out)
{
	struct interval interval;

	if (!reply_span(object, "low_s", &interval.low) || !reply_span(object, "high_s", &interval.high))
		return false;
	*out = interval;
	return interval_valid(interval);
}

const json_t *reply_find(const json_t *array, const char *key, const char *wanted)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) if (strcmp(reply_text(item, key), wanted) == 0) return item;
	return NULL;
}

/* The daemon shows its own before that one, and says of that one so in the reason. */
bool reply_hold_is_clusters(const json_t *status)
{
	const json_t *on_all = json_object_get(json_object_get(status, "galera"), "hold");
	char reason[REPLY_TEXT_SIZE];
	size_t len;

	if (!json_is_object(on_all))
		return false;
	snprintf(reason, sizeof reason, "on all nodes, by %s", reply_text(on_all, "by"));
	len = strlen(reason);
	return strncmp(reply_text(json_object_get(status, "hold"), "reason"), reason, len) == 0;
}

char *reply_offset(struct interval offset, char out[REPLY_TEXT_SIZE])
{
	struct span middle = interval_middle(offset);
	char size[SPAN_TEXT_SIZE];

	snprintf(out, REPLY_TEXT_SIZE, "%s %s", span_format(span_abs(middle), size, sizeof size),
		middle.ns < 0 ? "behind" : "ahead");
	return out;
}

char *reply_signed(struct span span, char out[REPLY_TEXT_SIZE])
{
	char size[SPAN_TEXT_SIZE];

	snprintf(out, REPLY_TEXT_SIZE, "%c%s", span.ns < 0 ? '-' : '+',
		span_format(span_abs(span), size, sizeof size));
	return out;
}

char *reply_bound(struct interval offset, char out[REPLY_TEXT_SIZE])
{
	char size[SPAN_TEXT_SIZE];

	snprintf(out, REPLY_TEXT_SIZE, "+-%s",
		span_format(span_scale(interval_width(offset), 1, 2), size, sizeof size));
	return out;
}

char *reply_short(struct span span, char out[REPLY_TEXT_SIZE])
{
	/* The first unit in which the number has fewer than six digits; days have no end. */
	static const struct {
		double ns, below;
		const char *name;
	} units[] = {
		{ 1, 1e3, "ns" },
		{ 1e3, 1e6, "us" },
		{ 1e6, 1e9, "ms" },
		{ 1e9, 1e14, "s" },
		{ 86400e9, INFINITY, "d" },
	};
	double ns = fabs((double)span.ns);
	size_t i = 0;
	double value;

	while (ns >= units[i].below * 0.9995)
		i++;
	value = ns / units[i].ns;
	snprintf(out, REPLY_TEXT_SIZE, "%c%.*f %s", span.ns < 0 ? '-' : '+',
		value >= 100 || units[i].ns < 2 ? 0 : (value >= 10 ? 1 : 2), value, units[i].name);
	return out;
}

char *reply_rough(struct span span, char out[REPLY_TEXT_SIZE])
{
	/* A tenth of a second counts below ten of them, whole ones above. */
	int64_t step = span_abs(span).ns < 10 * NS_PER_S ? NS_PER_S / 10 : NS_PER_S;

	return span_format(span_ns((span.ns + step / 2) / step * step), out, REPLY_TEXT_SIZE);
}

char *reply_clock(const char *when, char out[REPLY_TEXT_SIZE])
{
	snprintf(out, REPLY_TEXT_SIZE, "%.19s", when);
	if (strlen(out) > 10)
		out[10] = ' ';
	return out;
}
