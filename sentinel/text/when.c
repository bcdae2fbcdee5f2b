#include "when.h"

#include <stdio.h>
#include <time.h>

char *when_format(struct wall when, char out[WHEN_SIZE])
{
	int64_t fraction = when.ns % NS_PER_S;
	time_t seconds = (time_t)(when.ns / NS_PER_S);
	struct tm tm;

	if (fraction < 0) {
		fraction += NS_PER_S;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	snprintf(out, WHEN_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(fraction / NS_PER_US));
	return out;
}

static bool take(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	(*at)++;
	return true;
}

/* Exactly `digits` digits, for a number from `least` to `most`. */
static bool take_number(const char **at, int digits, int least, int most, int *out)
{
	int value = 0;

	for (int i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*out = value;
	return value >= least && value <= most;
}

static bool take_date(const char **at, struct tm *tm)
{
	int days;
	int month;
	int year;

	if (!take_number(at, 4, 1678, 2261, &year) || !take(at, '-') || !take_number(at, 2, 1, 12, &month) ||
		!take(at, '-') || !take_number(at, 2, 1, 31, &days))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = days;
	return true;
}

static bool take_time(const char **at, struct tm *tm)
{
	return take_number(at, 2, 0, 23, &tm->tm_hour) && take(at, ':') &&
	       take_number(at, 2, 0, 59, &tm->tm_min) && take(at, ':') &&
	       take_number(at, 2, 0, 60, &tm->tm_sec);
}

static bool take_fraction(const char **at, int64_t *ns)
{
	int64_t unit = NS_PER_S / 10;
	const char *begun;

	*ns = 0;
	if (!take(at, '.'))
		return true;
	for (begun = *at; **at >= '0' && **at <= '9' && unit > 0; (*at)++, unit /= 10)
		*ns += (**at - '0') * unit;
	return *at > begun;
}

static bool take_zone(const char **at, struct span *east)
{
	int sign = **at == '-' ? -1 : 1;
	int hours;
	int minutes;

	*east = SPAN_ZERO;
	if (take(at, 'Z') || take(at, 'z'))
		return true;
	if (!(take(at, '+') || take(at, '-')) || !take_number(at, 2, 0, 23, &hours) || !take(at, ':') ||
		!take_number(at, 2, 0, 59, &minutes))
		return false;
	*east = span_s(INT64_C(60) * sign * (hours * 60 + minutes));
	return true;
}

bool when_parse(const char *text, struct wall *out)
{
	const char *at = text;
	struct tm tm = { 0 };
	struct span east;
	int64_t fraction;
	int64_t seconds;
	int leap;
	int month;

	if (!take_date(&at, &tm) || !(take(&at, 'T') || take(&at, 't') || take(&at, ' ')) ||
		!take_time(&at, &tm) || !take_fraction(&at, &fraction) || !take_zone(&at, &east) || *at)
		return false;
	leap = tm.tm_sec == 60;
	tm.tm_sec -= leap;
	month = tm.tm_mon;
	seconds = (int64_t)timegm(&tm) + leap;
	/* timegm takes February 30 for March 2. */
	if (tm.tm_mon != month)
		return false;
	*out = wall_add((struct wall){ seconds * NS_PER_S + fraction }, span_neg(east));
	return true;
}
