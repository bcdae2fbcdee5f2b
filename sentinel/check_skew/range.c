#include "range.h"

#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"

enum { NUMBER_SIZE = 64 };

/* A number of `len` octets, with a sign and a unit where they are there. */
static bool read_number(const char *text, size_t len, struct span *out)
{
	char number[NUMBER_SIZE];

	if (len == 0 || len + 1 >= sizeof number)
		return false;
	memcpy(number, text, len);
	number[len] = '\0';
	if (number[len - 1] >= '0' && number[len - 1] <= '9')
		memcpy(number + len, "s", 2);
	return span_parse(number, out);
}

bool quantity_parse(const char *text, struct span *out)
{
	return text[0] >= '0' && text[0] <= '9' && read_number(text, strlen(text), out);
}

bool range_parse(const char *text, struct range *out)
{
	struct range range = { SPAN_ZERO, SPAN_MAX, text[0] == '@' };
	const char *start = text + range.inside;
	const char *colon = strchr(start, ':');
	const char *end = colon ? colon + 1 : start;

	if (colon && colon - start == 1 && *start == '~')
		range.start = SPAN_MIN;
	else if (colon && colon > start && !read_number(start, (size_t)(colon - start), &range.start))
		return false;
	if (*end ? !read_number(end, strlen(end), &range.end) : !colon || colon == start)
		return false;
	if (span_less(range.end, range.start))
		return false;
	*out = range;
	return true;
}

enum range_says range_judge(const struct range *range, struct interval value)
{
	bool within = range->start.ns <= value.low.ns && value.high.ns <= range->end.ns;
	bool beyond = value.high.ns < range->start.ns || value.low.ns > range->end.ns;

	if (!within && !beyond)
		return RANGE_EITHER;
	return within == range->inside ? RANGE_ALERT : RANGE_QUIET;
}

struct interval range_size_of(struct interval offset)
{
	struct span low = span_abs(offset.low), high = span_abs(offset.high);

	if (interval_holds(offset, SPAN_ZERO))
		return interval_of(SPAN_ZERO, interval_reach(offset));
	return interval_of(span_min(low, high), span_max(low, high));
}

char *range_signed(const struct range *range, char out[PERFDATA_RANGE_SIZE])
{
	bool from_zero = range->start.ns <= 0, to_infinity = range->end.ns == INT64_MAX;
	char limit[PERFDATA_RANGE_SIZE];

	out[0] = '\0';
	if (from_zero == to_infinity || range->end.ns < 0) /* all, none, or two stretches apart */
		return out;
	perfdata_limit(from_zero ? range->end : range->start, limit);
	/* Small sizes are the alert where "@" asks for them, or where nothing but large ones is wanted. */
	snprintf(out, PERFDATA_RANGE_SIZE, "%s%.62s", from_zero == range->inside ? "@" : "", limit);
	return out;
}
