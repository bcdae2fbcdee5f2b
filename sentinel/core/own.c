#include "own.h"

/* Both clocks come from one timekeeper; what is left between two readings of their difference is rounding. */
#define STEP_LEAST span_ns(50)

/* CLOCK_BOOTTIME and CLOCK_MONOTONIC are read one after the other, and the reader may be kept waiting in between. */
#define SLEEP_LEAST span_ms(100)

/* The rate of the wall clock against the raw one is taken over a second; one that is long past says nothing. */
#define ANCHOR_LEAST span_s(1)
#define ANCHOR_MOST span_s(10)

static struct interval wall_minus_mono(const struct reading *now)
{
	return interval_of(span_ns(ns_sub(now->wall.ns, now->mono_after.ns)),
		span_ns(ns_sub(now->wall.ns, now->mono_before.ns)));
}

void own_init(struct own *own, const struct reading *now)
{
	*own = (struct own){
		.now = *now,
		.wall_mono = wall_minus_mono(now),
		.horizon = { INT64_MIN },
		.step_raw = { INT64_MIN },
		.anchors = { { .at = now->raw_after, .map = reading_map(now) } },
	};
}

/* Takes a new anchor about once a second. A step moves the mapping and leaves the rate as it was. */
static void follow_rate(struct own *own)
{
	struct anchor next = own->anchors[0], nowhere = { .rated = false };
	struct span gone = raw_sub(own->now.raw_after, next.at);

	if (!own->stepped && span_less(gone, ANCHOR_LEAST))
		return;
	next.at = own->now.raw_after;
	next.map = reading_map(&own->now);
	if (!own->stepped) {
		next.rate = rate_between(interval_middle(interval_sub(next.map, own->anchors[0].map)), gone);
		next.rated = span_less(gone, ANCHOR_MOST);
	}
	own->anchors[1] = own->stepped ? nowhere : own->anchors[0];
	own->anchors[0] = next;
}

bool own_look(struct own *own, const struct reading *now)
{
	struct interval wall_mono = wall_minus_mono(now);
	struct interval both = interval_meet(own->wall_mono, wall_mono);

	own->sleep = span_sub(now->boot, own->now.boot);
	own->slept = span_less(SLEEP_LEAST, own->sleep);
	if (own->slept) {
		own->suspended = own->sleep;
		own->woke_at = now->mono_after;
	}
	own->now = *now;
	own->stepped = span_less(STEP_LEAST, span_sub(both.low, both.high));
	if (own->stepped) {
		own->step = span_sub(interval_middle(wall_mono), interval_middle(own->wall_mono));
		own->step_at = now->mono_after;
		own->step_raw = now->raw_before;
		own->horizon = now->wall;
		own->epoch++;
		own->steps++;
	}
	/* The tighter of what is known of a constant; after a step only the new reading is. */
	own->wall_mono = interval_valid(both) ? both : wall_mono;
	follow_rate(own);
	return own->stepped;
}

void own_drill(struct own *own, const struct drill *drill)
{
	own->drill = *drill;
	own->epoch++;
}

bool own_drill_over(struct own *own)
{
	if (!own->drill.on || mono_before(own->now.mono_after, own->drill.ends))
		return false;
	own_drill(own, &(struct drill){ .on = false });
	return true;
}

struct span own_drill_shift(const struct own *own)
{
	struct span gone = mono_sub(own->now.mono_after, own->drill.started);

	if (!own->drill.on)
		return SPAN_ZERO;
	return span_add(own->drill.offset, span_scale(gone, own->drill.drift_ppb, NS_PER_S));
}

struct interval reading_map(const struct reading *now)
{
	return interval_of(
		wall_minus_raw(now->wall, now->raw_after), wall_minus_raw(now->wall, now->raw_before));
}

struct interval own_map(const struct own *own)
{
	return interval_shift(reading_map(&own->now), own_drill_shift(own));
}

/* From before which that instant was; NULL: none is known. */
static const struct anchor *anchor_before(const struct own *own, struct span age)
{
	for (size_t i = 0; i < sizeof own->anchors / sizeof own->anchors[0]; i++) {
		const struct anchor *anchor = &own->anchors[i];

		if (!anchor->rated)
			return NULL;
		if (!span_less(raw_sub(own->now.raw_after, anchor->at), age))
			return anchor;
	}
	return NULL;
}

struct interval own_map_ago(const struct own *own, struct span age)
{
	struct interval now = reading_map(&own->now), expected;
	struct span slewed = span_drift(age, SLEW_PPB), apart;
	const struct anchor *anchor = anchor_before(own, age);

	if (!anchor)
		return interval_widen(now, slewed);
	expected = interval_shift(
		anchor->map, rate_along(anchor->rate, raw_sub(own->now.raw_after, anchor->at)));
	apart = interval_reach(interval_sub(now, expected));
	now = interval_shift(now, span_neg(rate_along(anchor->rate, age)));
	return interval_widen(now, span_min(slewed, span_add(apart, span_ns(2))));
}

bool own_stamp_age(const struct own *own, struct wall stamp, struct span *out)
{
	struct span age = wall_sub(own->now.wall, stamp);

	if (stamp.ns <= own->horizon.ns || age.ns < 0)
		return false;
	*out = age;
	return true;
}

bool own_stamp_before(const struct own *own, struct wall stamp, struct raw *out)
{
	struct span age;

	if (!own_stamp_age(own, stamp, &age))
		return false;
	*out = wall_to_raw(stamp, own_map_ago(own, age).high);
	return true;
}

struct raw own_stamp_after(const struct own *own, bool stamped, struct wall stamp)
{
	struct raw now = own->now.raw_after, then;
	struct span age;

	if (!stamped || !own_stamp_age(own, stamp, &age))
		return now;
	then = wall_to_raw(stamp, own_map_ago(own, age).low);
	return then.ns < now.ns ? then : now;
}
