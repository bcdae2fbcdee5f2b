/*
 * A closed interval of spans that holds the truth: [low, high], low <= high.
 *
 * Everything the sentinel believes of another clock is such an interval. The operations are those of
 * interval arithmetic (R. E. Moore, 1966): the result holds every value that the operands allow, so a
 * chain of them can get wide, never wrong.
 */
#ifndef PROTO_INTERVAL_H
#define PROTO_INTERVAL_H

#include "instant.h"

struct interval {
	struct span low, high;
};

#define INTERVAL_ALL ((struct interval){ SPAN_MIN, SPAN_MAX })
#define INTERVAL_ZERO ((struct interval){ SPAN_ZERO, SPAN_ZERO })

static inline struct interval interval_of(struct span low, struct span high)
{
	return (struct interval){ low, high };
}

static inline bool interval_valid(struct interval a)
{
	return a.low.ns <= a.high.ns;
}

/* a + b and a - b for independent a and b. */
static inline struct interval interval_add(struct interval a, struct interval b)
{
	return interval_of(span_add(a.low, b.low), span_add(a.high, b.high));
}

static inline struct interval interval_sub(struct interval a, struct interval b)
{
	return interval_of(span_sub(a.low, b.high), span_sub(a.high, b.low));
}

static inline struct interval interval_neg(struct interval a)
{
	return interval_of(span_neg(a.high), span_neg(a.low));
}

static inline struct interval interval_shift(struct interval a, struct span by)
{
	return interval_of(span_add(a.low, by), span_add(a.high, by));
}

/* Wider by `by` (>= 0) on each side. */
static inline struct interval interval_widen(struct interval a, struct span by)
{
	return interval_of(span_sub(a.low, by), span_add(a.high, by));
}

/* What both allow; invalid (see interval_valid) where they contradict each other. */
static inline struct interval interval_meet(struct interval a, struct interval b)
{
	return interval_of(span_max(a.low, b.low), span_min(a.high, b.high));
}

static inline bool interval_holds(struct interval a, struct span value)
{
	return a.low.ns <= value.ns && value.ns <= a.high.ns;
}

static inline struct span interval_width(struct interval a)
{
	return span_sub(a.high, a.low);
}

/* The middle, for people. */
static inline struct span interval_middle(struct interval a)
{
	return span_ns(a.low.ns / 2 + a.high.ns / 2 + (a.low.ns % 2 + a.high.ns % 2) / 2);
}

/* The largest size that the truth may have. */
static inline struct span interval_reach(struct interval a)
{
	return span_max(span_abs(a.low), span_abs(a.high));
}

#endif
