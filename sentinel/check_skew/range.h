/*
 * Ranges as plugins take them (Monitoring Plugins guidelines, "Threshold and Ranges"): [@][START:][END]. An alert is due
 * outside of START to END, the ends included in it; with @ inside. START is 0 where it is left out and ~ is minus
 * infinity; END left out is infinity. Numbers are seconds, or have a unit of span_parse: 10, 10:, ~:10, 10:20, @10:20,
 * 100ms, 1.5s:2m.
 */
#ifndef CHECK_SKEW_RANGE_H
#define CHECK_SKEW_RANGE_H

#include "../../proto/interval.h"
#include "../icinga/perfdata.h"

struct range {
	struct span start, end; /* SPAN_MIN, SPAN_MAX: infinite */
	bool inside;            /* @ */
};

/* False (and *out untouched) where it is no range, or END is before START. */
bool range_parse(const char *text, struct range *out) __attribute__((warn_unused_result));

/* "10", "0.5", "100ms", "2m": seconds where there is no unit; no sign. */
bool quantity_parse(const char *text, struct span *out) __attribute__((warn_unused_result));

/* What an interval of possible values says about the range. */
enum range_says {
	RANGE_QUIET,  /* all of it calls for no alert */
	RANGE_ALERT,  /* all of it does */
	RANGE_EITHER, /* it straddles the limit */
};
enum range_says range_judge(const struct range *range, struct interval value);

/* The sizes that an offset may have: never negative. */
struct interval range_size_of(struct interval offset);

/*
 * The range of sizes as one of signed offsets, in seconds, for performance data; "" where one range cannot say it.
 * Returns `out`.
 */
char *range_signed(const struct range *range, char out[PERFDATA_RANGE_SIZE]);

#endif
