#include "hull.h"

enum {
	NEWTON_STEPS =
		32, /* an end, not a need: a handful is usual, and to stop early is to stay on the safe side */
};

/* The lines are rounded to whole nanoseconds: so much of a gap is none. */
#define GAP_LEAST (-2)

/* A bound is never from the future; a clock that says so is not believed about the age. */
static struct span age_of(struct hull hull, struct raw at)
{
	return span_max(SPAN_ZERO, raw_sub(hull.at, at));
}

struct gap hull_gap(struct hull hull, struct rate rate, enum hull_wander wander)
{
	const struct exchange *first = window_nth(hull.window, 0);
	struct gap gap = { .high = INT64_MAX, .low = INT64_MIN, .high_of = first, .low_of = first };

	for (unsigned n = 0; n < hull.window->count; n++) {
		const struct exchange *e = window_nth(hull.window, n);
		struct span high_age = age_of(hull, e->high_at), low_age = age_of(hull, e->low_at);
		wide_int high =
			e->high.ns + rate_times(rate, high_age) + (rate_wander(high_age) >> wander) + 1;
		wide_int low = e->low.ns + rate_times(rate, low_age) - (rate_wander(low_age) >> wander);

		if (high < gap.high) {
			gap.high = high;
			gap.high_age = high_age;
			gap.high_of = e;
		}
		if (low > gap.low) {
			gap.low = low;
			gap.low_age = low_age;
			gap.low_of = e;
		}
	}
	return gap;
}

bool hull_first_possible(struct hull hull, struct rate from, struct rate to, struct rate *out)
{
	bool down = to.units < from.units;
	struct rate rate = from;

	for (int step = 0; step < NEWTON_STEPS; step++) {
		struct gap gap = hull_gap(hull, rate, WANDER_WORST);
		/* How the gap grows with the rate, on the piece at hand. */
		wide_int slope = (wide_int)gap.high_age.ns - gap.low_age.ns, move;

		if (gap.high - gap.low >= GAP_LEAST)
			break;
		if (slope == 0 || (slope > 0) == down)
			return false;
		move = ((gap.low - gap.high) << RATE_SHIFT) / slope; /* towards zero: not past the root */
		move = move ? move : down ? -1 : 1;
		if (down ? rate.units + move < to.units : rate.units + move > to.units)
			return false;
		rate.units += (int64_t)move;
	}
	*out = rate;
	return true;
}
