#include "pace.h"

#include <stdio.h>

static void come_back(struct pace *pace, struct mono now)
{
	while (pace->spent && !mono_before(now, mono_add(pace->since, PACE_REST))) {
		pace->spent--;
		pace->since = mono_add(pace->since, PACE_REST);
	}
}

unsigned pace_take(struct pace *pace, struct mono now)
{
	unsigned n = pace->held;

	come_back(pace, now);
	if (n == 0 || pace->spent == PACE_FIRST)
		return 0;
	if (pace->spent++ == 0)
		pace->since = now;
	pace->held = 0;
	return n;
}

const char *pace_text(unsigned n, char out[PACE_TEXT_SIZE])
{
	out[0] = '\0';
	if (n > 1)
		snprintf(out, PACE_TEXT_SIZE, " (the latest of %u times in the last minute)", n);
	return out;
}
